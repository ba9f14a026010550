"""The whole small world: a shop, the page's host, and the name server of both.

Shop and page's host have one port at two addresses, because DNS changes addresses and
never ports. All of it is on loopback, on free ports, and ends with the block.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from attrs import frozen

from fallback.core.errors import FallbackError
from fallback.core.text import T
from fallback.demo import nameserver
from fallback.demo.shop import Shop
from fallback.demo.site import HOSTS, ZONE_FILE, zone_text
from fallback.wire.web.listen import Listener, listening
from fallback.wire.web.page_server import Folder, respond_from

DOMAIN = "kwiaty.example"
SHOP_AT = "127.0.0.2"
PAGE_AT = "127.0.0.3"
NAME_SERVER_AT = "127.0.53.53"

_ATTEMPTS = 20


@frozen
class World:
    """Where everything is; ``shop`` can be killed and revived.

    ``page`` answers as the page's host does for the shop's names, ``status`` as its
    status address; both show what is published to the first of the two folders.
    """

    folder: Path
    shop: Shop
    page: Listener
    status: Listener
    name_server: nameserver.Address

    @property
    def zone_file(self) -> Path:
        """Return the master file that the name server answers from."""
        return self.folder / ZONE_FILE

    @property
    def canaries(self) -> tuple[str, ...]:
        """Return what always answers, so that a watcher knows its own network works."""
        return (str(self.name_server), f"{self.status.address}:{self.status.port}")

    @property
    def url(self) -> str:
        """Return what customers type."""
        return f"http://{DOMAIN}:{self.shop.port}"


@contextmanager
def world(folder: Path) -> Iterator[World]:
    """Start everything in *folder*; the shop is up, and nothing is published.

    Raises ``FallbackError`` on a machine that has no second loopback address.
    """
    with ExitStack() as stack:
        published = Folder(folder / HOSTS[0])
        try:
            shop, page = _pair(stack, published)
            status = stack.enter_context(
                listening(respond_from(published, status_address=True), PAGE_AT)
            )
            folder.mkdir(parents=True, exist_ok=True)
            zone_file = folder / ZONE_FILE
            zone_file.write_text(zone_text(SHOP_AT), "utf-8")
            server = stack.enter_context(
                nameserver.answering(zone_file, DOMAIN, NAME_SERVER_AT)
            )
        except OSError as error:
            raise FallbackError(
                T(
                    "the small world needs the addresses {one}, {two} and {three},"
                    " and cannot have them here: {why}",
                    one=SHOP_AT,
                    two=PAGE_AT,
                    three=NAME_SERVER_AT,
                    why=error.strerror or str(error),
                ),
                next=T("run it on Linux, where every 127.x address is there"),
            ) from error
        yield World(folder, shop, page, status, server)


def _pair(stack: ExitStack, published: Folder) -> tuple[Shop, Listener]:
    """Start the shop and the page's host on one port, free at both addresses."""
    for attempt in range(_ATTEMPTS):
        shop = Shop(SHOP_AT)
        shop.revive()
        try:
            page = listening(respond_from(published), PAGE_AT, shop.port)
        except OSError:
            shop.kill()
            if attempt == _ATTEMPTS - 1:
                raise
            continue
        stack.callback(shop.kill)
        return shop, stack.enter_context(page)
    raise AssertionError("the loop returns or raises")
