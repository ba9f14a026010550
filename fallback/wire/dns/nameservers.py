"""Questions to name servers: one server at a time, bounded in time, never an exception.

"There is no such record" is an answer (``Answer`` without data); ``None`` means that
nobody gave a usable one: silence, REFUSED, SERVFAIL, or a server that does not know the
zone. UDP first with an EDNS payload of 1232 octets, which survives every path, and TCP
when the answer is cut (RFC 7766, RFC 9715).
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from ipaddress import ip_address
from socket import SOCK_DGRAM, socket
from time import time
from typing import TYPE_CHECKING, cast

from attrs import evolve, field, frozen

from fallback.core.config import Network
from fallback.core.records import RRset, absolute
from fallback.wire.dns import presentation

if TYPE_CHECKING:
    import dns.message
    import dns.name
    import dns.rdatatype
    import dns.rrset

LIMIT = timedelta(seconds=2)
"""How long one server may think about one datagram."""

_TRIES = 2
_PAYLOAD = 1232
_LONGEST_CHAIN = 8
_PORT = 53


@frozen
class Server:
    """One name server at one address. ``name`` is what people know it by."""

    name: str
    address: str
    port: int = _PORT

    def __str__(self) -> str:
        if self.port == _PORT:
            return f"{self.name.rstrip('.')} ({self.address})"
        return f"{self.name.rstrip('.')} ({self.address} port {self.port})"

    @classmethod
    def parse(cls, text: str) -> "Server":
        """Return the server at ``host:port``, ``[v6]:port`` or a bare address.

        Raises ``ValueError`` when it is not an IP address with an optional port.
        """
        host, port = split(text)
        return cls(text, str(ip_address(host)), port)


def split(text: str, port: int = _PORT) -> tuple[str, int]:
    """Return host and port of ``host``, ``host:port`` or ``[v6]:port``.

    Raises ``ValueError`` for a port that is no number.
    """
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        return host, int(rest.removeprefix(":") or port)
    if text.count(":") == 1:
        host, _, rest = text.partition(":")
        return host, int(rest)
    return text, port


def _sorted(rdatas: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(rdatas))


@frozen
class Answer:
    """What a server says about one name and type; no ``rdatas``: there is none.

    ``rdatas`` is canonical text, sorted. ``ttl`` of an absence is how long it may be
    believed (RFC 2308). ``authoritative`` is the AA bit.
    """

    ttl: timedelta
    rdatas: tuple[str, ...] = field(converter=_sorted)
    authoritative: bool

    @property
    def rrset(self) -> RRset | None:
        """The record set as a plan speaks of it; ``None`` is absence."""
        return RRset(self.ttl, self.rdatas) if self.rdatas else None


def ask(server: Server, name: str, rtype: str, network: Network) -> Answer | None:
    """Return what *server* itself holds at *name* for exactly *rtype*.

    A CNAME is not followed: asked for A at an alias, the answer is that there is none.
    A wildcard cannot be told from a record (RFC 4592 section 3.3). A server at a
    private address is asked only with ``network.allow_private`` or own resolvers.
    """
    if not (network.resolvers or _may_be_asked(server.address, network)):
        return None
    reply = exchange(server, name, rtype, recurse=False)
    return None if reply is None else _answer(reply, name, rtype)


def recall(server: Server, name: str, rtype: str) -> Answer | None:
    """Return what the resolver *server* tells customers; the TTL is what is left of it.

    A CNAME is not followed here: where one stands instead, there is no *rtype*.
    """
    reply = exchange(server, name, rtype, recurse=True)
    return None if reply is None else _answer(reply, name, rtype)


def resolve(name: str, rtype: str, network: Network) -> Answer | None:
    """Return what a customer's resolver would: CNAMEs are followed to the end.

    Asks ``network.resolvers``, else the system's, in turn. ``ttl`` is the lowest of
    the chain. Where a resolver knows only its own zone, the next is asked for the name
    that the chain leads to.
    """
    import dns.name
    import dns.rdatatype

    servers = resolvers(network)
    ttl = timedelta.max
    reply: dns.message.Message | None = None
    for _ in range(_LONGEST_CHAIN):
        here = dns.name.from_text(name)
        if reply is None or not any(rrset.name == here for rrset in reply.answer):
            reply = _first_that_knows(servers, name, rtype)
        if reply is None:
            return None
        alias = _find(reply.answer, here, dns.rdatatype.CNAME)
        if alias is None or rtype == "CNAME":
            found = _answer(reply, name, rtype)
            return found and evolve(found, ttl=min(ttl, found.ttl))
        ttl = min(ttl, timedelta(seconds=alias.ttl))
        name = alias[0].to_text()
    return None


def _first_that_knows(
    servers: Iterable[Server], name: str, rtype: str
) -> "dns.message.Message | None":
    for server in servers:
        reply = exchange(server, name, rtype, recurse=True)
        if reply is not None and _answer(reply, name, rtype) is not None:
            return reply
    return None


def resolvers(network: Network) -> tuple[Server, ...]:
    """Return the resolvers to ask: the configured ones, else the system's."""
    import dns.exception
    import dns.resolver

    if network.resolvers:
        return tuple(Server.parse(text) for text in network.resolvers)
    try:
        system = dns.resolver.Resolver()
    except (dns.exception.DNSException, OSError):
        return ()
    return tuple(
        Server(text, text, system.port)
        for text in system.nameservers
        if isinstance(text, str)
    )


