"""What a move starts from: who moves, the journal, and every zone as it is now."""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta

from attrs import frozen

from fallback import dns
from fallback.actions.moving.moved import State, ZoneMoved, failed
from fallback.core.clock import Clock
from fallback.core.config import Config, DnsTable
from fallback.core.errors import FallbackError, Refused, Unavailable, UsageError
from fallback.core.ports import DnsProvider
from fallback.core.records import (
    WEB_TYPES,
    Caps,
    Change,
    Marker,
    Plan,
    Snapshot,
    Target,
    absolute,
    as_typed,
    marker_key,
    plan_redirect,
)
from fallback.core.redirect.card import wishes
from fallback.core.redirect.home import home_changes
from fallback.core.redirect.journal import (
    Agreement,
    Entry,
    History,
    Verb,
    ZoneHistory,
    fold,
)
from fallback.core.redirect.moves import Order, in_force
from fallback.core.result import Talk
from fallback.core.text import Sayable, T
from fallback.stores import journal as journals
from fallback.stores.journal import Journal
from fallback.wire import durable

_READS = 4
_PER_SECOND = 10**6
_FINISHED = {
    Verb.REDIRECT: State.REDIRECTED,
    Verb.RESTORE: State.RESTORED,
    Verb.PREPARE: State.PREPARED,
}
_ANY_PANEL = Caps("record", "person", "flatten", frozenset(WEB_TYPES))


@frozen
class By:
    """Who moves, why, and how: what the journal will say about it.

    ``wait`` is how long a person is given to type records. ``speak`` is the owner's
    language, for the restore card. ``automatic``: a watcher moves, nobody typed it.
    ``agreement`` says which saved plan is carried out. ``home`` is the new server that
    a restore leads to.
    """

    operator: str = ""
    reason: str = ""
    accept: tuple[str, ...] = ()
    dry_run: bool = False
    wait: timedelta = timedelta()
    speak: Callable[[Sayable], str] = str
    home: Target | None = None
    automatic: bool = False
    agreement: Agreement | None = None


@frozen
class Job:
    """One zone with everything that was read about it; ``order`` is what it needs."""

    table: DnsTable
    provider: DnsProvider
    caps: Caps
    history: ZoneHistory
    snapshot: Snapshot
    order: Order | None = None

    @property
    def zone(self) -> str:
        """Return the absolute name of the zone."""
        return absolute(self.table.zone)

    @property
    def in_force(self) -> Entry | None:
        """Return the redirect that is live in the zone; see ``moves.in_force``."""
        return in_force(self.history, self.snapshot, self.caps)


@frozen
class Bench:
    """What every step of one move needs."""

    config: Config
    verb: Verb
    journal: Journal
    clock: Clock
    say: Talk
    by: By

    @property
    def finished(self) -> State:
        """Return the state of a zone in which everything was done."""
        return _FINISHED[self.verb]


@contextmanager
def bench(
    config: Config, verb: Verb, *, clock: Clock, say: Talk, by: By
) -> Iterator[Bench]:
    """Hold the site's lock and yield what the move needs; a dry run needs no lock.

    Raises ``UsageError`` without a ``[[dns]]`` table, ``Locked``, and ``Refused`` when
    nothing can be kept in the site's folder.
    """
    if not config.dns:
        raise UsageError(
            T("there is no [[dns]] table in fallback.toml: no name can be moved"),
            customers_see=T("no change"),
            next=T("add one, or point the names at the page in your DNS panel"),
        )
    journal = journals.connect(config)
    lock = journals.state_folder(config) / "lock"
    with ExitStack() as held:
        if not by.dry_run:
            try:
                held.enter_context(durable.lock(lock))
            except OSError as error:
                raise journals.unsafe(lock, error) from error
        yield Bench(config, verb, journal, clock, say, by)


