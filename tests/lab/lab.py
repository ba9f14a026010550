"""A complete site on loopback: its shop, its names, its mail and its page's two hosts.

In the world as it is made ``check`` finds nothing. ``Lab.become`` changes only what
differs from the world before; every world begins with the same site folder, published
by the product itself.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from attrs import define, field, frozen

from fallback.actions.check import Besides, CheckResult, check
from fallback.actions.checking.proving import prove
from fallback.actions.deploy import deploy
from fallback.actions.drill import drill
from fallback.actions.init import FIRST_WORDS
from fallback.actions.remember import settle
from fallback.actions.site import load
from fallback.core.check.settled import QUESTIONS
from fallback.core.config import Config
from fallback.core.result import silent
from fallback.demo.shop import WORDS
from fallback.wire.clock import SystemClock
from fallback.wire.web.listen import Answer
from tests.fakes.cloudflare_dns import TOKEN, Fake, cloudflare
from tests.lab import world
from tests.lab.block import block
from tests.lab.names import Names, named
from tests.lab.web import GREETING, Keys, Web, greeting, page_host
from tests.lab.world import World, resolved
from tests.probes.test_tls import Authority
from tests.servers import shop
from tests.servers.doors import Doors, doors
from tests.servers.program import ROOT
from tests.servers.rdap import Registry, registry
from tests.servers.updated import SECRETS

NAMED = (
    world.DOMAIN,
    f"www.{world.DOMAIN}",
    world.STATUS_ONE,
    world.STATUS_TWO,
    world.AWARIA,
)

_LOOKS = 4
_SHOP = (
    '<!doctype html><meta charset="utf-8"><title>Kwiaty u Ani</title>'
    f"<button>{WORDS}</button><script>%s</script>"
)


@frozen
class Late(SystemClock):
    """The machine's clock, if it were wrong by so much."""

    off: timedelta

    def now(self) -> datetime:
        return super().now() + self.off


