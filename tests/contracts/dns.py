"""The exam of ``core.ports.DnsProvider``: every provider, the fake included, passes it.

A subclass gives a ``world`` that holds the zone of ``tests.servers.zones``.
"""

from datetime import timedelta
from ipaddress import ip_address
from typing import Any, Protocol

import pytest

from fallback.core.errors import Conflict, Rejected
from fallback.core.ports import DnsProvider
from fallback.core.records import (
    Change,
    Commit,
    Key,
    Marker,
    Plan,
    RRset,
    Snapshot,
    Standing,
    classify,
    marker_key,
    plan_redirect,
)
from fallback.dns import Part
from tests.servers import zones

APEX, WWW, SHOP = ("kwiaty.example.", "www.kwiaty.example.", "shop.kwiaty.example.")
MINUTE = timedelta(seconds=60)
TARGET = (
    ip_address("198.51.100.7"),
    ip_address("198.51.100.8"),
    ip_address("2001:db8:f::7"),
)


class World(Protocol):
    """One zone, its operator's interface, and the others who may touch it."""

    @property
    def provider(self) -> DnsProvider:
        """The interface under examination."""

    def records(self) -> frozenset[zones.Record]:
        """Return every record that the zone's servers give; the SOA's serial is 0."""

    def edit(self, name: str, rtype: str, rrset: RRset | None) -> None:
        """Somebody else makes *name* hold *rrset*."""

    def carry_out(self, commit: Commit) -> None:
        """Do what a person still has to do."""


SIGNATURES = ("RRSIG", "NSEC", "NSEC3", "NSEC3PARAM", "DNSKEY", "CDS", "CDNSKEY")


def a(*addresses: str, ttl: int = 60) -> RRset:
    return RRset(timedelta(seconds=ttl), addresses)


