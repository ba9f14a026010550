"""What became of a move or a preparation, zone by zone: words, JSON, an exit code."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal

from attrs import frozen

from fallback.core.errors import FallbackError
from fallback.core.records import Change, Key, RRset
from fallback.core.redirect.card import asides, by_hand
from fallback.core.redirect.gates import Refusal
from fallback.core.redirect.journal import Verb, zone_lines
from fallback.core.redirect.moves import Drift
from fallback.core.redirect.preparing import no_longer_aliases
from fallback.core.text import Sayable, T, Text

PARTLY = 3
REFUSED = 5


class State(StrEnum):
    """Where one zone stands when the command ends.

    ``DRIFTED``: done, except what somebody else changed. ``LAGGING``: done, but not
    every name server says so yet. ``BY_HAND``: a person has to type records.
    """

    PLANNED = "planned"
    REDIRECTED = "redirected"
    RESTORED = "restored"
    PREPARED = "prepared"
    DRIFTED = "drifted"
    LAGGING = "lagging"
    BY_HAND = "by-hand"
    REFUSED = "refused"
    FAILED = "failed"


_FINISHED = (State.REDIRECTED, State.RESTORED, State.PREPARED)


@frozen
class ServerSeen:
    """What one authoritative server says: the new records, the old ones, nothing."""

    server: str
    says: Literal["new", "old", "nothing"]


@frozen
class ResolverSeen:
    """What one resolver of customers says; an old answer, for ``left`` more time."""

    resolver: str
    says: Literal["new", "old", "nothing"]
    left: timedelta | None = None


@frozen
class ZoneMoved:
    """One zone. No ``changes``: there was nothing to do.

    ``error`` is the exit code of what failed. ``last_visitor`` is when the last cache
    forgets what was there before. ``steps`` is what a person has to type. ``dropped``
    are records that do not come back with the rest.
    """

    zone: str
    state: State
    changes: tuple[Change, ...] = ()
    servers: tuple[ServerSeen, ...] = ()
    problem: Sayable = ""
    next: Sayable = ""
    error: int = 0
    epoch: int = 0
    drift: tuple[Drift, ...] = ()
    steps: tuple[Sayable, ...] = ()
    last_visitor: datetime | None = None
    refusal: Refusal | None = None
    dropped: tuple[tuple[Key, RRset], ...] = ()
    resolvers: tuple[ResolverSeen, ...] = ()

    @property
    def code(self) -> int:
        """Return the exit code that this zone alone would have."""
        match self.state:
            case State.REFUSED:
                return REFUSED
            case State.FAILED:
                return self.error or 1
            case State.DRIFTED | State.LAGGING | State.BY_HAND:
                return PARTLY
            case _:
                return 0

    def as_json(self) -> dict[str, Any]:
        """Return the zone as the contract's JSON spells it."""
        return {
            "zone": self.zone,
            "state": self.state.value,
            "epoch": self.epoch,
            "changes": [_change_json(change) for change in self.changes],
            "servers": [{"server": s.server, "says": s.says} for s in self.servers],
            "resolvers": [
                {
                    "resolver": seen.resolver,
                    "says": seen.says,
                    "seconds_left": seen.left and int(seen.left.total_seconds()),
                }
                for seen in self.resolvers
            ],
            "problem": str(self.problem) or None,
            "steps": [str(step) for step in self.steps],
            "dropped": [
                line for key, rrset in self.dropped for line in zone_lines(key, rrset)
            ],
            "last_visitor": self.last_visitor and self.last_visitor.isoformat(),
        }


def failed(
    zone: str, error: FallbackError, changes: tuple[Change, ...] = ()
) -> ZoneMoved:
    """Return the zone as *error* left it, with *changes* to type instead."""
    return ZoneMoved(
        zone,
        State.FAILED,
        changes,
        problem=error.what,
        next=error.next or "",
        error=error.code,
    )


