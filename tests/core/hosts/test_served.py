"""What hosts serve is told once, when it was seen twice, and again when it changed."""

from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from fallback.core.check.host_readiness import EXPIRED
from fallback.core.errors import FallbackError
from fallback.core.hosts.publishing import Facts, Manifest
from fallback.core.hosts.served import (
    AGAIN,
    EVERY,
    HostState,
    Memory,
    Published,
    Shown,
    remembered,
    troubles,
)
from fallback.core.model import Digest
from fallback.core.text import T

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def manifest(build="b1", sequence=1000, digest="a"):
    return Manifest(build, sequence, {"index.html": Facts(Digest(digest), "", "")})


OURS = Published(manifest(), 1000)
GOOD = Shown("s3", "https://one.example", manifest())
OTHER = Shown("netlify", "https://two.example", manifest())


def words(*shown, ours=OURS, online=True):
    found = troubles(shown or (GOOD,), ours, NOW, online=online)
    return {label: wrong and sorted(wrong) for label, wrong in found.items()}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {}),
        ({"manifest": None}, ["differs"]),
        ({"problem": T("another page")}, ["differs"]),
        ({"manifest": manifest(digest="b")}, ["differs"]),
        ({"manifest": manifest("b2")}, ["differs"]),
        ({"manifest": manifest("b0", 900)}, ["older"]),
        ({"manifest": manifest("b2", 1100)}, {}),
        ({"manifest": manifest(sequence=1100)}, {}),
        ({"manifest": None, "failure": "refused"}, ["silent"]),
        ({"manifest": None, "failure": EXPIRED}, ["certificate-ended"]),
        ({"certificate_ends": NOW + timedelta(days=14)}, ["certificate-2026-12-06"]),
        ({"certificate_ends": NOW + timedelta(days=15)}, {}),
    ],
)
def test_what_is_not_as_published_has_a_word(changes, expected):
    assert words(evolve(GOOD, **changes)) == {"s3": expected}


def test_where_nothing_was_ever_published_nothing_is_missing():
    bare = evolve(GOOD, manifest=None)
    assert words(bare, ours=None) == {"s3": {}}
    found = troubles([bare], None, NOW, online=True, live={"s3"})
    assert list(found["s3"]) == ["differs"]


def test_a_page_that_a_watcher_saw_once_is_missed_without_a_deploy_from_here():
    memory = Memory()
    for one in (GOOD, evolve(GOOD, manifest=None)):
        found = troubles([one], None, NOW, online=True, live=memory.live)
        memory, _ = remembered(memory, [one], found, NOW, None)
    assert memory.hosts["s3"].seen == ("differs",)


def test_without_a_deploy_from_here_the_hosts_are_compared_with_each_other():
    newer = evolve(OTHER, manifest=manifest("b2", 1100))
    assert words(GOOD, newer, ours=None) == {"s3": ["older"], "netlify": {}}
    twin = evolve(OTHER, manifest=manifest("b2"))
    assert words(GOOD, twin, ours=None) == {"s3": ["differs"], "netlify": ["differs"]}
    assert words(GOOD, OTHER, ours=None) == {"s3": {}, "netlify": {}}


@pytest.mark.parametrize("online", [False, None])
def test_a_watcher_without_a_network_blames_no_host(online):
    dead = evolve(GOOD, manifest=None, failure="unreachable")
    assert words(dead, online=online) == {"s3": None}


def rounds(*each):
    """Look again and again; return what was told in each round, and the memory."""
    memory, told = Memory(), []
    for number, one in enumerate(each):
        at = NOW + number * EVERY
        found = troubles([one], OURS, at, online=True)
        memory, news = remembered(memory, [one], found, at, OURS)
        told.append([str(item.text) for item in news])
    return told, memory


WRONG = evolve(GOOD, manifest=manifest("b2"))


def test_it_is_told_when_it_is_seen_twice_and_once():
    told, memory = rounds(GOOD, WRONG, WRONG, WRONG)
    assert [len(each) for each in told] == [0, 0, 1, 0]
    assert not memory.hosts["s3"].as_json("s3")["ok"]


def test_a_publish_that_is_on_its_way_is_not_told():
    told, memory = rounds(GOOD, WRONG, GOOD)
    assert told == [[], [], []]
    assert memory.hosts["s3"].as_json("s3")["ok"]


def test_that_it_is_well_again_is_told_and_a_second_time_all_is_told_anew():
    told, _ = rounds(WRONG, WRONG, GOOD, WRONG, WRONG)
    assert [len(each) for each in told] == [0, 1, 1, 0, 1]
    assert "published again" in told[2][0]


def test_another_trouble_of_the_same_host_is_told_too():
    older = evolve(GOOD, manifest=manifest("b0", 900))
    told, _ = rounds(WRONG, WRONG, older, older)
    assert [len(each) for each in told] == [0, 1, 0, 1]


def test_a_certificate_is_told_at_once_and_its_renewal_in_words_of_its_own():
    soon = evolve(GOOD, certificate_ends=NOW + timedelta(days=3))
    told, _ = rounds(soon, soon, GOOD)
    assert [len(each) for each in told] == [1, 0, 1]
    assert "2026-11-25" in told[0][0]
    assert "renewed" in told[2][0]


