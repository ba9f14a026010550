"""The ladder of switches: which rungs a site uses, which it could, what each saves."""

from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from fallback.core.check.facts import Approach, Facts
from fallback.core.check.spare import Spare
from fallback.core.check.zone_facts import NameServer, Service, Zone
from fallback.core.readiness import findings
from fallback.core.records import RRset
from fallback.core.redirect.ladder import Rung, Use, ladder, ladder_told, operator, wait
from tests.core.test_readiness import READY, ZONE

SAVED = (
    "      saves: no DNS record changes, and no wait for caches (now up to: a minute)"
)
HOUR = timedelta(hours=1)
APEX, WWW = "kwiaty.example", "www.kwiaty.example"
SWITCHED = "www.kwiaty.switch.agency.test"
STRAIGHT = {APEX: (f"{APEX}.",), WWW: (f"{WWW}.", f"{APEX}.")}
LED = {APEX: (f"{APEX}.",), WWW: (f"{WWW}.", f"{SWITCHED}.")}
TTLS = {APEX: HOUR, WWW: HOUR}


def approach(*servers: str, **more: Any) -> Approach:
    at = tuple((name, "192.0.2.53") for name in servers or ("ns1.hoster.example.",))
    return Approach(
        f"{APEX}.", **{"ways": STRAIGHT, "ttls": TTLS, "servers": at, **more}
    )


def site(provider: str = "", *servers: str, **more: Any) -> Facts:
    """Return a site whose own zone is written by *provider*; none without."""
    zones = (evolve(ZONE, provider=provider),) if provider else ()
    return evolve(READY, zones=zones, approach=approach(*servers, **more))


SWITCH = evolve(
    READY,
    zones=(
        Zone(
            "switch.agency.test",
            (SWITCHED,),
            ZONE.target,
            provider="rfc2136",
            servers=(
                NameServer(
                    "ns1.agency.test.",
                    "203.0.113.53",
                    Service.ANSWERS,
                    {(f"{SWITCHED}.", "A"): RRset(timedelta(seconds=60), ("1.2.3.4",))},
                ),
            ),
        ),
    ),
    approach=approach(ways=LED),
)


def uses(facts: Facts) -> dict[str, str]:
    return {step.rung.value: step.use.value for step in ladder(facts)}


def test_the_rungs_stand_in_one_order_the_safest_first() -> None:
    assert [step.rung for step in ladder(READY)] == list(Rung)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (site(), ("no", "no", "possible", "no", "possible", "possible")),
        (site("manual"), ("no", "no", "possible", "no", "now", "possible")),
        (site("rfc2136"), ("no", "no", "possible", "now", "possible", "possible")),
        (
            site("cloudflare", "amy.ns.cloudflare.com."),
            ("not-built", "no", "possible", "now", "possible", "possible"),
        ),
        (
            site("", "amy.ns.cloudflare.com."),
            ("not-built", "no", "possible", "possible", "possible", "possible"),
        ),
        (
            site("manual", "ns-1.awsdns-01.co.uk."),
            ("no", "not-built", "possible", "possible", "now", "possible"),
        ),
        (SWITCH, ("no", "no", "now", "no", "possible", "possible")),
    ],
)
def test_each_site_has_its_rungs(facts: Facts, expected: tuple[str, ...]) -> None:
    assert tuple(uses(facts).values()) == expected


def test_name_servers_that_die_with_the_shop_leave_no_rung_in_its_zone() -> None:
    dying = evolve(site(), shop=("192.0.2.7",))
    spare = uses(dying).pop(Rung.SPARE.value)
    assert spare == "possible"
    assert list(uses(dying).values()).count("no") == len(Rung) - 1
    assert list(ladder_told(ladder(dying))) == []


def test_the_wait_that_would_be_saved_is_what_caches_may_keep_today() -> None:
    assert wait(site()) == HOUR
    assert wait(SWITCH) == timedelta(seconds=60)
    assert wait(evolve(READY, zones=(), approach=None)) is None
    worker = ladder(site("", "amy.ns.cloudflare.com."))[0]
    assert "no wait for caches (now up to: 60 minutes)" in str(worker.saves)
    slow = site("", "amy.ns.cloudflare.com.", ttls={APEX: timedelta(days=1)})
    assert "now up to: 24 hours" in str(ladder(slow)[0].saves)


