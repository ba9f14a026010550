"""The questions about a shop that anybody may ask, side by side, within one deadline.

Nothing is written or remembered; private addresses are asked in a lab's network only.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from time import sleep
from typing import Any
from urllib.parse import urlsplit

from attrs import evolve, frozen

from fallback.core.check.caa import allowed
from fallback.core.check.zone_facts import NameServer
from fallback.core.config import Config, Contact, Network, Primary, Shop, State
from fallback.core.holders.companies import registrable
from fallback.core.hosts.handshakes import Handshake
from fallback.core.outlook.facts import Front, Stranger
from fallback.core.outlook.typed_domain import TypedDomain
from fallback.core.records import absolute
from fallback.core.redirect.switch import spellings
from fallback.core.text import T, Text
from fallback.probes import (
    connectivity,
    front,
    mail,
    nameserver,
    registrar,
    resolver,
    tls,
    workers,
)
from fallback.wire import parallel
from fallback.wire.questions import answered

_FIRST_LOOK = timedelta(seconds=10)
_SECOND_LOOK = timedelta(seconds=5)
_BETWEEN = timedelta(seconds=1)
"""A server that is being started again answers the second look."""
_ON_THE_WAY = ("refused", "unreachable", "tcp_timeout", "tls_timeout", "http_timeout")
"""How a look fails when this machine is offline, or behind a wall."""
_AT_ONCE = 6
_MOST_SERVERS = 16
_MOST_ADDRESSES = 6
"""More tell nothing new of who holds a shop."""
_HTTPS = 443


def asked(
    typed: TypedDomain, network: Network, now: datetime, deadline: timedelta
) -> Stranger:
    """Return what was seen of the shop; takes *deadline* at most, and never raises."""
    questions: dict[str, Callable[[], Any]] = {
        word: lambda ask=ask: ask(typed, network)  # type: ignore[misc]
        for word, (ask, _) in _QUESTIONS.items()
    }
    # no registry has to answer, so that its silence is no question left open
    questions["registrar"] = lambda: registrar.look(typed.domain, network)
    got = answered(questions, within=deadline)
    zone = got.get("zone") or _Zone()
    places = got.get("addresses") or _Places()
    signers = got.get("caa") or _Signers(None)
    seen = Stranger(
        typed.domain,
        typed.shown,
        now,
        zone.name,
        zone.delegated,
        zone.servers,
        got.get("ways") or {},
        places.addresses,
        places.pointers,
        got.get("mail"),
        signers.names,
        got.get("front"),
        got.get("strict") or {},
        got.get("tls"),
        got.get("workers"),
        forbidden=signers.forbidden,
        registration=got.get("registrar"),
    )
    unanswered = tuple(
        said.with_values(domain=typed.shown)
        for word, (_, said) in _QUESTIONS.items()
        if _silent(word, got) or (word == "tls" and seen.uncertified and not seen.down)
    )
    return evolve(seen, unanswered=unanswered)


@frozen
class _Zone:
    name: str = ""
    delegated: tuple[str, ...] | None = None
    servers: tuple[NameServer, ...] | None = None


@frozen
class _Places:
    addresses: tuple[str, ...] | None = None
    pointers: tuple[str, ...] = ()


@frozen
class _Signers:
    """Who may issue certificates: those of *names*, any without one, or nobody."""

    names: tuple[str, ...] | None = ()
    forbidden: bool = False


def _silent(word: str, got: Mapping[str, Any]) -> bool:
    """Return whether nobody answered: not in time, or not at all."""
    answer = got.get(word)
    if isinstance(answer, _Zone):
        return answer.servers is None
    if isinstance(answer, _Places):
        return answer.addresses is None
    if isinstance(answer, Front):
        return not answer.whole
    return answer is None


def _zone(typed: TypedDomain, network: Network) -> _Zone:
    """Return the zone that the domain is in, and how its servers answer for it."""
    bare = typed.domain.removeprefix("www.").split(".")
    last = len(bare) - registrable(typed.domain).count(".")
    heard: tuple[str, ...] | None = None
    for depth in range(max(last, 1)):
        name = ".".join(bare[depth:])
        servers = resolver.authoritative(name, network)[:_MOST_SERVERS]
        found = resolver.resolve(name, "NS", network)
        if servers:
            inspected = parallel.each(
                lambda server, zone=name: nameserver.inspect(  # type: ignore[misc]
                    server, zone, spellings(typed.domain), network
                ),
                servers,
                width=_AT_ONCE,
            )
            names = found.rdatas if found and found.rdatas else _names(inspected)
            return _Zone(name, tuple(map(absolute, names)), tuple(inspected))
        if found is not None:
            heard = found.rdatas
    return _Zone(name, heard, None if heard is None else ())


def _names(servers: list[NameServer]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(server.name for server in servers))


def _ways(typed: TypedDomain, network: Network) -> Mapping[str, tuple[str, ...] | None]:
    return {name: mail.way(name, network) for name in spellings(typed.domain)}


def _addresses(typed: TypedDomain, network: Network) -> _Places:
    """Return where both spellings lead, and what those addresses are called."""
    pairs = [(name, kind) for name in spellings(typed.domain) for kind in ("A", "AAAA")]
    answers = parallel.each(
        lambda pair: resolver.resolve(*pair, network), pairs, width=_AT_ONCE
    )
    if all(answer is None for answer in answers):
        return _Places()
    found = dict.fromkeys(
        each for answer in answers if answer for each in answer.rdatas
    )
    addresses = tuple(found)[:_MOST_ADDRESSES]
    named = parallel.each(
        lambda address: resolver.pointers(address, network), addresses, width=_AT_ONCE
    )
    return _Places(
        addresses, tuple(dict.fromkeys(map(absolute, chain.from_iterable(named))))
    )


def _mail(typed: TypedDomain, network: Network) -> Any:
    return mail.route(registrable(typed.domain), network)


def _authorities(typed: TypedDomain, network: Network) -> _Signers | None:
    """Return who may issue certificates: the nearest CAA set counts (RFC 8659)."""
    labels = typed.domain.split(".")
    for depth in range(len(labels) - registrable(typed.domain).count(".")):
        found = resolver.resolve(".".join(labels[depth:]), "CAA", network)
        if found is None:
            return None
        if found.rdatas:
            names = allowed(found.rdatas)
            return _Signers(tuple(sorted(names or ())), names == frozenset())
    return _Signers()


def _front(typed: TypedDomain, network: Network) -> Front | None:
    """Return what answers; nothing counts only when it is seen twice, and is not ours.

    ``None``: nothing came, and the reason may be this machine's own network.
    """
    site = _as_site(typed, network)
    first = front.look(site, _FIRST_LOOK)
    if not first.down or first.why == "private":
        return first
    sleep(_BETWEEN.total_seconds())
    questions: dict[str, Callable[[], Any]] = {
        "again": lambda: front.look(site, _SECOND_LOOK),
        "online": lambda: connectivity.online(network),
    }
    got = answered(questions, within=2 * _SECOND_LOOK)
    again: Front = got.get("again", first)
    ours = again.why in _ON_THE_WAY and (
        got.get("online") is False or not _routed(typed, network)
    )
    return None if ours else again


def _routed(typed: TypedDomain, network: Network) -> bool:
    """Return whether there is a way from here to any address of the shop."""
    host = urlsplit(typed.url).hostname or ""
    found = resolver.addresses(host, network)
    return not found or any(map(connectivity.routed, found))


def _workers(typed: TypedDomain, network: Network) -> tuple[str, ...]:
    return workers.find(_as_site(typed, network))


def _strict(typed: TypedDomain, network: Network) -> Any:
    return front.strict(spellings(typed.domain), _secure_port(typed), network)


def _handshakes(typed: TypedDomain, network: Network) -> tuple[Handshake, ...] | None:
    """Return one handshake a spelling that leads anywhere, at its first address."""
    pairs = [
        (name, places[0])
        for name in spellings(typed.domain)
        if (places := resolver.addresses(name, network))
    ]
    return tuple(
        parallel.each(
            lambda pair: tls.handshake(*pair, _secure_port(typed), network),
            pairs,
            width=_AT_ONCE,
        )
    )


def _secure_port(typed: TypedDomain) -> int:
    return typed.port if typed.url.startswith("https:") else _HTTPS


def _as_site(typed: TypedDomain, network: Network) -> Config:
    """Return the settings of a site of which nothing but its address is known."""
    return Config(
        Path(),
        Shop(typed.domain, typed.url),
        Contact("", ""),
        Primary(typed.url, ""),
        (),
        (),
        State("folder", None),
        network,
    )


_QUESTIONS: dict[str, tuple[Callable[[TypedDomain, Network], Any], Text]] = {
    "zone": (_zone, T("what the name servers of {domain} say")),
    "addresses": (_addresses, T("where {domain} is")),
    "ways": (_ways, T("which names {domain} leads through")),
    "mail": (_mail, T("where mail for {domain} goes")),
    "caa": (_authorities, T("who may issue certificates for {domain}")),
    "front": (_front, T("what {domain} shows")),
    "strict": (_strict, T("what {domain} tells browsers about https")),
    "tls": (_handshakes, T("which certificate {domain} has")),
    "workers": (_workers, T("which service workers {domain} has")),
}
