"""What dies with the shop is told once, by whoever runs it."""

from typing import Any

import pytest
from attrs import evolve

from fallback.core.check.site_basket import Site, basket_findings, things
from fallback.core.check.zone_facts import Mail, MailHost, NameServer, Service
from fallback.core.findings import Finding, Severity
from fallback.core.holders.companies import registrar_company

DOMAIN = "kwiaty.example"


def _ns(name: str, address: str) -> NameServer:
    return NameServer(name, address, Service.ANSWERS)


def _mail(name: str, address: str) -> Mail:
    return Mail(DOMAIN, (MailHost((name,), (address,)),))


GOOD = Site(
    DOMAIN,
    ("198.51.100.7", "2001:db8::7"),
    pointers=("vps7.home.pl.",),
    servers=(
        _ns("a.ns.cloudflare.com.", "192.0.2.1"),
        _ns("b.ns.cloudflare.com.", "192.0.2.2"),
    ),
    mail=(_mail("mx.google.com.", "203.0.113.1"),),
    mailbox=_mail("mx.fastmail.example.", "203.0.113.50"),
    hosts=(
        ("s3", "d1.cloudfront.net", ("203.0.113.80",)),
        ("netlify", "page.netlify.app", ("203.0.114.80",)),
    ),
    machine=("203.0.115.9",),
    words=("github.com", ("203.0.116.1",)),
)  # fmt: skip


def _found(site: Site, *said: str) -> list[Finding]:
    return list(basket_findings(DOMAIN, things(site), said))


def test_a_site_that_is_spread_has_no_finding() -> None:
    assert _found(GOOD) == []
    assert _found(Site(DOMAIN)) == []


HOME = "home.pl"
CASES: dict[str, tuple[dict[str, Any], Severity, str]] = {
    "name servers at the shop's company": (
        {
            "servers": (
                _ns("dns.home.pl.", "192.0.2.1"),
                _ns("dns2.home.pl.", "192.0.3.1"),
            )
        },
        Severity.WARNING,
        "its name servers",
    ),
    "the registrar at the shop's company": (
        {"registrars": (registrar_company("home.pl S.A."),)},
        Severity.WARNING,
        "the registrar",
    ),
    "mail at the shop's company": (
        {"mail": (_mail("mx.home.pl.", "192.0.2.25"),)},
        Severity.INFO,
        "its mail",
    ),
    "the emergency mailbox at the shop's company": (
        {"mailbox": _mail("mx.home.pl.", "192.0.2.25")},
        Severity.WARNING,
        "the emergency mailbox",
    ),
    "the only host at the shop's company": (
        {"hosts": (("sftp", "status.home.pl", ("192.0.2.80",)),)},
        Severity.CRITICAL,
        "the page's hosts",
    ),
    "the only host in the shop's network": (
        {"hosts": (("sftp", "status.elsewhere.example", ("198.51.100.80",)),)},
        Severity.CRITICAL,
        "the page's hosts",
    ),
    "the watcher in the shop's network": (
        {"machine": ("198.51.100.9",)},
        Severity.WARNING,
        "this machine",
    ),
    "the words in the shop's network": (
        {"words": ("git.elsewhere.example", ("198.51.100.10",))},
        Severity.WARNING,
        "your words",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_dies_with_the_shop_is_found(case: str) -> None:
    changes, severity, words = CASES[case]
    (found,) = _found(evolve(GOOD, **changes))
    assert (found.id, found.severity) == ("same-basket", severity)
    assert words in str(found.seen)


def test_everything_at_one_company_is_one_finding_with_the_gravest_remedy() -> None:
    all_there = evolve(
        GOOD,
        servers=(_ns("dns.home.pl.", "192.0.2.1"),),
        mail=(_mail("mx.home.pl.", "192.0.2.25"),),
        hosts=(("sftp", "status.home.pl", ("192.0.2.80",)),),
    )
    (found,) = _found(all_there)
    said = str(found.seen)
    assert said == (
        "with the shop die, at home.pl: its name servers, its mail, the page's hosts"
    )
    assert "at another company" in str(found.remedy)


def test_one_host_elsewhere_keeps_the_page() -> None:
    second = (("sftp", "status.home.pl", ("198.51.100.80",)), *GOOD.hosts)
    assert _found(evolve(GOOD, hosts=second)) == []
    unknown = (("sftp", "status.home.pl", ("198.51.100.80",)), ("folder", "", ()))
    assert _found(evolve(GOOD, hosts=unknown)) == []


def test_a_bucket_elsewhere_keeps_the_journal() -> None:
    beside = evolve(GOOD, machine=("198.51.100.9",))
    assert [found.id for found in _found(beside)] == ["same-basket"]
    assert _found(evolve(beside, store="s3.amazonaws.com")) == []
    unknown = evolve(GOOD, machine=(), store="s3.home.pl")
    assert _found(unknown) == [], "where this machine is, nobody knows"


def test_what_was_said_by_network_is_not_said_again() -> None:
    beside = evolve(GOOD, servers=(_ns("dns.home.pl.", "198.51.100.53"),))
    assert _found(beside, "ns-with-shop") == []
    assert [found.id for found in _found(beside)] == ["same-basket"]


def test_names_in_the_shop_s_own_domain_say_nothing() -> None:
    own = evolve(
        GOOD,
        aliases=(f"{DOMAIN}.",),
        pointers=(),
        servers=(_ns(f"ns1.{DOMAIN}.", "192.0.2.1"),),
        mail=(_mail(f"mail.{DOMAIN}.", "203.0.113.1"),),
    )
    assert _found(own) == []


def test_two_hosts_at_one_company_are_worth_one() -> None:
    twins = (
        ("s3", "d1.cloudfront.net", ("203.0.113.80",)),
        ("s3-2", "d2.cloudfront.net", ("203.0.114.80",)),
    )
    (found,) = _found(evolve(GOOD, hosts=twins))
    assert found.id == "hosts-together"
    assert found.severity is Severity.WARNING
    assert "Amazon CloudFront" in str(found.seen)