def test_people_read_what_fits_down_to_the_rung_in_use() -> None:
    told = [
        str(line)
        for line in ladder_told(ladder(site("cloudflare", "a.ns.cloudflare.com.")))
    ]
    assert told == [
        "ways to move the names, the safest first",
        "  a Worker route at Cloudflare: would fit, not built yet",
        SAVED,
        "      needs: the zone at Cloudflare, with the shop's names behind its proxy",
        "  a delegated switch: possible",
        "      saves: a stolen key can change nothing else of the shop's zone",
        "      needs: a zone at another provider, and once: www as a CNAME into it",
        "  records in the shop's own zone: used now",
    ]


def test_a_spare_address_is_there_when_no_name_can_be_moved() -> None:
    dying = evolve(site(), shop=("192.0.2.7",), spare=Spare("https://spare.example"))
    assert uses(dying)[Rung.SPARE.value] == "now"
    assert list(map(str, ladder_told(ladder(dying)))) == [
        "ways to move the names, the safest first",
        "  a spare address, beside all of these: used now",
    ]


def test_an_operator_is_known_by_its_name_servers() -> None:
    assert operator((("ns-1.awsdns-01.co.uk.", "192.0.2.1"),)) == "route53"
    assert operator((("ns1.notcloudflare.com.", "192.0.2.1"),)) == ""


def test_what_programs_read_names_rung_and_use() -> None:
    body = ladder(SWITCH)[2].as_json()
    assert (body["rung"], body["use"]) == (Rung.SWITCH.value, Use.NOW.value)
    assert set(body) == {"rung", "use", "saves", "needs"}


# --- whether the shop's names lead to the switch


def about_the_switch(facts: Facts) -> dict[str, str]:
    ids = ("switch-not-led", "switch-partly-led", "ns-with-shop")
    return {f.id: f.subject for f in findings(facts) if f.id in ids}


def test_a_switch_that_nobody_leads_to_is_critical() -> None:
    lost = evolve(SWITCH, approach=approach())
    assert about_the_switch(lost) == {"switch-not-led": READY.domain}


def test_an_address_that_passes_the_switch_by_is_named() -> None:
    assert about_the_switch(SWITCH) == {"switch-partly-led": APEX}
    only = evolve(SWITCH, approach=approach(ways=LED, ttls={WWW: HOUR}))
    assert about_the_switch(only) == {}


def test_a_switch_is_no_help_when_the_shops_own_name_servers_die_with_it() -> None:
    dying = evolve(SWITCH, shop=("192.0.2.7",))
    assert about_the_switch(dying)["ns-with-shop"] == f"{APEX}."


def test_a_silent_resolver_is_no_proof_that_nobody_leads_to_the_switch() -> None:
    silent = evolve(SWITCH, approach=approach(ways={APEX: None, WWW: None}))
    assert about_the_switch(silent) == {}
    half = evolve(SWITCH, approach=approach(ways={**STRAIGHT, WWW: None}))
    assert about_the_switch(half) == {}
    led = evolve(SWITCH, approach=approach(ways={**LED, APEX: None}))
    assert about_the_switch(led) == {}


def test_that_all_name_servers_die_with_the_shop_is_said_in_the_same_words() -> None:
    at = ("192.0.2.7",)
    own = site("rfc2136")
    beside = NameServer(
        "ns1.", "192.0.2.53", Service.ANSWERS, own.zones[0].answering[0].rrsets
    )
    own = evolve(own, shop=at, zones=(evolve(own.zones[0], servers=(beside,)),))
    told = [
        (str(each.why), str(each.remedy))
        for facts in (own, evolve(SWITCH, shop=at))
        for each in findings(facts)
        if each.id == "ns-with-shop"
    ]
    assert len(told) == 2
    assert len(set(told)) == 1


def test_a_zone_of_the_shops_own_is_no_switch() -> None:
    assert about_the_switch(site("rfc2136")) == {}
