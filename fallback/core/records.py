"""What a redirect may do to a zone, as values: plan, reverse, classify.

The law of this room: **a change is (key, before, after)**, both explicit, and "absent"
is a value (``None``). A plan therefore carries its own way back, and nothing here can
express a change to anything but A, AAAA, CNAME, HTTPS/SVCB and the provider's alias at
a configured name, plus our one marker.

Names are absolute, lower case, with the final dot (RFC 9499). Record data is canonical
presentation format (RFC 1035 section 5.1), as the provider's adapter made it; this room
compares it and never parses it, except for addresses that it writes itself.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address
from typing import Literal, TypeAlias

from attrs import evolve, field, frozen

from fallback.core.errors import Refused
from fallback.core.text import T, Text

Key: TypeAlias = tuple[str, str]
"""(absolute name, record type)."""

Addresses: TypeAlias = tuple[IPv4Address | IPv6Address, ...]

Target: TypeAlias = str | Addresses
"""Where names point while redirected: a host name, or fixed addresses."""

WEB_TYPES = ("A", "AAAA", "CNAME", "HTTPS", "SVCB", "ALIAS")
"""The only types that a plan can speak of, beside our own marker."""

MARKER_LABEL = "_fallback"

PROXIED = "proxied"
"""The word of ``RRset.extra`` for a record behind the provider's proxy."""

SPELLED = "spelled"
"""The key in ``RRset.extra`` of a provider's own spelling of one record's data."""

_BESIDE = frozenset({SPELLED, "comment", "tags", "ttl"})
"""What in ``RRset.extra`` changes nothing of what name servers answer."""


def absolute(name: str) -> str:
    """Return *name* in lower case, with the final dot."""
    return name.lower().rstrip(".") + "."


def _sorted(rdatas: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(rdatas)))  # a set has no doubles (RFC 2181 section 5)


@frozen
class RRset:
    """All records of one name and type (RFC 9499); its key stands beside it.

    ``rdatas`` is sorted. ``extra`` holds what one provider adds (``proxied``, a
    comment): it is compared and put back; only the two questions below look into it.
    """

    ttl: timedelta
    rdatas: tuple[str, ...] = field(converter=_sorted)
    extra: tuple[tuple[str, str], ...] = ()

    @property
    def proxied(self) -> bool:
        """Whether name servers answer with the provider's proxy instead of the data."""
        return any(name == PROXIED for name, _ in self.extra)

    @property
    def plain(self) -> bool:
        """Say whether name servers answer exactly this: no proxy, no alias between."""
        return all(key in _BESIDE for key, _ in self.extra)


@frozen
class Change:
    """One key of a zone: what it holds before and after; ``None`` is absence.

    Raises ``ValueError`` for a type that is not the web's, unless it is our marker.
    """

    name: str
    type: str
    before: RRset | None
    after: RRset | None

    def __attrs_post_init__(self) -> None:
        ours = self.type == "TXT" and self.name.startswith(f"{MARKER_LABEL}.")
        if not ours and self.type not in WEB_TYPES:
            raise ValueError(f"a plan cannot speak of {self.type} at {self.name}")

    @property
    def key(self) -> Key:
        """Return what the change is about."""
        return (self.name, self.type)

    def reverse(self) -> "Change":
        """Return the change that undoes this one."""
        return evolve(self, before=self.after, after=self.before)


@frozen
class Marker:
    """What the TXT record at ``_fallback.<zone>`` says: which decision is in force."""

    epoch: int
    state: Literal["redirected", "primary"]

    _FORM = re.compile(r"v=fallback1 epoch=(\d{1,18}) state=(redirected|primary)")

    def __str__(self) -> str:
        return f"v=fallback1 epoch={self.epoch} state={self.state}"

    def rrset(self) -> RRset:
        """Return the marker as a record set; it is never cached for long."""
        return RRset(timedelta(seconds=60), (f'"{self}"',))

    @classmethod
    def parse(cls, rrset: RRset | None) -> "Marker | None":
        """Return the marker *rrset* holds; ``None`` if absent or foreign."""
        if rrset is None or len(rrset.rdatas) != 1:
            return None
        found = cls._FORM.fullmatch(rrset.rdatas[0].strip('"'))
        if found is None:
            return None
        state: Literal["redirected", "primary"] = (
            "redirected" if found[2] == "redirected" else "primary"
        )
        return cls(int(found[1]), state)


