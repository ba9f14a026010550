"""Asks the world what the gates need to know; ``core.redirect.gates`` judges it.

Every question is bounded, the slow ones are asked side by side, and nothing here needs
a credential: a host's words are never fetched with the key that publishes them.
"""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from attrs import evolve

from fallback.core.clock import Clock
from fallback.core.config import Config, HostTable, Network, Shop
from fallback.core.errors import FallbackError
from fallback.core.hosts.publishing import FRONT, Manifest, is_our_page
from fallback.core.model import MANIFEST, Digest, Observation
from fallback.core.records import WEB_TYPES, Target, absolute
from fallback.core.redirect.gates import PageLook, ZoneLook
from fallback.core.redirect.journal import Entry
from fallback.core.redirect.switch import Ways, mailed, spellings, typed, within
from fallback.hosts import folder
from fallback.probes import mail, resolver, shop
from fallback.stores import connect as connect_store
from fallback.stores.origin import recall
from fallback.wire import parallel
from fallback.wire.web.http import FetchFailed, ask, fetch

PAUSE = timedelta(seconds=2)
"""Between the two looks at a shop that a person wants to redirect."""

_BUILT = "public"
_WIDTH = 8
_LOOK = timedelta(seconds=10)


def expected_pages(config: Config) -> frozenset[Digest]:
    """Return the digest of the front page in the newest manifest that can be found.

    Looked for in the build folder, in folders we publish to, and at status addresses.
    Several digests when manifests of one age differ; none when there is no manifest.
    """
    found = [
        manifest
        for body in _manifests(config)
        if body and (manifest := Manifest.peek(body)) and FRONT in manifest.files
    ]
    newest = max((manifest.sequence for manifest in found), default=0)
    return frozenset(m.files[FRONT].digest for m in found if m.sequence == newest)


def _manifests(config: Config) -> Iterable[bytes | None]:
    yield _body(config.root / _BUILT / MANIFEST)
    for table in config.hosts:
        if isinstance(table.settings, folder.Settings):
            yield _body(config.root / table.settings.path / MANIFEST)
    urls = [table for table in config.hosts if table.url]
    yield from parallel.each(lambda t: _fetched(t, config.network), urls, width=_WIDTH)


