"""What another machine's drill left: whose it is, and since when."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from fallback.core.check.inventory import Listed
from fallback.core.redirect.leftover import (
    LASTS,
    Leftover,
    decode,
    encode,
    parted,
    seen,
)

AT = datetime(2026, 11, 29, 3, 0, tzinfo=UTC)
ZONE = "kwiaty.example"
PART = f"fallback-drill.{ZONE}"
LEFT = Leftover(PART, AT, (f"ab2cd3.{PART}. 60 IN A 192.0.2.7",))


def test_what_is_the_same_is_as_old_as_its_first_look() -> None:
    later = AT + timedelta(minutes=5)
    assert seen(PART, LEFT.lines, [LEFT], later) == LEFT
    assert seen(PART, (), [LEFT], later).since == later
    assert seen("other.example", LEFT.lines, [LEFT], later).since == later


def test_a_clock_that_was_ahead_makes_nothing_old() -> None:
    earlier = AT - timedelta(days=1)
    assert seen(PART, LEFT.lines, [LEFT], earlier).since == earlier


def test_it_is_nobodys_only_after_the_longest_drill() -> None:
    assert not LEFT.abandoned(AT + LASTS)
    assert LEFT.abandoned(AT + LASTS + timedelta(seconds=1))


def _note(since: str, lines: object) -> bytes:
    row = {"part": PART, "since": since, "lines": lines}
    return json.dumps({"schema": 1, "left": [row]}).encode()


@pytest.mark.parametrize(
    "torn",
    [
        b"",
        b"[]",
        b'{"schema": 1}',
        b'{"schema": 9}',
        _note("2026-11-29T10:00:00+00:00", "abc"),
        _note("2026-11-29T10:00:00", []),
    ],
)
def test_a_note_that_is_torn_or_newer_remembers_nothing(torn: bytes) -> None:
    assert decode(encode([LEFT])) == (LEFT,)
    assert decode(torn) == ()


@pytest.mark.parametrize(
    ("name", "rtype", "ours"),
    [
        (f"ab2cd3.{PART}.", "CNAME", True),
        (f"_fallback.{PART}.", "TXT", True),
        (f"www.{ZONE}.", "TXT", True),
        (f"ab2cd3.not-{PART}.", "TXT", True),
        (f"ab2cd3.{PART}.", "MX", False),
        (f"ab2cd.{PART}.", "A", False),
        (f"ab2cd1.{PART}.", "A", False),
        (f"{PART}.", "A", False),
        (f"_fallback.{PART}.", "A", False),
    ],
)
def test_a_drill_s_are_its_marker_and_the_names_that_it_makes_up(
    name: str, rtype: str, *, ours: bool
) -> None:
    names, all_ours = parted(ZONE, [Listed(name, rtype, ("x",))])
    assert all_ours is ours
    assert set(names) <= {f"ab2cd3.{PART}."}
