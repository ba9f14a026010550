"""Moments are read as people write them, and never guessed."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fallback.page.content import moments

WARSAW = ZoneInfo("Europe/Warsaw")


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2026-11-22T14:30", "2026-11-22T13:30"),
        ("2026-11-22 14:30", "2026-11-22T13:30"),
        ("2026-11-22\u00a014:30:15", "2026-11-22T13:30:15"),
        ("2026–11–22 14:30", "2026-11-22T13:30"),
        ("2026-11-22, 14:30", "2026-11-22T13:30"),
        ("22.11.2026 14:30", "2026-11-22T13:30"),
        ("2026-7-2 9:05", "2026-07-02T07:05"),
        ("2026-11-22T14:30Z", "2026-11-22T14:30"),
        ("2026-11-22T14:30+05:30", "2026-11-22T09:00"),
        ("2026-11-22T14:30 -0800", "2026-11-22T22:30"),
        ("2026-11-22 14:30 UTC", "2026-11-22T14:30"),
        ("2026-11-22 14:30 CET", "2026-11-22T13:30"),
        ("2026-10-25 02:30 CEST", "2026-10-25T00:30"),
        ("2026-10-25 02:30 CET", "2026-10-25T01:30"),
    ],
)
def test_a_moment_is_on_the_shops_clock_unless_it_says_otherwise(
    written: str, utc: str
) -> None:
    """Offsets count, and so does the zone's own short name."""
    got = moments.read(written, WARSAW)

    assert got == moments.Read(datetime.fromisoformat(utc).replace(tzinfo=UTC))


@pytest.mark.parametrize(
    "written",
    ["14:30", "tomorrow", "2026-11-22", "11/22/2026 14:30", "2026-13-01 10:00",
     "2026-11-22 25:00", "2026-11-22T14:30 PST", "2026-11-22T14:30+99:00", "0", "",
     "9999-12-31T23:59", "0001-01-01T00:00", "2026-11-22 2:30pm"],
)  # fmt: skip
def test_what_could_mean_two_moments_means_none(written: str) -> None:
    """A guess at 3 a.m. is worse than a question."""
    assert moments.read(written, WARSAW) is None


def test_the_hour_that_comes_twice_is_doubted() -> None:
    """The first of the two is taken, and said."""
    got = moments.read("2026-10-25T02:30", WARSAW)

    assert got == moments.Read(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "fold")


def test_the_hour_that_never_comes_is_doubted() -> None:
    """As the clock stood before it was put forward."""
    got = moments.read("2026-03-29T02:30", WARSAW)

    assert got == moments.Read(datetime(2026, 3, 29, 1, 30, tzinfo=UTC), "gap")


@pytest.mark.parametrize(
    ("stem", "utc"),
    [
        ("2026-11-22T1015", "2026-11-22T09:15"),
        ("2026-11-22T101530-late", "2026-11-22T09:15:30"),
        ("2026-11-22 10.15 late", "2026-11-22T09:15"),
        ("2026-11-22_10-15", "2026-11-22T09:15"),
        ("20261122T1015", "2026-11-22T09:15"),
        ("2026-11-22T1015Z", "2026-11-22T10:15"),
        ("2026-11-22T1015+0100", "2026-11-22T09:15"),
    ],
)
def test_a_name_can_tell_the_time(stem: str, utc: str) -> None:
    """So that a phone's file needs no header."""
    got = moments.read_name(stem, WARSAW)

    assert got
    assert got.at == datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert got.doubt == ""


def test_a_name_with_a_day_alone_is_doubted() -> None:
    """Midnight is taken, and said."""
    got = moments.read_name("2026-11-22-late", WARSAW)

    assert got == moments.Read(datetime(2026, 11, 21, 23, tzinfo=UTC), "day")


def test_a_time_alone_is_mended_with_the_day_that_is_known() -> None:
    """The complaint shows what to type."""
    day = datetime(2026, 11, 22, 10, 15, tzinfo=WARSAW)

    assert moments.mended("14:30", day) == "2026-11-22T14:30"
    assert moments.mended("22/11/2026 14:30", None) == "2026-11-22T14:30"
    assert moments.mended("11/10/2026 14:30", None) == ""


@given(
    st.integers(315532800, 4102444800).map(lambda at: datetime.fromtimestamp(at, UTC)),
    st.sampled_from(["Europe/Warsaw", "America/St_Johns", "Asia/Tehran", "UTC"]),
)
def test_a_moment_written_with_its_offset_is_read_back(at: datetime, zone: str) -> None:
    """Whatever the zone, an offset leaves no doubt."""
    there = ZoneInfo(zone)
    written = at.astimezone(there).isoformat()

    assert moments.read(written, ZoneInfo("Asia/Tokyo")) == moments.Read(at)


@given(st.text(max_size=40))
def test_any_text_is_a_moment_or_none(text: str) -> None:
    """Nothing that can be typed breaks the reading."""
    for read in (moments.read, moments.read_name):
        got = read(text, WARSAW)
        assert got is None or got.at.tzinfo is UTC
