"""The workers of a living shop are found by reading its page, in bounds."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from fallback.core.config import Network, Primary, Shop
from fallback.probes import workers
from fallback.wire.web.listen import Answer, Request, listening
from tests.fakes.config import small_config
from tests.servers import shop as shops

REGISTERS = b"navigator.serviceWorker.register("


def found(
    pages: Mapping[str, Answer | bytes], start: str = "/"
) -> tuple[tuple[str, ...], list[str]]:
    """Return the workers of a shop that holds *pages*, and what was asked of it."""
    asked: list[str] = []

    def answer(request: Request) -> Answer:
        asked.append(request.target)
        held = pages.get(request.target, Answer(404, ()))
        return held if isinstance(held, Answer) else Answer(200, (), held)

    with listening(answer, "127.0.0.1") as shop:
        return workers.find(_config(shop.url.rstrip("/") + start)), asked


def _config(url: str):
    return small_config(
        None,
        hosts=(),
        shop=Shop("Kwiaty", url),
        primary=Primary(url, "Dodaj"),
        network=Network(allow_private=True, canaries=()),
    )


def test_they_are_found_in_the_page_and_in_its_scripts() -> None:
    seen, _ = found(
        {
            "/": b"<script>" + REGISTERS + b"'/a.js')</script><script src=/js/m.js>"
            b"</script><script src='/js/\xc5\xbc x.js'></script>",
            "/js/m.js": REGISTERS + b"'b.js')",
            "/js/%C5%BC%20x.js": REGISTERS + b"'/OneSignalSDKWorker.js')",
        }
    )

    assert seen == ("/a.js", "/b.js")


def test_the_shop_s_own_redirects_are_followed() -> None:
    seen, asked = found(
        {
            "/": Answer(302, (("Location", "/pl/"),)),
            "/pl/": b"<script>" + REGISTERS + b"'sw.js')</script>",
        }
    )

    assert (seen, asked) == (("/pl/sw.js",), ["/", "/pl/"])


def test_only_so_many_scripts_are_asked_for() -> None:
    many = b"".join(b"<script src=/%d.js></script>" % n for n in range(100))

    _, asked = found({"/": many})

    assert len(asked) == 1 + workers.MOST_SCRIPTS


def test_a_page_that_is_ours_or_broken_says_nothing() -> None:
    page = b"<script>" + REGISTERS + b"'/a.js')</script>"
    wrong = [
        Answer(503, (), page),
        Answer(302, (("Location", "https://elsewhere.example/"),)),
        Answer(200, (), b'<meta name="generator" content="fallback">' + page),
    ]
    for answer in wrong:
        assert found({"/": answer})[0] == ()


@pytest.mark.parametrize("behave", [shops.silent, shops.bomb(), shops.resetting])
def test_a_shop_that_misbehaves_costs_the_deadline_at_most(behave) -> None:
    with shops.shop(behave) as port:
        url = f"http://127.0.0.1:{port}/"

        assert workers.find(_config(url), timedelta(seconds=1)) == ()


def test_what_was_seen_by_the_deadline_is_kept() -> None:
    """A script that never comes hides nothing that came before it."""
    page = b"<script>" + REGISTERS + b"'/a.js')</script><script src=/b.js></script>"
    answered: list[bytes] = []

    def behave(peer) -> None:
        head = shops.heard(peer)
        answered.append(head)
        if head.startswith(b"GET / "):
            length = b"Content-Length: %d" % len(page)
            peer.sendall(b"HTTP/1.1 200 OK\r\n" + length + b"\r\n\r\n" + page)
        else:
            peer.recv(1)

    with shops.shop(behave) as port:
        seen = workers.find(_config(f"http://127.0.0.1:{port}/"), timedelta(seconds=1))

    assert len(answered) == 2
    assert seen == ("/a.js",)
