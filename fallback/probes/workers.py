"""Looks at the living shop for service workers that would outlive it in browsers.

Bounded in every way: the home page, a few scripts of its own origin, one deadline. What
cannot be read in that is not known, which is no error.
"""

import asyncio
from datetime import timedelta

from attrs import frozen

from fallback.core.check.workers import MOST, HomePage, registered
from fallback.core.config import Config
from fallback.core.hosts.publishing import is_our_page
from fallback.wire.web.bodies import decoded, text
from fallback.wire.web.following import followed, resolved
from fallback.wire.web.http import FetchFailed, Reply, fetch

DEADLINE = timedelta(seconds=10)
MOST_SCRIPTS = 16
MOST_BYTES = 1024 * 1024
"""What is read of the page and of each script."""
_AT_ONCE = 4


@frozen
class _Script:
    url: str
    text: str


def find(config: Config, deadline: timedelta = DEADLINE) -> tuple[str, ...]:
    """Return the paths of the workers that the home page of ``shop.url`` registers.

    Empty when none is seen, or when the shop cannot be read. Takes *deadline* at most.
    """
    return asyncio.run(_find(config, deadline))


async def _find(config: Config, deadline: timedelta) -> tuple[str, ...]:
    found: dict[str, None] = {}
    try:
        async with asyncio.timeout(deadline.total_seconds()):
            await _read(config, found)
    except (TimeoutError, FetchFailed):
        pass  # what was seen by then is still true
    return tuple(sorted(found)[:MOST])


async def _read(config: Config, found: dict[str, None]) -> None:
    answer = await followed(config, config.shop.url, cap=MOST_BYTES)
    reply = answer.reply
    if reply is None or answer.wrong or reply.status != 200 or is_our_page(reply.body):
        return
    page = HomePage.of(_text(reply), answer.url)
    for script in page.inline:
        found |= dict.fromkeys(registered(script, page.base, answer.url))
    at_once = asyncio.Semaphore(_AT_ONCE)
    asked = [_script(config, at_once, url) for url in page.sources[:MOST_SCRIPTS]]
    for coming in asyncio.as_completed(asked):
        came = await coming
        found |= dict.fromkeys(registered(came.text, page.base, came.url))


async def _script(config: Config, at_once: asyncio.Semaphore, url: str) -> _Script:
    """Return the script at *url*; one that cannot be read says nothing."""
    async with at_once:
        try:
            spelled = resolved(url, "")
            reply = await fetch(spelled, network=config.network, cap=MOST_BYTES)
        except FetchFailed:
            return _Script(url, "")
    return _Script(url, _text(reply) if reply.status == 200 else "")


def _text(reply: Reply) -> str:
    readable, _ = decoded(reply, MOST_BYTES)
    return text(readable)
