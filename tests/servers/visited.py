"""A status address over HTTP or TLS whose answers a test may bend, one by one."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from attrs import define, evolve, field

from fallback.wire.web.listen import Answer, Request
from fallback.wire.web.page_server import Folder, respond_from
from tests.servers import shop


@define
class Visited:
    """Answers from a published folder; ``bend`` may change each answer.

    ``asked`` holds (method, target, user agent) of every request, in order.
    """

    folder: Path
    status_address: bool = True
    bend: Callable[[Request, Answer], Answer | None] = lambda _, answer: answer
    asked: list = field(factory=list)
    port: int = 0
    scheme: str = "http"
    lock: Lock = field(factory=Lock)

    @property
    def url(self):
        host = "localhost" if self.scheme == "https" else "127.0.0.1"
        return f"{self.scheme}://{host}:{self.port}"

    def targets(self, method="GET"):
        return [target for verb, target in self.asked if verb == method]

    def behave(self, peer):
        """Answer one request; no answer at all when ``bend`` says ``None``."""
        head = shop.heard(peer).decode("latin-1")
        if not head:
            return
        first, *lines = head.split("\r\n")
        method, target, _ = first.split(" ")
        pairs = (line.partition(": ") for line in lines if line)
        request = Request(method, target, {k.lower(): v for k, _, v in pairs})
        with self.lock:
            self.asked.append((method, target))
        whole = respond_from(Folder(self.folder), status_address=self.status_address)
        answer = self.bend(request, whole(request))
        if answer is None:
            return
        headers = [*answer.headers, ("Content-Length", str(len(answer.body)))]
        said = "".join(f"{name}: {value}\r\n" for name, value in headers)
        start = f"HTTP/1.1 {answer.status} X\r\n{said}Connection: close\r\n\r\n"
        peer.sendall(start.encode("latin-1") + answer.body)


@contextmanager
def visited(
    folder: Path, tls: ssl.SSLContext | None = None, **more: object
) -> Iterator[Visited]:
    """Listen on a free loopback port until the block ends."""
    place = Visited(folder, scheme="https" if tls else "http", **more)
    with shop.shop(place.behave, tls) as place.port:
        yield place


def at(target, method="GET", **changes):
    """Return a ``bend`` that changes the answers to *method* at *target*.

    A *target* that is callable decides by itself.
    """
    hit = target if callable(target) else lambda asked: asked == target

    def bend(request, answer):
        matches = request.method == method and hit(request.target)
        return evolve(answer, **changes) if matches else answer

    return bend
