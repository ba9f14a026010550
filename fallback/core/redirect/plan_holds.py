"""Does a saved plan still hold? Asked of the journal and of what is live, each time.

The law of this room: a saved plan is carried out to the letter or not at all. It makes
no plan of its own; what the engine would do now is compared with what was agreed to.
"""

from collections.abc import Collection, Iterator
from datetime import datetime

from fallback.core.config import Config, DnsTable
from fallback.core.records import Caps, Change, Key, Snapshot, absolute, marker_key
from fallback.core.redirect.gates import Code, Refusal
from fallback.core.redirect.journal import ZoneHistory, zone_lines
from fallback.core.redirect.moves import Order
from fallback.core.redirect.saved_plan import SavedPlan, ZonePlan
from fallback.core.text import T, Text


def elsewhere(plan: SavedPlan, config: Config) -> Refusal | None:
    """Return why *plan* is not of the site of *config*, as that is configured now."""
    if plan.domain != config.shop.domain:
        return _refusal(
            Code.PLAN_ELSEWHERE,
            "",
            T(
                "the plan is about {theirs}, and this site is {ours}",
                theirs=plan.domain,
                ours=config.shop.domain,
            ),
            T("name the right site: fallback -C DIR"),
        )
    tables = {absolute(table.zone): table for table in config.dns}
    for zone in plan.zones:
        table = tables.get(zone.zone)
        if table is None or not _as_configured(zone, table):
            return _refusal(
                Code.PLAN_ELSEWHERE,
                "",
                T(
                    "fallback.toml says something else about {zone} than the plan",
                    zone=zone.zone.rstrip("."),
                ),
            )
    return None


def _as_configured(zone: ZonePlan, table: DnsTable) -> bool:
    return (zone.provider, zone.names, zone.target, zone.ttl) == (
        table.provider,
        table.names,
        table.target,
        table.ttl,
    )


def carried_out(zone: ZonePlan, snapshot: Snapshot, caps: Caps) -> bool:
    """Say whether every record of the plan is already there.

    Where a person types them, the marker is good advice: nobody misses it.
    """
    return all(
        snapshot.get(each.key) == each.after
        for each in zone.changes
        if not (caps.cas == "person" and each.type == "TXT")
    )


def broken(
    plan: SavedPlan,
    zone: ZonePlan,
    history: ZoneHistory,
    snapshot: Snapshot,
    now: datetime,
) -> Refusal | None:
    """Return why *zone* of *plan* must not be carried out any more.

    A plan that was begun in time is finished at any time: half a move is worse than a
    late one. So is a plan that somebody else's edit came after.
    """
    known = history.planned(zone.epoch)
    newest = max({*history.redirects, *history.restores, *history.done}, default=0)
    if newest > zone.epoch or (known is not None and known.changes != zone.decision):
        return _overtaken(zone, T("the journal knows a newer decision"))
    begun = (
        known is not None
        and known.agreement is not None
        and known.agreement.plan == plan.digest
    )
    if now >= plan.expires_at and not begun:
        at = plan.expires_at.strftime("%Y-%m-%d %H:%M UTC")
        why = T("the plan could be carried out until {at}", at=at)
        return _refusal(Code.PLAN_EXPIRED, zone.zone, why)
    return next(_drift(zone, snapshot), None)


def _drift(zone: ZonePlan, snapshot: Snapshot) -> Iterator[Refusal]:
    """Yield a refusal for each key that is neither as it was nor as it will be."""
    for change in _expected(zone):
        live = snapshot.get(change.key)
        if live in (change.before, change.after):
            continue
        lines = ", ".join(zone_lines(change.key, live))
        if change.key == marker_key(zone.zone):
            yield _overtaken(zone, T("the marker says {lines}", lines=lines))
        yield _refusal(
            Code.PLAN_DRIFT,
            zone.zone,
            T("it is not as it was when the plan was made: {lines}", lines=lines),
        )


def _expected(zone: ZonePlan) -> Iterator[Change]:
    """Yield the changes, the marker first, then what must have stayed as it was."""
    marker = marker_key(zone.zone)
    yield from sorted(zone.changes, key=lambda change: change.key != marker)
    changed: Collection[Key] = {change.key for change in zone.changes}
    for change in zone.decision:
        if change.key not in changed and change.name not in zone.theirs:
            yield change


def other_order(zone: ZonePlan, order: Order | None) -> Refusal | None:
    """Return a refusal when *order*, made now, is not what was agreed to.

    Part of the changes may be done already: what is left must be to the letter.
    """
    if order is not None and (
        order.epoch == zone.epoch
        and order.undoes == zone.undoes
        and set(order.changes) == set(zone.decision)
        and set(order.todo.changes) <= set(zone.changes)
    ):
        return None
    return _overtaken(zone, T("now something else would have to be done"))


def _overtaken(zone: ZonePlan, why: Text) -> Refusal:
    return _refusal(
        Code.PLAN_OVERTAKEN,
        zone.zone,
        T("something was decided after the plan was made: {why}", why=why),
    )


def _refusal(code: Code, zone: str, why: Text, remedy: Text | None = None) -> Refusal:
    return Refusal(
        code,
        why,
        remedy or T("save a new plan with --plan, and let it be agreed to"),
        zone,
        acceptable=False,
    )
