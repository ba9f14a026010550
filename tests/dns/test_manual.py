"""A person in front of a panel, who types exactly what the steps say."""

import re
from datetime import timedelta
from ipaddress import ip_address
from itertools import chain
from pathlib import Path
from types import SimpleNamespace

import pytest
from attrs import evolve, frozen

from fallback.core.config import Network
from fallback.core.errors import Unavailable
from fallback.core.records import Change, Commit, RRset
from fallback.dns import manual
from fallback.wire.dns.nameservers import Server
from tests.contracts.dns import MINUTE, SHOP, TARGET, DnsContract, a
from tests.servers import zones
from tests.servers.bind import Bind, free_port, running


def person(bind: Bind) -> manual.Manual:
    return manual.connect(
        manual.Settings(servers=(bind.server,)),
        SimpleNamespace(network=Network(allow_private=True)),  # type: ignore[arg-type]
    )


_ADD = re.compile(r"add (\S+) (\S+) (.+), TTL (\d+) s")
_DELETE = re.compile(r"delete (\S+) (\S+) (.+)")
_CHANGE = re.compile(r"change (\S+) (\S+) from (.+) to (.+), TTL (\d+) s")
_TTL = re.compile(r"set the TTL of (\S+) (\S+) (.+) to (\d+) s")


def typed(step: str) -> list[str]:
    """Return what a person who knows nsupdate types for *step*."""
    if found := _ADD.fullmatch(step):
        rtype, name, data, ttl = found.groups()
        return [f"update add {name}. {ttl} {rtype} {data}"]
    if found := _DELETE.fullmatch(step):
        rtype, name, data = found.groups()
        return [f"update delete {name}. {rtype} {data}"]
    if found := _CHANGE.fullmatch(step):
        rtype, name, old, new, ttl = found.groups()
        return [
            f"update delete {name}. {rtype} {old}",
            f"update add {name}. {ttl} {rtype} {new}",
        ]
    found = _TTL.fullmatch(step)
    assert found, step
    rtype, name, data, ttl = found.groups()
    return [
        f"update delete {name}. {rtype} {data}",
        f"update add {name}. {ttl} {rtype} {data}",
    ]


@frozen
class _World:
    bind: Bind
    provider: manual.Manual

    def records(self) -> frozenset[zones.Record]:
        return self.bind.records()

    def edit(self, name: str, rtype: str, rrset: RRset | None) -> None:
        self.bind.set(name, rtype, rrset)

    def carry_out(self, commit: Commit) -> None:
        assert commit.by_hand
        lines = [(*typed(str(step)), "send") for step in commit.by_hand]
        assert self.bind.nsupdate(*chain.from_iterable(lines)) == ""


class TestManual(DnsContract):
    lists = False
    tells_wildcards = False

    # a query cannot tell what a wildcard makes up, nor see types it does not ask for
    test_a_name_that_was_not_there_is_gone_again = None  # type: ignore[assignment]
    test_a_cname_beside_other_records_is_refused = None  # type: ignore[assignment]
    # a panel rounds a TTL by itself, so it is no sign of somebody else
    test_a_ttl_that_somebody_set_anew_counts = None  # type: ignore[assignment]

    @pytest.fixture
    def world(self, bind: Bind) -> _World:
        return _World(bind, person(bind))

    def test_the_steps_are_exact_and_in_an_order_that_is_safe(
        self, world: _World
    ) -> None:
        there = self.redirect(world, target=(ip_address("198.51.100.7"),))
        steps = [str(s) for s in world.provider.commit(zones.NAME, there).by_hand]
        marker = '"v=fallback1 epoch=1 state=redirected"'
        https = '1 . alpn="h2,h3" ipv4hint="192.0.2.10,192.0.2.11"'
        assert steps == [
            f"add TXT _fallback.kwiaty.example {marker}, TTL 60 s",
            "delete AAAA kwiaty.example 2001:db8::10",
            f"delete HTTPS kwiaty.example {https}",
            "change A kwiaty.example from 192.0.2.10 to 198.51.100.7, TTL 60 s",
            "delete A kwiaty.example 192.0.2.11",
            "delete CNAME www.kwiaty.example kwiaty.example.",
            "add A www.kwiaty.example 198.51.100.7, TTL 60 s",
        ]
        world.carry_out(world.provider.commit(zones.NAME, there))
        back = world.provider.commit(zones.NAME, there.reverse(epoch=2)).by_hand
        assert str(back[-1]).startswith("delete TXT _fallback.kwiaty.example ")

    def test_what_may_come_from_a_wildcard_is_said(self, world: _World) -> None:
        there = self.redirect(world, SHOP, target=TARGET[2:])
        steps = [str(s) for s in world.provider.commit(zones.NAME, there).by_hand]
        assert "delete A shop.kwiaty.example 192.0.2.99 – if the panel" in steps[1]

    def test_servers_that_disagree_are_named_until_they_agree(
        self, world: _World, tmp_path: Path
    ) -> None:
        with running(tmp_path / "second") as second:
            two = evolve(
                world.provider,
                servers=(*world.provider.servers, Server.parse(second.server)),
            )
            same = two.read(zones.NAME, zones.NAMES)
            assert same.rrsets == self.read(world).rrsets
            world.bind.set("kwiaty.example.", "A", a("203.0.113.5", ttl=300))
            with pytest.raises(Unavailable) as refused:
                two.read(zones.NAME, zones.NAMES)
            said = str(refused.value)
            assert "A kwiaty.example" in said
            assert "203.0.113.5 (TTL 300 s)" in said
            assert world.bind.server in said
            assert second.server in said
            second.set("kwiaty.example.", "A", a("203.0.113.5", ttl=300))
            after = two.read(zones.NAME, zones.NAMES)
            assert after.rrsets["kwiaty.example.", "A"] == a("203.0.113.5", ttl=300)

    def test_a_dead_name_server_holds_nobody_up(
        self, world: _World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(
            "fallback.wire.dns.nameservers.LIMIT", timedelta(seconds=0.2)
        )
        dead = Server("dead", "127.0.0.1", free_port())
        two = evolve(world.provider, servers=(dead, *world.provider.servers))
        assert two.read(zones.NAME, zones.NAMES) == self.read(world)
        alone = evolve(world.provider, servers=(dead,))
        with pytest.raises(Unavailable):
            alone.read(zones.NAME, zones.NAMES)

    def test_without_servers_the_authority_is_found(self, world: _World) -> None:
        lab = manual.Manual(network=Network(resolvers=(world.bind.server,)))
        assert lab.read(zones.NAME, zones.NAMES) == self.read(world)


def test_a_server_that_is_a_name_is_a_complaint() -> None:
    complaints = manual.Settings(("192.0.2.1", "[2001:db8::1]:53", "ns1")).complaints()
    assert [key for key, _ in complaints] == ["servers"]


def test_a_ttl_alone_is_one_step() -> None:
    before = a("192.0.2.1", ttl=300)
    change = Change("x.example.", "A", before, RRset(MINUTE, before.rdatas))
    assert [str(step) for step in manual._steps(change, None)] == [
        "set the TTL of A x.example 192.0.2.1 to 60 s"
    ]
