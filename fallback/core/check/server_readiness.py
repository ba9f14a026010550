"""The name servers of a zone to findings: who answers, who agrees, where they are."""

from collections.abc import Collection, Iterator, Sequence

from fallback.core.check.agreement import agreement_findings
from fallback.core.check.basket import network_of
from fallback.core.check.delegation import Keeper, delegation_findings
from fallback.core.check.operators import operator_unknown, operators
from fallback.core.check.zone_facts import NameServer, Service, Zone
from fallback.core.findings import Finding, Severity
from fallback.core.holders.companies import Apex, Company, registrable
from fallback.core.records import RRset
from fallback.core.text import T


def server_findings(zone: Zone, shop: Sequence[str]) -> Iterator[Finding]:
    """Yield everything worth knowing about the servers; *shop* holds its addresses."""
    yield from _servers(zone, shop)
    yield from delegation_findings(
        zone.zone,
        zone.delegation,
        _keepers(zone),
        operated=any(company.known for company in keepers(zone)),
    )
    yield from agreement_findings(
        zone.zone, zone.agreement, {server.address for server in zone.answering}
    )
    yield from _cuts(zone)
    yield from _aliases(zone)


def _servers(zone: Zone, shop: Sequence[str]) -> Iterator[Finding]:
    if not zone.heard:
        return  # said as a question that nobody answered
    if not zone.servers:
        if zone.delegation is not None and zone.delegation.servers == ():
            return  # said by the delegation itself
        yield Finding(
            "no-name-servers",
            Severity.CRITICAL,
            zone.zone,
            T("no name server of the zone was found"),
            T("nobody can find the shop, and no change would be seen"),
            T("look at the delegation where the domain is registered"),
        )
        return
    for server in zone.servers:
        if server.service is not Service.ANSWERS:
            yield _not_answering(server, alone=not zone.answering)
    yield from _disagreement(zone)
    yield from _networks(zone, shop)


def _keepers(zone: Zone) -> tuple[Keeper, ...]:
    return tuple(
        Keeper(server.name, server.soa, server.named) for server in zone.answering
    )


def _cuts(zone: Zone) -> Iterator[Finding]:
    for cut in sorted({cut for server in zone.answering for cut in server.cuts}):
        yield Finding(
            "subzone",
            Severity.CRITICAL,
            cut,
            T("it is a zone of its own, handed down to other name servers"),
            T("a change in {zone} does not move the names in it", zone=zone.zone),
            T("give {zone} a dns table of its own, and take its names out of the one"
              " above", zone=cut.rstrip(".")),
        )  # fmt: skip


def _aliases(zone: Zone) -> Iterator[Finding]:
    for name, chain in sorted(zone.chains.items()):
        if len(chain) > 1:
            yield Finding(
                "ns-alias",
                Severity.WARNING,
                zone.zone,
                T("the name server {name} is an alias of {other}",
                  name=name.rstrip("."), other=chain[1].rstrip(".")),
                T("many resolvers take no alias for a name server, and do not ask it"),
                T("name the server by the name that has the address"),
            )  # fmt: skip


def _not_answering(server: NameServer, *, alone: bool) -> Finding:
    lame = server.service is Service.LAME
    return Finding(
        "ns-lame" if lame else "ns-unreachable",
        Severity.CRITICAL if alone else Severity.WARNING,
        server.name,
        T("the name server at {address} does not know the zone", address=server.address)
        if lame
        else T("the name server at {address} does not answer", address=server.address),
        T("visitors see neither the shop nor the page")
        if alone
        else T("some visitors wait longer, or see nothing"),
        T("mend it, or take it out of the delegation where the domain is registered"),
    )


def _disagreement(zone: Zone) -> Iterator[Finding]:
    for server in zone.answering[1:]:
        first = zone.answering[0]
        differs = sorted(
            key
            for key in {*first.rrsets, *server.rrsets}
            if not _same(first.rrsets.get(key), server.rrsets.get(key))
        )
        rotating = _follows_a_name(zone) and all(t in ("A", "AAAA") for _, t in differs)
        if differs:
            yield Finding(
                "ns-disagree",
                Severity.INFO if rotating else Severity.CRITICAL,
                zone.zone,
                T(
                    "{one} and {other} say different things about {name} {type}",
                    one=first.name,
                    other=server.name,
                    name=differs[0][0],
                    type=differs[0][1],
                ),
                T("a change reaches only some of the visitors"),
                T("mend the transfer between the name servers"),
            )


def _follows_a_name(zone: Zone) -> bool:
    """Say whether its DNS company lets a name have another one's addresses.

    Each of its servers looks those up by itself, and they may change with every answer.
    """
    return any(c.desk.apex in (Apex.ALIAS, Apex.FLATTEN) for c in keepers(zone))


def keepers(zone: Zone) -> tuple[Company, ...]:
    """Return who runs the name servers of *zone*, if it can be told."""
    names = [server.name for server in zone.servers]
    return operators(registrable(zone.zone), names, zone.servers)


def _same(one: RRset | None, other: RRset | None) -> bool:
    """Compare without TTL, which a server that caches for another counts down."""
    return (one and one.rdatas) == (other and other.rdatas)


def _networks(zone: Zone, shop: Sequence[str]) -> Iterator[Finding]:
    servers = {server.address for server in zone.servers}
    if all_with_shop(servers, shop):
        yield servers_with_shop(zone.zone)
        return
    if not keepers(zone):
        yield operator_unknown(zone.zone)
    if len({network_of(address) for address in servers}) == 1:
        yield Finding(
            "ns-one-network",
            Severity.WARNING,
            zone.zone,
            T("all name servers are in one network"),
            T("one broken network takes them all away"),
            T("add a name server at another company"),
        )


def same_network(one: str, other: str) -> bool:
    """Return whether two addresses share a /24 (IPv4) or a /48 (IPv6)."""
    return network_of(one) == network_of(other)


def all_with_shop(servers: Collection[str], shop: Collection[str]) -> bool:
    """Return whether every address of *servers* is in a network of *shop*.

    Without any server nothing is known of them: then they are not.
    """
    return bool(servers) and all(
        any(same_network(address, at) for at in shop) for address in servers
    )


def servers_with_shop(zone: str) -> Finding:
    """Return the finding that all the name servers of *zone* die with the shop."""
    return Finding(
        "ns-with-shop",
        Severity.CRITICAL,
        zone,
        T("every name server is in the shop's own network"),
        T("when the shop's company fails, nobody can be sent anywhere else"),
        T("move the zone to a DNS company that is not the shop's hoster"),
    )
