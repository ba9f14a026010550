"""The engine that redirect and restore share: remember, write, read again, look.

It never trusts what it remembers about a zone. Every round reads what is live and keeps
what is left to do; so a second run, a lost answer and somebody else's edit are one
case, and there is nothing to clean up after a kill. One zone's failure is that zone's.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from attrs import evolve, frozen

from fallback.actions.moving.moved import State, ZoneMoved, failed
from fallback.actions.moving.settling import Scene, settled
from fallback.actions.moving.surveying import Bench, Job, read
from fallback.core.errors import Conflict, FallbackError, Unavailable, Unknown
from fallback.core.records import Change, Key, RRset, Snapshot, as_typed, marker_key
from fallback.core.redirect.card import restore_card
from fallback.core.redirect.claims import foreign_marker
from fallback.core.redirect.gates import Refusal
from fallback.core.redirect.journal import Book, Entry, Event, Verb, fold, zone_lines
from fallback.core.redirect.moves import Order, remaining
from fallback.core.text import Sayable, T, Text

_ROUNDS = 3
CONTROL_PLANE = timedelta(seconds=10)
"""How long an operator's own interface may show the old records after a write."""
_BETWEEN = timedelta(seconds=1)


def refused(job: Job, refusals: Sequence[Refusal]) -> ZoneMoved:
    """Return the zone as refused, with what a person could type instead."""
    changes = job.order.todo.changes if job.order else ()
    return ZoneMoved(job.zone, State.REFUSED, changes, problem=refusals[0].why)


def without_the_marker(job: Job) -> Job:
    """Return *job* with nothing to do when a person left out only the marker.

    A panel is no lock: there the marker is good advice, and the journal knows as well.
    """
    order = job.order
    if order is None or job.caps.cas != "person":
        return job
    if any(change.type != "TXT" for change in order.todo.changes):
        return job
    return evolve(job, order=evolve(order, todo=evolve(order.todo, changes=())))


def planned(job: Job) -> ZoneMoved:
    """Return what would be done to the zone."""
    assert job.order is not None
    order = job.order
    return ZoneMoved(
        job.zone,
        State.PLANNED,
        order.todo.changes,
        epoch=order.epoch,
        drift=order.drift,
        dropped=order.dropped,
    )


def carry_out(
    bench: Bench, jobs: Sequence[Job], gates: Sequence[str], accepted: Sequence[Refusal]
) -> list[ZoneMoved]:
    """Remember every order, then carry each out; one failure leaves the others alone.

    Nothing is written to any zone before the journal and the restore card are in both
    places. Raises ``Refused`` when they cannot be kept.
    """
    _remember(bench, jobs, gates, accepted)
    return [_one(bench, job) for job in jobs]


def _remember(
    bench: Bench, jobs: Sequence[Job], gates: Sequence[str], accepted: Sequence[Refusal]
) -> None:
    entries = [
        _entry(bench, job, job.order, gates, accepted)
        for job in jobs
        if job.order is not None
        and (job.order.fresh or _accepted(job, accepted) or _newly_agreed(bench, job))
    ]

    def still(book: Book) -> bool:
        now = fold(book.entries)
        return all(now.of(job.zone) == job.history for job in jobs)

    # none: a kill may have left one copy short
    bench.journal.write(*entries, still=still)
    _write_card(bench)


def _entry(
    bench: Bench,
    job: Job,
    order: Order,
    gates: Sequence[str],
    accepted: Sequence[Refusal],
) -> Entry:
    target = job.table.target if order.home is None else order.home
    if bench.verb is Verb.PREPARE:
        target = ""  # it leads nowhere new
    return Entry(
        at=bench.clock.now(),
        event=Event.PLAN,
        verb=bench.verb,
        zone=job.zone,
        epoch=order.epoch,
        undoes=order.undoes,
        provider=job.table.provider,
        operator=bench.by.operator,
        reason=bench.by.reason,
        names=order.names,
        target=target if isinstance(target, str) else ", ".join(map(str, target)),
        changes=order.changes,
        gates=tuple(gates),
        accepted=_accepted(job, accepted),
        agreement=bench.by.agreement,
    )


