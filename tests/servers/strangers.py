"""Shops of strangers on loopback: their zones, their servers, and all their faults.

One BIND has every zone, one TLS server every shop, told apart by name. The names of
companies are real; nobody outside is asked, because every address is a loopback one.
"""

import ssl
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import monotonic

from attrs import frozen

from tests.probes.test_tls import Authority
from tests.servers import many_zones
from tests.servers.rdap import Registry, Said, registered, registry
from tests.servers.shop import (
    Behave,
    answering,
    bomb,
    dripping,
    heard,
    redirecting,
    saying,
    shop,
    silent,
)

SHOPS_AT = "127.0.7.1"
"""In another network than the name servers, which are at 127.0.0.1."""

_CLOUD = "@ NS amir.ns.cloudflare.com.\n@ NS lola.ns.cloudflare.com.\n"
_HOME = "@ NS dns.home.pl.\n@ NS dns2.home.pl.\n@ NS dns3.home.pl.\n"
_GOOGLE = "@ MX 10 aspmx.l.google.com.\n@ MX 20 alt1.aspmx.l.google.com.\n"
_WEB = "@ A 127.0.7.1\nwww CNAME @\n"
_FAR = "@ A 127.0.9.1\nwww CNAME @\n"

ZONES: Mapping[str, str] = {
    # DNS and mail elsewhere, and a TTL of five minutes
    "dobry.example": _CLOUD + _GOOGLE + '@ CAA 0 issue "letsencrypt.org"\n' + _WEB,
    # all of it at one small company, as so many shops are
    "kwiaty.example": _HOME
    + "@ MX 10 serwer1.home.pl.\n@ 3600 A 127.0.7.1\nwww 3600 A 127.0.7.1\n",
    "poczta.example": _CLOUD + "@ MX 10 mail\nmail A 127.0.7.1\n" + _WEB,
    "bez-mx.example": _CLOUD + _WEB,
    "mx-sklep.example": _CLOUD + "@ MX 10 @\n" + _WEB,
    "powolny.example": _CLOUD + _GOOGLE + "@ 86400 A 127.0.7.1\n",
    "pusty.example": _CLOUD + _GOOGLE,
    "xn--w-uga1v8h.example": _CLOUD + _GOOGLE + _WEB,
    "hosted.example": _CLOUD
    + _GOOGLE
    + "@ A 127.0.7.1\nwww CNAME shops.myshopify.com.\n",
    "wygasly.example": _CLOUD + _GOOGLE + _WEB,
    "bez-https.example": _CLOUD + _GOOGLE + _WEB,
    "pracownik.example": _CLOUD + _GOOGLE + _WEB,
    "hostile.example": _CLOUD + _GOOGLE + _WEB,
    "martwy.example": _CLOUD + _GOOGLE + _FAR,
    "zakaz.example": _CLOUD + _GOOGLE + '@ CAA 0 issue ";"\n' + _WEB,
    "szosty.example": _CLOUD + _GOOGLE + "@ AAAA fe80::1\n",
    # a part of a region's own domain, as half the shops of a small town have
    "kwiaty.lublin.example": _CLOUD + _GOOGLE + _WEB,
    "1.7.0.127.in-addr.arpa": "@ NS dns.home.pl.\n@ PTR serwer1.home.pl.\n",
    "home.pl": "@ NS dns\ndns A 127.0.0.1\nserwer1 A 127.0.7.1\n",
}

PRESTA = (
    b"<!doctype html><title>Kwiaty</title><script>var prestashop = {};</script>"
    b"<button>Dodaj do koszyka</button>"
)
WORKER = b"<!doctype html><script>navigator.serviceWorker.register('/sw.js')</script>"
HOSTILE = (
    b"<!doctype html><title>\x1b[2J</title><script>alert(1)</script>"
    b"<link href='//cdn.shopify.com/x'>"
)
_STRICT = "max-age=31536000; includeSubDomains; preload"


REGISTERED: Mapping[str, Said] = {
    "dobry.example": registered("dobry.example", "Registrar North"),
    "kwiaty.example": registered("kwiaty.example", "home.pl S.A."),
    "poczta.example": registered("poczta.example", "home.pl S.A."),
    "zakaz.example": answering(500, b""),
    "kwiaty.lublin.example": registered("kwiaty.lublin.example", "nazwa.pl sp. z o.o."),
    "lublin.example": registered("lublin.example", "Registrar South"),
}


