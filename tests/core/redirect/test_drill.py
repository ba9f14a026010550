"""What a drill may touch, and what is kept of it."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fallback.core.config import DnsTable
from fallback.core.errors import FallbackError
from fallback.core.records import (
    RRset,
    Snapshot,
    absolute,
    marker_key,
    plan_redirect,
)
from fallback.core.redirect.drill import (
    Report,
    Step,
    StepId,
    StepState,
    decode,
    encode,
    part_of,
    throw_away,
)
from fallback.core.text import T
from fallback.dns import Part
from tests.fakes.dns import CAPS, FakeDns

NOW = datetime(2026, 11, 29, 10, 15, tzinfo=UTC)
TARGET = (ip_address("192.0.2.80"),)
LABEL = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
ZONES = st.lists(LABEL, min_size=2, max_size=4).map(".".join)


def table(zone: str, names: tuple[str, ...]) -> DnsTable:
    return DnsTable("fake", zone, names, TARGET, None)


@given(zone=ZONES, below=st.lists(LABEL, max_size=4), label=LABEL)
def test_a_plan_of_a_drill_can_hold_no_configured_name(zone, below, label) -> None:
    """Whatever the zone and the names are, and however they are spelled."""
    names = (zone, f"www.{zone.upper()}.", *(f"{each}.{zone}" for each in below))
    if "fallback-drill" in below:
        return
    mine = throw_away(table(zone, names), label)
    empty = Snapshot(absolute(mine.zone), {})
    plan = plan_redirect(empty, mine.names, mine.target, mine.ttl, epoch=1, caps=CAPS)
    touched = {change.name for change in plan.changes}
    assert touched.isdisjoint(map(absolute, names))
    assert marker_key(zone)[0] not in touched
    assert all(name.endswith(f".{part_of(zone)}.") for name in touched)


def test_a_configured_name_below_the_label_of_drills_is_refused() -> None:
    zone = "kwiaty.example"
    for name in (part_of(zone), f"x.{part_of(zone)}.", f"A.{part_of(zone)}".upper()):
        with pytest.raises(ValueError, match="configured name"):
            throw_away(table(zone, (zone, name)), "x7k2")


def test_a_part_shows_nothing_of_the_zones_own_marker_and_writes_nothing_outside() -> (
    None
):
    zone = "kwiaty.example"
    own = RRset(timedelta(seconds=60), ('"v=fallback1 epoch=7 state=redirected"',))
    whole = FakeDns({marker_key(zone): own}, zone=zone)
    part = Part(whole, zone)
    mine = throw_away(table(zone, (zone,)), "x7k2")
    seen = part.read(mine.zone, mine.names)
    assert not seen.rrsets
    plan = plan_redirect(seen, mine.names, TARGET, mine.ttl, epoch=1, caps=CAPS)
    part.commit(mine.zone, plan)
    assert whole.rrsets[marker_key(zone)] == own
    assert marker_key(mine.zone) in part.read(mine.zone, mine.names).rrsets
    foreign = plan_redirect(
        Snapshot(absolute(zone), {}), (zone,), TARGET, mine.ttl, epoch=2, caps=CAPS
    )
    with pytest.raises(ValueError, match="not all of the plan"):
        part.commit(mine.zone, foreign)


def report(*states: tuple[StepId, StepState], left: bool = False) -> Report:
    steps = tuple(
        Step(id_, state, (T("a line"),), timedelta(seconds=1.5))
        for id_, state in states
    )
    return Report(NOW, "kwiaty.example", ("x.fallback-drill.kwiaty.example",), steps,
                  left=left)  # fmt: skip


EVERY = [(id_, StepState.OK) for id_ in StepId]


def test_only_a_drill_of_which_everything_was_tried_is_a_good_one() -> None:
    assert report(*EVERY).ok
    for number, (id_, _) in enumerate(EVERY):
        for state in (StepState.FAILED, StepState.NOT_TRIED):
            worse = [*EVERY]
            worse[number] = (id_, state)
            assert not report(*worse).ok


def test_what_is_kept_says_the_same_as_the_report() -> None:
    states = [*EVERY]
    states[1] = (StepId.GATES, StepState.FAILED)
    states[4] = (StepId.VISITOR, StepState.NOT_TRIED)
    kept = decode(encode(report(*states)))
    assert kept is not None
    assert (kept.at, kept.ok, kept.as_before) == (NOW, False, True)
    assert (kept.failed, kept.untried) == (("gates",), ("visitor",))


@given(torn=st.binary(max_size=60) | st.integers(1, 300).map(
    lambda size: encode(report(*EVERY))[:-size - 1]))  # fmt: skip
def test_a_torn_report_is_none(torn) -> None:
    assert decode(torn) is None


def test_a_newer_report_is_refused_and_not_guessed_at() -> None:
    newer = encode(report(*EVERY)).replace(b'"schema": 1', b'"schema": 2')
    with pytest.raises(FallbackError, match="newer"):
        decode(newer)
