"""How one authoritative server stands: does it answer, and what does it say.

``probes.resolver`` knows "no usable answer"; here silence and ignorance are told apart,
because their remedies differ.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, cast

from fallback.core.check.delegation import Soa
from fallback.core.check.zone_facts import NameServer, Service
from fallback.core.config import Network
from fallback.core.records import Key, RRset, absolute
from fallback.wire import parallel
from fallback.wire.dns.nameservers import Server, ask, converse, exchange

if TYPE_CHECKING:
    import dns.rdtypes.ANY.SOA
    import dns.rrset

TYPES = ("A", "AAAA", "CNAME", "HTTPS", "SVCB")
_TRIES = 2
_AT_ONCE = 5


def inspect(
    server: Server, zone: str, names: Sequence[str], network: Network
) -> NameServer:
    """Return how *server* answers for *zone*, and its web records at *names*.

    A silent server costs two time-outs and is asked nothing else. It never raises.
    """
    service, soa = _service(server, zone)
    rrsets: dict[Key, RRset] = {}
    named: tuple[str, ...] | None = None
    cuts: tuple[str, ...] = ()
    if service is Service.ANSWERS:
        listed = ask(server, zone, "NS", network)
        if listed is not None:
            named = tuple(sorted(map(absolute, listed.rdatas)))
        found = (_cut(server, name, zone) for name in names)
        cuts = tuple(dict.fromkeys(cut for cut in found if cut))
        keys = [(absolute(name), rtype) for name in names for rtype in TYPES]
        answers = parallel.each(
            lambda key: ask(server, *key, network), keys, width=_AT_ONCE
        )
        for key, answer in zip(keys, answers, strict=True):
            if answer is not None and answer.rrset is not None:
                rrsets[key] = answer.rrset
    return NameServer(server.name, server.address, service, rrsets, soa, named, cuts)


def _cut(server: Server, name: str, zone: str) -> str:
    """Return the zone below *zone* that *server* hands *name* down to; else nothing."""
    import dns.flags
    import dns.name
    import dns.rdatatype

    top, owner = dns.name.from_text(zone), dns.name.from_text(name)
    reply = None if owner == top else exchange(server, name, "A", recurse=False)
    if reply is None or reply.flags & dns.flags.AA:
        return ""
    for rrset in reply.authority:
        below = rrset.name.is_subdomain(top) and rrset.name != top
        if rrset.rdtype == dns.rdatatype.NS and below:
            return absolute(rrset.name.to_text())
    return ""


def _service(server: Server, zone: str) -> tuple[Service, Soa | None]:
    # dnspython costs 100 ms to import; only commands that ask DNS need it
    import dns.exception
    import dns.flags
    import dns.message
    import dns.rdatatype

    query = dns.message.make_query(absolute(zone), "SOA", flags=0)
    for _ in range(_TRIES):
        try:
            reply = converse(server, query, patient=False)
        except (dns.exception.Timeout, OSError):
            continue
        except (dns.exception.DNSException, EOFError, ValueError):
            return Service.LAME, None
        found = [r for r in reply.answer if r.rdtype == dns.rdatatype.SOA]
        if not found or not reply.flags & dns.flags.AA:
            return Service.LAME, None
        return Service.ANSWERS, _soa(found[0])
    return Service.SILENT, None


def _soa(rrset: "dns.rrset.RRset") -> Soa:
    soa = cast("dns.rdtypes.ANY.SOA.SOA", rrset[0])
    return Soa(
        soa.serial,
        timedelta(seconds=soa.expire),
        timedelta(seconds=min(rrset.ttl, soa.minimum)),
        (soa.mname.to_text().lower(), soa.rname.to_text().lower()),
    )
