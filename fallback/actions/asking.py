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

from fallback import dns
from fallback.actions.approach import approach
from fallback.actions.evidence import (
    addresses_of,
    expected_pages,
    page_looks,
    pinned,
    typed_names,
)
from fallback.actions.following import addresses_now
from fallback.actions.places import places
from fallback.actions.proofread import words_for_check
from fallback.actions.spare import spare
from fallback.actions.visiting import local_manifest, name_visits, visits
from fallback.core.config import Config, DnsTable
from fallback.core.errors import FallbackError, Refused
from fallback.core.facts import Control, Mail, Refusing
from fallback.core.handshakes import Handshake
from fallback.core.records import (
    Caps,
    Marker,
    Snapshot,
    absolute,
    marker_key,
    plan_redirect,
)
from fallback.core.switch import mailed
from fallback.core.text import T, Text
from fallback.probes import mail, nameserver, resolver, shop, tls, workers
from fallback.wire import parallel

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
    yield ("spare", ""), lambda: spare(config)
    for table in config.dns:
        for what, question in _ZONE.items():
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


def _control(config: Config, table: DnsTable) -> Control | Refusing:
    try:
        provider = dns.connect(table, config)
        snapshot = provider.read(table.zone, table.names)
    except FallbackError as error:
        return Refusing(error.what, error.next or T("look at the dns table"))
    marker = Marker.parse(snapshot.get(marker_key(table.zone)))
    redirected = marker is not None and marker.state == "redirected"
    return Control(snapshot, provider.caps.types, redirected)


def _impossible(config: Config, table: DnsTable) -> Refusing | None:
    """Return why no plan can be made; what the zone holds makes no difference to it."""
    try:
        caps: Caps = dns.connect(table, config).caps
        empty = Snapshot(table.zone, {})
        plan_redirect(
            empty,
            table.names,
            table.target,
            table.ttl,
            epoch=1,
            caps=caps,
            followed=addresses_now(config, table, caps),
        )
    except Refused as error:
        return Refusing(error.what, error.next or T("look at target in the dns table"))
    except FallbackError:
        return None  # said by the question about the zone itself
    return None


def _servers(config: Config, table: DnsTable) -> tuple[Any, ...]:
    network = config.network
    return tuple(
        parallel.each(
            lambda s: nameserver.inspect(s, table.zone, table.names, network),
            resolver.authoritative(table.zone, network),
            width=_AT_ONCE,
        )
    )


def _typed(config: Config, table: DnsTable) -> tuple[str, ...]:
    return typed_names(config, table.zone, table.names)


def _chains(config: Config, table: DnsTable) -> dict[str, tuple[str, ...]]:
    found = resolver.resolve(table.zone, "NS", config.network)
    return {
        absolute(name): mail.chain(name, config.network)
        for name in (found.rdatas if found else ())
    }


def _mail(config: Config, table: DnsTable) -> tuple[Mail, ...] | None:
    """Return where mail goes; ``None`` when nobody could be asked.

    Without MX only the mail of the zone itself counts: nobody writes to ``@www``.
    """
    apex = absolute(table.zone)
    ways = []
    names = mailed(table.names, _typed(config, table))
    for name in dict.fromkeys(map(absolute, (apex, *names))):
        way = mail.route(name, config.network)
        if way is None:
            return None
        if name == apex or not way.implicit:
            ways.append(way)
    return tuple(ways)


def _handshakes(config: Config, table: DnsTable) -> tuple[Handshake, ...]:
    if not config.shop.secure:
        return ()
    pairs = [
        (name, address)
        for name in _typed(config, table)
        for address in addresses_of(table.target, config.network)
    ]
    return tuple(
        parallel.each(
            lambda pair: tls.handshake(*pair, config.shop.port, config.network),
            pairs,
            width=_AT_ONCE,
        )
    )


_ZONE: dict[str, Callable[[Config, DnsTable], Any]] = {
    "control": _control,
    "impossible": _impossible,
    "servers": _servers,
    "chains": _chains,
    "mail": _mail,
    "target": lambda config, table: addresses_of(table.target, config.network),
    "handshakes": _handshakes,
    "typed": _typed,
    "looks": lambda config, table: page_looks(
        config, _typed(config, table), table.target
    ),
    "named": lambda config, table: name_visits(
        config, _typed(config, table), addresses_of(table.target, config.network)
    ),
}

_ASKED: dict[str, Text] = {
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
    "spare": T("what the spare address shows"),
    "control": T("what {zone} holds where it is kept"),
    "impossible": T("whether names of {zone} can follow the target"),
    "servers": T("what the name servers of {zone} say"),
    "chains": T("what the name servers of {zone} depend on"),
    "mail": T("where mail for {zone} goes"),
    "target": T("where the target of {zone} is"),
    "handshakes": T("which certificates the target of {zone} shows"),
    "typed": T("what customers type to arrive in {zone}"),
    "looks": T("what the target of {zone} shows"),
    "named": T("what visitors of the target of {zone} get"),
}


def in_words(asked: Asked) -> Text:
    """Return what was *asked*, as people call it."""
    what, zone = asked
    return _ASKED[what].with_values(zone=zone)
