"""A delegated switch to findings: whether the shop's own names really lead there.

The shop's own zone has no table then, so what can be known of it is said here.
"""

from collections.abc import Iterator

from fallback.core.check.facts import Facts
from fallback.core.check.server_readiness import all_with_shop, servers_with_shop
from fallback.core.check.zone_facts import Zone
from fallback.core.findings import Finding, Severity
from fallback.core.redirect.switch import leading, silent, within
from fallback.core.text import T


def switch_findings(facts: Facts) -> Iterator[Finding]:
    """Yield what hinders a switch; nothing where the shop's own zone has a table.

    A name of which nobody says where it leads may lead to the switch.
    """
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
    unknown = silent(approach.ways)
    if led:
        known = led.union(unknown)
        yield from (_not_led(name) for name in approach.ttls if name not in known)
    elif not unknown:
        yield _nobody_led(facts.zones[0], facts.domain)
    if all_with_shop([address for _, address in approach.servers], facts.shop):
        yield servers_with_shop(approach.zone)


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
