"""Facts to findings: what would not work if the shop died now.

*Critical* is what a gate of ``redirect`` would refuse, or what leaves customers or
their mail behind on the day; the rest informs. Every finding has a remedy, and nothing
that was not seen counts as good.
"""

from collections.abc import Iterable, Iterator

from fallback.core.check.drill_readiness import drill_findings
from fallback.core.check.facts import Facts
from fallback.core.check.host_readiness import (
    ahead_findings,
    host_findings,
    name_findings,
)
from fallback.core.check.hsts import hsts_findings
from fallback.core.check.link import link_findings
from fallback.core.check.mailbox import mailbox_findings
from fallback.core.check.ownership import left_findings, ownership_findings
from fallback.core.check.phone import phone_findings
from fallback.core.check.proven import tried_findings
from fallback.core.check.registration_readiness import SPARE, registration_findings
from fallback.core.check.settled import settled_findings
from fallback.core.check.shop_readiness import (
    order_findings,
    shop_findings,
    worker_findings,
)
from fallback.core.check.site_basket import basket_findings
from fallback.core.check.skew import clock_findings
from fallback.core.check.spare_readiness import registrars_known, spare_findings
from fallback.core.check.switch_readiness import switch_findings
from fallback.core.check.zone_facts import Zone
from fallback.core.check.zone_readiness import zone_findings
from fallback.core.findings import Finding, Severity
from fallback.core.holders.companies import named
from fallback.core.hosts.handshakes import TlsOutcome
from fallback.core.text import T
from fallback.core.wizard.offers import NOWHERE

_OF_TARGET = frozenset({"target-unfit", "target-not-page"})


def findings(facts: Facts) -> tuple[Finding, ...]:
    """Return everything worth knowing, the gravest first, then by subject.

    Offline only what is known without a network is said beside that.
    """
    found = _known_offline(facts) if facts.offline else _everything(facts)
    order = list(Severity)
    return tuple(sorted(found, key=lambda f: (order.index(f.severity), f.about)))


def _known_offline(facts: Facts) -> list[Finding]:
    offline = Finding(
        "offline",
        Severity.CRITICAL,
        facts.domain,
        T("this machine is offline: no name server answers it"),
        T("what was not seen is not known to be good, nor to be bad"),
        T("see whether it is online, and run it again"),
    )
    return [
        offline,
        *left_findings(facts.proof),
        *_settled(facts),
        *drill_findings(facts.drilled, facts.domain, facts.at),
        *phone_findings(facts.phone),
    ]


def _everything(facts: Facts) -> list[Finding]:
    found = [*shop_findings(facts.look, facts.domain, facts.contains)]
    found += order_findings(facts.platform, facts.domain)
    found += worker_findings(facts.workers, facts.placed, facts.domain)
    found += [*_email(facts), *_links(facts), *_hosts(facts), *_unanswered(facts)]
    found += clock_findings(facts.ticks)
    found += hsts_findings(
        facts.domain, facts.hsts, secure=facts.secure, covered=_covered(facts)
    )
    found += _settled(facts)
    for tried in facts.tried:
        found += tried_findings(tried)
    found += ownership_findings(facts.proof)
    found += host_findings(
        facts.visits, facts.local, facts.at, judged=facts.proof.judged
    )
    found += ahead_findings(
        facts.visits,
        secure=facts.secure,
        redirectable=bool(facts.zones),
        proven=any(
            shake.outcome is TlsOutcome.GOOD
            for zone in facts.zones
            for shake in zone.handshakes
        ),
    )
    found += switch_findings(facts)
    found += drill_findings(facts.drilled, facts.domain, facts.at)
    found += spare_findings(facts)
    found += _registered(facts)
    found += phone_findings(facts.phone)
    for zone in facts.zones:
        found += _led_somewhere(zone, zone_findings(zone, facts))
        found += name_findings(zone.visits)
    said = {each.id for each in found}
    found += basket_findings(facts.domain, facts.parts, said)
    return found


def _settled(facts: Facts) -> Iterator[Finding]:
    known = ("ask-spare-registrar",) if registrars_known(facts) else ()
    told = facts.registration
    registrar = named(told.companies) if told else ""
    yield from settled_findings(facts.domain, facts.dates, facts.at, known, registrar)


def _registered(facts: Facts) -> Iterator[Finding]:
    """Yield what may become of the shop's domain, and of the spare one if it has one.

    A spare address within the shop's own registration is said by another finding.
    """
    shop = facts.registration
    spare = facts.spare.registration if facts.spare else None
    if shop is not None:
        yield from registration_findings(shop, facts.at)
    if spare is not None and (shop is None or spare.domain != shop.domain):
        yield from registration_findings(spare, facts.at, SPARE)


def _covered(facts: Facts) -> bool:
    """Say whether each name was seen with a good certificate at each address."""
    shakes = [shake for zone in facts.zones for shake in zone.handshakes]
    return bool(shakes) and all(s.outcome is TlsOutcome.GOOD for s in shakes)


def _led_somewhere(zone: Zone, found: Iterable[Finding]) -> Iterator[Finding]:
    """Yield *found*; for a target that nobody has named yet, that alone about it."""
    if zone.target != NOWHERE:
        yield from found
        return
    yield Finding(
        "target-unknown",
        Severity.CRITICAL,
        zone.zone,
        T("nobody has said yet where its names shall lead"),
        T("on the day these names could not be redirected"),
        T(
            "make the place with fallback setup, and write the name that it prints into"
            " fallback.toml, in place of {word}",
            word=NOWHERE,
        ),
    )
    yield from (each for each in found if each.id not in _OF_TARGET)


def _email(facts: Facts) -> Iterator[Finding]:
    own = {facts.domain.removeprefix("www."), *(zone.zone for zone in facts.zones)}
    return mailbox_findings(
        facts.email, facts.email_mail, facts.knock, shop=facts.shop, domains=own
    )


def _links(facts: Facts) -> Iterator[Finding]:
    names = [name for zone in facts.zones for name in (*zone.names, *zone.typed)]
    told: list[Finding] = []
    for trail in facts.trails:
        for found in link_findings(trail, names, facts.domain, facts.shop):
            if found not in told:
                told.append(found)
    yield from told


def _hosts(facts: Facts) -> Iterator[Finding]:
    empty = [host for host in facts.hosts if host.live is False]
    alone = len(empty) == len(facts.hosts)
    for host in empty:
        yield Finding(
            "page-not-live",
            Severity.CRITICAL if alone else Severity.WARNING,
            host.label,
            T("the page is not there"),
            T("there is no page to lead anybody to")
            if alone
            else T("if the other place fails, there is no page"),
            T("publish the page: fallback deploy"),
        )
    for host in facts.hosts:
        if not host.url:
            yield Finding(
                "host-not-seen",
                Severity.INFO,
                host.label,
                T("no status address is known, so it is not seen as a visitor sees it"),
                T("what visitors get may differ from what the host holds"),
                T("set url in its table under hosts"),
            )
    if not facts.zones:
        yield Finding(
            "no-dns",
            Severity.INFO,
            facts.domain,
            T("no DNS zone is configured, so names cannot be redirected"),
            T("the page is published, but whoever types the shop's address is not led"),
            T("add a dns table for the zone; provider manual needs no account"),
        )


def _unanswered(facts: Facts) -> Iterator[Finding]:
    for question in facts.unanswered:
        yield Finding(
            "unanswered",
            Severity.WARNING,
            facts.domain,
            T("no answer in time: {question}", question=question),
            T("what was not seen is not known to be good"),
            T("run fallback check again, or from another network"),
        )
