"""What a redirect or a restore has to do in one zone, decided from what is live.

The marker in the zone says which decision is in force; the journal says what that
decision was; neither says what is live. So every record set is compared with both sides
of its change (BEFORE, AFTER, OTHER) whenever something is decided, and the same code
serves the first run, the run after a kill, and the run after somebody else's edit.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

from attrs import evolve, frozen

from fallback.core.records import (
    WEB_TYPES,
    Addresses,
    Caps,
    Change,
    Key,
    Marker,
    Plan,
    RRset,
    Snapshot,
    Target,
    absolute,
    marker_key,
    plan_redirect,
)
from fallback.core.redirect.home import dropped, home_changes
from fallback.core.redirect.journal import Entry, ZoneHistory


@frozen
class Drift:
    """A record set that is neither as it was nor as we made it: somebody else's.

    ``ours`` is what would have been put there.
    """

    name: str
    type: str
    live: RRset | None
    ours: RRset | None


@frozen
class Order:
    """What one zone needs.

    ``todo`` leads from what is live to what is wanted, and is empty when there is
    nothing to do. ``changes`` is the whole decision, for the journal. ``fresh`` means
    that the journal does not know the decision yet. ``undoes`` is the redirect that is
    taken back; ``drift`` stays as it is. ``home`` is the new server that the names are
    brought to, and ``dropped`` what does not come back with them.
    """

    zone: str
    epoch: int
    todo: Plan
    changes: tuple[Change, ...]
    fresh: bool
    undoes: int | None = None
    drift: tuple[Drift, ...] = ()
    home: Target | None = None
    dropped: tuple[tuple[Key, RRset], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Return the web names that the decision speaks of, in its order."""
        web = (change.name for change in self.changes if change.type != "TXT")
        return tuple(dict.fromkeys(web))

    @property
    def theirs(self) -> tuple[str, ...]:
        """Return the names that somebody else changed."""
        return tuple(dict.fromkeys(each.name for each in self.drift))


def foreign(history: ZoneHistory, snapshot: Snapshot) -> str:
    """Return what the zone's marker says when the decision is not this journal's.

    Empty when there is no marker, or one that this journal knows. A marker of state
    ``primary`` only counts decisions and stands in nobody's way.
    """
    rrset = snapshot.get(marker_key(history.zone))
    if rrset is None:
        return ""
    marker = Marker.parse(rrset)
    if marker is not None and (marker.state == "primary" or _ours(history, marker)):
        return ""
    return " ".join(rrset.rdatas)


def _ours(history: ZoneHistory, marker: Marker) -> bool:
    """Say whether *marker* is that of an open decision, or of the very last one.

    The last one can come back after it was closed: with a zone file from a backup.
    """
    last = history.last
    return marker.epoch in history.redirects and (
        marker.epoch > history.closed
        or (last is not None and last.epoch == marker.epoch)
    )


def in_force(history: ZoneHistory, snapshot: Snapshot, caps: Caps) -> Entry | None:
    """Return the redirect that is live, wholly or in part; ``None`` when none is ours.

    Where there is no marker (a person types records, or a provider writes one record
    at a time), the last open decision is in force once any of its changes is live. A
    provider that does all or nothing never removes a record and adds none: there, a
    record that is gone was taken away by somebody else, after a plan that failed.
    """
    marker = Marker.parse(snapshot.get(marker_key(history.zone)))
    if marker is not None and marker.state == "redirected" and _ours(history, marker):
        return history.decided(marker.epoch)
    last = history.open
    if last is None or foreign(history, snapshot):
        return None
    live = any(
        change.before != change.after and snapshot.get(change.key) == change.after
        for change in last.changes
        if change.type != "TXT" and (change.after or caps.atomic != "batch")
    )
    return last if live else None


def redirect_order(  # noqa: PLR0913 - what is live, what is wanted, what can be
    history: ZoneHistory,
    snapshot: Snapshot,
    names: Sequence[str],
    target: Target,
    ttl: timedelta,
    caps: Caps,
    *,
    epoch: int,
    followed: Addresses = (),
) -> Order:
    """Return what makes *names* point at *target*; *epoch* numbers a new decision.

    A decision that is in force is finished under its own number. When the target or
    the names were set anew meanwhile, it is a new decision, whose way back leads to
    the records before the first one. A name that somebody else changed stays theirs.
    *followed* is as in ``plan_redirect``: when it changed, that is a new decision, too.
    Raises ``Refused`` when the target cannot be written at a name.
    """
    zone = absolute(snapshot.zone)
    decision = in_force(history, snapshot, caps)
    drift = drifted(history, decision, snapshot) if decision else ()
    theirs = {each.name for each in drift}
    asked = [name for name in map(absolute, names) if name not in theirs]
    way_back = _way_back(history, decision, snapshot)

    def wanted(number: int) -> tuple[Change, ...]:
        plan = plan_redirect(
            way_back, asked, target, ttl, epoch=number, caps=caps, followed=followed
        )
        return _complete(plan, way_back, asked, decision)

    same = decision or history.open
    used_up = same is not None and same.epoch <= history.closed  # it was taken back
    if same and not used_up and _same(wanted(same.epoch), same.changes):
        changes, number, fresh = same.changes, same.epoch, False
    else:
        changes, number, fresh = wanted(epoch), epoch, True
    todo = tuple(
        evolve(change, before=snapshot.get(change.key))
        for change in changes
        if change.name not in theirs and snapshot.get(change.key) != change.after
    )
    return Order(zone, number, Plan(zone, number, todo), changes, fresh, None, drift)


