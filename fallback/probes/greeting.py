"""What servers say beside their answers: browsers' way in, the time, the software."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

from attrs import field, frozen

from fallback.core.check.skew import Tick
from fallback.core.clock import Clock
from fallback.core.config import Config, HostTable
from fallback.core.holders.platforms import Platform, recognised
from fallback.core.hosts.publishing import is_our_page
from fallback.wire import parallel
from fallback.wire.web import retry_after
from fallback.wire.web.bodies import decoded, text
from fallback.wire.web.following import followed
from fallback.wire.web.http import FetchFailed, Reply, ask

DEADLINE = timedelta(seconds=10)
_AT_ONCE = 8
_CAP = 256 * 1024
_A_DAY = 5
"""Digits of ``Age`` that are believed; an answer that is older tells no time."""


@frozen
class Greeting:
    """The shop's own headers, ``Strict-Transport-Security`` and clock if told.

    ``platform`` is the software that its front page gives away.
    """

    hsts: str = ""
    tick: Tick | None = None
    headers: Mapping[str, str] = field(factory=dict)
    platform: Platform | None = None


def of_shop(config: Config, clock: Clock) -> Greeting | None:
    """Return what the shop says at ``shop.url``; ``None`` when it cannot be read.

    Our own page is not the shop. HSTS counts over https alone (RFC 6797 section 8.1).
    """
    try:
        answer = asyncio.run(
            followed(config, config.shop.url, cap=_CAP, deadline=DEADLINE)
        )
    except FetchFailed:
        return None
    reply = answer.reply
    if reply is None or answer.wrong or is_our_page(reply.body):
        return None
    secure = answer.url.startswith("https://")
    hsts = reply.header("strict-transport-security") if secure else ""
    page = text(decoded(reply, _CAP)[0])
    return Greeting(
        hsts,
        _tick(config.shop.domain, reply, clock),
        dict(reply.headers),
        recognised(reply.headers, page),
    )


def of_hosts(config: Config, clock: Clock) -> tuple[Tick, ...]:
    """Return the clocks of the status addresses that tell one."""

    def one(table: HostTable) -> Tick | None:
        try:
            reply = ask(table.url, network=config.network, deadline=DEADLINE, cap=_CAP)
        except FetchFailed:
            return None
        return _tick(table.label, reply, clock)

    found = parallel.each(one, (t for t in config.hosts if t.url), width=_AT_ONCE)
    return tuple(tick for tick in found if tick is not None)


def _tick(server: str, reply: Reply, clock: Clock) -> Tick | None:
    """Return the clock behind *reply*: a cache adds the age of what it keeps."""
    ours = clock.now()
    said = retry_after.date(reply.header("date"))
    age = reply.header("age").strip()
    if said is None or len(age) > _A_DAY or (age and not age.isdecimal()):
        return None
    return Tick(server, said + timedelta(seconds=int(age or 0)), ours)
