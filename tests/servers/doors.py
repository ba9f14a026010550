"""Port 53 at loopback addresses, each leading to one BIND, which has a view for each.

BIND listens only at addresses that an interface has. So each question is passed on to
it *from* the address that it came to, and the views tell by that whom was asked.
"""

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress


@contextmanager
def doors(addresses: Sequence[str], upstream: int) -> Iterator[None]:
    """Pass on what comes to port 53 of *addresses* until the block ends; needs root."""
    with ExitStack() as stack:
        for address in addresses:
            udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            udp.bind((address, 53))
            tcp = socket.create_server((address, 53))
            for listener, serve in ((udp, _datagrams), (tcp, _lines)):
                thread = threading.Thread(
                    target=serve, args=(listener, address, upstream), daemon=True
                )
                thread.start()
                stack.callback(thread.join, 5)
                stack.callback(_close, listener)
        yield


def _close(listener: socket.socket) -> None:
    with suppress(OSError):
        listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def _datagrams(listener: socket.socket, address: str, upstream: int) -> None:
    def one(asked: bytes, client: tuple[str, int]) -> None:
        with (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line,
            suppress(OSError),
        ):
            line.settimeout(5)
            line.bind((address, 0))
            line.sendto(asked, ("127.0.0.1", upstream))
            listener.sendto(line.recv(65535), client)

    with suppress(OSError):
        while True:
            asked, client = listener.recvfrom(65535)
            if not asked:
                return
            threading.Thread(target=one, args=(asked, client), daemon=True).start()


def _lines(listener: socket.socket, address: str, upstream: int) -> None:
    def one(client: socket.socket) -> None:
        with client, suppress(OSError):
            server = socket.create_connection(
                ("127.0.0.1", upstream), 5, source_address=(address, 0)
            )
            with server:
                back = threading.Thread(target=_copy, args=(server, client))
                back.daemon = True
                back.start()
                _copy(client, server)
                back.join(5)

    with suppress(OSError):
        while True:
            client, _ = listener.accept()
            threading.Thread(target=one, args=(client,), daemon=True).start()


def _copy(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65535):
            sink.sendall(piece)
        sink.shutdown(socket.SHUT_WR)
