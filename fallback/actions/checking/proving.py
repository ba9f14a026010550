"""Proves that each zone takes a change, by making our marker and taking it away.

No name moves, and nothing but the marker is spoken of: it says ``state=primary``, which
stands in nobody's way. Whatever cuts this off is cleared up by the next try.
"""

from attrs import frozen

from fallback import stores
from fallback.actions.moving.surveying import (
    Bench,
    By,
    Job,
    bench,
    leads_to_the_page,
    next_epoch,
    survey,
)
from fallback.core.check.proven import Tried, begun_word, proven_word, was_begun
from fallback.core.clock import Clock
from fallback.core.config import Config
from fallback.core.errors import FallbackError, Unknown
from fallback.core.ports import Store
from fallback.core.records import Change, Marker, Plan, RRset, marker_key
from fallback.core.redirect.claims import foreign_marker, is_redirected
from fallback.core.redirect.gates import Refusal
from fallback.core.redirect.journal import History, Verb
from fallback.core.redirect.moves import foreign
from fallback.core.result import Talk
from fallback.core.text import T
from fallback.stores import dated

FAILED, UNTRIED = "write-failed", "write-untried"


def prove(config: Config, *, clock: Clock, say: Talk) -> tuple[Tried, ...]:
    """Try each zone once, and remember which took it.

    Where the zone cannot be read, or a person types its records, nothing is written.

    Raises ``UsageError`` without a zone, ``Locked`` while somebody moves names, and
    ``Refused`` when nothing can be kept in the site's folder.
    """
    store = stores.connect(config.state, config)
    with bench(config, Verb.PREPARE, clock=clock, say=say, by=By()) as desk:
        history, jobs, unread = survey(desk)
        tried = [Tried(z.zone, UNTRIED, z.problem, z.next) for z in unread]
        for job in jobs:
            one = _Try(desk, store, history, job)
            tried.append(_by_hand(job) if job.caps.cas == "person" else _tried(one))
    return tuple(tried)


@frozen
class _Try:
    desk: Bench
    store: Store
    history: History
    job: Job

    def epoch(self) -> int:
        return next_epoch(self.history, [self.job], self.desk.clock.now())

    def read(self) -> RRset | None:
        job = self.job
        snapshot = job.provider.read(job.zone, job.table.names)
        return snapshot.get(marker_key(job.zone))


def _by_hand(job: Job) -> Tried:
    return Tried(
        job.zone,
        UNTRIED,
        T("a person types the records of {zone}", zone=job.zone.rstrip(".")),
        T("log in at the panel, and see that you can change a record"),
    )


def _tried(one: _Try) -> Tried:
    job = one.job
    refusal = _refusal(job)
    if refusal is not None:
        return Tried(job.zone, refusal.code, refusal.why, refusal.remedy)
    try:
        _write(one)
    except FallbackError as error:
        remedy = error.next or T("run it again; it clears up what is left")
        return Tried(job.zone, FAILED, error.what, remedy)
    dated.remember(one.store, proven_word(job.zone), one.desk.clock.now())
    return Tried(job.zone)


def _refusal(job: Job) -> Refusal | None:
    """Return why this is no time of peace for the zone of *job*."""
    if said := foreign(job.history, job.snapshot):
        return foreign_marker(job.zone, said, restoring=False)
    if job.in_force is not None or leads_to_the_page(job):
        return is_redirected(job.zone)
    return None


def _write(one: _Try) -> None:
    """Make the marker, see it, and take it away again. Raises what providers raise."""
    zone = one.job.zone
    key = marker_key(zone)
    before = one.job.snapshot.get(key)
    left = Marker.parse(before)
    dates = dated.recall(one.store)
    gone = left is not None and was_begun(zone, left.epoch, dates)
    epoch = one.epoch()
    dated.remember(one.store, begun_word(zone, epoch), one.desk.clock.now())
    ours = Marker(epoch, "primary").rrset()
    there = Plan(zone, epoch, (Change(*key, before, ours),), by="check")
    back = Plan(
        zone, epoch, (Change(*key, ours, None if gone else before),), by="check"
    )
    _carried_out(one, there)
    _carried_out(one, back)
    dated.forget(one.store, begun_word(zone, epoch))
    if left is not None and gone:
        dated.forget(one.store, begun_word(zone, left.epoch))


def _carried_out(one: _Try, plan: Plan) -> None:
    """Carry out *plan*, whose answer may be lost: then the zone says what became of it.

    Raises ``Unknown`` when the zone does not hold what was written.
    """
    lost: Unknown | None = None
    try:
        one.job.provider.commit(one.job.table.zone, plan)
    except Unknown as error:
        lost = error
    (change,) = plan.changes
    if one.read() != change.after:
        raise lost or Unknown(
            T("{zone} took a change, and does not hold it", zone=one.job.zone),
            next=T("see whether somebody else changes the zone at the same time"),
        )
