"""Signed updates to a real Knot that signs its zone, and to a real PowerDNS."""

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import dns.dnssec
import dns.name
import pytest
from attrs import evolve

from fallback.core.check.least_privilege import knot_acl
from fallback.core.errors import CredentialsRefused, Rejected
from fallback.core.records import plan_redirect
from fallback.wire.dns import updates
from tests.contracts.dns import MINUTE, TARGET, WWW, DnsContract, a
from tests.dns.signed import World, provider
from tests.servers import bind, knot, powerdns, zones
from tests.servers.updated import Updated


@pytest.fixture(scope="module")
def signing_knot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Updated]:
    with knot.running(tmp_path_factory.mktemp("knot")) as server:
        yield server


@pytest.fixture(scope="module")
def signing_powerdns(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Updated]:
    with powerdns.running(tmp_path_factory.mktemp("powerdns")) as server:
        yield server


class _Exam(DnsContract):
    """One server for the whole exam, its zone as at first for each question."""

    @pytest.fixture
    def world(self, server: Updated) -> World:
        server.begin_again()
        return World(server, provider(server))

    def test_any_edit_after_our_look_makes_the_server_refuse(
        self, world: World
    ) -> None:
        plan = self.redirect(world)
        message = updates.message(world.server.transfer(), plan, world.provider._key())
        world.edit("mail.kwiaty.example.", "A", a("192.0.2.26", ttl=300))
        theirs = world.records()
        assert world.provider._said_to(message) == "NXRRSET"
        assert world.records() == theirs

    def test_a_key_without_the_right_changes_nothing(self, world: World) -> None:
        plan = self.redirect(world)
        before = world.records()
        with pytest.raises(Rejected) as refused:
            provider(world.server, "narrow").commit(zones.NAME, plan)
        assert "narrow" in str(refused.value.next)
        assert world.records() == before

    def test_an_alias_changes_to_another_and_back(self, world: World) -> None:
        before = world.records()
        self.commit(world, first := self.redirect(world, WWW, target="one.test"))
        self.commit(world, second := self.redirect(world, WWW, target="two.test"))
        assert (WWW, "CNAME", 60, "two.test.") in world.records()
        self.commit(world, second.reverse(epoch=3))
        self.commit(world, first.reverse(epoch=4))
        assert world.records() == before

    def test_what_moves_is_signed_anew(self, world: World) -> None:
        """A zone whose signatures stayed behind would be gone for half the world."""
        self.commit(world, there := self.redirect(world))
        _assert_signed(world.server)
        self.commit(world, there.reverse(epoch=2))
        _assert_signed(world.server)


def _is_signed(server: Updated) -> bool:
    with contextlib.suppress(KeyError, dns.dnssec.ValidationFailure):
        _assert_signed(server)
        return True
    return False


def _until(true: Callable[[], bool]) -> None:
    for _ in range(200):
        if true():
            return
        time.sleep(0.05)
    raise AssertionError("it never came true")


def _assert_signed(server: Updated) -> None:
    """Raise unless each record set at the shop's names has a good signature."""
    zone = server.transfer()
    origin = dns.name.from_text(zones.NAME)
    keys = {origin: zone.find_rdataset(origin, "DNSKEY")}
    for name in (origin, dns.name.from_text(WWW)):
        for rdataset in zone.find_node(name):
            if rdataset.rdtype.name != "RRSIG":
                sigs = zone.find_rdataset(name, "RRSIG", rdataset.rdtype)
                dns.dnssec.validate((name, rdataset), (name, sigs), keys)


class TestKnot(_Exam):
    @pytest.fixture
    def server(self, signing_knot: Updated) -> Updated:
        return signing_knot

    def test_our_key_cannot_touch_the_mail(self, world: World) -> None:
        before = world.records()
        said = world.server.nsupdate("update delete kwiaty.example. MX", key="fallback")
        assert "NOTAUTH" in said
        assert world.records() == before

    def test_an_unknown_key_is_said(self, world: World) -> None:
        settings = evolve(world.provider.settings, key_name="stranger")
        stranger = evolve(world.provider, settings=settings)
        with pytest.raises(CredentialsRefused) as refused:
            stranger.read(zones.NAME, zones.NAMES)
        assert "knows no key" in str(refused.value)


class TestPowerDns(_Exam):
    @pytest.fixture
    def server(self, signing_powerdns: Updated) -> Updated:
        return signing_powerdns


@pytest.fixture(params=["PowerDNS", "BIND"])
def peculiar(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Updated]:
    """PowerDNS shows another SOA than its own; BIND lets nobody touch RRSIG."""
    in_place = "  dnssec-policy default;\n  inline-signing no;\n"
    with (
        powerdns.running(tmp_path, soa_edit="INCEPTION-INCREMENT")
        if request.param == "PowerDNS"
        else bind.running(tmp_path, options=in_place)
    ) as server:
        _until(lambda: _is_signed(server))
        yield server


def test_a_server_with_its_own_idea_of_signing_moves_and_comes_back(
    peculiar: Updated,
) -> None:
    there = provider(peculiar)
    before = there.read(zones.NAME, zones.NAMES)
    records = peculiar.written()
    plan = plan_redirect(before, zones.NAMES, TARGET, MINUTE, epoch=1, caps=there.caps)
    there.commit(zones.NAME, plan)
    assert {key for key in plan.keys if key[1] != "CNAME"} >= set(
        there.read(zones.NAME, zones.NAMES).rrsets
    )
    _assert_signed(peculiar)
    there.commit(zones.NAME, plan.reverse(epoch=2))
    assert peculiar.written() == records
    _assert_signed(peculiar)


def test_where_the_serial_is_made_up_the_data_is_still_compared(
    tmp_path: Path,
) -> None:
    with powerdns.running(tmp_path, soa_edit="INCEPTION-INCREMENT") as server:
        there = provider(server)
        before = there.read(zones.NAME, zones.NAMES)
        plan = plan_redirect(
            before, zones.NAMES, TARGET, MINUTE, epoch=1, caps=there.caps
        )
        weakest = updates.message(
            server.transfer(), plan, there._key(), pin=updates.Pin.MOST_DATA
        )
        server.set("kwiaty.example.", "AAAA", None)
        assert there._said_to(weakest) == "NXRRSET"


def test_on_knot_a_redirect_whose_way_back_is_forbidden_is_refused(
    tmp_path: Path,
) -> None:
    """Without that right Knot would answer NOERROR and lose the CNAME."""
    acl = knot_acl(zones.NAME, zones.NAMES, "fallback").replace(", RRSIG, NSEC", "")
    with knot.running(tmp_path, acl=acl) as server:
        there = provider(server)
        before = server.records()
        plan = plan_redirect(
            there.read(zones.NAME, [WWW]),
            [WWW],
            TARGET,
            MINUTE,
            epoch=1,
            caps=there.caps,
        )
        with pytest.raises(Rejected) as refused:
            there.commit(zones.NAME, plan)
        assert "TXT, RRSIG, NSEC" in str(refused.value.next)
        assert server.records() == before
