"""Peace-time changes: shown, asked for, remembered, and never during a redirect."""

import io
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from fallback.actions.moving.moved import State
from fallback.actions.moving.surveying import By
from fallback.actions.prepare import prepare
from fallback.core.errors import UsageError
from fallback.core.records import Marker, marker_key
from fallback.core.redirect.gates import Code
from fallback.core.redirect.journal import Event, Verb
from tests.actions.site_on_bind import DOMAIN, Site, site, site_at  # noqa: F401 - fixture
from tests.actions.test_move_manual import type_all
from tests.actions.world import World, world
from tests.fakes.dns import CAPS, Fault, Killed
from tests.servers import zones

APEX, WWW = f"{DOMAIN}.", f"www.{DOMAIN}."
WEB = ("A", "AAAA", "CNAME", "HTTPS", "SVCB")
MINUTE = timedelta(seconds=60)


@pytest.fixture
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return world(tmp_path, monkeypatch)


def preparing(memory: World, **by: Any) -> Any:
    return prepare(memory.config, clock=memory.clock, say=memory.say, by=By(**by))


def run(site: Site, *more: str) -> dict[str, Any]:  # noqa: F811
    return site.run("prepare", "--confirm", DOMAIN, *more)


def short(record: zones.Record) -> zones.Record:
    name, rtype, ttl, data = record
    ours = name in (APEX, WWW) and rtype in WEB
    return (name, rtype, min(ttl, 60) if ours else ttl, data)


def test_the_ttls_of_the_web_records_are_lowered_and_nothing_else(
    site: Site,  # noqa: F811
) -> None:
    before = site.bind.records()
    assert site.run("prepare", "--no-input")["code"] == 2
    assert run(site, "--dry-run")["zones"][0]["state"] == "planned"
    assert site.bind.records() == before
    done = run(site)
    assert (done["code"], done["zones"][0]["state"]) == (0, "prepared")
    assert site.bind.records() == frozenset(map(short, before))
    assert {server["says"] for server in done["zones"][0]["servers"]} == {"new"}
    again = run(site)
    assert (again["code"], again["zones"][0]["changes"]) == (0, [])


def test_a_redirect_and_its_way_back_keep_what_was_prepared(
    site: Site,  # noqa: F811
) -> None:
    run(site)
    prepared = site.bind.records()
    assert site.redirect("--accept", "shop-answers")["code"] == 0
    no = run(site)
    assert (no["code"], no["refused"][0]["code"]) == (5, "is-redirected")
    assert site.restore()["code"] == 0
    assert site.bind.records() == prepared
    assert run(site)["zones"][0]["changes"] == []


@pytest.fixture
def panel(tmp_path: Path) -> Iterator[Site]:
    with ExitStack() as stack:
        yield site_at(tmp_path, "manual", stack)


def test_by_hand_the_alias_becomes_addresses_too(panel: Site) -> None:
    told = run(panel)
    assert (told["code"], told["zones"][0]["state"]) == (3, "by-hand")
    type_all(panel, told["zones"][0]["steps"])
    done = run(panel)
    assert (done["code"], done["zones"][0]["changes"]) == (0, [])
    held = {(name, rtype) for name, rtype, _, _ in panel.bind.records()}
    assert (WWW, "A") in held
    assert (WWW, "CNAME") not in held
    prepared = panel.bind.records()
    panel.shop.kill()
    steps = panel.redirect()["zones"][0]["steps"]
    assert not any("CNAME" in step for step in steps)
    type_all(panel, steps)
    panel.shop.revive()
    type_all(panel, panel.restore()["zones"][0]["steps"])
    assert panel.restore()["code"] == 0
    assert panel.bind.records() == prepared


def test_why_an_alias_becomes_addresses_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = world(tmp_path, monkeypatch, caps=evolve(CAPS, atomic="record"))
    told = "\n".join(map(str, preparing(memory).told()))
    assert "www.kwiaty.example becomes an address record" in told
    assert memory.dns.rrsets[WWW, "A"] == memory.dns.rrsets[APEX, "A"]


def test_the_way_back_is_in_the_journal_before_the_first_write(memory: World) -> None:
    before = memory.dns.rrsets[APEX, "A"]
    memory.dns.faults = {2: Fault.KILLED_BEFORE_WRITE}
    with pytest.raises(Killed):
        preparing(memory, reason="the season begins")
    (entry,) = memory.journal.read().entries
    assert (entry.event, entry.verb) == (Event.PLAN, Verb.PREPARE)
    assert (entry.reason, entry.target) == ("the season begins", "")
    assert [c.before for c in entry.changes if c.key == (APEX, "A")] == [before]


@pytest.mark.parametrize("fault", list(Fault))
@pytest.mark.parametrize("atomic", ["batch", "record"])
def test_after_any_fault_the_same_command_finishes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Fault, atomic: str
) -> None:
    memory = world(tmp_path, monkeypatch, caps=evolve(CAPS, atomic=atomic))
    for call in (1, 2, 3):
        memory.dns.faults[call] = fault
        try:
            preparing(memory)
        except Killed:
            assert memory.dns.hit
    assert memory.dns.hit
    memory.dns.faults = {}
    assert preparing(memory).code == 0
    done = preparing(memory)
    assert (done.zones[0].state, done.zones[0].changes) == (State.PREPARED, ())
    assert memory.dns.rrsets[APEX, "A"].ttl == MINUTE


def test_it_leaves_a_later_redirect_and_restore_as_they_are(memory: World) -> None:
    preparing(memory)
    prepared = memory.dns.records()
    assert memory.redirect().code == 0
    assert memory.back().code == 0
    assert memory.dns.records() == prepared
    assert not memory.back().zones[0].changes


def test_somebody_elses_redirect_is_left_alone(memory: World) -> None:
    memory.dns.rrsets[marker_key(zones.NAME)] = Marker(7, "redirected").rrset()
    no = preparing(memory, accept=("foreign-marker",))
    assert [refusal.code for refusal in no.refused] == [Code.FOREIGN_MARKER]
    assert "commit" not in memory.dns.calls


def test_a_zone_that_cannot_be_read_is_not_told_to_be_redirected(
    memory: World,
) -> None:
    memory.dns.faults = dict.fromkeys(range(1, 99), Fault.UNAVAILABLE)
    no = preparing(memory)
    assert no.zones[0].state is State.FAILED
    assert not no.zones[0].changes


def test_the_plan_is_shown_and_the_domain_has_to_be_typed(
    site: Site,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    from fallback.__main__ import run as program

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    for name, value in site.environment.items():
        monkeypatch.setenv(name, value)
    before = site.bind.records()
    for typed, code in (("yes\n", 2), (f"{DOMAIN}\n", 0)):
        monkeypatch.setattr(sys, "stdin", Terminal(typed))
        assert program(("-C", str(site.root), "prepare")) == code
        said = capfd.readouterr().err
        assert f"- {APEX} 300 IN A 127.0.0.3" in said
        assert f"+ {APEX} 60 IN A 127.0.0.3" in said
        assert (site.bind.records() != before) == (code == 0)


def test_without_a_zone_there_is_nothing_to_prepare(memory: World) -> None:
    memory.config = evolve(memory.config, dns=())
    with pytest.raises(UsageError, match=r"\[\[dns\]\]"):
        preparing(memory)
