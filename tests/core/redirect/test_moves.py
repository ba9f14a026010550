"""What a move has to do follows from what is live: kills, edits, new wishes."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from fallback.core.records import (
    Caps,
    Key,
    Marker,
    RRset,
    Snapshot,
    Target,
    marker_key,
)
from fallback.core.redirect.journal import Entry, Event, Verb, ZoneHistory, fold
from fallback.core.redirect.moves import (
    Order,
    foreign,
    in_force,
    redirect_order,
    remaining,
    restore_order,
)

ZONE = "kwiaty.example."
WWW = f"www.{ZONE}"
NAMES = ("kwiaty.example", "www.kwiaty.example")
MARKER = marker_key(ZONE)
AT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
TTL = timedelta(seconds=60)
CAPS = Caps("batch", "server", None, frozenset(("A", "AAAA", "CNAME", "HTTPS")))
ONE_BY_ONE = evolve(CAPS, atomic="record", cas="ids")
TARGET: Target = (ip_address("198.51.100.7"),)
OTHER_TARGET: Target = (ip_address("198.51.100.99"),)

Zone = dict[Key, RRset]


def rr(*rdatas: str, ttl: int = 300) -> RRset:
    return RRset(timedelta(seconds=ttl), rdatas)


BEFORE: Zone = {
    (ZONE, "A"): rr("192.0.2.10", "192.0.2.11"),
    (ZONE, "AAAA"): rr("2001:db8::10"),
    (ZONE, "HTTPS"): rr("1 . alpn=h2"),
    (WWW, "CNAME"): rr(ZONE, ttl=600),
}


def snapshot(zone: Mapping[Key, RRset]) -> Snapshot:
    return Snapshot(ZONE, dict(zone))


def redirecting(
    history: ZoneHistory,
    zone: Mapping[Key, RRset],
    *,
    names: tuple[str, ...] = NAMES,
    target: Target = TARGET,
    caps: Caps = CAPS,
    epoch: int = 1,
) -> Order:
    return redirect_order(
        history, snapshot(zone), names, target, TTL, caps, epoch=epoch
    )


def entry(order: Order, event: Event = Event.PLAN) -> Entry:
    verb = Verb.REDIRECT if order.undoes is None else Verb.RESTORE
    return Entry(
        AT,
        event,
        verb,
        ZONE,
        order.epoch,
        order.undoes,
        names=order.names,
        changes=order.changes if event is Event.PLAN else (),
    )


def applied(order: Order, zone: Mapping[Key, RRset]) -> Zone:
    after = dict(zone)
    for change in order.todo.changes:
        assert zone.get(change.key) == change.before
        after.pop(change.key, None)
        if change.after is not None:
            after[change.key] = change.after
    return after


def history(*entries: Entry) -> ZoneHistory:
    return fold(entries).of(ZONE)


def redirected(
    target: Target = TARGET, names: tuple[str, ...] = NAMES
) -> tuple[ZoneHistory, Zone]:
    order = redirecting(history(), BEFORE, target=target, names=names)
    return history(entry(order), entry(order, Event.DONE)), applied(order, BEFORE)


def test_there_and_back_is_exactly_as_before() -> None:
    told, live = redirected()
    order = restore_order(told, snapshot(live), CAPS, epoch=2)
    assert order is not None
    assert applied(order, live) == BEFORE


def test_a_second_redirect_has_nothing_to_do() -> None:
    told, live = redirected()
    order = redirecting(told, live, epoch=2)
    assert (order.todo.changes, order.fresh, order.epoch) == ((), False, 1)


def test_a_plan_that_was_never_written_is_gone_on_with() -> None:
    first = redirecting(history(), BEFORE)
    again = redirecting(history(entry(first)), BEFORE, epoch=2)
    assert (again.epoch, again.fresh, again.todo) == (1, False, first.todo)


def test_a_plan_that_was_never_written_is_made_anew_when_the_zone_moved_on() -> None:
    first = redirecting(history(), BEFORE)
    moved_on = {**BEFORE, (ZONE, "A"): rr("192.0.2.77")}
    again = redirecting(history(entry(first)), moved_on, epoch=2)
    assert (again.epoch, again.fresh) == (2, True)
    live = applied(again, moved_on)
    back = restore_order(
        history(entry(first), entry(again)), snapshot(live), CAPS, epoch=3
    )
    assert back is not None
    assert applied(back, live) == moved_on


def test_a_record_that_its_owner_removed_after_a_failed_plan_stays_removed() -> None:
    told = history(entry(redirecting(history(), BEFORE)))
    without = {key: rrset for key, rrset in BEFORE.items() if key[1] != "AAAA"}
    assert restore_order(told, snapshot(without), CAPS, epoch=2) is None
    again = redirecting(told, without, epoch=2)
    both = history(*told.redirects.values(), entry(again))
    live = applied(again, without)
    back = restore_order(both, snapshot(live), CAPS, epoch=3)
    assert back is not None
    assert applied(back, live) == without


@given(st.integers(0, 20), st.booleans())
def test_half_done_record_by_record_is_finished_and_can_be_undone(
    done: int, forward: bool
) -> None:
    first = redirecting(history(), BEFORE)
    steps = first.todo.steps()
    part = evolve(first, todo=evolve(first.todo, changes=steps[: done % len(steps)]))
    live = applied(part, BEFORE)
    told = history(entry(first))
    if forward:
        again = redirecting(told, live, caps=ONE_BY_ONE, epoch=2)
        assert applied(again, live) == applied(first, BEFORE)
        assert again.drift == ()
    else:
        back = restore_order(told, snapshot(live), ONE_BY_ONE, epoch=2)
        assert live == BEFORE if back is None else applied(back, live) == BEFORE


def test_a_new_target_is_a_new_decision_whose_way_back_is_the_old_one() -> None:
    told, live = redirected()
    again = redirecting(told, live, target=OTHER_TARGET, epoch=2)
    assert (again.epoch, again.fresh) == (2, True)
    elsewhere = applied(again, live)
    assert elsewhere[ZONE, "A"].rdatas == ("198.51.100.99",)
    both = history(*told.redirects.values(), entry(again))
    back = restore_order(both, snapshot(elsewhere), CAPS, epoch=3)
    assert back is not None
    assert applied(back, elsewhere) == BEFORE


def test_a_name_added_or_dropped_while_redirected_comes_back_too() -> None:
    told, live = redirected(names=NAMES[:1])
    wider = redirecting(told, live, names=NAMES, epoch=2)
    both = history(*told.redirects.values(), entry(wider))
    all_moved = applied(wider, live)
    narrow = redirecting(both, all_moved, names=NAMES[1:], epoch=3)
    assert narrow.todo.changes == ()
    back = restore_order(both, snapshot(all_moved), CAPS, epoch=3)
    assert back is not None
    assert applied(back, all_moved) == BEFORE


def test_what_somebody_else_changed_stays_theirs_both_ways() -> None:
    told, live = redirected()
    live[WWW, "A"] = rr("203.0.113.9")
    back = restore_order(told, snapshot(live), CAPS, epoch=2)
    assert back is not None
    assert back.theirs == (WWW,)
    after = applied(back, live)
    assert after[WWW, "A"].rdatas == ("203.0.113.9",)
    assert {k: v for k, v in after.items() if k[0] == ZONE} == {
        k: v for k, v in BEFORE.items() if k[0] == ZONE
    }
    assert MARKER not in after
    again = redirecting(told, live, epoch=2)
    assert (again.todo.changes, again.theirs) == ((), (WWW,))


def test_a_record_that_appeared_at_a_name_is_somebody_elses() -> None:
    told, live = redirected()
    live[ZONE, "HTTPS"] = rr("1 . alpn=h3")
    back = restore_order(told, snapshot(live), CAPS, epoch=2)
    assert back is not None
    assert back.theirs == (ZONE,)


def test_a_marker_that_the_journal_does_not_know_is_foreign() -> None:
    live = {**BEFORE, MARKER: Marker(7, "redirected").rrset()}
    assert "epoch=7" in foreign(history(), snapshot(live))
    assert in_force(history(), snapshot(live), CAPS) is None
    assert restore_order(history(), snapshot(live), CAPS, epoch=8) is None


def test_a_text_that_is_no_marker_is_foreign_too() -> None:
    live = {**BEFORE, MARKER: rr('"hands off"')}
    assert foreign(history(), snapshot(live)) == '"hands off"'


def test_a_marker_of_state_primary_stands_in_nobodys_way() -> None:
    live = {**BEFORE, MARKER: Marker(7, "primary").rrset()}
    assert foreign(history(), snapshot(live)) == ""


def test_an_old_closed_decision_is_not_taken_for_the_one_in_force() -> None:
    told, live = redirected()
    closed = Entry(AT, Event.DONE, Verb.RESTORE, ZONE, 2, 1)
    second = redirecting(history(*told.redirects.values(), closed), BEFORE, epoch=3)
    known = history(*told.redirects.values(), closed, entry(second))
    assert foreign(known, snapshot(live)) != ""


def test_a_zone_file_from_a_backup_brings_the_last_decision_back() -> None:
    told, live = redirected()
    closed = Entry(AT, Event.DONE, Verb.RESTORE, ZONE, 2, 1)
    known = history(*told.redirects.values(), closed)
    back = restore_order(known, snapshot(live), CAPS, epoch=3)
    assert back is not None
    assert applied(back, live) == BEFORE


def test_an_unfinished_restore_keeps_its_number() -> None:
    told, live = redirected()
    first = restore_order(told, snapshot(live), CAPS, epoch=2)
    assert first is not None
    known = history(*told.redirects.values(), entry(first))
    again = restore_order(known, snapshot(live), CAPS, epoch=3)
    assert again is not None
    assert (again.epoch, again.fresh) == (2, False)


def restored(told: ZoneHistory, live: Zone, *, epoch: int) -> tuple[Order, Zone]:
    """Return the restore where several machines share state, and the zone after it."""
    order = restore_order(told, snapshot(live), CAPS, epoch=epoch, shared=True)
    assert order is not None
    return order, applied(order, live)


def test_where_state_is_shared_the_marker_stays_and_counts() -> None:
    told, live = redirected()
    _, back = restored(told, live, epoch=7)
    assert back == {**BEFORE, MARKER: Marker(7, "primary").rrset()}


def test_a_machine_that_slept_meanwhile_undoes_nothing() -> None:
    """It decided, and then others redirected and restored."""
    slept = redirecting(history(), BEFORE, epoch=5)
    told, live = redirected()
    _, back = restored(told, live, epoch=7)
    late = remaining(slept, snapshot(back))
    assert late.todo.changes == ()
    without = restore_order(told, snapshot(live), CAPS, epoch=7)
    assert without is not None
    alone = remaining(slept, snapshot(applied(without, live)))
    assert alone.todo.changes, "that is what the marker is for"


def test_the_marker_that_stays_is_counted_on_by_the_next_decisions() -> None:
    told, live = redirected()
    first, back = restored(told, live, epoch=7)
    told = history(*told.redirects.values(), entry(first), entry(first, Event.DONE))
    again = redirecting(told, back, epoch=8)
    assert (again.epoch, again.fresh) == (8, True)
    there = applied(again, back)
    told = history(*told.redirects.values(), *told.restores.values(),
                   entry(first, Event.DONE), entry(again))  # fmt: skip
    _, back = restored(told, there, epoch=9)
    assert back == {**BEFORE, MARKER: Marker(9, "primary").rrset()}


def test_an_unfinished_restore_keeps_the_number_in_the_marker_that_stays() -> None:
    told, live = redirected()
    first, back = restored(told, live, epoch=7)
    told = history(*told.redirects.values(), entry(first))
    again, same = restored(told, live, epoch=8)
    assert (again.epoch, again.fresh, same) == (7, False, back)


def test_after_a_lost_race_nothing_is_left_to_do() -> None:
    order = redirecting(history(), BEFORE)
    live = {**BEFORE, MARKER: Marker(9, "redirected").rrset()}
    left = remaining(order, snapshot(live))
    assert left.todo.changes == ()
    assert MARKER in {(each.name, each.type) for each in left.drift}


def test_an_edit_between_reading_and_writing_keeps_that_name_theirs() -> None:
    order = redirecting(history(), BEFORE)
    live = {**BEFORE, (WWW, "CNAME"): rr("elsewhere.test.")}
    left = remaining(order, snapshot(live))
    assert left.theirs == (WWW,)
    assert {change.name for change in left.todo.changes} == {ZONE, MARKER[0]}


rdata = st.sampled_from(["192.0.2.10", "192.0.2.77", "198.51.100.7"])
some_zone = st.fixed_dictionaries(
    {},
    optional={
        (name, rtype): rdata.map(rr)
        for name in (ZONE, WWW)
        for rtype in ("A", "AAAA", "HTTPS")
    },
)


@given(some_zone)
def test_any_zone_comes_back_and_only_web_names_are_spoken_of(zone: Zone) -> None:
    order = redirecting(history(), zone)
    assert {change.name for change in order.changes} <= {ZONE, WWW, MARKER[0]}
    live = applied(order, zone)
    back = restore_order(history(entry(order)), snapshot(live), CAPS, epoch=2)
    assert back is not None
    assert applied(back, live) == zone


@given(some_zone, some_zone)
def test_no_edit_by_others_is_ever_overwritten(zone: Zone, edits: Zone) -> None:
    order = redirecting(history(), zone)
    live = {**applied(order, zone), **edits}
    told = history(entry(order))
    ours = applied(order, zone)
    theirs = {k for k, v in edits.items() if v not in (ours.get(k), zone.get(k))}
    for back in (
        restore_order(told, snapshot(live), CAPS, epoch=2),
        redirecting(told, live, epoch=2),
    ):
        assert back is not None
        assert not theirs & {change.key for change in back.todo.changes}
        assert {name for name, _ in theirs} <= set(back.theirs)
