"""The generated worker in Cloudflare's own runtime, asked as visitors ask it.

``wrangler dev`` runs workerd and the vendor's asset router on this machine, without the
internet. Its answers are compared with the built site, under the shop's name and at the
status address.
"""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from attrs import define, field

from audit.outcome import Fault, Outcome, say
from audit.sites import STATUS_ADDRESS, Site
from audit.tools import Tools
from fallback.actions.build import build
from fallback.actions.site import load
from fallback.core.config import Network
from fallback.core.model import MANIFEST, BuiltFile, BuiltSite
from fallback.wire.cloudflare.release import Release
from fallback.wire.cloudflare.workers import COMPATIBILITY, MAIN, ROUTING, Asset
from fallback.wire.web.http import FetchFailed, Reply, ask
from fallback.wire.web.page_server import headers_of

SHOP = "kwiaty.example"
STATUS = urlsplit(STATUS_ADDRESS).hostname or ""
_PATIENCE = 60.0
_NOT_ASKED_FOR = ("index.html", "404.html", "_headers", "_redirects")
_FOREIGN = (
    *("/index.html", "/404.html", "/_headers", "/_redirects", "/_fallback/", "/%ff"),
    *("/product/123", "/koszyk?add=12&utm_source=x", "/wc-api/x", "//other.example/"),
)
_WRITES = ("POST", "PUT", "PATCH", "DELETE", "OPTIONS")


@define
class _Visit:
    """Asks the runtime, and gathers what is not as it should be."""

    port: int
    files: Mapping[str, BuiltFile]
    faults: list[Fault] = field(factory=list)
    asked: int = 0

    def expect(
        self,
        path: str,
        status: int,
        file: str,
        *,
        method: str = "GET",
        host: str = SHOP,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Ask for *path* of *host*; the answer is *status* with the body of *file*."""
        self.asked += 1
        reply = ask(
            f"http://{host}{path}",
            network=Network(allow_private=True),
            at=("127.0.0.1", self.port),
            method=method,
            headers=headers,
            cap=4 * 1024 * 1024,
        )
        bare = method == "HEAD" or status == 304
        wrong = {
            "status": reply.status != status,
            "body": reply.body != (b"" if bare else self.files[file].body),
            "headers": bool(self._lacking(reply, file)),
            "Retry-After": (status == 503) is not bool(reply.header("retry-after")),
        }
        said = [what for what, is_wrong in wrong.items() if is_wrong]
        if said:
            what = f"{reply.status}, wrong are: {', '.join(said)}"
            self.faults.append(Fault(f"worker, {method} {host}{path}", what))
        return reply

    def _lacking(self, reply: Reply, file: str) -> list[str]:
        wanted = {
            **dict(headers_of(self.files, self.files[file])),
            # a pass to the vendor's edge: kept nowhere
            "Cloudflare-CDN-Cache-Control": "no-store",
        }
        return [
            name
            for name, value in wanted.items()
            if reply.header(name.lower()) != value
        ]


def asked(tools: Tools, site: Site, folder: Path) -> Outcome:
    """Return what the runtime answers that runs the worker of *site*."""
    built = build(load(site.source), out=None).site
    with _runtime(tools, built, folder / "worker") as port:
        visit = _Visit(port, {file.path: file for file in built})
        _pages(visit)
        _files(visit)
        _writes(visit)
    say(f"  {visit.asked} questions")
    line = (
        f"- Cloudflare's runtime ({tools.version('wrangler')}) with the generated"
        f" worker, {visit.asked} questions: {len(visit.faults)} wrong answers."
    )
    return Outcome(("", line), tuple(visit.faults))


def _pages(visit: _Visit) -> None:
    front = "index.html"
    for path in ("/", *_FOREIGN):
        visit.expect(path, 503, front)
        visit.expect(path, 503, front, method="HEAD")
    for host in (STATUS, "kwiaty-fallback.ania.workers.dev"):
        visit.expect("/", 200, front, host=host)
        visit.expect("/index.html", 200, front, host=host)
        visit.expect("/", 200, front, host=host, method="HEAD")
        visit.expect("/product/123", 503, front, host=host)


def _files(visit: _Visit) -> None:
    for path in visit.files:
        if path in _NOT_ASKED_FOR:
            continue
        for host in (SHOP, STATUS):
            reply = visit.expect(f"/{path}", 200, path, host=host)
            known = {"If-None-Match": reply.header("etag")}
            visit.expect(f"/{path}", 304, path, host=host, headers=known)
            part = {"Range": "bytes=0-3"}
            visit.expect(f"/{path}?v=1", 200, path, host=host, headers=part)
            visit.expect(f"/{path}", 200, path, host=host, method="HEAD")


def _writes(visit: _Visit) -> None:
    for method in _WRITES:
        for host in (SHOP, STATUS):
            for path in ("/", "/wc-api/x?order=1", "/robots.txt", "/sw.js"):
                visit.expect(path, 503, "index.html", method=method, host=host)
            for path, file in visit.files.items():
                own = file.content_type.startswith("text/html")
                if own and path not in _NOT_ASKED_FOR:
                    visit.expect(f"/{path}", 503, path, method=method, host=host)


@contextmanager
def _runtime(tools: Tools, site: BuiltSite, folder: Path) -> Iterator[int]:
    """Yield the port where the vendor's runtime answers with the worker of *site*."""
    _written(site, folder)
    port, said = _free_port(), folder.with_suffix(".log")  # it watches its folder
    with said.open("wb") as log:
        process = subprocess.Popen(
            [
                *(str(tools.node), str(tools.wrangler), "dev"),
                *("--config", "wrangler.json", "--ip", "127.0.0.1"),
                *("--port", str(port), "--show-interactive-dev-session=false"),
            ],
            cwd=folder,
            env={**tools.environment, "CI": "1", "WRANGLER_SEND_METRICS": "false"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # it has children, and they end with it
        )
    try:
        _await(process, port, said)
        yield port
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _written(site: BuiltSite, folder: Path) -> None:
    assets = folder / "assets"
    assets.mkdir(parents=True)
    for name, text in Release.of(site, Release(), [STATUS]).modules().items():
        (folder / name).write_text(text, "utf-8")
    for file in site:
        if file.path != MANIFEST:
            (assets / Asset.of(file.body).hash).write_bytes(file.body)
    settings = {
        "name": "kwiaty-fallback",
        "main": MAIN,
        "compatibility_date": COMPATIBILITY,
        "no_bundle": True,  # exactly what is uploaded
        "find_additional_modules": True,
        "rules": [{"type": "Text", "globs": ["*.txt"], "fallthrough": False}],
        "assets": {"directory": "assets", "binding": "ASSETS", **ROUTING},
    }
    (folder / "wrangler.json").write_text(json.dumps(settings), "utf-8")


def _await(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    ends = time.monotonic() + _PATIENCE
    while time.monotonic() < ends and process.poll() is None:
        try:
            ask(f"http://127.0.0.1:{port}/", network=Network(allow_private=True))
        except FetchFailed:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"wrangler dev did not start:\n{log.read_text('utf-8')}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
