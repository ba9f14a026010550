"""Connections to one server: reached, under TLS, and before they are needed.

Whoever knows where a server is says so here before anything else is loaded: packets
travel while Python reads the rest of the program. So nothing is imported at the top
that the first packet can do without.
"""

import errno
import os
import selectors
import socket
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from contextvars import copy_context
from datetime import timedelta
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread

from attrs import define, field, frozen

from fallback.core.config import Network
from fallback.core.settings.addresses import is_address
from fallback.wire import deadline
from fallback.wire.dns import lookup
from fallback.wire.web.unanswered import NoAnswer

_Ready = SimpleQueue[socket.socket | NoAnswer]
_SET_OUT = (0, errno.EINPROGRESS, errno.EWOULDBLOCK)


class Stale(NoAnswer):
    """A connection that the server had closed before we used it."""


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
class Server:
    """What answers at ``host:port``; safe to use from several threads."""

    host: str
    port: int
    secure: bool
    network: Network
    bounds: Bounds = field(factory=Bounds)
    _coming: deque[_Ready] = field(factory=deque, repr=False)
    _reached: deque[socket.socket] = field(factory=deque, repr=False)
    _addresses: tuple[str, ...] = ()
    _wanted: int = 0

    def __attrs_post_init__(self) -> None:
        """Hang up when nobody needs the server any more."""
        weakref.finalize(self, _hang_up, self._coming, self._reached)

    def warm(self, count: int, *, perhaps: int = 0) -> None:
        """Open *count* connections meanwhile: what is to be sent need not wait.

        *perhaps* as many more are needed: these only reach the server. A handshake of
        TLS costs both sides more computing than a small request.
        """
        if self.secure and count:
            _begin(self._prepare)
        if is_address(self.host):  # nobody has to be asked where that is
            self._addresses = (self.host,)
            self._set_out(count)
        for _ in range(count):
            ready: _Ready = SimpleQueue()
            if _begin(partial(self._make_ready, ready)):
                self._coming.append(ready)
        if self._addresses:
            self._set_out(perhaps)
        else:
            self._wanted = perhaps

    def coming(self) -> socket.socket | None:
        """Return a connection that was opened meanwhile, or ``None``.

        Raises ``NoAnswer`` for one that could not be.
        """
        with suppress(IndexError):
            made = self._coming.popleft().get()
            if isinstance(made, socket.socket):
                return made
            if not isinstance(made, Stale):
                raise made
        return None

    def connect(self) -> socket.socket:
        """Return a new connection, ready to be spoken on. Raises ``NoAnswer``."""
        with suppress(IndexError, Stale):
            return self._secured(self._arrived(self._reached.pop()))
        return self._secured(self._reach())

    def _prepare(self) -> None:
        from fallback.wire.web.trust import tls_context

        with suppress(OSError):  # whoever asks for it will meet it again, and say it
            tls_context(self.network.ca_file, verify=True)

    def _make_ready(self, ready: _Ready) -> None:
        made: socket.socket | NoAnswer = NoAnswer("it was given up")
        try:
            made = self.connect()
        except NoAnswer as failed:
            made = failed
        finally:
            ready.put(made)  # somebody may be waiting for it

    def _set_out(self, count: int) -> None:
        """Set out for the server *count* times, at the address that is known."""
        with suppress(OSError):  # whoever needs one will try again, and say it
            for address in self._addresses[:1] * count:
                family = socket.AF_INET6 if ":" in address else socket.AF_INET
                begun = socket.socket(family, socket.SOCK_STREAM)
                begun.setblocking(False)
                if begun.connect_ex((address, self.port)) in _SET_OUT:
                    self._reached.append(begun)
                else:
                    begun.close()

    def _arrived(self, begun: socket.socket) -> socket.socket:
        """Return *begun* when it has reached the server; raises ``NoAnswer``."""
        with selectors.DefaultSelector() as waiting:
            waiting.register(begun, selectors.EVENT_WRITE)
            arrived = waiting.select(_s(deadline.left(self.bounds.connect)))
        failed = begun.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if failed or not arrived:
            self._forget(begun)
            raise NoAnswer(os.strerror(failed) if failed else "timed out")
        begun.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return begun

    def _forget(self, begun: socket.socket) -> None:
        """Give *begun* up, and all that set out with it for the same address."""
        self._addresses = ()
        begun.close()
        with suppress(IndexError):
            while True:
                self._reached.pop().close()

    def _reach(self) -> socket.socket:
        failure = OSError(f"{self.host} has no address")
        try:
            found = self._addresses or self._looked_up()
        except OSError as error:
            raise NoAnswer(error) from error
        for address in found:
            wait = _s(deadline.left(self.bounds.connect))
            try:
                connection = socket.create_connection(
                    (address, self.port), wait or 0.001
                )
            except OSError as error:
                failure = error
                continue
            self._addresses = (address,)  # the others need not look for it again
            wanted, self._wanted = self._wanted, 0
            self._set_out(wanted)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return connection
        self._addresses = ()
        raise NoAnswer(failure) from failure

    def _secured(self, connection: socket.socket) -> socket.socket:
        """Return *connection* under TLS, where the server is to have that.

        Raises ``NoAnswer``; ``Stale`` when the server hung up meanwhile.
        """
        if not self.secure:
            return connection
        import ssl

        from fallback.wire.web.trust import tls_context

        wait = _s(deadline.left(self.bounds.connect))
        connection.settimeout(wait or 0.001)
        try:
            context = tls_context(self.network.ca_file, verify=True)
            return context.wrap_socket(connection, server_hostname=self.host)
        except (ssl.SSLEOFError, ConnectionError) as error:
            connection.close()
            raise Stale(error) from error
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

            from fallback.wire.web.http import ask_resolvers

            return asyncio.run(ask_resolvers(self.host, self.network.resolvers))
        return lookup.addresses(self.host, deadline.left(self.bounds.lookup))


def _hang_up(coming: deque[_Ready], reached: deque[socket.socket]) -> None:
    for connection in reached:
        connection.close()
    for ready in coming:
        with suppress(Empty):
            if isinstance(made := ready.get_nowait(), socket.socket):
                made.close()


def _begin(work: Callable[[], None]) -> bool:
    """Let *work* be done meanwhile; say whether it was begun.

    A machine that gives no more threads opens its connections when they are needed.
    """
    with suppress(RuntimeError):
        Thread(target=copy_context().run, args=(work,), daemon=True).start()
        return True
    return False


def _s(span: timedelta) -> float:
    return span.total_seconds()
