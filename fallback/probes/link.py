"""Follows one link hop by hop, as a customer's browser does, and no further than that.

Headers and the one HTML tag that browsers obey are followed; scripts are not run. No
private address is asked unless the settings allow it, and one deadline holds for all.
"""

import asyncio
import re
from datetime import timedelta
from urllib.parse import urlsplit

from fallback.core.check.link import Hop, Trail
from fallback.core.config import Network
from fallback.core.text import T, Text
from fallback.wire.web.bodies import decoded, text
from fallback.wire.web.following import resolved
from fallback.wire.web.http import FetchFailed, Reply, fetch

DEADLINE = timedelta(seconds=20)
HOPS = 12
_CAP = 64 * 1024
_REDIRECTS = (301, 302, 303, 307, 308)
_META = re.compile(
    r"""<meta[^>]{0,200}http-equiv\s*=\s*["']?refresh["']?[^>]{0,200}"""
    r"""content\s*=\s*["']?\s*\d{1,3}\s*[;,]\s*url\s*=\s*['"]?([^"'>\s]{1,2000})""",
    re.IGNORECASE,
)


def follow(url: str, network: Network, *, deadline: timedelta = DEADLINE) -> Trail:
    """Return every host on the way of *url*; takes *deadline* at most, never raises.

    Not for use inside asyncio.
    """
    return asyncio.run(_follow(url, network, deadline))


async def _follow(url: str, network: Network, deadline: timedelta) -> Trail:
    loop = asyncio.get_running_loop()
    end = loop.time() + deadline.total_seconds()
    hops: list[Hop] = []
    asked: set[str] = set()
    while len(hops) < HOPS:
        host = _host(url)
        if not host:
            return Trail(tuple(hops), T("it leads to something that is no address"))
        if url in asked:
            return Trail(tuple(hops), T("it leads round in a circle"))
        asked.add(url)
        left = timedelta(seconds=max(0.0, end - loop.time()))
        try:
            reply = await fetch(url, network=network, deadline=left, cap=_CAP)
        except FetchFailed as failed:
            why = T("{host} does not answer ({why})", host=host, why=failed.kind.value)
            return Trail((*hops, Hop(host)), why)
        hops.append(Hop(host, reply.address))
        following = _next(url, reply)
        if not following:
            return Trail(tuple(hops), _wrong(host, reply))
        url = following
    return Trail(tuple(hops), T("it is led on for more than {n} times", n=HOPS))


def _host(url: str) -> str:
    """Return the host of *url* in lower case; empty for what nobody can ask."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return ""
    return host if parts.scheme in ("http", "https") else ""


def _next(url: str, reply: Reply) -> str:
    """Return where *reply* leads on; empty where it is the end."""
    if reply.status in _REDIRECTS:
        return resolved(url, reply.header("location")) or "?"
    readable, _ = decoded(reply, _CAP)
    found = _META.search(text(readable)) if reply.status == 200 else None
    return resolved(url, found[1].replace("&amp;", "&")) if found else ""


def _wrong(host: str, reply: Reply) -> Text | None:
    if reply.status < 400:
        return None
    return T("{host} answers {status}", host=host, status=reply.status)
