"""A relay before a name server that misbehaves at an UPDATE, and remembers that.

It carries whatever comes over TCP, one message a connection. What it does at the next
UPDATE (RFC 2136) is its ``fault``:

kill (kills process ``victim`` before it is passed on) · killed (… after it was carried
out) · cut (RST before it is passed on) · lose (passes it on, and drops the answer)
"""

import os
import signal
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from attrs import define, field

_UPDATE = 5  # the opcode


@define
class Relay:
    upstream: int
    fault: str = ""
    victim: int = 0
    hits: list = field(factory=list)
    port: int = 0

    def serve(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            asked = _message(client)
            update = asked[4] >> 3 & 15 == _UPDATE
            fault, self.fault = (self.fault, "") if update else ("", self.fault)
            if fault:
                self.hits.append(fault)
            if fault == "kill":
                os.kill(self.victim, signal.SIGKILL)
            if fault in ("kill", "cut"):
                return _reset(client)
            with socket.create_connection(("127.0.0.1", self.upstream)) as server:
                server.sendall(asked)
                if not fault:
                    return _copy(server, client)
                _message(server)
            if fault == "killed":
                os.kill(self.victim, signal.SIGKILL)
            return _reset(client)


def _message(line: socket.socket) -> bytes:
    """Return one message with the two bytes of its length (RFC 1035 section 4.2.2)."""
    length = _exactly(line, 2)
    return length + _exactly(line, struct.unpack("!H", length)[0])


def _exactly(line: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        piece = line.recv(size - len(found))
        if not piece:
            raise ConnectionResetError
        found += piece
    return found


def _copy(server: socket.socket, client: socket.socket) -> None:
    """Carry every answer: a transfer may be many messages."""
    threading.Thread(target=_until_closed, args=(client, server), daemon=True).start()
    while piece := server.recv(65536):
        client.sendall(piece)


def _until_closed(client: socket.socket, server: socket.socket) -> None:
    with suppress(OSError):
        client.recv(1)
        server.shutdown(socket.SHUT_RDWR)


def _reset(client: socket.socket) -> None:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@contextmanager
def relay(upstream: int) -> Iterator[Relay]:
    """Listen on a free loopback port until the block ends."""
    made = Relay(upstream)
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    made.port = listener.getsockname()[1]

    def accept() -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                threading.Thread(target=made.serve, args=(client,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)
