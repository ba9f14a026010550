"""What a credential can do too much, and when it ends, as an owner is told."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from fallback.core.check.credential import MAIL, SOON, Powers, credential_findings
from fallback.core.findings import Severity

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def test_each_power_is_told_and_nothing_where_nobody_tells() -> None:
    powers = Powers((MAIL.with_values(zone="kwiaty.example"),))
    (found,) = credential_findings("kwiaty.example", powers, NOW)
    assert found.id == "credential-powerful"
    assert "lead the mail of kwiaty.example elsewhere" in str(found.seen)
    assert not list(credential_findings("kwiaty.example", Powers(), NOW))
    assert not list(credential_findings("kwiaty.example", None, NOW))


@given(st.timedeltas(timedelta(days=-90), timedelta(days=90)))
def test_the_end_of_a_token_is_told_a_month_ahead(left: timedelta) -> None:
    found = list(credential_findings("zone", Powers(ends=NOW + left), NOW))
    assert bool(found) == (left < SOON)
    for each in found:
        assert each.id == "token-ends"
        assert (each.severity is Severity.CRITICAL) == (left <= timedelta(0))
