"""A shop to get to know: its page on loopback, and its zone in a real BIND.

Name servers and mail carry the names of companies, so that they are recognised; nobody
is asked anything there.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen

from fallback.core.config import Network
from fallback.wire.web.listen import Answer, Request, listening
from tests.servers.bind import Bind, running

ADDRESS = "127.0.0.3"
NAME = "kwiaty.example"
PAGE = """<!doctype html><html lang="pl-PL"><meta charset="utf-8">
<title>Kwiaty u Ani – kwiaciarnia</title>
<link rel="alternate" hreflang="en" href="/en/">
<a href="/koszyk">Koszyk</a> <button>Dodaj do koszyka</button>
<script>navigator.serviceWorker.register("/sw.js")</script>
"""
ZONE = f"""\
$TTL 300
@     IN SOA ns1.dns.home.pl. hostmaster (1 7200 900 1209600 300)
         NS  ns1.dns.home.pl.
         NS  ns2.dns.home.pl.
         MX  10 aspmx.l.google.com.
         A   {ADDRESS}
www      CNAME kwiaty.example.
dead     A   127.0.0.9
broken   A   {ADDRESS}
away     A   {ADDRESS}
"""


@frozen
class Known:
    """The shop and how it is found."""

    bind: Bind
    port: int

    @property
    def network(self) -> Network:
        return Network((self.bind.server,), canaries=(), allow_private=True)

    @property
    def options(self) -> tuple[str, ...]:
        """What a person in this laboratory types before anything is looked up."""
        settings = (
            f'network.resolvers=["{self.bind.server}"]',
            "network.canaries=[]",
            "network.allow_private=true",
        )
        return tuple(word for each in settings for word in ("--set", each))

    def url(self, name: str = NAME) -> str:
        return f"http://{name}:{self.port}"


def _sell(request: Request) -> Answer:
    name = request.headers.get("host", "").partition(":")[0]
    html = ("Content-Type", "text/html; charset=utf-8")
    if name.startswith("broken."):
        return Answer(500, (html,), b"oh")
    if name.startswith("away."):
        return Answer(302, (("Location", "https://shop.test/"),))
    if request.target == "/robots.txt":
        rules = b"User-agent: *\nDisallow: /koszyk\n"
        return Answer(200, (("Content-Type", "text/plain"),), rules)
    hsts = ("Strict-Transport-Security", "max-age=31536000")
    return Answer(200, (html, hsts), PAGE.encode())


@contextmanager
def known(folder: Path) -> Iterator[Known]:
    """Keep the shop open until the block ends."""
    with (
        running(folder, text=ZONE, dynamic=False) as bind,
        listening(_sell, ADDRESS) as shop,
    ):
        yield Known(bind, shop.port)
