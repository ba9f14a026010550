"""What customers are told, asked of real and of misbehaving name servers."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import dns.flags
import dns.message
import dns.rcode
import pytest

from fallback.core.config import Network
from fallback.probes import resolver
from fallback.probes.resolver import Answer, Server
from tests.servers import zones
from tests.servers.bind import Bind, free_port, running

SECONDS = timedelta(seconds=1)


@pytest.fixture(scope="module")
def bind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bind]:
    """A BIND with one name that has more to say than a datagram holds."""
    words = "".join(f'big TXT "{number} {"x" * 200}"\n' for number in range(30))
    with running(tmp_path_factory.mktemp("bind"), text=zones.TEXT + words) as server:
        yield server


@pytest.fixture
def network(bind: Bind) -> Network:
    return Network(resolvers=(bind.server,))


@pytest.fixture
def server(bind: Bind) -> Server:
    return Server("ns1", "127.0.0.1", bind.port)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fallback.wire.dns.nameservers.LIMIT", SECONDS / 5)


def test_a_server_says_what_it_holds_itself(server: Server, network: Network) -> None:
    assert resolver.ask(server, "kwiaty.example", "A", network) == Answer(
        300 * SECONDS, ("192.0.2.10", "192.0.2.11"), authoritative=True
    )


def test_a_servers_cname_is_not_followed(server: Server, network: Network) -> None:
    alias = resolver.ask(server, "www.kwiaty.example", "A", network)
    assert alias == Answer(600 * SECONDS, (), authoritative=True)
    cname = resolver.ask(server, "www.kwiaty.example", "CNAME", network)
    assert cname == Answer(600 * SECONDS, ("kwiaty.example.",), authoritative=True)


@pytest.mark.parametrize("name", ["mail.kwiaty.example", "no.www.kwiaty.example"])
def test_no_is_an_answer_with_the_time_it_may_be_believed(
    server: Server, network: Network, name: str
) -> None:
    """NODATA and NXDOMAIN alike (RFC 2308)."""
    said = resolver.ask(server, name, "HTTPS", network)
    assert said is not None
    assert said.rrset is None
    assert said.ttl == 300 * SECONDS


def test_an_answer_that_no_datagram_holds_comes_whole(
    server: Server, network: Network
) -> None:
    said = resolver.ask(server, "big.kwiaty.example", "TXT", network)
    assert said is not None
    assert len(said.rdatas) == 30


def test_a_server_of_another_zone_gives_no_answer(
    server: Server, network: Network
) -> None:
    assert resolver.ask(server, "other.example", "A", network) is None
    assert resolver.resolve("other.example", "A", network) is None


def test_a_customer_is_led_along_the_chain(network: Network) -> None:
    """``panel`` → ``www`` → the apex; the shortest TTL counts."""
    assert resolver.resolve("panel.kwiaty.example", "A", network) == Answer(
        300 * SECONDS, ("192.0.2.10", "192.0.2.11"), authoritative=True
    )
    assert resolver.addresses("panel.kwiaty.example", network) == (
        "192.0.2.10",
        "192.0.2.11",
        "2001:db8::10",
    )


def test_a_chain_that_leaves_the_zone_is_asked_for_again(
    bind: Bind, tmp_path: Path
) -> None:
    text = "@ 60 SOA a b 1 1 1 1 9\n@ 60 NS ns.elsewhere.test.\n@ 60 A 198.51.100.7\n"
    assert bind.nsupdate("update add away.kwiaty.example. 90 CNAME page.test.") == ""
    with running(tmp_path, text=text, zone="page.test", dynamic=False) as page:
        both = Network(resolvers=(bind.server, page.server))
        assert resolver.resolve("away.kwiaty.example", "A", both) == Answer(
            60 * SECONDS, ("198.51.100.7",), authoritative=True
        )
        one = Network(resolvers=(bind.server,))
        assert resolver.resolve("away.kwiaty.example", "A", one) is None


def test_a_loop_ends(bind: Bind, network: Network) -> None:
    for here, there in (("one", "two"), ("two", "one")):
        said = bind.nsupdate(
            f"update add {here}.kwiaty.example. 60 CNAME {there}.kwiaty.example."
        )
        assert said == ""
    assert resolver.resolve("one.kwiaty.example", "A", network) is None


def test_a_laboratory_is_its_own_authority(bind: Bind, network: Network) -> None:
    assert resolver.authoritative("kwiaty.example", network) == (
        Server(bind.server, "127.0.0.1", bind.port),
    )


def test_nobody_can_be_asked_about_an_unknown_zone(network: Network) -> None:
    assert resolver.authoritative("other.example", network) == ()


def test_the_parents_delegation_is_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The referral's own glue counts; a name server without address is left out."""
    text = (
        "$TTL 60\n@ SOA ns host 1 1 1 1 1\n@ NS ns\nns A 127.0.0.1\n"
        "kwiaty NS ns1.kwiaty\nkwiaty NS ns.elsewhere.test.\n"
        "ns1.kwiaty A 127.0.53.2\nns1.kwiaty A 127.0.53.3\n"
    )
    with running(tmp_path, text=text, zone="example", dynamic=False) as parent:
        monkeypatch.setattr("fallback.wire.dns.nameservers._PORT", parent.port)
        lab = Network(resolvers=(parent.server,), allow_private=True)
        assert set(resolver.authoritative("kwiaty.example", lab)) == {
            Server("ns1.kwiaty.example.", "127.0.53.2", parent.port),
            Server("ns1.kwiaty.example.", "127.0.53.3", parent.port),
        }
        public = Network(resolvers=(parent.server,))
        assert resolver.authoritative("kwiaty.example", public) == ()


