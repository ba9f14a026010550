"""Each gate lets the good case through, and refuses each bad one by its code."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from fallback.core.model import Digest, Observation, Verdict
from fallback.core.records import WEB_TYPES, RRset, Snapshot
from fallback.core.redirect.claims import foreign_marker
from fallback.core.redirect.gates import (
    Code,
    PageLook,
    Refusal,
    ZoneLook,
    page_gate,
    sort_out,
    zone_gate,
)
from fallback.core.redirect.shop_gate import shop_answers, shop_not_back
from fallback.core.text import T

NAME = "kwiaty.example."
PAGE = Digest("a" * 64)
AT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
GOOD = PageLook(NAME, "198.51.100.7", status=503, ours=True, digest=PAGE)
TYPES = frozenset(WEB_TYPES)
ZONE = Snapshot(NAME, {(NAME, "A"): RRset(timedelta(seconds=300), ("192.0.2.10",))})
SERVED = {"ns1 (192.0.2.53)": {(NAME, "A"): ("192.0.2.10",)}}
FINE = ZoneLook({"mail.kwiaty.example.": ("mail.kwiaty.example.",)}, {}, SERVED)


def codes(refusals: object) -> list[Code]:
    return [refusal.code for refusal in refusals]


def page(*looks: PageLook, expected: tuple[Digest, ...] = (PAGE,)) -> list[Code]:
    return codes(page_gate(looks, expected, [NAME]))


def look(**changes: object) -> PageLook:
    given: dict = {"status": 503, "ours": True, "digest": PAGE, **changes}
    return PageLook(NAME, "198.51.100.8", **given)


def test_our_page_with_any_status_passes() -> None:
    assert page(GOOD, look(status=200)) == []


def test_a_target_without_an_address_is_no_page() -> None:
    assert page() == [Code.TARGET_NOT_PAGE]


def test_one_dead_address_refuses_because_a_visitor_may_be_sent_there() -> None:
    assert page(GOOD, look(failure="refused")) == [Code.TARGET_NOT_PAGE]


def test_a_family_that_cannot_be_routed_is_ignored_but_not_all_of_them() -> None:
    assert page(GOOD, look(failure="unreachable")) == []
    assert page(look(failure="unreachable")) == [Code.TARGET_NOT_PAGE]


def test_every_kind_of_certificate_trouble_is_tls() -> None:
    for kind in ("tls", "tls_name", "tls_expired", "tls_untrusted", "tls_timeout"):
        assert page(look(failure=kind)) == [Code.TLS]


def test_somebody_elses_page_is_no_page() -> None:
    assert page(look(ours=False)) == [Code.TARGET_NOT_PAGE]


def test_an_older_page_differs_and_so_does_any_page_without_a_manifest() -> None:
    assert page(look(digest=Digest("b" * 64))) == [Code.PAGE_DIFFERS]
    assert page(GOOD, expected=()) == [Code.PAGE_DIFFERS]


def test_the_same_trouble_at_many_addresses_is_told_once() -> None:
    assert page(*[look(failure="tls_name")] * 4) == [Code.TLS]


def zone(**changes: object) -> list[Code]:
    look = ZoneLook(
        changes.get("mail", FINE.mail),
        changes.get("servers", FINE.servers),
        changes.get("served", FINE.served),
    )
    return codes(
        zone_gate(
            look, changes.get("snapshot", ZONE), [NAME], changes.get("types", TYPES)
        )
    )


def test_a_zone_where_nothing_follows_passes() -> None:
    assert zone() == []


def test_mail_that_would_follow_is_refused_directly_and_through_aliases() -> None:
    assert zone(mail={NAME: (NAME,)}) == [Code.MX_FOLLOWS]
    through = {"mx.elsewhere.test.": ("mx.elsewhere.test.", "a.test.", NAME)}
    assert zone(mail=through) == [Code.MX_FOLLOWS]


def test_mail_that_nobody_could_be_asked_about_is_refused() -> None:
    assert zone(mail=None) == [Code.MX_FOLLOWS]


def test_a_name_server_at_a_redirected_name_is_refused() -> None:
    assert zone(servers={NAME: (NAME,)}) == [Code.NS_FOLLOWS]


def test_a_served_record_that_the_provider_cannot_write_is_refused() -> None:
    served = {"ns1": {**SERVED["ns1 (192.0.2.53)"], (NAME, "HTTPS"): ("1 . alpn=h2",)}}
    assert zone(served=served, types=TYPES - {"HTTPS"}) == [Code.PROVIDER_BLIND]
    assert zone(served=served) == []


def test_a_zone_that_customers_do_not_ask_is_refused() -> None:
    elsewhere = {"ns1": {(NAME, "A"): ("203.0.113.1",)}}
    assert zone(served=elsewhere) == [Code.NOT_DELEGATED]
    assert zone(served={"ns1": {}}) == [Code.NOT_DELEGATED]
    assert zone(served={}) == [Code.NOT_DELEGATED]


def test_a_wildcards_answer_is_no_difference() -> None:
    www = f"www.{NAME}"
    served = {"ns1": {(NAME, "A"): ("192.0.2.10",), (www, "A"): ("192.0.2.99",)}}
    assert zone(served=served) == []


def test_what_only_the_provider_can_answer_for_is_not_compared() -> None:
    proxied = RRset(timedelta(seconds=300), ("192.0.2.10",), (("proxied", "true"),))
    there = Snapshot(NAME, {(NAME, "A"): proxied})
    assert zone(snapshot=there, served={"ns1": {(NAME, "A"): ("104.16.0.1",)}}) == []


def seen(verdict: Verdict, why: str = "refused") -> Observation:
    return Observation(AT, verdict, why)


def test_a_shop_that_answers_once_of_twice_is_a_shop_that_answers() -> None:
    down, up = seen(Verdict.DOWN), seen(Verdict.UP, "ok")
    assert codes(shop_answers((down, down))) == []
    assert codes(shop_answers((down, up))) == [Code.SHOP_ANSWERS]
    assert codes(shop_answers((seen(Verdict.DOUBTFUL),))) == []


def test_one_answering_address_a_name_is_enough_to_restore() -> None:
    down, up = seen(Verdict.DOWN), seen(Verdict.UP, "ok")
    assert codes(shop_not_back({NAME: (down, up), "www": (up,)})) == []
    assert codes(shop_not_back({NAME: (up,), "www": (down,)})) == [Code.SHOP_NOT_BACK]
    assert codes(shop_not_back({NAME: ()})) == [Code.SHOP_NOT_BACK]


def test_an_accepted_code_is_taken_over_and_nothing_else() -> None:
    tls = Refusal(Code.TLS, T("why"), T("remedy"))
    mail = Refusal(Code.MX_FOLLOWS, T("why"), T("remedy"))
    assert sort_out([tls, mail], ["tls"]) == ((mail,), (tls,))


def test_a_foreign_marker_can_be_taken_over_by_redirect_and_never_by_restore() -> None:
    here = foreign_marker(NAME, '"v=fallback1 epoch=7"', restoring=False)
    back = foreign_marker(NAME, '"v=fallback1 epoch=7"', restoring=True)
    assert sort_out([here, back], ["foreign-marker"]) == ((back,), (here,))
    assert "epoch=7" in str(back.why)


kinds = st.sampled_from(["", "refused", "unreachable", "tls_name", "http_timeout"])
looks = st.builds(
    PageLook,
    st.just(NAME),
    st.sampled_from(["198.51.100.7", "2001:db8::7"]),
    kinds,
    st.just(""),
    st.sampled_from([200, 404, 503]),
    st.booleans(),
    st.sampled_from([PAGE, Digest("b" * 64), None]),
)


@given(st.lists(looks, max_size=5))
def test_the_page_gate_opens_only_when_every_routed_address_shows_the_page(
    given_looks: list[PageLook],
) -> None:
    routed = [each for each in given_looks if each.failure != "unreachable"]
    good = bool(routed) and all(
        not each.failure and each.ours and each.digest == PAGE for each in routed
    )
    assert (page(*given_looks) == []) == good


@given(st.dictionaries(st.text(), st.lists(st.sampled_from(Verdict), max_size=4)))
def test_restore_opens_only_when_each_name_was_seen_up(
    verdicts: dict[str, list[Verdict]],
) -> None:
    given_looks = {n: tuple(map(seen, each)) for n, each in verdicts.items()}
    refused = list(shop_not_back(given_looks))
    assert len(refused) == sum(Verdict.UP not in each for each in verdicts.values())
