"""Where parent, zone and servers do not agree, and nothing where they do."""

import pytest
from attrs import evolve

from fallback.core.check.agreement import Agreement, Primary, Told, agreement_findings
from fallback.core.findings import Severity

SOA = "ns1.dns.example. root.dns.example. 7 14400 3600 1209600 300"
ONE, OTHER = "192.0.2.1", "198.51.100.1"
GOOD = Agreement(
    (Told("ns1.dns.example.", ONE, SOA), Told("ns2.kwiaty.example.", OTHER, SOA)),
    {"ns2.kwiaty.example.": (OTHER,)},
    {"ns2.kwiaty.example.": (OTHER,)},
    fits=True,
    primary=Primary("ns1.dns.example.", addresses=(ONE,), knows=True),
)


def _ids(agreement: Agreement | None, *answering: str) -> dict[str, Severity]:
    found = agreement_findings("kwiaty.example", agreement, answering or (ONE, OTHER))
    return {each.id: each.severity for each in found}


def test_where_all_agree_there_is_nothing_and_so_where_nobody_spoke() -> None:
    assert _ids(GOOD) == {}
    assert _ids(Agreement()) == {}
    assert _ids(None) == {}


def _other_soa(text: str | None) -> Agreement:
    return evolve(GOOD, told=(GOOD.told[0], evolve(GOOD.told[1], soa=text)))


CASES: dict[str, tuple[Agreement, dict[str, Severity]]] = {
    "no TCP": (_other_soa(None), {"ns-no-tcp": Severity.WARNING}),
    "another expire": (
        _other_soa(SOA.replace("1209600", "3600")),
        {"soa-differs": Severity.WARNING},
    ),
    "another mailbox": (
        _other_soa(SOA.replace("root", "me")),
        {"soa-differs": Severity.WARNING},
    ),
    "another serial is no matter of this room": (
        _other_soa(SOA.replace(" 7 ", " 6 ")),
        {},
    ),
    "another case of letters": (_other_soa(SOA.upper()), {}),
    "another glue": (
        evolve(GOOD, own={"ns2.kwiaty.example.": (ONE,)}),
        {"glue-differs": Severity.WARNING},
    ),
    "glue that the zone says nothing about": (evolve(GOOD, own={}), {}),
    "a key that the parent does not know": (
        evolve(GOOD, fits=False),
        {"dnssec-broken": Severity.CRITICAL},
    ),
    "a primary without address": (
        evolve(GOOD, primary=Primary("gone.example.", addresses=())),
        {"soa-primary": Severity.INFO},
    ),
    "a primary that is an alias": (
        evolve(GOOD, primary=Primary("a.example.", alias=True, addresses=(ONE,))),
        {"soa-primary": Severity.INFO},
    ),
    "a primary that does not know the zone": (
        evolve(GOOD, primary=Primary("a.example.", addresses=(ONE,), knows=False)),
        {"soa-primary": Severity.INFO},
    ),
    "a hidden primary": (
        evolve(GOOD, primary=Primary("a.example.", addresses=(ONE,))),
        {},
    ),
    "a primary of which nobody spoke": (
        evolve(GOOD, primary=Primary("a.example.")),
        {},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_each_disagreement_is_one_finding(case: str) -> None:
    agreement, expected = CASES[case]
    assert _ids(agreement) == expected


def test_of_a_server_that_does_not_answer_at_all_nothing_is_said_here() -> None:
    assert _ids(_other_soa(None), ONE) == {}
