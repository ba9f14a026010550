"""A small HTTP server in a thread: for looking at the page, and for the demo's world.

One function answers every method, as ``page_server`` needs; no reverse look-up is
made and nothing is logged. It is no server for the open internet.
"""

import socket
import socketserver
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from attrs import frozen

_PATIENCE = 15.0  # seconds for one idle connection
_LARGEST_BODY = 1024 * 1024


@frozen
class Request:
    """What was asked: the target as spelled, header names in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]


@frozen
class Answer:
    """What is answered; ``Date``, ``Server`` and ``Content-Length`` are added."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""


Respond = Callable[[Request], Answer]


@frozen
class Listener:
    """A server that is listening, and the address it got."""

    address: str
    port: int

    @property
    def url(self) -> str:
        """Return the address as it is typed into a browser."""
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"http://{host}:{self.port}/"


def listening(
    respond: Respond, address: str, port: int = 0
) -> AbstractContextManager[Listener]:
    """Answer with *respond* at *address* until the block ends; port 0 takes a free one.

    Raises ``OSError``, at once, when the address is taken or is not this machine's.
    """
    return _serving(_Server(address, port, respond), address)


@contextmanager
def _serving(server: "_Server", address: str) -> Iterator[Listener]:
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield Listener(address, server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: str, port: int, respond: Respond) -> None:
        self.respond = respond
        self.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        super().__init__((address, port), _Handler)

    def server_bind(self) -> None:
        """Bind without asking DNS for this machine's full name, as the base would."""
        socketserver.TCPServer.server_bind(self)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep quiet: a visitor who hangs up is no error of ours."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "fallback"
    sys_version = ""
    timeout = _PATIENCE
    server: _Server

    def __getattr__(self, name: str) -> Callable[[], None]:
        # the base class looks for do_<METHOD>; here every method has an answer
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def _answer(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        if "content-length" in headers or "transfer-encoding" in headers:
            self._drain(headers)
        answer = self.server.respond(Request(self.command, self.path, headers))
        self.send_response(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        if answer.status != 304:
            self.send_header("Content-Length", str(len(answer.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD" and answer.status != 304:
            self.wfile.write(answer.body)

    def _drain(self, headers: Mapping[str, str]) -> None:
        """Read the body away, in bounds: closing on unread data loses the answer."""
        self.close_connection = True
        length = headers.get("content-length", "")
        if length.isdecimal() and "expect" not in headers:
            with suppress(OSError):
                self.rfile.read(min(int(length), _LARGEST_BODY))

    def handle_expect_100(self) -> bool:
        """Let the final answer say it all: no body is wanted (RFC 9110 10.1.1)."""
        return True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Log nothing."""
