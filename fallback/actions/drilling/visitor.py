"""What a visitor of a throw-away name gets: where it leads, and what is shown there."""

from collections.abc import Iterator
from ipaddress import ip_address

from fallback.actions.moving import evidence
from fallback.core.config import Config, DnsTable, Network
from fallback.core.records import Addresses
from fallback.core.redirect.gates import page_gate
from fallback.core.text import Sayable, T
from fallback.probes import resolver

Look = tuple[bool, list[Sayable]]
"""Whether all is as it should be, and what was seen."""


def as_a_visitor(config: Config, table: DnsTable, real: DnsTable) -> Iterator[Look]:
    """Look at the moved names of *table*, a part of *real*, as a visitor would.

    *config* is the site whose page is to be seen there.
    """
    yield _led(config, table)
    yield _seen(config, table, real)


def _led(config: Config, table: DnsTable) -> Look:
    """See where resolvers lead a visitor of the moved names."""
    wanted = set(evidence.addresses_of(table.target, config.network))
    told: list[Sayable] = []
    fine = True
    for name in table.names:
        led = resolver.addresses(name, config.network)
        where = ", ".join(led) or T("nowhere")
        told.append(T("{name} leads to {where}", name=name, where=where))
        # a host name may answer with other addresses every time
        if not led or (not isinstance(table.target, str) and set(led) - wanted):
            fine = False
    return fine, told


def _seen(config: Config, table: DnsTable, real: DnsTable) -> Look:
    """See what is shown where the zone's own name servers lead the moved names.

    No certificate is made for a name that lives for a minute, and some hosts answer
    only for names they know: then it is looked at under the shop's own.
    """
    pages = evidence.expected_pages(config)
    there = _led_by_servers(table, real, config.network)
    looks = evidence.page_looks(config, table.names, there)
    refusals = list(page_gate(looks, pages, table.names))
    names = ", ".join(table.names)
    if not refusals:
        return True, [T("the page is shown there for {names}", names=names)]
    typed = evidence.typed_names(config, real.zone, real.names)
    own = evidence.page_looks(config, typed, there)
    bad = list(page_gate(own, pages, typed))
    if bad:
        return False, [refusal.why for refusal in bad]
    return True, [
        T("not seen under the drill's name, which is as usual: {why}",
          why=refusals[0].why),
        T("seen under the shop's own, at the same addresses: {names}",
          names=", ".join(name.rstrip(".") for name in typed)),
    ]  # fmt: skip


def _led_by_servers(table: DnsTable, real: DnsTable, network: Network) -> Addresses:
    """Return where the name servers of the zone lead the moved names.

    An alias is followed as resolvers follow it. Where no name server can be asked,
    resolvers tell.
    """
    found: dict[str, None] = {}
    for server in resolver.authoritative(real.zone, network):
        for name in table.names:
            for rtype in ("A", "AAAA", "CNAME"):
                answer = resolver.ask(server, name, rtype, network)
                for rdata in answer.rdatas if answer else ():
                    led = [rdata] if rtype != "CNAME" else ()
                    found |= dict.fromkeys(led or resolver.addresses(rdata, network))
    if not found:
        for name in table.names:
            found |= dict.fromkeys(resolver.addresses(name, network))
    return tuple(map(ip_address, found))
