"""What a stranger's facts mean for the customers of a shop."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from fallback.core.check.hsts import Hsts
from fallback.core.check.registration import Party, Registration
from fallback.core.check.zone_facts import Mail, MailHost, NameServer, Service
from fallback.core.holders.platforms import PLATFORMS
from fallback.core.hosts.handshakes import Handshake, TlsOutcome
from fallback.core.outlook.facts import Front, Stranger
from fallback.core.outlook.grades import Grade
from fallback.core.outlook.outlook import Move, Outlook, Post, outlook
from fallback.core.records import RRset
from fallback.core.text import T

LOCK = "client transfer prohibited"
AT = datetime(2026, 11, 28, 10, 0, tzinfo=UTC)
SHOP = "192.0.2.10"
DOMAIN = "kwiaty.example"
HOME = ("dns.home.pl.", "dns2.home.pl.")
CLOUD = ("amir.ns.cloudflare.com.", "lola.ns.cloudflare.com.")
GOOGLE = Mail(DOMAIN, (MailHost(("aspmx.l.google.com.",), ("198.51.100.9",)),))
AT_HOME = Mail(DOMAIN, (MailHost(("serwer1.home.pl.",), ("203.0.113.25",)),))
IMPLICIT = Mail(DOMAIN, (MailHost((f"{DOMAIN}.",), (SHOP,)),), implicit=True)


def servers(
    names: tuple[str, ...] = CLOUD,
    ttl: int = 300,
    addresses: tuple[str, ...] = ("198.51.100.1", "203.0.113.1"),
    service: Service = Service.ANSWERS,
) -> tuple[NameServer, ...]:
    held = {
        (f"{each}{DOMAIN}.", "A"): RRset(timedelta(seconds=ttl), (SHOP,))
        for each in ("", "www.")
    }
    rrsets = held if service is Service.ANSWERS else {}
    return tuple(
        NameServer(name, address, service, rrsets)
        for name, address in zip(names, addresses, strict=True)
    )


def shake(outcome: TlsOutcome = TlsOutcome.GOOD, days: int = 60) -> Handshake:
    ends = AT + timedelta(days=days) if outcome is TlsOutcome.GOOD else None
    return Handshake(DOMAIN, SHOP, outcome, ends=ends)


GOOD = Stranger(
    DOMAIN,
    DOMAIN,
    AT,
    DOMAIN,
    CLOUD,
    servers(),
    {DOMAIN: (f"{DOMAIN}.",)},
    (SHOP,),
    ("serwer1.home.pl.",),
    GOOGLE,
    (),
    Front("https://kwiaty.example", 200),
    {},
    (shake(),),
    (),
)


PLAIN = Front("http://kwiaty.example", 200)
REFUSED = evolve(shake(TlsOutcome.UNREACHABLE), refused=True)


def ids(found: Outlook) -> list[str]:
    return [str(each.id) for each in found.findings]


def moments(found: Outlook) -> dict[str, str]:
    return {m.id: f"{m.clock} {m.text}" for m in found.story}


def test_a_shop_whose_name_can_be_moved_at_once_has_an_a() -> None:
    found = outlook(GOOD)
    assert (found.grade, found.move, found.post) == (Grade.A, Move.YES, Post.SURVIVES)
    assert "registrar" in ids(found), "what nobody can see is asked for"
    assert str(found.next) == "make the page while all is well: fallback init"
    told = moments(found)
    assert told["shop-dies"].startswith(
        "Saturday 11:00 the server of kwiaty.example at"
    )
    assert "Cloudflare has the records" in told["moved"]
    assert told["last-visitor"].startswith("Saturday 12:05")
    assert "it is at Google" in told["mail-survives"]


def registration(
    registrar: str = "Registrar North", *, days: int = 300, status: str = LOCK
) -> Registration:
    return Registration(
        DOMAIN,
        (Party(registrar),),
        frozenset({status}),
        AT + timedelta(days=days),
        lockable=True,
    )


BAD: dict[str, tuple[Stranger, Grade, str]] = {
    "the registrar is the shop's own company": (
        evolve(GOOD, registration=registration("home.pl S.A.")),
        Grade.B,
        "registrar-same",
    ),
    "the registration ends soon": (
        evolve(GOOD, registration=registration(days=59)),
        Grade.B,
        "domain-expires",
    ),
    "the registration ends tomorrow, as where it is renewed on the last day": (
        evolve(GOOD, registration=registration(days=1)),
        Grade.B,
        "domain-expires",
    ),
    "the registration has ended": (
        evolve(GOOD, registration=registration(days=-1)),
        Grade.D,
        "domain-expires",
    ),
    "the domain is on hold": (
        evolve(GOOD, registration=registration(days=-1, status="server hold")),
        Grade.F,
        "domain-on-hold",
    ),
    "one company holds shop and zone": (
        evolve(GOOD, delegated=HOME, servers=servers(HOME)),
        Grade.D,
        "dns-with-web",
    ),
    "the name servers stand beside the shop": (
        evolve(
            GOOD,
            delegated=("ns1.kwiaty.example.", "ns2.kwiaty.example."),
            servers=servers(
                ("ns1.kwiaty.example.", "ns2.kwiaty.example."),
                addresses=("192.0.2.53", "192.0.2.54"),
            ),
        ),
        Grade.E,
        "ns-with-shop",
    ),
    "no name server answers, and no resolver": (
        evolve(GOOD, servers=servers(service=Service.SILENT), addresses=None),
        Grade.F,
        "no-name-servers",
    ),
    "no name server answers here, and a resolver does": (
        evolve(GOOD, servers=servers(service=Service.LAME)),
        Grade.C,
        "name-servers-unasked",
    ),
    "one name server is lame": (
        evolve(
            GOOD,
            servers=(
                servers()[0],
                evolve(servers()[1], service=Service.LAME, rrsets={}),
            ),
        ),
        Grade.C,
        "ns-lame",
    ),
    "all name servers are in one network": (
        evolve(GOOD, servers=servers(addresses=("198.51.100.1", "198.51.100.2"))),
        Grade.C,
        "ns-one-network",
    ),
    "the name leads nowhere": (evolve(GOOD, addresses=()), Grade.F, "name-empty"),
    "the shop is down now": (
        evolve(GOOD, front=Front("", why="refused")),
        Grade.F,
        "shop-down",
    ),
    "the shop says 502": (evolve(GOOD, front=Front("", 502)), Grade.F, "shop-down"),
    "mail dies with the shop": (evolve(GOOD, mail=AT_HOME), Grade.C, "mail-with-shop"),
    "there is no MX": (evolve(GOOD, mail=IMPLICIT), Grade.D, "mx-implicit"),
    "MX is the shop's own name": (
        evolve(GOOD, mail=evolve(IMPLICIT, implicit=False)),
        Grade.D,
        "mx-follows",
    ),
    "a TTL of an hour": (evolve(GOOD, servers=servers(ttl=3600)), Grade.B, "ttl-high"),
    "a TTL of a day": (evolve(GOOD, servers=servers(ttl=86400)), Grade.C, "ttl-high"),
    "an expired certificate": (
        evolve(GOOD, handshakes=(shake(TlsOutcome.EXPIRED),)),
        Grade.C,
        "tls",
    ),
    "a certificate about to end": (
        evolve(GOOD, handshakes=(shake(days=3),)),
        Grade.C,
        "certificate-soon",
    ),
    "something that is no TLS": (
        evolve(GOOD, front=PLAIN, handshakes=(shake(TlsOutcome.NOT_TLS),)),
        Grade.B,
        "no-https",
    ),
    "nothing listens for https": (
        evolve(GOOD, front=PLAIN, handshakes=(REFUSED,)),
        Grade.B,
        "no-https",
    ),
    "a service worker": (evolve(GOOD, workers=("/sw.js",)), Grade.B, "workers"),
    "nobody knows the hoster": (evolve(GOOD, pointers=()), Grade.B, "web-unknown"),
    "nobody knows whose the name servers are": (
        evolve(GOOD, delegated=("ns1.kwiaty.example.", "ns2.kwiaty.example.")),
        Grade.B,
        "dns-unknown",
    ),
    "a proxy hides a hoster who may have the name servers": (
        evolve(
            GOOD,
            delegated=HOME,
            pointers=(),
            front=Front("", 200, headers={"server": "keycdn-engine"}),
        ),
        Grade.B,
        "web-hidden",
    ),
    "a proxy hides a server that may have the mail": (
        evolve(GOOD, pointers=(), front=Front("", 200, headers={"cf-ray": "1"})),
        Grade.B,
        "mail-unknown",
    ),
    "CAA forbids everybody": (evolve(GOOD, forbidden=True), Grade.B, "caa-nobody"),
    "mail is on a server with two kinds of addresses": (
        evolve(
            GOOD,
            addresses=(SHOP, "2001:db8:1::10"),
            pointers=(),
            mail=Mail(
                DOMAIN,
                (MailHost((f"mail.{DOMAIN}.",), (SHOP, "2001:db8:1::10")),),
            ),
        ),
        Grade.C,
        "mail-with-shop",
    ),
    "a question without an answer": (
        evolve(GOOD, unanswered=(T("where {domain} is", domain=DOMAIN),)),
        Grade.C,
        "unanswered",
    ),
    "an address that a company lends": (
        evolve(GOOD, domain="kwiaty.home.pl", shown="kwiaty.home.pl"),
        Grade.E,
        "name-lent",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_each_fault_has_a_finding_a_grade_and_a_remedy(case: str) -> None:
    seen, grade, expected = BAD[case]
    found = outlook(seen)
    assert (found.grade, ids(found)[0]) == (grade, expected)
    assert found.next is found.findings[0].remedy
    assert expected not in ids(outlook(GOOD)), "the good shop does not have it"


INFO: dict[str, tuple[Stranger, str]] = {
    "a domain without a lock": (
        evolve(GOOD, registration=registration(status="active")),
        "domain-unlocked",
    ),
    "HSTS": (evolve(GOOD, strict={DOMAIN: Hsts(timedelta(days=365))}), "hsts"),
    "CAA": (evolve(GOOD, authorities=("letsencrypt.org",)), "caa"),
    "a proxy in front": (
        evolve(
            GOOD,
            pointers=(),
            mail=Mail(DOMAIN),
            front=Front("", 200, headers={"cf-ray": "1"}),
        ),
        "web-hidden",
    ),
    "a refusal to us": (evolve(GOOD, front=Front("", 403)), "shop-not-read"),
    "a challenge": (
        evolve(GOOD, front=Front("", 503, headers={"cf-mitigated": "challenge"})),
        "shop-not-read",
    ),
    "our own page": (evolve(GOOD, front=Front("", 503, "our_page")), "shop-not-read"),
    "another site": (
        evolve(GOOD, front=Front("", 301, "redirect_away", "nowy.example")),
        "shop-elsewhere",
    ),
    "a panel that may take no host name": (
        evolve(GOOD, delegated=("ns1.maly.test.", "ns2.maly.test.")),
        "apex",
    ),
}


@pytest.mark.parametrize("case", INFO)
def test_what_only_has_to_be_known_costs_no_grade(case: str) -> None:
    seen, expected = INFO[case]
    found = outlook(seen)
    assert expected in ids(found)
    assert found.grade is Grade.A


def beside(seen: Stranger) -> Stranger:
    """Put every name server into the shop's own network."""
    moved = (
        evolve(server, address=f"192.0.2.{53 + number}")
        for number, server in enumerate(seen.servers or ())
    )
    return evolve(seen, servers=tuple(moved))