def _change_json(change: Change) -> dict[str, Any]:
    body: dict[str, Any] = {"name": change.name, "type": change.type}
    for side, rrset in (("before", change.before), ("after", change.after)):
        lines = None if rrset is None else list(zone_lines(change.key, rrset))
        body[side] = lines
        if rrset is not None and rrset.extra:
            body[f"{side}_extra"] = dict(rrset.extra)
    return body


@frozen
class Moved:
    """The outcome of one ``redirect``, ``restore`` or ``prepare``.

    ``refused`` are the gates that said no, ``accepted`` the refusals that were taken
    over. ``dry_run``, ``preview`` and ``home`` change nothing but the words.
    """

    verb: Verb
    zones: tuple[ZoneMoved, ...]
    refused: tuple[Refusal, ...] = ()
    accepted: tuple[Refusal, ...] = ()
    dry_run: bool = False
    preview: bool = False
    home: bool = False

    @property
    def code(self) -> int:
        """Return 0 when all is well, 3 when part of it is, else what stopped it."""
        codes = [zone.code for zone in self.zones]
        if not any(codes):
            return 0
        if any(code in (0, PARTLY) for code in codes):
            return PARTLY
        if len(set(codes)) == 1:
            return codes[0]
        return REFUSED if REFUSED in codes else 1

    @property
    def changes(self) -> bool:
        """Say whether there is anything to write."""
        return any(zone.changes for zone in self.zones if not zone.code)

    def as_json(self) -> Mapping[str, Any]:
        """See ``fallback.core.result.Result``."""
        return {
            "zones": [zone.as_json() for zone in self.zones],
            "refused": [_refusal_json(refusal) for refusal in self.refused],
            "accepted": [refusal.code.value for refusal in self.accepted],
            "dry_run": self.dry_run,
        }

    def told(self) -> Iterator[Sayable]:
        """See ``fallback.core.result.Result``."""
        for zone in self.zones:
            yield from self._zone_told(zone)
        for refusal in self.accepted:
            yield T(
                "taken over: {code}: {why}", code=refusal.code.value, why=refusal.why
            )
        for refusal in self.refused:
            yield T("refused: {code}: {why}", code=refusal.code.value, why=refusal.why)
            yield T("  instead: {remedy}", remedy=refusal.remedy)
        if takes := _acceptable(self.refused):
            yield T("  to take it over yourself, add: {options}", options=takes)
        if not self.preview:
            yield from self._last_words()

    def _zone_told(self, zone: ZoneMoved) -> Iterator[Sayable]:
        yield self._headline(zone)
        if zone.state in (State.REFUSED, State.FAILED) and zone.changes:
            yield T("  by hand, in the panel of the DNS operator:")
            for step in by_hand(zone.changes):
                yield T("    {step}", step=step)
        elif zone.state is not State.BY_HAND:
            for change in zone.changes:
                yield from _change_told(change)
        yield from _apart_told(zone)
        for server in zone.servers:
            yield from _server_told(server)
        for seen in zone.resolvers:
            yield from _resolver_told(seen)
        if zone.next:
            yield T("  next: {next}", next=zone.next)
        if self.verb is Verb.PREPARE:
            yield from _aliases_told(zone)
        if zone.last_visitor is not None:
            said = _UNTIL[self.verb]
            at = zone.last_visitor.strftime("%Y-%m-%d %H:%M")  # a TTL may be days
            yield said.with_values(at=at)

    def _headline(self, zone: ZoneMoved) -> Text:
        name = zone.zone.rstrip(".")
        if zone.problem:
            said = {
                State.FAILED: T("{zone}: failed: {problem}"),
                State.REFUSED: T("{zone}: refused: {problem}"),
            }.get(zone.state, T("{zone}: {problem}"))
            return said.with_values(zone=name, problem=zone.problem)
        if not zone.changes and zone.state in _FINISHED:
            return T("{zone}: nothing to do", zone=name)
        words = {
            State.PLANNED: T("{zone}: this would be changed"),
            State.REDIRECTED: T("{zone}: redirected"),
            State.RESTORED: T("{zone}: restored"),
            State.PREPARED: T("{zone}: prepared"),
            State.DRIFTED: T("{zone}: done, except what somebody else changed"),
            State.LAGGING: T("{zone}: written, but not every name server says so yet"),
            State.BY_HAND: T("{zone}: type these, then run the same command again"),
            State.REFUSED: T("{zone}: refused, nothing was changed"),
            State.FAILED: T("{zone}: failed"),
        }
        return words[zone.state].with_values(zone=name)

    def _last_words(self) -> Iterator[Sayable]:
        if self.dry_run:
            yield T("nothing was changed: this was a dry run")
        elif self.code == 0 and any(zone.changes for zone in self.zones):
            if self.verb is Verb.REDIRECT:
                yield T("when the shop is back: fallback restore")
            elif self.verb is Verb.PREPARE:
                yield T("what stood there before is in the journal")
            elif self.home:
                yield T("the names lead to the shop's new server")
            else:
                yield T("the records are exactly as they were before")