def _newly_agreed(bench: Bench, job: Job) -> bool:
    """Say whether the journal knows the decision, but not the plan it came from."""
    known = job.history.planned(job.order.epoch) if job.order else None
    agreement = bench.by.agreement
    return agreement is not None and (known is None or known.agreement != agreement)


def _accepted(job: Job, accepted: Sequence[Refusal]) -> tuple[str, ...]:
    """Return what the owner took over about *job*, which the journal has to know.

    Also of a decision that is only finished: its entry is then written once more.
    """
    return tuple(r.code.value for r in accepted if r.zone in ("", job.zone))


def _write_card(bench: Bench) -> None:
    history = fold(bench.journal.read().entries)
    open_ones = [zone.open for zone in history.zones.values() if zone.open]
    lines = restore_card(bench.config.shop.name, open_ones)
    bench.journal.write_card("".join(f"{bench.by.speak(x)}\n" for x in lines))


def _one(bench: Bench, job: Job) -> ZoneMoved:
    assert job.order is not None
    order = job.order
    moved = evolve(planned(job), state=bench.finished)
    try:
        done = _write(bench, job, order)
    except FallbackError as error:
        return failed(job.zone, error, order.todo.changes)
    left = done.left
    moved = evolve(moved, drift=left.drift)
    if marker_key(job.zone) in {(d.name, d.type) for d in left.drift}:
        return _lost(job, left)
    if left.todo.changes:
        if done.steps:
            return evolve(moved, state=State.BY_HAND, steps=done.steps)
        return evolve(
            moved,
            state=State.FAILED,
            problem=T("the records are not there, {n} rounds after", n=_ROUNDS),
        )
    record_done(bench, order, left.theirs)
    if done.ours:
        bench.say("written", T("{zone}: written, and read back", zone=job.table.zone))
    else:  # somebody else of the same mind was faster
        moved = evolve(moved, changes=())
    typed = job.caps.cas == "person"
    changed = [
        change
        for change in order.todo.changes
        if change.name not in left.theirs and not (typed and change.type == "TXT")
    ]
    moved = settled(scene(bench, job), moved, changed, done.waited)
    return evolve(moved, last_visitor=_last_visitor(bench, order))


@frozen
class _Written:
    """How writing went: what is *left*, and the *steps* that a person types.

    ``ours``: something of ours can have been written. ``waited`` is how long the
    operator's own servers were waited for.
    """

    left: Order
    steps: tuple[Sayable, ...]
    ours: bool
    waited: timedelta


def _write(bench: Bench, job: Job, order: Order) -> _Written:
    """Commit until nothing is left, at most three times; return how that went.

    A lost answer and a failed precondition are both answered by reading again, never
    by writing again: only what is still exactly BEFORE is in the next round.
    """
    left = order
    steps: tuple[Sayable, ...] = ()
    ours, waited = False, timedelta()
    for _ in range(_ROUNDS):
        steps = ()
        try:
            plan = evolve(left.todo, by=bench.by.operator)
            done = job.provider.commit(job.table.zone, plan)
            ours, steps, waited = True, done.by_hand, done.waited
            if done.late is not None:
                bench.say("late", done.late)
            within = bench.by.wait if steps else CONTROL_PLANE
            if done.overwrote:
                left = _true_way_back(bench, job, left, dict(done.overwrote))
        except Conflict:
            within = timedelta()
        except Unknown:
            ours, within = True, CONTROL_PLANE
        for step in steps:
            bench.say("type", T("type this: {step}", step=step))
        left = _read_back(bench, job, left, within, person=bool(steps))
        if steps or not left.todo.changes:
            break
    return _Written(left, steps, ours, waited)


