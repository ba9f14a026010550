"""Looks at the shop and says what it saw: up, down, doubtful, or unknown.

Only hard failures are DOWN: nothing answers, or what answers is broken. An answer that
is strange (403, a certificate, other words) is DOUBTFUL, because a customer with a
browser may well be served. The shop's own words are the only proof that it is UP; our
own page is never the shop. ``why`` is one of the stable English words below.

    up         ok
    down       refused unreachable tcp_timeout tls_timeout tls http_timeout empty reset
               http_garbage s5xx cdn_origin negative
    doubtful   dns private blocked ratelimited challenge s3xx s4xx keyword our_page
               tls_expired tls_name tls_untrusted redirect_loop redirect_away encoding
    unknown    unreachable (IPv6 only: this machine may have no way there)
               no_origin overloaded_watcher (this process stood still meanwhile)
"""

import asyncio
import html
import re
import unicodedata
import zlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import SplitResult, quote, urljoin, urlsplit, urlunsplit

from attrs import define, evolve, frozen

from fallback.core.config import Config
from fallback.core.model import Observation, Verdict
from fallback.core.publishing import is_our_page
from fallback.wire.http import CAP, DEADLINE, FailureKind, FetchFailed, Reply, fetch

HOPS = 5
LAG = timedelta(seconds=1)
_TICK = 0.1

_CERTIFICATE = (
    FailureKind.TLS_EXPIRED,
    FailureKind.TLS_NAME,
    FailureKind.TLS_UNTRUSTED,
)
_NO_WAY = (FailureKind.DNS, FailureKind.PRIVATE)
_REDIRECTS = (301, 302, 303, 307, 308)
_CDN_ORIGIN = (*range(520, 528), 530)
"""Cloudflare's words for a dead origin (its docs, "5xx errors")."""

_BROKEN = (
    "welcome to nginx",
    "apache2 debian default page",
    "apache2 ubuntu default page",
    "it works!",
    "iis windows server",
    "test page for the apache",
    "account suspended",
    "account has been suspended",
    "error establishing a database connection",
    "database connection error",
    "<title>index of /",
    "default web site page",
    "this domain is parked",
    "future home of something quite cool",
    "plesk - web server's default page",
    "there has been a critical error on this website",
    "an error has happened during application run",
    "fatal error: uncaught",
)
"""What servers say with a status of 200 when the shop on them is gone.

Counted only where the shop's own words are missing. Above all they stand in the way of
a restore: a freshly installed server answers everything.
"""

_SAFE = "/%:=&?~+!$,;'@()*[]"
_HOST = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63}){0,9}|[0-9a-f:]{2,39}")
_CHARSET = re.compile(rb"charset=[\"']?([A-Za-z0-9_.:-]{2,30})", re.IGNORECASE)


@frozen
class _Answer:
    """The last answer of a chain of redirects, or what was wrong with the chain."""

    reply: Reply | None
    wrong: str = ""


def look(config: Config, addresses: Sequence[str] | None, now: datetime) -> Observation:
    """Look once at ``primary.probe``, and say what was seen at *now*.

    With *addresses* (IP literals) each is asked for the shop's name, with SNI and
    ``Host``, and the best answer counts: one address suffices. Without, the name is
    followed as a customer's browser would. Takes 15 s at most, or twice as long when a
    certificate is bad. Never raises for anything that a server does.
    """
    return asyncio.run(_look(config, addresses, now))


async def _look(
    config: Config, addresses: Sequence[str] | None, now: datetime
) -> Observation:
    lag = _Lag()
    ticking = asyncio.create_task(lag.tick())
    asked = (None,) if addresses is None else addresses
    seen = await asyncio.gather(*(_once(config, each, now) for each in asked))
    ticking.cancel()
    if not seen:
        return Observation(now, Verdict.UNKNOWN, "no_origin")
    best = min(seen, key=_rank)
    if best.verdict is not Verdict.UP and lag.worst > LAG.total_seconds():
        return Observation(now, Verdict.UNKNOWN, "overloaded_watcher", best.why)
    return best


