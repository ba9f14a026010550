"""``fallback deploy`` at the command line, and what it hands on to ``redirect``."""

from tests.fakes.site_folder import bucket, folder, write_site
from tests.servers.program import fallback


def test_redirect_after_deploy_is_a_process_of_its_own_and_one_json_object(tmp_path):
    site = write_site(tmp_path / "shop", folder())
    ended = fallback(site, "deploy", "--redirect", "--json", "--confirm=kwiaty.example")
    told = ended.json
    assert told["command"] == "deploy"
    assert told["hosts"][0]["ok"] is True
    assert told["redirect"]["command"] == "redirect"
    assert told["redirect"]["ok"] is False, "this site has no [[dns]]"
    assert ended.code == told["code"] == told["redirect"]["code"] != 0


def test_people_read_the_deploy_before_the_redirect_begins(tmp_path):
    site = write_site(tmp_path / "shop", folder())
    ended = fallback(site, "deploy", "--redirect", "--confirm", "kwiaty.example")
    assert "folder: published" in ended.out
    assert "fallback: " in ended.err
    assert ended.code != 0


def test_names_are_never_led_to_a_page_that_nobody_published(tmp_path):
    site = write_site(tmp_path / "shop", bucket("b-1", "http://127.0.0.1:9"))
    ended = fallback(site, "deploy", "--redirect", "--json")
    assert ended.code == 1
    assert "redirect" not in ended.json


def test_what_belongs_to_redirect_is_refused_without_it(tmp_path):
    site = write_site(tmp_path / "shop", folder())
    ended = fallback(site, "deploy", "--confirm", "kwiaty.example")
    assert ended.code == 2
    assert not (site / "public-copy").exists()


def test_global_options_stand_before_or_after_the_command(tmp_path):
    site = write_site(tmp_path / "shop", folder())
    ended = fallback(site, "deploy", "--json", "--quiet", "--no-color", "--no-input")
    assert ended.json["ok"] is True


def test_with_json_progress_is_one_json_line_an_event_on_stderr(tmp_path):
    import json

    site = write_site(tmp_path / "shop", folder())
    ended = fallback(site, "deploy", "--json")
    events = [json.loads(line)["event"] for line in ended.err.splitlines()]
    assert events == ["publishing", "looking", "host_done"]


def test_help_names_no_option_that_does_not_work(tmp_path):
    ended = fallback(tmp_path, "deploy", "--help")
    assert ended.code == 0
    assert "--redirect" in ended.out
    assert "--rollback" in ended.out
