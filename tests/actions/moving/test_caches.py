"""After a move: what resolvers of customers still say, on real BINDs that remember."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve, frozen

from fallback.actions.moving import caches
from fallback.actions.moving.moved import Moved, ResolverSeen, State, ZoneMoved
from fallback.core.config import Network
from fallback.core.records import Change, RRset
from fallback.core.redirect.journal import Verb
from tests.actions.site_on_bind import DOMAIN, Site, site_at
from tests.servers.recursive import Resolver, resolving

WWW = f"www.{DOMAIN}."
OLD, NEW = (
    RRset(timedelta(hours=1), ("192.0.2.1",)),
    RRset(timedelta(0), ("192.0.2.2",)),
)
MOVED = Change(WWW, "A", OLD, NEW)


@frozen
class Town:
    """A site, and two resolvers of its customers: one was asked before, one was not."""

    site: Site
    warm: Resolver
    cold: Resolver


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with ExitStack() as stack:
        site = site_at(tmp_path, "rfc2136", stack)
        warm, cold = (
            stack.enter_context(resolving(tmp_path / name, {DOMAIN: site.bind.server}))
            for name in ("warm", "cold")
        )
        settings = site.root / "fallback.toml"
        own = f'resolvers = ["{site.bind.server}"'
        text = settings.read_text("utf-8")
        assert own in text
        more = f'{own}, "{warm.server}", "{cold.server}"'
        settings.write_text(text.replace(own, more), "utf-8")
        yield Town(site, warm, cold)


def test_an_old_answer_is_told_with_the_time_that_it_has_left(
    town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "127.0.0.3" in town.warm.ask(WWW).to_text()
    town.site.shop.kill()
    there = town.site.redirect()
    assert there["code"] == 0
    seen = {r["resolver"]: r for r in there["zones"][0]["resolvers"]}
    assert seen[town.site.bind.server]["says"] == "new"
    assert seen[town.cold.server] == {
        "resolver": town.cold.server,
        "says": "new",
        "seconds_left": None,
    }
    warm = seen[town.warm.server]
    assert warm["says"] == "old"
    assert 0 < warm["seconds_left"] <= 600  # www's own TTL, counted down
    said = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    events = {each["event"]: each["text"] for each in said}
    assert (
        events["name-servers"] == f"{DOMAIN}: 1 of 1 name servers say the new records"
    )
    assert events["written"] == f"{DOMAIN}: written, and read back"
    assert events["resolvers"] == f"{DOMAIN}: 2 of 3 resolvers say the new records"
    assert list(events)[-3:] == ["written", "name-servers", "resolvers"]
    assert town.site.restore("--accept", "shop-not-back")["code"] == 0


def test_last_visitor_and_page_are_told_in_the_shops_own_time(town: Town) -> None:
    settings = town.site.root / "fallback.toml"
    text = settings.read_text("utf-8")
    zone = text.replace("[shop]\n", '[shop]\ntimezone = "Asia/Tokyo"\n')
    settings.write_text(zone, "utf-8")
    town.site.shop.kill()
    there = datetime.fromisoformat(town.site.redirect()["zones"][0]["last_visitor"])
    assert there.utcoffset() == timedelta(hours=9)
    town.site.shop.revive()
    back = datetime.fromisoformat(town.site.restore()["zones"][0]["last_visitor"])
    assert there - back > timedelta(minutes=5), "the page's TTL is shorter"


def test_a_resolver_that_is_silent_delays_nothing_and_fails_nothing() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        at = f"127.0.0.1:{silent.getsockname()[1]}"
        (seen,) = caches.remembered([MOVED], Network(resolvers=(at,)))
        assert (seen.says, seen.left) == ("nothing", None)
        assert silent.recv(512), "it was asked"


def test_the_world_is_not_asked_about_a_laboratory() -> None:
    assert caches.remembered([MOVED], Network(allow_private=True)) == ()
    assert caches.remembered([], Network()) == ()


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (NEW, True),
        (OLD, False),
        (None, False),
        (RRset(timedelta(0), ("192.0.2.9",)), False),
    ],
)
def test_an_answer_is_new_when_it_is_what_was_written(
    said: RRset | None, *, wanted: bool
) -> None:
    assert caches.as_wanted(said, MOVED) is wanted


def test_people_read_who_still_has_the_old_and_how_long_the_page_must_stay() -> None:
    seen = (
        ResolverSeen("1.1.1.1", "new"),
        ResolverSeen("8.8.8.8", "old", timedelta(seconds=541)),
        ResolverSeen("9.9.9.9", "nothing"),
    )
    at = datetime(2026, 11, 22, 14, 37, tzinfo=ZoneInfo("Europe/Warsaw"))
    zone = ZoneMoved(
        f"{DOMAIN}.", State.RESTORED, (MOVED,), resolvers=seen, last_visitor=at
    )
    told = [str(line) for line in Moved(Verb.RESTORE, (zone,)).told()]
    assert told[-5:-1] == [
        "  the resolver 1.1.1.1 says the new records",
        "  the resolver 8.8.8.8 says the old records, for at most 10 min more",
        "  the resolver 9.9.9.9 does not answer",
        "  keep the page up: the last visitor comes home by 2026-11-22 14:37",
    ]
    there = evolve(zone, state=State.REDIRECTED, resolvers=())
    told = [str(line) for line in Moved(Verb.REDIRECT, (there,)).told()]
    assert "  the last visitor arrives by 2026-11-22 14:37" in told
