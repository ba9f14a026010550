"""Kept connections to one HTTP server, for many small requests from many threads.

``fallback.wire.web.http`` asks a stranger once, and closes; here each request saves the
round trips of a connection and of TLS. Every wait has an end: connecting, silence, and
the whole exchange, so that a server that drips is given up like one that hangs.
"""

import io
import socket
import time
import weakref
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from http.client import HTTPException, HTTPResponse
from typing import Any

from attrs import define, field, frozen

from fallback.wire import deadline
from fallback.wire.web.connecting import Server, Stale
from fallback.wire.web.unanswered import NoAnswer

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


@define
class Pool:
    """Connections to one server, kept; safe to use from several threads."""

    server: Server
    _idle: deque[socket.socket] = field(factory=deque, repr=False)

    def __attrs_post_init__(self) -> None:
        """Hang up when nobody needs the pool any more."""
        weakref.finalize(self, _hang_up, self._idle)

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
            with suppress(Stale):
                return self._converse(kept, method, message, kept=True)
        return self._converse(self.server.connect(), method, message)

    def _kept(self) -> socket.socket | None:
        """Return a connection that is there, or about to be."""
        with suppress(IndexError):
            return self._idle.pop()
        return self.server.coming()

    def _converse(
        self,
        connection: socket.socket,
        method: str,
        message: bytes,
        *,
        kept: bool = False,
    ) -> Answer:
        travel = timedelta(seconds=len(message) / _BYTES_A_SECOND)
        span = deadline.left(self.server.bounds.whole + travel)
        wire = _Wire(
            connection, self.server.bounds.silence, time.monotonic() + _s(span)
        )
        reply = HTTPResponse(wire, method=method)  # type: ignore[arg-type]
        try:
            wire.send(message)
            reply.begin()
            body = _whole(reply)
        except (OSError, HTTPException) as error:
            connection.close()
            reset = isinstance(error, ConnectionError) and not wire.heard
            raise (Stale if kept and reset else NoAnswer)(error) from error
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


def _hang_up(idle: deque[socket.socket]) -> None:
    for connection in idle:
        connection.close()


def _whole(reply: HTTPResponse) -> bytes:
    """Return the body; raises ``HTTPException`` when it was cut, or is too much."""
    if (reply.length or 0) > CAP:
        raise HTTPException("the answer is too long")
    if reply.length is not None:  # only a read without one notices what is missing
        return reply.read()
    body = reply.read(CAP + 1)
    if len(body) > CAP:
        raise HTTPException("the answer is too long")
    return body


def _s(span: timedelta) -> float:
    return span.total_seconds()
