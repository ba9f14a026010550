"""Take away what another machine's drill left in a zone, once it can be nobody's.

What may go is decided in ``fallback.core.redirect.leftover``. What goes is kept in the
state first, as zone-file lines, and is taken away if it is still exactly that.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, cast

from attrs import frozen

from fallback import dns, stores
from fallback.actions.drilling.drilled import (
    Agree,
    alone,
    refuse_while_redirected,
    rehearsal,
)
from fallback.core.check.inventory import Lister
from fallback.core.clock import Clock
from fallback.core.config import Config, DnsTable
from fallback.core.errors import PartlyDone, Refused, UsageError
from fallback.core.records import Plan
from fallback.core.redirect import leftover
from fallback.core.redirect.journal import fold
from fallback.core.redirect.leftover import Leftover
from fallback.core.text import Sayable, T
from fallback.stores import drills, journal


@frozen
class Cleared:
    """The zone-file lines that were taken away; ``unlisted``: parts nobody can list."""

    lines: tuple[str, ...] = ()
    unlisted: tuple[str, ...] = ()

    @property
    def code(self) -> int:
        """0, or 3 when a part could not be looked at."""
        return PartlyDone.code if self.unlisted else 0

    def told(self) -> Iterator[Sayable]:
        """See ``fallback.core.result.Result``."""
        for line in self.lines:
            yield T("taken away: {line}", line=line)
        if not self.lines:
            yield T("nothing to do: no drill left anything that can be seen")
        for part in self.unlisted:
            yield _UNLISTED.with_values(part=part)
        yield T("next: {next}", next="fallback drill")

    def as_json(self) -> Mapping[str, Any]:
        """See ``fallback.core.result.Result``."""
        return {"removed": [*self.lines], "unlisted": [*self.unlisted]}


_UNLISTED = T(
    "this operator's interface lists no zone: look in its panel for records below"
    " {part}"
)


@frozen
class _Found:
    """What stands in the part of ``table``, and the plan that takes it away."""

    table: DnsTable
    left: Leftover
    plan: Plan


def clear(config: Config, *, clock: Clock, agree: Agree) -> Cleared:
    """Take away what drills of other machines left below ``fallback-drill``.

    *agree* is shown it first. Raises ``UsageError`` without a ``[[dns]]`` table,
    ``Refused`` for what may be somebody's, and what ``DnsProvider.commit`` raises when
    it is not the same any more.
    """
    if not config.dns:
        raise UsageError(
            T("there is no [[dns]] table in fallback.toml: no name can be moved"),
            next=T("rehearse what there is: fallback deploy"),
        )
    refuse_while_redirected(config)
    moved = rehearsal(config)
    with alone(moved):
        found, unlisted = _found(config, moved, clock.now())
        for each in found:
            _refuse_what_may_be_in_use(each.left, clock.now())
        lines = tuple(line for each in found for line in each.left.lines)
        if found:
            agree([T("delete: {line}", line=line) for line in lines])
        for each in found:
            dns.connect(each.table, config).commit(each.table.zone, each.plan)
        return Cleared(lines, unlisted)


def noted(config: Config, clock: Clock) -> None:
    """Remember what stands in the parts now, so that its age can be told later.

    Raises ``FallbackError`` for what cannot be read, kept, or is not a drill's.
    """
    _found(config, rehearsal(config), clock.now())


def _found(
    config: Config, moved: Config, now: datetime
) -> tuple[list[_Found], tuple[str, ...]]:
    """Return what drills left, remembered, and the parts that cannot be listed."""
    store = stores.connect(config.state, config)
    before = drills.left(store)
    found, unlisted = [], []
    for real, table in zip(config.dns, moved.dns, strict=True):
        provider = dns.connect(real, config)
        there = (
            cast(Lister, provider).listing(real.zone)
            if hasattr(provider, "listing")
            else None
        )
        if there is None or not there.whole:
            unlisted.append(table.zone)
            continue
        names, ours = leftover.parted(real.zone, there.sets)
        snapshot = dns.connect(table, config).read(table.zone, names)
        if not snapshot.rrsets and ours:
            continue
        plan = leftover.away(snapshot)
        if plan is None or not ours:
            raise _not_a_drills(table.zone)
        if fold(journal.connect(moved).read().entries).of(table.zone).open:
            raise _this_machines(table.zone)
        left = leftover.seen(table.zone, leftover.lines_of(snapshot), before, now)
        found.append(_Found(table, left, plan))
    drills.keep_left(store, [each.left for each in found])
    return found, tuple(unlisted)


def _refuse_what_may_be_in_use(left: Leftover, now: datetime) -> None:
    if left.abandoned(now):
        return
    raise Refused(
        T(
            "a drill may still be at work below {part}: what stands there was first"
            " seen at {since}",
            part=left.part,
            since=f"{left.since:%H:%M} UTC",
        ),
        customers_see=T("no change: no name of the shop is below it"),
        next=T(
            "run fallback drill --clear again after {time}: what is the same then is"
            " nobody's",
            time=f"{left.since + leftover.LASTS:%H:%M} UTC",
        ),
    )


def _not_a_drills(part: str) -> Refused:
    return Refused(
        T("not all that stands below {part} is certainly a drill's", part=part),
        customers_see=T("no change: nothing was taken away"),
        next=T("look at it in the panel of the DNS operator, and delete it there if"
               " nobody needs it"),
    )  # fmt: skip


def _this_machines(part: str) -> Refused:
    return Refused(
        T("what stands below {part} is of a drill of this machine", part=part),
        customers_see=T("no change: nothing was taken away"),
        next=T("run fallback drill, which takes it back first"),
    )