def _true_way_back(
    bench: Bench, job: Job, order: Order, found: Mapping[Key, RRset]
) -> Order:
    """Return *order* with what was *found* in place of BEFORE, remembered as such.

    Somebody edited a record in the second in which it was replaced. It is replaced, so
    their edit, and not what stood there before it, is what has to come back.
    """

    def corrected(changes: tuple[Change, ...]) -> tuple[Change, ...]:
        return tuple(evolve(c, before=found.get(c.key, c.before)) for c in changes)

    order = evolve(
        order,
        changes=corrected(order.changes),
        todo=evolve(order.todo, changes=corrected(order.todo.changes)),
    )
    known = next(
        entry
        for entry in reversed(bench.journal.read().entries)
        if (entry.zone, entry.epoch) == (job.zone, order.epoch)
        and entry.event is Event.PLAN
    )
    bench.journal.write(evolve(known, at=bench.clock.now(), changes=order.changes))
    _write_card(bench)
    for key, rrset in found.items():
        bench.say(
            "overwritten",
            T(
                "somebody changed {type} {name} in the same second; it was replaced,"
                " and the journal keeps it: {lines}",
                name=key[0],
                type=key[1],
                lines=", ".join(zone_lines(key, rrset)),
            ),
        )
    return order


def _read_back(
    bench: Bench, job: Job, order: Order, within: timedelta, *, person: bool
) -> Order:
    """Read until nothing of *order* is left or *within* has passed."""
    end = bench.clock.monotonic() + within
    while True:
        live = _sent(bench, job, order, person=person)
        left = remaining(order, live) if live else order
        if person and all(change.type == "TXT" for change in left.todo.changes):
            # a marker that nobody typed takes nothing away: the journal knows as well
            left = evolve(left, todo=evolve(left.todo, changes=()))
        # what a person has typed half is not yet anybody else's
        typing = person and left.drift != order.drift
        done = not left.todo.changes and not typing
        if done or bench.clock.monotonic() >= end:
            return left
        bench.clock.sleep(_BETWEEN)


def _sent(bench: Bench, job: Job, order: Order, *, person: bool) -> Snapshot | None:
    """Read after a write; what cannot be read is neither done nor undone.

    While a *person* types, name servers disagree for a while: then it is ``None``.
    """
    try:
        live = read(job.provider, job.table.zone, order.names, bench.clock)
    except FallbackError as error:
        if person and isinstance(error, Unavailable):
            return None
        raise Unknown(
            T("it was sent, but cannot be read back: {why}", why=error.what),
            next=T("run the same command again: it looks before it writes"),
        ) from error
    return as_typed(live, order.todo.changes) if person else live


def _lost(job: Job, left: Order) -> ZoneMoved:
    """Another operator's marker came first: whatever is there now is theirs."""
    key = marker_key(job.zone)
    live = next(d.live for d in left.drift if (d.name, d.type) == key)
    said = " ".join(live.rdatas) if live else str(T("nothing"))
    refusal = foreign_marker(job.zone, said, restoring=left.undoes is not None)
    return ZoneMoved(
        job.zone,
        State.REFUSED,
        left.todo.changes,
        problem=refusal.why,
        refusal=refusal,
    )


def record_done(bench: Bench, order: Order, theirs: Sequence[str] = ()) -> None:
    """Write into the journal that *order* is carried out.

    A journal that cannot be written now is no reason to call a done thing failed: the
    next run sees that it is done, and writes it then.
    """
    entry = Entry(
        at=bench.clock.now(),
        event=Event.DONE,
        verb=bench.verb,
        zone=order.zone,
        epoch=order.epoch,
        undoes=order.undoes,
        operator=bench.by.operator,
        theirs=tuple(theirs),
    )
    try:
        bench.journal.write(entry)
        _write_card(bench)
    except FallbackError as error:
        bench.say("journal-late", _as_text(error.what))


def scene(bench: Bench, job: Job) -> Scene:
    """Return the zone of *job* as its name servers are looked at."""
    return Scene(job.table.served, bench.config.network, bench.clock, bench.say)


def _last_visitor(bench: Bench, order: Order) -> datetime | None:
    """Return when the last cache forgets what was there before, asked a moment ago."""
    web = [c.before for c in order.todo.changes if c.type != "TXT" and c.before]
    if not web:
        return None
    at = bench.clock.now() + max(rrset.ttl for rrset in web)
    return at.astimezone(bench.config.shop.timezone)


def _as_text(said: Sayable) -> Text:
    return said if isinstance(said, Text) else T("{said}", said=said)
