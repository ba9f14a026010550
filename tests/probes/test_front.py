"""A stranger's look at the front door of a shop, well behaved and not."""

from datetime import timedelta

import pytest

from fallback.core.config import Network, Primary, Shop
from fallback.core.outlook.facts import Front
from fallback.probes import front
from tests.fakes.config import small_config
from tests.servers import shop as servers
from tests.servers.shop import Behave, answering, redirecting, saying

PRESTA = b"<!doctype html><script>var prestashop = {};</script>"
HURRY = timedelta(seconds=1)


def seen(behave: Behave, *, scheme: str = "http") -> Front:
    with servers.shop(behave) as port:
        url = f"{scheme}://127.0.0.1:{port}"
        config = small_config(
            None,
            hosts=(),
            shop=Shop("", url),
            primary=Primary(url, ""),
            network=Network(allow_private=True, canaries=()),
        )
        return front.look(config, HURRY)


def test_what_answers_is_described_and_its_platform_named() -> None:
    found = seen(answering(200, PRESTA, "Server: nginx", "Set-Cookie: a=b"))
    assert (found.status, found.why, found.whole) == (200, "", True)
    assert found.headers["server"] == "nginx"
    assert found.platform is not None
    assert found.platform.id == "prestashop"


def test_a_shop_without_https_is_asked_by_http() -> None:
    found = seen(answering(200, PRESTA), scheme="https")
    assert (found.status, found.url.partition(":")[0]) == (200, "http")


def test_a_page_that_never_ends_is_not_seen_whole() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n<html>"
    found = seen(servers.dripping(head))
    assert (found.status, found.whole) == (200, False)


BAD: dict[str, tuple[Behave, str, int]] = {
    "says nothing": (servers.silent, "http_timeout", 0),
    "resets": (servers.resetting, "reset", 0),
    "speaks no HTTP": (saying(b"\x00\x01 what\r\n\r\n"), "http_garbage", 0),
    "leads round": (redirecting(lambda path: f"{path}x"), "redirect_loop", 0),
    "leads away": (
        redirecting(lambda _: "https://elsewhere.example/"),
        "redirect_away",
        302,
    ),
    "is broken": (answering(500, b""), "", 500),
}


@pytest.mark.parametrize("case", BAD)
def test_what_a_bad_server_does_is_a_word_and_no_exception(case: str) -> None:
    behave, why, status = BAD[case]
    found = seen(behave)
    assert (found.why, found.status) == (why, status)
    assert (found.elsewhere == "elsewhere.example") == (case == "leads away")
