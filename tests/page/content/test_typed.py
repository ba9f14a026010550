"""Moments as they are typed in a hurry, on the shop's own clock."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fallback.core.settings.values import Wrong
from fallback.page.content import moments
from fallback.page.content.typed import moment, spelled

WARSAW = ZoneInfo("Europe/Warsaw")
NOW = datetime(2026, 11, 22, 9, 15, 30, tzinfo=UTC)
# hypothesis wants these bare, and gives them their zone
YEARS = (datetime(2020, 1, 1), datetime(2035, 1, 1))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("14:30", "2026-11-22T14:30+01:00"),
        ("14.30", "2026-11-22T14:30+01:00"),
        ("9:00", "2026-11-23T09:00+01:00"),
        ("10:15", "2026-11-23T10:15+01:00"),
        ("+2h", "2026-11-22T12:15+01:00"),
        ("+ 90m", "2026-11-22T11:45+01:00"),
        ("2026-11-24 08:00", "2026-11-24T08:00+01:00"),
        ("2026-11-24T08:00Z", "2026-11-24T09:00+01:00"),
        ("24.11.2026 8:00", "2026-11-24T08:00+01:00"),
    ],
)
def test_a_moment_is_what_the_clock_on_the_wall_means(
    typed: str, expected: str
) -> None:
    assert spelled(moment(typed, now=NOW, zone=WARSAW)) == expected


@pytest.mark.parametrize("typed", ["soon", "", "25:00", "14", "+2", "+", "tomorrow 9"])
def test_what_is_no_moment_is_refused(typed: str) -> None:
    with pytest.raises(Wrong):
        moment(typed, now=NOW, zone=WARSAW)


@pytest.mark.parametrize("typed", ["2027-03-28 02:30", "2026-10-25 02:30"])
def test_a_time_that_the_change_of_clocks_hides_or_repeats_is_refused(
    typed: str,
) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)

    with pytest.raises(Wrong, match="the clocks change then"):
        moment(typed, now=now, zone=WARSAW)


@given(
    st.datetimes(*YEARS, timezones=st.just(UTC)),
    st.integers(0, 23),
    st.integers(0, 59),
)
def test_a_time_of_day_is_ahead_and_less_than_two_days_away(
    now: datetime, hour: int, minute: int
) -> None:
    try:
        at = moment(f"{hour}:{minute:02}", now=now, zone=WARSAW)
    except Wrong:
        return

    assert 0 < (at - now).total_seconds() <= 25 * 3600
    assert (at.hour, at.minute) == (hour, minute)


@given(st.datetimes(*YEARS, timezones=st.just(WARSAW)))
def test_what_is_spelled_is_read_back_as_the_same_moment(at: datetime) -> None:
    whole = at.replace(microsecond=0).astimezone(UTC).astimezone(WARSAW)

    found = moments.read(spelled(whole), ZoneInfo("UTC"))

    assert found is not None
    assert found.at.astimezone(UTC) == whole.astimezone(UTC)
