"""Facts become findings: each one alone, and nothing about a shop that is ready."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from fallback.core.check.facts import Facts
from fallback.core.check.proven import proven_word
from fallback.core.check.server_readiness import all_with_shop, same_network
from fallback.core.check.settled import QUESTIONS, word
from fallback.core.check.zone_facts import (
    Control,
    Mail,
    MailHost,
    NameServer,
    Refusing,
    Service,
    Zone,
)
from fallback.core.findings import Severity
from fallback.core.hosts.handshakes import Handshake, TlsOutcome
from fallback.core.model import Digest, Observation, Verdict
from fallback.core.readiness import findings
from fallback.core.records import WEB_TYPES, RRset, Snapshot
from fallback.core.redirect.gates import PageLook
from fallback.core.standing import Place
from fallback.core.text import T
from fallback.core.wizard.starter import PLACEHOLDER

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PAGE = Digest("a" * 64)
APEX, WWW = "kwiaty.example.", "www.kwiaty.example."
RECORDS = {
    (APEX, "A"): RRset(MINUTE, ("198.51.100.7",)),
    (WWW, "CNAME"): RRset(MINUTE, (APEX,)),
}
MAIL = Mail(APEX, (MailHost(("mx.elsewhere.example.",), ("203.0.113.9",)),))
ZONE = Zone(
    "kwiaty.example",
    ("kwiaty.example", "www.kwiaty.example"),
    (IPv4Address("203.0.113.80"),),
    addresses=("203.0.113.80",),
    chains={"ns1.dns.example.": ("ns1.dns.example.",)},
    servers=(
        NameServer("ns1.dns.example.", "192.0.2.1", Service.ANSWERS, RECORDS),
        NameServer("ns2.dns.example.", "203.0.113.53", Service.ANSWERS, RECORDS),
    ),
    mail=(MAIL,),
    handshakes=tuple(
        Handshake(name, "203.0.113.80", TlsOutcome.GOOD, ends=NOW + timedelta(days=60))
        for name in ("kwiaty.example", "www.kwiaty.example")
    ),
    looks=tuple(
        PageLook(name, "203.0.113.80", status=503, ours=True, digest=PAGE)
        for name in ("kwiaty.example", "www.kwiaty.example")
    ),
    control=Control(Snapshot(APEX, RECORDS), frozenset(WEB_TYPES)),
)
READY = Facts(
    NOW,
    "kwiaty.example",
    "kwiaty.awaria@elsewhere.example",
    shop=("198.51.100.7",),
    email_mail=Mail(
        "elsewhere.example",
        (MailHost(("mx.elsewhere.example.",), ("203.0.113.25",)),),
    ),
    pages=frozenset({PAGE}),
    zones=(ZONE,),
    hosts=(Place("s3", "https://status.example", live=True),),
    dates={proven_word(APEX): NOW} | {word(asked): NOW for asked in QUESTIONS},
)


def test_a_shop_that_is_ready_has_no_findings() -> None:
    assert findings(READY) == ()


def _zone(**changes: Any) -> Facts:
    return evolve(READY, zones=(evolve(ZONE, **changes),))


def _served(*servers: NameServer) -> Facts:
    return _zone(servers=servers)


def _with(record: tuple[str, str], rrset: RRset) -> Facts:
    records = {**RECORDS, record: rrset}
    servers = tuple(evolve(server, rrsets=records) for server in ZONE.servers)
    control = Control(Snapshot(APEX, records), frozenset(WEB_TYPES))
    return _zone(servers=servers, control=control)


def _server(name: str, address: str, service: Service) -> NameServer:
    there = RECORDS if service is Service.ANSWERS else {}
    return NameServer(name, address, service, there)


SHOP_MAIL = Mail(APEX, (MailHost(("mail.kwiaty.example.",), ("198.51.100.7",)),))

CASES: dict[str, tuple[Facts, set[tuple[str, Severity]]]] = {
    "the shop shows other words": (
        evolve(READY, look=Observation(NOW, Verdict.DOUBTFUL, "keyword")),
        {("shop-not-seen", Severity.WARNING)},
    ),
    "the shop does not answer": (
        evolve(READY, look=Observation(NOW, Verdict.DOWN, "refused")),
        {("shop-not-seen", Severity.WARNING)},
    ),
    "nobody said which words the shop shows": (
        evolve(READY, contains=PLACEHOLDER),
        {("shop-not-seen", Severity.WARNING)},
    ),
    "the page is nowhere": (
        evolve(READY, hosts=(Place("s3", "https://status.example", live=False),)),
        {("page-not-live", Severity.CRITICAL)},
    ),
    "the page is in one of two places": (
        evolve(
            READY,
            hosts=(*READY.hosts, Place("folder", "https://two.example", live=False)),
        ),
        {("page-not-live", Severity.WARNING)},
    ),
    "nobody could look at a host": (
        evolve(READY, hosts=(Place("s3", "https://status.example", live=None),)),
        set(),
    ),
    "the emergency address is in the shop's domain": (
        evolve(READY, email="help@kwiaty.example"),
        {("email-same-domain", Severity.CRITICAL)},
    ),
    "the emergency address is below the shop's domain": (
        evolve(READY, email="help@post.kwiaty.example"),
        {("email-same-domain", Severity.CRITICAL)},
    ),
    "the emergency address is on the shop's server": (
        evolve(READY, email_mail=SHOP_MAIL),
        {("email-on-shop", Severity.CRITICAL)},
    ),
    "the emergency address takes no mail": (
        evolve(READY, email_mail=Mail("elsewhere.example")),
        {("email-no-mail", Severity.CRITICAL)},
    ),
    "a host is not seen as a visitor": (
        evolve(READY, hosts=(Place("folder", "", live=True),)),
        {("host-not-seen", Severity.INFO)},
    ),
    "names cannot be redirected at all": (
        evolve(READY, zones=()),
        {("no-dns", Severity.INFO)},
    ),
    "a question had no answer": (
        evolve(READY, unanswered=(T("where mail goes"),)),
        {("unanswered", Severity.WARNING)},
    ),
    "the zone is not delegated": (
        _served(),
        {("no-name-servers", Severity.CRITICAL)},
    ),
    "nobody says which name servers it has": (
        _zone(servers=(), heard=False),
        set(),
    ),
    "one name server is silent": (
        _served(*ZONE.servers, _server("ns3.", "192.0.2.9", Service.SILENT)),
        {("ns-unreachable", Severity.WARNING)},
    ),
    "one name server is lame": (
        _served(*ZONE.servers, _server("ns3.", "192.0.2.9", Service.LAME)),
        {("ns-lame", Severity.WARNING)},
    ),
    "no name server answers": (
        _served(
            _server("ns1.", "192.0.2.1", Service.SILENT),
            _server("ns2.", "203.0.113.53", Service.LAME),
        ),
        {("ns-unreachable", Severity.CRITICAL), ("ns-lame", Severity.CRITICAL)},
    ),
    "two name servers disagree": (
        _served(
            ZONE.servers[0],
            evolve(
                ZONE.servers[1],
                rrsets={**RECORDS, (APEX, "A"): RRset(MINUTE, ("198.51.100.8",))},
            ),
        ),
        {("ns-disagree", Severity.CRITICAL), ("not-delegated", Severity.CRITICAL)},
    ),
    "two servers of a company whose aliases rotate disagree": (
        _served(
            evolve(ZONE.servers[0], name="ada.ns.cloudflare.com."),
            evolve(
                ZONE.servers[1],
                name="bob.ns.cloudflare.com.",
                rrsets={**RECORDS, (APEX, "A"): RRset(MINUTE, ("198.51.100.8",))},
            ),
        ),
        {("ns-disagree", Severity.INFO), ("not-delegated", Severity.CRITICAL)},
    ),
    "the name servers are beside the shop": (
        _served(
            _server("ns1.", "198.51.100.1", Service.ANSWERS),
            _server("ns2.", "198.51.100.2", Service.ANSWERS),
        ),
        {("ns-with-shop", Severity.CRITICAL)},
    ),
    "the name servers are in one network": (
        _served(
            _server("ns1.", "192.0.2.1", Service.ANSWERS),
            _server("ns2.", "192.0.2.2", Service.ANSWERS),
        ),
        {("ns-one-network", Severity.WARNING)},
    ),
    "a name server is a redirected name": (
        _zone(chains={WWW: (WWW,)}),
        {("ns-follows", Severity.CRITICAL)},
    ),
    "a name server is an alias": (
        _zone(
            chains={"ns.kwiaty.example.": ("ns.kwiaty.example.", "ns1.dns.example.")}
        ),
        {("ns-alias", Severity.WARNING)},
    ),
    "a name leads nowhere": (
        _zone(
            names=("kwiaty.example", "typo.kwiaty.example"),
            looks=tuple(
                PageLook(name, "203.0.113.80", status=503, ours=True, digest=PAGE)
                for name in ("kwiaty.example", "typo.kwiaty.example")
            ),
        ),
        {("name-empty", Severity.WARNING)},
    ),
    "a TTL is too long": (
        _with((APEX, "A"), RRset(timedelta(hours=1), ("198.51.100.7",))),
        {("ttl-high", Severity.WARNING)},
    ),
    "records will be taken away": (
        _with((APEX, "HTTPS"), RRset(MINUTE, ("1 . alpn=h2",))),
        {("removed-while-redirected", Severity.INFO)},
    ),
    "mail follows a redirected name": (
        _zone(mail=(Mail(APEX, (MailHost(("mail.kwiaty.example.", APEX)),)),)),
        {("mx-follows", Severity.CRITICAL)},
    ),
    "mail follows because there is no MX": (
        _zone(mail=(Mail(APEX, (MailHost((APEX,), ("198.51.100.7",)),), True),)),
        {("mx-implicit", Severity.CRITICAL)},
    ),
    "the way of mail could not be asked": (
        _zone(mail=None),
        {("mx-follows", Severity.CRITICAL)},
    ),
    "a domain without mail": (_zone(mail=(Mail(APEX),)), set()),
    "mail dies with the shop": (
        _zone(mail=(SHOP_MAIL,)),
        {("mail-with-shop", Severity.WARNING)},
    ),
    "the provider cannot be read": (
        _zone(control=None, unreadable=Refusing(T("the key is wrong"), T("mend it"))),
        {("provider", Severity.CRITICAL)},
    ),
    "a host name at the apex": (
        _zone(impossible=Refusing(T("a CNAME is not allowed there"), T("move"))),
        {("target-unfit", Severity.CRITICAL)},
    ),
    "a redirect is in force": (
        _zone(control=Control(Snapshot(APEX, RECORDS), frozenset(WEB_TYPES), True)),
        {("redirected", Severity.INFO)},
    ),
    "the certificate ends soon": (
        _zone(handshakes=(evolve(ZONE.handshakes[0], ends=NOW + timedelta(days=3)),)),
        {("certificate-soon", Severity.WARNING)},
    ),
    "the shop has a worker and nobody wrote it down": (
        evolve(READY, workers=("/sw.js",)),
        {("workers-not-written", Severity.INFO)},
    ),
    "the shop has a worker that the settings deny": (
        evolve(READY, workers=("/sw.js",), placed=("/old.js",)),
        {("workers-not-written", Severity.WARNING)},
    ),
    "the shop's worker is written down": (
        evolve(READY, workers=("/sw.js",), placed=("/sw.js", "/old.js")),
        set(),
    ),
    "the target does not show the page": (
        _zone(looks=tuple(evolve(look, ours=False) for look in ZONE.looks)),
        {("target-not-page", Severity.CRITICAL)},
    ),
    "the target shows an earlier page": (
        evolve(READY, pages=frozenset({Digest("b" * 64)})),
        {("page-differs", Severity.CRITICAL)},
    ),
    "the target has no address": (
        _zone(looks=(), handshakes=(), addresses=()),
        {("target-not-page", Severity.CRITICAL)},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_each_thing_that_is_wrong_is_found_and_nothing_else(case: str) -> None:
    facts, expected = CASES[case]
    assert {(found.id, found.severity) for found in findings(facts)} == expected


def test_a_remedy_says_where_in_the_panel_of_the_company_that_keeps_the_zone() -> None:
    at_home = tuple(
        evolve(server, name=f"{name}.home.pl.")
        for server, name in zip(ZONE.servers, ("dns", "dns2"), strict=True)
    )
    implicit = (Mail(APEX, (MailHost((APEX,), ("203.0.113.1",)),), True),)
    (found,) = findings(_zone(servers=at_home, mail=implicit))
    assert "panel.home.pl" in str(found.remedy)
    (elsewhere,) = findings(_zone(mail=implicit))
    assert "(at" not in str(elsewhere.remedy)


@pytest.mark.parametrize(
    "outcome", [outcome for outcome in TlsOutcome if outcome is not TlsOutcome.GOOD]
)
def test_every_way_a_handshake_fails_is_critical_and_told_once(
    outcome: TlsOutcome,
) -> None:
    failed = evolve(ZONE.handshakes[0], outcome=outcome, ends=None)
    look = evolve(ZONE.looks[0], failure="tls", ours=False, digest=None)
    found = findings(_zone(handshakes=(failed,), looks=(look, ZONE.looks[1])))
    assert [(each.id, each.severity) for each in found] == [("tls", Severity.CRITICAL)]


def test_every_finding_says_what_why_and_what_to_do() -> None:
    for facts, _ in CASES.values():
        for found in findings(facts):
            for said in (found.seen, found.why, found.remedy):
                assert str(said)
                assert "{" not in str(said)
                assert not said.template.endswith(".")


def test_the_gravest_stands_first() -> None:
    facts = evolve(
        READY,
        email="a@kwiaty.example",
        hosts=(Place("folder", "", live=True),),
        look=Observation(NOW, Verdict.DOWN, "refused"),
    )
    order = [found.severity for found in findings(facts)]
    assert order == [Severity.CRITICAL, Severity.WARNING, Severity.INFO]


@given(st.ip_addresses(v=4), st.integers(0, 255))
def test_one_network_is_a_24_of_ipv4(address: IPv4Address, last: int) -> None:
    neighbour = IPv4Address((int(address) & ~0xFF) | last)
    assert same_network(str(address), str(neighbour))
    assert not same_network(str(address), str(IPv4Address(int(address) ^ 0x100)))


def test_one_network_is_a_48_of_ipv6_and_families_never_mix() -> None:
    assert same_network("2001:db8:1::1", "2001:db8:1:ffff::1")
    assert not same_network("2001:db8:1::1", "2001:db8:2::1")
    assert not same_network("192.0.2.1", "2001:db8::1")


def test_no_name_server_at_all_is_not_one_beside_the_shop() -> None:
    assert not all_with_shop((), ("192.0.2.1",))
    assert all_with_shop(("192.0.2.2",), ("198.51.100.1", "192.0.2.1"))
    assert not all_with_shop(("192.0.2.2", "203.0.113.1"), ("192.0.2.1",))
    ids = {found.id for found in findings(_zone(servers=()))}
    assert "ns-with-shop" not in ids


@given(st.sets(st.sampled_from([APEX, WWW, "mail.kwiaty.example.", "mx.example."])))
def test_mail_follows_exactly_when_its_chain_meets_a_redirected_name(
    chain: set[str],
) -> None:
    host = MailHost(("mx.kwiaty.example.", *sorted(chain)))
    found = findings(_zone(mail=(Mail(APEX, (host,)),)))
    follows: Callable[[str], bool] = {APEX, WWW}.__contains__
    assert bool(found) == any(map(follows, chain))
