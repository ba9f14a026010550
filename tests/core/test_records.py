"""A plan speaks of the web's records and our marker, and always knows the way back."""

from collections.abc import Mapping
from datetime import timedelta
from ipaddress import ip_address

import pytest
from attrs import evolve
from hypothesis import assume, given
from hypothesis import strategies as st

from fallback.core.errors import Refused
from fallback.core.records import (
    WEB_TYPES,
    Aliases,
    Caps,
    Change,
    Key,
    Marker,
    Plan,
    RRset,
    Snapshot,
    Standing,
    Target,
    absolute,
    classify,
    marker_key,
    plan_redirect,
)

ZONE = "shop.example."
NAMES = ("shop.example", "WWW.shop.example.", "pay.shop.example")
MINUTE = timedelta(seconds=60)
ALIAS = Caps("batch", "server", "alias", frozenset(WEB_TYPES))
PLAIN = evolve(ALIAS, apex=None)
FLAT = evolve(ALIAS, apex="flatten")
TEXTS = st.sampled_from(["192.0.2.1", "192.0.2.2", "2001:db8::1", "x.example."])
RRSETS = st.builds(
    RRset,
    st.sampled_from([60, 300, 3600]).map(lambda seconds: timedelta(seconds=seconds)),
    st.lists(TEXTS, min_size=1, max_size=3).map(tuple),
)
KEYS = st.tuples(st.sampled_from(NAMES).map(absolute), st.sampled_from(WEB_TYPES))
MARKERS = st.builds(
    Marker, st.integers(0, 99), st.sampled_from(["redirected", "primary"])
).map(Marker.rrset)
ADDRESSES: st.SearchStrategy[Target] = st.lists(
    st.ip_addresses(), min_size=1, max_size=4
).map(tuple)
TARGETS = ADDRESSES | st.just("page.elsewhere.test")


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    """Draw a zone in which a CNAME shares its name with nothing."""
    rrsets: dict[Key, RRset] = draw(st.dictionaries(KEYS, RRSETS, max_size=8))
    for name in {name for name, rtype in rrsets if rtype == "CNAME"}:
        rrsets = {k: v for k, v in rrsets.items() if k[0] != name or k[1] == "CNAME"}
    if draw(st.booleans()):
        rrsets[marker_key(ZONE)] = draw(MARKERS)
    return Snapshot(ZONE, rrsets)


def carried_out(rrsets: Mapping[Key, RRset], plan: Plan) -> dict[Key, RRset]:
    """Do the steps one by one, as strictly as a name server."""
    live = dict(rrsets)
    for change in plan.steps():
        assert live.get(change.key) == change.before
        live.pop(change.key, None)
        if change.after is not None:
            types = {rtype for name, rtype in live if name == change.name}
            assert "CNAME" not in types
            assert change.type != "CNAME" or not types
            live[change.key] = change.after
    return live


@given(snapshots(), TARGETS, st.integers(1, 3), st.sampled_from([ALIAS, FLAT]))
def test_there_and_back_is_where_we_were(
    seen: Snapshot, target: Target, count: int, caps: Caps
) -> None:
    names = NAMES[:count]
    there = plan_redirect(seen, names, target, MINUTE, epoch=3, caps=caps)
    away = carried_out(seen.rrsets, there)
    assert carried_out(away, there.reverse(epoch=4)) == seen.rrsets
    assert there.reverse(epoch=4).reverse(epoch=3) == there


@given(snapshots(), TARGETS, st.integers(1, 3), st.sampled_from([ALIAS, FLAT]))
def test_a_plan_speaks_of_the_names_web_types_and_the_marker_only(
    seen: Snapshot, target: Target, count: int, caps: Caps
) -> None:
    names = {absolute(name) for name in NAMES[:count]}
    plan = plan_redirect(seen, NAMES[:count], target, MINUTE, epoch=1, caps=caps)
    web = {(name, rtype) for name in names for rtype in WEB_TYPES}
    assert set(plan.keys) <= web | {marker_key(ZONE)}
    assert len(set(plan.keys)) == len(plan.keys)