def marker_key(zone: str) -> Key:
    """Return the key at which *zone* carries our marker."""
    return (f"{MARKER_LABEL}.{absolute(zone)}", "TXT")


def keys_at(name: str) -> tuple[Key, ...]:
    """Return what is read at *name*: its web types, and of a marker the TXT alone."""
    full = absolute(name)
    if full.startswith(f"{MARKER_LABEL}."):
        return ((full, "TXT"),)
    return tuple((full, rtype) for rtype in WEB_TYPES)


@frozen
class Plan:
    """A change to one zone, carrying its own way back.

    The marker is one of its changes.
    ``epoch`` is the number of the decision that the plan carries out. ``by`` is who
    decided it: a provider whose records carry comments writes it beside the marker.
    """

    zone: str
    epoch: int
    changes: tuple[Change, ...]
    by: str = field(default="", eq=False)

    def reverse(self, *, epoch: int) -> "Plan":
        """Return the plan that undoes this one, as decision number *epoch*."""
        return Plan(self.zone, epoch, tuple(c.reverse() for c in self.changes))

    def steps(self) -> tuple[Change, ...]:
        """Order the changes with removals first: a CNAME shares its name with nothing.

        Servers silently ignore an address beside a CNAME (RFC 2136 section 3.4.2.2).
        """
        return tuple(sorted(self.changes, key=lambda change: change.after is not None))

    def only(self, keys: Collection[Key]) -> "Plan":
        """Return the plan restricted to *keys*."""
        return evolve(self, changes=tuple(c for c in self.changes if c.key in keys))

    @property
    def keys(self) -> tuple[Key, ...]:
        """Return every key that the plan speaks of."""
        return tuple(change.key for change in self.changes)


@frozen
class Snapshot:
    """What a zone holds at the keys we may touch, read from the control plane.

    A key that is not in ``rrsets`` is absent. ``version`` is whatever lets the provider
    notice any other edit (the SOA serial); empty where there is no such thing.
    ``servers`` are the name servers that the provider gives this zone, if it says so.
    """

    zone: str
    rrsets: Mapping[Key, RRset]
    version: str = ""
    servers: tuple[str, ...] = ()

    def get(self, key: Key) -> RRset | None:
        """Return what *key* holds; ``None`` is absence."""
        return self.rrsets.get(key)


@frozen
class Aliases:
    """Where an operator's own alias can lead, and the TTL it is always answered with.

    ``below`` are ends of host names (``.cloudfront.net.``). ``named`` are ends that
    come right after the name itself: bucket websites, whose bucket is called like it.
    """

    ttl: timedelta
    below: tuple[str, ...]
    named: tuple[str, ...] = ()

    def lead(self, name: str, host: str) -> bool:
        """Say whether an alias at *name* can lead to *host*; both are absolute."""
        return host.endswith(self.below) or host in {name + end for end in self.named}


@frozen
class Caps:
    """What a provider can do, as data.

    ``atomic`` is the scope of all-or-nothing, ``cas`` who enforces compare-and-swap,
    ``apex`` how the apex can follow a host name, ``types`` what it sees *and* writes,
    ``aliases`` where an alias can lead (``None``: anywhere, with any TTL).
    """

    atomic: Literal["batch", "rrset", "record"]
    cas: Literal["server", "ids", "check-then-write", "person"]
    apex: Literal["alias", "flatten"] | None
    types: frozenset[str]
    aliases: Aliases | None = None


@frozen
class Commit:
    """What a provider did with a plan.

    ``by_hand`` holds what a person still has to type, one step a sentence, where the
    provider cannot write by itself; the records are then read until they are there.
    ``overwrote`` is what stood at a key in place of BEFORE, where a provider can tell
    only afterwards: somebody's edit of the same second, and the true way back.
    ``late`` says what the operator has accepted and not yet brought to its servers,
    for which it was ``waited`` so long.
    """

    by_hand: tuple[Text, ...] = ()
    overwrote: tuple[tuple[Key, RRset], ...] = ()
    late: Text | None = None
    waited: timedelta = field(factory=timedelta, eq=False)


class Standing(StrEnum):
    """How a live record set compares with a plan."""

    BEFORE = "before"
    AFTER = "after"
    OTHER = "other"