class DnsContract:
    """What the engine relies on."""

    lists = True
    """Whether the provider can list its zone."""
    tells_wildcards = True
    """Whether the provider can tell a record from what a wildcard makes up."""

    def read(self, world: World, *names: str) -> Snapshot:
        return world.provider.read(zones.NAME, names or zones.NAMES)

    def commit(self, world: World, plan: Plan) -> None:
        world.carry_out(world.provider.commit(zones.NAME, plan))

    def redirect(
        self,
        world: World,
        *names: str,
        target: Any = TARGET,
        epoch: int = 1,
    ) -> Plan:
        return plan_redirect(
            self.read(world, *names),
            names or zones.NAMES,
            target,
            MINUTE,
            epoch=epoch,
            caps=world.provider.caps,
        )

    def test_it_reads_every_web_record_and_absence_as_absence(
        self, world: World
    ) -> None:
        assert self.read(world).rrsets == {
            (APEX, "A"): a("192.0.2.10", "192.0.2.11", ttl=300),
            (APEX, "AAAA"): a("2001:db8::10", ttl=300),
            (APEX, "HTTPS"): a(
                '1 . alpn="h2,h3" ipv4hint="192.0.2.10,192.0.2.11"', ttl=300
            ),
            (WWW, "CNAME"): a("kwiaty.example.", ttl=600),
        }

    def test_names_are_the_same_in_any_spelling(self, world: World) -> None:
        spelled = world.provider.read("Kwiaty.Example.", ["WWW.kwiaty.EXAMPLE"])
        assert spelled.rrsets == self.read(world, WWW).rrsets != {}

    def test_one_that_lists_its_zone_leaves_nothing_out(self, world: World) -> None:
        assert hasattr(world.provider, "listing") is self.lists
        if not self.lists:
            return
        listed = world.provider.listing(zones.NAME)
        assert listed.whole
        for owner, rtype, _, _ in world.records():
            name = owner.replace("\\052", "*")
            if rtype not in ("SOA", "NS", "CAA", "MX", *SIGNATURES):
                assert (name, rtype) in {(e.name, e.type) for e in listed.sets}, name
        assert ("panel.kwiaty.example.", ("www.kwiaty.example.",)) in {
            (e.name, e.rdatas) for e in listed.sets if e.type == "CNAME"
        }
        assert "*.kwiaty.example." in {e.name for e in listed.sets}

    def test_what_a_wildcard_makes_up_is_no_record(self, world: World) -> None:
        made_up = self.read(world, SHOP).rrsets
        if self.tells_wildcards:
            assert made_up == {}
        else:
            assert made_up == {(SHOP, "A"): a("192.0.2.99", ttl=3600)}

    def test_what_was_written_reads_back_equal(self, world: World) -> None:
        plan = self.redirect(world)
        self.commit(world, plan)
        assert set(classify(plan, self.read(world)).values()) == {Standing.AFTER}

    @pytest.mark.parametrize("target", [TARGET, TARGET[:1], TARGET[2:]])
    def test_there_and_back_every_record_is_as_it_was(
        self, world: World, target: object
    ) -> None:
        before = world.records()
        there = self.redirect(world, target=target)
        self.commit(world, there)
        assert world.records() != before
        self.commit(world, there.reverse(epoch=2))
        assert world.records() == before

    def test_a_host_name_there_and_back(self, world: World) -> None:
        before = world.records()
        there = self.redirect(world, WWW, target="page.elsewhere.test")
        self.commit(world, there)
        assert (WWW, "CNAME", 60, "page.elsewhere.test.") in world.records()
        self.commit(world, there.reverse(epoch=2))
        assert world.records() == before

    def test_a_name_that_was_not_there_is_gone_again(self, world: World) -> None:
        before = world.records()
        there = self.redirect(world, SHOP)
        self.commit(world, there)
        assert (SHOP, "A", 60, "198.51.100.7") in world.records()
        self.commit(world, there.reverse(epoch=2))
        assert world.records() == before

    def test_nothing_but_the_plans_keys_changes(self, world: World) -> None:
        before = world.records()
        plan = self.redirect(world)
        self.commit(world, plan)
        touched = {(name, rtype) for name, rtype, *_ in before ^ world.records()}
        assert touched == set(plan.keys)

    def test_the_marker_comes_and_goes_with_the_records(self, world: World) -> None:
        key = marker_key(zones.NAME)
        there = self.redirect(world, epoch=7)
        self.commit(world, there)
        seen = self.read(world)
        assert Marker.parse(seen.get(key)) == Marker(7, "redirected")
        self.commit(world, there.reverse(epoch=8))
        assert self.read(world).get(key) is None

    def test_a_part_of_the_zone_has_a_marker_and_a_way_back_of_its_own(
        self, world: World
    ) -> None:
        """A drill: the whole zone's own marker is neither seen nor touched."""
        part = "fallback-drill.kwiaty.example"
        name, key = f"x7k2.{part}.", marker_key(part)
        mine = Part(world.provider, zones.NAME)
        self.commit(world, self.redirect(world, WWW))
        before = world.records()
        seen, caps = mine.read(part, (name,)), mine.caps
        assert seen.get(key) is None
        plan = plan_redirect(seen, (name,), TARGET, MINUTE, epoch=5, caps=caps)
        world.carry_out(mine.commit(part, plan))
        assert (name, "A", 60, "198.51.100.7") in world.records()
        there = mine.read(part, (name,))
        assert Marker.parse(there.get(key)) == Marker(5, "redirected")
        world.carry_out(mine.commit(part, plan.reverse(epoch=6)))
        if self.tells_wildcards:
            assert world.records() == before
        else:  # what a wildcard makes up was typed again
            assert mine.read(part, (name,)).rrsets == seen.rrsets

    def test_the_way_back_may_leave_a_marker(self, world: World) -> None:
        there = self.redirect(world)
        self.commit(world, there)
        key = marker_key(zones.NAME)
        stay = Marker(2, "primary").rrset()
        back = Plan(
            there.zone,
            2,
            tuple(
                Change(*c.key, c.before, stay) if c.key == key else c
                for c in there.reverse(epoch=2).changes
            ),
        )
        self.commit(world, back)
        assert self.read(world).get(key) == stay

    def test_a_part_of_the_way_back_is_possible(self, world: World) -> None:
        before = world.records()
        there = self.redirect(world)
        self.commit(world, there)
        back = there.reverse(epoch=2)
        www = back.only([key for key in back.keys if key[0] == WWW])
        self.commit(world, www)
        assert {r for r in world.records() if r[0] == WWW} == {
            r for r in before if r[0] == WWW
        }
        rest = back.only([key for key in back.keys if key[0] != WWW])
        self.commit(world, rest)
        assert world.records() == before

    @pytest.mark.parametrize(
        ("name", "rtype", "foreign"),
        [
            (APEX, "A", a("203.0.113.5", ttl=300)),
            (APEX, "A", a("192.0.2.10", ttl=300)),
            (APEX, "AAAA", None),
            (WWW, "CNAME", a("mail.kwiaty.example.", ttl=600)),
            (*marker_key(zones.NAME), Marker(9, "redirected").rrset()),
        ],
        ids=["value", "one of two", "removed", "alias", "marker"],
    )
    def test_somebody_elses_edit_wins(
        self, world: World, name: str, rtype: str, foreign: RRset | None
    ) -> None:
        plan = self.redirect(world)
        world.edit(name, rtype, foreign)
        theirs = world.records()
        with pytest.raises(Conflict) as refused:
            self.commit(world, plan)
        assert refused.value.what
        assert world.records() == theirs

    def test_a_ttl_that_somebody_set_anew_counts(self, world: World) -> None:
        plan = self.redirect(world)
        world.edit(APEX, "A", a("192.0.2.10", "192.0.2.11", ttl=301))
        with pytest.raises(Conflict):
            self.commit(world, plan)

    def test_an_edit_elsewhere_in_the_zone_stays(self, world: World) -> None:
        plan = self.redirect(world)
        world.edit("mail.kwiaty.example.", "A", a("192.0.2.26", ttl=300))
        with_theirs = world.records()
        self.commit(world, plan)
        self.commit(world, plan.reverse(epoch=2))
        assert world.records() == with_theirs

    def test_doing_it_twice_changes_nothing(self, world: World) -> None:
        plan = self.redirect(world)
        self.commit(world, plan)
        done = world.records()
        with pytest.raises(Conflict):
            self.commit(world, plan)
        assert world.records() == done

    def test_a_ttl_alone_is_a_change(self, world: World) -> None:
        before = self.read(world).rrsets[(APEX, "A")]
        shorter = RRset(MINUTE, before.rdatas)
        plan = Plan(zones.NAME + ".", 1, (Change(APEX, "A", before, shorter),))
        self.commit(world, plan)
        assert self.read(world).rrsets[(APEX, "A")] == shorter
        self.commit(world, plan.reverse(epoch=2))
        assert self.read(world).rrsets[(APEX, "A")] == before

    def test_a_cname_beside_other_records_is_refused(self, world: World) -> None:
        name = "_dmarc.kwiaty.example."
        before = world.records()
        change = Change(name, "CNAME", None, a("page.elsewhere.test."))
        with pytest.raises(Rejected):
            self.commit(world, Plan(zones.NAME + ".", 1, (change,)))
        assert world.records() == before

    def test_service_records_there_and_back(self, world: World) -> None:
        key: Key = (APEX, "SVCB")
        rrset = a('2 svc.elsewhere.test. alpn="h2" port="8443"', ttl=120)
        world.edit(*key, rrset)
        before = world.records()
        there = self.redirect(world)
        assert self.read(world).get(key) == rrset
        self.commit(world, there)
        assert self.read(world).get(key) is None
        self.commit(world, there.reverse(epoch=2))
        assert world.records() == before
