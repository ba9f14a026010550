"""A spare address becomes findings, each one alone; a good one has none."""

from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from fallback.core.check.facts import Approach, Facts
from fallback.core.check.host_readiness import Visited
from fallback.core.check.registration import Party, Registration
from fallback.core.check.spare import Spare
from fallback.core.findings import Severity
from fallback.core.hosts.publishing import Manifest
from fallback.core.readiness import findings
from fallback.core.text import T
from tests.core.test_readiness import NOW, READY

CRITICAL, WARNING, INFO = Severity.CRITICAL, Severity.WARNING, Severity.INFO
SHOPS = (("ns1.hoster.example.", "192.0.2.53"), ("ns2.hoster.example.", "192.0.2.54"))
SERVED = Manifest("b1", 1000, {})
GOOD = Spare(
    "https://kwiaty-awaria.test",
    "kwiaty-awaria.test",
    "kwiaty-awaria.test.",
    (("ns1.other.example.", "203.0.113.53"), ("ns2.other.example.", "203.0.113.54")),
    ("203.0.113.80",),
    503,
    served=SERVED,
    certificate_ends=NOW + timedelta(days=60),
)
LOCAL = Manifest("b1", 1000, {})
BASE = evolve(
    READY, approach=Approach("kwiaty.example.", servers=SHOPS), local=LOCAL, spare=GOOD
)


def of(facts: Facts) -> set[tuple[str, Severity]]:
    return {(found.id, found.severity) for found in findings(facts)}


def spare(**changes: Any) -> Facts:
    return evolve(BASE, spare=evolve(GOOD, **changes))


def test_a_good_spare_address_has_no_finding() -> None:
    assert of(BASE) == set()


def test_what_nobody_asked_is_no_finding() -> None:
    assert of(evolve(BASE, spare=None)) == set()


CASES: dict[str, tuple[Facts, set[tuple[str, Severity]]]] = {
    "there is none": (evolve(BASE, spare=Spare()), {("spare-none", INFO)}),
    "below the shop's domain": (
        spare(host="awaria.kwiaty.example"),
        {("spare-in-zone", CRITICAL)},
    ),
    "the shop's own domain": (
        spare(host="www.kwiaty.example"),
        {("spare-in-zone", CRITICAL)},
    ),
    "in the zone that the shop's domain is in": (
        evolve(
            spare(host="awaria.mall.test"),
            approach=Approach("mall.test.", servers=SHOPS),
        ),
        {("spare-in-zone", CRITICAL)},
    ),
    "at the shop's DNS company": (
        spare(servers=(("ns7.hoster.example.", "203.0.113.53"),)),
        {("spare-with-shop", CRITICAL)},
    ),
    "at another DNS company as well": (
        spare(servers=(("ns7.hoster.example.", "203.0.113.53"), *GOOD.servers)),
        set(),
    ),
    "its name servers are in the shop's network": (
        spare(servers=(("ns1.other.example.", "198.51.100.9"),)),
        {("spare-with-shop", CRITICAL)},
    ),
    "it leads into the shop's network": (
        spare(addresses=("198.51.100.9",)),
        {("spare-with-shop", CRITICAL)},
    ),
    "without https": (
        spare(url="http://kwiaty-awaria.test", certificate_ends=None),
        {("spare-certificate", WARNING)},
    ),
    "a certificate for other names": (
        spare(failed="tls_name", failure=T("no"), served=None, status=0),
        {("spare-certificate", CRITICAL)},
    ),
    "a certificate that ended": (
        spare(failed="tls_expired", failure=T("no"), served=None, status=0),
        {("spare-certificate", CRITICAL)},
    ),
    "a certificate that ends soon": (
        spare(certificate_ends=NOW + timedelta(days=5)),
        {("spare-certificate", WARNING)},
    ),
    "no answer": (
        spare(failed="refused", failure=T("no"), served=None, status=0),
        {("spare-silent", CRITICAL)},
    ),
    "a redirect": (
        spare(status=301, served=None),
        {("spare-redirects", WARNING)},
    ),
    "something else": (
        spare(status=200, served=None),
        {("spare-not-page", CRITICAL)},
    ),
    "not as its own manifest says": (
        spare(problem=T("it shows something else")),
        {("spare-not-page", CRITICAL)},
    ),
    "a page that no host has": (
        spare(served=Manifest("b0", 900, {})),
        {("spare-differs", WARNING)},
    ),
    "an older page, which a host has, too": (
        evolve(
            spare(served=Manifest("b0", 900, {})),
            local=None,
            visits=(
                Visited("s3", "s3", "https://x.test", served=Manifest("b0", 9, {})),
            ),
        ),
        set(),
    ),
}


def registered(domain: str, *parties: Party) -> Registration:
    return Registration(domain, parties)


ONE, OTHER = Party("home.pl S.A."), Party("nazwa.pl sp. z o.o.")
REGISTRARS: dict[str, tuple[Registration | None, set[str]]] = {
    "both at one": (registered("kwiaty-awaria.test", ONE), {"spare-same-registrar"}),
    "each at another": (registered("kwiaty-awaria.test", OTHER), set()),
    "a registry that names nobody": (
        registered("kwiaty-awaria.test"),
        {"ask-spare-registrar"},
    ),
    "no registry at all": (None, {"ask-spare-registrar"}),
}


@pytest.mark.parametrize("case", REGISTRARS)
def test_a_person_is_asked_only_what_no_registry_says(case: str) -> None:
    registration, expected = REGISTRARS[case]
    seen = evolve(
        spare(registration=registration),
        registration=registered("kwiaty.example", ONE),
        dates={},
    )
    about = {"spare-same-registrar", "ask-spare-registrar"}
    assert {found.id for found in findings(seen)} & about == expected


def test_the_end_of_the_spare_domain_is_not_called_the_end_of_the_shop() -> None:
    for change in ({"expires": NOW}, {"statuses": frozenset({"client hold"})}):
        ended = evolve(registered("kwiaty-awaria.test", OTHER), **change)
        found = {each.subject: each for each in findings(spare(registration=ended))}
        why = str(found["kwiaty-awaria.test"].why)
        assert "spare address" in why
        assert "shop" not in why


def test_one_registration_of_both_is_told_about_once() -> None:
    ended = evolve(registered("kwiaty.example", ONE), expires=NOW)
    seen = spare(host="awaria.kwiaty.example", registration=ended)
    told = findings(evolve(seen, registration=ended))
    (only,) = (each for each in told if each.id == "domain-expires")
    assert "shop" in str(only.why)


@pytest.mark.parametrize(("facts", "expected"), CASES.values(), ids=CASES)
def test_each_fault_is_one_finding(
    facts: Facts, expected: set[tuple[str, Severity]]
) -> None:
    assert of(facts) == expected


def test_every_finding_names_the_address_and_what_to_do() -> None:
    for facts, _ in CASES.values():
        for found in findings(facts):
            assert found.subject in (facts.domain, facts.spare and facts.spare.url)
            assert str(found.remedy)