def _change_told(change: Change) -> Iterator[Sayable]:
    for sign, rrset in (("-", change.before), ("+", change.after)):
        if rrset is not None:
            for line in zone_lines(change.key, rrset):
                yield f"  {sign} {line}"
            for aside in asides(rrset):
                yield T("  {aside}", aside=aside)


def _aliases_told(zone: ZoneMoved) -> Iterator[Sayable]:
    for change in no_longer_aliases(zone.changes):
        assert change.before is not None
        yield T(
            "  {name} becomes an address record: this provider writes record by record,"
            " and between a CNAME and an address customers would find nothing; when"
            " {other} gets another address, change both",
            name=change.name.rstrip("."),
            other=change.before.rdatas[0].rstrip("."),
        )


def _apart_told(zone: ZoneMoved) -> Iterator[Sayable]:
    """Tell what is not as one would expect, and what a person has to type."""
    for each in zone.drift:
        yield from _drift_told(each)
    for key, rrset in zone.dropped:
        for line in zone_lines(key, rrset):
            yield T("  does not return, it was the old server's: {line}", line=line)
    for number, step in enumerate(zone.steps, start=1):
        yield T("  {number}. {step}", number=number, step=step)


def _server_told(seen: ServerSeen) -> Iterator[Sayable]:
    if seen.says == "old":
        yield T("  the name server {server} says the old records", server=seen.server)
    elif seen.says == "nothing":
        yield T("  the name server {server} does not answer", server=seen.server)


def _drift_told(drift: Drift) -> Iterator[Sayable]:
    live = zone_lines((drift.name, drift.type), drift.live)
    for line in live:
        yield T("  stays, somebody else changed it: {line}", line=line)


_UNTIL = {
    Verb.PREPARE: T("  the last cache forgets the old TTL by {at}"),
    Verb.REDIRECT: T("  the last visitor arrives by {at}"),
    Verb.RESTORE: T("  keep the page up: the last visitor comes home by {at}"),
}


def _resolver_told(seen: ResolverSeen) -> Iterator[Sayable]:
    if seen.says == "old" and seen.left is not None:
        minutes = max(1, -(-int(seen.left.total_seconds()) // 60))
        yield T(
            "  the resolver {resolver} says the old records, for at most {n} min more",
            resolver=seen.resolver,
            n=minutes,
        )
    elif seen.says == "new":
        yield T(
            "  the resolver {resolver} says the new records", resolver=seen.resolver
        )
    else:
        yield T("  the resolver {resolver} does not answer", resolver=seen.resolver)


def _refusal_json(refusal: Refusal) -> dict[str, Any]:
    return {
        "code": refusal.code.value,
        "why": str(refusal.why),
        "remedy": str(refusal.remedy),
        "zone": refusal.zone,
    }


def _acceptable(refusals: tuple[Refusal, ...]) -> str:
    codes = dict.fromkeys(r.code.value for r in refusals if r.acceptable)
    return " ".join(f"--accept {code}" for code in codes)
