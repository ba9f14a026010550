"""What a new site is offered never depends on what holds the shop."""

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from fallback.core.holders.companies import Company, stranger
from fallback.core.holders.company_list import COMPANIES
from fallback.core.wizard import proposals
from fallback.core.wizard.offers import NOWHERE, PLACES, labels
from fallback.core.wizard.proposals import FOLDERS, Seen
from fallback.core.wizard.storefront import Storefront

SEEN = Seen("https://kwiaty.example", up=True, exists=True, zone="kwiaty.example")
HOME = next(company for company in COMPANIES if company.id == "home.pl")
AMAZON = next(company for company in COMPANIES if company.name == "Amazon Route 53")
CLOUDFLARE = next(company for company in COMPANIES if company.id == "cloudflare")

_some = st.lists(st.sampled_from(COMPANIES), max_size=3).map(tuple)


@given(_some, _some, _some)
def test_no_place_is_at_a_company_that_holds_the_shop(
    web: tuple[Company, ...], dns: tuple[Company, ...], mail: tuple[Company, ...]
) -> None:
    seen = evolve(SEEN, web=web, dns=dns, mail=mail)

    kinds = proposals.places(seen)

    known = {offer.kind: offer.company for offer in PLACES}
    held = {company.id for company in (*web, *dns, *mail)}
    assert len(kinds) == 2
    assert not held & {known.get(kind) for kind in kinds}
    assert not held or len(set(kinds)) == 2


def test_where_nothing_was_seen_nothing_is_called_independent() -> None:
    assert proposals.places(Seen("https://kwiaty.example")) == FOLDERS
    assert "nothing of your shop" not in str(
        proposals.why_place("s3", Seen("https://kwiaty.example"))
    )


def test_a_place_that_the_shop_depends_on_is_said_to_be_one() -> None:
    seen = evolve(SEEN, dns=(AMAZON,))

    assert "your shop depends on Amazon Route 53, too" in str(
        proposals.why_place("s3", seen)
    )


@pytest.mark.parametrize(
    ("dns", "web", "word"),
    [
        ((CLOUDFLARE,), (HOME,), "cloudflare"),
        ((AMAZON,), (HOME,), "route53"),
        ((HOME,), (AMAZON,), "manual"),
        ((stranger("ns1.kwiaty.example"),), (), "manual"),
        ((), (), "manual"),
    ],
)
def test_who_moves_the_names_is_who_keeps_them(
    dns: tuple[Company, ...], web: tuple[Company, ...], word: str
) -> None:
    assert proposals.provider(evolve(SEEN, dns=dns, web=web)) == word


def test_a_shop_without_a_zone_is_not_offered_to_move_one() -> None:
    assert proposals.provider(Seen("http://192.0.2.1")) == ""


def test_a_domain_that_dies_with_the_shop_is_said_to() -> None:
    seen = evolve(SEEN, dns=(HOME,), web=(HOME,))

    assert seen.dns_dies
    assert any("in the same hands" in str(line) for line in seen.told())
    why = str(proposals.why_provider("manual", seen))
    assert "by hand (home.pl), if that still answers on the day" in why
    assert "docs/ladder.md" in why


def test_what_only_stands_in_front_of_the_shop_takes_no_domain_with_it() -> None:
    """A zone at Cloudflare before a shop elsewhere is moved as long as that lives."""
    assert not evolve(SEEN, dns=(CLOUDFLARE,), web=(CLOUDFLARE,)).dns_dies


@pytest.mark.parametrize(
    ("kinds", "tables", "where"),
    [
        (("netlify", "s3"), {"netlify": {"site": "kw"}}, "kw.netlify.app"),
        (("s3", "netlify"), {"netlify": {"site": "kw"}}, NOWHERE),
        (("s3",), {"s3": {"url": "https://d1.cloudfront.net"}}, "d1.cloudfront.net"),
        (("sftp",), {"sftp": {"host": "192.0.2.80"}}, ["192.0.2.80"]),
        (("folder",), {"folder": {"url": "http://127.0.0.1:80"}}, ["127.0.0.1"]),
        (("folder", "netlify"), {"netlify": {"site": "kw"}}, "kw.netlify.app"),
        (("folder",), {}, NOWHERE),
    ],
)
def test_the_first_place_that_can_be_led_to_is_the_target(
    kinds: tuple[str, ...], tables: dict[str, dict[str, object]], where: object
) -> None:
    assert proposals.target(kinds, tables) == where


@pytest.mark.parametrize(
    ("domain", "names"),
    [
        ("kwiaty.example", ["kwiaty.example", "www.kwiaty.example"]),
        ("www.kwiaty.example", ["kwiaty.example", "www.kwiaty.example"]),
        ("sklep.kwiaty.example", ["sklep.kwiaty.example"]),
        ("elsewhere.example", []),
    ],
)
def test_the_names_are_those_that_customers_type(domain: str, names: list[str]) -> None:
    assert proposals.names("kwiaty.example", domain) == names


@pytest.mark.parametrize(
    ("url", "language", "typed", "meant"),
    [
        ("https://kwiaty.pl", "", "600 100 200", "+48600100200"),
        ("https://kwiaty.com", "pl", "600-100-200", "+48600100200"),
        ("https://flori.ro", "", "0721 123 456", "+40721123456"),
        ("https://fiori.it", "", "06 1234 5678", "+390612345678"),
        ("https://flowers.com", "", "600100200", ""),
        ("https://kwiaty.pl", "", "+48600100200", ""),
        ("https://kwiaty.pl", "", "0048600100200", ""),
        ("https://kwiaty.pl", "", "600", ""),
    ],
)
def test_a_number_gets_the_code_of_the_shop_s_country(
    url: str, language: str, typed: str, meant: str
) -> None:
    front = Storefront(languages=(language,) if language else ())

    assert proposals.dialled(typed, Seen(url, front=front)) == meant


def test_a_server_that_lives_in_utc_does_not_put_the_shop_there() -> None:
    assert proposals.timezone(Seen("https://kwiaty.pl"), "Etc/UTC") == "Europe/Warsaw"
    assert proposals.timezone(Seen("https://kwiaty.pl"), "Europe/Rome") == "Europe/Rome"
    assert proposals.timezone(Seen("https://kwiaty.example"), "UTC") == ""


@given(st.text(max_size=80))
def test_buckets_and_sites_get_a_name_that_all_of_them_take(domain: str) -> None:
    word = proposals.word_for(domain)

    assert word == word.strip("-")
    assert 0 < len(word) <= 40
    assert set(word) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


def test_two_places_of_one_kind_are_told_apart() -> None:
    assert labels(("folder", "s3", "folder")) == ("folder", "s3", "folder-2")