# each from the worst to the best
LADDERS: tuple[tuple[Callable[[Stranger], Stranger], ...], ...] = (
    (
        lambda s: evolve(s, servers=servers(service=Service.SILENT), addresses=None),
        beside,
        lambda s: evolve(s, delegated=HOME),
        lambda s: s,
    ),
    (
        lambda s: evolve(s, mail=IMPLICIT),
        lambda s: evolve(s, mail=AT_HOME),
        lambda s: s,
    ),
    (
        lambda s: evolve(s, handshakes=(shake(TlsOutcome.EXPIRED),)),
        lambda s: evolve(s, handshakes=(shake(days=3),)),
        lambda s: s,
    ),
    (
        lambda s: evolve(s, front=Front("", why="tcp_timeout")),
        lambda s: s,
    ),
    (lambda s: evolve(s, workers=("/sw.js",)), lambda s: s),
    (
        lambda s: evolve(s, registration=registration(status="server hold")),
        lambda s: evolve(s, registration=registration("home.pl", days=-1)),
        lambda s: evolve(s, registration=registration("home.pl", days=59)),
        lambda s: evolve(s, registration=registration("home.pl")),
        lambda s: evolve(s, registration=registration()),
    ),
    (lambda s: evolve(s, unanswered=(T("where {domain} is"),)), lambda s: s),
    (lambda s: evolve(s, authorities=("ca.example",)), lambda s: s),
)
TTLS = (86400, 3600, 300, 60)


