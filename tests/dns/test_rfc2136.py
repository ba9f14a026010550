"""Signed updates to a real BIND."""

import base64
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from attrs import evolve, frozen

from fallback.core.check.least_privilege import bind_policy
from fallback.core.config import Network, SecretRef
from fallback.core.errors import (
    CredentialsRefused,
    Rejected,
    Unavailable,
    Unknown,
)
from fallback.core.records import Standing, classify, plan_redirect
from fallback.dns import rfc2136
from fallback.wire.dns import updates
from tests.contracts.dns import MINUTE, TARGET, DnsContract, a
from tests.dns.signed import World, provider, settings
from tests.servers import zones
from tests.servers.bind import SECRETS, Bind, free_port, running


@frozen
class _World(World):
    """The zone on BIND, whose log proves the faults."""

    bind: Bind


class TestRfc2136(DnsContract):
    @pytest.fixture
    def world(self, bind: Bind) -> _World:
        return _World(bind, provider(bind), bind)

    def test_a_wrong_secret_is_said(self, world: _World) -> None:
        """Faults here are proved by BIND's own log."""
        plan = self.redirect(world)
        wrong = base64.b64encode(b"not the secret").decode()
        stranger = rfc2136.Rfc2136(settings(world.bind), wrong)
        for call in (
            partial(stranger.read, zones.NAME, zones.NAMES),
            partial(stranger.commit, zones.NAME, plan),
        ):
            with pytest.raises(CredentialsRefused) as refused:
                call()
            assert "the secret is not the one it has" in str(refused.value)
            assert wrong not in str(refused.value)
        assert "tsig verify failure (BADSIG)" in world.bind.log()

    def test_an_unknown_key_is_said(self, world: _World) -> None:
        stranger = evolve(settings(world.bind), key_name="stranger")
        with pytest.raises(CredentialsRefused) as refused:
            rfc2136.Rfc2136(stranger, SECRETS["fallback"]).read(zones.NAME, [])
        assert "knows no key" in str(refused.value)
        assert "(BADKEY)" in world.bind.log()

    def test_a_refused_key_is_said_for_the_update_too(self, world: _World) -> None:
        plan = self.redirect(world)
        before = world.records()
        wrong = base64.b64encode(b"not the secret").decode()
        bad = rfc2136.Rfc2136(settings(world.bind), wrong)
        message = updates.message(world.bind.transfer(), plan, bad._key())
        with pytest.raises(CredentialsRefused):
            bad._said_to(message)
        assert "(BADSIG)" in world.bind.log()
        assert world.records() == before

    def test_a_clock_that_is_wrong_is_said(self, world: _World) -> None:
        with (
            time_machine.travel(0, tick=True),
            pytest.raises(CredentialsRefused) as refused,
        ):
            world.provider.read(zones.NAME, zones.NAMES)
        assert "clock" in str(refused.value)
        assert "(BADTIME)" in world.bind.log()

    def test_a_secret_that_is_not_base64_is_said(self, world: _World) -> None:
        with pytest.raises(CredentialsRefused) as refused:
            rfc2136.Rfc2136(settings(world.bind), "x").read(zones.NAME, [])
        assert "base64" in str(refused.value)

    def test_a_key_without_the_right_changes_nothing(self, world: _World) -> None:
        plan = self.redirect(world)
        before = world.records()
        with pytest.raises(Rejected) as refused:
            provider(world.bind, "narrow").commit(zones.NAME, plan)
        assert "REFUSED" in str(refused.value)
        assert "update-policy" in str(refused.value.next)
        assert "rejected by secure update" in world.bind.log()
        assert world.records() == before

    def test_our_key_cannot_touch_the_mail(self, world: _World) -> None:
        """The rights that we recommend are as narrow as the planner."""
        before = world.records()
        said = world.bind.nsupdate("update delete kwiaty.example. MX", key="fallback")
        assert "REFUSED" in said
        assert world.records() == before

    def test_a_zone_that_is_not_there_is_said(self, world: _World) -> None:
        with pytest.raises(Rejected) as refused:
            world.provider.read("other.example", ["other.example"])
        assert "NOTAUTH" in str(refused.value)

    def test_nobody_at_the_port_is_unavailable(self, world: _World) -> None:
        deaf = evolve(settings(world.bind), server=f"127.0.0.1:{free_port()}")
        plan = self.redirect(world)
        absent = rfc2136.Rfc2136(deaf, SECRETS["fallback"])
        message = updates.message(world.bind.transfer(), plan, absent._key())
        with pytest.raises(Unavailable):
            absent.read(zones.NAME, zones.NAMES)
        with pytest.raises(Unavailable):
            absent._said_to(message)

    def test_the_server_itself_refuses_a_race(self, world: _World) -> None:
        """The edit comes after our own comparison, so only BIND can see it."""
        plan = self.redirect(world)
        stale = world.bind.transfer()
        world.bind.set("kwiaty.example.", "A", a("203.0.113.5", ttl=300))
        theirs = world.records()
        message = updates.message(stale, plan, world.provider._key())
        assert world.provider._said_to(message) == "NXRRSET"
        assert world.records() == theirs

    def test_the_server_refuses_even_a_ttl_race(self, world: _World) -> None:
        """Prerequisites ignore TTL (RFC 2136 section 2.4); the SOA's does not."""
        plan = self.redirect(world)
        stale = world.bind.transfer()
        world.bind.set("kwiaty.example.", "AAAA", a("2001:db8::10", ttl=4711))
        theirs = world.records()
        message = updates.message(stale, plan, world.provider._key())
        assert world.provider._said_to(message) == "NXRRSET"
        assert world.records() == theirs

    def test_a_lost_answer_is_unknown_and_the_change_may_be_there(
        self, world: _World
    ) -> None:
        plan = self.redirect(world)
        with _losing_answers_to_updates(world.bind.port) as (port, lost):
            behind = evolve(settings(world.bind), server=f"127.0.0.1:{port}")
            with pytest.raises(Unknown):
                rfc2136.Rfc2136(behind, SECRETS["fallback"]).commit(zones.NAME, plan)
        assert lost == [5]
        assert self.read(world).get(plan.keys[0]) is not None

    def test_the_server_may_be_a_name_that_the_configured_resolver_knows(
        self, world: _World
    ) -> None:
        named = evolve(
            settings(world.bind), server=f"ns1.kwiaty.example:{world.bind.port}"
        )
        network = Network(resolvers=(world.bind.server,))
        there = rfc2136.Rfc2136(named, SECRETS["fallback"], network)
        assert there.read(zones.NAME, zones.NAMES) == self.read(world)


