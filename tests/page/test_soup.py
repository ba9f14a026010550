"""A hundred thousand hostile texts through the sanitiser: nothing comes out of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fallback.page.content.limits import Unreadable
from tests.page.content.test_prose import GUARD, WRITER
from tests.page.soup import disallowed, judged, soup


def assert_harmless(seed: int) -> None:
    """What the seed stirs is harmless afterwards, and stays as it is."""
    text = soup(seed)
    try:
        html = WRITER.prose(text, top=2).html
    except Unreadable:
        return
    told = f"seed {seed}: {text!r} became {html!r}"
    assert disallowed(html) == [], told
    again = WRITER._marked().cleaned(html)
    assert again == html, f"{told}, and then {again!r}"


@pytest.mark.parametrize("block", range(4))
def test_hostile_soup_does_nothing(block: int) -> None:
    """No tag, attribute or scheme but those on the lists; nothing is left to clean."""
    for seed in range(block * 500, (block + 1) * 500):
        assert_harmless(seed)


@pytest.mark.torture
@pytest.mark.parametrize("block", range(100))
def test_a_hundred_thousand_soups_do_nothing(block: int) -> None:
    for seed in range(10_000 + block * 1000, 10_000 + (block + 1) * 1000):
        assert_harmless(seed)


@given(st.integers(min_value=0))
def test_every_link_that_is_left_leads_where_the_shop_allows(seed: int) -> None:
    """Schemes are half of it: the addresses are the shop's own."""
    try:
        html = WRITER.prose(soup(seed), top=2).html
    except Unreadable:
        return
    for link in judged(html).links:
        assert GUARD.allows(link), link
