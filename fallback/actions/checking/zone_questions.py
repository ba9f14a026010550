"""What ``check`` asks about each zone: one question a function, all side by side.

See ``fallback.actions.checking.questions``. A question raises nothing that an owner
could not have heard of by another one.
"""

from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address
from typing import Any, cast

from attrs import evolve

from fallback import dns
from fallback.actions.checking.visiting import name_visits
from fallback.actions.moving.evidence import (
    addresses_of,
    page_looks,
    typed_names,
)
from fallback.actions.moving.following import addresses_now
from fallback.core.check.agreement import Agreement, Primary
from fallback.core.check.caa import Caa
from fallback.core.check.credential import Examined, Powers, Tempted
from fallback.core.check.inventory import Inventory, Lister
from fallback.core.check.zone_facts import Control, Mail, NameServer, Refusing, Service
from fallback.core.config import Config, DnsTable, Network
from fallback.core.errors import FallbackError, Refused
from fallback.core.hosts.handshakes import Handshake
from fallback.core.records import (
    Caps,
    Marker,
    Snapshot,
    absolute,
    marker_key,
    plan_redirect,
)
from fallback.core.redirect.switch import mailed
from fallback.core.text import T, Text
from fallback.probes import (
    agreement,
    caa,
    delegation,
    mail,
    nameserver,
    resolver,
    tls,
    usual,
)
from fallback.wire import parallel

_AT_ONCE = 8


def _control(config: Config, table: DnsTable) -> Control | Refusing:
    try:
        provider = dns.connect(table, config)
        snapshot = provider.read(table.zone, table.names)
    except FallbackError as error:
        return Refusing(error.what, error.next or T("look at the dns table"))
    marker = Marker.parse(snapshot.get(marker_key(table.zone)))
    redirected = marker is not None and marker.state == "redirected"
    by_hand = provider.caps.cas == "person"
    return Control(snapshot, provider.caps.types, redirected, by_hand)


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


def _servers(config: Config, table: DnsTable) -> tuple[NameServer, ...] | None:
    """Return what each name server says; ``None``: nobody said which there are."""
    network = config.network
    servers = resolver.authoritative(table.zone, network)
    if not servers and resolver.resolve(table.zone, "NS", network) is None:
        above = delegation.look(table.zone, network)
        if above is None or above.servers is None:
            return None  # else it is known that they have no address
    return tuple(
        parallel.each(
            lambda s: nameserver.inspect(s, table.zone, table.names, network),
            servers,
            width=_AT_ONCE,
        )
    )


def _agreement(config: Config, table: DnsTable) -> Agreement | None:
    """Return what those who hand the zone on say, and who the SOA's first server is."""
    network = config.network
    found = agreement.look(table.zone, network)
    if found is None or not found.first:
        return found
    said = [resolver.resolve(found.first, kind, network) for kind in ("A", "AAAA")]
    alias = len(mail.chain(found.first, network)) > 1
    if None in said:
        return found
    addresses = tuple(each for answer in said if answer for each in answer.rdatas)
    # who is among those that were asked is not asked once more
    said_so = [told.soa for told in found.told if told.address in addresses]
    answered = [bool(soa) for soa in said_so if soa is not None]
    knows = (
        any(answered)
        if answered
        else _KNOWS[_service(addresses, table.zone, found.first, network)]
    )
    return evolve(found, primary=Primary(found.first, alias, addresses, knows))


def _service(
    addresses: tuple[str, ...], zone: str, name: str, network: Network
) -> Service:
    for address in addresses[:1]:
        if network.allow_private or ip_address(address).is_global:
            server = resolver.Server(absolute(name), address)
            return nameserver.inspect(server, zone, (), network).service
    return Service.SILENT


_KNOWS = {Service.ANSWERS: True, Service.LAME: False, Service.SILENT: None}


def _typed(config: Config, table: DnsTable) -> tuple[str, ...]:
    return typed_names(config, table.zone, table.names)


def _inventory(config: Config, table: DnsTable) -> Inventory | None:
    """Return what else is in the zone: all of it, where the provider can list it."""
    with suppress(FallbackError):  # said by the question about the zone itself
        provider = dns.connect(table, config)
        if hasattr(provider, "listing"):
            return cast(Lister, provider).listing(table.zone)
    return usual.look(table.zone, table.names, config.network)


def _caa(config: Config, table: DnsTable) -> tuple[Caa, ...] | None:
    if not config.shop.secure:
        return ()
    names = _typed(config, table)
    return caa.look(table.zone, names, table.target, config.network)


def _pointers(config: Config, table: DnsTable) -> dict[str, tuple[str, ...]]:
    """Return the names of the addresses that the owner states are fixed."""
    if isinstance(table.target, str):
        return {}
    addresses = [str(address) for address in table.target]
    found = parallel.each(
        lambda address: resolver.pointers(address, config.network),
        addresses,
        width=_AT_ONCE,
    )
    return dict(zip(addresses, found, strict=True))


def _powers(config: Config, table: DnsTable) -> Powers | None:
    """Return what the credential can do; ``None`` where the provider cannot tell."""
    with suppress(FallbackError):  # said by the question about the zone itself
        provider = dns.connect(table, config)
        if hasattr(provider, "powers"):
            return cast(Examined, provider).powers(table.zone, table.names)
    return None


def _tempted(config: Config, table: DnsTable) -> Powers | None:
    """Return what the credential can do, by writes that can only be refused."""
    with suppress(FallbackError):  # said by the question about the zone itself
        provider = dns.connect(table, config)
        if hasattr(provider, "tempt"):
            return cast(Tempted, provider).tempt(table.zone, table.names)
    return None


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


QUESTIONS: dict[str, Callable[[Config, DnsTable], Any]] = {
    "control": _control,
    "impossible": _impossible,
    "servers": _servers,
    "delegation": lambda config, table: delegation.look(table.zone, config.network),
    "agreement": _agreement,
    "chains": _chains,
    "mail": _mail,
    "senders": lambda config, table: mail.senders(
        table.zone, table.zone, config.network
    ),
    "inventory": _inventory,
    "caa": _caa,
    "pointers": _pointers,
    "powers": _powers,
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
"""By the word for what is asked; each is put about one zone, and only reads."""

WRITES: dict[str, Callable[[Config, DnsTable], Any]] = {"tempted": _tempted}
"""What is asked of each zone beside that, where a person has asked for a write."""

ASKED: dict[str, Text] = {
    "control": T("what {zone} holds where it is kept"),
    "impossible": T("whether names of {zone} can follow the target"),
    "servers": T("what the name servers of {zone} say"),
    "delegation": T("what the zone above {zone} says of it"),
    "agreement": T("whether the servers of {zone} and the zone above agree"),
    "chains": T("what the name servers of {zone} depend on"),
    "mail": T("where mail for {zone} goes"),
    "senders": T("who may send mail for {zone}"),
    "inventory": T("what else {zone} holds"),
    "caa": T("who may sign certificates for names of {zone}"),
    "pointers": T("whose the addresses of the target of {zone} are"),
    "powers": T("what the credential for {zone} can do"),
    "tempted": T("what else the credential for {zone} may change"),
    "target": T("where the target of {zone} is"),
    "handshakes": T("which certificates the target of {zone} shows"),
    "typed": T("what customers type to arrive in {zone}"),
    "looks": T("what the target of {zone} shows"),
    "named": T("what visitors of the target of {zone} get"),
}
"""The same in the words of people."""
