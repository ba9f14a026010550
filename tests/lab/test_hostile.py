"""Whatever servers do, ``check`` ends, and says which question got no answer.

Every fault here would go on for ever: that a test comes to its end is what it proves.
"""

import resource
from datetime import UTC, datetime, timedelta

import pytest

from fallback.actions.outlook import look
from fallback.core.errors import Unavailable
from fallback.core.result import silent
from tests.lab import hostile
from tests.lab.world import DOMAIN, HOST_TWO, RESOLVER, SHOP_AT, World

SOON = timedelta(seconds=3)
_SAMPLE = ("a host drips a byte a second", "the shop sends a gigabyte of gzip",
           "the zone holds 10,000 names", "a mail server says nothing")  # fmt: skip


def _params(faults):
    return [
        pytest.param(
            what,
            marks=pytest.mark.sampled if what in _SAMPLE else pytest.mark.torture,
            id=what.replace(" ", "-"),
        )
        for what in faults
    ]


def _heard(running, place) -> int:
    """Return how often somebody has asked at *place* since the world is so."""
    if place in running.webs:
        return len(running.webs[place].asked)
    return running.doors.hits[running.at(place)] if place else running.muted


@pytest.mark.parametrize("what", _params(hostile.FAULTS))
def test_a_question_that_gets_no_answer_is_named_and_the_rest_is_told(
    running, count, what
):
    change, place, expected = hostile.FAULTS[what]
    there = World()
    change(there)
    result = running.check(there, deadline=SOON)
    hits = _heard(running, place)
    asked = {str(f.seen) for f in result.findings if f.id == "unanswered"}
    missing = {f"no answer in time: {each}" for each in expected} - asked
    count("Servers that mean no good", {"fault": what, "`check` says": "unanswered"},
          asked=hits, questions=len(asked), missed=len(missing))  # fmt: skip
    assert hits, "the fault was hit"
    assert missing == set()


@pytest.mark.parametrize("what", _params(hostile.ANSWERED))
def test_what_is_endless_or_senseless_is_cut_and_found(running, count, what):
    change, place, expected = hostile.ANSWERED[what]
    there = World()
    change(there)
    before = _peak()
    result = running.patiently(
        there, lambda ids: any(each.startswith(expected) for each in ids)
    )
    hits = _heard(running, place)
    found = [str(e.id) for e in result.findings if str(e.id).startswith(expected)]
    said = ", ".join(f"`{each}`" for each in sorted(set(found)))
    count("Servers that mean no good", {"fault": what, "`check` says": said},
          asked=hits, questions=0, missed=int(not found))  # fmt: skip
    assert hits, "the fault was hit"
    assert found
    assert _peak() - before < hostile.GIGABYTE // 2, "nobody kept a gigabyte"


def _peak() -> int:
    """Return the most bytes that this process has ever had in memory."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def test_a_private_address_is_not_asked_whoever_leads_there(running):
    """Without ``allow_private`` all of the lab is private: none of it hears a word."""
    there = World()
    there.setting("allow_private = true", "allow_private = false")
    there.bends[SHOP_AT] = hostile.leading_inside(f"https://{HOST_TWO}/")
    result = running.check(there)
    assert {"shop-not-seen", "no-name-servers"} <= {str(f.id) for f in result.findings}
    assert [len(web.asked) for web in running.webs.values()] == [0, 0, 0]


@pytest.mark.parametrize("what", _params(
    [what for what in hostile.FAULTS if "host" not in what and "target" not in what]
))  # fmt: skip
def test_the_outlook_of_a_domain_ends_too(running, count, what):
    change, place, _ = hostile.FAULTS[what]
    there = World()
    change(there)
    config = running.become(there)
    now = datetime.now(UTC)
    try:
        _, seen = look(
            DOMAIN, network=config.network, now=now, say=silent, deadline=SOON
        )
    except Unavailable as error:
        assert place == RESOLVER
        assert str(error) == "no name server answers this machine"
        return
    hits = _heard(running, place) if place else 1  # the mailbox is not the shop's
    count("Servers that mean no good", {"fault": what, "`check` says": "an outlook"},
          asked=hits, questions=len(seen.seen.unanswered), missed=0)  # fmt: skip
    assert hits, "the fault was hit"
    assert seen.grade