@given(snapshots(), TARGETS, st.sampled_from([ALIAS, FLAT]))
def test_nothing_leads_past_the_page(
    seen: Snapshot, target: Target, caps: Caps
) -> None:
    plan = plan_redirect(seen, NAMES, target, MINUTE, epoch=1, caps=caps)
    away = carried_out(seen.rrsets, plan)
    allowed = {"CNAME", "ALIAS"} if isinstance(target, str) else {"A", "AAAA"}
    for name in map(absolute, NAMES):
        kept = {rtype for at, rtype in away if at == name}
        assert kept
        assert kept <= allowed
    assert all(
        rrset.ttl == MINUTE for key, rrset in away.items() if key != marker_key(ZONE)
    )


@given(snapshots(), TARGETS)
def test_removals_come_first(seen: Snapshot, target: Target) -> None:
    plan = plan_redirect(seen, NAMES, target, MINUTE, epoch=1, caps=FLAT)
    for way in (plan, plan.reverse(epoch=2)):
        arriving = [change.after is not None for change in way.steps()]
        assert arriving == sorted(arriving)
        assert sorted(way.steps(), key=repr) == sorted(way.changes, key=repr)


@given(snapshots(), TARGETS, st.data())
def test_every_key_is_before_after_or_somebody_elses(
    seen: Snapshot, target: Target, data: st.DataObject
) -> None:
    plan = plan_redirect(seen, NAMES, target, MINUTE, epoch=1, caps=ALIAS)
    done = data.draw(st.sets(st.sampled_from(plan.keys)))
    foreign = data.draw(st.sets(st.sampled_from(plan.keys)))
    theirs = RRset(timedelta(seconds=4711), ("theirs",))
    live = {}
    for change in plan.changes:
        holds = change.after if change.key in done else change.before
        holds = theirs if change.key in foreign else holds
        if holds is not None:
            live[change.key] = holds
    stands = classify(plan, Snapshot(ZONE, live))
    for change in plan.changes:
        if change.key in foreign:
            assert stands[change.key] is Standing.OTHER
        elif change.key in done or change.before == change.after:
            assert stands[change.key] is Standing.AFTER
        else:
            assert stands[change.key] is Standing.BEFORE


@given(snapshots(), TARGETS)
def test_a_redirect_that_is_there_needs_the_marker_at_most(
    seen: Snapshot, target: Target
) -> None:
    first = plan_redirect(seen, NAMES, target, MINUTE, epoch=1, caps=ALIAS)
    away = Snapshot(ZONE, carried_out(seen.rrsets, first))
    again = plan_redirect(away, NAMES, target, MINUTE, epoch=1, caps=ALIAS)
    assert set(classify(again, away).values()) == {Standing.AFTER}
    assert again.keys == (marker_key(ZONE),)


@given(st.sampled_from(["MX", "NS", "SOA", "TXT", "CAA", "DS", "SRV", "a", ""]), KEYS)
def test_no_change_can_speak_of_another_type(rtype: str, key: Key) -> None:
    with pytest.raises(ValueError, match="cannot speak of"):
        Change(key[0], rtype, None, None)


def test_the_marker_is_the_only_text_record() -> None:
    assert Change(*marker_key(ZONE), None, Marker(1, "primary").rrset())
    with pytest.raises(ValueError, match="cannot speak of"):
        Change("shop.example.", "TXT", None, None)


@given(RRSETS, RRSETS)
def test_ttl_and_data_both_count_and_their_order_does_not(a: RRset, b: RRset) -> None:
    assert (a == b) == (a.ttl == b.ttl and set(a.rdatas) == set(b.rdatas))
    assert RRset(a.ttl, tuple(reversed(a.rdatas))) == a
    assert RRset(a.ttl, a.rdatas * 2) == a


@given(st.integers(0, 10**18 - 1), st.sampled_from(["redirected", "primary"]))
def test_a_marker_reads_back(epoch: int, state: str) -> None:
    marker = Marker(epoch, "primary" if state == "primary" else "redirected")
    assert Marker.parse(marker.rrset()) == marker


