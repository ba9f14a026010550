"""Follows the shop's own redirects, and nobody else's, to the page that answers."""

import asyncio
import re
from datetime import timedelta
from urllib.parse import SplitResult, quote, urljoin, urlsplit, urlunsplit

from attrs import frozen

from fallback.core.config import Config
from fallback.core.hosts.publishing import is_our_page
from fallback.wire.web.http import CAP, DEADLINE, Reply, fetch

HOPS = 5

_REDIRECTS = (301, 302, 303, 307, 308)
_SAFE = "/%:=&?~+!$,;'@()*[]"
_HOST = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63}){0,9}|[0-9a-f:]{2,39}")

_CONNECT = timedelta(seconds=6)  # two lost packets are no verdict on a shop


@frozen
class Answer:
    """The last answer of a chain of redirects, or what was wrong with the chain.

    ``url`` is what was asked last, or where a chain leads that leaves the shop.
    """

    reply: Reply | None
    wrong: str = ""
    url: str = ""


async def followed(
    config: Config,
    url: str,
    address: str | None = None,
    *,
    verify: bool = True,
    cap: int = CAP,
    deadline: timedelta = DEADLINE,
) -> Answer:
    """Ask *url* and follow redirects within the shop, each hop at the same *address*.

    One deadline holds for the whole chain. Raises ``FetchFailed``.
    """
    asked = {url}
    loop = asyncio.get_running_loop()
    end = loop.time() + deadline.total_seconds()
    for _ in range(HOPS + 1):
        parts = urlsplit(url)
        reply = await fetch(
            url,
            network=config.network,
            at=(address, _port(parts)) if address else None,
            deadline=timedelta(seconds=max(0.0, end - loop.time())),
            verify=verify,
            cap=cap,
            connect=_CONNECT,
        )
        if reply.status not in _REDIRECTS or is_our_page(reply.body):
            return Answer(reply, url=url)
        url = resolved(url, reply.header("location"))
        if not _same_shop(url, config):
            return Answer(reply, "redirect_away", url)
        if url in asked:
            break
        asked.add(url)
    return Answer(None, "redirect_loop")


def resolved(url: str, location: str) -> str:
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
