"""The files that are for machines: workers, robots, host rules, and the manifest.

Headers come from our own table, never from a guess by file name, because hosts guess
differently. No browser shows anything again without asking: a cached page would outlive
the outage.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256

from attrs import evolve

from fallback.core.model import MANIFEST, BuiltFile, BuiltSite, Digest

SCHEMA = 1
LOG = "_fallback/log/"
ANNOUNCE = "_fallback/announce/"
CACHE = "public, max-age=0, s-maxage=30, must-revalidate"
"""Half a minute between us and a browser, nothing in it: a worker of the shop's that is
back would put what the browser holds into a cache of its own, and keep it."""
RETRY_AFTER = "3600"
"""Seconds after which a search engine may come back when nobody knows the ETA."""

_TYPES = {
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "xml": "application/atom+xml",
    "json": "application/json",
    "png": "image/png",
    "jpg": "image/jpeg",
}
_DAYS = "MonTueWedThuFriSatSun"
_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"
_WORKER = re.compile(r"(?:/[\w.~@+-]+)+", re.ASCII)
_TIME = re.compile(rb"<time\b[^<>]*>")
_DATETIME = re.compile(rb"""\bdatetime=["']?([0-9TZ:.+-]+)""")
_TAKEN = frozenset({"index.html", "404.html", "robots.txt", "_headers", "_redirects",
                    "_fallback"})  # fmt: skip

ALLOW_ALL = b"User-agent: *\nDisallow:\n"

# No fetch handler: every request goes to the network, past what the dead shop's worker
# had cached. The reload stands outside waitUntil: inside it, the page would wait for
# the worker and the worker for the page.
PASS_THROUGH = b"""\
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => { const claimed = self.clients.claim(); event.waitUntil(claimed);
  claimed.then(() => self.clients.matchAll({ type: "window" })).then((tabs) => tabs.forEach((tab) => tab.navigate(tab.url).catch(() => {}))); });
"""  # noqa: E501 - three lines


def built(path: str, body: bytes) -> BuiltFile:
    """Return *body* as the file at *path*, with the headers of our table."""
    ending = path.rpartition(".")[2]
    kind = _TYPES.get(ending, _TYPES["txt"])
    if re.fullmatch(r"_fallback/feed(\.[\w-]+)?\.json", path):
        kind = "application/feed+json"
    return BuiltFile(path, body, kind, CACHE, Digest(sha256(body).hexdigest()))


def worker_path(address: str) -> str | None:
    """Return where the worker at *address* goes; ``None`` if we cannot put it there."""
    path = address.partition("?")[0].partition("#")[0]
    inside = path.removeprefix("/")
    if not _WORKER.fullmatch(path) or {".", ".."} & set(inside.split("/")):
        return None
    taken = inside.casefold().partition("/")[0] in _TAKEN
    return None if taken or inside.endswith((".html", "/")) else inside


def placed(addresses: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return where the workers at *addresses* go, and the addresses where none can.

    No host has both a file and a folder of one name.
    """
    paths: list[str] = []
    refused = []
    for address in addresses:
        path = worker_path(address)
        if path is None or any(_clash(path, other) for other in paths):
            refused.append(address)
        elif path not in paths:
            paths.append(path)
    return paths, refused


def _clash(one: str, other: str) -> bool:
    return one.startswith(f"{other}/") or other.startswith(f"{one}/")


def worker(path: str) -> BuiltFile:
    """Return the pass-through worker at *path*, whatever the path ends in."""
    return evolve(built(path, PASS_THROUGH), content_type=_TYPES["js"])


def headers_file(
    files: Sequence[BuiltFile], eta: datetime | None, policy: str
) -> bytes:
    """Return ``_headers`` for Netlify, Cloudflare Pages and what reads the same format.

    Rules that match the same path are joined by these hosts, so no header is named by
    two of them. ``Retry-After`` is the ETA as a date, else an hour; beside a 200 it
    means nothing (RFC 9110 section 10.2.3). *policy* is that of every page; it stands
    at every path, because the page does.
    """
    retry = http_date(eta) if eta else RETRY_AFTER
    lines = [
        "/*",
        f"  Retry-After: {retry}",
        "  X-Content-Type-Options: nosniff",
        "  Referrer-Policy: no-referrer",
        # the last part is what a <meta> policy cannot say
        f"  Content-Security-Policy: {policy}; frame-ancestors 'none'",
    ]
    for file in files:
        if file.path.startswith((LOG, ANNOUNCE)):
            continue  # hosts take a hundred rules, not a thousand
        lines += [
            f"/{'' if file.path == 'index.html' else file.path}",
            f"  Content-Type: {file.content_type}",
            f"  Cache-Control: {file.cache_control}",
        ]
        if "/feed" in file.path:  # open pages ask the status address, another origin
            lines.append("  Access-Control-Allow-Origin: *")
        if file.body == PASS_THROUGH:  # wherever its scope was allowed to reach before
            lines.append("  Service-Worker-Allowed: /")
    for folder in (LOG, ANNOUNCE):
        if any(file.path.startswith(folder) for file in files):
            lines += [f"/{folder}*", f"  Cache-Control: {CACHE}"]
    return ("\n".join(lines) + "\n").encode()


def http_date(at: datetime) -> str:
    """Return *at* as an HTTP-date, the same in every locale (RFC 9110 section 5.6.7).

    ``email.utils`` says the same, and costs a tenth of a build to load.
    """
    at = at.astimezone(UTC)
    day = _DAYS[3 * at.weekday() :][:3]
    month = _MONTHS[3 * (at.month - 1) :][:3]
    return f"{day}, {at.day:02} {month} {at.year:04} {at:%H:%M:%S} GMT"


def end_said_by(page: bytes) -> datetime | None:
    """Return when *page* says that the shop will be back; ``None``: it says no moment.

    What its own script reads is read: the ``<time>`` marked ``eta_iso``, whatever the
    theme. So an object can carry what the page in it says, and one object is enough to
    switch everything.
    """
    for tag in _TIME.findall(page):
        moment = _DATETIME.search(tag) if b"eta_iso" in tag else None
        if moment is not None:
            try:
                at = datetime.fromisoformat(moment[1].decode())
            except ValueError:
                return None
            return at.astimezone(UTC) if at.tzinfo else None
    return None


def redirects_file(workers: Iterable[str]) -> bytes:
    """Return ``_redirects`` for Netlify: the page with 503 on every foreign path.

    The first match wins; nothing is ever redirected, only answered in place.
    """
    lines = [
        "/_fallback/* /_fallback/:splat 200",
        "/robots.txt /robots.txt 200",
        *(f"/{path} /{path} 200" for path in workers),
        "/* /index.html 503!",
    ]
    return ("\n".join(lines) + "\n").encode()


def site(files: Sequence[BuiltFile], sequence: int) -> BuiltSite:
    """Return *files* as a site, its manifest with them."""
    listed = {
        file.path: {
            "sha256": file.digest,
            "content_type": file.content_type,
            "cache_control": file.cache_control,
        }
        for file in files
    }
    identity = sha256(_dumped(listed)).hexdigest()[:16]
    manifest = {
        "schema": SCHEMA,
        "build": identity,
        "sequence": sequence,
        "files": listed,
    }
    return BuiltSite(identity, sequence, (*files, built(MANIFEST, _dumped(manifest))))


def _dumped(value: Mapping[str, object]) -> bytes:
    # compact: json indents in Python, and this is the longest list of a build
    return json.dumps(value, sort_keys=True).encode() + b"\n"
