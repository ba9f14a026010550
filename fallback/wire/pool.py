"""Kept connections to one HTTP server, for many small requests from many threads.

``fallback.wire.http`` asks a stranger once, and closes; here each request saves the
round trips of a connection and of TLS. Every wait has an end: connecting, silence, and
the whole exchange, so that a server that drips is given up like one that hangs.
"""

import io
import socket
import ssl
import time
import weakref
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from contextvars import copy_context
from datetime import timedelta
from functools import partial
from http.client import HTTPException, HTTPResponse
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

from attrs import define, field, frozen

from fallback.core.config import Network
from fallback.wire import deadline, lookup
from fallback.wire.trust import prepare, tls_context
from fallback.wire.unanswered import NoAnswer

CAP = 64 * 1024 * 1024
"""The most that is kept of one answer, in bytes."""

_PIECE = 64 * 1024
_BYTES_A_SECOND = 16 * 1024  # as slow as an uplink may be before it is given up


@frozen
class Answer:
    """What the server said. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class _Stale(NoAnswer):
    """A kept connection that the server had closed before we used it again."""


@frozen
class Bounds:
    """How long to wait for a connection, in silence, and for a whole exchange.

    ``lookup`` is for the name alone: with one of two name servers dead, the system's
    resolver needs five seconds.
    """

    connect: timedelta = timedelta(seconds=3)
    silence: timedelta = timedelta(seconds=10)
    whole: timedelta = timedelta(seconds=20)
    lookup: timedelta = timedelta(seconds=10)


@define
class Pool:
    """Connections to ``host:port``; safe to use from several threads."""

    host: str
    port: int
    secure: bool
    network: Network
    bounds: Bounds = field(factory=Bounds)
    _idle: deque[socket.socket] = field(factory=deque, repr=False)
    _coming: "deque[SimpleQueue[socket.socket | None]]" = field(
        factory=deque, repr=False
    )
    _reached: deque[socket.socket] = field(factory=deque, repr=False)
    _addresses: Sequence[str] = ()

    def __attrs_post_init__(self) -> None:
        """Hang up when nobody needs the pool any more."""
        weakref.finalize(self, _hang_up, self._idle, self._coming, self._reached)

    def exchange(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        """Send one request that may be repeated, and return the answer to it.

        *headers* are sent as they are, with a length. Raises ``NoAnswer``. Redirects
        are answers like any other.
        """
        lines = [f"{method} {target} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if body or method in ("PUT", "POST"):
            lines.append(f"Content-Length: {len(body)}")
        assert not any("\r" in line or "\n" in line for line in lines)
        # head and body in one piece: small objects travel in one packet
        message = "\r\n".join([*lines, "", ""]).encode("latin-1") + body
        kept = self._kept()
        if kept is not None:
            with suppress(_Stale):
                return self._converse(kept, method, message, kept=True)
        return self._converse(self._connect(), method, message)

    def warm(self, count: int, *, perhaps: int = 0) -> None:
        """Open *count* connections meanwhile: what is to be sent need not wait.

        *perhaps* as many more are needed: these only reach the server. A handshake of
        TLS costs both sides more computing than a small request.
        """
        if self.secure and count:
            prepare(self.network.ca_file)
        works: list[Callable[[], None]] = [self._reach_one] * perhaps
        for _ in range(count):
            ready: SimpleQueue[socket.socket | None] = SimpleQueue()
            self._coming.append(ready)
            works.insert(0, partial(self._make_ready, ready))
        for work in works:
            Thread(target=copy_context().run, args=(work,), daemon=True).start()

    def _make_ready(self, ready: "SimpleQueue[socket.socket | None]") -> None:
        made = None
        try:
            with suppress(NoAnswer):  # whoever needs one will try again, and say it
                made = self._secured(self._reach())
        finally:
            ready.put(made)  # somebody may be waiting for it

    def _reach_one(self) -> None:
        with suppress(NoAnswer):
            self._reached.append(self._reach())

    def _kept(self) -> socket.socket | None:
        """Return a connection that is there, or about to be."""
        with suppress(IndexError):
            return self._idle.pop()
        with suppress(IndexError):
            return self._coming.popleft().get()
        return None

    def _connect(self) -> socket.socket:
        with suppress(IndexError, _Stale):
            return self._secured(self._reached.pop())
        return self._secured(self._reach())

    def _reach(self) -> socket.socket:
        failure = OSError(f"{self.host} has no address")
        try:
            found = self._addresses or self._looked_up()
        except OSError as error:
            raise NoAnswer(error) from error
        for address in found:
            wait = deadline.left(self.bounds.connect).total_seconds()
            try:
                connection = socket.create_connection(
                    (address, self.port), wait or 0.001
                )
            except OSError as error:
                failure = error
                continue
            self._addresses = (address,)  # the others need not look for it again
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return connection
        self._addresses = ()
        raise NoAnswer(failure) from failure

    def _secured(self, connection: socket.socket) -> socket.socket:
        """Return *connection* under TLS, where the server is to have that.

        Raises ``NoAnswer``; ``_Stale`` when the server hung up meanwhile.
        """
        if not self.secure:
            return connection
        wait = deadline.left(self.bounds.connect).total_seconds()
        connection.settimeout(wait or 0.001)
        try:
            context = tls_context(self.network.ca_file, verify=True)
            return context.wrap_socket(connection, server_hostname=self.host)
        except (ssl.SSLEOFError, ConnectionError) as error:
            connection.close()
            raise _Stale(error) from error
        except ssl.SSLError as error:
            connection.close()
            raise NoAnswer(error, untrusted=True) from error
        except OSError as error:
            connection.close()
            raise NoAnswer(error) from error

    def _looked_up(self) -> Sequence[str]:
        """Return the addresses that the system's resolver knows, or the owner's."""
        if self.network.resolvers:
            # most sites use the system's resolver, and need none of this
            import asyncio

            from fallback.wire.http import ask_resolvers

            return asyncio.run(ask_resolvers(self.host, self.network.resolvers))
        return lookup.addresses(self.host, deadline.left(self.bounds.lookup))

    def _converse(
        self,
        connection: socket.socket,
        method: str,
        message: bytes,
        *,
        kept: bool = False,
    ) -> Answer:
        travel = timedelta(seconds=len(message) / _BYTES_A_SECOND)
        span = deadline.left(self.bounds.whole + travel)
        wire = _Wire(connection, self.bounds.silence, time.monotonic() + _s(span))
        reply = HTTPResponse(wire, method=method)  # type: ignore[arg-type]
        try:
            wire.send(message)
            reply.begin()
            body = _whole(reply)
        except (OSError, HTTPException) as error:
            connection.close()
            reset = isinstance(error, ConnectionError) and not wire.heard
            raise (_Stale if kept and reset else NoAnswer)(error) from error
        if reply.will_close or not reply.isclosed():
            connection.close()
        else:
            self._idle.append(connection)
        headers = {name.lower(): value for name, value in reply.getheaders()}
        return Answer(reply.status, headers, body)


class _Wire(io.RawIOBase):
    """One exchange on a socket, with an end to each wait and to all of them."""

    def __init__(
        self, connection: socket.socket, silence: timedelta, ends: float
    ) -> None:
        self._connection = connection
        self._silence = _s(silence)
        self._ends = ends
        self.heard = False

    def _wait(self) -> None:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError("it took too long")
        self._connection.settimeout(min(self._silence, left))

    def send(self, message: bytes) -> None:
        """Send all of *message*, a piece at a time: a slow uplink is not silence."""
        for start in range(0, len(message), _PIECE):
            self._wait()
            self._connection.sendall(message[start : start + _PIECE])

    def makefile(self, _mode: str) -> Any:
        """Return what ``HTTPResponse`` reads from."""
        return io.BufferedReader(self, _PIECE)

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        self._wait()
        count = self._connection.recv_into(into)
        self.heard = self.heard or count > 0
        return count


def _hang_up(
    idle: deque[socket.socket],
    coming: "deque[SimpleQueue[socket.socket | None]]",
    reached: deque[socket.socket],
) -> None:
    for connection in (*idle, *reached):
        connection.close()
    for ready in coming:
        with suppress(Empty):
            if (made := ready.get_nowait()) is not None:
                made.close()


def _whole(reply: HTTPResponse) -> bytes:
    """Return the body; raises ``HTTPException`` when it was cut, or is too much."""
    if (reply.length or 0) > CAP:
        raise HTTPException("the answer is too long")
    # with a length, only a read without one notices that something is missing
    return reply.read() if reply.length is not None else reply.read(CAP)


def _s(span: timedelta) -> float:
    return span.total_seconds()
