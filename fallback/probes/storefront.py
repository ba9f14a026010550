"""Looks once at the living shop's home page, for what a new site needs to know of it.

One page, its robots.txt, one deadline. What cannot be read in that is not known, which
is no error.
"""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

from attrs import field, frozen

from fallback.core.config import Config
from fallback.core.hosts.publishing import is_our_page
from fallback.core.wizard.storefront import Storefront
from fallback.wire.web.bodies import decoded, text
from fallback.wire.web.following import followed
from fallback.wire.web.http import FailureKind, FetchFailed, fetch

MOST_BYTES = 1024 * 1024
_MOST_RULES = 64 * 1024
_DEAD = frozenset(
    {
        FailureKind.REFUSED,
        FailureKind.UNREACHABLE,
        FailureKind.TCP_TIMEOUT,
        FailureKind.TLS_TIMEOUT,
        FailureKind.HTTP_TIMEOUT,
        FailureKind.EMPTY,
        FailureKind.RESET,
    }
)
"""How a server fails that is not there for anybody."""
_NO_PATIENCE = timedelta(seconds=4)


@frozen
class Visit:
    """What the shop showed: ``front`` is its page; ``None`` when there was none.

    ``kind`` is why there was no answer at all, ``why`` says it or what came instead;
    ``status`` 0: no page. ``headers`` are the page's, names in lower case. ``robots``
    are its own rules.
    """

    url: str
    front: Storefront | None = None
    kind: FailureKind | None = None
    why: str = ""
    status: int = 0
    headers: Mapping[str, str] = field(factory=dict)
    robots: bytes = field(default=b"", repr=False)

    @property
    def is_down(self) -> bool:
        """Say whether the shop is there for nobody; a doubtful answer is no such no."""
        return self.kind in _DEAD or self.status >= 500


def visit(config: Config, deadline: timedelta) -> Visit:
    """Return what the home page of ``shop.url`` shows. Takes *deadline* at most.

    Never raises for anything that a shop does. Not for use inside asyncio.
    """
    return asyncio.run(_visit(config, deadline))


async def _visit(config: Config, deadline: timedelta) -> Visit:
    url = config.shop.url
    rules = asyncio.create_task(_robots(config, deadline))
    try:
        answer = await followed(config, url, cap=MOST_BYTES, deadline=deadline)
    except FetchFailed as failed:
        rules.cancel()
        return Visit(url, kind=failed.kind, why=failed.detail or failed.kind.value)
    reply = answer.reply
    if reply is None or answer.wrong:
        rules.cancel()
        return Visit(url, why=answer.wrong)
    if is_our_page(reply.body) or reply.status != 200:
        rules.cancel()
        return Visit(url, why=f"HTTP {reply.status}", status=reply.status)
    readable, _ = decoded(reply, MOST_BYTES)
    headers = dict(reversed(reply.headers))
    front = Storefront.of(text(readable), answer.url)
    return Visit(url, front, status=reply.status, headers=headers, robots=await rules)


async def _robots(config: Config, deadline: timedelta) -> bytes:
    """Return the shop's robots.txt; empty when there is none that can be kept."""
    url = config.shop.url.rstrip("/").partition("?")[0]
    scheme, _, rest = url.partition("://")
    try:
        reply = await fetch(
            f"{scheme}://{rest.partition('/')[0]}/robots.txt",
            network=config.network,
            deadline=min(deadline, _NO_PATIENCE),
            cap=_MOST_RULES,
        )
    except FetchFailed:
        return b""
    kind = reply.header("content-type").partition(";")[0].strip().lower()
    good = reply.status == 200 and not reply.truncated and kind == "text/plain"
    return reply.body if good else b""
