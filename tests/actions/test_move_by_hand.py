"""A person types the records, one after the other, while we look on."""

from collections.abc import Collection, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from attrs import evolve

from fallback.actions.moving import surveying
from fallback.actions.moving.moved import State
from fallback.core.records import Commit, Key, Plan, RRset, Snapshot, absolute
from fallback.core.text import T
from tests.actions.world import World, world
from tests.fakes.dns import CAPS, FakeDns
from tests.servers import zones

HOUR = timedelta(hours=1)


class Panel(FakeDns):
    """A zone that a person changes: one record each time somebody looks."""

    def __init__(self) -> None:
        super().__init__(caps=evolve(CAPS, atomic="record", cas="person"))
        self.still_to_type: Iterator[tuple[Key, RRset | None]] = iter(())
        self.interrupted_after = 1000
        self.smallest_ttl = timedelta()

    def read(self, zone: str, names: Collection[str]) -> Snapshot:
        if self.interrupted_after > 0:
            self.interrupted_after -= 1
            for key, rrset in self.still_to_type:
                self.edit(*key, self._rounded(rrset))
                break
        return super().read(zone, names)

    def _rounded(self, rrset: RRset | None) -> RRset | None:
        return rrset and evolve(rrset, ttl=max(rrset.ttl, self.smallest_ttl))

    def commit(self, zone: str, plan: Plan) -> Commit:
        self._call("commit", zone)
        self.still_to_type = _record_by_record(plan)
        return Commit((T("type it"),))


def _record_by_record(plan: Plan) -> Iterator[tuple[Key, RRset | None]]:
    """The two addresses come last, so that nothing else is left to wait for."""
    for change in sorted(plan.steps(), key=lambda c: c.key == ("kwiaty.example.", "A")):
        old = change.before
        for count in range(1, len(old.rdatas) + 1 if old else 0):
            assert old is not None
            left = old.rdatas[count:]
            yield change.key, evolve(old, rdatas=left) if left else None
        new = change.after
        for count in range(1, len(new.rdatas) + 1 if new else 0):
            assert new is not None
            yield change.key, evolve(new, rdatas=new.rdatas[:count])


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    made = world(tmp_path, monkeypatch)
    made.zones[absolute(zones.NAME)] = Panel()
    monkeypatch.setattr(surveying.dns, "connect", lambda *_: made.dns)
    return made


def test_records_that_are_half_typed_are_nobody_elses(site: World) -> None:
    """Two addresses are deleted one by one: in between is neither before nor after."""
    before = site.dns.records()
    there = site.redirect(wait=HOUR)
    assert there.code == 0
    assert any(said.startswith("type: ") for said in site.said)
    assert site.dns.rrsets["www.kwiaty.example.", "A"].rdatas == ("198.51.100.7",)
    back = site.back(wait=HOUR)
    assert back.code == 0
    assert site.dns.records() == before


def test_a_panel_that_rounds_the_ttl_is_taken_as_it_is_meant(site: World) -> None:
    """Many panels know no TTL of a minute; the names are redirected all the same."""
    before = site.dns.records()
    panel = site.dns
    assert isinstance(panel, Panel)
    panel.smallest_ttl = HOUR
    assert site.redirect(wait=HOUR).code == 0
    assert site.dns.rrsets["www.kwiaty.example.", "A"].ttl == HOUR
    assert site.redirect(wait=HOUR).zones[0].changes == ()
    panel.smallest_ttl = timedelta()
    assert site.back(wait=HOUR).code == 0
    assert site.dns.records() == before


def test_a_person_who_stops_typing_is_told_what_is_left(site: World) -> None:
    panel = site.dns
    assert isinstance(panel, Panel)
    panel.interrupted_after = 3
    there = site.redirect(wait=timedelta(minutes=1))
    assert there.code != 0
    assert there.zones[0].state in (State.BY_HAND, State.DRIFTED)
