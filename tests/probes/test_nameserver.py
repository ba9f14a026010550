"""A name server answers, does not know the zone, or is silent: three things."""

import socket
from datetime import timedelta
from pathlib import Path

import pytest

from fallback.core.check.zone_facts import Service
from fallback.core.config import Network
from fallback.core.records import RRset
from fallback.demo.nameserver import answering
from fallback.probes.nameserver import inspect
from fallback.wire.dns.nameservers import Server

ZONE = """\
$TTL 60
@ SOA ns1 hostmaster 1 7200 900 1209600 60
@ NS ns1
@ A 127.0.0.2
@ HTTPS 1 . alpn=h2
ns1 A 127.0.53.53
www CNAME @
"""
LAB = Network(allow_private=True)
NAMES = ("shop.example", "www.shop.example")


def test_a_server_that_knows_the_zone_tells_its_web_records(tmp_path: Path) -> None:
    path = tmp_path / "zone"
    path.write_text(ZONE)
    with answering(path, "shop.example", "127.0.53.53") as at:
        server = Server("ns1.", at.address, at.port)
        seen = inspect(server, "shop.example", NAMES, LAB)
        lame = inspect(server, "other.example", ("other.example",), LAB)
    minute = timedelta(seconds=60)
    assert seen.service is Service.ANSWERS
    assert seen.rrsets == {
        ("shop.example.", "A"): RRset(minute, ("127.0.0.2",)),
        ("shop.example.", "HTTPS"): RRset(minute, ('1 . alpn="h2"',)),
        ("www.shop.example.", "CNAME"): RRset(minute, ("shop.example.",)),
    }
    assert (lame.service, lame.rrsets) == (Service.LAME, {})


def test_a_silent_server_is_asked_twice_and_then_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "fallback.wire.dns.nameservers.LIMIT", timedelta(milliseconds=50)
    )
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        server = Server("ns1.", "127.0.0.1", silent.getsockname()[1])
        seen = inspect(server, "shop.example", NAMES, LAB)
        silent.setblocking(False)
        asked = 0
        with pytest.raises(BlockingIOError):
            while silent.recv(512):
                asked += 1
    assert (seen.service, asked) == (Service.SILENT, 2)


def test_nothing_listening_is_silence_that_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The machine itself says so; with a limit of a day, waiting would be seen."""
    monkeypatch.setattr("fallback.wire.dns.nameservers.LIMIT", timedelta(days=1))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    seen = inspect(Server("ns1.", "127.0.0.1", port), "shop.example", NAMES, LAB)
    assert seen.service is Service.SILENT
