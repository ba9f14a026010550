"""A name server for one zone file: authoritative answers over UDP and TCP.

The file is read again whenever it changes, so an edit is live with the next question; a
file that cannot be read leaves the last good zone in force, as BIND does. It knows what
a stub resolver and the product ask for: CNAME chains, wildcards (RFC 4592), NODATA and
NXDOMAIN with the SOA (RFC 2308). It transfers and updates nothing.
"""

import socket
import socketserver
import struct
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Lock, Thread

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.node
import dns.rcode
import dns.rdatatype
import dns.rrset
import dns.zone
from attrs import define, field, frozen

_LONGEST_CHAIN = 8
_EDNS_PAYLOAD = 1232
_ATTEMPTS = 20

_CNAME = dns.rdatatype.CNAME


@frozen
class Address:
    """Where the name server listens, over UDP and TCP alike."""

    address: str
    port: int

    def __str__(self) -> str:
        return f"{self.address}:{self.port}"


@contextmanager
def answering(zone_file: Path, zone: str, address: str) -> Iterator[Address]:
    """Answer for *zone* from *zone_file* on a free port until the block ends.

    Raises ``OSError`` when *address* is not this machine's, and dnspython's errors when
    the file is no zone to begin with.
    """
    source = _Source(zone_file, dns.name.from_text(zone))
    source.read()
    with ExitStack() as stack:
        tcp, udp = _pair(address, source)
        for server in (tcp, udp):
            thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
            stack.callback(thread.join)
            stack.callback(server.server_close)
            stack.callback(server.shutdown)
            thread.start()
        yield Address(address, int(tcp.server_address[1]))


def _pair(address: str, source: "_Source") -> tuple["_TcpServer", "_UdpServer"]:
    """Return both servers on one port; a port free for TCP may be taken for UDP."""
    for attempt in range(_ATTEMPTS):
        tcp = _TcpServer((address, 0), _TcpHandler)
        try:
            udp = _UdpServer((address, int(tcp.server_address[1])), _UdpHandler)
        except OSError:
            tcp.server_close()
            if attempt == _ATTEMPTS - 1:
                raise
            continue
        tcp.source = udp.source = source
        return tcp, udp
    raise AssertionError("the loop returns or raises")


@define
class _Source:
    """The zone as the file has it now."""

    path: Path
    origin: dns.name.Name
    seen: tuple[int, int, int] | None = None
    zone: dns.zone.Zone | None = None
    lock: Lock = field(factory=Lock)

    def read(self) -> dns.zone.Zone:
        with self.lock:
            about = self.path.stat()
            stamp = (about.st_mtime_ns, about.st_size, about.st_ino)
            if self.zone is None or stamp != self.seen:
                text = self.path.read_text("utf-8")
                self.zone = dns.zone.from_text(text, self.origin, relativize=False)
                self.seen = stamp
            return self.zone

    def current(self) -> dns.zone.Zone:
        try:
            return self.read()
        except (OSError, ValueError, dns.exception.DNSException):
            if self.zone is None:
                raise
            return self.zone


def respond(query: dns.message.Message, zone: dns.zone.Zone) -> dns.message.Message:
    """Return the authoritative answer to *query*, whose only question is answered."""
    reply = dns.message.make_response(query, our_payload=_EDNS_PAYLOAD)
    origin = zone.origin
    if origin is None or not query.question:
        reply.set_rcode(dns.rcode.FORMERR)
        return reply
    name, rtype = query.question[0].name, query.question[0].rdtype
    if not name.is_subdomain(origin):
        reply.set_rcode(dns.rcode.REFUSED)
        return reply
    reply.flags |= dns.flags.AA
    for _ in range(_LONGEST_CHAIN):
        node = _node(zone, name)
        if node is None:
            reply.set_rcode(dns.rcode.NXDOMAIN)
            break
        alias = node.get_rdataset(zone.rdclass, _CNAME)
        found = node.get_rdataset(zone.rdclass, rtype)
        if found is not None:
            reply.answer.append(dns.rrset.from_rdata_list(name, found.ttl, list(found)))
            return reply
        if alias is None:
            break
        reply.answer.append(dns.rrset.from_rdata_list(name, alias.ttl, list(alias)))
        name = alias[0].target
        if not name.is_subdomain(origin):
            return reply
    soa = zone.get_rdataset(origin, dns.rdatatype.SOA)
    if soa is not None:
        reply.authority.append(dns.rrset.from_rdata_list(origin, soa.ttl, list(soa)))
    return reply


def _node(zone: dns.zone.Zone, name: dns.name.Name) -> dns.node.Node | None:
    """Return what stands at *name*: itself, nothing but children, or the wildcard.

    The wildcard is the one at the closest encloser that exists (RFC 4592 section 3.3).
    """
    if (node := zone.get_node(name)) is not None:
        return node
    if _has_children(zone, name):
        return dns.node.Node()  # type: ignore[no-untyped-call]
    encloser = name.parent()
    while encloser != zone.origin and not (
        zone.get_node(encloser) or _has_children(zone, encloser)
    ):
        encloser = encloser.parent()
    return zone.get_node(dns.name.from_text("*", origin=encloser))


def _has_children(zone: dns.zone.Zone, name: dns.name.Name) -> bool:
    return any(other.is_subdomain(name) for other in zone.nodes)


def _answer(wire: bytes, source: _Source) -> dns.message.Message | None:
    try:
        return respond(dns.message.from_wire(wire), source.current())
    except (dns.exception.DNSException, OSError, ValueError):
        return None  # not a question: silence is what a real server gives


class _TcpServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    source: _Source

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep quiet: a client that hangs up is no error of ours."""


class _UdpServer(socketserver.ThreadingUDPServer):
    daemon_threads = True
    source: _Source


class _UdpHandler(socketserver.BaseRequestHandler):
    server: _UdpServer

    def handle(self) -> None:
        wire, peer = self.request
        if (reply := _answer(wire, self.server.source)) is not None:
            sock: socket.socket = peer
            with suppress(OSError):
                sock.sendto(_within(reply), self.client_address)


def _within(reply: dns.message.Message) -> bytes:
    """Return the reply for UDP; one that is too long says TC, and is asked by TCP."""
    try:
        return reply.to_wire(max_size=_EDNS_PAYLOAD)
    except dns.exception.TooBig:
        reply.answer, reply.authority = [], []
        reply.flags |= dns.flags.TC
        return reply.to_wire()


class _TcpHandler(socketserver.StreamRequestHandler):
    server: _TcpServer
    timeout = 10

    def handle(self) -> None:
        with suppress(OSError):
            while len(head := self.rfile.read(2)) == 2:
                (length,) = struct.unpack("!H", head)
                reply = _answer(self.rfile.read(length), self.server.source)
                if reply is None:
                    return
                wire = reply.to_wire(max_size=65535)
                self.wfile.write(struct.pack("!H", len(wire)) + wire)
