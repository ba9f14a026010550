"""What was said of an earlier outage decides nothing about this one."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from fallback.core.model import Status
from fallback.page.content.course import QUIET, Course, course
from fallback.page.content.draft import Facts
from tests.page.conftest import Rendering, page

NEVER = object()
FIRST, SECOND = "2026-11-01", "2026-11-28"


def moment(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=UTC)


def facts(status: str = "", **said: str | None) -> Facts:
    """Return a header; a moment is ``day hour:minute``, and ``None`` says unknown."""
    return Facts(
        {key: moment(at) if at else None for key, at in said.items()},
        Status(status) if status else None,
    )


def upd(at: str, status: str = "", **said: str | None) -> Facts:
    return facts(status, at=at, **said)


OLD = (
    upd(f"{FIRST} 10:20", "investigating", eta=f"{FIRST} 14:00"),
    upd(f"{FIRST} 13:00", "resolved"),
)
WAS = facts("identified", started=f"{FIRST} 10:00", eta=f"{FIRST} 14:00")
IS = facts("identified", started=f"{SECOND} 09:40")
NEUTRAL = facts("investigating")
PLAN = facts(
    "scheduled", started="2026-11-30 03:00", eta="2026-11-30 05:00", at=f"{FIRST} 12:00"
)
UNDATED_PLAN = facts("scheduled", started="2026-11-30 03:00")
DOWN = upd(f"{SECOND} 10:00", "investigating")

# the outage file, the updates: status, start and ETA, earlier, idle, the file is of it
CASES = {
    "a log alone": (
        WAS, OLD[:1],
        ("investigating", f"{FIRST} 10:00", f"{FIRST} 14:00"), (0, 0, True),
    ),
    "over": (WAS, OLD, ("resolved", f"{FIRST} 10:00", f"{FIRST} 14:00"), (0, 0, True)),
    "another one after the end": (
        WAS, (*OLD, DOWN), ("investigating", None, NEVER), (2, 0, False),
    ),
    "another one, and since when": (
        WAS, (*OLD, upd(f"{SECOND} 10:00", "identified", started=f"{SECOND} 09:40")),
        ("identified", f"{SECOND} 09:40", NEVER), (2, 0, False),
    ),
    "another one by its ETA": (
        WAS, (*OLD, upd(f"{SECOND} 10:00", eta=None)),
        ("investigating", None, None), (2, 0, False),
    ),
    "thanks after the end": (
        WAS, (*OLD, upd(f"{FIRST} 18:00", next=f"{SECOND} 09:00")),
        ("resolved", f"{FIRST} 10:00", f"{FIRST} 14:00"), (0, 0, True),
    ),
    "a start that is mended after the end": (
        WAS, (*OLD, upd(f"{FIRST} 18:00", started=f"{FIRST} 09:50")),
        ("resolved", f"{FIRST} 10:00", f"{FIRST} 14:00"), (0, 0, True),
    ),
    "a relapse": (
        WAS, (*OLD, upd(f"{FIRST} 13:10", "monitoring")),
        ("monitoring", None, NEVER), (2, 0, False),
    ),
    "a new outage file beside an old log": (
        IS, OLD, ("identified", f"{SECOND} 09:40", NEVER), (2, 0, True),
    ),
    "a new outage file, an old log and new updates": (
        IS, (*OLD, upd(f"{SECOND} 10:00", eta=f"{SECOND} 12:00")),
        ("identified", f"{SECOND} 09:40", f"{SECOND} 12:00"), (2, 0, True),
    ),
    "an old log that never ended": (
        IS, OLD[:1], ("identified", f"{SECOND} 09:40", NEVER), (1, 0, True),
    ),
    "a first word before anybody knew since when": (
        IS, (upd(f"{SECOND} 09:35", "investigating", eta=f"{SECOND} 11:00"),),
        ("identified", f"{SECOND} 09:40", NEVER), (0, 1, True),
    ),
    "an end just before the next start": (
        IS, (upd(f"{SECOND} 09:30", "resolved"),),
        ("identified", f"{SECOND} 09:40", NEVER), (1, 0, True),
    ),
    "nobody said that the first one was over": (
        NEUTRAL, (OLD[0], upd(f"{SECOND} 10:00", started=f"{SECOND} 09:40")),
        ("investigating", f"{SECOND} 09:40", NEVER), (1, 0, False),
    ),
    "the start is said late": (
        NEUTRAL, (upd(f"{SECOND} 09:45", "identified", eta=f"{SECOND} 12:00"),
                  upd(f"{SECOND} 10:15", started=f"{SECOND} 09:50")),
        ("identified", f"{SECOND} 09:50", f"{SECOND} 12:00"), (0, 0, True),
    ),
    "neutral words": (
        NEUTRAL, (*OLD, DOWN), ("investigating", None, NEVER), (2, 0, False),
    ),
    "a file dated after the end": (
        evolve(NEUTRAL, said={"at": moment(f"{SECOND} 09:50")}), OLD,
        ("investigating", None, NEVER), (2, 0, True),
    ),
    "a file dated anew while it goes on": (
        evolve(NEUTRAL, said={"at": moment(f"{FIRST} 11:00")}), OLD[:1],
        ("investigating", None, f"{FIRST} 14:00"), (0, 0, True),
    ),
    "a file that says it is over": (
        evolve(WAS, status=Status.RESOLVED), (DOWN,),
        ("investigating", None, NEVER), (0, 0, False),
    ),
    "planned work": (
        PLAN, (upd("2026-11-25 10:00"), upd("2026-11-30 03:05", "scheduled")),
        ("scheduled", "2026-11-30 03:00", "2026-11-30 05:00"), (0, 0, True),
    ),
    "planned work that is done": (
        PLAN, (upd("2026-11-30 04:50", "resolved"),),
        ("resolved", "2026-11-30 03:00", "2026-11-30 05:00"), (0, 0, True),
    ),
    "planned work that will not be": (
        PLAN, (upd("2026-11-29 10:00", "resolved"),),
        ("resolved", "2026-11-30 03:00", "2026-11-30 05:00"), (0, 0, True),
    ),
    "a plan beside an old log": (
        evolve(PLAN, said={**PLAN.said, "at": moment("2026-11-20 12:00")}), OLD,
        ("scheduled", "2026-11-30 03:00", "2026-11-30 05:00"), (2, 0, True),
    ),
    "an undated plan beside an old log": (
        UNDATED_PLAN, OLD, ("scheduled", "2026-11-30 03:00", NEVER), (0, 0, True),
    ),
    "an undated plan beside the end of something": (
        UNDATED_PLAN, OLD[1:], ("scheduled", "2026-11-30 03:00", NEVER), (1, 0, True),
    ),
    "an outage before planned work": (
        PLAN, (upd("2026-11-25 10:00"), DOWN),
        ("investigating", None, NEVER), (1, 0, False),
    ),
    "the plan holds again after it": (
        PLAN, (upd("2026-11-25 10:00"), DOWN, upd(f"{SECOND} 12:00", "resolved")),
        ("scheduled", "2026-11-30 03:00", "2026-11-30 05:00"), (1, 0, True),
    ),
    "planned work that a word announces": (
        NEUTRAL, (*OLD, upd("2026-11-20 10:00", "scheduled",
                            started="2026-11-30 03:00", eta="2026-11-30 05:00")),
        ("scheduled", "2026-11-30 03:00", "2026-11-30 05:00"), (2, 0, False),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_each_case_says_only_what_is_of_this_outage(name: str) -> None:
    outage, updates, said, (earlier, idle, own) = CASES[name]

    found = course(outage, updates)

    assert (found.earlier, found.idle, found.own) == (earlier, idle, own)
    status, *moments = said
    assert found.facts.status == status
    for key, at in zip(("started", "eta"), moments, strict=True):
        wanted = moment(at) if isinstance(at, str) else at
        assert found.facts.said.get(key, NEVER if key == "eta" else None) == wanted


START = moment(f"{SECOND} 00:00")
statuses = st.none() | st.sampled_from(Status)


@st.composite
def logs(draw: st.DrawFn, first: datetime, hours: int) -> list[Facts]:
    """Return updates, oldest first, within *hours* after *first*."""
    minutes = st.integers(0, hours * 60)
    ats = sorted(draw(st.lists(minutes, max_size=6, unique=True)))
    found = []
    for each in ats:
        said: dict[str, datetime | None] = {}
        for key in ("started", "eta", "next"):
            if draw(st.booleans()):
                said[key] = draw(
                    st.none()
                    | st.integers(-60, 60).map(
                        lambda n, at=each: first + timedelta(minutes=at + n)
                    )
                )
        said["at"] = first + timedelta(minutes=each)
        found.append(Facts(said, draw(statuses)))
    return found


old_logs = logs(START - timedelta(days=20), 24 * 19)
new_logs = logs(START, 48)


def told(found: Course) -> tuple[object, ...]:
    said = found.facts.said
    return (found.facts.status, *(said.get(key) for key in ("started", "eta", "next")))


@given(old_logs, new_logs, statuses.filter(lambda one: one is not Status.SCHEDULED))
def test_whatever_was_said_before_the_start_changes_nothing(
    old: list[Facts], new: list[Facts], status: Status | None
) -> None:
    outage = Facts({"started": START}, status)

    assert told(course(outage, [*old, *new])) == told(course(outage, new))
    assert course(outage, [*old, *new]).earlier >= len(old)


@given(old_logs, new_logs, st.sampled_from((WAS, NEUTRAL, Facts())))
def test_after_an_end_an_update_that_is_none_forgets_what_came_before(
    old: list[Facts], new: list[Facts], outage: Facts
) -> None:
    end = Facts({"at": START - timedelta(hours=2)}, Status.RESOLVED)
    begin = Facts({"at": START - timedelta(hours=1)}, Status.IDENTIFIED)

    found = course(outage, [*old, end, begin, *new])

    assert told(found) == told(course(Facts(), [begin, *new]))
    assert found.earlier > len(old)


@given(new_logs)
def test_without_an_end_and_a_start_the_newest_that_says_a_thing_counts(
    log: list[Facts],
) -> None:
    def open_still(each: Facts) -> Facts:
        said = {key: at for key, at in each.said.items() if key != "started"}
        trouble = each.status in (Status.IDENTIFIED, Status.MONITORING)
        return Facts(said, each.status if trouble else None)

    log = [open_still(each) for each in log]
    newest: dict[str, datetime | None] = {}
    for each in log:
        newest |= each.said

    found = course(NEUTRAL, log)

    assert dict(found.facts.said) == newest
    assert (found.earlier, found.idle, found.own) == (0, 0, True)


@given(st.lists(st.integers(1, 60 * 24 * 8), max_size=5), new_logs)
def test_a_plan_waits_for_its_day_whatever_words_come_before(
    minutes: Sequence[int], later: list[Facts]
) -> None:
    at = PLAN.said["at"]
    assert at
    words = [Facts({"at": at + timedelta(minutes=n)}) for n in sorted(minutes)]

    assert told(course(PLAN, words)) == told(course(PLAN, []))


@given(old_logs, new_logs, st.sampled_from((WAS, IS, NEUTRAL, PLAN, UNDATED_PLAN)))
def test_every_log_has_a_course(
    old: list[Facts], new: list[Facts], outage: Facts
) -> None:
    found = course(outage, [*old, *new])

    assert 0 <= found.earlier <= found.earlier + found.idle <= len([*old, *new])


def test_a_start_that_was_typed_is_believed_over_one_of_long_ago() -> None:
    since = moment(f"{FIRST} 10:00") + QUIET + timedelta(minutes=1)
    late = Facts({"at": since + timedelta(minutes=5), "started": since})

    assert course(WAS, [late]).facts.said["started"] == since


LOG = {
    "content/updates/2026-11-01T1020.pl.md": "status: investigating\n\nPierwsza.",
    "content/updates/2026-11-01T1300.pl.md": "status: resolved\n\nJuż po wszystkim.",
}
THEN = "started: 2026-11-01 10:00\neta: 2026-11-01 14:00\n\nWtedy pękł dysk."
NOW = "started: 2026-11-28 09:40\nstatus: identified\n\nDziś pękła rura."


def test_an_old_log_does_not_open_a_shop_that_is_down(rendering: Rendering) -> None:
    made = rendering(LOG | {"content/outage.pl.md": NOW})
    shown = page(made)

    assert "teraz niedostępny" in shown
    assert "Dziś pękła rura." in shown
    assert "28 listopada 2026, 09:40" in shown
    assert "Już po wszystkim." not in shown
    assert made.noticed == ()


def test_messages_of_an_earlier_outage_stand_with_the_older_ones(
    rendering: Rendering,
) -> None:
    new = {"content/updates/2026-11-28T1000.pl.md": "Nowa."}
    made = rendering(LOG | new | {"content/outage.pl.md": NOW})

    assert "Nowa." in page(made)
    assert "2 wcześniejsze wiadomości" in page(made)
    older = page(made, "_fallback/log/1.html")
    assert "Już po wszystkim." in older
    assert "Pierwsza." in older
    assert "Pierwsza." in page(made, "_fallback/feed.xml")


def test_a_new_outage_hides_the_dated_words_of_the_old_one_and_says_so(
    rendering: Rendering,
) -> None:
    new = {"content/updates/2026-11-28T1000.pl.md": "status: investigating\n\nZnowu."}
    made = rendering(LOG | new | {"content/outage.pl.md": THEN})
    shown = page(made)

    assert "Znowu." in shown
    assert "Wtedy pękł dysk." not in shown
    assert "1 listopada" not in shown
    assert "Jeszcze nie wiemy, kiedy wrócimy." in shown
    (problem,) = made.noticed
    assert problem.file == "content/outage.pl.md"
    assert "of another outage" in str(problem.what)


def test_neutral_words_hold_for_every_outage(rendering: Rendering) -> None:
    new = {"content/updates/2026-11-28T1000.pl.md": "status: investigating\n\nZnowu."}
    made = rendering(LOG | new)

    assert "Dysk sie zepsul." in page(made)
    assert made.noticed == ()


def test_words_from_before_the_start_stay_on_the_page_and_are_told(
    rendering: Rendering,
) -> None:
    early = {"content/updates/2026-11-28T0930.pl.md": "eta: 2026-11-28 11:00\n\nPilne."}
    made = rendering(early | {"content/outage.pl.md": NOW})

    assert "Pilne." in page(made)
    assert made.standing.eta is None
    assert "older than the start" in str(made.noticed[0].what)
