"""Carry out a saved plan, exactly, or refuse: what ``fallback apply FILE`` does.

The plan decides nothing here. The engine reads the zones, makes its own order and asks
every gate anew, as for any move; then the order has to be the one that was agreed to.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from attrs import evolve, field, frozen

from fallback.actions import redirect, restore
from fallback.actions.moving import approving
from fallback.actions.moving.engine import scene
from fallback.actions.moving.moved import Moved, State, ZoneMoved
from fallback.actions.moving.order import Agree, Way, move
from fallback.actions.moving.settling import nothing_to_do
from fallback.actions.moving.surveying import Bench, By, Job
from fallback.core.clock import Clock
from fallback.core.config import Config
from fallback.core.errors import UsageError
from fallback.core.records import absolute, as_typed
from fallback.core.redirect.gates import Code, Refusal
from fallback.core.redirect.journal import Agreement, Verb
from fallback.core.redirect.plan_holds import (
    broken,
    carried_out,
    elsewhere,
    other_order,
)
from fallback.core.redirect.saved_plan import SavedPlan, ZonePlan, decode
from fallback.core.result import Talk, silent
from fallback.core.text import T

_WAYS = {Verb.REDIRECT: redirect.WAY, Verb.RESTORE: restore.WAY}


@frozen
class Found:
    """A plan as it lies in its file: ``text`` is what a signature is over."""

    plan: SavedPlan
    file: Path
    text: bytes = field(repr=False)


def find(file: Path) -> Found:
    """Return the plan in *file*.

    Raises ``UsageError`` when there is no such file, ``Refused`` when it is no plan,
    was changed, or is of a newer fallback.
    """
    try:
        text = file.read_bytes()
    except OSError as error:
        raise UsageError(
            T(
                "{file} cannot be read: {why}",
                file=str(file),
                why=str(error.strerror or error),
            ),
            next=T("save a plan: fallback redirect --plan FILE"),
        ) from error
    return Found(decode(text), file, text)


def as_planned(
    config: Config,
    found: Found,
    *,
    clock: Clock,
    say: Talk = silent,
    by: By | None = None,
    agree: Agree | None = None,
) -> Moved:
    """Make every zone of the plan exactly as it says; see ``moving.move``.

    What was accepted when the plan was made is accepted for that zone, and nothing
    else but ``unsigned``, which *by* may bring.
    """
    by = by or By()
    plan = found.plan
    if refusal := elsewhere(plan, config):
        zones = tuple(_refused(zone, refusal) for zone in plan.zones)
        return Moved(plan.verb, zones, (refusal,), dry_run=by.dry_run)
    signed_by, unsigned = approving.signed_by(config, found.text, found.file)
    by = evolve(
        by,
        reason=plan.reason,
        accept=(*by.accept, *(code for code, _ in _agreed_to(plan))),
        agreement=Agreement(plan.digest, plan.operator, signed_by),
        home=plan.home,
    )
    zones_of_plan = {zone.zone for zone in plan.zones}
    tables = tuple(t for t in config.dns if absolute(t.zone) in zones_of_plan)
    way = _way(plan, clock, unsigned)
    config = evolve(config, dns=tables)
    moved = move(way, config, clock=clock, say=say, by=by, agree=agree)
    return restore.brought_home(config, moved, by, clock=clock, say=say)


def _refused(zone: ZonePlan, refusal: Refusal) -> ZoneMoved:
    return ZoneMoved(zone.zone, State.REFUSED, problem=refusal.why)


def _agreed_to(plan: SavedPlan) -> set[tuple[str, str]]:
    """Return the refusals that *plan* takes over, by code and zone.

    Never the missing signature: no file can say of itself that it needs none.
    """
    taken = {(each.code, each.zone) for each in plan.accepted}
    return {(code, zone) for code, zone in taken if code != Code.UNSIGNED}


def _way(plan: SavedPlan, clock: Clock, unsigned: Refusal | None) -> Way:
    """Return the direction of *plan*, held to what it says."""
    way = _WAYS[plan.verb]

    def order(desk: Bench, job: Job, _: int) -> Job | Refusal:
        decide = partial(way.order, desk)
        return _order(decide, plan, job, clock.now())

    def ask(desk: Bench, jobs: Sequence[Job]) -> Iterator[Refusal]:
        for each in way.ask(desk, jobs):
            known = (each.code.value, each.zone) in _agreed_to(plan)
            yield evolve(each, acceptable=each.acceptable and known)

    def idle(desk: Bench, job: Job, _: int) -> ZoneMoved:
        mine = plan.of(job.zone)
        if _known(job, mine):
            return way.idle(desk, job, mine.epoch)
        # another machine carried it out, and its journal tells of it
        moved = ZoneMoved(job.zone, desk.finished, epoch=mine.epoch)
        changes = [each for each in mine.changes if each.type != "TXT"]
        look_only = desk.by.dry_run
        return nothing_to_do(scene(desk, job), moved, changes, look_only=look_only)

    def agreed(_: Bench) -> Iterator[Refusal]:
        if unsigned is not None:
            yield unsigned

    return evolve(way, order=order, ask=ask, idle=idle, agreed=agreed)


def _order(
    decide: Callable[[Job, int], Job | Refusal],
    plan: SavedPlan,
    job: Job,
    now: datetime,
) -> Job | Refusal:
    """Return *job* with the order that *plan* gives it, or why it cannot have it."""
    mine = plan.of(job.zone)
    job = _as_typed(job, mine)
    if carried_out(mine, job.snapshot, job.caps):
        return decide(job, mine.epoch) if _known(job, mine) else job
    if gone := broken(plan, mine, job.history, job.snapshot, now):
        return gone
    made = decide(job, mine.epoch)
    if isinstance(made, Refusal):
        return made
    return other_order(mine, made.order) or made


def _known(job: Job, mine: ZonePlan) -> bool:
    return job.history.planned(mine.epoch) is not None


def _as_typed(job: Job, mine: ZonePlan) -> Job:
    if job.caps.cas != "person":
        return job
    return evolve(job, snapshot=as_typed(job.snapshot, mine.changes))