def test_what_cannot_be_known_changes_nothing():
    _, memory = rounds(WRONG, WRONG)
    dead = evolve(GOOD, manifest=None, failure="unreachable")
    found = troubles([dead], OURS, NOW, online=False)
    after, news = remembered(memory, [dead], found, NOW, OURS)
    assert after.hosts == memory.hosts, "and what was known stays known"
    assert news == ()


def test_what_nobody_heard_is_told_again():
    _, before = rounds(WRONG)
    found = troubles([WRONG], OURS, NOW, online=True)
    after, news = remembered(before, [WRONG], found, NOW, OURS)
    assert len(news) == 1
    _, again = remembered(after.untold(before), [WRONG], found, NOW, OURS)
    assert again == news


def test_hosts_are_asked_seldom_and_sooner_while_something_is_unsure():
    assert Memory().due(NOW)
    well = Memory(NOW, {"s3": HostState()})
    assert not well.due(NOW + EVERY - timedelta(seconds=1))
    assert well.due(NOW + EVERY)
    assert well.due(NOW - timedelta(hours=1)), "the clock was set back"
    unsure = Memory(NOW, {"s3": HostState(seen=("differs",))})
    assert unsure.due(NOW + AGAIN)
    told = Memory(NOW, {"s3": HostState(seen=("differs",), told=("differs",))})
    assert not told.due(NOW + AGAIN)


NEWER = evolve(GOOD, manifest=manifest("b2", 1100))


def looks(*each, ours=OURS):
    """Return what was told after each look at several hosts."""
    memory, told = Memory(), []
    for number, shown in enumerate(each):
        at = NOW + number * EVERY
        found = troubles(shown, ours, at, online=True)
        memory, news = remembered(memory, shown, found, at, ours)
        told.append([item.event for item in news])
    return told


def test_newer_words_than_were_published_from_here_are_told_once():
    again = evolve(GOOD, manifest=manifest("b3", 1200))
    told = looks([GOOD], [NEWER], [NEWER], [again], [again])
    assert told == [[], ["host-changed"], [], ["host-changed"], []]


def test_a_later_sequence_over_our_own_build_is_told_for_it_refuses_our_next_page():
    raised = evolve(GOOD, manifest=manifest(sequence=2000))
    assert looks([GOOD], [raised], [raised]) == [[], ["host-changed"], []]


def test_where_nothing_is_known_to_be_published_each_change_is_told_once():
    told = looks([GOOD], [GOOD], [NEWER], [NEWER], [GOOD], ours=None)
    assert told == [[], [], ["host-changed"], [], ["host-changed"]]


def test_one_publish_to_two_hosts_is_told_once_even_if_the_second_follows_later():
    there = evolve(OTHER, manifest=NEWER.manifest)
    assert looks([GOOD, OTHER], [NEWER, there])[1] == ["host-changed"]
    told = looks([GOOD, OTHER], [NEWER, OTHER], [NEWER, there])
    assert told[1:] == [["host-changed"], []]


def test_a_deploy_from_here_that_has_just_begun_is_no_news():
    begun = Published(manifest("b2", 1100), 1100, frozenset({"b1", "b2"}))
    assert looks([GOOD], [NEWER], ours=begun) == [[], []]
    unsure = evolve(begun, manifest=manifest())
    assert looks([GOOD], [NEWER], ours=unsure) == [[], []]


def test_a_change_that_nobody_heard_of_is_told_again():
    before = remembered(Memory(), [GOOD], {"s3": {}}, NOW, OURS)[0]
    after, news = remembered(before, [NEWER], {"s3": {}}, NOW, OURS)
    again = remembered(after.untold(before), [NEWER], {"s3": {}}, NOW, OURS)[1]
    assert [each.event for each in news] == ["host-changed"]
    assert again == news


def test_a_folder_without_an_address_is_compared_with_what_was_published():
    well = Shown("folder", "", held={"index.html": Digest("a"), "more": Digest("b")})
    assert words(well) == {"folder": {}}
    for held in ({}, {"index.html": Digest("b")}):
        assert words(evolve(well, held=held)) == {"folder": ["differs"]}
        assert words(evolve(well, held=held), ours=None) == {"folder": {}}


def test_a_memory_from_before_pages_were_pinned_is_read():
    kept = Memory(NOW, {"s3": HostState(live=True)}).to_json()
    assert Memory.from_json(kept.replace(b', "pin": ""', b"")).live == {"s3"}


states = st.builds(
    HostState,
    url=st.text(max_size=5),
    seen=st.lists(st.text(max_size=5)).map(tuple),
    told=st.lists(st.text(max_size=5)).map(tuple),
    problem=st.text(max_size=5),
    certificate_ends=st.text(max_size=5),
    live=st.booleans(),
    pin=st.text(max_size=5),
)


@given(
    st.builds(
        Memory,
        asked=st.none() | st.just(NOW),
        hosts=st.dictionaries(st.text(max_size=5), states),
    )
)
def test_what_is_remembered_comes_back(memory):
    assert Memory.from_json(memory.to_json()) == memory


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"schema": 1}'])
def test_damaged_memory_is_none(text):
    assert Memory.from_json(text) == Memory()


def test_the_memory_of_a_newer_program_is_not_overwritten():
    with pytest.raises(FallbackError, match="newer fallback"):
        Memory.from_json(b'{"schema": 9}')
