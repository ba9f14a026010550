"""What is amiss with a zone's delegation and its SOA, and nothing about a good one."""

from datetime import timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from fallback.core.check.delegation import (
    LONGEST_NEGATIVE,
    SHORTEST_EXPIRE,
    Delegation,
    Keeper,
    Soa,
    delegation_findings,
)
from fallback.core.findings import Severity

NAMES = ("ns1.example.", "ns2.example.")
SOA = Soa(7, timedelta(days=14), timedelta(minutes=5))
KEEPERS = tuple(Keeper(name, SOA, NAMES) for name in NAMES)
GOOD = Delegation(NAMES, chained=False, signed=False)


def _ids(delegation: Delegation | None, *keepers: Keeper) -> dict[str, Severity]:
    found = delegation_findings("kwiaty.example", delegation, keepers)
    return {each.id: each.severity for each in found}


def test_a_good_zone_has_nothing_and_so_has_one_that_nobody_spoke_of() -> None:
    assert _ids(GOOD, *KEEPERS) == {}
    assert _ids(Delegation(), *KEEPERS) == {}
    assert _ids(None) == {}
    assert _ids(GOOD, Keeper("ns1.example."), Keeper("ns2.example.")) == {}


CASES = {
    "no delegation": (
        evolve(GOOD, servers=()),
        KEEPERS,
        {"no-delegation": Severity.CRITICAL},
    ),
    "another list above": (
        evolve(GOOD, servers=("ns1.example.", "ns3.example.")),
        KEEPERS,
        {"ns-mismatch": Severity.WARNING},
    ),
    "a server too many above": (
        evolve(GOOD, servers=(*NAMES, "ns3.example.")),
        KEEPERS,
        {"ns-mismatch": Severity.WARNING},
    ),
    "a chain to an unsigned zone": (
        evolve(GOOD, chained=True, signed=False),
        KEEPERS,
        {"dnssec-broken": Severity.CRITICAL},
    ),
    "a signed zone": (
        evolve(GOOD, chained=True, signed=True),
        KEEPERS,
        {"dnssec": Severity.INFO},
    ),
    "a zone that is signed for nobody": (evolve(GOOD, signed=True), KEEPERS, {}),
    "a chain, and nobody who says whether it is signed": (
        evolve(GOOD, chained=True, signed=None),
        KEEPERS,
        {"dnssec": Severity.INFO},
    ),
    "an older version": (
        GOOD,
        (KEEPERS[0], evolve(KEEPERS[1], soa=evolve(SOA, serial=6))),
        {"serial-differs": Severity.WARNING},
    ),
}


def test_how_long_a_dns_company_s_own_servers_keep_a_zone_is_nobody_s_to_set() -> None:
    short = evolve(KEEPERS[0], soa=evolve(SOA, expire=timedelta(days=3)))
    keepers = (short, KEEPERS[1])
    own = delegation_findings("kwiaty.example.", GOOD, keepers)
    assert "soa-expire" in {each.id for each in own}
    kept = delegation_findings("kwiaty.example.", GOOD, keepers, operated=True)
    assert "soa-expire" not in {each.id for each in kept}


@pytest.mark.parametrize("case", CASES)
def test_what_is_amiss_is_found_and_nothing_else(case: str) -> None:
    delegation, keepers, expected = CASES[case]
    assert _ids(delegation, *keepers) == expected


spans = st.timedeltas(timedelta(seconds=1), timedelta(days=40))


@given(spans, spans, st.integers(1, 2))
def test_times_are_judged_by_their_limits(
    expire: timedelta, negative: timedelta, servers: int
) -> None:
    soa = evolve(SOA, expire=expire, negative=negative)
    keepers = [evolve(keeper, soa=soa) for keeper in KEEPERS[:servers]]
    found = _ids(None, *keepers)
    assert ("negative-ttl" in found) == (negative > LONGEST_NEGATIVE)
    # nobody transfers a zone that has one server
    assert ("soa-expire" in found) == (expire < SHORTEST_EXPIRE and servers > 1)
