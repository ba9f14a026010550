"""What dies together: a part with all of itself in one basket, and no other."""

from hypothesis import given
from hypothesis import strategies as st

from fallback.core.check.basket import (
    Kind,
    Role,
    Thing,
    alone,
    baskets,
    dying_with,
    network_of,
)

HOSTER = frozenset({"home.pl"})
SHOP = Thing(Role.SHOP, "kwiaty.example", HOSTER, ("198.51.100.7",))
NS_THERE = Thing(Role.DNS, "ns1.home.pl", HOSTER, ("198.51.100.53",))
NS_AWAY = Thing(Role.DNS, "ns.elsewhere.example", frozenset({"other"}), ("192.0.2.53",))
MAIL = Thing(Role.MAIL, "mx.home.pl", HOSTER, ("203.0.113.25",))
PAGE = Thing(Role.PAGE, "s3", frozenset({"aws"}), ("192.0.2.80",))
SECOND = Thing(Role.PAGE, "sftp", HOSTER, ("198.51.100.80",))

roles = st.sampled_from(Role)
things = st.lists(
    st.builds(
        Thing,
        roles,
        st.sampled_from("abc"),
        st.frozensets(st.sampled_from(("one", "two")), max_size=2),
        st.lists(
            st.sampled_from(("192.0.2.1", "192.0.2.2", "203.0.113.1", "2001:db8::1")),
            max_size=2,
        ).map(tuple),
    ),
    max_size=6,
)


def test_a_shop_all_at_one_company_dies_with_its_dns_and_mail() -> None:
    (found,) = baskets([SHOP, NS_THERE, MAIL, PAGE])
    assert (found.kind, found.owner) == (Kind.COMPANY, "home.pl")
    assert found.roles == (Role.SHOP, Role.DNS, Role.MAIL)
    assert dying_with(Role.SHOP, [SHOP, NS_THERE, MAIL, PAGE]) == (Role.DNS, Role.MAIL)


def test_one_name_server_elsewhere_keeps_the_zone_alive() -> None:
    assert dying_with(Role.SHOP, [SHOP, NS_THERE, NS_AWAY]) == ()


def test_one_host_elsewhere_keeps_the_page_alive() -> None:
    assert Role.PAGE in dying_with(Role.SHOP, [SHOP, SECOND])
    assert dying_with(Role.SHOP, [SHOP, SECOND, PAGE]) == ()
    assert [basket.owner for basket in alone(Role.PAGE, [PAGE, PAGE])] == [
        "aws",
        "192.0.2.0/24",
    ]
    assert not list(alone(Role.PAGE, [SECOND, PAGE]))


def test_a_network_is_told_only_where_it_says_more_than_the_company() -> None:
    nameless = Thing(Role.STATE, "this machine", addresses=("198.51.100.9",))
    assert [b.owner for b in baskets([SHOP, NS_THERE])] == ["home.pl"]
    assert [b.owner for b in baskets([SHOP, nameless])] == ["198.51.100.0/24"]


def test_who_is_behind_a_proxy_takes_the_shop_down_as_the_proxy_does() -> None:
    behind = Thing(Role.SHOP, "shop", frozenset({"cloudflare", "home.pl"}))
    dns = Thing(Role.DNS, "ns", frozenset({"cloudflare"}))
    assert dying_with(Role.SHOP, [behind, dns]) == (Role.DNS,)
    assert dying_with(Role.SHOP, [behind, MAIL]) == (Role.MAIL,)


@given(things)
def test_a_role_in_a_basket_has_nothing_outside_of_it(some: list[Thing]) -> None:
    for basket in baskets(some):
        assert len(basket.roles) > 1
        for thing in some:
            if thing.role in basket.roles:
                assert thing in basket.things


@given(things)
def test_what_is_known_of_nothing_dies_with_nothing(some: list[Thing]) -> None:
    unknown = {t.role for t in some if not t.companies and not t.addresses}
    for basket in baskets(some):
        assert not unknown & set(basket.roles)


@given(things, roles)
def test_more_elsewhere_never_makes_more_die(some: list[Thing], role: Role) -> None:
    away = Thing(role, "away", frozenset({"away"}), ("198.18.0.1",))
    before = {r for b in baskets(some) for r in b.roles}
    after = {r for b in baskets([*some, away]) for r in b.roles}
    assert after <= before


def test_one_network_is_a_24_or_a_48() -> None:
    assert network_of("192.0.2.77") == "192.0.2.0/24"
    assert network_of("2001:db8:1:2::3") == "2001:db8:1::/48"
