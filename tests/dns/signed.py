"""The zone of a name server that takes signed updates, for the providers' exam."""

from attrs import frozen

from fallback.core.config import SecretRef
from fallback.core.records import Commit, RRset
from fallback.dns import rfc2136
from tests.servers import zones
from tests.servers.updated import SECRETS, Updated


def settings(server: Updated, key: str = "fallback") -> rfc2136.Settings:
    return rfc2136.Settings(
        server=server.server, key_name=key, key_secret=SecretRef("env", "DNS_KEY")
    )


def provider(server: Updated, key: str = "fallback") -> rfc2136.Rfc2136:
    return rfc2136.Rfc2136(settings(server, key), SECRETS[key])


@frozen
class World:
    """See ``tests.contracts.dns.World``."""

    server: Updated
    provider: rfc2136.Rfc2136

    def records(self) -> frozenset[zones.Record]:
        return self.server.written()

    def edit(self, name: str, rtype: str, rrset: RRset | None) -> None:
        self.server.set(name, rtype, rrset)

    def carry_out(self, commit: Commit) -> None:
        assert commit.by_hand == ()
