"""What a registry says of a domain, and what may become of the name by itself."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from fallback.core.check.registration import Party, Registration
from fallback.core.check.registration_readiness import registration_findings
from fallback.core.findings import Finding, Severity
from tests.servers.rdap import registered

DOMAIN = "kwiaty.example"
AT = datetime(2026, 11, 28, 10, 0, tzinfo=UTC)
NOBODY = (
    "",
    "-",
    "n/a",
    "N/A",
    "none",
    "Not Applicable",
    "REDACTED FOR PRIVACY",
    "Redacted | EU Data Subject",
    "REG-1910",
    "1910",
)


def read(said: dict[str, Any]) -> Registration:
    found = Registration.read(said, DOMAIN)
    assert found is not None
    return found


def called(name: str, mail: str = "") -> Registration:
    said = registered(DOMAIN, mail=mail)
    (entity,) = said["entities"]
    entity["handle"] = "REG-1910"
    entity["vcardArray"][1][1][3] = name
    return read(said)


@pytest.mark.parametrize("name", NOBODY)
def test_a_name_that_names_nobody_is_no_company(name: str) -> None:
    assert called(name).parties == ()


def test_a_registry_may_number_a_registrar_by_its_name() -> None:
    said = registered(DOMAIN, "OVH")
    said["entities"][0]["handle"] = "OVH"
    assert [company.id for company in read(said).companies] == ["ovh"]


@pytest.mark.parametrize("name", ["阿里云", "NA Hosting", "Nonesuch", "REG-1911"])
def test_a_name_of_any_script_is_somebody_s(name: str) -> None:
    assert called(name).parties == (Party(name),)


@pytest.mark.parametrize("name", NOBODY)
def test_who_hides_a_name_is_known_by_a_domain_of_its_own(name: str) -> None:
    (company,) = called(name, "abuse@reg-north.test").companies
    assert (company.id, company.name) == ("reg-north.test", "reg-north.test")
    (company,) = called(name, "abuse@home.pl").companies
    assert company.id == "home.pl"


def test_a_reseller_is_never_told_as_the_registrar() -> None:
    said = registered(DOMAIN, registrar="", reseller="home.pl S.A.")
    told = read(said).as_json()
    assert (told["registrar"], told["reseller"]) == ("", "home.pl S.A.")
    told = read(registered(DOMAIN, "OVH sas", reseller="home.pl S.A.")).as_json()
    assert (told["registrar"], told["reseller"]) == ("OVH sas", "home.pl S.A.")


def found(*statuses: str, days: float = 300) -> list[Finding]:
    ends = AT + timedelta(days=days)
    seen = Registration(DOMAIN, (Party("x"),), frozenset(statuses), ends)
    return list(registration_findings(seen, AT))


GRAVEST_FIRST = (
    "redemption period",
    "pending delete",
    "blocked",
    "server hold",
    "client hold",
)


@pytest.mark.parametrize("pair", [*pairwise(GRAVEST_FIRST)])
def test_of_two_states_the_graver_is_told(pair: tuple[str, str]) -> None:
    """A domain in redemption is in "pending delete", too (RFC 3915 section 3.1)."""
    (both,), (first,) = found(*pair), found(pair[0])
    assert both == first


def test_what_can_be_bought_back_is_bought_back_at_once() -> None:
    (deleted,) = found("redemption period", "pending delete", "client hold")
    assert "buy it back now" in str(deleted.remedy)


@pytest.mark.parametrize(
    ("days", "severity"),
    [
        (-1, Severity.CRITICAL),
        (0, Severity.CRITICAL),
        (1, Severity.WARNING),
        (59, Severity.WARNING),
    ],
)
def test_only_what_has_ended_is_critical(days: float, severity: Severity) -> None:
    """Many registrars renew in the last days: before that it is no fault."""
    (only,) = found(days=days)
    assert (only.id, only.severity) == ("domain-expires", severity)


def test_what_ends_later_is_no_finding() -> None:
    assert found(days=61) == []
