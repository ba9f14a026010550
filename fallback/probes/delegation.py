"""How the parent hands a zone down: asked of the parent's own servers, as the world is.

A resolver may remember what the parent said yesterday, and cannot tell it from what the
zone says of itself.
"""

from fallback.core.check.delegation import Delegation
from fallback.core.config import Network
from fallback.core.records import absolute
from fallback.wire.dns.nameservers import Server, ask, exchange, own, parents, resolve

_MOST = 3
"""Parents that are asked until one answers; those of a country are never all silent."""


def look(zone: str, network: Network) -> Delegation | None:
    """Return what the parent of *zone* says, and whether the zone has keys.

    The parent is not asked where this network answers for the zone by itself (a
    laboratory, a private authority). ``None`` when no parent answers. It never raises.
    """
    keys = resolve(zone, "DNSKEY", network)
    signed = None if keys is None else bool(keys.rdatas)
    if own(zone, network):
        return Delegation(signed=signed)
    for number, server in enumerate(parents(zone, network)):
        if number == _MOST:
            break
        servers = _referred(server, zone)
        if servers is not None:
            ds = ask(server, zone, "DS", network)
            return Delegation(servers, None if ds is None else bool(ds.rdatas), signed)
    return None


def _referred(server: Server, zone: str) -> tuple[str, ...] | None:
    """Return the names that *server* leads to; ``None``: it does not know."""
    # dnspython costs 100 ms to import; only commands that ask DNS need it
    import dns.flags
    import dns.name
    import dns.rdatatype

    reply = exchange(server, zone, "NS", recurse=False)
    if reply is None:
        return None
    owner = dns.name.from_text(zone)
    found = [
        absolute(rdata.to_text())
        for rrset in (*reply.answer, *reply.authority)
        if rrset.name == owner and rrset.rdtype == dns.rdatatype.NS
        for rdata in rrset
    ]
    if found or reply.flags & dns.flags.AA:
        return tuple(sorted(set(found)))
    return None
