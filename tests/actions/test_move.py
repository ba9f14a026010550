"""Redirect and restore, whatever fails: the same command finishes, nothing is lost."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from attrs import evolve

from fallback.actions.moving import evidence, settling
from fallback.actions.moving.moved import State, ZoneMoved
from fallback.core.errors import Conflict, Locked, UsageError
from fallback.core.model import Verdict
from fallback.core.records import Caps, Change, Marker, RRset, marker_key
from fallback.core.redirect.gates import Code
from fallback.core.redirect.journal import Event, Verb
from fallback.core.text import T
from fallback.stores.journal import NAME
from fallback.wire import durable
from tests.actions.world import TARGET, World, world
from tests.fakes.dns import CAPS, Fault, Killed
from tests.servers import zones

APEX, WWW = "kwiaty.example.", "www.kwiaty.example."
MARKER = marker_key(zones.NAME)
SECOND = "kwiaty-dwa.example"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return world(tmp_path, monkeypatch)


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return world(tmp_path, monkeypatch, zones.NAME, SECOND)


def events(site: World) -> list[tuple[Event, Verb, int]]:
    """Return what the journal tells; its decisions are counted from 1."""
    entries = site.journal.read().entries
    numbers = sorted({entry.epoch for entry in entries})
    return [(e.event, e.verb, 1 + numbers.index(e.epoch)) for e in entries]


def codes(result: object) -> list[Code]:
    return [refusal.code for refusal in result.refused]


def test_there_and_back_every_record_is_as_it_was(site: World) -> None:
    before = site.dns.records()
    there = site.redirect()
    assert there.code == 0
    assert site.dns.rrsets[WWW, "A"].rdatas == ("198.51.100.7",)
    assert (WWW, "CNAME") not in site.dns.rrsets
    back = site.back()
    assert back.code == 0
    assert site.dns.records() == before
    assert events(site) == [
        (Event.PLAN, Verb.REDIRECT, 1),
        (Event.DONE, Verb.REDIRECT, 1),
        (Event.PLAN, Verb.RESTORE, 2),
        (Event.DONE, Verb.RESTORE, 2),
    ]


def test_again_there_is_nothing_to_do(site: World) -> None:
    site.redirect()
    calls = site.dns.calls.count("commit")
    again = site.redirect()
    assert again.code == 0
    assert "nothing to do" in " ".join(map(str, again.told()))
    site.back()
    once_more = site.back()
    assert once_more.code == 0
    assert "nothing to do" in " ".join(map(str, once_more.told()))
    assert site.dns.calls.count("commit") == calls + 1


def test_name_servers_that_were_asked_nothing_are_not_said_to_have_answered(
    site: World,
) -> None:
    never_redirected = site.back()
    assert (never_redirected.code, never_redirected.zones[0].servers) == (0, ())
    assert "name server" not in " ".join(map(str, never_redirected.told()))


def test_where_nothing_can_be_seen_from_outside_nobody_is_asked_and_nobody_late(
    site: World,
) -> None:
    said: list[str] = []
    scene = settling.Scene(
        zones.NAME, site.config.network, site.clock, lambda event, _: said.append(event)
    )
    moved = ZoneMoved(APEX, State.REDIRECTED)
    alias = Change(APEX, "ALIAS", None, RRset(timedelta(seconds=60), ("page.test.",)))
    for changes in ([], [alias]):
        assert settling.settled(scene, moved, changes, timedelta()) == moved
    assert (said, site.clock.slept) == ([], [])


def test_a_dry_run_writes_neither_record_nor_journal(site: World) -> None:
    before = site.dns.records()
    plan = site.redirect(dry_run=True)
    assert plan.code == 0
    assert plan.zones[0].state is State.PLANNED
    assert len(plan.zones[0].changes) > 3
    assert "commit" not in site.dns.calls
    assert site.dns.records() == before
    assert not (site.config.root / ".fallback").exists()
    assert not site.journal.second.exists()


def test_the_plan_is_shown_before_it_is_agreed_to(site: World) -> None:
    class No(Exception): ...

    def agree(plan: object) -> None:
        shown = "\n".join(map(str, plan.told()))
        assert "+ www.kwiaty.example. 60 IN A 198.51.100.7" in shown
        raise No

    with pytest.raises(No):
        site.redirect(agree=agree)
    assert "commit" not in site.dns.calls
    assert not (site.config.root / ".fallback" / NAME).exists()


def test_nobody_is_asked_when_there_is_nothing_to_do(site: World) -> None:
    site.redirect()

    def agree(_: object) -> None:
        raise AssertionError("asked")

    assert site.redirect(agree=agree).code == 0


def test_the_json_has_the_promised_keys(site: World) -> None:
    body = json.loads(json.dumps(site.redirect().as_json()))
    zone = body["zones"][0]
    assert {"zone", "state", "changes", "servers", "problem"} <= set(zone)
    change = next(c for c in zone["changes"] if c["name"] == APEX and c["type"] == "A")
    assert change["before"] == [
        "kwiaty.example. 300 IN A 192.0.2.10",
        "kwiaty.example. 300 IN A 192.0.2.11",
    ]
    assert change["after"] == ["kwiaty.example. 60 IN A 198.51.100.7"]
    assert body["refused"] == []


def test_caches_are_told_about_and_never_waited_for(site: World) -> None:
    there = site.redirect()
    latest = there.zones[0].last_visitor
    assert latest is not None
    assert latest - site.clock.now() <= timedelta(seconds=600)
    told = "\n".join(map(str, there.told()))
    assert f"the last visitor arrives by {latest:%Y-%m-%d %H:%M}" in told


def test_name_servers_that_lag_are_waited_for_and_then_named(site: World) -> None:
    site.laggards = True
    there = site.redirect()
    assert (there.code, there.zones[0].state) == (3, State.LAGGING)
    assert there.zones[0].servers[0].says == "old"
    assert timedelta(seconds=30) <= sum(site.clock.slept, timedelta())
    site.laggards = False
    assert site.redirect().code == 0


def test_a_name_server_that_soon_follows_is_soon_asked_again(
    site: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def agree(_: object) -> None:
        site.laggards, before = True, site.clock.sleep

        def sleep(span: timedelta) -> None:
            before(span)
            site.laggards = False

        monkeypatch.setattr(site.clock, "sleep", sleep)
        site.clock.slept.clear()

    assert site.redirect(agree=agree).zones[0].state is State.REDIRECTED
    assert len(site.clock.slept) == 1
    assert site.clock.slept[0] < timedelta(seconds=1)


@pytest.mark.parametrize(("asking", "left"), [(0.0, 2.0), (0.5, 1.5), (3.0, 0.0)])
def test_the_pause_between_two_looks_at_the_shop_is_spent_on_the_other_questions(
    site: World, monkeypatch: pytest.MonkeyPatch, asking: float, left: float
) -> None:
    looks = evidence.page_looks

    def slowly(*about: object) -> object:
        site.clock.sleep(timedelta(seconds=asking))
        return looks(*about)

    monkeypatch.setattr(evidence, "page_looks", slowly)
    seen: list[timedelta] = []
    look = evidence.shop_look

    def watched(*about: object) -> object:
        seen.append(site.clock.monotonic())
        return look(*about)

    monkeypatch.setattr(evidence, "shop_look", watched)
    assert site.redirect(dry_run=True).code == 0
    assert site.clock.slept == [timedelta(seconds=n) for n in (asking, left)]
    assert seen[1] - seen[0] >= evidence.PAUSE


def test_a_shop_that_comes_back_between_the_looks_is_noticed(
    site: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = evidence.page_looks

    def meanwhile(*about: object) -> object:
        site.shop = Verdict.UP
        return looks(*about)

    monkeypatch.setattr(evidence, "page_looks", meanwhile)
    assert codes(site.redirect()) == [Code.SHOP_ANSWERS]


def test_what_the_operator_was_waited_for_counts(site: World) -> None:
    site.laggards = True
    site.dns.waited = timedelta(seconds=29)
    assert site.redirect().zones[0].state is State.LAGGING
    waited = sum(site.clock.slept, timedelta()) - evidence.PAUSE
    assert waited == timedelta(seconds=1)


def test_who_follows_a_clock_that_was_ahead_still_counts_apart(site: World) -> None:
    ahead = int(site.clock.now().timestamp() + 1200) * 10**6
    site.dns.rrsets[MARKER] = Marker(ahead, "primary").rrset()
    drawn = {site.redirect(dry_run=True).zones[0].epoch for _ in range(12)}
    assert min(drawn) > ahead
    assert len(drawn) == 12


# --- refusals


def test_a_refusal_names_code_remedy_and_the_records_to_type(site: World) -> None:
    site.page = None
    no = site.redirect()
    assert no.code == 5
    assert set(codes(no)) == {Code.PAGE_DIFFERS}
    told = "\n".join(map(str, no.told()))
    assert "fallback deploy" in told
    assert "delete: www.kwiaty.example. 600 IN CNAME kwiaty.example." in told
    assert "add:    www.kwiaty.example. 60 IN A 198.51.100.7" in told
    assert "--accept page-differs" in told
    assert "commit" not in site.dns.calls


def test_an_accepted_refusal_is_recorded(site: World) -> None:
    site.page = None
    assert site.redirect(accept=("page-differs",)).code == 0
    assert set(site.journal.read().entries[0].accepted) == {"page-differs"}


def test_what_is_accepted_to_finish_an_older_decision_is_recorded_too(
    site: World,
) -> None:
    site.dns.faults = {2: Fault.REJECTED}
    assert site.redirect().code == 1
    site.shop = Verdict.UP
    assert site.redirect(accept=("shop-answers",)).code == 0
    last = site.journal.read().entries[-2]
    assert (last.event, last.accepted) == (Event.PLAN, ("shop-answers",))
    assert site.back().code == 0


def test_a_shop_that_answers_needs_to_be_accepted(site: World) -> None:
    site.shop = Verdict.UP
    assert codes(site.redirect()) == [Code.SHOP_ANSWERS]
    assert "commit" not in site.dns.calls
    assert site.redirect(accept=("shop-answers",)).code == 0


def test_a_shop_that_is_not_back_keeps_its_page(site: World) -> None:
    site.redirect()
    no = site.restore()
    assert no.code == 5
    assert set(codes(no)) == {Code.SHOP_NOT_BACK}
    assert "add:    www.kwiaty.example. 600 IN CNAME kwiaty.example." in "\n".join(
        map(str, no.told())
    )
    assert site.restore(accept=("shop-not-back",)).code == 0


def test_somebody_elses_marker_stops_both_ways_and_is_named(site: World) -> None:
    site.dns.edit(*MARKER, Marker(7, "redirected").rrset())
    there = site.redirect()
    assert (there.code, codes(there)) == (5, [Code.FOREIGN_MARKER])
    assert "epoch=7" in str(there.refused[0].why)
    back = site.back(accept=("foreign-marker",))
    assert (back.code, codes(back)) == (5, [Code.FOREIGN_MARKER])
    assert "commit" not in site.dns.calls


def test_a_marker_taken_over_is_put_back_as_it_was(site: World) -> None:
    late = 10**6 * (int(site.clock.now().timestamp()) + 7)  # by a clock that is ahead
    site.dns.edit(*MARKER, Marker(late, "redirected").rrset())
    before = site.dns.records()
    assert site.redirect(accept=("foreign-marker",)).code == 0
    ours = Marker.parse(site.dns.rrsets[MARKER])
    assert ours is not None
    assert ours.epoch > late
    assert site.back().code == 0
    assert site.dns.records() == before
    assert site.back().code == 0


def test_an_apex_that_cannot_follow_a_host_name_is_refused(site: World) -> None:
    table = evolve(site.config.dns[0], target="page.elsewhere.test")
    site.config = evolve(site.config, dns=(table,))
    no = site.redirect(accept=("target-unfit",))
    assert (no.code, codes(no)) == (5, [Code.TARGET_UNFIT])


def test_a_site_without_a_zone_is_told_what_to_do(site: World) -> None:
    site.config = evolve(site.config, dns=())
    with pytest.raises(UsageError, match=r"\[\[dns\]\]"):
        site.redirect()


def test_only_one_process_moves_names_and_a_dry_run_never_waits(site: World) -> None:
    with durable.lock(site.config.root / ".fallback" / "lock"):
        with pytest.raises(Locked):
            site.redirect()
        assert site.redirect(dry_run=True).code == 0


def test_without_a_second_place_no_record_is_touched(site: World) -> None:
    site.journal.second.parent.mkdir(parents=True)
    site.journal.second.write_text("a file")
    no = site.redirect()
    assert (no.code, no.zones[0].state) == (5, State.REFUSED)
    told = "\n".join(map(str, no.told()))
    assert "the way back cannot be kept" in told
    assert "delete: www.kwiaty.example. 600 IN CNAME kwiaty.example." in told
    assert "add:    www.kwiaty.example. 60 IN A 198.51.100.7" in told
    assert "make room" in told
    assert "commit" not in site.dns.calls


def test_a_site_folder_that_cannot_be_written_is_refused(site: World) -> None:
    site.config.root.write_text("a file where the folder should be")
    no = site.redirect()
    assert no.code == 5
    told = "\n".join(map(str, no.told()))
    assert "the way back cannot be kept" in told
    assert "add:    www.kwiaty.example. 60 IN A 198.51.100.7" in told
    assert "commit" not in site.dns.calls


# --- somebody else


def test_what_somebody_else_changed_stays_and_the_rest_goes_back(site: World) -> None:
    before = site.dns.records()
    site.redirect()
    theirs = RRset(timedelta(seconds=120), ("203.0.113.9",))
    site.dns.edit(WWW, "A", theirs)
    back = site.back()
    assert (back.code, back.zones[0].state) == (3, State.DRIFTED)
    assert site.dns.rrsets[WWW, "A"] == theirs
    assert {r for r in site.dns.records() if r[0] != WWW} == {
        r for r in before if r[0] != WWW
    }
    told = "\n".join(map(str, back.told()))
    assert "somebody else changed it: www.kwiaty.example. 120 IN A 203.0.113.9" in told
    assert site.back().code == 0


def test_what_somebody_else_made_of_all_of_it_is_told_once(site: World) -> None:
    site.redirect()
    theirs = RRset(timedelta(seconds=120), ("203.0.113.9",))
    for key in ((APEX, "A"), (WWW, "A")):
        site.dns.edit(*key, theirs)
    site.dns.edit(*MARKER, None)
    back = site.back()
    assert (back.code, back.zones[0].state) == (3, State.DRIFTED)
    assert back.zones[0].drift[0].live == theirs
    assert site.back().code == 0


def test_an_edit_in_the_last_moment_wins(site: World) -> None:
    commit = site.dns.commit

    def late(zone: str, plan: object) -> object:
        site.dns.commit = commit
        site.dns.edit(WWW, "CNAME", RRset(timedelta(seconds=1), ("shop.test.",)))
        return commit(zone, plan)

    site.dns.commit = late
    there = site.redirect()
    assert (there.code, there.zones[0].state) == (3, State.DRIFTED)
    assert site.dns.rrsets[WWW, "CNAME"].rdatas == ("shop.test.",)
    assert site.dns.rrsets[APEX, "A"].rdatas == ("198.51.100.7",)


def test_who_loses_the_race_for_the_marker_writes_nothing(site: World) -> None:
    commit = site.dns.commit

    def late(zone: str, plan: object) -> object:
        site.dns.edit(*MARKER, Marker(9, "redirected").rrset())
        return commit(zone, plan)

    site.dns.commit = late
    before = site.dns.rrsets[APEX, "A"]
    no = site.redirect()
    assert (no.code, codes(no)) == (5, [Code.FOREIGN_MARKER])
    assert site.dns.rrsets[APEX, "A"] == before


def test_who_comes_second_with_the_same_order_has_nothing_to_do(site: World) -> None:
    site.redirect()
    commit = site.dns.commit

    def late(zone: str, plan: object) -> None:
        commit(zone, plan)  # by somebody who has the same journal
        raise Conflict(T("somebody was faster"))

    site.dns.commit = late
    back = site.back()
    assert (back.code, back.zones[0].changes) == (0, ())
    assert "nothing to do" in " ".join(map(str, back.told()))


# --- another machine, another day


@pytest.mark.parametrize("lost", ["site", "second"])
def test_with_either_place_lost_the_names_come_back(site: World, lost: str) -> None:
    before = site.dns.records()
    site.redirect()
    folder = getattr(site.journal, lost)
    for path in folder.iterdir():
        path.unlink()
    assert site.back().code == 0
    assert site.dns.records() == before


def test_with_both_places_lost_nothing_is_guessed(site: World) -> None:
    site.redirect()
    live = site.dns.records()
    (site.journal.site / NAME).unlink()
    (site.journal.second / NAME).unlink()
    no = site.back()
    assert (no.code, codes(no)) == (5, [Code.FOREIGN_MARKER])
    assert site.dns.records() == live


def test_a_redirect_by_another_machine_is_not_taken_for_an_old_one_of_ours(
    site: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.redirect()
    site.back()
    moved_house = RRset(timedelta(seconds=300), ("192.0.2.99",))
    site.dns.edit(APEX, "A", moved_house)
    site.clock.sleep(timedelta(days=90))
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("XDG_STATE_HOME", str(tmp_path / "another-state"))
        there = evolve(site.config, root=tmp_path / "another-site")
        assert World(there, site.zones, clock=site.clock).redirect().code == 0
    live = site.dns.records()
    no = site.back()
    assert (no.code, codes(no)) == (5, [Code.FOREIGN_MARKER])
    assert site.dns.records() == live


def test_names_at_the_page_without_marker_and_journal_are_not_called_restored(
    site: World,
) -> None:
    site.redirect()
    site.dns.edit(*MARKER, None)
    (site.journal.site / NAME).unlink()
    (site.journal.second / NAME).unlink()
    no = site.back()
    assert (no.code, codes(no)) == (5, [Code.FOREIGN_MARKER])
    assert "this journal knows no redirect" in str(no.refused[0].why)


def test_the_card_holds_the_exact_records_until_they_are_back(site: World) -> None:
    site.redirect(speak=lambda said: str(said).replace("delete", "usuń"))
    card = site.journal.card.read_text("utf-8")
    assert "usuń: www.kwiaty.example. 60 IN A 198.51.100.7" in card
    assert "add:    www.kwiaty.example. 600 IN CNAME kwiaty.example." in card
    site.back()
    assert "there is nothing to put back" in site.journal.card.read_text("utf-8")


def test_who_and_why_stand_in_the_journal(site: World) -> None:
    site.redirect(operator="ania@laptop", reason="the server burnt")
    entry = site.journal.read().entries[0]
    assert (entry.operator, entry.reason) == ("ania@laptop", "the server burnt")
    assert entry.provider == "fake"
    assert entry.target == "198.51.100.7"
    assert entry.names == (APEX, WWW)


def test_a_name_that_was_dropped_after_a_restore_is_of_no_interest(
    site: World,
) -> None:
    site.redirect()
    site.back()
    table = evolve(site.config.dns[0], names=(zones.NAME,))
    site.config = evolve(site.config, dns=(table,))
    assert site.redirect().code == 0
    assert site.dns.rrsets[WWW, "CNAME"].rdatas == (APEX,)


# --- several zones


def test_one_zones_failure_leaves_the_other_alone(two: World) -> None:
    two.zones[f"{SECOND}."].faults = {2: Fault.REJECTED}
    there = two.redirect()
    assert there.code == 3
    assert [zone.state for zone in there.zones] == [State.REDIRECTED, State.FAILED]
    two.zones[f"{SECOND}."].faults = {}
    again = two.redirect()
    assert again.code == 0
    assert [bool(zone.changes) for zone in again.zones] == [False, True]
    back = two.back()
    assert back.code == 0


def test_a_zone_that_cannot_be_read_is_told_what_to_type(two: World) -> None:
    two.dns.faults = dict.fromkeys(range(1, 9), Fault.UNAVAILABLE)
    there = two.redirect()
    assert there.code == 3
    assert there.zones[0].state is State.FAILED
    told = "\n".join(map(str, there.told()))
    assert "add:    www.kwiaty.example. 60 IN A 198.51.100.7" in told


def test_a_refused_zone_leaves_the_other_alone(two: World) -> None:
    two.zones[f"{SECOND}."].edit(*marker_key(SECOND), Marker(3, "redirected").rrset())
    there = two.redirect()
    assert there.code == 3
    assert [zone.state for zone in there.zones] == [State.REDIRECTED, State.REFUSED]


def test_all_zones_of_one_move_carry_one_number(two: World) -> None:
    two.redirect()
    markers = {
        Marker.parse(fake.rrsets[marker_key(zone)]) for zone, fake in two.zones.items()
    }
    assert markers == {Marker(two.journal.read().entries[0].epoch, "redirected")}


# --- faults at every call

COMMIT_FAULTS = list(Fault)


@pytest.mark.parametrize("fault", COMMIT_FAULTS)
@pytest.mark.parametrize("call", [1, 2, 3])  # read, commit, read back
def test_a_fault_at_any_call_is_finished_by_the_same_command(
    two: World, fault: Fault, call: int
) -> None:
    before = {zone: fake.records() for zone, fake in two.zones.items()}
    two.dns.faults = {call: fault}
    _persist(two, two.redirect)
    assert two.dns.rrsets[WWW, "A"].rdatas == tuple(map(str, TARGET))
    two.dns.faults = {len(two.dns.calls) + call: fault}
    _persist(two, two.back)
    assert {zone: fake.records() for zone, fake in two.zones.items()} == before
    assert two.dns.hit == [fault, fault]


@pytest.mark.parametrize("seed", range(12))
def test_many_faults_in_a_row_lose_nothing(site: World, seed: int) -> None:
    import random

    chance = random.Random(seed)
    before = site.dns.records()
    for move in (site.redirect, site.back):
        start = len(site.dns.calls)
        site.dns.faults = {
            start + call: chance.choice(COMMIT_FAULTS) for call in range(1, 13, 2)
        }
        _persist(site, move)
    assert site.dns.records() == before
    assert len(site.dns.hit) > 1


def _persist(site: World, move: object) -> None:
    """Run the same command until it is content; a person would not try for ever."""
    for _ in range(12):
        try:
            if move().code == 0:
                return
        except Killed:
            continue
    raise AssertionError("it never got done")


@pytest.mark.parametrize("fault", list(Fault))
def test_record_by_record_providers_converge_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    caps = Caps(atomic="record", cas="ids", apex=None, types=CAPS.types)
    site = world(tmp_path, monkeypatch, caps=caps)
    commit = site.dns.commit

    def one_by_one(zone: str, plan: object) -> object:
        done = None
        for change in plan.steps():
            done = commit(zone, plan.only([change.key]))
        return done

    site.dns.commit = one_by_one
    before = site.dns.records()
    for call in range(1, 9):
        site.dns.faults = {len(site.dns.calls) + call: fault}
        _persist(site, site.redirect)
        assert site.dns.rrsets[WWW, "A"].rdatas == ("198.51.100.7",)
        site.dns.faults = {len(site.dns.calls) + call: fault}
        _persist(site, site.back)
        assert site.dns.records() == before
    assert len(site.dns.hit) == 16
