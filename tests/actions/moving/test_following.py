"""The top of a zone follows its target's addresses, and is never led astray by that."""

from contextlib import ExitStack
from ipaddress import ip_address
from pathlib import Path

import pytest
from attrs import evolve

from fallback.actions.moving import evidence
from fallback.actions.watching import obeying
from fallback.core.model import Verdict
from fallback.core.redirect.gates import Code, PageLook
from tests.actions.site_on_bind import DOMAIN, PAGE, site_at
from tests.actions.world import PAGE as DIGEST
from tests.actions.world import World, world
from tests.servers import page

APEX, WWW = f"{DOMAIN}.", f"www.{DOMAIN}."
HOST = "page.elsewhere.example"
FIRST, SECOND = "198.51.100.7", "198.51.100.8"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A site whose target is a host name; ``served`` are where the page answers."""
    made = world(tmp_path, monkeypatch)
    table = evolve(made.config.dns[0], target=HOST, follow=True)
    made.config = evolve(made.config, dns=(table,))
    leads(monkeypatch, FIRST)
    return made


def leads(
    patch: pytest.MonkeyPatch, *addresses: str, served: tuple[str, ...] = ()
) -> None:
    """Let the target have *addresses*; the page answers at *served*, default: there."""
    patch.setattr(evidence, "addresses_of", lambda *_: addresses)

    def looks(_: object, names: tuple[str, ...], target: object) -> list[PageLook]:
        asked = addresses if target == HOST else tuple(map(str, target))
        digests = dict.fromkeys(served or addresses, DIGEST)
        return [
            PageLook(name, at, status=503, ours=at in digests, digest=digests.get(at))
            for name in names
            for at in asked
        ]

    patch.setattr(evidence, "page_looks", looks)


def follow(site: World) -> None:
    obeying.follow(site.config, site.clock, site.say, str)


def test_only_the_top_gets_addresses_and_only_if_the_owner_said_so(
    site: World,
) -> None:
    before = site.dns.records()
    table = evolve(site.config.dns[0], follow=False)
    followed, site.config = site.config, evolve(site.config, dns=(table,))
    assert [r.code for r in site.redirect().refused] == [Code.TARGET_UNFIT]
    site.config = followed
    assert site.redirect().code == 0
    assert site.dns.rrsets[APEX, "A"].rdatas == (FIRST,)
    assert site.dns.rrsets[WWW, "CNAME"].rdatas == (f"{HOST}.",)
    assert site.back().code == 0
    assert site.dns.records() == before


def test_when_the_page_is_gone_from_the_old_address_the_top_follows(
    site: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = site.dns.records()
    site.redirect()
    leads(monkeypatch, SECOND)
    follow(site)
    assert site.dns.rrsets[APEX, "A"].rdatas == (SECOND,)
    entries = site.journal.read().entries
    assert entries[-2].reason == "the target has other addresses"
    assert site.back().code == 0
    assert site.dns.records() == before


def test_a_host_that_names_other_addresses_each_time_moves_nothing(
    site: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.redirect()
    commits = site.dns.calls.count("commit")
    leads(monkeypatch, SECOND, served=(FIRST, SECOND))
    follow(site)
    assert site.redirect().zones[0].changes == ()
    leads(monkeypatch)  # the resolver does not answer
    follow(site)
    assert site.dns.calls.count("commit") == commits


def test_where_the_page_is_not_the_top_does_not_go(
    site: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.redirect()
    leads(monkeypatch, SECOND, served=("203.0.113.1",))
    follow(site)
    assert site.dns.rrsets[APEX, "A"].rdatas == (FIRST,)
    assert any("refused" in said for said in site.said)


@pytest.mark.parametrize("case", ["restored", "never redirected", "another target"])
def test_to_follow_is_all_that_is_done_without_a_person(
    site: World, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    if case != "never redirected":
        site.redirect()
    if case == "restored":
        site.back()
    leads(monkeypatch, SECOND)
    if case == "another target":
        table = evolve(site.config.dns[0], target=(ip_address(SECOND),))
        site.config = evolve(site.config, dns=(evolve(table, follow=True),))
    before = site.dns.records()
    follow(site)
    assert site.dns.records() == before


def test_a_shop_that_answers_again_is_for_restore(
    site: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.redirect()
    leads(monkeypatch, SECOND)
    before, site.shop = site.dns.records(), Verdict.UP
    follow(site)
    assert site.dns.records() == before


def test_a_watcher_takes_the_top_along_on_a_real_name_server(tmp_path: Path) -> None:
    first = "127.0.0.6"
    with ExitStack() as stack:
        site = site_at(tmp_path, "rfc2136", stack)
        published, host = site.root / "public-copy", f"page.{DOMAIN}"
        dying = stack.enter_context(ExitStack())
        dying.enter_context(page.serving(published, first, site.shop.port))
        site.bind.nsupdate(f"update add {host} 60 A {first}")
        settings = site.root / "fallback.toml"
        text = settings.read_text("utf-8")
        wanted = f'target = "{host}"\nfollow = true'
        text = text.replace(f'target = ["{PAGE}"]', wanted)
        quick = '[primary]\ninterval = "1s"'  # a shop that is down is looked at thrice
        settings.write_text(text.replace("[primary]", quick), "utf-8")
        site.shop.kill()
        before = {r for r in site.bind.records() if not r[0].startswith("page.")}
        assert site.redirect()["code"] == 0
        assert (APEX, "A", 60, first) in site.bind.records()
        assert site.redirect()["zones"][0]["changes"] == []
        site.bind.nsupdate(f"update delete {host} A", f"update add {host} 60 A {PAGE}")
        site.run("watch", "--once")
        assert (APEX, "A", 60, first) in site.bind.records()  # the page is still there
        dying.close()
        site.run("watch", "--once")
        assert (APEX, "A", 60, PAGE) in site.bind.records()
        site.shop.revive()
        assert site.restore()["code"] == 0
        after = {r for r in site.bind.records() if not r[0].startswith("page.")}
        assert after == before
