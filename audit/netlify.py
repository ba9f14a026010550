"""The built page as Netlify answers with it: ``netlify dev``, and its own parsers.

The program runs Netlify's rules on this machine. Its file server names types and
caching by itself, so these two are looked up in what Netlify's parsers read from
``_headers``. ``/index.html`` is a known exception: the rule's target shows as a file.
"""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from audit.outcome import Fault, Outcome, say
from audit.sites import Site
from audit.tools import Tools
from fallback.core.config import Network
from fallback.core.model import MANIFEST
from fallback.wire.web.http import FetchFailed, Reply, ask

_PATIENCE = 90.0
_NETWORK = Network(canaries=(), allow_private=True)
_FOREIGN = (
    "/",
    "/produkt/123",
    "/index.php?route=product&id=7",
    "/wc-api/x",
    "/404.html",
    "/_headers",
    "/_redirects",
    "/.well-known/security.txt",
    "//evil.example/",
    "/%2e%2e/x",
)
_NEVER_ASKED = ("404.html", "_headers", "_redirects")
_OTHERS = ("PUT", "PATCH", "DELETE", "OPTIONS")
_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"


def answered(tools: Tools, sites: Sequence[Site]) -> Outcome:
    """Ask every question of a visitor of *sites*, one running Netlify after another."""
    faults: list[Fault] = []
    questions = 0
    for site in sites:
        say(f"  {site.name}")
        faults += [Fault(f"{site.name}: rules", what) for what in _read(tools, site)]
        with _running(tools, site) as base:
            for where, what in _looked(base, site):
                questions += 1
                if what:
                    faults.append(Fault(f"{site.name} {where}", what))
    line = (
        f"- Netlify's own program, {len(sites)} sites: {questions} questions asked,"
        f" {len(faults)} answered wrongly."
    )
    return Outcome((line,), tuple(faults))


def _files(site: Site) -> Mapping[str, Mapping[str, str]]:
    manifest = json.loads((site.public / MANIFEST).read_text("utf-8"))
    found: Mapping[str, Mapping[str, str]] = manifest["files"]
    return found


def _read(tools: Tools, site: Site) -> Iterator[str]:
    """Yield what is wrong with the rules as Netlify's parsers understand them."""
    script = Path(__file__).with_name("netlify_rules.mjs")
    done = subprocess.run(
        [tools.node, script, tools.modules, site.public],
        check=True,
        capture_output=True,
        text=True,
    )
    found = json.loads(done.stdout)
    yield from found["errors"]
    statuses = [rule["status"] for rule in found["redirects"]]
    if not statuses or statuses.pop() != 503 or set(statuses) != {200}:
        yield f"the rules answer {statuses} and not 200, at last 503"
    if not found["redirects"] or not found["redirects"][-1]["force"]:
        yield "the last rule is not forced"
    for path, about in _files(site).items():
        said = _said(found["headers"], f"/{path}".replace("/index.html", "/"))
        yield from _compared(path, about, said)


def _said(rules: Sequence[Mapping[str, Any]], path: str) -> Mapping[str, list[str]]:
    """Return each header that *rules* give to *path*, with every value of it."""
    found: dict[str, list[str]] = {}
    for rule in rules:
        start, star, _ = rule["for"].partition("*")
        if path.startswith(start) if star else path == rule["for"]:
            for name, value in rule["values"].items():
                found.setdefault(name.lower(), []).append(value)
    return found


def _compared(
    path: str, about: Mapping[str, str], said: Mapping[str, list[str]]
) -> Iterator[str]:
    for name, values in said.items():
        if len(values) > 1:
            yield f"{path} gets {name} from {len(values)} rules, joined by a comma"
    kept = said.get("cache-control")
    if kept != [about["cache_control"]] and path not in _NEVER_ASKED:
        yield f"{path} is kept {kept}"
    kinds = said.get("content-type", [about["content_type"]])
    if kinds != [about["content_type"]]:
        yield f"{path} is {kinds}"