@pytest.mark.parametrize(
    "rdatas",
    [
        (),
        ('"v=fallback1 epoch=1 state=redirected"', '"another"'),
        ('"v=fallback2 epoch=1 state=redirected"',),
        ('"v=fallback1 epoch=-1 state=redirected"',),
        ('"v=fallback1 epoch=1 state=lost"',),
        ('"v=spf1 -all"',),
    ],
)
def test_a_foreign_marker_is_not_ours(rdatas: tuple[str, ...]) -> None:
    assert Marker.parse(RRset(MINUTE, rdatas)) is None
    assert Marker.parse(None) is None


def test_a_host_name_cannot_stand_at_the_top_of_a_plain_zone() -> None:
    with pytest.raises(Refused) as refused:
        plan_redirect(
            Snapshot(ZONE, {}), [ZONE], "p.example", MINUTE, epoch=1, caps=PLAIN
        )
    assert refused.value.code == 5
    assert refused.value.next


@pytest.mark.parametrize("caps", [PLAIN, ALIAS, FLAT])
def test_a_name_cannot_lead_to_itself(caps: Caps) -> None:
    with pytest.raises(Refused):
        plan_redirect(
            Snapshot(ZONE, {}),
            ["www.shop.example"],
            "WWW.shop.example.",
            MINUTE,
            epoch=1,
            caps=caps,
        )


@given(st.lists(st.ip_addresses(), min_size=1, max_size=5))
def test_addresses_go_where_their_family_belongs(addresses: list[object]) -> None:
    target = tuple(ip_address(str(address)) for address in addresses)
    assume(target)
    plan = plan_redirect(
        Snapshot(ZONE, {}), [ZONE], target, MINUTE, epoch=1, caps=PLAIN
    )
    after = {c.type: set(c.after.rdatas) for c in plan.changes if c.after}
    for version, rtype in ((4, "A"), (6, "AAAA")):
        wanted = {str(address) for address in target if address.version == version}
        assert after.get(rtype, set()) == wanted


@given(snapshots(), st.data())
def test_a_part_of_a_plan_is_a_plan(seen: Snapshot, data: st.DataObject) -> None:
    plan = plan_redirect(
        seen, NAMES, (ip_address("192.0.2.9"),), MINUTE, epoch=1, caps=PLAIN
    )
    keys = data.draw(st.sets(st.sampled_from(plan.keys)))
    part = plan.only(keys)
    assert set(part.keys) == keys
    assert (part.zone, part.epoch) == (plan.zone, plan.epoch)


AMAZON = Aliases(MINUTE * 2, (".cloudfront.net.",), ("s3-website.test.",))


@pytest.mark.parametrize(
    "target", ["d1.cloudfront.net", "shop.example.s3-website.test"]
)
def test_an_alias_has_the_ttl_of_its_operator(target: str) -> None:
    caps = evolve(ALIAS, aliases=AMAZON)
    seen = Snapshot(ZONE, {})
    plan = plan_redirect(seen, [ZONE], target, MINUTE, epoch=1, caps=caps)
    (alias,) = [change.after for change in plan.changes if change.type == "ALIAS"]
    assert alias == RRset(MINUTE * 2, (f"{target}.",))


@pytest.mark.parametrize(
    "target", ["page.test", "cloudfront.net", "xshop.example.s3-website.test"]
)
def test_an_alias_that_the_operator_cannot_make_is_refused(target: str) -> None:
    caps = evolve(ALIAS, aliases=AMAZON)
    with pytest.raises(Refused, match=r"\*\.cloudfront\.net only"):
        plan_redirect(Snapshot(ZONE, {}), [ZONE], target, MINUTE, epoch=1, caps=caps)


def test_a_spelling_changes_nothing_that_is_answered() -> None:
    assert RRset(MINUTE, ("a.",), (("spelled", "A"),)).plain
    assert not RRset(MINUTE, ("a.",), (("proxied", "yes"),)).plain
