"""The whole way on a real BIND: there and back, edits by others, and a full disk."""

import re
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

from fallback.core.records import Marker, RRset
from fallback.core.redirect.journal import decode
from fallback.stores.journal import NAME
from tests.actions.site_on_bind import (
    DOMAIN,
    PAGE,
    ZONE,
    Mover,
    Site,
    codes,
    mover,
    site,
    site_at,
)
from tests.servers import zones
from tests.servers.bind import SECRETS

__all__ = ["mover", "site"]  # fixtures


def test_there_and_back_every_record_of_the_zone_is_as_it_was(site: Site) -> None:
    before = site.bind.records()
    assert codes(site.redirect()) == {"shop-answers"}
    site.shop.kill()
    plan = site.run("redirect", "--dry-run")
    assert (plan["code"], plan["zones"][0]["state"]) == (0, "planned")
    assert site.bind.records() == before
    there = site.redirect()
    assert (there["code"], there["zones"][0]["state"]) == (0, "redirected")
    assert {server["says"] for server in there["zones"][0]["servers"]} == {"new"}
    assert site.moved()
    again = site.redirect()
    assert (again["code"], again["zones"][0]["changes"]) == (0, [])
    assert codes(site.restore()) == {"shop-not-back"}
    site.shop.revive()
    back = site.restore()
    assert (back["code"], back["zones"][0]["state"]) == (0, "restored")
    assert site.bind.records() == before
    assert site.restore()["zones"][0]["changes"] == []


def test_what_somebody_else_changed_meanwhile_stays_theirs(site: Site) -> None:
    assert site.redirect("--accept", "shop-answers")["code"] == 0
    theirs = RRset(timedelta(seconds=120), ("203.0.113.9",))
    www = f"www.{DOMAIN}."
    if "rfc2136" in (site.root / "fallback.toml").read_text():
        site.bind.set(www, "A", theirs)
    else:
        text = site.bind.file.read_text("latin-1")
        line = re.compile(rf"^www\S* .*\bA\s+{re.escape(PAGE)}.*$", re.MULTILINE)
        assert line.search(text)
        site.bind.file.write_text(line.sub("www 120 IN A 203.0.113.9", text), "latin-1")
    before = {r for r in zones.records(zones.parse(ZONE)) if r[0] != www}
    back = site.restore("--accept", "shop-not-back")
    assert (back["code"], back["zones"][0]["state"]) == (3, "drifted")
    after = site.bind.records()
    assert {r for r in after if r[0] == www} == {(www, "A", 120, "203.0.113.9")}
    assert {r for r in after if r[0] != www} == before


def test_a_refused_key_changes_nothing_and_says_so(tmp_path: Path) -> None:
    with ExitStack() as stack:
        site = site_at(tmp_path, "rfc2136", stack)
        site.shop.kill()
        before = site.bind.records()
        site.environment["TSIG"] = SECRETS["narrow"]
        no = site.redirect()
        assert no["code"] in (1, 12)
        assert no["ok"] is False
        assert site.bind.records() == before
        site.environment["TSIG"] = SECRETS["fallback"]
        assert site.redirect()["code"] == 0


# --- kills and full disks: all of them are in test_move_points


def test_a_full_disk_under_the_journal_leaves_the_zone_alone(
    mover: Mover, tmp_path: Path
) -> None:
    site, trace = mover.site, tmp_path / "trace"
    before = site.bind.records()
    folder = site.root / ".fallback"
    for path in (folder / NAME, tmp_path / "state/fallback" / DOMAIN / NAME):
        assert mover.run("redirect") == 0
        assert mover.run("restore") == 0
        held = path.read_bytes()
        ended = mover.run(
            "redirect",
            *("-P", str(path), "-e", "inject=write:error=ENOSPC:when=1"),
            trace=trace,
        )
        assert "(INJECTED)" in trace.read_text()
        assert ended == 5
        assert site.bind.records() == before
        assert path.read_bytes() == held
        assert mover.run("redirect") == 0
        assert mover.run("restore") == 0
        assert site.bind.records() == before


def test_the_marker_names_the_decision_that_is_in_force(site: Site) -> None:
    assert site.redirect("--accept", "shop-answers")["code"] == 0
    said = {
        data for name, _, _, data in site.bind.records() if name.startswith("_fallback")
    }
    book = decode((site.root / ".fallback" / NAME).read_bytes())
    epoch = book.entries[0].epoch
    assert said == set(Marker(epoch, "redirected").rrset().rdatas)


def test_a_killed_process_holds_no_lock(mover: Mover, tmp_path: Path) -> None:
    ended = mover.run(
        "redirect", "-e", "inject=fsync:signal=KILL:when=1", trace=tmp_path / "trace"
    )
    assert ended == -9
    assert mover.run("redirect") == 0
