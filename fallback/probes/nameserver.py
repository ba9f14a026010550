"""How one authoritative server stands: does it answer, and what does it say.

``probes.resolver`` knows "no usable answer"; here silence and ignorance are told apart,
because their remedies differ.
"""

from collections.abc import Sequence

from fallback.core.config import Network
from fallback.core.records import Key, RRset, absolute
from fallback.core.zone_facts import NameServer, Service
from fallback.wire import parallel
from fallback.wire.dns import LIMIT, Server, ask

TYPES = ("A", "AAAA", "CNAME", "HTTPS", "SVCB")
_TRIES = 2
_AT_ONCE = 5


def inspect(
    server: Server, zone: str, names: Sequence[str], network: Network
) -> NameServer:
    """Return how *server* answers for *zone*, and its web records at *names*.

    A silent server costs two time-outs and is asked nothing else. It never raises.
    """
    service = _service(server, zone)
    rrsets: dict[Key, RRset] = {}
    if service is Service.ANSWERS:
        keys = [(absolute(name), rtype) for name in names for rtype in TYPES]
        answers = parallel.each(
            lambda key: ask(server, *key, network), keys, width=_AT_ONCE
        )
        for key, answer in zip(keys, answers, strict=True):
            if answer is not None and answer.rrset is not None:
                rrsets[key] = answer.rrset
    return NameServer(server.name, server.address, service, rrsets)


def _service(server: Server, zone: str) -> Service:
    # dnspython costs 100 ms to import; only commands that ask DNS need it
    import dns.exception
    import dns.flags
    import dns.message
    import dns.query
    import dns.rdatatype

    query = dns.message.make_query(absolute(zone), "SOA", flags=0)
    for _ in range(_TRIES):
        try:
            reply, _tcp = dns.query.udp_with_fallback(
                query,
                server.address,
                timeout=LIMIT.total_seconds(),
                port=server.port,
                ignore_unexpected=True,
            )
        except (dns.exception.Timeout, OSError):
            continue
        except (dns.exception.DNSException, EOFError, ValueError):
            return Service.LAME
        known = any(rrset.rdtype == dns.rdatatype.SOA for rrset in reply.answer)
        knows = known and reply.flags & dns.flags.AA
        return Service.ANSWERS if knows else Service.LAME
    return Service.SILENT
