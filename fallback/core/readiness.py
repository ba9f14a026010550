"""Facts to findings: what would not work if the shop died now.

*Critical* is what a gate of ``redirect`` would refuse, or what leaves customers or
their mail behind on the day; the rest informs. Every finding has a remedy, and nothing
that was not seen counts as good.
"""

from collections.abc import Iterable, Iterator

from fallback.core.drill_readiness import drill_findings
from fallback.core.facts import Facts, Zone
from fallback.core.findings import Finding, Severity
from fallback.core.handshakes import TlsOutcome
from fallback.core.host_readiness import ahead_findings, host_findings, name_findings
from fallback.core.offers import NOWHERE
from fallback.core.records import absolute
from fallback.core.shop_readiness import shop_findings, worker_findings
from fallback.core.switch_readiness import switch_findings
from fallback.core.text import T
from fallback.core.zone_readiness import on_shop, zone_findings

_OF_TARGET = frozenset({"target-unfit", "target-not-page"})


def findings(facts: Facts) -> tuple[Finding, ...]:
    """Return everything worth knowing, the gravest first, then by subject."""
    found = [*shop_findings(facts.look, facts.domain, facts.contains)]
    found += worker_findings(facts.workers, facts.placed, facts.domain)
    found += [*_email(facts), *_hosts(facts), *_unanswered(facts)]
    found += host_findings(facts.visits, facts.local, facts.at)
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
    for zone in facts.zones:
        found += _led_somewhere(zone, zone_findings(zone, facts))
        found += name_findings(zone.visits)
    order = list(Severity)
    return tuple(sorted(found, key=lambda f: (order.index(f.severity), f.subject)))


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
    domain = absolute(facts.email.rpartition("@")[2])
    shops = {facts.domain.removeprefix("www."), *(zone.zone for zone in facts.zones)}
    remedy = T("use an address at another company as contact.email")
    mail = facts.email_mail
    if any(f".{domain}".endswith(f".{absolute(shop)}") for shop in shops):
        yield Finding(
            "email-same-domain",
            Severity.CRITICAL,
            facts.email,
            T("the emergency address is inside the shop's own domain"),
            T("it may die with the shop, on the one day it is needed"),
            remedy,
        )
    elif mail is not None and not mail.hosts:
        yield Finding(
            "email-no-mail",
            Severity.CRITICAL,
            facts.email,
            T("the domain {domain} takes no mail", domain=domain.rstrip(".")),
            T("what customers write to the emergency address comes back to them"),
            remedy,
        )
    elif mail is not None and (shared := on_shop(mail, facts.shop)):
        yield Finding(
            "email-on-shop",
            Severity.CRITICAL,
            facts.email,
            T("its mail server {host} is on the shop's server", host=shared.name),
            T("it dies with the shop, on the one day it is needed"),
            remedy,
        )


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
