"""The questions of ``check``: what is asked about a shop, and how each is asked.

One question asks one thing, of one part of the world, and raises nothing that an owner
could not have heard of by another one: all of them are asked side by side.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from fallback.actions import zone_asking
from fallback.actions.approach import approach
from fallback.actions.evidence import (
    expected_pages,
    pinned,
)
from fallback.actions.places import places
from fallback.actions.proofread import words_for_check
from fallback.actions.visiting import local_manifest, visits
from fallback.core.config import Config
from fallback.core.text import T, Text
from fallback.probes import mail, resolver, shop, workers

_AT_ONCE = 8

Asked = tuple[str, str]
"""What was asked, and about which zone (empty for the whole shop)."""


def questions(
    config: Config, now: datetime
) -> Iterator[tuple[Asked, Callable[[], Any]]]:
    """Yield everything that there is to ask at the site of *config*, ready to ask."""
    network, domain = config.network, config.shop.domain
    email_domain = config.contact.email.rpartition("@")[2]
    yield ("shop", ""), lambda: shop.look(config, None, now)
    yield ("addresses", ""), lambda: resolver.addresses(domain, network)
    yield ("approach", ""), lambda: approach(config)
    yield ("probe", ""), lambda: _probed(config)
    yield ("workers", ""), lambda: workers.find(config)
    yield ("pinned", ""), lambda: pinned(config)
    yield ("email", ""), lambda: mail.route(email_domain, network)
    yield ("pages", ""), lambda: expected_pages(config)
    yield ("words", ""), lambda: words_for_check(config, now=now)
    yield ("hosts", ""), lambda: places(config)
    yield ("visits", ""), lambda: visits(config)
    yield ("local", ""), lambda: local_manifest(config)
    for table in config.dns:
        for what, question in zone_asking.QUESTIONS.items():
            # the default arguments keep the loop's values
            yield (
                (what, table.zone),
                lambda q=question, t=table: q(config, t),  # type: ignore[misc]
            )


def _probed(config: Config) -> tuple[str, ...]:
    """Return the addresses of the page that is watched: those are the ones to pin."""
    host = urlsplit(config.primary.probe).hostname or ""
    with suppress(ValueError):
        return (str(ip_address(host)),)
    return resolver.addresses(host, config.network)


_ASKED: dict[str, Text] = zone_asking.ASKED | {
    "shop": T("what the shop shows"),
    "addresses": T("where the shop is"),
    "approach": T("how customers are led to the shop"),
    "probe": T("where the page that is watched is"),
    "workers": T("which service workers the shop has"),
    "pinned": T("where the shop was"),
    "email": T("where mail to the emergency address goes"),
    "pages": T("which page is published"),
    "words": T("what your words say"),
    "hosts": T("whether the page is where it was published"),
    "visits": T("what visitors of the status addresses get"),
    "local": T("what was published from this folder"),
}


def in_words(asked: Asked) -> Text:
    """Return what was *asked*, as people call it."""
    what, zone = asked
    return _ASKED[what].with_values(zone=zone)