def survey(bench: Bench) -> tuple[History, list[Job], list[ZoneMoved]]:
    """Read the journal and every zone; zones that cannot be read come back failed."""
    book = bench.journal.read()
    if book.damage:
        bench.say(
            "journal-damaged",
            T("the journal cannot be trusted from line {n} on", n=book.damage),
        )
    history = fold(book.entries)
    jobs: list[Job] = []
    unreadable: list[ZoneMoved] = []
    for table in bench.config.dns:
        zone = history.of(table.zone)
        try:
            jobs.append(_read_job(bench, table, zone))
        except FallbackError as error:
            changes = _without_the_provider(bench, table, zone)
            unreadable.append(failed(zone.zone, error, changes))
    return history, jobs, unreadable


def _read_job(bench: Bench, table: DnsTable, history: ZoneHistory) -> Job:
    provider = dns.connect(table, bench.config)
    known = [entry.names for entry in (history.last, history.open) if entry]
    names = dict.fromkeys(
        [*map(absolute, table.names), *(n for ns in known for n in ns)]
    )
    snapshot = read(provider, table.zone, tuple(names), bench.clock)
    # to prepare is to look at the very TTL that is forgiven a person otherwise
    decision = history.open if bench.verb is Verb.PREPARE else history.last
    if provider.caps.cas == "person" and decision is not None:
        snapshot = as_typed(snapshot, decision.changes)
    return Job(table, provider, provider.caps, history, snapshot)


def read(
    provider: DnsProvider, zone: str, names: Sequence[str], clock: Clock
) -> Snapshot:
    """Return what the control plane holds; ``Unavailable`` is tried a few times more.

    The pauses grow and are jittered, so that many watchers do not knock together.
    """
    for attempt in range(_READS - 1):
        try:
            return provider.read(zone, names)
        except Unavailable:
            pause = 0.5 * 2**attempt * random.uniform(0.5, 1.5)  # noqa: S311 - no secret
            clock.sleep(timedelta(seconds=pause))
    return provider.read(zone, names)


def leads_to_the_page(job: Job) -> bool:
    """Say whether a redirect would change no web record, TTL aside."""
    table = job.table
    target, ttl = table.target, table.ttl
    try:
        plan = plan_redirect(
            job.snapshot, table.names, target, ttl, epoch=0, caps=job.caps
        )
    except Refused:
        return False
    return all(
        change.before and change.after and change.before.rdatas == change.after.rdatas
        for change in plan.changes
        if change.type != "TXT"
    )


def next_epoch(history: History, jobs: Sequence[Job], at: datetime) -> int:
    """Return the number of a new decision: higher than any that was ever seen.

    It counts millionths of a second since 1970, the last of them drawn, so that two
    machines, each with a journal of its own, do not give one number to two decisions
    even in the same second, nor when both follow one of a clock that is ahead: both
    would then take the marker for theirs, and each for done what the other has decided.
    """
    drawn = random.randrange(_PER_SECOND)  # noqa: S311 - no secret
    seen = [history.epoch, int(at.timestamp()) * _PER_SECOND]
    for job in jobs:
        marker = Marker.parse(job.snapshot.get(marker_key(job.zone)))
        seen.append(marker.epoch if marker else 0)
    return max(seen) + 1 + drawn


def _without_the_provider(
    bench: Bench, table: DnsTable, history: ZoneHistory
) -> tuple[Change, ...]:
    """Return what is to be typed while the provider cannot even be read."""
    if bench.verb is Verb.PREPARE:
        return ()
    decision, home = history.open, bench.by.home
    if decision is not None and home is not None:
        changes = home_changes(decision, home, _ANY_PANEL)
        return Plan(history.zone, 0, changes).reverse(epoch=0).changes
    if bench.verb is Verb.RESTORE:
        return decision.plan.reverse(epoch=0).changes if decision else ()
    if decision is not None:
        return decision.changes
    return wishes(table.names, table.target, table.ttl, table.zone)
