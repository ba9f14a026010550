"""`fallback check DOMAIN` in a laboratory: real name servers, TLS, and bad shops."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from fallback.__main__ import run
from fallback.actions import outlooks
from fallback.actions.outlook import check_domain, look
from fallback.actions.outlooks import check_list
from fallback.actions.site import network_of
from fallback.core.config import Network
from fallback.core.errors import ConfigError, FallbackError, Unavailable, UsageError
from fallback.core.outlook.grades import Grade
from fallback.core.outlook.outlook import Move, Outlook, Post
from fallback.core.outlook.typed_domain import TypedDomain
from fallback.core.result import silent
from fallback.core.text import T
from tests.servers.strangers import Strangers, strangers

SECOND = timedelta(seconds=1)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Strangers]:
    with strangers(tmp_path_factory.mktemp("strangers")) as running:
        yield running


def seen(lab: Strangers, url: str, deadline: timedelta = 20 * SECOND) -> Outlook:
    network = network_of(lab.network)
    now = datetime.now(UTC)
    return look(url, network=network, now=now, say=silent, deadline=deadline)[1]


def ids(found: Outlook) -> list[str]:
    return [str(each.id) for each in found.findings]


def test_a_good_domain_is_read_whole(lab: Strangers) -> None:
    found = seen(lab, lab.url("dobry.example"))
    said = found.as_json()
    assert (found.grade, found.move, found.post) == (Grade.A, Move.YES, Post.SURVIVES)
    assert ids(found) == ["hsts", "caa", "registrar"]
    names = {
        role: [company["name"] for company in companies]
        for role, companies in said["holders"].items()
    }
    assert names == {
        "dns": ["Cloudflare"],
        "web": ["home.pl"],
        "mail": ["Google"],
        "registrar": ["Registrar North"],
    }
    assert said["registration"]["domain"] == "dobry.example"
    assert said["platform"] == "prestashop"
    assert said["caa"] == ["letsencrypt.org"]
    assert said["hsts"][0]["preload"]
    assert said["move"]["ttl_seconds"] == 300
    assert said["unanswered"] == []


def test_the_registrar_of_a_shop_is_known_from_its_registry(lab: Strangers) -> None:
    found = seen(lab, lab.url("poczta.example"))
    assert "registrar-same" in ids(found)
    assert ("registrar", "home.pl") in [(str(a), str(b)) for a, b in found.holders()]
    assert found.as_json()["dies_together"] == ["registrar", "mail"]


def test_a_name_in_a_regions_domain_is_asked_for_by_its_own_zone(
    lab: Strangers,
) -> None:
    found = seen(lab, lab.url("kwiaty.lublin.example"))
    said = found.as_json()
    assert said["registration"]["domain"] == "kwiaty.lublin.example"
    assert [c["name"] for c in said["holders"]["registrar"]] == ["nazwa.pl"]


def test_a_registry_that_says_nothing_leaves_no_question_open(lab: Strangers) -> None:
    found = seen(lab, lab.url("zakaz.example"))
    assert "/domain/zakaz.example" in lab.desk.asked, "the fault was hit"
    assert found.as_json()["unanswered"] == []
    assert found.as_json()["registration"] is None
    assert "registrar" in ids(found), "so the owner is asked"


BAD = {
    "kwiaty.example": (Grade.D, "dns-with-web"),
    "poczta.example": (Grade.C, "mail-with-shop"),
    "bez-mx.example": (Grade.D, "mx-implicit"),
    "mx-sklep.example": (Grade.D, "mx-follows"),
    "powolny.example": (Grade.C, "ttl-high"),
    "pusty.example": (Grade.F, "name-empty"),
    "wygasly.example": (Grade.C, "tls"),
    "zakaz.example": (Grade.B, "caa-nobody"),
    "pracownik.example": (Grade.B, "workers"),
    "martwy.example": (Grade.F, "shop-down"),
}


@pytest.mark.parametrize("domain", BAD)
def test_a_bad_domain_is_found_out(lab: Strangers, domain: str) -> None:
    found = seen(lab, lab.url(domain))
    assert (found.grade, ids(found)[0]) == BAD[domain]
    assert found.as_json()["unanswered"] == []


PLAIN = {
    "broken": (Grade.F, "shop-down"),
    "garbage": (Grade.F, "shop-down"),
    "loop": (Grade.B, "shop-not-read"),
    "inside": (Grade.B, "shop-elsewhere"),
    "away": (Grade.B, "shop-elsewhere"),
    "bomb": (Grade.B, "no-https"),
}


@pytest.mark.parametrize("fault", PLAIN)
def test_a_hostile_server_is_bounded_and_described(lab: Strangers, fault: str) -> None:
    grade, expected = PLAIN[fault]
    found = seen(lab, f"http://bez-https.example:{lab.plain[fault]}")
    assert found.grade is grade
    assert expected in ids(found)


@pytest.mark.parametrize("fault", ["drip", "silent"])
def test_what_gets_no_answer_in_time_is_said(lab: Strangers, fault: str) -> None:
    url = f"http://bez-https.example:{lab.plain[fault]}"
    found = seen(lab, url, deadline=2 * SECOND)
    assert "what bez-https.example shows" in found.as_json()["unanswered"]
    assert (found.grade, ids(found)[0]) == (Grade.C, "unanswered")


def test_a_machine_without_a_way_out_does_not_call_a_shop_dead(
    lab: Strangers,
) -> None:
    inside = network_of(lab.network)
    offline = evolve(inside, canaries=("127.0.9.1:9",))
    url = lab.url("martwy.example")
    _, found = look(url, network=offline, now=datetime.now(UTC), say=silent)
    assert "what martwy.example shows" in found.as_json()["unanswered"]
    assert found.grade is Grade.C


def test_a_shop_that_no_way_leads_to_is_not_called_dead(lab: Strangers) -> None:
    # a link-local address without an interface: no machine has a way to it
    found = seen(lab, lab.url("szosty.example"))
    assert "what szosty.example shows" in found.as_json()["unanswered"]
    assert found.grade is Grade.C


def test_a_shop_that_stumbles_once_is_looked_at_again(lab: Strangers) -> None:
    found = seen(lab, f"http://bez-https.example:{lab.plain['once']}")
    assert "shop-down" not in ids(found)


def test_one_name_has_two_spellings_and_one_outlook(lab: Strangers) -> None:
    typed, spelled = (
        seen(lab, lab.url(name)).as_json()
        for name in ("żółw.example", "xn--w-uga1v8h.example")
    )
    assert typed == spelled
    assert typed["shown"] == "żółw.example"
    assert "xn--" not in " ".join(moment["text"] for moment in typed["story"])


def test_a_hosted_shop_is_behind_its_proxy(lab: Strangers) -> None:
    said = seen(lab, lab.url("hosted.example")).as_json()
    assert [c["name"] for c in said["holders"]["web"]] == ["Cloudflare", "Shopify"]
    assert "panel or app of Shopify" in said["orders"]


def test_a_domain_that_does_not_exist_is_refused_with_a_remedy(lab: Strangers) -> None:
    with pytest.raises(UsageError) as error:
        seen(lab, "nie-ma.example")
    assert "there is no domain nie-ma.example" in str(error.value)
    assert "how it is spelled" in str(error.value.next)


def test_private_addresses_are_asked_in_a_lab_only(lab: Strangers) -> None:
    inside = network_of(lab.network)
    network = Network(inside.resolvers, inside.ca_file, canaries=())
    url = lab.url("dobry.example")
    _, found = look(url, network=network, now=datetime.now(UTC), say=silent)
    assert "shop-down" in ids(found)
    assert "private address" in str(found.findings[0].seen)
    assert found.seen.workers == ()


def test_the_page_is_whole_and_nothing_a_server_says_is_markup(
    lab: Strangers, tmp_path: Path
) -> None:
    result = check_domain(
        lab.url("hostile.example"),
        network=network_of(lab.network),
        now=datetime.now(UTC),
        say=silent,
        page=tmp_path / "outlook.html",
    )
    page = (tmp_path / "outlook.html").read_text("utf-8")
    assert result.as_json()["page"].endswith("outlook.html")
    assert "<script" not in page
    assert "\x1b" not in page
    assert re.findall(r'(?:src|href)="([^"]*)"', page) == ["data:,"]
    assert "default-src &#39;none&#39;" in page


def test_a_page_that_cannot_be_written_is_an_error_in_words(
    lab: Strangers, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(FallbackError, match="cannot be written") as error:
        check_domain(
            lab.url("dobry.example"),
            network=network_of(lab.network),
            now=datetime.now(UTC),
            say=silent,
            page=tmp_path / "file" / "outlook.html",
        )
    assert "--page" in str(error.value.next)


def test_a_list_is_told_worst_first_and_broken_lines_are_named(
    lab: Strangers, tmp_path: Path
) -> None:
    listed = tmp_path / "shops.csv"
    listed.write_text(
        "Klient;Domena\n"
        f"Bob;{lab.url('dobry.example')}\n"
        f"Ania;{lab.url('kwiaty.example')}\n"
        "X;ania@kwiaty\n"
        "Y;nie-ma.example\n"
        f"Z;{lab.url('pusty.example')}\n",
        "utf-16",  # "Unicode text", as a spreadsheet calls it
    )
    ticks: list[int] = []
    found = check_list(
        listed,
        network=network_of(lab.network),
        now=datetime.now(UTC),
        table=tmp_path / "out.csv",
        tick=ticks.append,
    )
    said = found.as_json()
    assert found.code == 3
    assert ticks == [4] * 4
    assert [
        (each["outlook"]["grade"], each["line"], each["beside"]["Klient"])
        for each in said["shops"]
    ] == [("F", 6, "Z"), ("D", 3, "Ania"), ("A", 2, "Bob")]
    assert [(each["file"], each["line"]) for each in said["left_out"]] == [
        ("shops.csv", 4),
        ("shops.csv", 5),
    ]
    rows = (tmp_path / "out.csv").read_text("utf-8-sig").splitlines()
    assert rows[0].endswith(";next;Klient")
    assert rows[1].startswith("pusty.example;F;;Cloudflare;")


def test_a_list_without_any_shop_is_refused(tmp_path: Path) -> None:
    listed = tmp_path / "shops.csv"
    listed.write_text("Klient;Telefon\nAnia;600100200\n")
    with pytest.raises(UsageError, match="names no shop"):
        check_list(listed, network=Network(), now=datetime.now(UTC))


def test_a_list_that_is_interrupted_leaves_the_table_of_what_was_seen(
    lab: Strangers, tmp_path: Path
) -> None:
    listed, table = tmp_path / "shops.csv", tmp_path / "out.csv"
    listed.write_text(f"{lab.url('dobry.example')}\n{lab.url('pusty.example')}\n")
    said: list[str] = []

    def stop(of: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check_list(
            listed,
            network=network_of(lab.network),
            now=datetime.now(UTC),
            say=lambda event, text: said.append(f"{event}: {text}"),
            table=table,
            tick=stop,
        )
    assert said == [f"interrupted: what was seen so far is in {table}"]
    assert ".example" in table.read_text("utf-8-sig")


def test_an_offline_machine_is_told_once_and_before_the_list(tmp_path: Path) -> None:
    listed = tmp_path / "shops.csv"
    listed.write_text("a.example\nb.example\n")
    # nothing goes to everybody unasked: it fails at once, as on a machine offline
    nobody = Network(("255.255.255.255:53",), canaries=(), allow_private=True)
    ticks: list[int] = []
    with pytest.raises(Unavailable, match="no name server answers this machine"):
        check_list(listed, network=nobody, now=datetime.now(UTC), tick=ticks.append)
    assert ticks == []


def test_a_shop_that_cannot_be_looked_at_is_a_line_of_its_own(
    lab: Strangers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def one(url: str, **given: Any) -> tuple[TypedDomain, Outlook]:
        if "pusty" in url:
            raise Unavailable(T("no name server answers this machine"))
        return look(url, **given)

    monkeypatch.setattr(outlooks, "look", one)
    listed = tmp_path / "shops.csv"
    listed.write_text(f"{lab.url('pusty.example')}\n{lab.url('dobry.example')}\n")
    found = check_list(listed, network=network_of(lab.network), now=datetime.now(UTC))
    assert [row.line for row, _ in found.shops] == [2]
    assert [problem.line for problem in found.left_out] == [1]
    assert found.code == 3


def test_nothing_that_fallback_did_not_write_is_replaced(
    lab: Strangers, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    listed, other = tmp_path / "shops.csv", tmp_path / "other"
    words = f"{lab.url('dobry.example')}\n"
    table, page = tmp_path / "out.csv", tmp_path / "out.html"
    listed.write_text(words)
    other.write_text("precious")
    many = ("check", "--all", str(listed), "--network", str(lab.network))
    one = ("check", lab.url("dobry.example"), "--network", str(lab.network))
    for refused in (
        (*many, "--csv", str(listed)),
        (*many, "--csv", str(other)),
        (*one, "--page", str(other)),
    ):
        assert run(refused) == 2
        assert "name another file with --" in capsys.readouterr().err
    assert (listed.read_text(), other.read_text()) == (words, "precious")
    for again in ((*many, "--csv", str(table)), (*one, "--page", str(page))) * 2:
        assert run(again) == 0, "its own earlier files it may replace"


def test_a_network_file_with_a_fault_is_named_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "network.toml"
    file.write_text('[network]\nresolver = ["127.0.0.1:53"]\n')
    with pytest.raises(ConfigError) as error:
        network_of(file)
    assert error.value.problems[0].line == 2


def test_the_command_says_it_in_80_columns_and_in_the_owners_language(
    lab: Strangers,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words = ("check", lab.url("kwiaty.example"), "--network", str(lab.network))
    monkeypatch.setenv("FALLBACK_LANG", "pl")
    assert run(words) == 4
    out, _ = capsys.readouterr()
    assert max(map(len, out.splitlines())) <= 80
    assert "co, jeśli hosting padnie w sobotę o jedenastej?" in out
    assert "sobota 12:00" in out
    assert out.splitlines()[-1].startswith("dalej: proszę przenieść domenę")


def test_machines_get_findings_of_checks_own_shape(
    lab: Strangers,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    page = tmp_path / "outlook.html"
    words = (lab.url("kwiaty.example") + "/kosz", "--network", str(lab.network))
    monkeypatch.setenv("FALLBACK_LANG", "pl")
    assert run(("check", *words, "--json", "--page", str(page))) == 4
    assert '<html lang="pl"' in page.read_text("utf-8"), "people read that one"
    out, err = capsys.readouterr()
    said = json.loads(out)
    assert {*said["findings"][0]} == {
        "id", "severity", "subject", "seen", "why", "remedy",
    }  # fmt: skip
    assert said["findings"][0]["id"] == "dns-with-web"
    assert said["outlook"]["grade"] == "D"
    assert json.loads(err)["event"] == "mended"


@pytest.mark.parametrize(
    "words",
    [
        ("kwiaty.example", "--all", "shops.csv"),
        ("--page", "out.html"),
        ("kwiaty.example", "--csv", "out.csv"),
        ("--network", "network.toml"),
        ("kwiaty.example", "--policy"),
        ("192.0.2.1",),
        ("",),
        ("kwiaty.example", "--network", "missing.toml"),
        ("--all", "missing.csv"),
    ],
    ids=" ".join,
)
def test_what_does_not_go_together_is_refused_with_what_does(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(("check", *words, "--json")) == 2
    assert json.loads(capsys.readouterr().out)["error"]["next"]


@pytest.mark.parametrize(
    "words",
    [
        ("--policy", "--write", "--settled", "ask-card-printed"),
        ("--policy", "--strict"),
        ("--settled", "ask-card-printed", "--link", "https://kwiaty.example"),
    ],
    ids=" ".join,
)
def test_no_option_about_a_site_is_dropped_in_silence(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(("check", *words, "--json")) == 2
    said = json.loads(capsys.readouterr().out)["error"]
    assert said["what"] == "--settled and --policy each go alone"