def authoritative(zone: str, network: Network) -> tuple[Server, ...]:
    """Return the name servers of *zone*, each at each of its addresses.

    In this order: a resolver of ``network.resolvers`` that answers for *zone* with
    authority is itself the server (a laboratory, a private authority), at its own
    address and port; else the delegation that the parent's own servers give, which is
    what the world follows; else the NS records that the resolver knows. IPv6 addresses
    stand only for servers that have no other. Private addresses are left out unless
    ``network.allow_private``. Empty when nobody can be asked.
    """
    return (
        own(zone, network) or _delegated(zone, network) or tuple(_known(zone, network))
    )


def own(zone: str, network: Network) -> tuple[Server, ...]:
    """Return the resolvers of ``network.resolvers`` that answer for *zone* themselves.

    Then the parent's delegation is not what this network follows.
    """
    if not network.resolvers:
        return ()
    return tuple(s for s in resolvers(network) if _has_authority(s, zone, network))


def _has_authority(server: Server, zone: str, network: Network) -> bool:
    answer = ask(server, zone, "SOA", network)
    return answer is not None and answer.authoritative and bool(answer.rdatas)


def _known(zone: str, network: Network) -> Iterator[Server]:
    found = resolve(zone, "NS", network)
    for name in found.rdatas if found else ():
        yield from _at_its_addresses(name, network)


def _at_its_addresses(name: str, network: Network) -> Iterator[Server]:
    for rtype in ("A", "AAAA"):
        found = resolve(name, rtype, network)
        servers = [
            Server(absolute(name), address, _PORT)
            for address in (found.rdatas if found else ())
            if _may_be_asked(address, network)
        ]
        if servers:
            yield from servers
            return


def _may_be_asked(address: str, network: Network) -> bool:
    return network.allow_private or ip_address(address).is_global


def _delegated(zone: str, network: Network) -> tuple[Server, ...]:
    """Return the servers that the parent's own servers name, with their glue."""
    for server in parents(zone, network):
        reply = exchange(server, zone, "NS", recurse=False)
        if reply is not None and (found := tuple(_referral(reply, zone, network))):
            return found
    return ()


def parents(zone: str, network: Network) -> Iterator[Server]:
    """Yield the servers of the closest zone above *zone* that has any."""
    labels = absolute(zone).split(".")
    for depth in range(1, len(labels)):
        servers = tuple(_known(".".join(labels[depth:]) or ".", network))
        if servers:
            yield from servers
            return


def _referral(
    reply: "dns.message.Message", zone: str, network: Network
) -> Iterator[Server]:
    import dns.name
    import dns.rdatatype

    owner = dns.name.from_text(zone)
    named = _find(reply.authority, owner, dns.rdatatype.NS) or _find(
        reply.answer, owner, dns.rdatatype.NS
    )
    for rdata in named or ():
        name = rdata.to_text()
        glue = _find(reply.additional, dns.name.from_text(name), dns.rdatatype.A)
        addresses = [address.to_text() for address in glue or ()]
        if addresses:
            for address in addresses:
                if _may_be_asked(address, network):
                    yield Server(absolute(name), address, _PORT)
        else:
            yield from _at_its_addresses(name, network)


