"""What a zone, its parent and its servers say, to be held against each other.

Only what the zone's servers say over TCP is asked here again: over UDP
``fallback.probes.nameserver`` asks them.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from fallback.core.check.agreement import Agreement, Told
from fallback.core.config import Network
from fallback.core.records import absolute
from fallback.core.redirect.switch import within
from fallback.wire import parallel
from fallback.wire.dns import presentation
from fallback.wire.dns.nameservers import (
    LIMIT,
    Answer,
    Server,
    ask,
    authoritative,
    exchange,
    own,
    parents,
    resolve,
)

if TYPE_CHECKING:
    import dns.message
    from dns.rdtypes.ANY.DS import DS

_AT_ONCE = 8
_MOST = 3
"""Parents that are asked until one answers; those of a country are never all silent."""


def look(zone: str, network: Network) -> Agreement | None:
    """Return what is said of *zone* by those who must agree. It never raises.

    The parent is not asked where this network answers for the zone by itself. ``None``
    when nobody says who could be asked.
    """
    told = tuple(
        parallel.each(
            lambda server: Told(server.name, server.address, _soa(server, zone)),
            authoritative(zone, network),
            width=_AT_ONCE,
        )
    )
    if not told and resolve(zone, "NS", network) is None:
        return None
    if own(zone, network):
        return Agreement(told)
    glue, digests = _above(zone, network)
    return Agreement(
        told,
        glue,
        dict(_addresses(glue, network)),
        _fits(zone, digests, resolve(zone, "DNSKEY", network)),
    )


def _soa(server: Server, zone: str) -> str | None:
    """Return the SOA that *server* tells over TCP, in canonical text."""
    # dnspython costs 100 ms to import; only commands that ask DNS need it
    import dns.exception
    import dns.message
    import dns.query
    import dns.rdatatype

    query = dns.message.make_query(absolute(zone), "SOA", flags=0)
    seconds = LIMIT.total_seconds()
    try:
        reply = dns.query.tcp(query, server.address, seconds, server.port)
    except (dns.exception.DNSException, OSError, EOFError, ValueError):
        return None
    found = (r for r in reply.answer if r.rdtype == dns.rdatatype.SOA)
    return next((presentation.text(rrset[0]) for rrset in found), "")


def _above(
    zone: str, network: Network
) -> tuple[dict[str, tuple[str, ...]], Answer | None]:
    """Return the glue and the DS records that a server of the parent gives."""
    for number, server in enumerate(parents(zone, network)):
        if number == _MOST:
            break
        reply = exchange(server, zone, "NS", recurse=False)
        if reply is not None:
            return dict(_glue(reply, zone)), ask(server, zone, "DS", network)
    return {}, None


def _glue(
    reply: "dns.message.Message", zone: str
) -> Iterator[tuple[str, tuple[str, ...]]]:
    found: dict[str, tuple[str, ...]] = {}
    for rrset in reply.additional:
        name = absolute(rrset.name.to_text())
        if within(name, zone) and rrset.rdtype.name in ("A", "AAAA"):
            found[name] = (*found.get(name, ()), *(each.to_text() for each in rrset))
    yield from found.items()


def _addresses(
    glue: dict[str, tuple[str, ...]], network: Network
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the addresses that the zone gives, of the families that the parent has."""
    for name, given in glue.items():
        kinds = {"AAAA" if ":" in address else "A" for address in given}
        said = [resolve(name, kind, network) for kind in sorted(kinds)]
        if all(answer is not None for answer in said):
            yield (
                name,
                tuple(each for answer in said if answer for each in answer.rdatas),
            )


def _fits(zone: str, digests: Answer | None, keys: Answer | None) -> bool | None:
    """Say whether one of *keys* is what one of *digests* is of.

    ``None`` where there is nothing to compare, or a digest of a kind that is not known.
    """
    import dns.dnssec
    import dns.exception
    import dns.name
    import dns.rdata

    if digests is None or keys is None or not digests.rdatas or not keys.rdatas:
        return None
    for text in digests.rdatas:
        digest = cast("DS", dns.rdata.from_text("IN", "DS", text))
        for key in keys.rdatas:
            dnskey = dns.rdata.from_text("IN", "DNSKEY", key)
            try:
                made = dns.dnssec.make_ds(
                    dns.name.from_text(zone),
                    dnskey,
                    digest.digest_type,
                    validating=True,
                )
            except (dns.exception.DNSException, ValueError):
                return None
            if made == digest:
                return True
    return False
