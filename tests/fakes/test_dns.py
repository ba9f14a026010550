"""The DNS operator in memory passes the exam, and fails when it is asked to."""

import pytest

from fallback.core.errors import Unavailable, Unknown
from fallback.core.records import Commit, RRset
from tests.contracts.dns import DnsContract, World
from tests.fakes.dns import FakeDns, Fault
from tests.servers import zones


class _World:
    def __init__(self) -> None:
        self.provider = FakeDns()

    def records(self) -> frozenset[zones.Record]:
        return self.provider.records()

    def edit(self, name: str, rtype: str, rrset: RRset | None) -> None:
        self.provider.edit(name, rtype, rrset)

    def carry_out(self, commit: Commit) -> None:
        assert commit.by_hand == ()


class TestFakeDns(DnsContract):
    lists = False

    @pytest.fixture
    def world(self) -> World:
        return _World()

    def test_a_lost_answer_may_have_been_written(self, world: _World) -> None:
        plan, fake = self.redirect(world), world.provider
        before = fake.records()
        fake.faults = {2: Fault.LOST_BEFORE_WRITE, 3: Fault.LOST_AFTER_WRITE}
        with pytest.raises(Unknown):
            fake.commit(zones.NAME, plan)
        assert fake.records() == before
        with pytest.raises(Unknown):
            fake.commit(zones.NAME, plan)
        assert fake.records() != before
        assert fake.hit == [Fault.LOST_BEFORE_WRITE, Fault.LOST_AFTER_WRITE]

    def test_a_read_can_fail(self, world: _World) -> None:
        world.provider.faults = {1: Fault.UNAVAILABLE}
        with pytest.raises(Unavailable):
            self.read(world)
        assert world.provider.hit == [Fault.UNAVAILABLE]
