"""In a good lab ``check`` finds nothing, and of each fault exactly what it is."""

import random

import pytest

from tests.lab import (
    findings,
    seeds_ahead,
    seeds_besides,
    seeds_names,
    seeds_page,
    seeds_registered,
    seeds_spare,
)
from tests.lab.seeds import SEEDS
from tests.lab.world import World

_ROOMS = (
    seeds_names,
    seeds_page,
    seeds_besides,
    seeds_spare,
    seeds_ahead,
    seeds_registered,
)

_SOME = 8
_CHOSEN = random.Random("the evening before").sample(range(len(SEEDS)), _SOME)

UNSEEDED: dict[str, str] = {
    "zone-elsewhere": "only Route 53 says which servers it gives: see tests/dns",
}
"""Findings that no change of the lab can bring about, each with its reason."""


def _params():
    for number, each in enumerate(SEEDS):
        mark = pytest.mark.sampled if number in _CHOSEN else pytest.mark.torture
        yield pytest.param(each, id=str(each).replace(" ", "-"), marks=mark)


def test_a_site_that_is_ready_has_no_finding_at_all(running):
    result = running.patiently(World(), lambda found: not found)
    assert [f"{found.id}: {found.seen}" for found in result.findings] == []
    assert running.webs["NET.50.10"].asked, "the target was asked"


@pytest.mark.parametrize("seed", list(_params()))
def test_a_fault_is_found_and_nothing_is_found_beside_it(running, seed, count):
    counted = {"found": 0, "found beside it, unexpected": 0}
    try:
        result = running.patiently(seed.world(), {seed.id, *seed.also}.__eq__)
        found = {str(each.id): str(each.seen) for each in result.findings}
        counted["found"] = int(seed.id in found)
        counted["found beside it, unexpected"] = len(
            found.keys() - {seed.id, *seed.also}
        )
        assert found.keys() == {seed.id, *seed.also}, found
        assert all(str(each.remedy) for each in result.findings)
    finally:
        count("Faults seeded into a good site", {"finding": seed.id}, faults=1,
              **counted)  # fmt: skip


def test_every_finding_that_there_is_has_a_fault_that_provokes_it():
    sown = {each.id for each in SEEDS}
    assert findings.every() - sown - UNSEEDED.keys() == set()
    assert sown - findings.every() == set(), "such findings are no more"
    assert UNSEEDED.keys() <= findings.every() - sown
    assert len(sown) >= 40
