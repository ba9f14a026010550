"""Looks at a host after a publish: as a visitor, or through the host's own reading.

A status code is reported as it is. What decides is the body: whoever gets something
else than was published is not a customer who was helped.
"""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Literal

from attrs import field, frozen

from fallback.core.clock import Clock
from fallback.core.config import HostTable, Network
from fallback.core.model import MANIFEST, BuiltSite
from fallback.core.ports import Host
from fallback.core.publishing import FRONT, Manifest, is_our_page
from fallback.core.text import T, Text
from fallback.wire.http import FetchFailed, Reply, ask

Place = Literal["front", "deep", "manifest"]

_ONE_REQUEST = timedelta(seconds=10)


@frozen
class Patience:
    """How long a look is repeated until it sees what was published.

    ``older`` is for a cache in front that still gives the earlier page (built pages may
    be kept for 30 s), ``broken`` for everything else, ``pause`` lies between two looks.
    """

    older: timedelta = timedelta(seconds=40)
    broken: timedelta = timedelta(seconds=3)
    pause: timedelta = timedelta(seconds=1)


@frozen
class Seen:
    """What one look saw. ``problem`` is ``None`` when it is what was published."""

    told: Text
    statuses: Mapping[Place, int] = field(factory=dict)
    problem: Text | None = None
    older: bool = False


def look(
    table: HostTable,
    host: Host,
    site: BuiltSite,
    network: Network,
    *,
    clock: Clock,
    until: timedelta,
    patience: Patience,
) -> Seen:
    """Return what *host* shows of *site*, looking again until *until* at the latest.

    *until* is a moment of ``clock.monotonic``. Raises what ``host.read_back`` raises.
    """
    if not table.url:
        return _read_back(host, site)
    begun = clock.monotonic()
    while True:
        seen = _as_visitor(table.url, site, network, until - clock.monotonic())
        enough = begun + (patience.older if seen.older else patience.broken)
        if not seen.problem or clock.monotonic() + patience.pause > min(enough, until):
            return seen
        clock.sleep(patience.pause)


def _read_back(host: Host, site: BuiltSite) -> Seen:
    there = host.read_back()
    wrong = sorted(f.path for f in site.files if there.get(f.path) != f.digest)
    told = T("not seen as a visitor: this host has no url")
    if not wrong:
        return Seen(told)
    return Seen(
        told,
        problem=T("it holds something else than was published: {paths}",
                  paths=", ".join(wrong[:5])),
    )  # fmt: skip


def _as_visitor(url: str, site: BuiltSite, network: Network, left: timedelta) -> Seen:
    base = url.rstrip("/")
    deep = f"{base}/{secrets.token_hex(8)}/{secrets.token_hex(4)}"
    cap = max(len(file.body) for file in site.files) + 1
    deadline = max(min(left, _ONE_REQUEST), timedelta(milliseconds=1))

    def get(address: str) -> Reply:
        return ask(address, network=network, deadline=deadline, cap=cap)

    try:
        manifest = get(f"{base}/{MANIFEST}")
        front, anywhere = get(f"{base}/"), get(deep)
    except FetchFailed as error:
        return Seen(T("nothing was seen at {url}", url=url), problem=_sentence(error))
    return _judged(url, site, {"front": front, "deep": anywhere, "manifest": manifest})


def _sentence(error: FetchFailed) -> Text:
    return error.what if isinstance(error.what, Text) else T(str(error.what))


def _judged(url: str, site: BuiltSite, replies: Mapping[Place, Reply]) -> Seen:
    statuses = {place: reply.status for place, reply in replies.items()}
    pages = {f.digest for f in site.files if f.content_type.startswith("text/html")}
    deep_is_page = _digest(replies["deep"]) in pages
    told = T(
        "a visitor of {url} gets {front} at the front and {deep} ({what}) elsewhere",
        url=url,
        front=statuses["front"],
        deep=statuses["deep"],
        what=T("the page") if deep_is_page else T("the host's own words, not the page"),
    )
    manifest = replies["manifest"]
    if _digest(manifest) != site.file(MANIFEST).digest or manifest.status != 200:
        older = manifest.status == 200 and _is_manifest(manifest.body)
        problem = (
            T("{url} still shows an earlier page", url=url)
            if older
            else T("{url} shows something else than was published: {status} for {file}",
                   url=url, status=manifest.status, file=MANIFEST)
        )  # fmt: skip
        return Seen(told, statuses, problem, older)
    if _digest(replies["front"]) != site.file(FRONT).digest:
        ours = is_our_page(replies["front"].body)
        problem = (
            T("{url} shows another version of the page than was published", url=url)
            if ours
            else T("{url} shows something else than the page at its front", url=url)
        )
        return Seen(told, statuses, problem, ours)
    if not deep_is_page and statuses["deep"] < 400:
        problem = T(
            "{url} answers {status} with something else than the page to a deep link",
            url=url,
            status=statuses["deep"],
        )
        return Seen(told, statuses, problem)
    return Seen(told, statuses)


def _digest(reply: Reply) -> str:
    return "" if reply.truncated else sha256(reply.body).hexdigest()


def _is_manifest(body: bytes) -> bool:
    return Manifest.peek(body) is not None


def what_visitors_see(
    url: str, network: Network, *, clock: Clock, until: timedelta
) -> Text:
    """Say what *url* shows now that a publish has failed; never raises."""
    left = until - clock.monotonic()
    if not url or left <= timedelta(0):
        return T("whatever was published there before")
    base = url.rstrip("/")
    try:
        front = ask(f"{base}/", network=network, deadline=min(left, _ONE_REQUEST))
    except FetchFailed as error:
        return T("nothing: {why}", why=_sentence(error))
    if not is_our_page(front.body):
        return T("{url} answers {status}, and not with the page",
                 url=url, status=front.status)  # fmt: skip
    left = max(until - clock.monotonic(), timedelta(milliseconds=1))
    try:
        manifest = ask(f"{base}/{MANIFEST}", network=network, deadline=left)
    except FetchFailed:
        return T("an earlier page ({status})", status=front.status)
    held = Manifest.peek(manifest.body)
    if held is None:
        return T("an earlier page ({status})", status=front.status)
    at = datetime.fromtimestamp(held.sequence, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return T("the page with the words of {at} ({status})", at=at, status=front.status)
