"""What adapters that can see a whole zone share: look into it, and compare.

The zone is dnspython's, read with absolute names, so that every record stands where the
control plane keeps it: a wildcard is a record of its own and no record of any other
name (RFC 4592), which no query could tell.
"""

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, cast

from fallback.core.check.inventory import Inventory, Listed
from fallback.core.errors import Conflict, Rejected
from fallback.core.records import (
    Key,
    Plan,
    RRset,
    Snapshot,
    absolute,
    keys_at,
    marker_key,
)
from fallback.core.text import T
from fallback.wire.dns import presentation

if TYPE_CHECKING:
    import dns.rdataset
    import dns.rdtypes.ANY.SOA
    import dns.zone

_SIGNATURES = frozenset({"RRSIG", "NSEC", "NSEC3"})
_BESIDE_A_CNAME = frozenset({"RRSIG", "NSEC", "NSEC3", "KEY"})
"""What may share a name with a CNAME (RFC 4034 section 3, RFC 2181 section 10.1)."""


def keys(zone: str, names: Collection[str]) -> tuple[Key, ...]:
    """Return the keys that a snapshot of *names* speaks of, the marker's last."""
    asked = [
        key for name in names for key in keys_at(name) if key[1] in presentation.TYPES
    ]
    return tuple(dict.fromkeys((*asked, marker_key(zone))))


def snapshot(zone: "dns.zone.Zone", names: Collection[str]) -> Snapshot:
    """Return what *zone* holds at *names*; the version is the SOA serial."""
    origin = str(zone.origin)
    found = {key: rrset for key in keys(origin, names) if (rrset := at(zone, key))}
    return Snapshot(absolute(origin), found, str(soa(zone).serial))


def inventory(zone: "dns.zone.Zone") -> Inventory:
    """Return everything that *zone* holds, but for signatures."""
    return Inventory(
        tuple(
            Listed(str(name).lower(), rdataset.rdtype.name, _texts(rdataset))
            for name, rdataset in zone.iterate_rdatasets()
            if rdataset.rdtype.name not in _SIGNATURES
        ),
        whole=True,
    )


def _texts(rdataset: "dns.rdataset.Rdataset") -> tuple[str, ...]:
    return tuple(sorted(presentation.text(rdata) for rdata in rdataset))


def at(zone: "dns.zone.Zone", key: Key) -> RRset | None:
    """Return what *zone* holds at *key*, whose name may be Unicode (RFC 5891)."""
    import dns.name

    found = zone.get_rdataset(dns.name.from_text(key[0]), key[1])
    return presentation.rrset(found) if found else None


def soa(zone: "dns.zone.Zone") -> "dns.rdtypes.ANY.SOA.SOA":
    """Return the zone's SOA. Raises ``KeyError`` for a zone without one."""
    found = zone.find_rdataset(zone.origin or "@", "SOA")
    return cast("dns.rdtypes.ANY.SOA.SOA", found[0])


def compare(plan: Plan, live: Callable[[Key], RRset | None]) -> None:
    """Return when every key of *plan* is still exactly BEFORE, TTL included.

    Raises ``Conflict`` naming each key that is not.
    """
    changed = [
        change.key for change in plan.changes if live(change.key) != change.before
    ]
    if changed:
        raise Conflict(
            T(
                "somebody else has changed {records} in the zone {zone}",
                records=", ".join(f"{rtype} {name}" for name, rtype in changed),
                zone=plan.zone,
            ),
            customers_see=T("no change: nothing was written"),
            next=T("run the same command again: it looks before it acts"),
        )


def admit(zone: "dns.zone.Zone", plan: Plan) -> None:
    """Return when *zone* can hold what *plan* wants.

    Raises ``Rejected`` for a name outside the zone, and for a CNAME that would share
    its name with anything: a server ignores such a record and still answers NOERROR
    (RFC 2136 section 3.4.2.2).
    """
    import dns.name

    for name in dict.fromkeys(change.name for change in plan.changes):
        owner = dns.name.from_text(name)
        if not owner.is_subdomain(zone.origin or dns.name.root):
            raise Rejected(
                T("{name} is not in the zone {zone}", name=name, zone=plan.zone)
            )
        node = zone.get_node(owner)
        admit_beside(
            plan, name, {rdataset.rdtype.name for rdataset in node} if node else set()
        )


def admit_beside(
    plan: Plan, name: str, there: Collection[str], *, flatten: bool = False
) -> None:
    """Return when *name*, which holds the types *there*, can hold what *plan* wants.

    Raises ``Rejected`` for a CNAME that would share its name with anything. With
    *flatten* the provider answers for a CNAME at the top of the zone with addresses:
    there only addresses cannot stand beside it.
    """
    types = set(there)
    types -= {change.type for change in plan.changes if change.name == name}
    types |= {c.type for c in plan.changes if c.name == name and c.after is not None}
    others = types - _BESIDE_A_CNAME - {"CNAME"}
    if flatten and name == absolute(plan.zone):
        others &= {"A", "AAAA"}
    if "CNAME" in types and others:
        raise Rejected(
            T(
                "a CNAME cannot stand at {name}: there is also {types}",
                name=name,
                types=", ".join(sorted(others)),
            ),
            next=T("give fixed addresses as target, or move the other records"),
        )