def restore_order(
    history: ZoneHistory,
    snapshot: Snapshot,
    caps: Caps,
    *,
    epoch: int,
    home: Target | None = None,
    shared: bool = False,
) -> Order | None:
    """Return what undoes the redirect that is in force; ``None`` when none is.

    Each name whose record sets are all BEFORE or AFTER is put back; a name with any
    OTHER stays as somebody else made it, and is reported. The marker goes in the same
    plan. *epoch* numbers a new decision; an unfinished restore keeps its own. With
    *home* the names go to that server instead, see ``home_changes``; raises ``Refused``
    when it cannot be written at a name. Where state is *shared* the marker stays and
    says which decision ended it: else a machine that slept meanwhile would find the
    zone as it left it, and carry out what it had decided before.
    """
    decision = in_force(history, snapshot, caps)
    if decision is None:
        return None
    if home is not None:
        decision = evolve(decision, changes=home_changes(decision, home, caps))
    begun = _begun(history, decision, shared=shared)
    number = begun.epoch if begun else epoch
    if shared:
        decision = _counted(decision, number)
    drift = drifted(history, decision, snapshot)
    theirs = {each.name for each in drift}
    todo = tuple(
        Change(change.name, change.type, snapshot.get(change.key), change.before)
        for change in decision.changes
        if change.name not in theirs and snapshot.get(change.key) != change.before
    )
    return Order(
        history.zone,
        number,
        Plan(history.zone, number, todo),
        _undone(decision),
        fresh=begun is None,
        undoes=decision.epoch,
        drift=drift,
        home=home,
        dropped=dropped(history.redirects[decision.epoch], decision),
    )


def _begun(history: ZoneHistory, decision: Entry, *, shared: bool) -> Entry | None:
    """Return the unfinished restore of *decision* that leads to the same records.

    An older one is not gone on with: what was decided last is the way back.
    """
    last = history.last_restore(decision.epoch)
    if last is None or last.epoch in history.done:
        return None
    wanted = _undone(_counted(decision, last.epoch) if shared else decision)
    return last if _same(last.changes, wanted) else None


def _undone(decision: Entry) -> tuple[Change, ...]:
    return tuple(change.reverse() for change in decision.changes)


def _counted(decision: Entry, number: int) -> Entry:
    """Return *decision* with a way back on which the marker stays, and counts it."""
    key, marker = marker_key(decision.zone), Marker(number, "primary").rrset()
    return evolve(
        decision,
        changes=tuple(
            evolve(change, before=marker) if change.key == key else change
            for change in decision.changes
        ),
    )


def remaining(order: Order, snapshot: Snapshot) -> Order:
    """Return *order* with only what is still to be done, by what is live now.

    What became OTHER since it was read is somebody else's: that whole name is left to
    them. A marker that became somebody else's leaves nothing to do at all, because
    another operator was faster.
    """
    drift = {(each.name, each.type): each for each in order.drift}
    for change in order.todo.changes:
        live = snapshot.get(change.key)
        if live not in (change.before, change.after):
            drift[change.key] = Drift(change.name, change.type, live, change.after)
    theirs = {name for name, _ in drift}
    lost = marker_key(order.zone) in drift
    todo = tuple(
        change
        for change in order.todo.changes
        if not lost
        and change.name not in theirs
        and snapshot.get(change.key) != change.after
    )
    return evolve(
        order, todo=evolve(order.todo, changes=todo), drift=tuple(drift.values())
    )


def left_by_others(history: ZoneHistory, snapshot: Snapshot) -> tuple[Drift, ...]:
    """Return what others made of a redirect of which nothing is live any more.

    Only of one that was carried out and not taken back: it is told once.
    """
    last = history.open
    if last is None or last.epoch not in history.done:
        return ()
    return drifted(history, last, snapshot)


def drifted(
    history: ZoneHistory, decision: Entry, snapshot: Snapshot
) -> tuple[Drift, ...]:
    """Return the web records that neither *decision* nor its way back would hold."""
    return tuple(
        Drift(change.name, change.type, live, change.after)
        for change in decision.changes
        if change.type != "TXT"
        and (live := snapshot.get(change.key)) not in (change.before, change.after)
        and live not in history.formerly(decision.epoch, change.key)
    )


def _way_back(
    history: ZoneHistory, decision: Entry | None, snapshot: Snapshot
) -> Snapshot:
    """Return the zone as it would be without *decision*."""
    if decision is None:
        return snapshot
    rrsets = dict(snapshot.rrsets)
    for change in decision.changes:
        live = snapshot.get(change.key)
        former = history.formerly(decision.epoch, change.key)
        if live == change.after or live in former:
            _put(rrsets, change.key, change.before)
    return evolve(snapshot, rrsets=rrsets)


def _put(rrsets: dict[Key, RRset], key: Key, rrset: RRset | None) -> None:
    if rrset is None:
        rrsets.pop(key, None)
    else:
        rrsets[key] = rrset


def _complete(
    plan: Plan, way_back: Snapshot, names: Collection[str], decision: Entry | None
) -> tuple[Change, ...]:
    """Return *plan* with the equal keys spelled out, and what an old decision adds.

    An equal key is part of the decision: it is how a record that appears later is
    known to be somebody else's.
    """
    planned: Mapping[Key, Change] = {change.key: change for change in plan.changes}
    key = marker_key(plan.zone)
    found: dict[Key, Change] = {key: planned[key]}
    for name in dict.fromkeys(names):
        for rtype in WEB_TYPES:
            live = way_back.get((name, rtype))
            same = Change(name, rtype, live, live)
            found[same.key] = planned.get(same.key, same)
    for change in decision.changes if decision else ():
        found.setdefault(change.key, change)
    return tuple(found.values())


def _same(some: Collection[Change], others: Collection[Change]) -> bool:
    return {each.key: each for each in some} == {each.key: each for each in others}
