"""A shop's server on loopback that misbehaves in every way that we have names for."""

import gzip
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

NAME = "kwiaty.example"
WORDS = "Dodaj do koszyka"
PAGE = f"<!doctype html><title>Kwiaty</title><button>{WORDS}</button>".encode()

Behave = Callable[[socket.socket], None]


@contextmanager
def shop(
    behave: Behave,
    tls: ssl.SSLContext | None = None,
    port: int = 0,
    address: str = "127.0.0.1",
) -> Iterator[int]:
    """Listen on loopback; *behave* has each connection, after TLS, in a thread."""
    listener = socket.create_server((address, port), backlog=128)

    def one(peer: socket.socket) -> None:
        with suppress(OSError), peer:
            peer.settimeout(10)
            if tls is None:
                behave(peer)
            else:
                with tls.wrap_socket(peer, server_side=True) as secured:
                    behave(secured)

    def serve() -> None:
        with suppress(OSError):
            while True:
                peer, _ = listener.accept()
                threading.Thread(target=one, args=(peer,), daemon=True).start()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


@contextmanager
def black_hole(address: str = "127.0.0.1", port: int = 0) -> Iterator[int]:
    """Drop every SYN: the queue of a listener who never accepts is full."""
    with socket.socket() as listener, socket.socket() as first:
        listener.bind((address, port))
        listener.listen(0)
        first.connect(listener.getsockname())
        yield listener.getsockname()[1]


def heard(peer: socket.socket) -> bytes:
    """Read one request's head."""
    head = b""
    while b"\r\n\r\n" not in head and (more := peer.recv(4096)):
        head += more
    return head


def answering(status: int = 200, body: bytes = PAGE, *headers: str) -> Behave:
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}", *headers]
    head = "\r\n".join([*lines, "Connection: close", "", ""]).encode()

    def behave(peer: socket.socket) -> None:
        heard(peer)
        peer.sendall(head + body)

    return behave


def saying(raw: bytes) -> Behave:
    def behave(peer: socket.socket) -> None:
        heard(peer)
        peer.sendall(raw)

    return behave


def silent(peer: socket.socket) -> None:
    """Take the request and never answer."""
    heard(peer)
    peer.recv(1)


def dripping(prefix: bytes) -> Behave:
    """Send *prefix*, then a byte now and then, for ever."""

    def behave(peer: socket.socket) -> None:
        heard(peer)
        peer.sendall(prefix)
        while True:
            peer.sendall(b"x")
            time.sleep(0.05)

    return behave


def resetting(peer: socket.socket) -> None:
    heard(peer)
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def redirecting(where: Callable[[str], str]) -> Behave:
    """Redirect each path to ``where(path)``; a target without a slash is the page."""

    def behave(peer: socket.socket) -> None:
        path = heard(peer).split()[1].decode()
        target = where(path)
        if target:
            said = f"HTTP/1.1 302 Found\r\nLocation: {target}\r\nContent-Length: 0\r\n"
            peer.sendall(f"{said}Connection: close\r\n\r\n".encode())
        else:
            size = f"Content-Length: {len(PAGE)}\r\nConnection: close\r\n\r\n"
            peer.sendall(b"HTTP/1.1 200 OK\r\n" + size.encode() + PAGE)

    return behave


def gzipped(body: bytes = PAGE) -> Behave:
    return answering(200, gzip.compress(body), "Content-Encoding: gzip")


def bomb() -> Behave:
    """A few kilobytes that become 64 MB; made in pieces, to cost this process none."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    packed = b"".join(packer.compress(bytes(2**20)) for _ in range(64))
    return answering(200, packed + packer.flush(), "Content-Encoding: gzip")
