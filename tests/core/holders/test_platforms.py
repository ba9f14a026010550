"""What a shop runs on, told by what only that software sends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fallback.core.holders.platforms import recognised

PAGES = {
    "prestashop": "<script>var prestashop = {};</script>",
    "woocommerce": "<link href='/wp-content/plugins/woocommerce/assets/a.css'>",
    "magento": '<script type="text/x-magento-init">{}</script>',
    "shopify": "<script src='//cdn.shopify.com/s/files/a.js'>",
    "shopware": "<script src='/bundles/storefront/storefront.js'>",
    "opencart": "<a href='https://x.example/index.php?route=common/home'>",
    "idosell": '<img src="https://kwiaty.iai-shop.com/gfx/a.png">',
    "sky-shop": '<meta name="generator" content="Sky-Shop">',
    "shoptet": '<link href="https://cdn.myshoptet.com/prj/a.css">',
    "gomag": "<img src='https://gomagcdn.ro/a.png'>",
    "odoo": '<meta name="generator" content="Odoo">',
}


@pytest.mark.parametrize("platform", PAGES)
def test_a_front_page_gives_its_platform_away(platform: str) -> None:
    found = recognised((), PAGES[platform])
    assert found is not None
    assert found.id == platform


def test_headers_and_cookies_tell_where_the_page_does_not() -> None:
    by_cookie = recognised((("set-cookie", "PrestaShop-1a2b=x; path=/"),), "")
    by_header = recognised((("x-shopid", "1"),), "")
    own_path = recognised((), "<script src='/data/include/cms/a.js'></script>")
    assert by_cookie is not None
    assert by_header is not None
    assert own_path is not None
    assert own_path.id == "idosell"
    assert (by_cookie.id, by_header.id) == ("prestashop", "shopify")
    assert by_header.hosted
    assert "itself is up" in str(by_header.orders)


def test_a_page_that_tells_nothing_is_not_named() -> None:
    assert (
        recognised((("server", "nginx"), ("set-cookie", "session=1")), "<p>shop</p>")
        is None
    )


@pytest.mark.parametrize(
    "link",
    [
        '<a href="https://www.idosell.com/">we moved away from it</a>',
        '<a href="https://other.iai-shop.com/">a friend</a>',
        '<img src="https://iai-shop.com.evil.example/a.png">',
        '<img src="https://wholesaler.example/data/include/cms/a.png">',
    ],
)
def test_a_link_to_the_maker_makes_no_shop_its_customer(link: str) -> None:
    assert recognised((), link) is None


@given(st.text(max_size=200))
def test_no_page_can_break_the_reader(page: str) -> None:
    recognised((("set-cookie", page),), page)