@define
class _Lag:
    """How long the event loop stood still: a suspended machine, or far too much work.

    Time-outs that run out while nobody listens say nothing about the shop.
    """

    worst: float = 0.0

    async def tick(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            begun = loop.time()
            await asyncio.sleep(_TICK)
            self.worst = max(self.worst, loop.time() - begun - _TICK)


def _rank(seen: Observation) -> int:
    """Order by what tells most; a family that we cannot route tells nothing."""
    order = (Verdict.UP, Verdict.DOUBTFUL, Verdict.DOWN, Verdict.UNKNOWN)
    return order.index(seen.verdict)


async def _once(config: Config, address: str | None, now: datetime) -> Observation:
    try:
        return _judged(config, await _chase(config, address, verify=True), now)
    except FetchFailed as failed:
        if failed.kind not in _CERTIFICATE:
            return _failure(failed, address, now)
        broken = failed
    # "expired and dead" is an outage, "expired but selling" a doubt: look without it
    try:
        seen = _judged(config, await _chase(config, address, verify=False), now)
    except FetchFailed as failed:
        return _failure(failed, address, now)
    if seen.verdict is Verdict.DOWN:
        return seen
    return Observation(now, Verdict.DOUBTFUL, broken.kind.value, broken.detail)


def _failure(failed: FetchFailed, address: str | None, now: datetime) -> Observation:
    verdict = Verdict.DOUBTFUL if failed.kind in _NO_WAY else Verdict.DOWN
    if failed.kind is FailureKind.UNREACHABLE and address and ":" in address:
        verdict = Verdict.UNKNOWN
    return Observation(now, verdict, failed.kind.value, failed.detail)


async def _chase(config: Config, address: str | None, *, verify: bool) -> _Answer:
    """Follow redirects within the shop, each hop at the same address.

    One deadline holds for the whole chain. Raises ``FetchFailed``.
    """
    url = config.primary.probe
    asked = {url}
    loop = asyncio.get_running_loop()
    end = loop.time() + DEADLINE.total_seconds()
    for _ in range(HOPS + 1):
        parts = urlsplit(url)
        reply = await fetch(
            url,
            network=config.network,
            at=(address, _port(parts)) if address else None,
            deadline=timedelta(seconds=max(0.0, end - loop.time())),
            verify=verify,
        )
        if reply.status not in _REDIRECTS or is_our_page(reply.body):
            return _Answer(reply)
        url = _next(url, reply.header("location"))
        if not _same_shop(url, config):
            return _Answer(reply, "redirect_away")
        if url in asked:
            break
        asked.add(url)
    return _Answer(None, "redirect_loop")


def _next(url: str, location: str) -> str:
    """Return where *location* leads, spelled so that it can be asked for."""
    try:
        parts = urlsplit(urljoin(url, location))
        host = parts.netloc.encode("ascii").decode()
    except ValueError:
        return ""
    path = quote(parts.path.encode("latin-1", "replace"), safe=_SAFE)
    query = quote(parts.query.encode("latin-1", "replace"), safe=_SAFE)
    return urlunsplit((parts.scheme, host, path or "/", query, ""))


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _same_shop(url: str, config: Config) -> bool:
    """Return whether *url* is at the shop: its domain, or one above or below it."""
    try:
        parts = urlsplit(url)
        host, _ = (parts.hostname or "").removeprefix("www."), parts.port
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(host):
        return False
    ours = {config.shop.domain, urlsplit(config.primary.probe).hostname or ""}
    return any(
        host == own
        or host.endswith(f".{own}")
        or (own.endswith(f".{host}") and "." in host)
        for own in (name.removeprefix("www.") for name in ours)
    )


def _judged(config: Config, answer: _Answer, now: datetime) -> Observation:
    reply = answer.reply
    if reply is None or answer.wrong:
        where = reply.header("location") if reply else ""
        return Observation(now, Verdict.DOUBTFUL, answer.wrong, where)
    reply, readable = _decoded(reply)
    verdict, why = _verdict(reply, config.primary.contains)
    if verdict is not Verdict.UP and not readable:
        why = "encoding" if why == "keyword" else why
    return Observation(now, verdict, why, f"HTTP {reply.status}")


def _decoded(reply: Reply) -> tuple[Reply, bool]:
    """Undo a gzip that nobody asked for, in bounds; say whether it can be read."""
    encoding = reply.header("content-encoding").strip().lower()
    if encoding in ("", "identity"):
        return reply, True
    if encoding not in ("gzip", "x-gzip", "deflate"):
        return reply, False
    try:  # 32: either header (zlib(3), inflateInit2)
        body = zlib.decompressobj(32 + zlib.MAX_WBITS).decompress(reply.body, CAP)
    except zlib.error:
        return reply, False
    return evolve(reply, body=body), True


def _verdict(  # noqa: PLR0911 - one class of answers a return
    reply: Reply, contains: str
) -> tuple[Verdict, str]:
    status = reply.status
    if is_our_page(reply.body):
        return Verdict.DOUBTFUL, "our_page"
    page = _words(_text(reply))
    if reply.header("cf-mitigated") or "<title>just a moment" in page:
        return Verdict.DOUBTFUL, "challenge"
    if status >= 500:
        return Verdict.DOWN, "cdn_origin" if status in _CDN_ORIGIN else "s5xx"
    if status >= 300:
        return Verdict.DOUBTFUL, _refused(status)
    if _words(contains) in page:
        return Verdict.UP, "ok"
    if any(words in page for words in _BROKEN):
        return Verdict.DOWN, "negative"
    return Verdict.DOUBTFUL, "keyword"


def _refused(status: int) -> str:
    if status == 429:
        return "ratelimited"
    if status in (401, 403, 407, 451):
        return "blocked"
    return "s4xx" if status >= 400 else "s3xx"


def _text(reply: Reply) -> str:
    """Return the body as text, in the charset that the header or the page names."""
    named = _CHARSET.search(reply.header("content-type").encode("latin-1"))
    named = named or _CHARSET.search(reply.body[:2048])
    charset = named[1].decode() if named else "utf-8"
    try:
        return reply.body.decode(charset, "replace")
    except (LookupError, UnicodeError):
        return reply.body.decode("utf-8", "replace")


def _words(text: str) -> str:
    """Return *text* as it is compared: entities, case, accents and spaces made one."""
    spelled = unicodedata.normalize("NFKC", html.unescape(text))
    return " ".join(spelled.casefold().split())
