"""The fake Netlify on loopback: its API on one port, its visitors on another."""

import json
import socket
import struct
import time
from contextlib import ExitStack, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from tests.fakes.netlify import FakeNetlify


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        """Keep quiet: whoever hangs up is part of the test."""


class _Api(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    fake: FakeNetlify

    def answer(self):
        kind, _, rest = self.fake.fault(self.command, self.path).partition(":")
        length = int(self.headers.get("Content-Length", 0))
        if kind in ("reset", "cut"):
            self.rfile.read(length // 2 if kind == "cut" else 0)
            return self.hang_up()
        body = self.rfile.read(length)
        if kind == "hang":
            self.fake.ends.wait(30)
            return self.hang_up()
        if kind in ("status", "limit"):
            return self.fault(kind, rest)
        headers = {name.lower(): value for name, value in self.headers.items()}
        status, found = self.fake.serve(self.command, self.path, headers, body)
        if kind == "lose":
            return self.hang_up()
        if isinstance(found, bytes):
            return self.send(status, found, "application/octet-stream", kind == "drip")
        written = b"" if found is None else json.dumps(found).encode()
        return self.send(status, written, "application/json", kind == "drip")

    def fault(self, kind, rest):
        number, _, seconds = rest.partition(":")
        extra = {}
        if kind == "limit":
            number, seconds = "429", number
            extra["X-RateLimit-Reset"] = str(int(time.time()) + int(seconds))
        elif seconds:
            extra["Retry-After"] = seconds
        words = json.dumps({"code": int(number), "message": "made by the test"})
        return self.send(int(number), words.encode(), "application/json", **extra)

    def send(self, status, body, kind, drip=False, **headers):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Connection", "close")
        self.close_connection = True
        self.end_headers()
        for at in range(len(body) if drip else 0):
            self.wfile.write(body[at : at + 1])
            if self.fake.ends.wait(1):
                return
        if not drip:
            self.wfile.write(body)

    def hang_up(self):
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close_connection = True
        with suppress(OSError):
            self.connection.close()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815

    def log_message(self, *args):
        """Log nothing."""


class _Web(_Api):
    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status, headers, body = self.fake.visit(self.command, self.path)
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815


@contextmanager
def netlify_server():
    """Serve a fresh ``FakeNetlify`` until the block ends."""
    fake = FakeNetlify()
    with ExitStack() as stack:
        fake.port = stack.enter_context(_serving(_Api, fake))
        fake.web_port = stack.enter_context(_serving(_Web, fake))
        try:
            yield fake
        finally:
            fake.ends.set()


@contextmanager
def _serving(handler, fake):
    server = _Server(("127.0.0.1", 0), type("Handler", (handler,), {"fake": fake}))
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
