"""A proxy that misbehaves on demand, and remembers that it did.

A script names one fault a request, in order; when it is used up, requests pass.
``only`` restricts it to requests in whose first line that pattern is found (``PUT``).

pass · hang (never answers) · reset (RST at once) · lose (forwards, then drops the
answer) · cut:N or cut:N% (closes after so much of the request's body)
status:N[:Code[:Seconds]] (an S3 error, with Retry-After) · drip (a byte at a time)
short (half of the answer's body) · forged:BODY (a 200 with that body, nothing is done)
kill (kills process ``victim`` before forwarding) · killed (… after it was carried out)
hold (forwards only when ``release`` is set) · then:NAME (calls ``hooks[NAME]`` first)
"""

import os
import re
import signal
import socket
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from attrs import define, field

_ERROR = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    "<Error><Code>{code}</Code><Message>made by the test</Message></Error>"
)


@define
class Proxy:
    upstream: int
    script: list = field(factory=list)
    always: str = ""
    only: str = ""
    hits: list = field(factory=list)
    seen: list = field(factory=list)
    heads: list = field(factory=list)
    hooks: dict = field(factory=dict)
    release: threading.Event = field(factory=threading.Event)
    port: int = 0
    victim: int = 0
    ends: threading.Event = field(factory=threading.Event)
    lock: threading.Lock = field(factory=threading.Lock)

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.port}"

    def misbehave(self, *faults, always="", only=""):
        with self.lock:
            self.script, self.always, self.only = list(faults), always, only
            self.hits, self.seen, self.heads = [], [], []

    def fault(self, first_line):
        with self.lock:
            self.seen.append(first_line)
            if not re.search(self.only, first_line):
                return "pass"
            fault = self.script.pop(0) if self.script else self.always or "pass"
            if fault != "pass":
                self.hits.append(fault)
            return fault

    def serve(self, client):
        """Carry one connection, request by request."""
        server = socket.create_connection(("127.0.0.1", self.upstream))
        with client, server, suppress(OSError):
            while head := _read_head(client):
                if not self.one(client, server, head):
                    return

    def one(self, client, server, head):
        """Carry one request; return whether the connection goes on."""
        self.heads.append(head.decode("latin-1"))
        fault = self.fault(head.split(b"\r\n", 1)[0].decode())
        verb, _, rest = fault.partition(":")
        length = _length(head)
        if verb in ("hang", "reset", "cut", "kill"):
            self._give_up(client, verb, _share(rest, length))
            return False
        body = _read(client, length)
        if verb == "hold":
            self.release.wait(30)
        if verb == "then":
            self.hooks[rest]()
        if verb in ("status", "forged"):
            client.sendall(_error(rest) if verb == "status" else _good(rest.encode()))
            return True
        server.sendall(head + body)
        answer = _read_head(server)
        if not head.startswith(b"HEAD"):
            answer = _joined(answer, server)
        if verb == "killed":
            os.kill(self.victim, signal.SIGKILL)
        if verb in ("lose", "killed"):
            return False
        if verb == "short":
            client.sendall(answer[: -(_length(answer) // 2) or None])
            return False
        if verb == "drip":
            return self._drip(client, answer)
        client.sendall(answer)
        return True

    def _drip(self, client, answer):
        for byte in answer:
            if self.ends.wait(0.05):
                return False
            client.sendall(bytes([byte]))
        return True

    def _give_up(self, client, verb, length):
        """Leave a request unanswered, in one of the ways there are."""
        if verb == "hang":
            self.ends.wait()
        elif verb == "reset":
            client.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            )
        elif verb == "cut":
            _read(client, length)
        else:
            os.kill(self.victim, signal.SIGKILL)


def _share(rest, length):
    if rest.endswith("%"):
        return length * int(rest[:-1]) // 100
    return min(int(rest or 0), length)


def _good(body):
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


def _error(words):
    number, code, seconds = (*words.split(":"), "", "")[:3]
    body = _ERROR.format(code=code or "InternalError").encode()
    later = f"Retry-After: {seconds}\r\n" if seconds else ""
    return (
        f"HTTP/1.1 {number} X\r\nContent-Type: application/xml\r\n{later}"
        f"Date: Sun, 22 Nov 2026 03:00:00 GMT\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body


def _read_head(sock):
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        piece = sock.recv(1)
        if not piece:
            return b""
        head += piece
    return head


def _joined(head, server):
    """Return the whole answer below *head*; what comes chunked gets a length."""
    found = re.search(rb"\r\ntransfer-encoding: *chunked", head, re.IGNORECASE)
    if not found:
        return head + _read(server, _length(head))
    body = b""
    while size := int(_read_line(server), 16):
        body += _read(server, size)
        _read(server, 2)
    _read(server, 2)
    length = b"\r\nContent-Length: %d" % len(body)
    return head[: found.start()] + length + head[found.end() :] + body


def _read_line(sock):
    line = b""
    while not line.endswith(b"\r\n"):
        line += _read(sock, 1) or b"0\r\n"
    return line


def _length(head):
    found = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
    return int(found[1]) if found else 0


def _read(sock, length):
    body = b""
    while len(body) < length:
        piece = sock.recv(length - len(body))
        if not piece:
            break
        body += piece
    return body


@contextmanager
def fault_proxy(upstream: int, faults: Sequence[str] = ()) -> Iterator[Proxy]:
    """Listen on a free loopback port until the block ends."""
    proxy = Proxy(upstream, list(faults))
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    proxy.port = listener.getsockname()[1]

    def accept():
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                threading.Thread(
                    target=proxy.serve, args=(client,), daemon=True
                ).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.ends.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)
