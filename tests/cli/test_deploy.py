"""``fallback deploy`` at the command line, and what it hands on to ``redirect``."""

import subprocess

import pytest

from tests import need
from tests.fakes.site_folder import bucket, folder, say, write_site
from tests.servers.program import fallback
from tests.servers.visited import visited


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


def test_a_ci_run_shows_why_there_was_nothing_to_publish(tmp_path):
    site = write_site(tmp_path / "shop", folder())
    with (site / "fallback.toml").open("a", encoding="utf-8") as file:
        file.write("\n[shops]\n")
    shown = tmp_path / "summary.md"
    ended = fallback(site, "deploy", GITHUB_STEP_SUMMARY=str(shown))
    assert ended.code == 2
    said = shown.read_text("utf-8").splitlines()
    assert said[0] == "## the page was not published"
    for begins in ("- fallback.toml:", "- customers see:", "- next:"):
        assert any(line.startswith(begins) for line in said), said


def test_a_ci_run_calls_a_page_out_only_where_it_was_seen(tmp_path):
    shown = tmp_path / "summary.md"
    site = write_site(tmp_path / "shop", folder())
    assert fallback(site, "deploy", GITHUB_STEP_SUMMARY=str(shown)).code == 0
    said = shown.read_text("utf-8").splitlines()
    assert said[0] == "## written, but nobody saw it as a visitor"
    shown.unlink()
    with visited(tmp_path / "seen" / "public-copy") as host:
        site = write_site(tmp_path / "seen", folder(url=host.url))
        assert fallback(site, "deploy", GITHUB_STEP_SUMMARY=str(shown)).code == 0
    assert shown.read_text("utf-8").splitlines()[0] == "## the page is out"


@pytest.mark.parametrize("service", ["CI", "GITHUB_ACTIONS", "GITLAB_CI"])
def test_a_ci_job_does_not_publish_into_its_own_checkout_alone(tmp_path, service):
    site = write_site(tmp_path / "shop", folder(), folder("other"))
    alone = dict.fromkeys(("CI", "GITHUB_ACTIONS", "GITLAB_CI"), "")
    subprocess.run([need.program("git"), "init", "-q", site], check=True)
    refused = fallback(site, "deploy", "--json", **{**alone, service: "true"})
    assert refused.code == 5
    assert "fallback build --out public" in refused.json["error"]["next"]
    assert not (site / "public-copy").exists()
    assert fallback(site, "deploy", **alone).code == 0


def test_a_ci_job_publishes_into_a_folder_beside_its_checkout(tmp_path):
    site = write_site(tmp_path / "shop", folder(), folder("../web"))
    subprocess.run([need.program("git"), "init", "-q", site], check=True)
    assert fallback(site, "deploy", GITHUB_ACTIONS="true").code == 0


def test_a_ci_run_shows_how_to_take_back_what_went_out_and_no_rollback(tmp_path):
    site = write_site(tmp_path / "shop", folder())
    shown = tmp_path / "summary.md"
    for number, words in enumerate(("deploy", "deploy", "deploy --rollback")):
        say(site, f"Słowo {number}")
        shown.unlink(missing_ok=True)
        ended = fallback(site, *words.split(), GITHUB_STEP_SUMMARY=str(shown))
        assert ended.code == 0
        back = "rollback" in words
        assert ("revert the newest commit" in shown.read_text("utf-8")) is not back
    assert "this is the build" in shown.read_text("utf-8")


def test_a_ci_run_shows_what_was_noticed_in_the_words(tmp_path):
    site = write_site(tmp_path / "shop", folder())
    words = site / "content" / "updates" / "2026-11-22T1015.pl.md"
    words.parent.mkdir()
    words.write_text(
        "title: Telefon\nstatus: investigating\n\n+48 600 999 888\n", "utf-8"
    )
    shown = tmp_path / "summary.md"
    ended = fallback(site, "deploy", "--json", GITHUB_STEP_SUMMARY=str(shown))
    assert ended.json["noticed"]
    assert ended.json["noticed"][0]["file"] in shown.read_text("utf-8")
