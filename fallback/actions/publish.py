"""Publishes one built site to every host at once, and looks at each.

A host has a thread and a deadline of its own: one that hangs delays nobody, and is
left behind when its time is up. What it goes on doing is harmless, because whatever it
writes is part of the same site, in the same safe order.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

from attrs import define, field, frozen

from fallback import hosts
from fallback.actions.look import Patience, Seen, look, what_visitors_see
from fallback.core.clock import Clock
from fallback.core.config import Config, HostTable
from fallback.core.errors import FallbackError, Unavailable
from fallback.core.model import BuiltSite, Receipt
from fallback.core.ports import Host
from fallback.core.result import Talk
from fallback.core.text import Sayable, T, Text
from fallback.wire.deadline import within

DEADLINE = timedelta(seconds=60)

Connect = Callable[[HostTable, Config], Host]


@frozen
class HostReport:
    """How one host fared. ``receipt`` is there as soon as everything was written."""

    host: str
    url: str = ""
    receipt: Receipt | None = None
    seen: Seen | None = None
    error: FallbackError | None = None

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

    def as_json(self) -> Mapping[str, Any]:
        """Return the object of this host in ``deploy --json``."""
        receipt, error = self.receipt or Receipt(), self.error
        see = error.customers_see if error else None
        after = error.next if error else None
        return {
            "host": self.host,
            "ok": self.ok,
            "written": list(receipt.written),
            "skipped": list(receipt.skipped),
            "deleted": list(receipt.deleted),
            "seen": str(self.seen.told) if self.seen else None,
            "statuses": dict(self.seen.statuses) if self.seen else {},
            "problem": None if self.problem is None else str(self.problem),
            "customers_see": None if see is None else str(see),
            "next": None if after is None else str(after),
        }


def publish(
    config: Config,
    site: BuiltSite,
    *,
    say: Talk,
    clock: Clock,
    deadline: timedelta = DEADLINE,
    patience: Patience | None = None,
    connect: Connect = hosts.connect,
) -> tuple[HostReport, ...]:
    """Publish *site* to every host of *config*; return one report a host, in order.

    Never raises for what a host does, and never waits longer than *deadline*.
    """
    until = clock.monotonic() + deadline
    works = [
        _Work(table, config, site, clock, until, patience or Patience(), connect)
        for table in config.hosts
    ]
    done: SimpleQueue[int] = SimpleQueue()
    for number, work in enumerate(works):
        say("publishing", T("{host}: publishing", host=work.table.label))
        Thread(target=work.run, args=(number, done), daemon=True).start()
    for _ in works:
        left = (until - clock.monotonic()).total_seconds()
        try:
            finished = works[done.get(timeout=max(left, 0.001))]
        except Empty:
            break
        say("host_done", finished.report.brief())
    return tuple(_settled(work, deadline, say) for work in works)


def _settled(work: "_Work", deadline: timedelta, say: Talk) -> HostReport:
    if work.finished:
        return work.report
    report = work.overdue(deadline)
    say("host_overdue", report.brief())
    return report


@define
class _Work:
    """One host's share of a publish, done in its own thread."""

    table: HostTable
    config: Config
    site: BuiltSite
    clock: Clock
    until: timedelta
    patience: Patience
    connect: Connect
    report: HostReport = field(init=False)
    finished: bool = False

    def __attrs_post_init__(self) -> None:
        self.report = HostReport(self.table.label, self.table.url)

    def run(self, number: int, done: "SimpleQueue[int]") -> None:
        try:
            with within(self.until - self.clock.monotonic()):
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
        done.put(number)

    def _publish_and_look(self) -> None:
        host = self.connect(self.table, self.config)
        self._reports(receipt=host.publish(self.site))
        seen = look(
            self.table,
            host,
            self.site,
            self.config.network,
            clock=self.clock,
            until=self.until,
            patience=self.patience,
        )
        self._reports(receipt=self.report.receipt, seen=seen)

    def _reports(self, **facts: Any) -> None:
        self.report = HostReport(self.table.label, self.table.url, **facts)

    def _failed(self, error: FallbackError) -> None:
        """Report *error*, with what visitors were seen to get where they can be."""
        if self.table.url:
            error.customers_see = what_visitors_see(
                self.table.url,
                self.config.network,
                clock=self.clock,
                until=self.until,
            )
        self._reports(receipt=self.report.receipt, error=error)

    def overdue(self, deadline: timedelta) -> HostReport:
        """Return the report of a host whose time is up."""
        seconds = round(deadline.total_seconds(), 1)
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
            error=Unavailable(
                what,
                customers_see=T("the page that was there before, or the new one"),
                next=T("deploy again; the other hosts were not held up"),
            ),
        )