@define
class Lab:
    """The running lab. ``net`` is its block of addresses, ``root`` the site folder.

    ``muted`` counts who was let wait for a greeting that does not come.
    """

    folder: Path
    net: str
    names: Names
    doors: Doors
    authority: Authority
    webs: dict
    keys: dict
    operator: Fake
    desk: Registry
    greeting: dict = field(factory=dict)
    now: World = field(factory=World)
    script: str = ""
    muted: int = 0

    @property
    def root(self) -> Path:
        return self.folder / "site"

    def at(self, place: str) -> str:
        """Return the address of a place of ``tests.lab.world``."""
        return resolved(place, self.net)

    def become(self, there: World) -> Config:
        """Make the world as *there* is, and return its site, as it was published."""
        self._site(there)
        ways = {self.at(each): there.ways.get(each, "open") for each in world.SERVERS}
        self.doors.set(ways)
        signing = "dnssec-policy lab;" if there.signed else ""
        self.names.rights = there.rights + signing
        self.names.hold(self._texts(there))
        for place, web in self.webs.items():
            web.bend = there.bends.get(place)
        for place, names in self.keys.items():
            names.contexts = {**names.contexts, **self._contexts(there, place)}
        self.greeting.clear()
        self.greeting |= {self.at(each): said for each, said in there.mail.items()}
        self.script, self.muted = there.script, 0
        self.operator.expires = there.token_ends
        self.desk.said = there.registered
        self.doors.hits = dict.fromkeys(self.doors.hits, 0)
        for web in self.webs.values():
            web.asked.clear()
        self.desk.asked.clear()
        return load(self.root)

    def check(self, there: World, **more) -> CheckResult:
        """Become *there*, and look at it."""
        config = self.become(there)
        clock = Late(there.late)
        besides = Besides(there.links, there.write)
        return check(
            config, now=clock.now(), say=silent, clock=clock, besides=besides, **more
        )

    def patiently(self, there: World, enough: Callable) -> CheckResult:
        """Do what ``check`` does; again, while this machine is too busy to look.

        *enough* says of the ids found whether they are what was awaited.
        """
        for _ in range(_LOOKS):
            result = self.check(there)
            busy = os.getloadavg()[0] > 2 * (os.cpu_count() or 1)
            if enough({str(each.id) for each in result.findings}) or not busy:
                break
        return result

    def sell(self, _) -> Answer:
        """Answer as the shop does."""
        kind = (("Content-Type", "text/html; charset=utf-8"),)
        return Answer(200, kind, (_SHOP % self.script).encode())

    def _texts(self, there: World):
        def said(text):
            return self.at(text).replace(
                "OUR-DS", self.names.ds() if "OUR-DS" in text else ""
            )

        return {
            self.at(address): {zone: said(text) for zone, text in zones.items()}
            for address, zones in there.texts.items()
        }

    def _contexts(self, there: World, place: str):
        wanted = {name: (name, (-1, 90)) for name in NAMED} | there.keys.get(place, {})
        return {name: self._context(*each) for name, each in wanted.items()}

    def _context(self, name: str, days: tuple[int, int]):
        made = self.folder / "tls" / f"made-{name}-{days}"
        if not made.exists():
            self.authority.serving(self.authority.leaf(name, days=days))
            _CONTEXTS[made] = self.authority.context
            made.touch()
        return _CONTEXTS[made]

    def _site(self, there: World):
        for name in ("site", "state"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
            shutil.copytree(self.folder / "good" / name, self.folder / name)
        for path, text in {"fallback.toml": there.settings, **there.files}.items():
            said = self.at(text).replace("SITE", str(self.root))
            said = said.replace("API-AT", self.operator.endpoint)
            world.write(self.root / path, said)
        for change in there.site:
            change(self.root)

    def publish(self) -> None:
        """Write the site and let the product publish it: what all begin with."""
        self.root.mkdir()
        (self.folder / "state").mkdir()
        (self.root / "fallback.toml").write_text(self.at(world.SETTINGS), "utf-8")
        shutil.copy(self.authority.root, self.root / "ca.pem")
        words = ROOT / "content" / "templates" / f"{FIRST_WORDS}.en.md"
        world.write(self.root / "content" / "outage.en.md", words.read_text("utf-8"))
        shutil.copy(ROOT / "content" / "robots.txt", self.root / "content")
        done = deploy(load(self.root), say=silent, clock=SystemClock())
        assert done.code == 0, [str(line) for line in done.told()]
        settle(load(self.root), list(QUESTIONS), datetime.now(UTC))
        proven = prove(load(self.root), clock=SystemClock(), say=silent)
        assert [each.id for each in proven] == [""], proven
        rehearsed = drill(load(self.root), clock=SystemClock())
        assert rehearsed.code == 0, [str(line) for line in rehearsed.told()]
        # the first look writes down where the living shop is
        check(load(self.root), now=datetime.now(UTC), say=silent)
        for name in ("site", "state"):
            shutil.copytree(self.folder / name, self.folder / "good" / name)


_CONTEXTS: dict = {}


@contextmanager
def lab(folder: Path) -> Iterator[Lab]:
    """Start everything below *folder*, and publish the site."""
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        for name, value in environment(folder).items():
            patch.setenv(name, value)
        there = _named(folder, stack.enter_context(block()), stack)
        for place, web in there.webs.items():
            keys = there.keys[place]
            keys.contexts = there._contexts(World(), place)
            keys.otherwise = keys.contexts[world.DOMAIN]
            for tls, port in ((keys.server(), 443), (None, 80)):
                stack.enter_context(shop.shop(web.behave, tls, port, there.at(place)))
        for place in (world.POST_OFFICE, world.ELSEWHERE_MAIL, world.HOSTER_MAIL):
            stack.enter_context(_mail(there, there.at(place)))
        for port in (25, 443):
            stack.enter_context(shop.black_hole(there.at(world.BLACK_HOLE), port))
        there.publish()
        yield there


def environment(folder: Path) -> dict[str, str]:
    """Return what the product finds in its environment in a lab below *folder*."""
    return {
        "XDG_STATE_HOME": str(folder / "state"),
        "TSIG": SECRETS["fallback"],
        "CLOUDFLARE_API_TOKEN": TOKEN,
        "FALLBACK_LANG": "en",
    }


def _named(folder: Path, net: str, stack: ExitStack) -> Lab:
    """Start the name servers of a good world; whatever else there is, is not on yet."""

    def here(text):
        return resolved(text, net)

    texts = {
        here(at): {zone: here(text) for zone, text in zones.items()}
        for at, zones in World().texts.items()
    }
    at = {"resolver": here(world.RESOLVER), "root": here(world.ROOT)}
    names = stack.enter_context(named(folder / "names", texts, **at))
    opened = doors([here(each) for each in world.SERVERS], names.port)
    operator = stack.enter_context(
        cloudflare(here(world.SHOP_ZONE).replace("SERIAL", "1"))
    )
    operator.name_servers = ["ns1.dns-north.test", "ns2.dns-south.test"]
    desk = registry(World().registered, address=here(world.DESK), port=80)
    (folder / "tls").mkdir()
    webs = {
        world.SHOP_AT: Web({}, None),
        world.HOST_ONE: page_host(folder / "site" / "host-one", world.STATUS_ONE),
        world.HOST_TWO: page_host(folder / "site" / "host-two", world.STATUS_TWO),
    }
    made = Lab(
        folder,
        net,
        names,
        stack.enter_context(opened),
        Authority(folder / "tls", "Let's Encrypt"),
        webs,
        {place: Keys({}, None) for place in webs},
        operator,
        stack.enter_context(desk),
    )
    webs[world.SHOP_AT].otherwise = made.sell
    return made


def _mail(there: Lab, address: str):
    def behave(peer):
        said = there.greeting.get(address, GREETING)
        there.muted += said is None
        greeting(peer, said)

    return shop.shop(behave, None, 25, address)
