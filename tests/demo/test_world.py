"""The demo's world is as small and as real as the story needs."""

from pathlib import Path

import pytest

from fallback.core.config import Network
from fallback.demo.shop import WORDS
from fallback.demo.world import DOMAIN, world
from fallback.probes import resolver
from fallback.wire.web.http import FailureKind, FetchFailed, ask


def test_a_customer_finds_the_shop_through_the_worlds_name_server(
    tmp_path: Path,
) -> None:
    with world(tmp_path) as here:
        network = Network(resolvers=(str(here.name_server),), allow_private=True)
        for name in (DOMAIN, f"www.{DOMAIN}"):
            assert resolver.addresses(name, network) == ("127.0.0.2",)
        reply = ask(f"{here.url}/product/7", network=network)
        assert WORDS in reply.body.decode()
        assert "/product/7" in reply.body.decode()


def test_the_shop_dies_and_comes_back_at_the_same_address(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        network = Network(resolvers=(str(here.name_server),), allow_private=True)
        here.shop.kill()
        with pytest.raises(FetchFailed) as failed:
            ask(here.url, network=network)
        assert failed.value.kind is FailureKind.REFUSED
        here.shop.revive()
        assert ask(here.url, network=network).status == 200


def test_shop_and_page_share_a_port_and_nothing_is_published_yet(
    tmp_path: Path,
) -> None:
    with world(tmp_path) as here:
        assert here.page.port == here.shop.port
        assert ask(here.page.url, network=Network(allow_private=True)).status == 503


def test_everything_ends_with_the_world(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        pass
    for url in (here.url.replace(DOMAIN, "127.0.0.2"), here.page.url, here.status.url):
        with pytest.raises(FetchFailed):
            ask(url, network=Network(allow_private=True))