def made(ttl: int, rungs: tuple[int, ...]) -> Stranger:
    seen = evolve(GOOD, servers=servers(ttl=TTLS[ttl]))
    for ladder, rung in zip(LADDERS, rungs, strict=True):
        seen = ladder[rung](seen)
    return seen


@given(
    st.integers(0, len(TTLS) - 1),
    st.tuples(*(st.integers(0, len(ladder) - 1) for ladder in LADDERS)),
    st.integers(0, len(LADDERS)),
)
def test_a_better_fact_never_worsens_the_grade(
    ttl: int, rungs: tuple[int, ...], which: int
) -> None:
    worse = outlook(made(ttl, rungs)).grade
    if which == len(LADDERS):
        better = made(min(ttl + 1, len(TTLS) - 1), rungs)
    else:
        up = min(rungs[which] + 1, len(LADDERS[which]) - 1)
        better = made(ttl, (*rungs[:which], up, *rungs[which + 1 :]))
    order = list(Grade)
    assert order.index(outlook(better).grade) <= order.index(worse)


def test_the_ladders_reach_every_grade() -> None:
    best = tuple(len(ladder) - 1 for ladder in LADDERS)
    grades = {outlook(made(ttl, best)).grade for ttl in range(len(TTLS))}
    for which, ladder in enumerate(LADDERS):
        grades |= {
            outlook(made(3, (*best[:which], rung, *best[which + 1 :]))).grade
            for rung in range(len(ladder))
        }
    assert grades == set(Grade), "the property above has something to prove"


