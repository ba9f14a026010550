"""What HSTS and the clocks of servers mean, whatever headers say."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fallback.core.check.hsts import Hsts, hsts_findings
from fallback.core.check.skew import FAR_WRONG, WRONG, Tick, clock_findings
from fallback.core.findings import Severity

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", None),
        ("max-age=0", None),
        ("max-age=", None),
        ("max-age=-5", None),
        ("max-age=99999999999", None),
        ("includeSubDomains", None),
        ("max-age=86400", Hsts(timedelta(days=1))),
        ('Max-Age="31536000"; includeSubDomains; preload',
         Hsts(timedelta(days=365), below=True, preload=True)),
    ],
)  # fmt: skip
def test_a_header_is_read_as_browsers_read_it(
    header: str, expected: Hsts | None
) -> None:
    assert Hsts.parse(header) == expected


@given(st.text())
def test_no_header_breaks_it(header: str) -> None:
    Hsts.parse(header)


def _ids(header: str, *, secure: bool = True, covered: bool = True) -> list[object]:
    found = hsts_findings("kwiaty.example", header, secure=secure, covered=covered)
    return [(f.id, f.severity) for f in found]


def test_what_browsers_remember_asks_for_certificates() -> None:
    header = "max-age=31536000; includeSubDomains"
    assert _ids(header) == [("hsts", Severity.INFO)]
    assert _ids(header, covered=False) == [("hsts", Severity.WARNING)]
    assert _ids(header, secure=False) == [("hsts-unsecured", Severity.CRITICAL)]
    assert _ids("") == _ids("max-age=0") == []


spans = st.timedeltas(timedelta(hours=-2), timedelta(hours=2))


@given(st.lists(spans, max_size=4))
def test_the_clock_is_wrong_when_no_server_agrees(offs: list[timedelta]) -> None:
    found = list(clock_findings([Tick("host", NOW - off, NOW) for off in offs]))
    least = min(map(abs, offs), default=timedelta(0))
    assert bool(found) == (least > WRONG)
    for each in found:
        critical = each.severity is Severity.CRITICAL
        assert critical == (least > FAR_WRONG)
        assert "minutes" in str(each.seen)
