"""What is changed in peace so that a redirect is fast and safe: TTLs, and aliases.

Customers' resolvers keep an address for as long as its TTL said when they asked, so
only a TTL that was lowered beforehand helps on the day (RFC 1035 section 3.2.1).
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from attrs import evolve

from fallback.core.records import (
    WEB_TYPES,
    Caps,
    Change,
    RRset,
    Snapshot,
    Target,
    absolute,
)

_COPIED = ("A", "AAAA", "HTTPS", "SVCB")


def preparations(
    snapshot: Snapshot,
    names: Sequence[str],
    target: Target,
    ttl: timedelta,
    caps: Caps,
) -> tuple[Change, ...]:
    """Return what prepares *names* for a redirect to *target*; empty when all is well.

    Every web record lives no longer than *ttl*; a shorter TTL stays. A CNAME onto
    another of the names becomes a copy of the records it leads to, where the provider
    does not write all or nothing and *target* is addresses: else a redirect would have
    to remove the CNAME before it may add an address (RFC 1034 section 3.6.2), and a
    visitor or a kill in between would find neither. A CNAME that leads elsewhere stays,
    because addresses of somebody else's host name change without notice.
    """
    copies = caps.atomic != "batch" and not isinstance(target, str)
    found: list[Change] = []
    for name in dict.fromkeys(map(absolute, names)):
        here = {t: rr for t in WEB_TYPES if (rr := snapshot.get((name, t))) is not None}
        wanted = (_copy(name, names, snapshot) if copies else None) or here
        for rtype in WEB_TYPES:
            before, after = here.get(rtype), wanted.get(rtype)
            if after is not None and _lasting(rtype, after, caps):
                after = _shortened(after, ttl)
            if before != after:
                found.append(Change(name, rtype, before, after))
    return tuple(found)


def _shortened(rrset: RRset, ttl: timedelta) -> RRset:
    """Return *rrset* with no record that lives longer than *ttl*."""
    # one operator gives each record of a set a TTL of its own
    extra = tuple((name, value) for name, value in rrset.extra if name != "ttl")
    return evolve(rrset, ttl=min(ttl, rrset.ttl), extra=extra)


def _lasting(rtype: str, rrset: RRset, caps: Caps) -> bool:
    """Say whether the TTL is the owner's: that of a proxy or an alias often is not."""
    return rrset.plain and not (rtype == "ALIAS" and caps.aliases is not None)


def _copy(
    name: str, names: Sequence[str], snapshot: Snapshot
) -> dict[str, RRset] | None:
    """Return the records at the end of the CNAMEs of *name*, if one of *names* is."""
    ours, seen = set(map(absolute, names)), {name}
    while (alias := snapshot.get((name, "CNAME"))) is not None:
        name = absolute(alias.rdatas[0])
        if name in seen or name not in ours or not alias.plain:
            return None
        seen.add(name)
    found = {t: rr for t in _COPIED if (rr := snapshot.get((name, t))) is not None}
    return found if found.keys() & {"A", "AAAA"} and len(seen) > 1 else None


def no_longer_aliases(changes: Sequence[Change]) -> Iterator[Change]:
    """Yield the CNAMEs that become address records by *changes*."""
    for change in changes:
        if change.type == "CNAME" and change.after is None:
            yield change
