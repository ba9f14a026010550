"""When things were said, and when more was promised: the part that a clock can judge.

Sources: PagerDuty's and Atlassian's public guides (an update at least every half hour
in the first two hours, each naming the next); an hour at most until the first word.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from attrs import field, frozen

from fallback.core.findings import Finding, Severity
from fallback.core.model import Status, Update
from fallback.core.text import T, Text

FIRST_WORD = timedelta(hours=1)
GOOD_FIRST_WORD = timedelta(minutes=15)
SILENCE = timedelta(hours=1)
GOOD_SILENCE = timedelta(minutes=30)
EARLY = timedelta(hours=2)
"""How long customers look every few minutes; later they go by the promised time."""
REPORT = timedelta(hours=24)
OF_THE_HOUR = frozenset(
    {
        "eta-missing",
        "eta-passed",
        "first-update-late",
        "next-missing",
        "next-overdue",
        "update-gap",
    }
)
"""Findings that only matter while customers wait."""
_OPEN = frozenset({Status.INVESTIGATING, Status.IDENTIFIED, Status.MONITORING})


@frozen
class Times:
    """The moments of one outage. ``told``: something dated has been said at all.

    ``updates`` are newest first.
    """

    status: Status
    started: datetime | None
    eta: datetime | None
    next_update: datetime | None
    told: bool
    updates: Sequence[Update] = field(repr=False)
    reported: bool = False

    @property
    def going_on(self) -> bool:
        """Whether customers are waiting; words that wait for the day are not told."""
        return self.told and self.status in _OPEN

    @property
    def began(self) -> datetime | None:
        """When it began, as far as anything says so."""
        return self.started or (self.updates[-1].at if self.updates else None)


def time_findings(times: Times, now: datetime) -> Iterator[Finding]:
    """Yield what is wrong with the times at *now*; the subject is the caller's."""
    if times.going_on:
        yield from _eta_missing(times)
        yield from _next(times, now)
        yield from _started(times)
        yield from _first_word(times, now)
        yield from _silence(times, now)
    if times.eta and times.eta <= now and times.status is not Status.RESOLVED:
        yield _finding(
            "eta-passed",
            Severity.WARNING,
            T("the time at which you expected to be back has passed"),
            T("a passed time makes every other word doubtful"),
            T('say a new one: fallback update --template delay --eta "+2h"'),
        )
    over = _over_since(times.updates)
    done = times.status is Status.RESOLVED and over is not None
    if done and over and now - over > REPORT and not times.reported:
        yield _finding(
            "resolved-without-report",
            Severity.WARNING,
            T("it is over, and nothing tells what had happened and what was changed"),
            T("customers come back to a shop that explains itself"),
            T("write what caused it and what you changed into content/report.md"),
        )


def _eta_missing(times: Times) -> Iterator[Finding]:
    if times.eta is None and times.next_update is None:
        yield _finding(
            "eta-missing",
            Severity.CRITICAL,
            T("neither when you expect to be back nor when you write again is said"),
            T("it is the first thing that customers want to know"),
            T('write: fallback update --template investigating --next "+1h"'),
        )


def _next(times: Times, now: datetime) -> Iterator[Finding]:
    if times.next_update is None and times.eta is not None:
        yield _finding(
            "next-missing",
            Severity.WARNING,
            T("nothing says when you write again"),
            T("who knows when to look again does not call"),
            T('add --next "+1h" to the next update'),
        )
    elif times.next_update and times.next_update <= now:
        yield _finding(
            "next-overdue",
            Severity.WARNING,
            T("the message that you promised is late"),
            T("a promise that was not kept is worse than none"),
            T('write now, even without news: fallback update --next "+1h"'),
        )


def _started(times: Times) -> Iterator[Finding]:
    if times.started is None:
        yield _finding(
            "started-missing",
            Severity.WARNING,
            T("nothing says when it began"),
            T("customers need it to know whether their order is concerned"),
            T("add a line to the header, such as {line}",
              line="started: 2026-11-22 09:40"),
        )  # fmt: skip


def _first_word(times: Times, now: datetime) -> Iterator[Finding]:
    if times.started is None or (not times.updates and now < times.started):
        return
    first = times.updates[-1].at if times.updates else None
    late = (first or now) - times.started
    if first is None and late > GOOD_FIRST_WORD:
        yield _finding(
            "first-update-late",
            Severity.WARNING,
            T("it began {span} ago, and there is no update yet", span=_span(late)),
            T("within an hour customers must hear it from you"),
            T("write: fallback update --template investigating"),
        )  # fmt: skip
    elif first is not None and late > FIRST_WORD:
        yield _finding(
            "first-update-late",
            Severity.INFO,
            T("the first update came {span} after the start", span=_span(late)),
            T("within an hour customers must hear it from you"),
            T("have the words ready before: content/templates"),
        )  # fmt: skip


def _silence(times: Times, now: datetime) -> Iterator[Finding]:
    """Judge the pause since the last word, while customers look every few minutes."""
    if not times.updates or not times.began or now - times.began > EARLY:
        return
    pause = now - times.updates[0].at
    promised = times.next_update is not None and now < times.next_update
    if pause > SILENCE or (pause > GOOD_SILENCE and not promised):
        yield _finding(
            "update-gap",
            Severity.WARNING if pause > SILENCE else Severity.INFO,
            T("nothing was said for {span}", span=_span(pause)),
            T("in the first two hours customers look every few minutes"),
            T('say how it goes: fallback update "…"'),
        )


def _over_since(updates: Sequence[Update]) -> datetime | None:
    """Return when the last run of *updates* that say "resolved" began."""
    over = None
    for update in updates:
        if update.status is Status.RESOLVED:
            over = update.at
        elif update.status:
            break
    return over


def _span(length: timedelta) -> Text:
    """Return *length* as people say it: in minutes, and from two hours on in hours."""
    minutes = int(length.total_seconds() // 60)
    if minutes < 120:
        return T("{minutes} min", minutes=minutes)
    return T("{hours} h", hours=minutes // 60)


def _finding(
    name: str, severity: Severity, seen: Text, why: Text, remedy: Text
) -> Finding:
    return Finding(name, severity, "", seen, why, remedy)
