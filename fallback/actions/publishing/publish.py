"""Publishes one built site to every host at once, and looks at each.

A host has a thread and a deadline of its own: one that hangs delays nobody, and is
left behind when its time is up. What it goes on doing is harmless, because whatever it
writes is part of the same site, in the same safe order.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any

from attrs import define, field, frozen

from fallback import hosts
from fallback.actions.publishing.look import Patience, look, what_visitors_see
from fallback.core.clock import Clock
from fallback.core.config import Config, HostTable
from fallback.core.errors import FallbackError, PartlyDone, Unknown
from fallback.core.hosts.capabilities import Capabilities
from fallback.core.hosts.visit import Seen
from fallback.core.model import BuiltSite, Receipt
from fallback.core.ports import Host
from fallback.core.result import Progress, Stage, Step, Talk, unseen
from fallback.core.text import Sayable, T, Text
from fallback.wire.deadline import within
from fallback.wire.parallel import each
from fallback.wire.publishing import reporting

LAST_LOOK = timedelta(seconds=4)
"""At most this is kept of a deadline, to see what visitors get of a host that hangs."""

Connect = Callable[[HostTable, Config], Host]

_NAP = 0.5  # seconds
_LAST_WORDS = timedelta(milliseconds=500)


@frozen
class HostReport:
    """How one host fared. ``receipt`` is there as soon as everything was written.

    ``promised`` is what its kind can answer, once it was connected.
    """

    host: str
    url: str = ""
    receipt: Receipt | None = None
    seen: Seen | None = None
    error: FallbackError | None = None
    promised: Capabilities | None = None

    @property
    def ok(self) -> bool:
        """Whether the host was published to and shows what was published."""
        return self.problem is None

    @property
    def problem(self) -> Sayable | None:
        """Return what is wrong, or ``None``."""
        if self.error is not None:
            return self.error.what
        return self.seen.problem if self.seen else None

    @property
    def next(self) -> Sayable | None:
        """Return what to do about the problem, or ``None``."""
        if self.error is not None:
            return self.error.next
        if self.problem is None:
            return None
        if self.url:
            return T(
                "see what stands between the host and its visitors (a cache, a rule, a"
                " file of somebody else's), then deploy again"
            )
        return T("see who else writes there, then deploy again")

    def brief(self) -> Text:
        """Return the progress line; the result says the rest."""
        if self.ok:
            return T("{host}: done", host=self.host)
        return T("{host}: failed", host=self.host)

    def told(self) -> Text:
        """Return the one line that says how it went."""
        if self.problem is not None:
            return T("{host}: FAILED: {problem}", host=self.host, problem=self.problem)
        receipt = self.receipt or Receipt()
        return T(
            "{host}: published ({written} written, {skipped} unchanged,"
            " {deleted} deleted); {seen}",
            host=self.host,
            written=len(receipt.written),
            skipped=len(receipt.skipped),
            deleted=len(receipt.deleted),
            seen=self.seen.told if self.seen else "",
        )

    def told_beside(self) -> Iterator[Sayable]:
        """Yield the lines below it: what visitors get, what to do, what to know."""
        if self.error is not None and self.error.customers_see is not None:
            yield T("  its visitors see: {see}", see=self.error.customers_see)
        if self.seen is not None and self.seen.problem is not None:
            yield T("  {seen}", seen=self.seen.told)
        if self.next is not None:
            yield T("  next: {next}", next=self.next)
        if self.seen is not None:
            foreign = (self.seen.foreign,) if self.seen.foreign else ()
            for note in (*self.seen.differences, *foreign, *self.seen.remarks):
                yield T("  note: {note}", note=note)
        for what in self.shortcomings():
            yield T("  good to know: {what}", what=what)

    def shortcomings(self) -> Iterator[Text]:
        """Yield what a shop loses with this host, as far as it works at all."""
        if not self.ok or self.promised is None:
            return
        measured = self.seen.measured if self.seen else None
        yield from self.promised.corrected(measured or Capabilities()).shortcomings()

    def as_json(self) -> Mapping[str, Any]:
        """Return the object of this host in ``deploy --json``."""
        receipt, error, seen = self.receipt or Receipt(), self.error, self.seen
        see = error.customers_see if error else None
        if error is None and seen is not None and seen.problem is not None:
            see = seen.told
        ends = seen.certificate_ends if seen else None
        return {
            "host": self.host,
            "ok": self.ok,
            "written": list(receipt.written),
            "skipped": list(receipt.skipped),
            "deleted": list(receipt.deleted),
            "seen": str(seen.told) if seen else None,
            "statuses": dict(seen.statuses) if seen else {},
            "measured": seen.measured.as_json() if seen and seen.measured else None,
            "caps": self.promised.as_json() if self.promised else None,
            "differences": [str(each) for each in seen.differences] if seen else [],
            "remarks": [str(each) for each in seen.remarks] if seen else [],
            "foreign": str(seen.foreign) if seen and seen.foreign else None,
            "shortcomings": [str(each) for each in self.shortcomings()],
            "certificate_ends": ends.isoformat() if ends else None,
            "problem": None if self.problem is None else str(self.problem),
            "customers_see": None if see is None else str(see),
            "next": None if self.next is None else str(self.next),
        }


def publish(  # noqa: PLR0913 - the last four are for tests and terminals
    config: Config,
    site: BuiltSite,
    *,
    say: Talk,
    clock: Clock,
    deadline: timedelta | None = None,
    patience: Patience | None = None,
    connect: Connect = hosts.connect,
    progress: Progress = unseen,
) -> tuple[HostReport, ...]:
    """Publish *site* to every host of *config*; return one report a host, in order.

    Never raises for what a host does, and waits for none longer than its deadline, or
    *deadline* where that is given.
    """
    begun = clock.monotonic()
    works = [
        _Work(
            table,
            config,
            site,
            clock,
            begun + (deadline or table.deadline),
            deadline or table.deadline,
            patience or Patience(),
            connect,
            progress,
        )
        for table in config.hosts
    ]
    done: SimpleQueue[int] = SimpleQueue()
    for number, work in enumerate(works):
        say("publishing", T("{host}: publishing", host=work.table.label))
        Thread(target=work.run, args=(number, done), daemon=True).start()
    waiting = dict(enumerate(works))
    while waiting:
        soonest = min(work.patient_until for work in waiting.values())
        first = _first(done, (soonest - clock.monotonic()).total_seconds())
        if first is None:
            _leave_behind(waiting, soonest, say)
        elif (finished := waiting.pop(first, None)) is not None:
            say("host_done", finished.report.brief())
    return tuple(work.report for work in works)


def _first(done: "SimpleQueue[int]", left: float) -> int | None:
    """Return the host that is finished first, or ``None`` after *left* seconds.

    In naps: a Ctrl-C that comes just before a wait is begun is heard only after it.
    """
    left = max(left, 0.001)
    while left > 0:
        try:
            return done.get(timeout=min(left, _NAP))
        except Empty:
            left -= _NAP
    return None


def _leave_behind(waiting: dict[int, "_Work"], moment: timedelta, say: Talk) -> None:
    """Settle the hosts of *waiting* whose time was up at *moment*."""
    late = [n for n, work in waiting.items() if work.patient_until <= moment]
    works = [waiting.pop(number) for number in late]
    each(_Work.leave_behind, works, width=len(works))
    for work in works:
        event = "host_overdue" if work.overdue else "host_done"
        say(event, work.report.brief())


@define
class _Work:
    """One host's share of a publish, done in its own thread."""

    table: HostTable
    config: Config
    site: BuiltSite
    clock: Clock
    until: timedelta
    deadline: timedelta
    patience: Patience
    connect: Connect
    progress: Progress
    report: HostReport = field(init=False)
    promised: Capabilities | None = None
    finished: bool = False
    overdue: bool = False
    _left: bool = False
    _turn: Lock = field(factory=Lock)

    def __attrs_post_init__(self) -> None:
        self.report = HostReport(self.table.label, self.table.url)

    @property
    def patient_until(self) -> timedelta:
        """When it is left behind: a last look must fit before the deadline."""
        kept = min(LAST_LOOK, self.deadline / 10) if self.table.url else timedelta()
        return self.until - kept

    @property
    def working_until(self) -> timedelta:
        """When it has to end by itself, in time to say why."""
        return self.patient_until - min(_LAST_WORDS, self.deadline / 20)

    def run(self, number: int, done: "SimpleQueue[int]") -> None:
        try:
            with within(self.working_until - self.clock.monotonic()):
                self._publish_and_look()
        except FallbackError as error:
            self._failed(error)
        except Exception as surprise:  # noqa: BLE001 - must not take the others along
            detail = f"{type(surprise).__name__}: {surprise}"
            self._failed(
                FallbackError(
                    T("something in fallback itself went wrong ({detail})",
                      detail=detail)
                )
            )  # fmt: skip
        self.finished = True
        self._step(Stage.DONE if self.report.ok else Stage.FAILED)
        done.put(number)

    def _publish_and_look(self) -> None:
        host = self.connect(self.table, self.config)
        self.promised = host.caps
        self._step(Stage.WRITING)
        partly: PartlyDone | None = None
        try:
            with reporting(lambda done, of: self._step(Stage.WRITING, done, of)):
                receipt = host.publish(self.site)
        except PartlyDone as error:
            if error.receipt is None:
                raise
            receipt, partly = error.receipt, error
        self._reports(receipt=receipt)
        self._step(Stage.LOOKING)
        seen = look(
            self.table,
            host,
            self.site,
            self.config.network,
            clock=self.clock,
            until=self.working_until,
            patience=self.patience,
        )
        self._reports(receipt=receipt, seen=seen, error=partly)

    def _step(self, stage: Stage, done: int = 0, of: int = 0) -> None:
        if not self._left:
            self.progress(self.table.label, Step(stage, done, of))

    def _reports(self, **facts: Any) -> None:
        with self._turn:
            if not self._left:
                self.report = HostReport(
                    self.table.label, self.table.url, promised=self.promised, **facts
                )

    def _failed(self, error: FallbackError) -> None:
        """Report *error*, and then what visitors were seen to get where they can be.

        At once, because the look takes its time: whoever is left behind meanwhile is
        to be told of by what went wrong, not by the clock.
        """
        self._reports(receipt=self.report.receipt, error=error)
        see = self._visitors_see()
        with self._turn:
            if not self._left:
                error.customers_see = see or error.customers_see

    def _visitors_see(self) -> Text | None:
        """Say what visitors get at the status address; ``None`` without one."""
        if not self.table.url:
            return None
        try:
            return what_visitors_see(
                self.table.url, self.config.network, clock=self.clock, until=self.until
            )
        except Exception:  # noqa: BLE001 - a stranger's answer must not cost the report
            return T("something that cannot be read")

    def leave_behind(self) -> None:
        """Report that the time is up, unless its thread knows better. Never raises.

        What it knows is that it is ready, or what went wrong. Whatever it still does is
        no longer reported.
        """
        if self.finished:
            return
        self._step(Stage.FAILED)
        with self._turn:
            self._left = True
        known = self.report.error
        see = self._visitors_see()
        if known is not None:
            known.customers_see = see or known.customers_see
            return
        self.overdue = True
        self.report = self._too_late(see)

    def _too_late(self, see: Text | None) -> HostReport:
        seconds = round(self.deadline.total_seconds(), 1)
        written = self.report.receipt
        what = (
            T("it was not ready within {seconds} s", seconds=str(seconds))
            if written is None
            else T("it could not be looked at within {seconds} s",
                   seconds=str(seconds))
        )  # fmt: skip
        return HostReport(
            self.table.label,
            self.table.url,
            receipt=written,
            promised=self.promised,
            error=Unknown(
                what,
                customers_see=see
                or T("the page that was there before, or the new one"),
                next=T("deploy again; the other hosts were not held up"),
            ),
        )
