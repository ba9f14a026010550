"""What peace-time preparation changes, and what it leaves alone."""

from datetime import timedelta

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from fallback.core.records import WEB_TYPES, Aliases, Change, RRset, plan_redirect
from fallback.core.redirect.preparing import preparations
from tests.core.redirect.test_moves import (
    BEFORE,
    CAPS,
    NAMES,
    ONE_BY_ONE,
    TARGET,
    WWW,
    ZONE,
    Zone,
    rr,
    snapshot,
)

MINUTE = timedelta(seconds=60)


def prepared(zone: Zone, changes: tuple[Change, ...]) -> Zone:
    after = dict(zone)
    for change in changes:
        assert after.get(change.key) == change.before
        after.pop(change.key, None)
        if change.after is not None:
            after[change.key] = change.after
    return after


def preparing(zone: Zone, target: object = TARGET, caps: object = CAPS) -> Zone:
    changes = preparations(snapshot(zone), NAMES, target, MINUTE, caps)
    return prepared(zone, changes)


def test_every_ttl_is_lowered_and_no_datum_changes() -> None:
    after = preparing(BEFORE)
    assert after == {key: evolve(rrset, ttl=MINUTE) for key, rrset in BEFORE.items()}


def test_where_records_are_written_one_by_one_the_cname_becomes_a_copy() -> None:
    after = preparing(BEFORE, caps=ONE_BY_ONE)
    assert (WWW, "CNAME") not in after
    for rtype in ("A", "AAAA", "HTTPS"):
        assert after[WWW, rtype] == after[ZONE, rtype]


def test_a_redirect_then_changes_no_type() -> None:
    zone = {k: rr for k, rr in BEFORE.items() if k[1] in ("A", "CNAME")}
    after = preparing(zone, caps=ONE_BY_ONE)
    plan = plan_redirect(
        snapshot(after), NAMES, TARGET, MINUTE, epoch=1, caps=ONE_BY_ONE
    )
    web = [change for change in plan.changes if change.type != "TXT"]
    assert web
    assert all(change.before and change.after for change in web)


def test_a_cname_stays_when_the_redirect_writes_one_too() -> None:
    after = preparing(BEFORE, "page.elsewhere.example", ONE_BY_ONE)
    assert after[WWW, "CNAME"] == rr(ZONE, ttl=60)


def test_a_cname_that_leads_elsewhere_or_in_a_circle_stays() -> None:
    for alias in ("cdn.elsewhere.example.", WWW):
        zone = {**BEFORE, (WWW, "CNAME"): rr(alias)}
        assert preparing(zone, caps=ONE_BY_ONE)[WWW, "CNAME"] == rr(alias, ttl=60)


def test_what_a_proxy_or_an_operators_alias_answers_keeps_its_ttl() -> None:
    proxied = RRset(timedelta(seconds=300), ("192.0.2.1",), (("proxied", "true"),))
    assert preparing({(ZONE, "A"): proxied}) == {(ZONE, "A"): proxied}
    alias = {(ZONE, "ALIAS"): rr("d1.cloudfront.net.")}
    fixed = evolve(CAPS, aliases=Aliases(MINUTE, (".cloudfront.net.",)))
    assert preparing(alias, caps=fixed) == alias
    assert preparing(alias)[ZONE, "ALIAS"].ttl == MINUTE


def test_records_of_one_set_with_ttls_of_their_own_are_lowered_too() -> None:
    uneven = RRset(MINUTE, ("192.0.2.1", "192.0.2.2"), (("ttl", '{"192.0.2.1": 9}'),))
    assert preparing({(ZONE, "A"): uneven}) == {(ZONE, "A"): evolve(uneven, extra=())}


rrsets = st.builds(
    RRset,
    st.integers(1, 90000).map(lambda n: timedelta(seconds=n)),
    st.sets(st.sampled_from(["192.0.2.1", "192.0.2.2"]), min_size=1).map(tuple),
)
names = st.sampled_from([ZONE, WWW, f"mail.{ZONE}"])
kinds = st.sampled_from([*(t for t in WEB_TYPES if t != "CNAME"), "MX", "TXT"])
aliases = st.sampled_from([ZONE, WWW, f"mail.{ZONE}", "cdn.elsewhere.example."])


@given(
    st.dictionaries(st.tuples(names, kinds), rrsets),
    st.none() | aliases,
    st.sampled_from([CAPS, ONE_BY_ONE]),
)
def test_again_there_is_nothing_to_do_and_only_the_names_are_spoken_of(
    zone: Zone, alias: str | None, caps: object
) -> None:
    if alias is not None:
        zone = {k: v for k, v in zone.items() if k[0] != WWW}
        zone[WWW, "CNAME"] = rr(alias, ttl=9000)
    after = preparing(zone, caps=caps)
    assert preparing(after, caps=caps) == after
    for key in zone.keys() | after.keys():
        if key[0] not in (ZONE, WWW) or key[1] not in WEB_TYPES:
            assert after.get(key) == zone.get(key)
        elif key in zone and key in after:
            assert after[key].ttl == min(MINUTE, zone[key].ttl)
            assert after[key].rdatas == zone[key].rdatas
