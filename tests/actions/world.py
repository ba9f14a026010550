"""A site whose zones are in memory, with name servers that say what the zones hold."""

from collections.abc import Iterable
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from attrs import define, field

from fallback.actions.moving import evidence, settling, surveying
from fallback.actions.moving.moved import Moved
from fallback.actions.moving.order import Agree
from fallback.actions.moving.surveying import By
from fallback.actions.redirect import redirect
from fallback.actions.restore import restore
from fallback.core.config import Config, DnsTable, State
from fallback.core.model import Digest, Observation, Verdict
from fallback.core.records import absolute
from fallback.core.redirect.gates import PageLook, ZoneLook
from fallback.core.text import Text
from fallback.stores.folder import Settings
from fallback.stores.journal import Journal, connect
from fallback.wire.dns.nameservers import Answer, Server
from tests.fakes.clock import FakeClock
from tests.fakes.config import small_config
from tests.fakes.dns import FakeDns
from tests.servers import zones

PAGE = Digest("a" * 64)
TARGET = (ip_address("198.51.100.7"),)
TTL = timedelta(seconds=60)


@define
class World:
    """The site, its zones, and what the gates will see."""

    config: Config
    zones: dict[str, FakeDns]
    clock: FakeClock = field(factory=FakeClock)
    shop: Verdict = Verdict.DOWN
    page: Digest | None = PAGE
    mail: dict[str, tuple[str, ...]] = field(factory=dict)
    laggards: bool = False
    said: list[str] = field(factory=list)

    @property
    def dns(self) -> FakeDns:
        """The first zone."""
        return next(iter(self.zones.values()))

    @property
    def journal(self) -> Journal:
        return connect(self.config)

    def say(self, event: str, text: Text) -> None:
        self.said.append(f"{event}: {text}")

    def redirect(self, *, agree: Agree | None = None, **by: object) -> Moved:
        self.shop = Verdict.DOWN if self.shop is Verdict.DOWN else self.shop
        return redirect(
            self.config, clock=self.clock, say=self.say, by=By(**by), agree=agree
        )

    def restore(self, *, agree: Agree | None = None, **by: object) -> Moved:
        """Restore while the shop answers, unless the world says otherwise."""
        return restore(
            self.config, clock=self.clock, say=self.say, by=By(**by), agree=agree
        )

    def back(self, **by: object) -> Moved:
        """Bring the shop back and restore."""
        self.shop = Verdict.UP
        done = self.restore(**by)
        self.shop = Verdict.DOWN
        return done


def observe(world: World) -> Observation:
    return Observation(world.clock.now(), world.shop, "as the test says")


def world(
    tmp_path: Path, patch: pytest.MonkeyPatch, *names: str, **caps: object
) -> World:
    """Return a world of the zones *names*; the first holds the example's records."""
    patch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    all_names = names or (zones.NAME,)
    fakes = {
        absolute(name): FakeDns(
            None if number == 0 else _other(name), zone=name, **caps
        )
        for number, name in enumerate(all_names)
    }
    tables = tuple(
        DnsTable("fake", name, (name, f"www.{name}"), TARGET, None, TTL)
        for name in all_names
    )
    config = small_config(
        tmp_path / "site", dns=tables, state=State("folder", Settings())
    )
    made = World(config, fakes)
    patch.setattr(
        surveying.dns, "connect", lambda table, _: fakes[absolute(table.zone)]
    )
    _patch_gates(made, patch)
    _patch_servers(made, patch)
    return made


def _other(name: str) -> dict:
    from fallback.core.records import RRset

    return {(absolute(name), "A"): RRset(timedelta(seconds=900), ("192.0.2.20",))}


def _patch_gates(made: World, patch: pytest.MonkeyPatch) -> None:
    def looks(_: Config, names: Iterable[str], target: object) -> tuple[PageLook, ...]:
        return tuple(
            PageLook(name, "198.51.100.7", status=503, ours=True, digest=made.page)
            for name in names
        )

    def zone_look(zone: str, names: Iterable[str], *_: object) -> ZoneLook:
        rrsets = made.zones[absolute(zone)].rrsets
        served = {
            key: rrset.rdatas
            for key, rrset in rrsets.items()
            if key[0] in map(absolute, names)
        }
        return ZoneLook(made.mail, {}, {"ns1": served})

    patch.setattr(evidence, "expected_pages", lambda _: frozenset({PAGE}))
    patch.setattr(evidence, "ways", lambda _: {})  # no name leads to another zone
    patch.setattr(evidence, "page_looks", looks)
    patch.setattr(evidence, "zone_look", zone_look)
    patch.setattr(evidence, "shop_look", lambda *_: observe(made))
    patch.setattr(
        evidence,
        "origin_looks",
        lambda _, names, *__: {name: (observe(made),) for name in names},
    )


def _patch_servers(made: World, patch: pytest.MonkeyPatch) -> None:
    def ask(server: Server, name: str, rtype: str, _: object) -> Answer:
        zone = next(z for z in made.zones if absolute(name).endswith(z))
        rrset = None if made.laggards else made.zones[zone].rrsets.get((name, rtype))
        return Answer(TTL, rrset.rdatas if rrset else (), authoritative=True)

    servers = (Server("ns1.kwiaty.example.", "192.0.2.53"),)
    patch.setattr(settling.resolver, "authoritative", lambda *_: servers)
    patch.setattr(settling.resolver, "ask", ask)
