"""Put the names back exactly as they were, once the shop itself answers again.

What somebody else changed meanwhile stays theirs and is reported; the rest goes back.
A machine that never saw the redirect restores from the journal's second copy.
"""

from collections.abc import Iterator, Sequence

from attrs import evolve

from fallback.actions import evidence
from fallback.actions.apply import record_done, scene, without_the_marker
from fallback.actions.moved import Moved, State, ZoneMoved
from fallback.actions.moving import Agree, Way, move
from fallback.actions.settling import nothing_to_do
from fallback.actions.surveying import Bench, By, Job
from fallback.core.clock import Clock
from fallback.core.config import Config
from fallback.core.errors import Refused
from fallback.core.gates import (
    RESTORE_GATES,
    Refusal,
    foreign_marker,
    unknown_redirect,
)
from fallback.core.journal import Verb
from fallback.core.moves import Order, foreign, left_by_others, restore_order
from fallback.core.records import Plan, marker_key, plan_redirect
from fallback.core.result import Talk, silent
from fallback.core.shop_gate import shop_not_back


def restore(
    config: Config,
    *,
    clock: Clock,
    say: Talk = silent,
    by: By | None = None,
    agree: Agree | None = None,
) -> Moved:
    """Put every redirected name back; see ``moving.move``."""
    return move(WAY, config, clock=clock, say=say, by=by or By(), agree=agree)


def _order(job: Job, epoch: int) -> Job | Refusal:
    order = restore_order(job.history, job.snapshot, job.caps, epoch=epoch)
    said = foreign(job.history, job.snapshot)
    if order is None and said and not _stood_there_before(job):
        return foreign_marker(job.zone, said, restoring=True)
    if job.history.last is None and _leads_to_the_page(job):
        return unknown_redirect(job.zone)
    job = evolve(job, order=order)
    return job if job.history.open else without_the_marker(job)


def _leads_to_the_page(job: Job) -> bool:
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


def _stood_there_before(job: Job) -> bool:
    """Say whether the foreign marker is the one that our last redirect took over."""
    key, last = marker_key(job.zone), job.history.last
    known = last.get(key) if last else None
    return known is not None and known.before == job.snapshot.get(key)


def _ask(desk: Bench, jobs: Sequence[Job]) -> Iterator[Refusal]:
    for job in jobs:
        decision = job.in_force
        assert decision is not None
        assert job.order is not None
        theirs = job.order.theirs
        names = tuple(name for name in decision.names if name not in theirs)
        back = evolve(decision, names=names)
        looks = evidence.origin_looks(desk.config, back, desk.clock)
        for refusal in shop_not_back(looks):
            yield evolve(refusal, zone=job.zone)


def _idle(desk: Bench, job: Job, epoch: int) -> ZoneMoved:
    """Say that nothing of ours is live; a kill may have left that unwritten."""
    last = job.history.last
    drift = job.order.drift if job.order else left_by_others(job.history, job.snapshot)
    if job.history.open is not None and not desk.by.dry_run:
        nothing = Plan(job.zone, epoch, ())
        undoes = job.history.open.epoch
        order = Order(job.zone, epoch, nothing, (), fresh=False, undoes=undoes)
        record_done(desk, order, [each.name for each in drift])
    state = State.DRIFTED if drift else State.RESTORED
    moved = ZoneMoved(job.zone, state, epoch=epoch, drift=drift)
    changed = [
        change.reverse()
        for change in (last.changes if last else ())
        if change.before != change.after
        and job.snapshot.get(change.key) == change.before
    ]
    return nothing_to_do(scene(desk, job), moved, changed, look_only=desk.by.dry_run)


WAY = Way(Verb.RESTORE, RESTORE_GATES, _order, _ask, _idle)
"""What ``moving.move`` has to know about this direction."""