def test_a_private_address_is_not_asked_unless_allowed(server: Server) -> None:
    assert resolver.ask(server, "kwiaty.example", "A", Network()) is None
    allowed = Network(allow_private=True)
    assert resolver.ask(server, "kwiaty.example", "A", allowed) is not None


@pytest.mark.usefixtures("quick")
def test_silence_is_no_answer(network: Network) -> None:
    with _answering(lambda _: b"") as (port, heard):
        assert _asked(port, network) is None
    assert len(heard) == 2


@pytest.mark.usefixtures("quick")
def test_nobody_at_the_port_is_no_answer(network: Network) -> None:
    assert _asked(free_port(), network) is None


@pytest.mark.usefixtures("quick")
def test_garbage_is_not_believed(network: Network) -> None:
    with _answering(lambda wire: wire[:2] + b"\xff" * 40) as (port, heard):
        assert _asked(port, network) is None
    assert heard


@pytest.mark.parametrize("code", [dns.rcode.REFUSED, dns.rcode.SERVFAIL])
def test_a_refusal_is_no_answer(network: Network, code: dns.rcode.Rcode) -> None:
    def refuse(wire: bytes) -> bytes:
        reply = dns.message.make_response(dns.message.from_wire(wire))
        reply.set_rcode(code)
        return reply.to_wire()

    with _answering(refuse) as (port, heard):
        assert _asked(port, network) is None
    assert len(heard) == 1


def test_a_server_that_chokes_on_edns_is_asked_without(network: Network) -> None:
    def old(wire: bytes) -> bytes:
        query = dns.message.from_wire(wire)
        reply = dns.message.make_response(query)
        reply.use_edns(False)
        reply.flags |= dns.flags.AA
        if query.edns >= 0:
            reply.set_rcode(dns.rcode.FORMERR)
        return reply.to_wire()

    with _answering(old) as (port, heard):
        said = _asked(port, network)
    assert said == Answer(timedelta(), (), authoritative=True)
    assert len(heard) == 2


def test_an_address_is_read_with_and_without_a_port() -> None:
    assert Server.parse("192.0.2.1") == Server("192.0.2.1", "192.0.2.1", 53)
    assert Server.parse("192.0.2.1:5301").port == 5301
    assert Server.parse("[2001:db8::1]:5301").address == "2001:db8::1"
    assert Server.parse("2001:db8::1").port == 53
    for wrong in ("ns1.example", "192.0.2.1:dns", "", "192.0.2.256"):
        with pytest.raises(ValueError, match=r".+"):
            Server.parse(wrong)


def _asked(port: int, network: Network) -> Answer | None:
    there = Server("odd", "127.0.0.1", port)
    return resolver.ask(there, "kwiaty.example", "A", network)


@contextmanager
def _answering(
    respond: Callable[[bytes], bytes],
) -> Iterator[tuple[int, list[bytes]]]:
    """Answer datagrams with *respond*; an empty answer is not sent."""
    heard: list[bytes] = []
    with socket.socket(type=socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        udp.settimeout(0.05)
        over = threading.Event()

        def serve() -> None:
            while not over.is_set():
                try:
                    wire, sender = udp.recvfrom(4096)
                except TimeoutError:
                    continue
                heard.append(wire)
                if answer := respond(wire):
                    udp.sendto(answer, sender)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield udp.getsockname()[1], heard
        finally:
            over.set()
            thread.join()
