"""What a drill proves, and for how long."""

from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve

from fallback.core.check.drill_readiness import GOOD_FOR, Drilled, drill_findings, proof
from fallback.core.redirect.drill import Kept

NOW = datetime(2026, 11, 29, 10, tzinfo=UTC)
WELL = Kept(NOW - timedelta(days=1), ok=True, as_before=True)
OLD = Kept(NOW - GOOD_FOR - timedelta(seconds=1), ok=True, as_before=True)
FAILED = Kept(NOW, ok=False, as_before=True, failed=("gates",))
PARTLY = Kept(NOW, ok=False, as_before=True, untried=("redirect", "visitor"))
STRANGE = Kept(NOW, ok=False, as_before=False, failed=("unheard-of",))


def found(drilled: Drilled | None) -> list[tuple[str, str]]:
    return [
        (each.id, each.severity.value)
        for each in drill_findings(drilled, "kwiaty.example", NOW)
    ]


@pytest.mark.parametrize(
    ("drilled", "ids"),
    [
        (None, []),
        (Drilled(WELL), [("drill-age", "info")]),
        (Drilled(evolve(WELL, at=NOW)), []),
        (Drilled(), [("drill-never", "info")]),
        (Drilled(automatic=True), [("drill-never", "warning")]),
        (Drilled(OLD), [("drill-old", "warning")]),
        (Drilled(FAILED), [("drill-failed", "warning")]),
        (Drilled(PARTLY), [("drill-failed", "warning")]),
        (
            Drilled(WELL, unfinished=True),
            [("drill-unfinished", "warning"), ("drill-age", "info")],
        ),
    ],
)
def test_each_standing_of_a_drill_has_its_finding(drilled, ids) -> None:
    assert found(drilled) == ids


@pytest.mark.parametrize(
    ("kept", "proves", "said"),
    [
        (WELL, True, "rehearsed there and back on 2026-11-28"),
        (OLD, False, "too long ago"),
        (None, False, "nothing proves it"),
        (FAILED, False, "ask the gates"),
        (PARTLY, False, "redirect what the drill may move"),
        (STRANGE, False, "not seen to be as before"),
    ],
)
def test_only_a_drill_that_went_the_whole_way_lately_proves_anything(
    kept, proves, said
) -> None:
    drilled = Drilled(kept)
    assert drilled.proves(NOW) is proves
    assert said in str(proof(drilled, NOW))


def test_a_drill_is_good_for_ninety_days_to_the_second() -> None:
    just = Kept(NOW - timedelta(days=90), ok=True, as_before=True)
    assert found(Drilled(just)) == [("drill-age", "info")]


def test_a_good_drill_is_told_with_its_age_in_days() -> None:
    week = Drilled(evolve(WELL, at=NOW - timedelta(days=7)))
    (finding,) = drill_findings(week, "kwiaty.example", NOW)
    assert "days since then: 7" in str(finding.seen)
    assert "days ago: 7" in str(proof(week, NOW))


def test_a_drill_that_did_not_end_is_told_before_what_an_earlier_one_proved() -> None:
    assert "did not end" in str(proof(Drilled(WELL, unfinished=True), NOW))
