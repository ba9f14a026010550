"""Who runs name servers that carry names of the shop's own domain."""

from datetime import timedelta

import pytest

from fallback.core.check.delegation import Soa
from fallback.core.check.operators import operator_unknown, operators
from fallback.core.check.zone_facts import NameServer, Service

OWN, NAMES = "kwiaty.example", ("ns1.kwiaty.example.", "ns2.kwiaty.example.")


def _saying(*said: str) -> list[NameServer]:
    soa = Soa(1, timedelta(days=14), timedelta(minutes=5), said)
    return [NameServer(name, "192.0.2.1", Service.ANSWERS, soa=soa) for name in NAMES]


def _ids(*said: str) -> list[str]:
    return [each.id for each in operators(OWN, NAMES, _saying(*said))]


def test_the_zone_s_own_record_tells_the_company() -> None:
    assert _ids("dns.home.pl.", "admin.kwiaty.example.") == ["home.pl"]
    assert _ids("ns-822.awsdns-38.net.", "awsdns-hostmaster.amazon.com.") == ["aws"]


@pytest.mark.parametrize(
    ("mailbox", "company"),
    [
        ("tech.ovh.net.", "ovh"),
        ("dns.cloudflare.com.", "cloudflare"),
        ("hostmaster.nsone.net.", "ns1"),
        (r"dns\.admin.home.pl.", "home.pl"),
        ("awsdns-hostmaster.amazon.com.", "aws"),
        ("azuredns-hostmaster.microsoft.com.", "microsoft"),
        ("cloud-dns-hostmaster.google.com.", "google-dns"),
    ],
)
def test_a_company_s_own_mailbox_tells_it(mailbox: str, company: str) -> None:
    assert _ids("ns1.kwiaty.example.", mailbox) == [company]


@pytest.mark.parametrize(
    "mailbox",
    ["root.vps.ovh.net.", "ania.sklep.home.pl.", "ania.google.com.", "home.pl."],
)
def test_a_customer_s_mailbox_at_a_company_tells_nothing(mailbox: str) -> None:
    assert _ids("ns1.kwiaty.example.", mailbox) == []


def test_what_anybody_may_write_there_tells_nothing() -> None:
    assert _ids("ns1.kwiaty.example.", "ania.kwiaty.example.") == []
    assert _ids("ns1.kwiaty.example.", "ania.somebody.example.") == []
    assert operators(OWN, NAMES) == ()


def test_a_name_of_somebody_else_says_more_than_the_record() -> None:
    names = (*NAMES, "ns3.nsone.net.")
    found = operators(OWN, names, _saying("dns.home.pl.", "a.b.example."))
    assert [company.id for company in found] == ["ns1"]


def test_who_knows_is_asked_about_the_name_servers_and_the_shop() -> None:
    """Mail is another pair: the finding is that the zone may die with the shop."""
    remedy = str(operator_unknown(OWN).remedy)
    assert "name servers" in remedy
    assert "the shop" in remedy
    assert "mail" not in remedy
