"""A TCP proxy that breaks a connection after so many bytes, and remembers that."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from attrs import define, field


@define
class Pipe:
    """``after`` counts the client's bytes; then it will ``hang`` or ``reset``."""

    upstream: int
    after: int | None = None
    fault: str = "reset"
    hits: list = field(factory=list)
    port: int = 0
    ends: threading.Event = field(factory=threading.Event)

    def serve(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            server = socket.create_connection(("127.0.0.1", self.upstream))
            with server:
                threading.Thread(
                    target=_copy, args=(server, client), daemon=True
                ).start()
                self._forward(client, server)

    def _forward(self, client: socket.socket, server: socket.socket) -> None:
        carried = 0
        while self.after is None or carried < self.after:
            piece = client.recv(1024)
            if not piece:
                return
            server.sendall(piece)
            carried += len(piece)
        self.hits.append(self.fault)
        if self.fault == "hang":
            self.ends.wait()
            return
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65536):
            target.sendall(piece)


@contextmanager
def pipe(upstream: int) -> Iterator[Pipe]:
    """Listen on a free loopback port until the block ends."""
    made = Pipe(upstream)
    listener = socket.create_server(("127.0.0.1", 0))
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
        made.ends.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)