@pytest.mark.parametrize("service", [Service.LAME, Service.SILENT])
def test_who_cannot_ask_name_servers_does_not_call_them_dead(service: Service) -> None:
    found = outlook(evolve(GOOD, servers=servers(service=service)))
    assert (found.grade, found.move) == (Grade.C, Move.UNKNOWN)
    assert not {"no-name-servers", "ns-lame", "ns-unreachable"} & {*ids(found)}
    assert "stuck" not in moments(found)


@pytest.mark.parametrize("outcome", ["timeout", "unreachable", "failed"])
def test_a_handshake_that_tells_nothing_is_no_lack_of_https(outcome: str) -> None:
    for front in (GOOD.front, PLAIN):
        silent = (shake(TlsOutcome(outcome)),)
        found = outlook(evolve(GOOD, front=front, handshakes=silent))
        assert "no-https" not in ids(found)
        assert found.grade is Grade.C, "what was not seen is not known to be good"


def test_a_shop_that_nobody_saw_is_not_said_to_have_no_https() -> None:
    found = outlook(evolve(GOOD, front=None, handshakes=(REFUSED,)))
    assert "no-https" not in ids(found)


def test_what_a_proxy_hides_is_not_claimed_to_live() -> None:
    hidden = evolve(GOOD, pointers=(), front=Front("", 200, headers={"cf-ray": "1"}))
    found = outlook(hidden)
    assert (found.move, found.post) == (Move.YES, Post.UNKNOWN)
    assert "is not seen to die with it" in moments(found)["mail-survives"]
    elsewhere = outlook(evolve(hidden, delegated=HOME))
    assert elsewhere.move is Move.UNKNOWN
    assert "is still there" not in moments(elsewhere)["moved"]


def test_the_story_keeps_to_what_was_seen() -> None:
    stuck = moments(outlook(BAD["the name servers stand beside the shop"][0]))
    assert "the name servers are down with the shop" in stuck["stuck"]
    assert not {"moved", "last-visitor", "hsts"} & stuck.keys()
    panel = moments(outlook(BAD["one company holds shop and zone"][0]))
    assert "while its panel is down, they cannot be changed" in panel["panel"]
    assert panel["last-visitor"].startswith("Saturday 12:05 if they were changed")
    dead = moments(outlook(evolve(GOOD, mail=AT_HOME)))
    assert dead["mail-returned"].startswith("Wednesday 11:00")
    unknown = moments(outlook(evolve(GOOD, mail=None, servers=None, delegated=None)))
    assert not {"mail-survives", "mail-dies", "last-visitor"} & unknown.keys()
    slow = moments(outlook(evolve(GOOD, servers=servers(ttl=86400))))
    assert slow["last-visitor"].startswith("Sunday 12:00")


def test_orders_are_looked_for_where_the_platform_keeps_them() -> None:
    by_id = {platform.id: platform for platform in PLATFORMS}
    for name, words in (("shopify", "panel or app"), ("prestashop", "that died")):
        seen = evolve(GOOD, front=Front("", 200, platform=by_id[name]))
        assert words in str(outlook(seen).orders)
        assert words in moments(outlook(seen))["orders"]


def test_nothing_seen_is_nothing_claimed() -> None:
    nothing = Stranger(DOMAIN, DOMAIN, AT)
    found = outlook(nothing)
    assert (found.move, found.post) == (Move.UNKNOWN, Post.UNKNOWN)
    assert found.dying == ()
    assert found.grade is Grade.C, "what was not seen is not known to be good"
    assert found.as_json()["holders"] == {
        "dns": [],
        "web": [],
        "mail": [],
        "registrar": [],
    }
