"""Point the names at the page: the gates first, then the journal, then the records.

By hand it needs the gates and never the waiting times; the watcher calls the same verb.
Running it again finishes what was left, or says that there is nothing to do.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import timedelta

from attrs import evolve

from fallback.actions.moving import evidence
from fallback.actions.moving.engine import record_done, scene, without_the_marker
from fallback.actions.moving.following import followed
from fallback.actions.moving.moved import Moved, State, ZoneMoved
from fallback.actions.moving.order import Agree, Way, move
from fallback.actions.moving.settling import nothing_to_do
from fallback.actions.moving.surveying import Bench, By, Job, read
from fallback.core.clock import Clock
from fallback.core.config import Config
from fallback.core.errors import FallbackError, Refused
from fallback.core.redirect.claims import foreign_marker
from fallback.core.redirect.gates import (
    REDIRECT_GATES,
    Code,
    Refusal,
    page_gate,
    zone_gate,
)
from fallback.core.redirect.journal import Verb
from fallback.core.redirect.moves import foreign, redirect_order
from fallback.core.redirect.shop_gate import shop_answers
from fallback.core.result import Talk, silent
from fallback.core.text import T, Text


def redirect(
    config: Config,
    *,
    clock: Clock,
    say: Talk = silent,
    by: By | None = None,
    agree: Agree | None = None,
) -> Moved:
    """Make every configured name lead to its target; see ``moving.move``."""
    return move(WAY, config, clock=clock, say=say, by=by or By(), agree=agree)


def _order(desk: Bench, job: Job, epoch: int) -> Job | Refusal:
    table = job.table
    try:
        order = redirect_order(
            job.history,
            job.snapshot,
            table.names,
            table.target,
            table.ttl,
            job.caps,
            epoch=epoch,
            followed=followed(desk.config, job),
        )
    except Refused as error:
        return Refusal(
            Code.TARGET_UNFIT,
            error.what if isinstance(error.what, Text) else T("{why}", why=error.what),
            T("{remedy}", remedy=error.next or ""),
            job.zone,
            acceptable=False,
        )
    job = evolve(job, order=order)
    return without_the_marker(job) if order.epoch in job.history.done else job


def _ask(desk: Bench, jobs: Sequence[Job]) -> Iterator[Refusal]:
    """Ask every gate about every zone; what can be asked once is asked once.

    All of it is asked between the two looks at the shop, which are a pause apart.
    """
    first, at = evidence.shop_look(desk.config, desk.clock), desk.clock.monotonic()
    yield from not_ready(desk, jobs)
    left = evidence.PAUSE - (desk.clock.monotonic() - at)
    desk.clock.sleep(max(timedelta(), left))
    # the watcher's last look may be ten minutes old: it published in between
    yield from shop_answers((first, evidence.shop_look(desk.config, desk.clock)))


def not_ready(desk: Bench, jobs: Sequence[Job]) -> Iterator[Refusal]:
    """Ask the gates of the page and of the zones; the shop itself is asked nothing."""
    pages = evidence.expected_pages(desk.config)
    for job in jobs:
        table = job.table
        typed = evidence.typed_names(desk.config, table.zone, table.names)
        for refusal in _zone_refusals(desk, job, typed):
            yield evolve(refusal, zone=job.zone)
        looks = evidence.page_looks(desk.config, typed, table.target)
        for refusal in page_gate(looks, pages, typed):
            yield evolve(refusal, zone=job.zone)


def _zone_refusals(desk: Bench, job: Job, typed: Sequence[str]) -> Iterator[Refusal]:
    table, network = job.table, desk.config.network
    look = evidence.zone_look(table.zone, table.names, network, typed)
    refusals = list(zone_gate(look, job.snapshot, table.names, job.caps.types))
    said = foreign(job.history, job.snapshot)
    # half-way, the name servers may still say what the provider no longer has
    moving = job.in_force is not None
    if not said and any(refusal.code is Code.NOT_DELEGATED for refusal in refusals):
        said = _foreign_by_now(desk, job)
        moving = moving or bool(said)
    if said:
        yield foreign_marker(job.zone, said, restoring=False)
    for refusal in refusals:
        if not (moving and refusal.code is Code.NOT_DELEGATED):
            yield refusal


def _foreign_by_now(desk: Bench, job: Job) -> str:
    """Return what a marker says that somebody else set since the zone was read."""
    with suppress(FallbackError):  # then it is not known to be there
        now = read(job.provider, job.table.zone, job.table.names, desk.clock)
        return foreign(job.history, now)
    return ""


def _idle(desk: Bench, job: Job, epoch: int) -> ZoneMoved:
    """Say that the zone is as it should be; a kill may have left that unwritten."""
    del epoch
    order = job.order
    assert order is not None
    if not desk.by.dry_run and order.epoch not in job.history.done:
        record_done(desk, order, order.theirs)
    state = State.DRIFTED if order.drift else State.REDIRECTED
    moved = ZoneMoved(job.zone, state, epoch=order.epoch, drift=order.drift)
    changed = [
        change
        for change in order.changes
        if change.before != change.after
        and job.snapshot.get(change.key) == change.after
    ]
    return nothing_to_do(scene(desk, job), moved, changed, look_only=desk.by.dry_run)


WAY = Way(Verb.REDIRECT, REDIRECT_GATES, _order, _ask, _idle)
"""What ``moving.move`` has to know about this direction."""
