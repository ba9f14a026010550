"""The whole way at Cloudflare: its SDK, a strict fake, and a BIND that serves it."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from attrs import frozen

from fallback.actions.drilling.lab import copy
from fallback.actions.site import load
from fallback.dns import connect
from fallback.stores.journal import CARD, NAME
from tests.actions import typed
from tests.actions.site_on_bind import DOMAIN, PAGE, SHOP, Site, codes, site_at
from tests.actions.site_on_bind import ZONE as PLAIN
from tests.fakes.cloudflare_dns import TOKEN, Fake, cloudflare

APEX, WWW, TARGET = f"{DOMAIN}.", f"www.{DOMAIN}.", f"page.{DOMAIN}"
ZONE = PLAIN + f"page A {PAGE}\n"


@frozen
class World:
    """A site whose zone is at Cloudflare; ``bind`` says what Cloudflare would."""

    site: Site
    fake: Fake

    def follow_a_host_name(self) -> None:
        """Let the names follow a host name instead of an address."""
        config = self.site.root / "fallback.toml"
        text = config.read_text("utf-8")
        config.write_text(text.replace(f'["{PAGE}"]', f'"{TARGET}"'), "utf-8")

    def write(self, verb: str, *more: str) -> dict[str, object]:
        """Run *verb*, whatever the shop says."""
        takes = {"redirect": "shop-answers", "restore": "shop-not-back"}[verb]
        confirm = ("--confirm", DOMAIN, "--accept", takes)
        return self.site.run(verb, *confirm, *more)

    def adorn(self) -> None:
        """Put the shop behind the proxy, as most owners have it."""
        for rtype in ("A", "AAAA"):
            for record in self.fake.at(APEX, rtype):
                record.update(proxied=True, ttl=1)
        self.fake.change(WWW, "CNAME", comment="as every year", ttl=1)
        self.fake.change(APEX, "A", comment="the old machine", tags=["shop:web"])


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with ExitStack() as stack:
        site = site_at(tmp_path, "rfc2136", stack)
        fake = stack.enter_context(cloudflare(ZONE))
        fake.name_servers = [f"ns1.{DOMAIN}", "ns2.elsewhere.test"]
        fake.edge, fake.flattened = ("127.0.0.9",), {TARGET: (PAGE,)}
        site.bind.nsupdate(f"update add {TARGET} 3600 A {PAGE}")
        fake.published = site.bind.set
        config = site.root / "fallback.toml"
        text = config.read_text("utf-8")
        start, end = text.index('provider = "rfc2136"'), text.index("[network]")
        table = (
            f'provider = "cloudflare"\nendpoint = "{fake.endpoint}"\n'
            'token = "env:CLOUDFLARE_API_TOKEN"\n'
        )
        config.write_text(text[:start] + table + text[end:], "utf-8")
        site.environment["CLOUDFLARE_API_TOKEN"] = TOKEN
        site.environment["CLOUDFLARE_EMAIL"] = "ania@kwiaty.example"
        yield World(site, fake)


@pytest.mark.parametrize("adorned", [False, True], ids=["plain", "proxied"])
@pytest.mark.parametrize("target", ["addresses", "host name"])
def test_there_and_back_every_record_and_every_trait_is_as_it_was(
    world: World, target: str, *, adorned: bool
) -> None:
    site, fake = world.site, world.fake
    if target == "host name":
        world.follow_a_host_name()
    if adorned:
        world.adorn()
    before, served = fake.everything(), site.bind.records()
    site.shop.kill()
    there = site.redirect()
    assert (there["code"], there["zones"][0]["state"]) == (0, "redirected"), there
    assert {server["says"] for server in there["zones"][0]["servers"]} == {"new"}
    assert (APEX, "A", 60, PAGE) in site.bind.records()
    again = site.redirect()
    assert (again["code"], again["zones"][0]["changes"]) == (0, [])
    assert codes(site.restore()) == {"shop-not-back"}
    site.shop.revive()
    back = site.restore()
    assert (back["code"], back["zones"][0]["state"]) == (0, "restored"), back
    assert fake.everything() == before
    assert site.bind.records() == served
    assert len(fake.batches) == 2


def test_the_laboratory_s_copy_holds_what_the_operator_lists(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in world.site.environment.items():
        monkeypatch.setenv(name, value)
    config = load(world.site.root)
    (table,) = config.dns
    text, partial = copy(table, config)
    assert f"{TARGET}. 300 IN A {PAGE}\n" in text, "no name that moves"
    assert not partial
    world.fake.add(f"post.{DOMAIN}.", "MX", 300, "10 mx.elsewhere.test.")
    text, partial = copy(table, config)
    assert partial, "what is not read is not copied, and that is said"


def test_a_lost_answer_is_read_and_never_written_again(world: World) -> None:
    world.fake.misbehave("lose", only="POST")
    assert world.write("redirect")["code"] == 0
    assert world.fake.hits == ["lose"]
    assert len(world.fake.batches) == 1


def test_an_edit_of_the_same_second_is_what_comes_back(world: World) -> None:
    theirs = "127.0.0.5"
    old = world.fake.at(APEX, "A")[0]["content"]
    world.fake.meanwhile = lambda: world.fake.change(APEX, "A", content=theirs)
    there = world.write("redirect")
    assert (there["code"], there["zones"][0]["state"]) == (0, "redirected")
    card = (world.site.root / ".fallback" / CARD).read_text("utf-8")
    assert theirs in card
    assert f"IN A {old}\n" not in card
    assert world.write("restore")["code"] == 0
    assert {r["content"] for r in world.fake.at(APEX, "A")} == {theirs, "127.0.0.4"}
    assert old == SHOP


def test_an_edit_in_the_second_of_the_way_back_is_kept_in_the_journal(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert world.write("redirect")["code"] == 0
    world.fake.meanwhile = lambda: world.fake.change(APEX, "A", content="127.0.0.5")
    assert world.write("restore")["code"] == 0
    assert "somebody changed A" in capsys.readouterr().err
    journal = (world.site.root / ".fallback" / NAME).read_text("utf-8")
    assert "IN A 127.0.0.5" in journal


def test_what_somebody_else_changed_meanwhile_stays_theirs(world: World) -> None:
    assert world.write("redirect")["code"] == 0
    (www,) = world.fake.at(WWW, "A")
    world.fake.change(WWW, "A", content="203.0.113.9")
    back = world.write("restore")
    assert (back["code"], back["zones"][0]["state"]) == (3, "drifted")
    (now,) = world.fake.at(WWW, "A")
    assert (now["id"], now["content"]) == (www["id"], "203.0.113.9")
    assert {r["content"] for r in world.fake.at(APEX, "A")} == {SHOP, "127.0.0.4"}


def test_a_zone_that_is_delegated_elsewhere_is_refused(world: World) -> None:
    before = world.fake.everything()
    world.fake.name_servers = ["amy.ns.cloudflare.com", "bob.ns.cloudflare.com"]
    refused = world.write("redirect")
    assert (refused["code"], codes(refused)) == (5, {"not-delegated"})
    assert world.fake.everything() == before


def test_a_token_that_may_only_read_is_said_and_changes_nothing(world: World) -> None:
    before = world.fake.everything()
    world.fake.tokens = {TOKEN: frozenset({"Zone:Read", "DNS:Read"})}
    refused = world.write("redirect")
    assert refused["code"] == 12
    assert world.fake.everything() == before
    assert TOKEN not in str(refused)


@pytest.mark.parametrize("target", ["addresses", "host name"])
def test_the_card_alone_brings_every_trait_back(world: World, target: str) -> None:
    if target == "host name":
        world.follow_a_host_name()
    world.adorn()
    before = world.fake.everything()
    assert world.write("redirect")["code"] == 0
    card = (world.site.root / ".fallback" / CARD).read_text("utf-8")
    config = load(world.site.root)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in world.site.environment.items():
            patch.setenv(name, value)
        connect(config.dns[0], config).commit(DOMAIN, typed.read(card, APEX))
    assert world.fake.everything() == before
