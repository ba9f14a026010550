"""A new home takes the place of the way back, whatever was interrupted in between."""

from collections.abc import Mapping
from datetime import timedelta
from ipaddress import ip_address

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from fallback.core.errors import Refused
from fallback.core.records import Key, RRset, Target
from fallback.core.redirect.journal import Event, ZoneHistory
from fallback.core.redirect.moves import Order, in_force, restore_order
from tests.core.redirect.test_moves import (
    BEFORE,
    CAPS,
    MARKER,
    ONE_BY_ONE,
    WWW,
    ZONE,
    Zone,
    applied,
    entry,
    history,
    redirected,
    redirecting,
    rr,
    snapshot,
)

HOME: Target = (ip_address("203.0.113.5"), ip_address("2001:db8:5::5"))
ELSEWHERE: Target = (ip_address("203.0.113.99"),)
AT_HOME: Zone = {
    (ZONE, "A"): rr("203.0.113.5"),
    (ZONE, "AAAA"): rr("2001:db8:5::5"),
    (WWW, "CNAME"): rr(ZONE, ttl=600),
}


def homing(
    told: ZoneHistory,
    zone: Mapping[Key, RRset],
    home: Target | None = HOME,
    *,
    epoch: int = 2,
) -> Order:
    order = restore_order(told, snapshot(zone), CAPS, epoch=epoch, home=home)
    assert order is not None
    return order


def test_the_names_go_to_the_new_server_with_the_ttl_that_they_had() -> None:
    told, live = redirected()
    order = homing(told, live)
    assert applied(order, live) == AT_HOME
    assert order.dropped == (((ZONE, "HTTPS"), rr("1 . alpn=h2")),)


def test_a_name_of_a_wildcard_gets_records_of_its_own() -> None:
    only = {(ZONE, "A"): rr("192.0.2.10")}
    order = redirecting(history(), only)
    told, live = history(entry(order)), applied(order, only)
    at_home = applied(homing(told, live), live)
    assert at_home[WWW, "A"] == rr("203.0.113.5", ttl=60)


def test_a_chain_that_leaves_the_names_or_turns_in_a_circle_is_not_kept() -> None:
    for alias in ("cdn.elsewhere.example.", WWW):
        zone = {**BEFORE, (WWW, "CNAME"): rr(alias)}
        order = redirecting(history(), zone)
        told, live = history(entry(order)), applied(order, zone)
        at_home = applied(homing(told, live), live)
        assert at_home[WWW, "A"] == rr("203.0.113.5")
        assert (WWW, "CNAME") not in at_home


def test_a_host_name_is_followed_where_that_is_legal() -> None:
    told, live = redirected(names=(WWW,))
    order = homing(told, live, "shop.elsewhere.example")
    assert applied(order, live)[WWW, "CNAME"] == rr("shop.elsewhere.example.", ttl=600)
    told, live = redirected()
    with pytest.raises(Refused):
        homing(told, live, "shop.elsewhere.example")


def test_a_plain_restore_never_leads_to_the_server_that_was_left() -> None:
    told, live = redirected()
    order = homing(told, live)
    planned = history(*told.redirects.values(), entry(order))
    again = homing(planned, live, None, epoch=3)
    assert (again.epoch, again.fresh) == (2, False)
    assert applied(again, live) == AT_HOME
    finished = history(
        *planned.redirects.values(), entry(order), entry(order, Event.DONE)
    )
    assert in_force(finished, snapshot(AT_HOME), CAPS) is None
    # a zone file from a backup brings the redirect back, and even then
    assert applied(homing(finished, live, None, epoch=3), live) == AT_HOME


def test_another_new_home_is_another_decision() -> None:
    told, live = redirected()
    wrong = homing(told, live, ELSEWHERE)
    planned = history(*told.redirects.values(), entry(wrong))
    order = homing(planned, live, epoch=3)
    assert (order.epoch, order.fresh) == (3, True)
    assert applied(order, live) == AT_HOME


def test_a_redirect_after_half_a_way_home_leads_back_there() -> None:
    told, live = redirected()
    order = homing(told, live)
    planned = history(*told.redirects.values(), entry(order))
    half = {**live, (ZONE, "A"): AT_HOME[ZONE, "A"]}
    again = redirecting(planned, half, epoch=3)
    assert not again.drift
    assert applied(again, half)[ZONE, "A"] == live[ZONE, "A"]
    both = history(*planned.redirects.values(), entry(order), entry(again))
    away = applied(again, half)
    assert applied(homing(both, away, None, epoch=4), away) == AT_HOME


@given(
    st.lists(st.sets(st.sampled_from([*BEFORE, MARKER])), min_size=1, max_size=3),
    st.lists(st.sampled_from([HOME, ELSEWHERE]), min_size=3, max_size=3),
)
def test_however_it_is_interrupted_nothing_of_ours_is_taken_for_somebody_elses(
    written: list[set[Key]], homes: list[Target]
) -> None:
    """Each round plans, writes some keys in the provider's order, and is killed."""
    told, live = redirected()
    entries = [*told.redirects.values()]
    for epoch, (keys, home) in enumerate(zip(written, homes, strict=False), start=2):
        order = homing(history(*entries), live, home, epoch=epoch)
        assert not order.drift
        entries.append(entry(order))
        part = order.todo.only(keys - {MARKER})
        live = applied(evolve(order, todo=part), live)
    last = restore_order(history(*entries), snapshot(live), ONE_BY_ONE, epoch=9)
    assert last is not None
    assert not last.drift
    at_home = applied(last, live)
    planned_last = homes[len(written) - 1]
    assert at_home[ZONE, "A"].rdatas == (str(planned_last[0]),)
    assert not {"192.0.2.10", "198.51.100.7"} & {
        data for rrset in at_home.values() for data in rrset.rdatas
    }
    assert all(rrset.ttl > timedelta() for rrset in at_home.values())


@given(st.sampled_from([(ZONE, "A"), (ZONE, "HTTPS"), (WWW, "A")]))
def test_what_somebody_else_changed_stays_theirs(key: Key) -> None:
    told, live = redirected()
    live = {**live, key: rr("203.0.113.200")}
    order = homing(told, live)
    assert order.theirs == (key[0],)
    assert applied(order, live)[key] == rr("203.0.113.200")