@frozen
class Strangers:
    """A running laboratory; ``network`` is a file with what ``--network`` takes.

    ``plain`` are the ports of shops without TLS, by how they misbehave. ``desk`` is the
    registry, which speaks RDAP.
    """

    network: Path
    port: int
    plain: Mapping[str, int]
    desk: Registry

    def url(self, domain: str) -> str:
        """Return what to ask for: the shop of *domain* is at an own port here."""
        return f"https://{domain}:{self.port}"


def _serve(peer: ssl.SSLSocket) -> None:
    head = heard(peer).decode("latin-1").lower()
    host = head.partition("host:")[2].strip().partition(":")[0].removeprefix("www.")
    body = {"pracownik.example": WORKER, "hostile.example": HOSTILE}.get(host, PRESTA)
    headers = [
        f"Content-Length: {len(body)}",
        "Content-Type: text/html; charset=utf-8",
        "Connection: close",
        *([f"Strict-Transport-Security: {_STRICT}"] if host == "dobry.example" else []),
        *(["X-ShopId: 1", "Server: cloudflare"] if host == "hosted.example" else []),
        *(["Server: \x1b]0;pwned\x07"] if host == "hostile.example" else []),
    ]
    peer.sendall("\r\n".join(["HTTP/1.1 200 OK", *headers, "", ""]).encode() + body)


def _once() -> Behave:
    """Break off for half a second since the first connection, and answer after it."""
    met: list[float] = []

    def behave(peer: ssl.SSLSocket) -> None:
        met.append(monotonic())
        if met[-1] - met[0] > 0.5:
            _serve(peer)

    return behave


_PLAIN: Mapping[str, Behave] = {
    "drip": dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n<html>"),
    "silent": silent,
    "bomb": bomb(),
    "loop": redirecting(lambda path: path + "x"),
    "inside": redirecting(lambda _: "http://127.0.0.1/admin"),
    "away": redirecting(lambda _: "http://evil.example/"),
    "broken": saying(b"HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n"),
    "once": _once(),
    "garbage": saying(b"\x00\x01\x02 no HTTP at all\r\n\r\n"),
}


@contextmanager
def strangers(folder: Path) -> Iterator[Strangers]:
    """Run the whole laboratory until the block ends."""
    folder.mkdir(parents=True, exist_ok=True)
    authority = Authority(folder)
    names = [
        spelling
        for zone in ZONES
        if zone.endswith(".example") and zone != "wygasly.example"
        for spelling in (zone, f"www.{zone}")
    ]
    good = authority.leaf(names[0], days=(0, 90), also=names[1:])
    old = authority.leaf("wygasly.example", days=(-9, -1))
    with ExitStack() as stack:
        server = stack.enter_context(many_zones.answering(folder / "dns", ZONES))
        contexts = {"good": _context(authority, good), "old": _context(authority, old)}

        def choose(sock: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
            if name and "wygasly" in name:
                sock.context = contexts["old"]

        contexts["good"].sni_callback = choose
        port = stack.enter_context(shop(_serve, contexts["good"], address=SHOPS_AT))
        plain = {
            word: stack.enter_context(shop(behave, address=SHOPS_AT))
            for word, behave in _PLAIN.items()
        }
        desk = stack.enter_context(registry(REGISTERED))
        network = folder / "network.toml"
        network.write_text(
            f'[network]\nresolvers = ["{server}"]\nca_file = "root.pem"\n'
            f'canaries = ["{SHOPS_AT}:{port}"]\n'
            f'allow_private = true\nrdap = "{desk.url}"\n'
        )
        yield Strangers(network, port, plain, desk)


def _context(authority: Authority, stem: str) -> ssl.SSLContext:
    chain = authority.folder / f"chain-{stem[:9]}.pem"
    leaf = (authority.folder / f"{stem}.pem").read_text()
    chain.write_text(leaf + authority.middle.read_text())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, authority.folder / f"{stem}.key")
    return context
