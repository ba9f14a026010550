"""The order of every move: read, decide, ask the gates, show, remember, write.

Redirect and restore differ in three answers (``Way``) and in nothing else.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

from attrs import evolve, frozen

from fallback.actions.moving import approving
from fallback.actions.moving.engine import carry_out, planned, refused
from fallback.actions.moving.moved import Moved, State, ZoneMoved
from fallback.actions.moving.surveying import Bench, By, Job, bench, next_epoch, survey
from fallback.core.clock import Clock
from fallback.core.config import Config
from fallback.core.errors import Refused
from fallback.core.records import absolute
from fallback.core.redirect.gates import Code, Refusal, sort_out
from fallback.core.redirect.journal import Verb
from fallback.core.result import Talk

Agree = Callable[[Moved], None]
"""Shown what is about to be done; raises to stop it."""


@frozen
class Way:
    """What one direction answers.

    ``order`` gives a zone its order, as decision number so-and-so, or says why there
    can be none. ``ask`` asks the ``gates`` about the zones that have something to do.
    ``idle`` looks at a zone that has nothing to do. ``agreed`` yields a refusal when
    other people's consent is missing.
    """

    verb: Verb
    gates: tuple[Code, ...]
    order: Callable[[Bench, Job, int], Job | Refusal]
    ask: Callable[[Bench, Sequence[Job]], Iterable[Refusal]]
    idle: Callable[[Bench, Job, int], ZoneMoved]
    agreed: Callable[[Bench], Iterable[Refusal]] = approving.by_two


@frozen
class Draft:
    """What one move has come to before anything is written.

    ``work`` are the zones with something to do that nothing stops; ``done`` is what
    became of the others. ``taken`` are the refusals that were taken over.
    """

    desk: Bench
    verb: Verb
    work: tuple[Job, ...]
    done: tuple[ZoneMoved, ...]
    refusals: tuple[Refusal, ...]
    taken: tuple[Refusal, ...]

    @property
    def plan(self) -> Moved:
        """Return what would be done."""
        return self.with_zones(planned(job) for job in self.work)

    def with_zones(self, zones: Iterable[ZoneMoved]) -> Moved:
        """Return the whole outcome, *zones* being what became of ``work``."""
        told = _as_configured(self.desk.config, [*self.done, *zones])
        late = [zone.refusal for zone in told if zone.refusal is not None]
        refused = (*self.refusals, *late)
        dry_run = self.desk.by.dry_run
        return Moved(self.verb, told, refused, self.taken, dry_run=dry_run)


def move(
    way: Way, config: Config, *, clock: Clock, say: Talk, by: By, agree: Agree | None
) -> Moved:
    """Move every zone that can be moved, and say of each what became of it.

    *agree* is shown the plan before anything is written, and raises to stop it; it is
    not asked when there is nothing to write. Raises ``UsageError`` when no zone is
    configured, ``Locked``, and ``Refused`` when the journal cannot even be read. All
    else is in the result: one zone's failure leaves the other zones alone.
    """
    try:
        return _move(way, config, clock=clock, say=say, by=by, agree=agree)
    except Refused as error:
        if by.dry_run:
            raise
        # the way back cannot be kept here: a person can still type the records
        dry = evolve(by, dry_run=True)
        plan = _move(way, config, clock=clock, say=say, by=dry, agree=None)
        zones = tuple(_not_kept(zone, error) for zone in plan.zones)
        return evolve(plan, zones=zones, dry_run=False)


def _not_kept(zone: ZoneMoved, error: Refused) -> ZoneMoved:
    if zone.state is not State.PLANNED:
        return zone
    next_ = error.next or ""
    return evolve(zone, state=State.REFUSED, problem=error.what, next=next_)


def _move(
    way: Way, config: Config, *, clock: Clock, say: Talk, by: By, agree: Agree | None
) -> Moved:
    with bench(config, way.verb, clock=clock, say=say, by=by) as desk:
        made = draft(way, desk)
        if by.dry_run or not made.work:
            return made.plan
        if agree is not None:
            agree(evolve(made.plan, preview=True))
        gates = (*way.gates, *approving.gates(desk))
        return made.with_zones(carry_out(desk, made.work, gates, made.taken))


def draft(way: Way, desk: Bench) -> Draft:
    """Read every zone, decide, and ask the gates; nothing is written to a zone."""
    history, jobs, done = survey(desk)
    epoch = next_epoch(history, jobs, desk.clock.now())
    jobs, refusals, unfit = _ordered(way, desk, jobs, epoch)
    done += unfit
    work = [job for job in jobs if job.order and job.order.todo.changes]
    done += [way.idle(desk, job, epoch) for job in jobs if job not in work]
    stands, taken = sort_out(_asked(way, desk, work), desk.by.accept)
    done += [refused(job, mine) for job in work if (mine := _about(job, stands))]
    work = [job for job in work if not _about(job, stands)]
    return Draft(desk, way.verb, tuple(work), tuple(done), (*refusals, *stands), taken)


def _asked(way: Way, desk: Bench, work: Sequence[Job]) -> Iterator[Refusal]:
    if work:
        yield from way.ask(desk, work)
        yield from way.agreed(desk)


def _ordered(
    way: Way, desk: Bench, jobs: Sequence[Job], epoch: int
) -> tuple[list[Job], list[Refusal], list[ZoneMoved]]:
    ordered, refusals, unfit = [], [], []
    for job in jobs:
        order = way.order(desk, job, epoch)
        if isinstance(order, Job):
            ordered.append(order)
        else:
            refusals.append(order)
            unfit.append(refused(job, [order]))
    return ordered, refusals, unfit


def _about(job: Job, refusals: Sequence[Refusal]) -> list[Refusal]:
    """Return the refusals that stop *job*: its own, and those of the whole site."""
    return [refusal for refusal in refusals if refusal.zone in ("", job.zone)]


def _as_configured(config: Config, zones: Sequence[ZoneMoved]) -> tuple[ZoneMoved, ...]:
    order = [absolute(table.zone) for table in config.dns]
    return tuple(sorted(zones, key=lambda moved: order.index(moved.zone)))
