"""Who runs name servers that carry names of the shop's own domain."""

from datetime import timedelta

from fallback.core.check.delegation import Soa
from fallback.core.check.operators import operators
from fallback.core.check.zone_facts import NameServer, Service

OWN, NAMES = "kwiaty.example", ("ns1.kwiaty.example.", "ns2.kwiaty.example.")


def _saying(*said: str) -> list[NameServer]:
    soa = Soa(1, timedelta(days=14), timedelta(minutes=5), said)
    return [NameServer(name, "192.0.2.1", Service.ANSWERS, soa=soa) for name in NAMES]


def _ids(*said: str) -> list[str]:
    return [each.id for each in operators(OWN, NAMES, _saying(*said))]


def test_the_zone_s_own_record_tells_the_company() -> None:
    assert _ids("dns.home.pl.", "admin.kwiaty.example.") == ["home.pl"]
    assert _ids("ns1.kwiaty.example.", "ns-1.awsdns-02.org.") == ["aws"]


def test_what_anybody_may_write_there_tells_nothing() -> None:
    assert _ids("ns1.kwiaty.example.", "ania.kwiaty.example.") == []
    assert _ids("ns1.kwiaty.example.", "ania.somebody.example.") == []
    assert operators(OWN, NAMES) == ()


def test_a_name_of_somebody_else_says_more_than_the_record() -> None:
    names = (*NAMES, "ns3.nsone.net.")
    found = operators(OWN, names, _saying("dns.home.pl.", "a.b.example."))
    assert [company.id for company in found] == ["ns1"]
