"""The shop changed hosters: its names go to a new server, on a real BIND."""

import random
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from fallback.demo.shop import Shop
from tests.actions.site_on_bind import (  # noqa: F401 - fixtures
    DOMAIN,
    SHOP,
    SOME,
    Mover,
    Site,
    codes,
    mover,
    site,
)

HOME = "127.0.0.5"
NAMES = (f"{DOMAIN}.", f"www.{DOMAIN}.")


@pytest.fixture
def home(site: Site) -> Iterator[Shop]:  # noqa: F811 - the fixture
    """The shop at its new hoster; the old server is dead for good."""
    site.shop.kill()
    with ExitStack() as stack:
        shop = Shop(HOME, site.shop.port)
        stack.callback(shop.kill)
        shop.revive()
        yield shop


def at_home(site: Site, before: frozenset[tuple[str, str, int, str]]) -> bool:  # noqa: F811
    """Whether the names lead to the new server, and all else is as it was."""
    kept = {record for record in before if record[0] not in NAMES}
    mails = {r for r in before if r[0] in NAMES and r[1] not in ("A", "AAAA", "HTTPS")}
    return site.bind.records() == kept | mails | {(NAMES[0], "A", 300, HOME)}


def test_the_names_go_to_the_new_server_and_never_back_to_the_dead_one(
    site: Site,  # noqa: F811
    home: Shop,
) -> None:
    before = site.bind.records()
    assert site.redirect()["code"] == 0
    assert codes(site.restore("--to", SHOP)) == {"shop-not-back"}
    assert site.restore("--to", "127.0.0.300")["code"] == 2
    plan = site.run("restore", "--to", HOME, "--dry-run")
    assert plan["zones"][0]["state"] == "planned"
    assert site.moved()
    moved = site.restore("--to", HOME)
    assert (moved["code"], moved["zones"][0]["state"]) == (0, "restored")
    assert any("HTTPS" in line for line in moved["zones"][0]["dropped"])
    assert at_home(site, before)
    for again in (site.restore(), site.restore("--to", HOME)):
        assert (again["code"], again["zones"][0]["changes"]) == (0, [])
    home.kill()
    assert site.redirect()["code"] == 0
    assert codes(site.restore()) == {"shop-not-back"}
    home.revive()
    assert site.restore()["code"] == 0
    assert at_home(site, before)


def test_a_second_person_carries_out_the_way_home(
    site: Site,  # noqa: F811
    home: Shop,
    tmp_path: Path,
) -> None:
    assert home.port == site.shop.port
    before = site.bind.records()
    assert site.redirect()["code"] == 0
    there = site.bind.records()
    file, none = tmp_path / "home.json", tmp_path / "none.json"
    refused = site.run("restore", "--to", DOMAIN, "--plan", str(none))
    assert (refused["code"], none.exists()) == (2, False)
    assert codes(site.run("restore", "--to", SHOP, "--plan", str(none))) == {
        "shop-not-back"
    }
    assert not none.exists()
    saved = site.run("restore", "--to", HOME, "--plan", str(file))
    assert (saved["code"], site.bind.records()) == (0, there)
    home.kill()
    assert codes(site.run("apply", str(file), "--confirm", DOMAIN)) == {"shop-not-back"}
    home.revive()
    done = site.run("apply", str(file), "--confirm", DOMAIN)
    assert (done["code"], done["zones"][0]["state"]) == (0, "restored")
    assert done["zones"][0]["changes"] == saved["zones"][0]["changes"]
    assert at_home(site, before)
    for again in (site.run("apply", str(file), "--confirm", DOMAIN), site.restore()):
        assert (again["code"], again["zones"][0]["changes"]) == (0, [])


def test_another_machine_finishes_the_way_home(
    site: Site,  # noqa: F811
    home: Shop,
) -> None:
    assert home.port == site.shop.port
    before = site.bind.records()
    assert site.redirect()["code"] == 0
    for path in (site.root / ".fallback").iterdir():
        path.unlink()
    assert site.restore("--to", HOME)["code"] == 0
    assert at_home(site, before)


@pytest.mark.parametrize("some", SOME)
def test_killed_anywhere_on_the_way_a_plain_restore_finishes_it(
    mover: Mover,  # noqa: F811
    home: Shop,
    tmp_path: Path,
    some: int | None,
) -> None:
    site_, trace = mover.site, tmp_path / "trace"
    assert home.port == site_.shop.port
    before = site_.bind.records()
    for _ in range(2):  # the second way home has fewer records to write about
        assert mover.run("redirect") == 0
        calls = mover.changes("restore", trace, "--to", HOME)
    assert at_home(site_, before)
    for call in random.Random(20261129).sample(calls, some or len(calls)):
        assert mover.run("redirect") == 0
        mover.killed("restore", call, trace, "--to", HOME)
        assert mover.run("restore") == 0, call
        assert at_home(site_, before), call
