"""What only a person can answer, and what only a write can prove: both grow old."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from fallback.core.check import proven, settled
from fallback.core.check.proven import Tried, proven_findings, tried_findings
from fallback.core.check.settled import QUESTIONS, settled_findings, word
from fallback.core.findings import Severity

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
spans = st.timedeltas(timedelta(0), timedelta(days=400))


def test_every_question_is_asked_until_somebody_has_settled_it() -> None:
    asked = list(settled_findings("kwiaty.example", {}, NOW))
    assert [each.id for each in asked] == list(QUESTIONS)
    assert all(each.severity is Severity.INFO for each in asked)
    assert all(f"--settled {each.id}" in str(each.remedy) for each in asked)


@given(st.sampled_from(sorted(QUESTIONS)), spans)
def test_an_answer_counts_for_half_a_year(asked: str, ago: timedelta) -> None:
    dates = {word(asked): NOW - ago}
    found = {each.id for each in settled_findings("kwiaty.example", dates, NOW)}
    assert (asked in found) == (ago >= settled.COUNTS)
    assert set(QUESTIONS) - {asked} <= found


@given(spans)
def test_a_proof_counts_for_a_quarter(ago: timedelta) -> None:
    found = list(proven_findings("kwiaty.example", NOW - ago, NOW))
    assert bool(found) == (ago >= proven.COUNTS)
    assert all(f"{NOW - ago:%F}" in str(each.seen) for each in found)
    assert [f.id for f in proven_findings("zone", None, NOW)] == ["write-unproven"]


def test_a_try_that_failed_is_critical_and_one_that_was_not_made_a_warning() -> None:
    assert not list(tried_findings(Tried("kwiaty.example.")))
    for id_, severity in (
        ("write-failed", Severity.CRITICAL),
        ("is-redirected", Severity.WARNING),
        ("foreign-marker", Severity.WARNING),
    ):
        (found,) = tried_findings(Tried("zone.", id_, "it said no", "ask it"))
        assert (found.id, found.severity) == (id_, severity)
        assert (str(found.seen), str(found.remedy)) == ("it said no", "ask it")
