"""The addresses of a name by the system's resolver, for whoever cannot wait for ever.

``getaddrinfo`` has no deadline, and nothing can interrupt it: with a name server that
swallows questions it takes what ``resolv.conf`` says, often half a minute. So it runs
in a daemon thread that is left behind when the time is up, and joined by nobody.
(asyncio would run it in threads that ``asyncio.run`` joins before it returns.)
"""

import socket
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from queue import Empty, SimpleQueue
from threading import Thread

_Found = list[str] | OSError


def addresses(host: str, within: timedelta) -> list[str]:
    """Return the addresses of *host*, each once, in the system's order.

    Raises ``OSError``; ``TimeoutError`` when nobody has answered *within*.
    """
    heard: SimpleQueue[_Found] = SimpleQueue()
    _ask(host, heard.put)
    try:
        return _or_raised(heard.get(timeout=max(within.total_seconds(), 0.001)))
    except Empty:
        raise TimeoutError(f"nobody says in time where {host} is") from None


async def addresses_meanwhile(host: str) -> list[str]:
    """Return what ``addresses`` does, inside asyncio, for as long as the caller waits.

    Raises ``OSError``.
    """
    # half of those who look up a name need none of it
    import asyncio

    loop = asyncio.get_running_loop()
    answer: asyncio.Future[_Found] = loop.create_future()

    def settle(found: _Found) -> None:
        if not answer.done():
            answer.set_result(found)

    def heard(found: _Found) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, found)

    _ask(host, heard)
    return _or_raised(await answer)


def _ask(host: str, heard: Callable[[_Found], None]) -> None:
    def look() -> None:
        try:
            found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except OSError as error:
            heard(error)
        except ValueError as error:  # an impossible name: UnicodeError, or a NUL in it
            heard(OSError(f"{host!r} is no name: {error}"))
        else:
            heard(list(dict.fromkeys(str(entry[4][0]) for entry in found)))

    Thread(target=look, daemon=True).start()


def _or_raised(found: _Found) -> list[str]:
    if isinstance(found, OSError):
        raise found
    return found
