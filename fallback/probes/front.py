"""Looks at a shop's front door as a stranger: what answers, and what browsers are told.

One look follows the shop's own redirects; a certificate that browsers refuse does not
keep it from reading on, and a shop without https is asked by http. Everything is
bounded in time and bytes, and nothing that a server does raises.
"""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import timedelta
from time import monotonic
from urllib.parse import urlsplit, urlunsplit

from fallback.core.check.hsts import Hsts
from fallback.core.config import Config, Network
from fallback.core.holders.platforms import recognised
from fallback.core.hosts.publishing import is_our_page
from fallback.core.outlook.facts import OUR_PAGE, Front
from fallback.wire.web.bodies import decoded, text
from fallback.wire.web.following import Answer, followed
from fallback.wire.web.http import FailureKind, FetchFailed, Reply, fetch

DEADLINE = timedelta(seconds=12)
MOST_BYTES = 512 * 1024
_FIRST = 0.6
"""Of the time, for https: what is left is for a shop that has none."""
_CERTIFICATE = (
    FailureKind.TLS_EXPIRED,
    FailureKind.TLS_NAME,
    FailureKind.TLS_UNTRUSTED,
)
_NEVER = (FailureKind.DNS, FailureKind.PRIVATE)


def look(config: Config, deadline: timedelta = DEADLINE) -> Front:
    """Return what answers at ``shop.url``; without https there, what does by http.

    Takes *deadline* at most. Not for use inside asyncio.
    """
    ends = monotonic() + deadline.total_seconds()
    url, verify = config.shop.url, True
    failed: FetchFailed | None = None
    for _ in range(3):
        try:
            share = _FIRST if urlsplit(url).scheme == "https" and verify else 1
            left = timedelta(seconds=max((ends - monotonic()) * share, 0.1))
            answer = asyncio.run(
                followed(config, url, verify=verify, cap=MOST_BYTES, deadline=left)
            )
        except FetchFailed as error:
            failed = failed or error
            if error.kind in _NEVER or monotonic() > ends:
                break
            if error.kind in _CERTIFICATE and verify:
                verify = False
            elif urlsplit(url).scheme == "https":
                url, verify = _plain(url), True
            else:
                break
        else:
            return _front(answer, url)
    return Front(config.shop.url, why=failed.kind.value if failed else "")


def _plain(url: str) -> str:
    return urlunsplit(urlsplit(url)._replace(scheme="http"))


def _front(answer: Answer, url: str) -> Front:
    reply = answer.reply
    if reply is None:
        return Front(url, why=answer.wrong)
    readable, _ = decoded(reply, MOST_BYTES)
    headers: dict[str, str] = {}
    for name, value in reply.headers:
        headers.setdefault(name, value)
    return Front(
        answer.url or url,
        reply.status,
        OUR_PAGE if is_our_page(reply.body) else answer.wrong,
        _host(answer.url) if answer.wrong == "redirect_away" else "",
        headers,
        recognised(reply.headers, text(readable)),
        whole=not reply.truncated or len(reply.body) >= MOST_BYTES,
    )


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def strict(
    names: Iterable[str], port: int, network: Network, deadline: timedelta = DEADLINE
) -> Mapping[str, Hsts]:
    """Return what each of *names* asks of browsers by HSTS, where it asks anything.

    Only an answer whose certificate is good counts (RFC 6797 section 8.1).
    """
    return asyncio.run(_strict(tuple(names), port, network, deadline))


async def _strict(
    names: tuple[str, ...], port: int, network: Network, deadline: timedelta
) -> dict[str, Hsts]:
    async def one(name: str) -> Reply | None:
        host = name if port == 443 else f"{name}:{port}"
        try:
            return await fetch(
                f"https://{host}/", network=network, deadline=deadline, cap=1
            )
        except FetchFailed:
            return None

    replies = await asyncio.gather(*map(one, names))
    found = {
        name: Hsts.parse(reply.header("strict-transport-security"))
        for name, reply in zip(names, replies, strict=True)
        if reply is not None
    }
    return {name: asked for name, asked in found.items() if asked is not None}
