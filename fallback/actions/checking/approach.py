"""How customers come to the shop: which zone its domain is in, and what is said there.

It needs no account: the zone's own name servers are asked, as anybody may.
"""

from collections.abc import Iterator
from datetime import timedelta

from fallback.actions.moving.evidence import ways
from fallback.core.check.facts import Approach
from fallback.core.config import Config, Network
from fallback.core.records import absolute
from fallback.core.redirect.switch import spellings
from fallback.probes import resolver
from fallback.wire import parallel

_AT_ONCE = 8
_WEB = ("A", "AAAA", "CNAME")


def approach(config: Config) -> Approach:
    """Return how each spelling of the shop's domain leads on, with the TTLs in force.

    Without any name server that answers, nothing but the ways is known.
    """
    zone, servers = home(config.shop.domain, config.network)
    answering = [
        server
        for server, said in zip(servers, _soas(servers, zone, config), strict=True)
        if said is not None and said.authoritative
    ]
    return Approach(
        absolute(zone),
        ways(config),
        dict(_ttls(answering[0], config)) if answering else {},
        tuple((server.name, server.address) for server in servers),
    )


def home(domain: str, network: Network) -> tuple[str, tuple[resolver.Server, ...]]:
    """Return the zone that *domain* is in, and its servers; none when nobody says."""
    labels = domain.removeprefix("www.").rstrip(".").split(".")
    for depth in range(max(len(labels) - 1, 1)):
        zone = ".".join(labels[depth:])
        if servers := resolver.authoritative(zone, network):
            return zone, servers
    return ".".join(labels), ()


def _soas(
    servers: tuple[resolver.Server, ...], zone: str, config: Config
) -> list[resolver.Answer | None]:
    return parallel.each(
        lambda server: resolver.ask(server, zone, "SOA", config.network),
        servers,
        width=_AT_ONCE,
    )


def _ttls(server: resolver.Server, config: Config) -> Iterator[tuple[str, timedelta]]:
    """Yield each spelling that has a web record, with the longest TTL of its own."""
    for name in spellings(config.shop.domain):
        said = (resolver.ask(server, name, rtype, config.network) for rtype in _WEB)
        ttls = [answer.ttl for answer in said if answer and answer.rdatas]
        if ttls:
            yield name, max(ttls)
