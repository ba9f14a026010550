"""Peace-time changes, through the engine of every move: read, show, remember, write.

There is no marker, because nothing is in force afterwards: the records are the shop's
own as before, and the journal holds what they were.
"""

from collections.abc import Iterator, Sequence

from attrs import evolve

from fallback.actions.moving import evidence
from fallback.actions.moving.moved import Moved, State, ZoneMoved
from fallback.actions.moving.order import Agree, Way, move
from fallback.actions.moving.surveying import Bench, By, Job, leads_to_the_page
from fallback.core.clock import Clock
from fallback.core.config import Config
from fallback.core.records import Plan
from fallback.core.redirect.claims import foreign_marker, is_redirected
from fallback.core.redirect.gates import (
    PREPARE_GATES,
    Code,
    Refusal,
    zone_gate,
)
from fallback.core.redirect.journal import Verb
from fallback.core.redirect.moves import Order, foreign
from fallback.core.redirect.preparing import preparations
from fallback.core.result import Talk, silent


def prepare(
    config: Config,
    *,
    clock: Clock,
    say: Talk = silent,
    by: By | None = None,
    agree: Agree | None = None,
) -> Moved:
    """Make every configured name ready to be redirected; see ``moving.move``."""
    return move(WAY, config, clock=clock, say=say, by=by or By(), agree=agree)


def _order(desk: Bench, job: Job, epoch: int) -> Job | Refusal:
    del desk
    if said := foreign(job.history, job.snapshot):
        refusal = foreign_marker(job.zone, said, restoring=False)
        return evolve(refusal, acceptable=False)
    if job.in_force is not None or leads_to_the_page(job):
        return is_redirected(job.zone)
    table = job.table
    changes = preparations(job.snapshot, table.names, table.target, table.ttl, job.caps)
    plan = Plan(job.zone, epoch, changes)
    return evolve(job, order=Order(job.zone, epoch, plan, changes, fresh=True))


def _ask(desk: Bench, jobs: Sequence[Job]) -> Iterator[Refusal]:
    """Ask whether customers would see the change: else it prepares nothing."""
    for job in jobs:
        names = job.table.names
        look = evidence.zone_look(job.table.zone, names, desk.config.network)
        for refusal in zone_gate(look, job.snapshot, names, job.caps.types):
            if refusal.code is Code.NOT_DELEGATED:
                yield evolve(refusal, zone=job.zone)


def _idle(desk: Bench, job: Job, epoch: int) -> ZoneMoved:
    del desk
    return ZoneMoved(job.zone, State.PREPARED, epoch=epoch)


WAY = Way(Verb.PREPARE, PREPARE_GATES, _order, _ask, _idle, agreed=lambda _: ())
"""What ``moving.move`` has to know; nobody else need agree, as nothing is moved."""
