"""Who types what, when names are redirected in a zone that is not the shop's."""

import pytest

from fallback.core.redirect.switch import leading, mailed, spellings, typed, within

APEX, WWW = "kwiaty.example", "www.kwiaty.example"
SWITCH = "www.kwiaty.switch.agency.test"
WAYS = {APEX: (f"{APEX}.",), WWW: (f"{WWW}.", f"{SWITCH}.")}


def test_a_zone_holds_itself_and_what_is_below_it() -> None:
    assert within("Kwiaty.example.", "kwiaty.example")
    assert within(WWW, APEX)
    assert not within("zlekwiaty.example", APEX)
    assert not within(APEX, WWW)


@pytest.mark.parametrize("domain", [APEX, WWW])
def test_customers_type_a_domain_with_and_without_www(domain: str) -> None:
    assert set(spellings(domain)) == {APEX, WWW}
    assert spellings(domain)[0] == domain


def test_a_name_of_the_switch_is_typed_as_what_leads_there() -> None:
    assert typed([SWITCH], WAYS, APEX) == (WWW,)
    assert leading(SWITCH.upper(), WAYS) == (WWW,)
    both = {APEX: (f"{APEX}.", f"{SWITCH}."), WWW: WAYS[WWW]}
    assert typed([SWITCH], both, APEX) == (APEX, WWW)


def test_where_dns_says_nothing_the_shops_domain_is_meant() -> None:
    assert typed([SWITCH], {}, APEX) == (APEX,)


def test_a_second_address_of_the_shop_stands_for_itself() -> None:
    assert typed(["kwiaty.test", "www.kwiaty.test"], WAYS, None) == (
        "kwiaty.test",
        "www.kwiaty.test",
    )


def test_mail_of_what_customers_type_must_not_follow_either() -> None:
    assert mailed([APEX, WWW], [APEX, WWW]) == (APEX, WWW)
    assert mailed([SWITCH], [WWW]) == (SWITCH, WWW, APEX)
