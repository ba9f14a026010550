"""Servers that mean no good: slow for ever, endless, enormous, or without any sense."""

import ssl
import time
import zlib
from functools import cache

from attrs import evolve

from tests.lab.world import (
    DOMAIN,
    ELSEWHERE_MAIL,
    HOST_ONE,
    HOST_TWO,
    NORTH,
    RESOLVER,
    SHOP_AT,
    SOUTH,
    World,
)

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100000\r\n"
GIGABYTE = 2**30


def dripping(name, request, answer, peer):
    """Send a byte a second, for as long as anybody listens."""
    peer.sendall(_HEAD + b"Connection: close\r\n\r\n")
    while True:
        peer.sendall(b"x")
        time.sleep(1)


def dripping_head(name, request, answer, peer):
    """Send a byte of the head a second."""
    peer.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        peer.sendall(b"x")
        time.sleep(1)


def never_answering(name, request, answer, peer):
    """Take the request, and hold the line."""
    while peer.recv(1024):
        pass


@cache
def _gigabyte() -> bytes:
    """Return what becomes a gigabyte: after a full flush each piece packs alike."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    piece = bytes(2**22)
    first, again = (
        packer.compress(piece) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2)
    )
    return first + again * (GIGABYTE // len(piece) - 1)


def bomb(name, request, answer, peer):
    """Send a gigabyte, in a megabyte of gzip, which nobody has asked for."""
    headers = (*answer.headers, ("Content-Encoding", "gzip"))
    return evolve(answer, headers=headers, body=_gigabyte())


def flood(name, request, answer, peer):
    """Send a body that does not end."""
    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
    while True:
        peer.sendall(bytes(2**16))


def redirecting(name, request, answer, peer):
    """Lead on, each time to an address that was not there before."""
    number = len(request.target)
    where = (("Location", f"https://{name}/{'n' * number}"),)
    return evolve(answer, status=302, headers=where, body=b"")


def leading_inside(where: str):
    """Lead to a private address."""

    def bent(name, request, answer, peer):
        if not isinstance(peer, ssl.SSLSocket):
            return answer
        return evolve(answer, status=302, headers=(("Location", where),), body=b"")

    return bent


def _at(place: str, bend):
    return lambda there: there.bends.update({place: bend})


def _door(place: str, way: str):
    return lambda there: there.ways.update({place: way})


def _crowd(there: World) -> None:
    names = "\n".join(f"customer{n:05} CNAME www" for n in range(10_000))
    there.zone("@ MX 10", f"{names}\n@ MX 10")


def _mute(there: World) -> None:
    there.mail[ELSEWHERE_MAIL] = None


_SHOP = ("what the shop shows", "which service workers the shop has")
_HOSTS = ("what visitors of the status addresses get",)
_ZONE = f"what the name servers of {DOMAIN} say"

FAULTS = {
    "the shop drips a byte a second": (_at(SHOP_AT, dripping), SHOP_AT, _SHOP),
    "the shop drips its head": (_at(SHOP_AT, dripping_head), SHOP_AT, _SHOP),
    "the shop takes requests and says nothing": (
        _at(SHOP_AT, never_answering),
        SHOP_AT,
        _SHOP,
    ),
    "a host drips a byte a second": (_at(HOST_TWO, dripping), HOST_TWO, _HOSTS),
    "the target takes requests and says nothing": (
        _at(HOST_ONE, never_answering),
        HOST_ONE,
        (f"what the target of {DOMAIN} shows", *_HOSTS),
    ),
    "a name server is silent": (_door(SOUTH, "silent"), SOUTH, (_ZONE,)),
    "both name servers are silent": (
        lambda there: there.ways.update({NORTH: "silent", SOUTH: "silent"}),
        NORTH,
        (_ZONE,),
    ),
    "the resolver is silent": (
        _door(RESOLVER, "silent"),
        RESOLVER,
        ("where the shop is", f"where mail for {DOMAIN} goes", _ZONE),
    ),
    "a mail server says nothing": (_mute, "", ("how the emergency mailbox answers",)),
}
"""By name: the change, whom it is asked at, and which questions get no answer."""

ANSWERED = {
    "the shop sends a gigabyte of gzip": (_at(SHOP_AT, bomb), SHOP_AT, "shop-not-seen"),
    "the shop sends without end": (_at(SHOP_AT, flood), SHOP_AT, "shop-not-seen"),
    "a host sends a gigabyte of gzip": (_at(HOST_TWO, bomb), HOST_TWO, "page-not-live"),
    "a host sends without end": (_at(HOST_TWO, flood), HOST_TWO, "page-not-live"),
    "the shop redirects for ever": (
        _at(SHOP_AT, redirecting),
        SHOP_AT,
        "shop-not-seen",
    ),
    "a host redirects for ever": (
        _at(HOST_TWO, redirecting),
        HOST_TWO,
        "page-not-live",
    ),
    "a name server answers garbage": (_door(SOUTH, "garbage"), SOUTH, "ns-lame"),
    "a name server cuts every answer": (_door(SOUTH, "cut"), SOUTH, "ns-"),
    "the zone holds 10,000 names": (_crowd, NORTH, "follows"),
}
"""By name: the change, whom it is asked at, and how the finding of it begins."""