def _answer(reply: "dns.message.Message", name: str, rtype: str) -> Answer | None:
    """Return what *reply* says; ``None`` for a referral: it knows no better."""
    import dns.flags
    import dns.name
    import dns.rdatatype

    with_authority = bool(reply.flags & dns.flags.AA)
    kind = dns.rdatatype.from_text(rtype)
    found = _find(reply.answer, dns.name.from_text(name), kind)
    if found:
        ours = presentation.rrset(found)
        return Answer(ours.ttl, ours.rdatas, with_authority)
    for rrset in reply.authority:
        if rrset.rdtype == dns.rdatatype.SOA:
            soa = rrset[0]
            seconds = min(rrset.ttl, getattr(soa, "minimum", rrset.ttl))
            return Answer(timedelta(seconds=seconds), (), with_authority)
    alias = _find(reply.answer, dns.name.from_text(name), dns.rdatatype.CNAME)
    if alias or with_authority:
        believed = timedelta(seconds=alias.ttl if alias else 0)
        return Answer(believed, (), with_authority)
    return None


def _find(
    section: "list[dns.rrset.RRset]",
    name: "dns.name.Name",
    kind: "dns.rdatatype.RdataType",
) -> "dns.rrset.RRset | None":
    for rrset in section:
        if rrset.name == name and rrset.rdtype == kind:
            return rrset
    return None


def exchange(
    server: Server, name: str, rtype: str, *, recurse: bool
) -> "dns.message.Message | None":
    """Return the whole reply with NOERROR or NXDOMAIN, or ``None``.

    At most two datagrams and one TCP connection, ``LIMIT`` each. A server that chokes
    on EDNS is asked once more without (RFC 6891 section 6.2.2).
    """
    import dns.exception
    import dns.rcode

    payload: int | None = _PAYLOAD
    for _ in range(_TRIES):
        try:
            reply = _once(server, name, rtype, recurse=recurse, payload=payload)
        except dns.exception.Timeout:
            continue
        except (dns.exception.DNSException, OSError, EOFError, ValueError):
            return None
        if reply.rcode() in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
            return reply
        if reply.rcode() not in (dns.rcode.FORMERR, dns.rcode.BADVERS):
            return None
        payload = None
    return None


def _once(
    server: Server, name: str, rtype: str, *, recurse: bool, payload: int | None
) -> "dns.message.Message":
    import dns.flags
    import dns.message

    flags = dns.flags.RD if recurse else dns.flags.Flag(0)
    query = dns.message.make_query(
        name, rtype, use_edns=payload is not None, payload=payload, flags=flags
    )
    return converse(server, query, patient=True)


def converse(
    server: Server, query: "dns.message.Message", *, patient: bool
) -> "dns.message.Message":
    """Return the reply to *query*: by UDP, or by TCP where that is cut short.

    ``LIMIT`` each. Who is *patient* waits on after a datagram without sense, which
    others may have sent. The socket is connected, so that a machine at which nobody
    listens is told by its own word (RFC 1122, 4.1.3.3), and not by silence. Raises
    ``OSError``, ``dns.exception.Timeout`` and what a reply that makes no sense raises.
    """
    import dns.inet
    import dns.message
    import dns.query

    seconds = LIMIT.total_seconds()
    with socket(dns.inet.af_for_address(server.address), SOCK_DGRAM) as line:
        line.setblocking(False)
        line.connect((server.address, server.port))
        until = time() + seconds
        dns.query.send_udp(line, query, None, until)
        try:
            reply, _, _ = dns.query.receive_udp(
                line,
                expiration=until,
                raise_on_truncation=True,
                ignore_errors=patient,
                query=query,
            )
        except dns.message.Truncated:
            return dns.query.tcp(query, server.address, seconds, server.port)
    if not query.is_response(reply):
        raise dns.query.BadResponse
    return cast("dns.message.Message", reply)
