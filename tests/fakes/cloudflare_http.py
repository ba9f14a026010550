"""What every fake of Cloudflare's API says the same way: answers, refusals, drips."""

import json
from contextlib import suppress
from http.server import BaseHTTPRequestHandler


class RefusedError(Exception):
    """Cloudflare says no: an HTTP status, and a code of its own with a message."""

    def __init__(self, status, code, message):
        self.status, self.code, self.message = status, code, message


def refused(error):
    """Return *error* as (status, content type, body)."""
    errors = [{"code": error.code, "message": error.message}]
    told = {"success": False, "errors": errors, "messages": [], "result": None}
    return error.status, "application/json", json.dumps(told).encode()


class Handler(BaseHTTPRequestHandler):
    """Any method is answered by ``do``, of the ``fake`` that the server carries."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def __getattr__(self, name):
        if name.startswith("do_"):
            return self.do
        raise AttributeError(name)

    def reply(self, status, kind, body, *, slowly=False, **more):
        """Answer, byte by byte where the test wants it *slowly*."""
        self.send_response(status)
        for name, value in {
            "Content-Type": kind,
            "Content-Length": str(len(body)),
            **{name.replace("_", "-"): value for name, value in more.items()},
        }.items():
            self.send_header(name, value)
        self.end_headers()
        with suppress(OSError):
            for at in range(0, len(body), 1 if slowly else len(body)):
                if slowly and self.server.fake.ends.wait(0.2):
                    return
                self.wfile.write(body[at : at + 1] if slowly else body)

    def log_message(self, *_):
        pass
