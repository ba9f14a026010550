"""`fallback check --write` proves the right to write by our marker and nothing else."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from fallback import stores
from fallback.actions.checking.proving import FAILED, UNTRIED, prove
from fallback.actions.checking.questions import questions
from fallback.core.check.proven import Tried, begun_word, proven_word
from fallback.core.records import Marker, RRset, marker_key
from fallback.stores import dated
from tests.actions.site_on_bind import DOMAIN, Site, site  # noqa: F401 - fixture
from tests.actions.world import TTL, World, world
from tests.fakes.dns import CAPS, Fault, Killed

MARKER = marker_key(DOMAIN)


@pytest.fixture
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return world(tmp_path, monkeypatch)


def _prove(memory: World) -> tuple[Tried, ...]:
    return prove(memory.config, clock=memory.clock, say=memory.say)


def _dates(memory: World) -> dict[str, Any]:
    return dict(dated.recall(stores.connect(memory.config.state, memory.config)))


def test_the_zone_is_as_before_and_the_day_is_remembered(memory: World) -> None:
    before = dict(memory.dns.rrsets)
    assert [tried.id for tried in _prove(memory)] == [""]
    assert memory.dns.rrsets == before
    assert sum("commit" in call for call in memory.dns.calls) == 2
    assert set(_dates(memory)) == {proven_word(DOMAIN)}


@pytest.mark.parametrize("call", range(1, 6))
@pytest.mark.parametrize("fault", [Fault.KILLED_BEFORE_WRITE, Fault.KILLED_AFTER_WRITE])
def test_whatever_cuts_it_off_the_next_try_clears_up(
    memory: World, call: int, fault: Fault
) -> None:
    before = dict(memory.dns.rrsets)
    memory.dns.faults = {call: fault}
    with suppress(Killed):
        _prove(memory)
    assert memory.dns.hit == [fault]
    memory.dns.faults = {}
    assert [tried.id for tried in _prove(memory)] == [""]
    assert memory.dns.rrsets == before
    left = [word for word in _dates(memory) if word != proven_word(DOMAIN)]
    assert MARKER not in memory.dns.rrsets
    assert len(left) <= 1, "a try whose marker never came needs no clearing up"


@pytest.mark.parametrize(
    ("fault", "call", "expected"),
    [
        (Fault.REJECTED, 2, FAILED),
        (Fault.CONFLICT, 2, FAILED),
        (Fault.UNAVAILABLE, 2, FAILED),
        (Fault.LOST_BEFORE_WRITE, 2, FAILED),
        (Fault.LOST_AFTER_WRITE, 2, ""),
        (Fault.LOST_AFTER_WRITE, 4, ""),
        (Fault.REJECTED, 4, FAILED),
    ],
)
def test_what_the_provider_says_is_told(
    memory: World, fault: Fault, call: int, expected: str
) -> None:
    memory.dns.faults = {call: fault}
    (tried,) = _prove(memory)
    assert tried.id == expected
    assert bool(tried.what) == bool(tried.remedy) == bool(expected)
    assert (proven_word(DOMAIN) in _dates(memory)) == (not expected)


def test_nothing_is_written_while_the_names_are_redirected(memory: World) -> None:
    memory.redirect()
    before = dict(memory.dns.rrsets)
    assert [tried.id for tried in _prove(memory)] == ["is-redirected"]
    assert memory.dns.rrsets == before


def test_nothing_is_written_while_a_foreign_marker_stands(memory: World) -> None:
    memory.dns.rrsets[MARKER] = Marker(5, "redirected").rrset()
    before = dict(memory.dns.rrsets)
    assert [tried.id for tried in _prove(memory)] == ["foreign-marker"]
    assert memory.dns.rrsets == before


def test_a_marker_that_only_counts_decisions_comes_back(memory: World) -> None:
    memory.dns.rrsets[MARKER] = Marker(7, "primary").rrset()
    before = dict(memory.dns.rrsets)
    assert [tried.id for tried in _prove(memory)] == [""]
    assert memory.dns.rrsets == before


def test_a_marker_of_an_earlier_try_is_cleared_up(memory: World) -> None:
    memory.dns.rrsets[MARKER] = Marker(7, "primary").rrset()
    store = stores.connect(memory.config.state, memory.config)
    dated.remember(store, begun_word(DOMAIN, 7), memory.clock.now())
    _prove(memory)
    assert MARKER not in memory.dns.rrsets
    assert set(_dates(memory)) == {proven_word(DOMAIN)}


def test_a_person_s_panel_is_not_tried(memory: World) -> None:
    memory.dns.caps = evolve(CAPS, cas="person")
    assert [tried.id for tried in _prove(memory)] == [UNTRIED]
    assert not any("commit" in call for call in memory.dns.calls)


def test_names_elsewhere_are_not_the_marker_s_business(memory: World) -> None:
    memory.dns.rrsets[("other.example.", "A")] = RRset(TTL, ("192.0.2.1",))
    before = dict(memory.dns.rrsets)
    _prove(memory)
    assert memory.dns.rrsets == before


def test_a_real_server_takes_the_marker_and_is_as_before(site: Site) -> None:  # noqa: F811
    before = site.bind.records()
    unproven = _about_writing(site.run("check"))
    proven = _about_writing(site.run("check", "--write"))
    later = _about_writing(site.run("check"))
    assert (unproven, proven, later) == (["write-unproven"], [], [])
    assert site.bind.records() == before


def _about_writing(told: dict[str, Any]) -> list[str]:
    return [f["id"] for f in told["findings"] if f["id"].startswith("write")]


def test_a_write_that_can_only_be_refused_is_sent_by_a_check_that_writes_alone(
    memory: World,
) -> None:
    def asked(*, write: bool) -> set[str]:
        now = memory.clock.now()
        about = questions(memory.config, now, memory.clock, write=write)
        return {what for (what, zone), _ in about if zone}

    assert asked(write=True) - asked(write=False) == {"tempted"}


def test_a_person_s_answer_is_remembered_by_the_command(site: Site) -> None:  # noqa: F811
    asked = {f["id"] for f in site.run("check")["findings"]}
    told = site.run("check", "--settled", "ask-card-printed")
    assert [each["id"] for each in told["settled"]] == ["ask-card-printed"]
    again = {f["id"] for f in site.run("check")["findings"]}
    assert asked - again == {"ask-card-printed"}
    wrong = site.run("check", "--settled", "ask-card")
    assert (wrong["code"], wrong["error"]["next"]) == (
        2,
        "did you mean: ask-card-printed",
    )
