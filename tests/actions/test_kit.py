"""The emergency kit: of use without any tool of ours, and of no use to a thief."""

import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from attrs import evolve

from fallback import dns
from fallback.__main__ import run
from fallback.actions.kit import kit
from fallback.actions.site import load
from fallback.channels.every import CHANNELS
from fallback.core.records import plan_redirect
from fallback.core.redirect.journal import Entry, Event, Verb
from fallback.stores import journal
from tests.actions.test_card import NOW, ZONE, speaker
from tests.fakes.site_folder import write_site
from tests.servers import zones
from tests.test_reference import everything

CANARY = "canary-7f3Qx9"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    made = write_site(tmp_path / "site", 'kind = "folder"\npath = "public-copy"')
    (made / "zone").write_text(zones.TEXT)
    file = made / "fallback.toml"
    file.write_text(file.read_text("utf-8") + ZONE, "utf-8")
    return made


def packed(root: Path, name: str = "kit.zip", *, now=NOW, ask=True) -> Path:
    out = root / name
    kit(load(root), out, now=now, speak=speaker("en"), ask=ask)
    return out


def files(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {
            each: archive.read(each).decode("utf-8-sig", "replace")
            for each in archive.namelist()
        }


def test_it_holds_the_card_the_page_every_message_and_the_records(root: Path) -> None:
    found = files(packed(root))
    assert {"READ-ME.en.txt", "READ-ME.pl.txt"} <= set(found)
    assert {"emergency-card.html", "emergency-card.txt"} <= set(found)
    assert {"page/index.html", "page/_fallback/manifest.json"} <= set(found)
    for channel in CHANNELS:
        assert "Awaria serwera" in found[f"messages/{channel}.pl.txt"]
        assert f"messages/{channel}.en.txt" in found
    there, back = found["records/kwiaty.example.txt"].split("back to the shop:")
    assert "delete: kwiaty.example. 300 IN A 192.0.2.10" in there
    assert "add:    kwiaty.example. 60 IN A 192.0.2.80" in there
    assert "add:    kwiaty.example. 300 IN A 192.0.2.10" in back
    assert "restore-card.txt" not in found


def test_a_web_space_on_apache_is_told_to_answer_every_address_with_the_page(
    root: Path,
) -> None:
    lines = files(packed(root))["page/.htaccess"].splitlines()
    assert "ErrorDocument 503 /index.html" in lines
    assert "RewriteRule ^ - [R=503,L]" in lines
    assert r"RewriteCond %{REQUEST_URI} ^/(index\.html)?$ [OR]" in lines


def test_records_that_lead_elsewhere_are_told_to_be_replaced(root: Path) -> None:
    read_me = files(packed(root))["READ-ME.en.txt"]
    assert "in their place" in read_me
    assert "with a certificate" in read_me


def test_the_same_site_on_the_same_day_is_the_same_bytes(root: Path) -> None:
    one = packed(root, "one.zip").read_bytes()
    other = packed(root, "other.zip", now=NOW + timedelta(hours=3)).read_bytes()
    assert one == other


def test_each_reader_is_told_in_a_language_of_the_shop(root: Path) -> None:
    found = files(packed(root))
    assert "the emergency kit of Kwiaty u Ani" in found["READ-ME.en.txt"]
    assert "zestaw awaryjny: Kwiaty u Ani" in found["READ-ME.pl.txt"]


def redirected(root: Path) -> None:
    config = load(root)
    table = config.dns[0]
    provider = dns.connect(table, config)
    live = provider.read(table.zone, table.names)
    plan = plan_redirect(
        live, table.names, table.target, table.ttl, epoch=5, caps=provider.caps
    )
    entry = Entry(
        datetime(2026, 11, 29, 9, tzinfo=UTC), Event.PLAN, Verb.REDIRECT, plan.zone, 5,
        provider="zonefile", names=table.names, target="192.0.2.80",
        changes=plan.changes,
    )  # fmt: skip
    journal.connect(config).write(entry)
    provider.commit(table.zone, plan)


def test_while_a_name_is_redirected_the_exact_way_back_is_in_it(root: Path) -> None:
    redirected(root)
    found = files(packed(root))
    assert "kwiaty.example. 300 IN A 192.0.2.10" in found["restore-card.txt"]
    assert "restore-card.txt" in found["READ-ME.en.txt"]
    assert "redirected since 2026-11-29 09:00" in found["emergency-card.txt"]


def test_no_secret_that_the_settings_can_name_is_in_it(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every reference of the settings reference is given a value of its own."""
    text = everything()
    references = {word.split('"')[0] for word in text.split('"env:')[1:]}
    assert len(references) > 10
    for name in references:
        monkeypatch.setenv(name, f"{CANARY}-{name}")
    for word in text.split('"file:')[1:]:
        file = root / word.split('"')[0]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(CANARY)
    for name in (".env", "secrets.txt", "content/.token"):
        (root / name).write_text(CANARY)
    (root / "fallback.toml").write_text(text, "utf-8")
    for path, body in files(packed(root, ask=False)).items():
        assert CANARY not in body, path
        assert "env:" not in body, path
    assert CANARY.encode() not in (root / "kit.zip").read_bytes()


def test_a_word_that_a_secret_spells_is_taken_off_the_card(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An owner may have written it where no shape betrays it."""
    from fallback.core.config import SecretRef
    from fallback.wire import secrets

    monkeypatch.setenv("MINE", "tulipanowa")
    secrets.reveal(SecretRef("env", "MINE"), root)
    config = load(root)
    card = evolve(config.card, logins={"dns": "the word is tulipanowa"})
    kit(evolve(config, card=card), root / "kit.zip", now=NOW, speak=speaker("en"))
    found = files(root / "kit.zip")
    assert not any("tulipanowa" in body for body in found.values())


def test_it_needs_no_sdk_and_no_answer(root: Path) -> None:
    """What cannot be loaded or reached costs the records their day, nothing else."""
    packed(root)
    code = (
        "import sys\n"
        "for name in ('boto3', 'botocore', 'dns', 'cloudflare', 'paramiko'):\n"
        "    sys.modules[name] = None\n"
        "from fallback.__main__ import main\n"
        f"sys.argv = ['fallback', '-C', {str(root)!r}, 'kit', '--out', 'again.zip']\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = files(root / "again.zip")
    assert "as last seen on" in found["records/kwiaty.example.txt"]
    assert "page/index.html" in found


def test_without_words_there_is_no_kit_and_the_old_one_stays(
    root: Path, capsys
) -> None:
    out = packed(root)
    before = out.read_bytes()
    (root / "content/outage.pl.md").unlink()
    assert run(("-C", str(root), "kit", "--out", str(out))) == 2
    assert out.read_bytes() == before


def test_the_command_says_what_is_missing_and_where_to_keep_it(
    root: Path, capsys
) -> None:
    out = root / "kit.zip"
    assert run(("-C", str(root), "kit", "--out", str(out))) == 0
    said = capsys.readouterr().out
    assert "missing: who decides" in said
    assert "does not die with the shop" in said


SHARED = """
[state]
store = "s3://kwiaty-state/shop"
region = "eu-central-1"
endpoint = "http://127.0.0.1:9"
access_key = "env:NONE"
secret_key = "env:NONE"
"""


@pytest.mark.parametrize("ask", [True, False])
def test_a_shared_state_that_is_as_dead_as_the_shop_keeps_no_kit_from_being_made(
    root: Path, monkeypatch: pytest.MonkeyPatch, ask: bool
) -> None:
    monkeypatch.setenv("NONE", "none-of-anybodys")
    redirected(root)
    file = root / "fallback.toml"
    file.write_text(file.read_text("utf-8") + SHARED, "utf-8")
    found = files(packed(root, ask=ask))
    assert "kwiaty.example. 300 IN A 192.0.2.10" in found["restore-card.txt"]
