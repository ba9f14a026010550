"""Put the names back exactly as they were, once the shop itself answers again.

What somebody else changed meanwhile stays theirs and is reported; the rest goes back.
When the shop has a new server, the names go there instead (``By.home``).
A machine that never saw the redirect restores from the journal's second copy.
"""

from collections.abc import Iterator, Sequence

from attrs import evolve

from fallback.actions.moving import evidence
from fallback.actions.moving.engine import record_done, scene, without_the_marker
from fallback.actions.moving.moved import PARTLY, Moved, State, ZoneMoved
from fallback.actions.moving.order import Agree, Way, move
from fallback.actions.moving.settling import nothing_to_do
from fallback.actions.moving.surveying import Bench, By, Job, leads_to_the_page
from fallback.core.clock import Clock
from fallback.core.config import Config
from fallback.core.errors import FallbackError, Refused, UsageError
from fallback.core.model import Origin
from fallback.core.records import Change, Plan, Target, absolute, marker_key
from fallback.core.redirect.claims import (
    foreign_marker,
    not_redirected,
    unknown_redirect,
)
from fallback.core.redirect.gates import (
    RESTORE_GATES,
    Code,
    Refusal,
)
from fallback.core.redirect.home import home_changes
from fallback.core.redirect.journal import Entry, Verb
from fallback.core.redirect.moves import Order, foreign, left_by_others, restore_order
from fallback.core.redirect.shop_gate import shop_not_back
from fallback.core.result import Talk, silent
from fallback.core.text import T
from fallback.stores import connect, origin


def restore(
    config: Config,
    *,
    clock: Clock,
    say: Talk = silent,
    by: By | None = None,
    agree: Agree | None = None,
) -> Moved:
    """Put every redirected name back, or bring it to ``by.home``; see ``moving.move``.

    Raises ``UsageError`` when the new home is one of the names themselves.
    """
    by = by or By()
    if by.home is None:
        return move(WAY, config, clock=clock, say=say, by=by, agree=agree)
    not_itself(config, by.home)
    moved = move(WAY, config, clock=clock, say=say, by=by, agree=agree)
    return brought_home(config, moved, by, clock=clock, say=say)


def brought_home(
    config: Config, moved: Moved, by: By, *, clock: Clock, say: Talk
) -> Moved:
    """Return *moved* as a way to ``by.home``; from now on the shop is sought there."""
    if by.home is not None and not by.dry_run and moved.code in (0, PARTLY):
        _move_the_pin(config, by.home, clock, say)
    return evolve(moved, home=by.home is not None)


def not_itself(config: Config, home: Target) -> None:
    """Raise ``UsageError`` when *home* is one of the names that would lead there."""
    names = {absolute(name) for table in config.dns for name in table.names}
    if isinstance(home, str) and absolute(home) in names:
        raise UsageError(
            T("{name} is one of the names that are brought home", name=home),
            customers_see=T("no change: nothing was done"),
            next=T("give the addresses of the new server: fallback restore --to …"),
        )


def _move_the_pin(config: Config, home: Target, clock: Clock, say: Talk) -> None:
    """Look for the shop at its new server from now on, if its addresses were pinned."""
    old = evidence.pinned(config)
    new = evidence.addresses_of(home, config.network)
    if not old or not new or set(old) == set(new):
        return
    try:
        origin.remember(connect(config.state, config), Origin(new, clock.now()))
    except FallbackError as error:
        say("not-pinned", T("{why}", why=error.what))
        return
    say("pinned", T("the shop is at {addresses}", addresses=", ".join(new)))


def _order(desk: Bench, job: Job, epoch: int) -> Job | Refusal:
    home = desk.by.home
    try:
        order = restore_order(
            job.history,
            job.snapshot,
            job.caps,
            epoch=epoch,
            home=home,
            shared=desk.config.state.kind != "folder",
        )
    except Refused as error:
        remedy = T("give the addresses of the new server: fallback restore --to …")
        why = T("{why}", why=error.what)
        return Refusal(Code.TARGET_UNFIT, why, remedy, job.zone, acceptable=False)
    said = foreign(job.history, job.snapshot)
    if order is None and said and not _stood_there_before(job):
        return foreign_marker(job.zone, said, restoring=True)
    if job.history.last is None and leads_to_the_page(job):
        return unknown_redirect(job.zone)
    if order is None and home is not None and not _at_home(job, home):
        return not_redirected(job.zone)
    job = evolve(job, order=order)
    return job if job.history.open else without_the_marker(job)


def _at_home(job: Job, home: Target) -> bool:
    """Say whether the names were brought to *home* already."""
    last = job.history.last
    if last is None:
        return False
    changes = home_changes(last, home, job.caps)
    web = [change for change in changes if change.type != "TXT"]
    return all(job.snapshot.get(change.key) == change.before for change in web)


def _stood_there_before(job: Job) -> bool:
    """Say whether the foreign marker is the one that our last redirect took over."""
    key, last = marker_key(job.zone), job.history.last
    known = last.get(key) if last else None
    return known is not None and known.before == job.snapshot.get(key)


def _ask(desk: Bench, jobs: Sequence[Job]) -> Iterator[Refusal]:
    """Ask the server that the names would lead to for the shop's words.

    After a new home was decided it is asked, also when another run finishes that: what
    is pinned is still the old one.
    """
    for job in jobs:
        decision, order = job.in_force, job.order
        assert decision is not None
        assert order is not None
        first = job.history.redirects[decision.epoch]
        back = evolve(decision, changes=tuple(c.reverse() for c in order.changes))
        moved = _web(back) != _web(first)
        names = tuple(name for name in order.names if name not in order.theirs)
        known = () if moved else evidence.pinned(desk.config)
        addresses = known or evidence.addresses_before(back, desk.config.network)
        typed = evidence.typed_names(desk.config, job.zone, names)
        looks = evidence.origin_looks(desk.config, typed, addresses, desk.clock)
        for refusal in shop_not_back(looks, moved=moved):
            yield evolve(refusal, zone=job.zone)


def _web(entry: Entry) -> list[Change]:
    return [change for change in entry.changes if change.type != "TXT"]


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
