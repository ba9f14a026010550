"""The shop has a new server: the names go there, through the same engine."""

import contextlib
from ipaddress import ip_address
from pathlib import Path

import pytest
from attrs import evolve

from fallback.actions import restore
from fallback.actions.moving import evidence
from fallback.actions.moving.moved import State
from fallback.core.errors import UsageError
from fallback.core.model import Observation, Origin, Verdict
from fallback.core.records import marker_key
from fallback.core.redirect.gates import Code
from fallback.stores import connect, origin
from tests.actions.world import World, world
from tests.fakes.dns import CAPS, Fault, Killed
from tests.servers import zones

APEX, WWW = "kwiaty.example.", "www.kwiaty.example."
HOME = (ip_address("203.0.113.5"), ip_address("2001:db8:5::5"))
OLD = {"192.0.2.10", "192.0.2.11", "2001:db8::10"}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return world(tmp_path, monkeypatch)


def web(site: World) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return what the two names hold, and the marker."""
    held = site.dns.rrsets.items()
    keys = (APEX, WWW, marker_key(zones.NAME)[0])
    types = ("A", "AAAA", "CNAME", "HTTPS", "SVCB", "TXT")
    return {k: rr.rdatas for k, rr in held if k[0] in keys and k[1] in types}


def at_home(site: World) -> bool:
    held = web(site)
    assert marker_key(zones.NAME) not in held
    assert not OLD & {data for rdatas in held.values() for data in rdatas}
    return held[APEX, "A"] == ("203.0.113.5",)


def codes(result: object) -> list[Code]:
    return [refusal.code for refusal in result.refused]


def test_the_names_lead_to_the_new_server_and_the_rest_stays_away(site: World) -> None:
    others = {k: v for k, v in site.dns.rrsets.items() if k[0] not in (APEX, WWW)}
    site.redirect()
    moved = site.back(home=HOME)
    assert (moved.code, moved.zones[0].state) == (0, State.RESTORED)
    assert at_home(site)
    assert {
        k: v for k, v in site.dns.rrsets.items() if k[0] not in (APEX, WWW)
    } == others
    told = "\n".join(map(str, moved.told()))
    assert "does not return, it was the old server's: kwiaty.example." in told
    assert "the names lead to the shop's new server" in told
    entry = site.journal.read().entries[2]
    assert (entry.target, entry.undoes) == (
        "203.0.113.5, 2001:db8:5::5",
        site.journal.read().entries[0].epoch,
    )


def test_afterwards_no_restore_brings_the_dead_server_back(site: World) -> None:
    site.redirect()
    site.back(home=HOME)
    commits = site.dns.calls.count("commit")
    for again in (site.back(), site.back(home=HOME)):
        assert (again.code, again.zones[0].changes) == (0, ())
    assert site.dns.calls.count("commit") == commits
    site.redirect()
    assert site.back().code == 0
    assert at_home(site)


@pytest.mark.parametrize("fault", list(Fault))
@pytest.mark.parametrize("atomic", ["batch", "record"])
def test_after_any_fault_a_plain_restore_leads_home_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Fault, atomic: str
) -> None:
    site = world(tmp_path, monkeypatch, caps=evolve(CAPS, atomic=atomic))
    site.redirect()
    for call in (2, 3):
        site.dns.calls.clear()
        site.dns.faults = {call: fault}
        with contextlib.suppress(Killed):
            site.back(home=HOME)
        assert site.dns.hit
        site.dns.faults = {}
        assert site.back().code == 0
        assert at_home(site)
        site.dns.hit.clear()
        assert site.redirect().code == 0


def test_the_card_has_the_new_way_back_as_soon_as_it_is_decided(site: World) -> None:
    site.redirect()
    site.dns.faults = {len(site.dns.calls) + 2: Fault.KILLED_BEFORE_WRITE}
    with pytest.raises(Killed):
        site.back(home=HOME)
    card = next((site.config.root / ".fallback").glob("*card*")).read_text("utf-8")
    assert "203.0.113.5" in card
    assert not any(address in card for address in OLD)


def test_names_that_nobody_redirected_are_not_moved(site: World) -> None:
    before = site.dns.records()
    no = site.back(home=HOME)
    assert (no.code, codes(no)) == (5, [Code.NOT_REDIRECTED])
    site.redirect()
    site.back()
    assert codes(site.back(home=HOME)) == [Code.NOT_REDIRECTED]
    assert site.dns.records() == before


def test_every_address_has_to_answer_as_the_shop(
    site: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def looks(_: object, names: tuple[str, ...], at: tuple[str, ...], __: object):
        asked.extend(at)
        now = site.clock.now()
        up = Observation(now, Verdict.UP, "")
        down = Observation(now, Verdict.DOWN, "refused")
        return dict.fromkeys(names, (up, down))

    site.redirect()
    store = connect(site.config.state, site.config)
    origin.remember(store, Origin(tuple(sorted(OLD)), site.clock.now()))
    monkeypatch.setattr(evidence, "origin_looks", looks)
    no = site.back(home=HOME)
    assert set(codes(no)) == {Code.SHOP_NOT_BACK}
    assert asked == ["203.0.113.5", "2001:db8:5::5"]
    assert "make the new server answer there" in "\n".join(map(str, no.told()))
    assert site.back().code == 0  # at the old home one of two is enough


def test_the_shop_is_looked_for_at_its_new_server_from_then_on(site: World) -> None:
    store = connect(site.config.state, site.config)
    origin.remember(store, Origin(tuple(sorted(OLD)), site.clock.now()))
    site.redirect()
    site.back(home=HOME, dry_run=True)
    assert set(evidence.pinned(site.config)) == OLD
    site.back(home=HOME)
    assert evidence.pinned(site.config) == ("203.0.113.5", "2001:db8:5::5")


def test_a_host_name_at_an_apex_is_refused_with_the_remedy(site: World) -> None:
    site.redirect()
    no = site.back(home="shop.elsewhere.example")
    assert codes(no) == [Code.TARGET_UNFIT]
    assert "fallback restore --to" in "\n".join(map(str, no.told()))


def test_one_of_the_names_is_no_new_home(site: World) -> None:
    with pytest.raises(UsageError, match="one of the names"):
        restore.restore(
            site.config,
            clock=site.clock,
            by=restore.By(home="WWW.kwiaty.example"),
        )


def test_a_zone_that_cannot_be_read_is_told_what_to_type(site: World) -> None:
    site.redirect()
    site.dns.faults = dict.fromkeys(range(1, 99), Fault.UNAVAILABLE)
    no = site.back(home=HOME)
    told = "\n".join(map(str, no.told()))
    assert "add:    kwiaty.example. 300 IN A 203.0.113.5" in told
    assert not any(address in told for address in OLD)


def test_a_dry_run_writes_nothing_and_shows_the_way(site: World) -> None:
    site.redirect()
    before, entries = site.dns.records(), site.journal.read().entries
    plan = site.back(home=HOME, dry_run=True)
    assert "+ kwiaty.example. 300 IN A 203.0.113.5" in "\n".join(map(str, plan.told()))
    assert site.dns.records() == before
    assert site.journal.read().entries == entries
