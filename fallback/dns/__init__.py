"""DNS operators' interfaces: one file a provider.

A module of this package named like its kind holds ``Settings``, the keys it takes in
``fallback.toml``, and ``connect(settings, config)``. Importing it is cheap: SDKs are
imported inside, so that reading the configuration loads none of them.
"""

from collections.abc import Collection
from importlib import import_module
from typing import cast

from attrs import evolve, frozen

from fallback.core.check.least_privilege import Rights
from fallback.core.config import Config, DnsTable
from fallback.core.ports import DnsProvider
from fallback.core.records import (
    Caps,
    Commit,
    Plan,
    Snapshot,
    absolute,
    marker_key,
)
from fallback.wire.kinds import Kinds

KINDS = ("manual", "zonefile", "rfc2136", "cloudflare", "route53", "octodns")
"""Every provider there is, by the word the owner writes."""


def settings() -> Kinds:
    """Return each kind's settings class, for ``fallback.core.settings.toml.parse``."""
    return Kinds(__name__, KINDS)


def connect(table: DnsTable, config: Config) -> DnsProvider:
    """Return the adapter that *table* describes. Raises ``CredentialsRefused``."""
    module = import_module(f"{__name__}.{table.provider}")
    provider = cast(DnsProvider, module.connect(table.settings, config))
    return Part(provider, table.within) if table.within else provider


@frozen
class Part:
    """A part of a zone, read and written as if it were a zone of its own.

    Its marker stands in it, so that nobody takes a decision about the part for one
    about the zone ``whole``, whose own marker is not even seen.
    """

    provider: DnsProvider
    whole: str

    @property
    def caps(self) -> Caps:
        """See ``fallback.core.ports.DnsProvider``."""
        return self.provider.caps

    def read(self, zone: str, names: Collection[str]) -> Snapshot:
        """See ``fallback.core.ports.DnsProvider``."""
        there = self.provider.read(self.whole, (*names, marker_key(zone)[0]))
        foreign = marker_key(self.whole)
        mine = {key: rrset for key, rrset in there.rrsets.items() if key != foreign}
        return evolve(there, zone=absolute(zone), rrsets=mine)

    def commit(self, zone: str, plan: Plan) -> Commit:
        """See ``fallback.core.ports.DnsProvider``.

        Raises ``ValueError`` for a plan that is not wholly in the part.
        """
        part = absolute(zone)
        if not all(change.name.endswith(f".{part}") for change in plan.changes):
            raise ValueError(f"not all of the plan is in {part}")
        return self.provider.commit(self.whole, evolve(plan, zone=absolute(self.whole)))


def copied(table: DnsTable, config: Config) -> str | None:
    """Return the whole zone of *table* as a master file, in Latin-1.

    ``None`` where the operator's interface gives no zone away. Raises like ``read``.
    """
    module = import_module(f"{__name__}.{table.provider}")
    copy = getattr(module, "copied", None)
    return cast(str, copy(table, config)) if copy else None


def rights(table: DnsTable) -> Rights:
    """Return what the credential of *table* could do if it were stolen.

    Nothing is asked of anybody: what a credential may do beyond the narrowest right,
    most operators do not tell.
    """
    module = import_module(f"{__name__}.{table.provider}")
    return cast(Rights, module.rights(table))
