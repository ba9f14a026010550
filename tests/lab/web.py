"""The lab's web and mail servers: a certificate for each name, answers to bend."""

import socket
import ssl
from contextlib import suppress
from email.utils import formatdate
from threading import Lock

from attrs import define, field

from fallback.wire.web.listen import Request
from fallback.wire.web.page_server import Folder, respond_from
from tests.servers import shop


@define
class Keys:
    """Which context is shown for each name; ``otherwise`` for any other."""

    contexts: dict
    otherwise: ssl.SSLContext

    def server(self) -> ssl.SSLContext:
        """Return a context for one server: the name that is asked for decides."""
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)

        def choose(secured, name, _):
            secured.context = self.contexts.get(name, self.otherwise)

        made.sni_callback = choose
        return made


@define
class Web:
    """One web server. ``respond`` maps a host's name to what answers for it.

    ``bend`` may change an answer, or take the connection itself: see ``at``.
    """

    respond: dict
    otherwise: object
    bend: object = None
    asked: list = field(factory=list)
    lock: Lock = field(factory=Lock)

    def behave(self, peer: socket.socket) -> None:
        head = shop.heard(peer).decode("latin-1")
        if not head:
            return
        first, *lines = head.split("\r\n")
        method, target, _ = first.split(" ")
        pairs = (line.partition(": ") for line in lines if line)
        request = Request(method, target, {k.lower(): v for k, _, v in pairs})
        name = request.headers.get("host", "").partition(":")[0]
        with self.lock:
            self.asked.append((method, name, target))
        answer = self.respond.get(name, self.otherwise)(request)
        if self.bend is not None:
            answer = self.bend(name, request, answer, peer)
        if answer is None:
            return
        headers = [*answer.headers, ("Content-Length", str(len(answer.body)))]
        headers.append(("Date", formatdate(usegmt=True)))
        said = "".join(f"{key}: {value}\r\n" for key, value in headers)
        start = f"HTTP/1.1 {answer.status} X\r\n{said}Connection: close\r\n\r\n"
        body = b"" if method == "HEAD" else answer.body
        peer.sendall(start.encode("latin-1") + body)


def page_host(folder, status: str) -> Web:
    """Return a host of the page: 200 at its status address, 503 for the shop's."""
    published = Folder(folder)
    return Web(
        {status: respond_from(published, status_address=True)}, respond_from(published)
    )


GREETING = b"220 mx.test ESMTP\r\n"


def greeting(peer: socket.socket, said: bytes | None) -> None:
    """Speak as much SMTP as anybody needs who does not send a mail; or say nothing."""
    peer.sendall(said or b"")
    with suppress(OSError):
        while line := peer.recv(1000):
            if line.upper().startswith(b"QUIT"):
                peer.sendall(b"221 2.0.0 bye\r\n")
                return
            peer.sendall(b"250 mx.test\r\n")
