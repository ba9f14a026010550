"""Which outage is told of, while the folder still holds the words of another one.

A log outlives its outage: nobody clears a folder at three in the morning. So the words
are read in the order of their moments, and those of an earlier outage decide nothing
about this one. No clock is asked: only moments that the content names are compared.

What is told of is in one of three states, and an update moves it:

    going on   RESOLVED: over.
               A ``started`` that is more than ``QUIET`` after all that was said before:
               another outage, although nobody said that the first one was over.
    planned    RESOLVED: over; the work is done, or will not be.
               Trouble (investigating, identified, monitoring) before the planned start:
               an outage that is not the plan. When that is over, the plan holds again.
    over       Another status, or one that is not said with a ``started`` or an ``eta``:
               another outage. Words alone, or a promise to write again, come after it.

Another outage begins with what the update says, and knows nothing of what was said
before: no start, no ETA, no promise, no words of an outage file that is dated.

The outage file stands where it says it does:

    ``started``, not planned    there. What is older decides nothing. What is older and
                                not of the last hours, or ended an outage, was of an
                                earlier outage; the rest was said before anybody knew
                                since when, and stays in the log.
    planned, with ``at``        there: work is announced before it starts. Planned is
                                also a file without a state whose start is announced.
    planned, without ``at``     before everything. A RESOLVED before its start is taken
                                for the end of an earlier outage.
    ``at`` alone                there if the last outage was over by then; else before
                                everything, as whoever edits a file dates it anew.
    neither                     before everything: it holds for every outage.

The cases that this was made of are in ``tests/page/content/test_course.py``.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from attrs import define, field, frozen

from fallback.core.model import Status
from fallback.page.content.draft import Facts

QUIET = timedelta(hours=12)
"""After so long without a word, a new beginning is that of another outage."""

TROUBLE = frozenset({Status.INVESTIGATING, Status.IDENTIFIED, Status.MONITORING})
"""What an outage is called that nobody planned, while it goes on."""


@frozen
class Course:
    """What holds, and of which of the updates (oldest first) it was made.

    ``earlier`` updates at the front were of an earlier outage; ``idle`` ones after them
    are older than the start, and decide nothing. ``own``: the outage file is of this
    outage.
    """

    facts: Facts
    earlier: int = 0
    idle: int = 0
    own: bool = True


def course(outage: Facts, updates: Sequence[Facts]) -> Course:
    """Return what is told of; *updates* are oldest first, and each has an ``at``."""
    walk = _Walk(outage, outage)
    start = _start(outage, updates)
    for number, each in enumerate(updates):
        if start and _at(each) < start:
            walk.passed(number, each, start)
        else:
            walk.told(number, each)
    return Course(walk.facts, walk.earlier, walk.idle, walk.own)


def _start(outage: Facts, updates: Sequence[Facts]) -> datetime | None:
    """Return the moment before which nothing is of the outage; ``None``: no such."""
    started, at = outage.said.get("started"), outage.said.get("at")
    if outage.status is Status.SCHEDULED or _announced(outage, updates):
        return at and min(at, started or at)
    if started or not at or outage.status is Status.RESOLVED:
        return started
    before = [each.status for each in updates if each.status and _at(each) < at]
    return at if before[-1:] == [Status.RESOLVED] else None


def _announced(outage: Facts, updates: Sequence[Facts]) -> bool:
    """Whether an update announces the start of a file that gives no state."""
    started = outage.said.get("started")
    return outage.status is None and any(
        each.status is Status.SCHEDULED
        and started is not None
        and _at(each) < started
        and each.said.get("started") == started
        for each in updates
    )


def _at(update: Facts) -> datetime:
    at = update.said["at"]
    if at is None:
        raise ValueError("an update is dated")
    return at


def _merged(before: Facts, update: Facts) -> Facts:
    """Return *before* with what *update* says newly; a start is said once."""
    started = before.said.get("started") or update.said.get("started")
    said = {**before.said, **update.said}
    if started:
        said["started"] = started
    return Facts(said, update.status or before.status)


@define
class _Walk:
    """Goes through the updates. ``plan`` is what holds again after an outage."""

    outage: Facts
    facts: Facts
    earlier: int = 0
    idle: int = 0
    own: bool = True
    plan: Facts | None = None
    ended: datetime | None = None
    last: datetime | None = field(init=False)

    @last.default
    def _dated(self) -> datetime | None:
        said = self.outage.said
        planned = self.outage.status is Status.SCHEDULED
        dates = [said.get("at"), None if planned else said.get("started")]
        return max(filter(None, dates), default=None)

    def passed(self, number: int, update: Facts, start: datetime) -> None:
        """Leave *update* behind: it is older than the outage."""
        if update.status is Status.RESOLVED or start - _at(update) > QUIET:
            self.earlier = number + 1
        self.idle = number + 1 - self.earlier

    def told(self, number: int, update: Facts) -> None:
        """Take *update* into account."""
        ahead = self._ahead(update)
        if self._begins(update, ahead=ahead):
            self.plan = self.facts if ahead else self.plan
            self.facts = Facts(update.said, update.status or Status.INVESTIGATING)
            self.earlier, self.idle, self.own = number, 0, False
        elif self.plan and self._returns(update):
            self.facts, self.plan, self.own = self.plan, None, True
        elif ahead and self.own and self._undated_end(update):
            self.earlier, self.idle = number + 1, 0
        else:
            self.facts = _merged(self.facts, update)
        if self.facts.status is not Status.RESOLVED:
            self.ended = None
        elif update.status is Status.RESOLVED:
            self.ended = self.ended or _at(update)
        self.last = _at(update)

    def _ahead(self, update: Facts) -> bool:
        """Whether planned work is still to come when *update* is written."""
        started = self.facts.said.get("started")
        planned = self.facts.status is Status.SCHEDULED
        return planned and started is not None and _at(update) < started

    def _begins(self, update: Facts, *, ahead: bool) -> bool:
        """Whether *update* begins another outage."""
        if ahead and update.status in TROUBLE:
            return True
        at, started = _at(update), update.said.get("started")
        if started and self.last and self.last + QUIET < started <= at:
            return True
        ended = self._ended(at)
        if ended is None or update.status is Status.RESOLVED:
            return False
        again = started is not None and started > ended
        return update.status is not None or again or "eta" in update.said

    def _ended(self, at: datetime) -> datetime | None:
        """Return since when it is over at *at*; a file may say so without a moment."""
        over = self.facts.status is Status.RESOLVED
        quiet = self.last if self.last and at - self.last > QUIET else None
        return self.ended or (quiet if over else None)

    def _returns(self, update: Facts) -> bool:
        """Whether the plan that was set aside holds again with *update*."""
        start = self.plan.said.get("started") if self.plan else None
        ended = update.status in (Status.RESOLVED, Status.SCHEDULED)
        return ended and start is not None and _at(update) < start

    def _undated_end(self, update: Facts) -> bool:
        """Whether *update* ends what nobody can tell was announced before it."""
        undated = self.outage.said.get("at") is None
        return undated and update.status is Status.RESOLVED