def _looked(base: str, site: Site) -> Iterator[tuple[str, str]]:
    """Yield each question, with what is wrong about its answer."""
    front = (site.public / "index.html").read_bytes()
    for path in _FOREIGN:
        for method in ("GET", "HEAD"):
            yield f"{method} {path}", _page(_asked(base, path, method), front, method)
        for method in _OTHERS:
            yield f"{method} {path}", _refused(_asked(base, path, method), only=503)
    for path in (*_FOREIGN, "/index.html", "/robots.txt", "/_fallback/feed.json"):
        for kind in (_FORM, _JSON, ""):
            reply = _asked(base, path, "POST", kind)
            yield f"POST {path} {kind}", _refused(reply)
    for path in _files(site):
        if path not in ("index.html", *_NEVER_ASKED):
            reply = _asked(base, f"/{path}", "GET")
            yield f"GET /{path}", _ours(reply, site.public / path)
    yield (
        "GET /index.html",
        _ours(_asked(base, "/index.html"), site.public / "index.html"),
    )
    yield "GET /_fallback/nothing", _refused(_asked(base, "/_fallback/nothing"))


def _asked(base: str, path: str, method: str = "GET", kind: str = "") -> Reply:
    return ask(
        f"{base}{path}",
        network=_NETWORK,
        method=method,
        headers={"Content-Type": kind} if kind else None,
        body=b"a=b" if method == "POST" else b"",
        cap=1024 * 1024,
    )


def _page(reply: Reply, front: bytes, method: str) -> str:
    if reply.status != 503:
        return f"answers {reply.status} and not 503"
    if method == "GET" and reply.body != front:
        return "answers with something else than the page"
    return _headed(reply)


def _headed(reply: Reply) -> str:
    if not reply.header("retry-after"):
        return "has no Retry-After"
    if reply.header("x-content-type-options") != "nosniff":
        return "has no X-Content-Type-Options"
    if "default-src 'none'" not in reply.header("content-security-policy"):
        return "has no Content-Security-Policy"
    return ""


def _refused(reply: Reply, only: int = 0) -> str:
    """Return what is wrong about an answer that must not look like success."""
    if reply.status < 400 or (only and reply.status != only):
        return f"answers {reply.status}"
    return ""


def _ours(reply: Reply, file: Path) -> str:
    if reply.status != 200:
        return f"answers {reply.status} and not 200"
    if reply.body != file.read_bytes():
        return "answers with other bytes than were built"
    if (
        "/feed" in file.as_posix()
        and reply.header("access-control-allow-origin") != "*"
    ):
        return "cannot be asked from another origin"
    return _headed(reply)


@contextmanager
def _running(tools: Tools, site: Site) -> Iterator[str]:
    """Run ``netlify dev`` on *site*, offline and without what it would download."""
    port = _free_port()
    base = f"http://127.0.0.1:{port}"
    with TemporaryFile("w+") as log:
        process = subprocess.Popen(
            [
                *(tools.node, tools.modules / "netlify-cli" / "bin" / "run.js", "dev"),
                *("--offline", "--internal-disable-edge-functions", "--no-open"),
                *("--framework", "#static", "--dir", site.public.name),
                *("--port", str(port)),
            ],
            cwd=site.public.parent,
            env={**tools.environment, "CI": "1"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            if not _up(process, base):
                log.seek(0)
                raise RuntimeError(f"netlify dev does not start: {log.read()[-2000:]}")
            yield base
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(15)


def _up(process: "subprocess.Popen[bytes]", base: str) -> bool:
    until = time.monotonic() + _PATIENCE
    while process.poll() is None and time.monotonic() < until:
        try:
            ask(f"{base}/robots.txt", network=_NETWORK)
        except FetchFailed:
            time.sleep(0.3)
        else:
            return True
    return False


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
