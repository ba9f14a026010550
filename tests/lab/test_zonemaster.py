"""No fault of delegation, address, agreement or SOA that Zonemaster finds is missed."""

import pytest

from tests.lab import judged, seeds_names, zonemaster
from tests.lab.seeds import SEEDS
from tests.lab.world import DOMAIN, World

pytestmark = pytest.mark.torture

_FAULTS = {
    **{str(s): s.change for s in SEEDS if s.change.__module__ == seeds_names.__name__},
    **judged.MORE,
}


@pytest.mark.parametrize("what", _FAULTS)
def test_what_the_judge_finds_is_found(running, tmp_path, count, what):
    there = World()
    _FAULTS[what](there)
    ours = {str(each.id) for each in running.check(there).findings}
    said = zonemaster.judgement(running, DOMAIN, tmp_path)
    told = [each for each in said if each.case in zonemaster.OURS]
    missed = [each for each in told if not zonemaster.OURS[each.case] & ours]
    count("Zonemaster on the seeded zones: what it says, and what `check` says",
          {"fault": what, "Zonemaster": _listed({each.tag for each in told}),
           "`check`": _listed(ours)},
          missed=len(missed))  # fmt: skip
    for case in sorted({each.case for each in told}):
        _row(count, case, 1, any(each.case == case for each in missed))
    assert missed == []


def _listed(words) -> str:
    return ", ".join(f"`{word}`" for word in sorted(words)) or "–"


def _row(count, case: str, faults: int, missed: int) -> None:
    ours = zonemaster.OURS.get(case, frozenset())
    count("Zonemaster's test cases, and which of them are ours",
          {"test case": case, "ours": _listed(ours) if ours else "no",
           "why not": zonemaster.NOT_OURS.get(case, "")},
          **{"faulty zones": faults, "missed": int(missed)})  # fmt: skip


def test_the_judge_finds_nothing_in_the_good_zone(running, tmp_path):
    running.become(World())
    said = zonemaster.judgement(running, DOMAIN, tmp_path)
    assert [each for each in said if each.case in zonemaster.OURS] == []


def test_each_of_its_test_cases_is_ours_or_says_why_not(count):
    every = zonemaster.cases()
    assert zonemaster.OURS.keys() | zonemaster.NOT_OURS.keys() == every
    assert not zonemaster.OURS.keys() & zonemaster.NOT_OURS.keys()
    for case in sorted(every):
        _row(count, case, 0, 0)


def test_a_private_address_of_a_name_server_is_not_asked(running):
    """The judge says so of every server of the lab, which is on loopback."""
    there = World()
    there.setting("allow_private = true", "allow_private = false")
    assert "no-name-servers" in {str(f.id) for f in running.check(there).findings}
