"""A delegated switch to findings: whether the shop's own names really lead there.

The shop's own zone has no table then, so what can be known of it is said here.
"""

from collections.abc import Iterator

from fallback.core.facts import Approach, Facts, Zone
from fallback.core.findings import Finding, Severity
from fallback.core.switch import leading, within
from fallback.core.text import T
from fallback.core.zone_readiness import same_network


def switch_findings(facts: Facts) -> Iterator[Finding]:
    """Yield what hinders a switch; nothing where the shop's own zone has a table."""
    approach = facts.approach
    if approach is None or not facts.zones:
        return
    if any(within(facts.domain, zone.zone) for zone in facts.zones):
        return
    led = {
        name
        for zone in facts.zones
        for switched in zone.names
        for name in leading(switched, approach.ways)
    }
    if not led:
        yield _nobody_led(facts.zones[0], facts.domain)
    else:
        yield from (_not_led(name) for name in approach.ttls if name not in led)
    yield from _servers(approach, facts.shop)


def _nobody_led(zone: Zone, domain: str) -> Finding:
    name = zone.names[0]
    return Finding(
        "switch-not-led",
        Severity.CRITICAL,
        domain,
        T("no address of the shop's leads to {name}", name=name),
        T("a redirect there would move nobody"),
        T("in the shop's zone, make www a CNAME to {name}", name=name),
    )


def _not_led(name: str) -> Finding:
    return Finding(
        "switch-partly-led",
        Severity.WARNING,
        name,
        T("it does not lead to the switch"),
        T("whoever types it keeps coming to the dead shop"),
        T("tell customers the address with www; the top of a zone can have no CNAME"),
    )


def _servers(approach: Approach, shop: tuple[str, ...]) -> Iterator[Finding]:
    addresses = [address for _, address in approach.servers]
    if addresses and all(any(same_network(a, at) for at in shop) for a in addresses):
        yield Finding(
            "ns-with-shop",
            Severity.CRITICAL,
            approach.zone,
            T("every name server is in the shop's own network"),
            T("when they are dead nobody is told that www leads to the switch"),
            T("move the zone to a DNS company that is not the shop's hoster"),
        )
