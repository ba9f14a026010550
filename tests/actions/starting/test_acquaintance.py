"""A shop is looked at before it has a site: a real page, a real zone, real silence."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from attrs import evolve

from fallback.actions.starting.acquaintance import acquainted
from fallback.core.config import Network
from fallback.core.wizard.proposals import Seen
from tests.servers import acquainted as shops
from tests.servers import shop as misbehaving
from tests.servers.acquainted import Known
from tests.servers.rdap import registered, registry

BRIEF = timedelta(seconds=1)


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Known]:
    with shops.known(tmp_path_factory.mktemp("bind")) as found:
        yield found


def told(seen: Seen) -> list[str]:
    return [str(line) for line in seen.told()]


def test_what_a_living_shop_shows_is_not_asked_for(known: Known) -> None:
    seen = acquainted(known.url(), known.network)

    assert (seen.up, seen.exists, seen.unseen) == (True, True, ())
    assert seen.zone == "kwiaty.example"
    assert seen.front.name == "Kwiaty u Ani"
    assert seen.front.languages == ("pl", "en")
    assert seen.contains == "Dodaj do koszyka"
    assert seen.workers == ("/sw.js",)
    assert seen.hsts
    assert b"Disallow: /koszyk" in seen.robots
    assert "your domain is looked after by home.pl" in told(seen)
    assert "your mail goes to Google" in told(seen)


def test_who_the_domain_is_registered_with_is_proposed(known: Known) -> None:
    desk = {"kwiaty.example": registered("kwiaty.example", "home.pl S.A.")}
    with registry(desk) as running:
        there = evolve(known.network, rdap=running.url)
        seen = acquainted(known.url("www.kwiaty.example"), there)

    assert "registered with home.pl" in " ".join(told(seen))
    assert seen.as_json()["registrar"] == ["home.pl"]
    assert seen.unseen == ()


def test_a_registry_that_hangs_up_is_not_called_unseen(known: Known) -> None:
    with registry({"kwiaty.example": misbehaving.resetting}) as running:
        seen = acquainted(known.url(), evolve(known.network, rdap=running.url))

    assert "/domain/kwiaty.example" in running.asked, "the fault was hit"
    assert (seen.registrars, seen.unseen) == ((), ())


def test_a_name_below_the_top_is_in_the_same_zone(known: Known) -> None:
    seen = acquainted(known.url("www.kwiaty.example"), known.network)

    assert (seen.zone, seen.up) == ("kwiaty.example", True)


@pytest.mark.parametrize(
    ("name", "up", "exists"),
    [
        ("dead.kwiaty.example", False, True),
        ("broken.kwiaty.example", False, True),
        ("away.kwiaty.example", None, True),
        ("kwiatty.kwiaty.example", None, False),
    ],
)
def test_a_shop_that_shows_nothing_is_told_from_one_that_is_not_there(
    known: Known, name: str, *, up: bool | None, exists: bool
) -> None:
    seen = acquainted(known.url(name), known.network)

    assert (seen.up, seen.exists) == (up, exists)
    assert seen.workers == ()


def test_where_nobody_answers_it_says_what_was_not_found_out(known: Known) -> None:
    nobody = Network(("127.0.0.9:9",), canaries=())

    seen = acquainted(known.url(), nobody, patience=BRIEF)

    assert (seen.up, seen.exists, seen.held) == (None, None, ())
    assert "not found out: who looks after your domain" in told(seen)
    assert "not found out: what your shop shows" in told(seen)


def test_a_private_address_is_not_asked_without_leave(known: Known) -> None:
    seen = acquainted(known.url(), evolve(known.network, allow_private=False))

    assert seen.up is None
    assert "not found out: what your shop shows" in told(seen)


@pytest.mark.parametrize(
    "behave",
    [misbehaving.silent, misbehaving.dripping(b"HTTP/1.1 200 OK\r\nX: "),
     misbehaving.bomb(), misbehaving.redirecting(lambda path: path + "x")],
    ids=["silent", "drips", "bomb", "endless"],
)  # fmt: skip
def test_a_shop_that_misbehaves_holds_nobody_up(
    known: Known, behave: misbehaving.Behave
) -> None:
    with misbehaving.shop(behave) as port:
        seen = acquainted(f"http://127.0.0.1:{port}", known.network, patience=BRIEF)

    assert seen.front.phrases == ()
    assert seen.zone == ""


def test_a_shop_that_has_no_https_is_taken_as_it_is(known: Known) -> None:
    """Where nobody said https; the ports differ here, in the world they are usual."""
    seen = acquainted(
        known.url().replace("http://", "https://"), known.network, either=True
    )

    assert seen.url == known.url()
    assert seen.up
