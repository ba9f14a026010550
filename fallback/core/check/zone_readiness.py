"""One zone's facts to findings: the gates' own refusals, and what they do not ask."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from attrs import evolve

from fallback.core.check.caa import authority, caa_findings
from fallback.core.check.credential import credential_findings
from fallback.core.check.facts import Facts
from fallback.core.check.inventory import inventory_findings
from fallback.core.check.mailbox import on_shop
from fallback.core.check.proven import proven_findings, proven_word
from fallback.core.check.server_readiness import keepers, server_findings
from fallback.core.check.spf import spf_findings
from fallback.core.check.zone_facts import Mail, Zone
from fallback.core.findings import Finding, Severity
from fallback.core.holders.companies import change_at
from fallback.core.holders.shared_ranges import pinned_findings
from fallback.core.hosts.handshakes import TlsOutcome, judged
from fallback.core.records import WEB_TYPES, Snapshot, absolute
from fallback.core.redirect.gates import Code, Refusal, page_gate, zone_gate
from fallback.core.redirect.switch import within
from fallback.core.text import T, Text

LONGEST_TTL = timedelta(seconds=300)

_REMOVED = ("AAAA", "HTTPS", "SVCB")


_IN_THE_PANEL = (
    Code.MX_FOLLOWS,
    "caa-blocks",
    "follows",
    "mx-implicit",
    "negative-ttl",
    "ns-mismatch",
    "soa-expire",
    "spf-follows",
    "ttl-high",
)
"""Findings that are mended where the zone's records are kept."""


def zone_findings(zone: Zone, facts: Facts) -> Iterator[Finding]:
    """Yield everything worth knowing about one zone and its target.

    Where the company that keeps it is known, a remedy says where in its panel.
    """
    known = [company for company in keepers(zone) if company.known]
    for found in _findings(zone, facts):
        if known and found.id in _IN_THE_PANEL and "fallback" not in str(found.remedy):
            where = change_at(known[0], zone.zone)
            remedy = T("{remedy} ({where})", remedy=found.remedy, where=where)
            yield evolve(found, remedy=remedy)
        else:
            yield found


def _findings(zone: Zone, facts: Facts) -> Iterator[Finding]:
    yield from _provider(zone)
    yield from server_findings(zone, facts.shop)
    yield from _names(zone)
    yield from _gates(zone, facts)
    yield from _proven(zone, facts)
    yield from credential_findings(zone.zone, zone.powers, facts.at)
    yield from inventory_findings(
        zone.zone, zone.names, zone.inventory, [s.name for s in zone.servers]
    )
    yield from spf_findings(zone.zone, zone.names, zone.senders)
    yield from _signers(zone)
    yield from pinned_findings(zone.zone, zone.target, zone.pointers, facts.placed_at)
    for handshake in zone.handshakes:
        yield from judged(handshake, facts.at)
    for mail in zone.mail or ():
        yield from _mail(zone, mail, facts.shop)


def _mail(zone: Zone, mail: Mail, shop: Sequence[str]) -> Iterator[Finding]:
    if mail.implicit and absolute(mail.domain) in map(absolute, zone.names):
        yield Finding(
            "mx-implicit",
            Severity.CRITICAL,
            mail.domain,
            T("there is no MX record, so mail goes where the name itself leads"),
            _WHY[Code.MX_FOLLOWS],
            T("add an MX record; for a domain that takes no mail: 0 . (RFC 7505)"),
        )
    elif (shared := on_shop(mail, shop)) is not None:
        yield Finding(
            "mail-with-shop",
            Severity.WARNING,
            mail.domain,
            T("its mail server {host} is on the shop's server", host=shared.name),
            T("mail dies with the shop, and comes late or not at all"),
            T("tell customers an address elsewhere, or move the mail"),
        )


def _provider(zone: Zone) -> Iterator[Finding]:
    if zone.unreadable is not None:
        yield Finding(
            "provider",
            Severity.CRITICAL,
            zone.zone,
            T(
                "the zone cannot be read where it is kept: {why}",
                why=zone.unreadable.what,
            ),
            T("names can be redirected only where they can be read and written"),
            T("{remedy}", remedy=zone.unreadable.remedy),
        )
    if zone.impossible is not None:
        yield Finding(
            Code.TARGET_UNFIT,
            Severity.CRITICAL,
            zone.zone,
            T("{why}", why=zone.impossible.what),
            T("on the day these names could not be redirected"),
            T("{remedy}", remedy=zone.impossible.remedy),
        )
    if zone.control is not None and zone.control.redirected:
        yield Finding(
            "redirected",
            Severity.INFO,
            zone.zone,
            T("a redirect is in force"),
            T("the names show the page now: the shop's own records were not seen"),
            T("when the shop is back: fallback restore"),
        )


