"""A good host on loopback: it compresses, and remembers what was asked."""

import gzip
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import define, evolve, field

from fallback.wire.web.listen import Answer, Listener, Request, listening
from fallback.wire.web.page_server import Folder, respond_from


@define
class Asked:
    """What was asked of a host, in the order of the questions."""

    log: list[tuple[float, str]] = field(factory=list)
    """Moment by the monotonic clock in seconds, and target."""

    def times(self, part: str) -> list[float]:
        """Return when targets that hold *part* were asked."""
        return [at for at, target in self.log if part in target]


@contextmanager
def host(
    folder: Path, *, status_address: bool = False
) -> Iterator[tuple[Listener, Asked]]:
    """Serve *folder* as the shop's address does, with 503, or as the status address."""
    asked = Asked()
    respond = respond_from(Folder(folder), status_address=status_address)
    with listening(_remembered(respond, asked), "127.0.0.1") as listener:
        yield listener, asked


def _remembered(
    respond: Callable[[Request], Answer], asked: Asked
) -> Callable[[Request], Answer]:
    def answer(request: Request) -> Answer:
        answered = respond(request)
        asked.log.append((time.monotonic(), request.target))
        return compressed(answered, request)

    return answer


def compressed(answer: Answer, request: Request) -> Answer:
    """Return *answer* as hosts send it to a browser that takes gzip."""
    if not answer.body or "gzip" not in request.headers.get("accept-encoding", ""):
        return answer
    headers = (("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding"))
    return evolve(
        answer,
        headers=(*answer.headers, *headers),
        body=gzip.compress(answer.body, 6, mtime=0),
    )
