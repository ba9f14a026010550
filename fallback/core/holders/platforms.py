"""What a shop runs on, and where its orders can be read when it is dead.

Told by what only that software sends: a header, a cookie, words in the page. What is
not recognised is not named; nothing here says that no order was lost.
"""

import re
from collections.abc import Iterable

from attrs import frozen

from fallback.core.text import T, Text


@frozen
class Platform:
    """The software of a shop; ``hosted``: its maker runs it, on machines of its own.

    ``words`` stand in the page, ``cookies`` begin names of cookies, ``headers`` are
    names of headers, ``assets`` hosts that the page has scripts and pictures from, the
    ones below them included; all in lower case. A mere link says nothing: anybody may
    lead to a maker's site, or show a badge of it.
    """

    id: str
    name: str
    hosted: bool = False
    words: tuple[str, ...] = ()
    cookies: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    assets: tuple[str, ...] = ()

    @property
    def orders(self) -> Text:
        """Return where orders can be read while the shop does not answer."""
        if self.hosted:
            return T(
                "orders are in the panel or app of {platform}, as long as {platform}"
                " itself is up; beside that in the mails that confirm them and at the"
                " payment provider",
                platform=self.name,
            )
        return T(
            "the orders in {platform} are on the server that died; until it is back,"
            " look in the mails that confirm orders, in the program that gathers orders"
            " if there is one (such as BaseLinker), and in the panels of the payment"
            " provider, of the courier and of marketplaces",
            platform=self.name,
        )


ANY_SHOP = T(
    "orders are where the shop kept them; until it is back, look in the mails that"
    " confirm orders, in the program that gathers orders if there is one (such as"
    " BaseLinker), and in the panels of the payment provider, of the courier and of"
    " marketplaces"
)
"""Where orders can be read when nobody knows what the shop runs on."""

_SOURCE = re.compile(r"src=[\"']?(?:https?:)?//([a-z0-9.-]{1,253})")
_GENERATOR = 'name="generator" content="'

PLATFORMS = (
    Platform("shopify", "Shopify", hosted=True, words=("//cdn.shopify.com/",
             "shopify.theme"), headers=("x-shopid",)),
    Platform("shoper", "Shoper", hosted=True, words=("dcsaascdn.net", "shoparena.pl")),
    Platform("idosell", "IdoSell", hosted=True, words=('="/data/include/cms/',
             "='/data/include/cms/"), assets=("iai-shop.com",)),
    Platform("sky-shop", "Sky-Shop", hosted=True, words=(f"{_GENERATOR}sky-shop",),
             assets=("mysky-shop.pl",)),
    Platform("shoptet", "Shoptet", hosted=True, words=("//cdn.myshoptet.com/",)),
    Platform("wix", "Wix", hosted=True, words=("static.wixstatic.com",),
             headers=("x-wix-request-id",)),
    Platform("squarespace", "Squarespace", hosted=True,
             words=("static1.squarespace.com",)),
    Platform("bigcommerce", "BigCommerce", hosted=True,
             words=(".bigcommerce.com/s-",), headers=("x-bc-store-version",)),
    Platform("gomag", "Gomag", hosted=True, words=("gomagcdn.ro",)),
    Platform("ecwid", "Ecwid", hosted=True, words=("app.ecwid.com/script.js",)),
    Platform("prestashop", "PrestaShop", words=("var prestashop = {",
             f"{_GENERATOR}prestashop"), cookies=("prestashop-",)),
    Platform("woocommerce", "WooCommerce", words=("/plugins/woocommerce/",
             f"{_GENERATOR}woocommerce"),
             cookies=("wp_woocommerce_session_", "woocommerce_")),
    Platform("magento", "Magento", words=("text/x-magento-init",),
             headers=("x-magento-tags", "x-magento-cache-debug")),
    Platform("shopware", "Shopware", words=("/bundles/storefront/",),
             headers=("sw-context-token",)),
    Platform("jtl-shop", "JTL-Shop", cookies=("jtlshop",)),
    Platform("opencart", "OpenCart", words=("index.php?route=common/home",),
             cookies=("ocsessid",)),
    Platform("odoo", "Odoo", words=(f"{_GENERATOR}odoo",)),
    Platform("nopcommerce", "nopCommerce", words=(f"{_GENERATOR}nopcommerce",),
             cookies=(".nop.customer",)),
)  # fmt: skip
"""Hosted ones first: a shop there may carry parts of others, such as a blog."""


def recognised(headers: Iterable[tuple[str, str]], page: str) -> Platform | None:
    """Return what a shop runs on; ``None`` when nothing tells.

    *headers* have names in lower case and may repeat, *page* is the text of the front
    page.
    """
    headers, said = tuple(headers), page.lower()
    present = {name for name, _ in headers}
    sources = {f".{host}" for host in _SOURCE.findall(said)}
    cookies = [value.lower() for name, value in headers if name == "set-cookie"]
    for platform in PLATFORMS:
        if (
            any(name in present for name in platform.headers)
            or any(c.startswith(begin) for c in cookies for begin in platform.cookies)
            or any(words in said for words in platform.words)
            or any(s.endswith(f".{host}") for s in sources for host in platform.assets)
        ):
            return platform
    return None
