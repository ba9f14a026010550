"""Mail servers are knocked at, and links are followed, within what is said."""

import socket
from collections.abc import Callable
from datetime import timedelta

import pytest

from fallback.core.check.mailbox import Knock
from fallback.core.config import Network
from fallback.probes import link, mailbox
from fallback.probes.mailbox import knock
from tests.servers.shop import answering, black_hole, dripping, redirecting, shop

LAB = Network(allow_private=True)


def _greeting(line: bytes) -> Callable[[socket.socket], None]:
    return lambda peer: peer.sendall(line)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"220 mx.example ESMTP\r\n", Knock.ANSWERS),
        (b"220-first\r\n220 second\r\n", Knock.ANSWERS),
        (b"554 no SMTP service here\r\n", Knock.REFUSES),
        (b"421 too busy\r\n", Knock.REFUSES),
        (b"SSH-2.0-OpenSSH\r\n", Knock.SILENT),
        (b"220" + b"x" * 5000, Knock.SILENT),
        (b"", Knock.SILENT),
    ],
)
def test_a_mail_server_is_told_by_its_greeting(line: bytes, expected: Knock) -> None:
    with shop(_greeting(line)) as port:
        assert knock(("127.0.0.1",), LAB, ports=(port,)) is expected


def test_the_best_door_counts() -> None:
    with shop(_greeting(b"220 x\r\n")) as good, shop(_greeting(b"554 x\r\n")) as bad:
        assert knock(("127.0.0.1",), LAB, ports=(bad, good)) is Knock.ANSWERS


def test_who_is_silent_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox, "CONNECT", timedelta(milliseconds=100))
    monkeypatch.setattr(mailbox, "GREETING", timedelta(milliseconds=100))
    with black_hole() as hole, shop(dripping(b"")) as drip:
        assert knock(("127.0.0.1",), LAB, ports=(hole, drip)) is Knock.SILENT


def test_a_private_mail_server_is_not_asked() -> None:
    assert knock(("127.0.0.1",), Network()) is None
    assert knock((), LAB) is None


def test_a_link_is_followed_to_its_page() -> None:
    with shop(answering()) as last:
        end = f"http://localhost:{last}/promo"
        with shop(redirecting(lambda _: end)) as first:
            trail = link.follow(f"http://127.0.0.1:{first}/c/abc?u=1", LAB)
    assert [hop.host for hop in trail.hops] == ["127.0.0.1", "localhost"]
    assert trail.broken is None
    assert all(hop.address for hop in trail.hops)


def test_a_page_that_refreshes_to_another_is_a_hop() -> None:
    with shop(answering()) as last:
        page = f'<meta http-equiv="refresh" content="0; url=http://localhost:{last}/">'
        with shop(answering(200, page.encode())) as first:
            trail = link.follow(f"http://127.0.0.1:{first}/", LAB)
    assert [hop.host for hop in trail.hops] == ["127.0.0.1", "localhost"]


@pytest.mark.parametrize(
    ("where", "why"),
    [
        (lambda path: f"/{len(path)}/{'x' * len(path)}", "led on for more than"),
        (lambda _: "/a", "round in a circle"),
        (lambda _: "ftp://files.example/", "no address"),
        (lambda _: "http://[broken/", "no address"),
    ],
)
def test_a_link_that_does_not_end_is_given_up(
    where: Callable[[str], str], why: str
) -> None:
    with shop(redirecting(where)) as port:
        trail = link.follow(f"http://127.0.0.1:{port}/", LAB)
    assert why in str(trail.broken)
    assert 0 < len(trail.hops) <= link.HOPS


def test_a_link_into_a_private_network_is_not_followed() -> None:
    trail = link.follow("http://127.0.0.1:1/", Network())
    assert "private" in str(trail.broken)
    assert [hop.address for hop in trail.hops] == [""]


def test_one_deadline_holds_for_all_hops() -> None:
    with shop(dripping(b"HTTP/1.1 302 Found\r\nX: ")) as port:
        trail = link.follow(
            f"http://127.0.0.1:{port}/", LAB, deadline=timedelta(milliseconds=200)
        )
    assert trail.broken is not None