def _body(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _fetched(table: HostTable, network: Network) -> bytes | None:
    try:
        reply = ask(f"{table.url.rstrip('/')}/{MANIFEST}", network=network)
    except FetchFailed:
        return None
    return reply.body if reply.status == 200 else None


def typed_names(config: Config, zone: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return what customers type to arrive at *names* of *zone*.

    In a zone that holds the shop's domain these are the names themselves. Else it is a
    delegated switch, and DNS says what leads there; where it does not, the shop's own
    domain is meant, unless that is redirected in a zone of its own. Silence counts as
    leading nowhere: on the day the shop's own zone may be as dead as its server.
    """
    domain = config.shop.domain
    if within(domain, zone):
        return tuple(names)
    apart = any(within(domain, table.zone) for table in config.dns)
    return typed(names, ways(config), None if apart else domain)


def ways(config: Config) -> Ways:
    """Return the names that each spelling of the shop's domain leads through."""
    return {
        name: mail.way(name, config.network) for name in spellings(config.shop.domain)
    }


def page_looks(
    config: Config, names: Sequence[str], target: Target
) -> tuple[PageLook, ...]:
    """Ask each of *names* at each final address of *target*, with SNI and Host."""
    addresses = addresses_of(target, config.network)
    pairs = [(name, address) for name in names for address in addresses]
    return asyncio.run(_looks(config.shop, pairs, config.network))


def addresses_of(target: Target, network: Network) -> tuple[str, ...]:
    """Return the addresses of *target*; those of a host name as of now."""
    if isinstance(target, str):
        return tuple(resolver.addresses(target, network))
    return tuple(str(address) for address in target)


async def _looks(
    shop_: Shop, pairs: Iterable[tuple[str, str]], network: Network
) -> tuple[PageLook, ...]:
    looks = (_look(shop_, name, address, network) for name, address in pairs)
    return tuple(await asyncio.gather(*looks))


async def _look(shop_: Shop, name: str, address: str, network: Network) -> PageLook:
    scheme = "https" if shop_.secure else "http"
    url = f"{scheme}://{name.rstrip('.')}:{shop_.port}/"
    try:
        reply = await fetch(
            url, network=network, at=(address, shop_.port), deadline=_LOOK
        )
    except FetchFailed as failed:
        return PageLook(name, address, failed.kind.value, failed.detail)
    return PageLook(
        name,
        address,
        status=reply.status,
        ours=is_our_page(reply.body),
        digest=Digest(sha256(reply.body).hexdigest()),
    )


def zone_look(
    zone: str, names: Sequence[str], network: Network, typed: Sequence[str] = ()
) -> ZoneLook:
    """Ask the delegated name servers of *zone* what they say about *names*.

    Mail to what customers type, *typed*, must not follow either.
    """
    servers = [
        server
        for server in resolver.authoritative(zone, network)
        if _answers(server, zone, network)
    ]
    if not servers:
        return ZoneLook()
    served = parallel.each(
        lambda server: _served(server, names, network), servers, width=_WIDTH
    )
    hosts = {server.name for server in servers}
    found = resolver.resolve(zone, "NS", network)
    hosts |= {absolute(name) for name in (found.rdatas if found else ())}
    return ZoneLook(
        mail=_mail(zone, mailed(names, typed), network),
        servers={
            host: mail.chain(host, network) for host in sorted(hosts) if _named(host)
        },
        served={str(server): got for server, got in zip(servers, served, strict=True)},
    )


def _named(host: str) -> bool:
    """Say whether *host* is a name and no ``address:port``."""
    return ":" not in host and not host.rstrip(".").replace(".", "").isdigit()


def _answers(server: resolver.Server, zone: str, network: Network) -> bool:
    answer = resolver.ask(server, zone, "SOA", network)
    return answer is not None and answer.authoritative and bool(answer.rdatas)


def _served(
    server: resolver.Server, names: Sequence[str], network: Network
) -> dict[tuple[str, str], tuple[str, ...]]:
    found = {}
    for name in map(absolute, names):
        for rtype in WEB_TYPES:
            if rtype == "ALIAS":  # a provider's own word: never on the wire
                continue
            answer = resolver.ask(server, name, rtype, network)
            if answer is not None and answer.rdatas:
                found[name, rtype] = answer.rdatas
    return found


def _mail(
    zone: str, names: Sequence[str], network: Network
) -> dict[str, Sequence[str]] | None:
    """Return each mail exchange's chain; ``None`` when nobody could be asked.

    Without MX the zone itself takes its mail (RFC 5321 section 5.1), and mail would
    follow it; nobody writes to ``@www``.
    """
    found: dict[str, Sequence[str]] = {}
    for domain in dict.fromkeys(map(absolute, (zone, *names))):
        way = mail.route(domain, network)
        if way is None:
            return None
        if not way.implicit or domain == absolute(zone):
            found |= {host.name: host.names for host in way.hosts}
    return found


def pinned(config: Config) -> tuple[str, ...]:
    """Return the shop's own addresses as they were pinned; empty when they are not."""
    try:
        origin = recall(connect_store(config.state, config))
    except FallbackError:
        return ()
    return origin.addresses if origin else ()


def shop_look(config: Config, clock: Clock) -> Observation:
    """Look at the shop once: by its own addresses when they are known."""
    return shop.look(config, pinned(config) or None, clock.now())


def origin_looks(
    config: Config, names: Sequence[str], addresses: Sequence[str], clock: Clock
) -> dict[str, tuple[Observation, ...]]:
    """Look at each of *names* at each of *addresses*, in their order."""
    asked = [(name, address) for name in names for address in addresses]
    seen = parallel.each(
        lambda pair: shop.look(_at(config, pair[0]), (pair[1],), clock.now()),
        asked,
        width=_WIDTH,
    )
    found: dict[str, tuple[Observation, ...]] = dict.fromkeys(names, ())
    for (name, _), look in zip(asked, seen, strict=True):
        found[name] += (look,)
    return found


def _at(config: Config, name: str) -> Config:
    """Return *config* with a probe that asks *name* for the same page."""
    parts = urlsplit(config.primary.probe)
    port = f":{parts.port}" if parts.port else ""
    probe = urlunsplit(parts._replace(netloc=f"{name.rstrip('.')}{port}"))
    return evolve(config, primary=evolve(config.primary, probe=probe))


def addresses_before(decision: Entry, network: Network) -> tuple[str, ...]:
    """Return where the names of *decision* led before it."""
    found: list[str] = []
    for change in decision.changes:
        rdatas = change.before.rdatas if change.before else ()
        if change.type in ("A", "AAAA"):
            found += rdatas
        elif change.type in ("CNAME", "ALIAS"):
            for host in set(rdatas) - set(decision.names):
                found += resolver.addresses(host, network)
    return tuple(dict.fromkeys(found))
