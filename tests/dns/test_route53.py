"""Route 53 by boto3 over HTTP, at a strict fake: there is no real one to be had."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from attrs import frozen

from fallback.core.config import Network, SecretRef
from fallback.core.records import Commit, RRset
from fallback.dns import route53
from tests.contracts.dns import DnsContract
from tests.fakes.route53 import KEY, SECRET, FakeRoute53, running
from tests.servers import zones


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeRoute53]:
    monkeypatch.setenv("R53_KEY", KEY)
    monkeypatch.setenv("R53_SECRET", SECRET)
    with running() as fake:
        yield fake


def provider(account: FakeRoute53, zone_id: str = "") -> route53.Route53:
    settings = route53.Settings(
        zone_id=zone_id,
        endpoint=account.endpoint,
        access_key=SecretRef("env", "R53_KEY"),
        secret_key=SecretRef("env", "R53_SECRET"),
    )
    config = SimpleNamespace(root=None, network=Network())
    return route53.connect(settings, config)  # type: ignore[arg-type]


@frozen
class _World:
    account: FakeRoute53
    provider: route53.Route53

    def records(self) -> frozenset[zones.Record]:
        return self.account.records()

    def edit(self, name: str, rtype: str, rrset: RRset | None) -> None:
        self.account.edit(name, rtype, rrset)

    def carry_out(self, commit: Commit) -> None:
        assert commit == Commit()


@pytest.fixture
def world(account: FakeRoute53) -> _World:
    return _World(account, provider(account))


class TestRoute53(DnsContract):
    """The whole exam."""