def test_exactly_the_printed_policy_is_enough(tmp_path: Path) -> None:
    """And whoever has the key cannot take the shop's mail."""
    rights = bind_policy(zones.NAME, zones.NAMES, "fallback")
    with running(tmp_path / "bind", rights=rights) as server:
        there = provider(server)
        before = there.read(zones.NAME, zones.NAMES)
        plan = plan_redirect(
            before, zones.NAMES, TARGET, MINUTE, epoch=1, caps=there.caps
        )
        there.commit(zones.NAME, plan)
        for line in (
            "update delete kwiaty.example. MX",
            "update delete kwiaty.example. NS",
            "update add kwiaty.example. 60 TXT theirs",
            "update delete mail.kwiaty.example. A",
            "update add shop.kwiaty.example. 60 A 203.0.113.5",
        ):
            assert "REFUSED" in server.nsupdate(line, key="fallback")
        there.commit(zones.NAME, plan.reverse(epoch=2))
        assert there.read(zones.NAME, zones.NAMES).rrsets == before.rrsets


@pytest.fixture
def signing(tmp_path: Path) -> Iterator[Bind]:
    """A BIND that shows another SOA than the one it compares with."""
    options = "  dnssec-policy default;\n  inline-signing yes;\n"
    with running(tmp_path / "bind", options=options) as bind:
        _until(lambda: "RRSIG" in {rtype for _, rtype, *_ in bind.records()})
        yield bind


def _until(true: Callable[[], bool]) -> None:
    for _ in range(200):
        if true():
            return
        time.sleep(0.05)
    raise AssertionError("it never came true")


def test_a_zone_that_is_signed_inline_moves_and_comes_back(signing: Bind) -> None:
    there = provider(signing)
    before = there.read(zones.NAME, zones.NAMES)
    plan = plan_redirect(before, zones.NAMES, TARGET, MINUTE, epoch=1, caps=there.caps)
    message = updates.message(signing.transfer(), plan, there._key())
    assert there._said_to(message) == "NXRRSET"
    there.commit(zones.NAME, plan)

    def stand() -> set[Standing]:
        return set(classify(plan, there.read(zones.NAME, zones.NAMES)).values())

    _until(lambda: stand() == {Standing.AFTER})
    there.commit(zones.NAME, plan.reverse(epoch=2))
    _until(lambda: stand() == {Standing.BEFORE})
    assert there.read(zones.NAME, zones.NAMES).rrsets == before.rrsets


def test_signed_inline_too_the_server_itself_refuses_a_race(signing: Bind) -> None:
    there = provider(signing)
    plan = plan_redirect(
        there.read(zones.NAME, zones.NAMES),
        zones.NAMES,
        TARGET,
        MINUTE,
        epoch=1,
        caps=there.caps,
    )
    message = updates.message(
        signing.transfer(), plan, there._key(), pin=updates.Pin.DATA
    )
    signing.set("kwiaty.example.", "HTTPS", None)
    assert there._said_to(message) == "NXRRSET"


@contextmanager
def _losing_answers_to_updates(upstream: int) -> Iterator[tuple[int, list[int]]]:
    """A line to the server that is cut after an update was carried out."""
    lost: list[int] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with client, socket.create_connection(("127.0.0.1", upstream)) as server:
                _relay_one(client, server, lost)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1], lost
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def _relay_one(client: socket.socket, server: socket.socket, lost: list[int]) -> None:
    length = client.recv(2, socket.MSG_WAITALL)
    query = client.recv(int.from_bytes(length), socket.MSG_WAITALL)
    server.sendall(length + query)
    length = server.recv(2, socket.MSG_WAITALL)
    answer = server.recv(int.from_bytes(length), socket.MSG_WAITALL)
    opcode = (answer[2] >> 3) & 0xF
    if opcode == 5:  # UPDATE (RFC 2136 section 1.3)
        lost.append(opcode)
    else:
        client.sendall(length + answer)


def test_the_secret_comes_by_reference(bind: Bind, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(SECRETS["fallback"] + "\n")
    table = evolve(settings(bind), key_secret=SecretRef("file", "key"))
    connected = rfc2136.connect(table, _config(tmp_path))
    assert connected.read(zones.NAME, zones.NAMES).version == "2026010107"
    assert SECRETS["fallback"] not in repr(connected)


def _config(root: Path) -> Any:
    return SimpleNamespace(root=root, network=Network())


def test_a_server_without_a_number_for_a_port_is_a_complaint() -> None:
    table = rfc2136.Settings("ns1.example:dns", "k", SecretRef("env", "K"))
    assert [key for key, _ in table.complaints()] == ["server"]