def classify(plan: Plan, snapshot: Snapshot) -> dict[Key, Standing]:
    """Return where each key of *plan* stands, by what is live and nothing else.

    A key whose before and after are equal counts as AFTER: there is nothing to do.
    """

    def standing(change: Change) -> Standing:
        live = snapshot.get(change.key)
        if live == change.after:
            return Standing.AFTER
        return Standing.BEFORE if live == change.before else Standing.OTHER

    return {change.key: standing(change) for change in plan.changes}


def as_typed(snapshot: Snapshot, changes: Iterable[Change]) -> Snapshot:
    """Return *snapshot* as the person meant it who typed *changes* into a panel.

    Panels round a TTL or do not let it be set. Data that is exactly that of one side
    of a change is therefore taken for that side, whatever its TTL; first for AFTER.
    """
    rrsets = dict(snapshot.rrsets)
    for change in changes:
        live = snapshot.get(change.key)
        if live in (change.after, change.before):
            continue
        for side in (change.after, change.before):
            if live and side and live.rdatas == side.rdatas:
                rrsets[change.key] = side
                break
    return evolve(snapshot, rrsets=rrsets)


def plan_redirect(
    snapshot: Snapshot,
    names: Sequence[str],
    target: Target,
    ttl: timedelta,
    *,
    epoch: int,
    caps: Caps,
    followed: Addresses = (),
) -> Plan:
    """Return the plan that points *names* at *target*, and at nothing else.

    Every web type of a name is spoken of: what would lead a visitor past the page (an
    HTTPS or AAAA record of the dead shop) is removed, and comes back on the way back.
    *followed* are the addresses of a target that is a host name, for a name that can
    follow none. Raises ``Refused`` when the target cannot be written at a name.
    """
    zone = absolute(snapshot.zone)
    changes: list[Change] = []
    for name in dict.fromkeys(absolute(name) for name in names):
        wanted = pointed_at(name, zone, target, ttl, caps, followed)
        for rtype in WEB_TYPES:
            before, after = snapshot.get((name, rtype)), wanted.get(rtype)
            if before != after:
                changes.append(Change(name, rtype, before, after))
    key = marker_key(zone)
    marker = Marker(epoch, "redirected").rrset()
    return Plan(zone, epoch, (Change(*key, snapshot.get(key), marker), *changes))


def pointed_at(
    name: str,
    zone: str,
    target: Target,
    ttl: timedelta,
    caps: Caps,
    followed: Addresses = (),
) -> dict[str, RRset]:
    """Return, by type, all the web records of *name* once it leads to *target*.

    A host name is followed by a CNAME, at the top of *zone* by what the provider has
    instead, and else by the addresses *followed*. Raises ``Refused`` when there is
    nothing that could be written.
    """
    if not isinstance(target, str):
        return _at_addresses(target, ttl)
    host = absolute(target)
    if host == name:
        raise Refused(
            T("{name} cannot be redirected to itself", name=name),
            next=T("set another target in fallback.toml"),
        )
    if name != zone or caps.apex == "flatten":
        return {"CNAME": RRset(ttl, (host,))}
    if caps.apex == "alias":
        return {"ALIAS": RRset(_alias_ttl(name, host, ttl, caps.aliases), (host,))}
    if followed:
        return _at_addresses(followed, ttl)
    raise Refused(
        T(
            "{name} is the top of its zone and cannot follow the host name {target}:"
            " a CNAME is not allowed there (RFC 1034 section 3.6.2)",
            name=name,
            target=host,
        ),
        next=T(
            "give fixed addresses as target, set follow = true, or move the zone to a"
            " provider with ALIAS records"
        ),
    )


def _at_addresses(addresses: Addresses, ttl: timedelta) -> dict[str, RRset]:
    by_type: dict[str, list[str]] = {}
    for address in addresses:
        rtype = "A" if address.version == 4 else "AAAA"
        by_type.setdefault(rtype, []).append(str(address))
    return {rtype: RRset(ttl, tuple(values)) for rtype, values in by_type.items()}


def _alias_ttl(
    name: str, host: str, ttl: timedelta, aliases: Aliases | None
) -> timedelta:
    """Return the TTL of an alias. Raises ``Refused`` when it cannot lead to *host*."""
    if aliases is None:
        return ttl
    if aliases.lead(name, host):
        return aliases.ttl
    raise Refused(
        T(
            "an alias at {name} cannot lead to {target}: this provider knows the way to"
            " {hosts} only",
            name=name,
            target=host,
            hosts=", ".join(f"*{end.rstrip('.')}" for end in aliases.below),
        ),
        next=T("put CloudFront in front of it, or give fixed addresses as target"),
    )
