"""Plans on a real BIND: saved by one person, signed and carried out by another."""

import json
import random
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from fallback.core.records import RRset
from fallback.core.redirect.journal import decode
from fallback.stores.journal import NAME
from tests import need
from tests.actions.site_on_bind import (
    DOMAIN,
    PAGE,
    SOME,
    Mover,
    Site,
    codes,
    mover,
    site,
    site_at,
)
from tests.servers.bind import SECRETS

__all__ = ["mover", "site"]  # fixtures
WWW = f"www.{DOMAIN}."


def apply(at: Site, file: Path, *more: str) -> dict:
    return at.run("apply", str(file), "--confirm", DOMAIN, *more)


def plan(at: Site, file: Path, verb: str = "redirect", *more: str) -> dict:
    accept = "shop-answers" if verb == "redirect" else "shop-not-back"
    return at.run(verb, "--plan", str(file), "--accept", accept, *more)


def test_there_and_back_as_it_was_planned(site: Site, tmp_path: Path) -> None:
    before = site.bind.records()
    there, back = tmp_path / "there.json", tmp_path / "back.json"
    saved = plan(site, there, "redirect", "--reason", "the disk")
    assert (saved["code"], saved["command"]) == (0, "redirect")
    assert saved["plan"]["file"] == str(there)
    assert site.bind.records() == before
    done = apply(site, there)
    assert (done["code"], done["command"]) == (0, "apply")
    assert done["zones"][0]["changes"] == saved["zones"][0]["changes"]
    assert {server["says"] for server in done["zones"][0]["servers"]} == {"new"}
    assert (done["refused"], site.moved()) == ([], True)
    again = apply(site, there)
    assert (again["code"], again["zones"][0]["changes"]) == (0, [])
    book = decode((site.root / ".fallback" / NAME).read_bytes())
    assert book.entries[0].agreement is not None
    assert book.entries[0].agreement.plan == saved["plan"]["sha256"]
    assert plan(site, back, "restore")["code"] == 0
    assert apply(site, back)["code"] == 0
    assert site.bind.records() == before


def test_the_file_holds_no_secret(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    plan(site, file, "redirect", "--reason", f"with {SECRETS['fallback']}")
    text = file.read_text("utf-8")
    assert not any(secret in text for secret in SECRETS.values())
    if "rfc2136" in (site.root / "fallback.toml").read_text():
        assert json.loads(text)["reason"].startswith("with ")


def test_an_edit_in_the_zone_ends_the_plan(tmp_path: Path) -> None:
    with ExitStack() as stack:
        site = site_at(tmp_path, "rfc2136", stack)
        file = tmp_path / "plan.json"
        plan(site, file)
        theirs = RRset(timedelta(seconds=120), ("203.0.113.9",))
        site.bind.set(DOMAIN, "A", theirs)
        before = site.bind.records()
        no = apply(site, file)
        assert (no["code"], codes(no)) == (5, {"plan-drift"})
        assert no["zones"][0]["state"] == "refused"
        assert site.bind.records() == before


def test_the_plan_that_was_signed_is_the_one_that_is_carried_out(
    tmp_path: Path,
) -> None:
    key, file = tmp_path / "second", tmp_path / "plan.json"
    keygen = need.program("ssh-keygen")
    subprocess.run([keygen, "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    with ExitStack() as stack:
        site = site_at(tmp_path, "rfc2136", stack)
        settings = site.root / "fallback.toml"
        public = key.with_suffix(".pub").read_text().strip()
        approval = f'\n[approval]\nsigners = ["{public}"]\n'
        settings.write_text(settings.read_text("utf-8") + approval, "utf-8")
        before = site.bind.records()
        assert codes(site.redirect("--accept", "shop-answers")) == {"unsigned"}
        plan(site, file)
        assert codes(apply(site, file)) == {"unsigned"}
        assert site.bind.records() == before
        subprocess.run(
            [keygen, "-q", "-Y", "sign", "-n", "fallback", "-f", key, file], check=True
        )
        assert apply(site, file)["code"] == 0
        assert site.moved()
        assert PAGE in {data for *_, data in site.bind.records()}
        back = site.restore("--accept", "shop-not-back", "--accept", "unsigned")
        assert (back["code"], sorted(back["accepted"])) == (0, ["unsigned"])
        assert site.bind.records() == before


# --- what people type


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with ExitStack() as stack:
        yield site_at(tmp_path_factory.mktemp("typed"), "zonefile", stack)


def test_the_domain_has_to_be_given(quiet: Site, tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    plan(quiet, file)
    assert quiet.run("apply", str(file), "--no-input")["code"] == 2
    assert quiet.run("apply", str(file), "--confirm", "other.example")["code"] == 2
    assert not quiet.moved()


def test_a_dry_run_of_it_changes_nothing(quiet: Site, tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    plan(quiet, file)
    shown = quiet.run("apply", str(file), "--dry-run")
    assert (shown["code"], shown["zones"][0]["state"]) == (0, "planned")
    assert not quiet.moved()


def test_its_life_is_given_in_time(quiet: Site, tmp_path: Path) -> None:
    assert quiet.redirect("--expires", "1h")["code"] == 2  # without --plan
    assert plan(quiet, tmp_path / "a", "redirect", "--expires", "1")["code"] == 2
    short = tmp_path / "short.json"
    assert plan(quiet, short, "redirect", "--expires", "90s")["code"] == 0
    body = json.loads(short.read_text("utf-8"))
    assert body["made_at"] < body["expires_at"]


def test_a_file_is_not_written_twice(quiet: Site, tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    assert plan(quiet, file)["code"] == 0
    text = file.read_bytes()
    no = plan(quiet, file)
    assert (no["code"], file.read_bytes()) == (2, text)
    assert quiet.redirect("--plan", str(file), "--dry-run")["code"] == 2


def test_what_was_spoilt_is_refused(quiet: Site, tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    plan(quiet, file)
    file.write_bytes(file.read_bytes() + b"\n")
    no = apply(quiet, file)
    assert (no["code"], "changed" in no["error"]["what"]) == (5, True)
    assert apply(quiet, tmp_path / "none")["code"] == 2


# --- kills


@pytest.mark.parametrize("some", SOME)
def test_killed_anywhere_apply_again_finishes(
    mover: Mover, tmp_path: Path, some: int | None
) -> None:
    site, trace = mover.site, tmp_path / "trace"
    before = site.bind.records()
    file = tmp_path / "plan.json"

    def planned() -> str:
        file.unlink(missing_ok=True)
        assert plan(site, file)["code"] == 0
        return f"apply {file}"

    for _ in range(2):  # the second has no folder to make
        calls = mover.changes(planned(), trace)
        assert site.moved()
        assert mover.run("restore") == 0
    for call in random.Random(20261129).sample(calls, some or len(calls)):
        verb = planned()
        mover.killed(verb, call, trace)
        site.moved()  # fails for a mixture
        assert mover.run(verb) == 0, call
        assert site.moved(), call
        assert mover.run("restore") == 0
        assert site.bind.records() == before, call
