"""One request is bounded, whatever the server does."""

import asyncio
import errno
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fallback.core.config import Network
from fallback.wire.web.http import NEVER_SENT, FailureKind, FetchFailed, Reply, ask

SOON = timedelta(seconds=1)
LAB = Network(allow_private=True)

Behaviour = Callable[[socket.socket], None]


@contextmanager
def server(behave: Behaviour, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Listen on a free loopback port; *behave* has each connection in a thread."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=one, args=(peer,), daemon=True).start()

    def one(peer: socket.socket) -> None:
        with peer:
            try:
                if tls is not None:
                    with tls.wrap_socket(peer, server_side=True) as secured:
                        behave(secured)
                else:
                    behave(peer)
            except OSError:
                pass

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()


def saying(answer: bytes) -> Behaviour:
    """Return a server that reads the request, answers and closes."""

    def behave(peer: socket.socket) -> None:
        peer.recv(65536)
        peer.sendall(answer)

    return behave


def get(port: int, network: Network = LAB, scheme: str = "http", **more: int) -> Reply:
    """Ask the local server as ``shop.example``."""
    return ask(
        f"{scheme}://shop.example/a?b=1",
        at=("127.0.0.1", port),
        network=network,
        deadline=SOON,
        **more,
    )


def test_it_asks_by_address_with_the_shops_own_name() -> None:
    """Host and path come from the address the customer typed, not from the pin."""
    asked: list[bytes] = []

    def behave(peer: socket.socket) -> None:
        asked.append(peer.recv(65536))
        peer.sendall(
            b"HTTP/1.1 503 Away\r\nRetry-After: 60\r\nContent-Length: 2\r\n\r\nno"
        )

    with server(behave) as port:
        reply = get(port)

    assert (reply.status, reply.body, reply.truncated) == (503, b"no", False)
    assert reply.header("retry-after") == "60"
    assert asked[0].startswith(b"GET /a?b=1 HTTP/1.1\r\nHost: shop.example\r\n")
    assert b"Accept-Encoding: identity" in asked[0]


def test_a_body_over_the_cap_is_cut_and_says_so() -> None:
    """A server cannot make us keep more than we chose."""
    body = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + b"x" * 5000

    with server(saying(body)) as port:
        reply = get(port, cap=1000)

    assert (len(reply.body), reply.truncated) == (1000, True)


def test_a_dripping_body_is_cut_at_the_deadline() -> None:
    """One deadline covers the whole request, not each read."""
    stop = threading.Event()

    def drip(peer: socket.socket) -> None:
        peer.recv(65536)
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n")
        while not stop.wait(0.05):
            peer.sendall(b"x")

    with server(drip) as port:
        reply = get(port)
    stop.set()

    assert reply.truncated
    assert 0 < len(reply.body) < 900


def silent(peer: socket.socket) -> None:
    """Read for ever and say nothing."""
    while peer.recv(65536):
        pass


@pytest.mark.parametrize(
    ("behave", "scheme", "kind"),
    [
        (silent, "http", FailureKind.HTTP_TIMEOUT),
        (silent, "https", FailureKind.TLS_TIMEOUT),
        (saying(b""), "http", FailureKind.EMPTY),
        (saying(b"SSH-2.0-OpenSSH_9.2\r\n"), "http", FailureKind.HTTP_GARBAGE),
        (saying(b"HTTP/1.1 400 no TLS here\r\n\r\n"), "https", FailureKind.TLS),
    ],
)
def test_each_way_of_not_answering_has_its_own_name(
    behave: Behaviour, scheme: str, kind: FailureKind
) -> None:
    """What was seen decides later whether a shop is down or only odd."""
    with server(behave) as port, pytest.raises(FetchFailed) as failed:
        get(port, scheme=scheme)

    assert failed.value.kind is kind


def test_a_closed_port_is_refused() -> None:
    """Nothing listens: the clearest of all answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(FetchFailed) as failed:
        get(port)

    assert failed.value.kind is FailureKind.REFUSED


@pytest.mark.parametrize("url", ["https:// evil/", "http://shop.example/a b"])
def test_an_address_that_nobody_can_ask_for_gives_no_answer(url: str) -> None:
    with pytest.raises(FetchFailed) as failed:
        ask(url, network=LAB, at=("127.0.0.1", 1), deadline=SOON)

    assert failed.value.kind in NEVER_SENT


@pytest.mark.parametrize("code", [errno.EHOSTUNREACH, errno.ETIMEDOUT])
def test_a_route_that_breaks_in_mid_conversation_gives_no_answer(
    code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    hit: list[int] = []

    async def read(_: asyncio.StreamReader, size: int) -> bytes:
        hit.append(size)
        raise OSError(code, "the route is gone")

    monkeypatch.setattr(asyncio.StreamReader, "read", read)
    with server(silent) as port, pytest.raises(FetchFailed) as failed:
        get(port)

    assert hit, "the fault was hit"
    assert failed.value.kind not in NEVER_SENT, "it may have been heard"


def test_private_addresses_are_refused_unless_allowed() -> None:
    """A name that leads into the watcher's own network is not followed."""
    with server(saying(b"")) as port, pytest.raises(FetchFailed) as failed:
        get(port, network=Network())

    assert failed.value.kind is FailureKind.PRIVATE


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a lab authority and certificates signed by it."""
    folder = tmp_path_factory.mktemp("tls")

    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    openssl(
        *[
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-keyout",
            "ca.key",
            "-out",
            "ca.pem",
            "-days",
            "2",
        ],
        *("-subj", "/CN=lab", "-addext", "keyUsage=critical,keyCertSign"),
    )
    for name, days in (("shop.example", "2"), ("other.example", "2")):
        openssl(
            *f"req -newkey rsa:2048 -nodes -keyout {name}.key -out {name}.csr".split(),
            *("-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"),
        )
        openssl(
            *f"x509 -req -in {name}.csr -CA ca.pem -CAkey ca.key -days {days}".split(),
            *f"-CAcreateserial -copy_extensions copy -out {name}.pem".split(),
        )
    return folder


def certified(folder: Path, name: str) -> ssl.SSLContext:
    """Return a server's context with the certificate of *name*."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
    return context


def test_a_valid_chain_is_believed_and_its_end_is_told(authority: Path) -> None:
    """The lab's authority is trusted beside the system's when it is configured."""
    network = Network(allow_private=True, ca_file=authority / "ca.pem")
    answer = saying(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    with server(answer, certified(authority, "shop.example")) as port:
        reply = get(port, network=network, scheme="https")

    assert reply.certificate_ends is not None
    assert reply.certificate_ends > datetime.now(UTC)


@pytest.mark.parametrize(
    ("name", "trusted", "kind"),
    [
        ("other.example", True, FailureKind.TLS_NAME),
        ("shop.example", False, FailureKind.TLS_UNTRUSTED),
    ],
)
def test_a_bad_certificate_is_named(
    authority: Path, name: str, trusted: bool, kind: FailureKind
) -> None:
    """A browser would refuse it too, and the owner needs to know why."""
    ca_file = authority / "ca.pem" if trusted else None
    network = Network(allow_private=True, ca_file=ca_file)
    with (
        server(saying(b""), certified(authority, name)) as port,
        pytest.raises(FetchFailed) as failed,
    ):
        get(port, network=network, scheme="https")

    assert failed.value.kind is kind
