"""What a server writes into Retry-After is believed within reason; nothing crashes."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fallback.wire.web import retry_after
from fallback.wire.web.retry_after import LONGEST

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        ("0", 0),
        ("00000000000000007", 7),
        ("Sun, 22 Nov 2026 03:00:09 GMT", 9),
        ("Sun, 22 Nov 2026 02:00:00 GMT", 0),
        ("soon", 0),
        ("-5", 0),
        ("²", 0),
        ("9" * 20, LONGEST.total_seconds()),
        ("9" * 9999, LONGEST.total_seconds()),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST.total_seconds()),
        ("Fri, 31 Dec 9999 23:59:59 -2300", 0),
    ],
)
def test_each_way_to_say_it(header, seconds):
    assert retry_after.asked(header, NOW) == timedelta(seconds=seconds)


dates = st.builds(
    "{}, {} {} {} {}:{}:{} {}".format,
    st.sampled_from(["Mon", ""]),
    st.integers(),
    st.sampled_from(["Jan", "Dec", "x"]),
    *[st.integers(min_value=0)] * 4,
    st.sampled_from(["GMT", "+9999", "-9999999999", ""]),
)


@given(st.text() | dates)
@example("1" * 5000)
@example("Mon, 01 Jan 0001 00:00:00 +2359")
def test_whatever_a_header_says_the_wait_has_an_end(header):
    assert timedelta() <= retry_after.asked(header, NOW) <= LONGEST
    moment = retry_after.epoch(header)
    assert timedelta() <= retry_after.until(moment, NOW) <= LONGEST