def _signers(zone: Zone) -> Iterator[Finding]:
    """Yield what CAA says to whoever signed the page's certificates, or will sign."""
    for caa in zone.caa:
        shakes = [s for s in zone.handshakes if absolute(s.name) == absolute(caa.name)]
        issuers = {shake.issuer for shake in shakes if shake.issuer} or {""}
        good = any(shake.outcome is TlsOutcome.GOOD for shake in shakes)
        for issuer in sorted(issuers):
            yield from caa_findings(caa, authority(issuer, zone.target), good=good)


def _proven(zone: Zone, facts: Facts) -> Iterator[Finding]:
    """Yield what is known of the right to write; nothing where it was tried today."""
    control = zone.control
    if control is None or control.by_hand or control.redirected:
        return
    if all(tried.zone != absolute(zone.zone) for tried in facts.tried):
        known = (zone.moved, facts.dates.get(proven_word(zone.zone)))
        last = max((at for at in known if at is not None), default=None)
        yield from proven_findings(zone.zone, last, facts.at)


def _names(zone: Zone) -> Iterator[Finding]:
    redirected = zone.control is not None and zone.control.redirected
    if not zone.answering or redirected:
        return  # what the names hold while redirected is ours, not the shop's
    rrsets = zone.answering[0].rrsets
    below = {cut for server in zone.answering for cut in server.cuts}
    for name in dict.fromkeys(map(absolute, zone.names)):
        if any(within(name, cut) for cut in below):
            continue  # other servers say what is there
        held = {rtype: rrset for (at, rtype), rrset in rrsets.items() if at == name}
        if not held.keys() & {"A", "AAAA", "CNAME"}:
            yield Finding(
                "name-empty",
                Severity.WARNING,
                name,
                T("the name leads nowhere today"),
                T("it would be redirected too; perhaps another name was meant"),
                T("look at names in the dns table"),
            )
        yield from _lifetime(zone, name, [rrset.ttl for rrset in held.values()])
        removed = [rtype for rtype in _REMOVED if rtype in held]
        if removed:
            yield Finding(
                "removed-while-redirected",
                Severity.INFO,
                name,
                T("its {types} records are taken away", types=", ".join(removed)),
                T("they would lead visitors past the page; they return with the shop"),
                T("nothing to do"),
            )


def _lifetime(zone: Zone, name: str, ttls: Sequence[timedelta]) -> Iterator[Finding]:
    longest = max(ttls, default=timedelta())
    if longest > LONGEST_TTL:
        seconds = int(longest.total_seconds())
        yield Finding(
            "ttl-high",
            Severity.WARNING,
            name,
            T("the TTL is {seconds} seconds", seconds=seconds),
            T(
                "visitors keep the dead address for up to {minutes} minutes",
                minutes=-(-seconds // 60),
            ),
            T("lower it while all is well: fallback prepare")
            if zone.control is not None
            else T(
                "lower it to {seconds} seconds while all is well",
                seconds=int(LONGEST_TTL.total_seconds()),
            ),
        )


_WHY: dict[Code, Text] = {
    Code.MX_FOLLOWS: T("mail would reach the page's host and bounce, not wait"),
    Code.NS_FOLLOWS: T("redirecting that name would take the whole zone away"),
    Code.PROVIDER_BLIND: T("left in place it leads visitors past the page"),
}
_REFUSED = T("a redirect is refused until this is mended")


def _gates(zone: Zone, facts: Facts) -> Iterator[Finding]:
    """Yield what the gates of ``redirect`` would refuse, each cause once."""
    control = zone.control
    snapshot = control.snapshot if control else Snapshot(zone.zone, {})
    types = control.types if control else frozenset(WEB_TYPES)
    bad = {h.name for h in zone.handshakes if h.outcome is not TlsOutcome.GOOD}
    refusals = [*zone_gate(zone.look(), snapshot, zone.names, types)]
    for name in zone.typed or zone.names:
        if name not in bad:
            refusals += page_gate(zone.looks, facts.pages, [name])
    for refusal in refusals:
        if refusal.code is Code.NOT_DELEGATED and not zone.answering:
            continue  # said already, by server
        yield _refused(zone, refusal)


def _refused(zone: Zone, refusal: Refusal) -> Finding:
    """Return the refusal of a gate as a finding, with the gate's code as its id."""
    return Finding(
        refusal.code,
        Severity.CRITICAL,
        refusal.zone or zone.zone,
        refusal.why,
        _WHY.get(refusal.code, _REFUSED),
        refusal.remedy,
    )
