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
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta

from attrs import define

from fallback.core.config import Config
from fallback.core.hosts.publishing import is_our_page
from fallback.core.model import Observation, Verdict
from fallback.wire.web.bodies import decoded, text
from fallback.wire.web.following import Answer, followed
from fallback.wire.web.http import DEADLINE, FailureKind, FetchFailed, Reply

LAG = timedelta(seconds=1)
_TICK = 0.1

_CERTIFICATE = (
    FailureKind.TLS_EXPIRED,
    FailureKind.TLS_NAME,
    FailureKind.TLS_UNTRUSTED,
)
_NO_WAY = (FailureKind.DNS, FailureKind.PRIVATE)
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
        return _judged(config, await _asked(config, address, verify=True), now)
    except FetchFailed as failed:
        if failed.kind not in _CERTIFICATE:
            return _failure(failed, address, now)
        broken = failed
    # "expired and dead" is an outage, "expired but selling" a doubt: look without it
    try:
        seen = _judged(config, await _asked(config, address, verify=False), now)
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


async def _asked(config: Config, address: str | None, *, verify: bool) -> Answer:
    return await followed(
        config, config.primary.probe, address, verify=verify, deadline=DEADLINE
    )


def _judged(config: Config, answer: Answer, now: datetime) -> Observation:
    reply = answer.reply
    if reply is None or answer.wrong:
        where = reply.header("location") if reply else ""
        return Observation(now, Verdict.DOUBTFUL, answer.wrong, where)
    reply, readable = decoded(reply)
    verdict, why = _verdict(reply, config.primary.contains)
    if verdict is not Verdict.UP and not readable:
        why = "encoding" if why == "keyword" else why
    return Observation(now, verdict, why, f"HTTP {reply.status}")


def _verdict(  # noqa: PLR0911 - one class of answers a return
    reply: Reply, contains: str
) -> tuple[Verdict, str]:
    status = reply.status
    if is_our_page(reply.body):
        return Verdict.DOUBTFUL, "our_page"
    page = _words(text(reply))
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


def _words(text: str) -> str:
    """Return *text* as it is compared: entities, case, accents and spaces made one."""
    spelled = unicodedata.normalize("NFKC", html.unescape(text))
    return " ".join(spelled.casefold().split())
