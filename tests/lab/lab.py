"""A complete site on loopback: its shop, its names, its mail and its page's two hosts.

In the world as it is made ``check`` finds nothing. ``Lab.become`` changes only what
differs from the world before; every world begins with the same site folder, published
by the product itself.
"""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from attrs import define, field

from fallback.actions.check import CheckResult, check
from fallback.actions.deploy import deploy
from fallback.actions.init import FIRST_WORDS
from fallback.actions.site import load
from fallback.core.config import Config
from fallback.core.result import silent
from fallback.demo.shop import WORDS
from fallback.wire.clock import SystemClock
from fallback.wire.listen import Answer
from tests.lab import world
from tests.lab.block import block
from tests.lab.doors import Doors, doors
from tests.lab.names import Names, named
from tests.lab.web import Keys, Web, greeting, page_host
from tests.lab.world import World, resolved
from tests.probes.test_tls import Authority
from tests.servers import shop
from tests.servers.program import ROOT
from tests.servers.updated import SECRETS

NAMED = (
    world.DOMAIN,
    f"www.{world.DOMAIN}",
    world.STATUS_ONE,
    world.STATUS_TWO,
    world.AWARIA,
)


@define
class Lab:
    """The running lab. ``net`` is its block of addresses, ``root`` the site folder."""

    folder: Path
    net: str
    names: Names
    doors: Doors
    authority: Authority
    webs: dict
    keys: dict
    greeting: set = field(factory=set)
    now: World = field(factory=World)
    script: str = ""

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
        self.names.signing = there.signed
        self.names.hold(self._texts(there))
        for place, web in self.webs.items():
            web.bend = there.bends.get(place)
        for place, names in self.keys.items():
            names.contexts = {**names.contexts, **self._contexts(there, place)}
        self.greeting.clear()
        self.greeting |= {self.at(each) for each in there.mail}
        self.script = there.script
        self.doors.hits = dict.fromkeys(self.doors.hits, 0)
        return load(self.root)

    def check(self, there: World, **more) -> CheckResult:
        """Become *there*, and look at it."""
        config = self.become(there)
        return check(config, now=datetime.now(UTC), say=silent, **more)

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
        for name in ("site", "state"):
            shutil.copytree(self.folder / name, self.folder / "good" / name)


_CONTEXTS: dict = {}


def _shop(lab: "list[Lab]"):
    page = (
        '<!doctype html><meta charset="utf-8"><title>Kwiaty u Ani</title>'
        f"<button>{WORDS}</button><script>%s</script>"
    )

    def sell(_):
        script = lab[0].script if lab else ""
        kind = (("Content-Type", "text/html; charset=utf-8"),)
        return Answer(200, kind, (page % script).encode())

    return Web({}, sell)


@contextmanager
def lab(folder: Path) -> Iterator[Lab]:
    """Start everything below *folder*, and publish the site."""
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(folder / "state"))
        patch.setenv("TSIG", SECRETS["fallback"])
        patch.setenv("FALLBACK_LANG", "en")
        net = stack.enter_context(block())

        def here(text):
            return resolved(text, net)

        good = World()
        texts = {
            here(at): {zone: here(text) for zone, text in zones.items()}
            for at, zones in good.texts.items()
        }
        names = stack.enter_context(
            named(
                folder / "names",
                texts,
                resolver=here(world.RESOLVER),
                root=here(world.ROOT),
            )
        )
        opened = stack.enter_context(
            doors([here(each) for each in world.SERVERS], names.port)
        )
        (folder / "tls").mkdir()
        made: list[Lab] = []
        webs = {
            world.SHOP_AT: _shop(made),
            world.HOST_ONE: page_host(folder / "site" / "host-one", world.STATUS_ONE),
            world.HOST_TWO: page_host(folder / "site" / "host-two", world.STATUS_TWO),
        }
        keys = {place: Keys({}, None) for place in webs}
        authority = Authority(folder / "tls")
        there = Lab(folder, net, names, opened, authority, webs, keys)
        made.append(there)
        for place, web in webs.items():
            keys[place].contexts = there._contexts(good, place)
            keys[place].otherwise = keys[place].contexts[world.DOMAIN]
            stack.enter_context(
                shop.shop(web.behave, keys[place].server(), 443, here(place))
            )
        for place in (world.POST_OFFICE, world.ELSEWHERE_MAIL):
            stack.enter_context(_mail(there, here(place)))
        there.greeting |= {here(place) for place in good.mail}
        there.publish()
        yield there


def _mail(there: Lab, address: str):
    def behave(peer):
        if address in there.greeting:
            greeting(peer)

    return shop.shop(behave, None, 25, address)
