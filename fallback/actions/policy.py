"""Says what a stolen credential could do, and prints the narrowest one there is."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from attrs import frozen

from fallback import dns, stores
from fallback.core.check.least_privilege import Rights
from fallback.core.config import Config, DnsTable
from fallback.core.errors import UsageError
from fallback.core.text import Sayable, T


@frozen
class PolicyResult:
    """The rights of each zone's credential, in the order of fallback.toml.

    ``state`` are those of the key to a state that several machines share.
    """

    zones: tuple[tuple[DnsTable, Rights], ...]
    state: Rights | None = None
    code: ClassVar[int] = 0

    def told(self) -> Iterator[Sayable]:
        """See ``fallback.core.result.Result``."""
        for table, rights in self.zones:
            yield T("{zone} ({provider})", zone=table.zone, provider=table.provider)
            if not rights.stolen:
                yield T("  a person types the records: there is nothing to steal here")
            yield from _told(rights)
        if self.state is not None:
            yield T("the state that several machines share")
            yield from _told(self.state)

    def as_json(self) -> Mapping[str, Any]:
        """See ``fallback.core.result.Result``."""
        return {
            "policies": [
                {"zone": table.zone, "provider": table.provider, **_as_json(rights)}
                for table, rights in self.zones
            ],
            "state": None if self.state is None else _as_json(self.state),
        }


def _told(rights: Rights) -> Iterator[Sayable]:
    for each in rights.stolen:
        yield T("  whoever steals the credential can {end}", end=each)
    for grant in rights.narrowest:
        yield T("  the narrowest right, {where}:", where=grant.where)
        yield from (f"    {line}" for line in grant.text.splitlines())


def _as_json(rights: Rights) -> Mapping[str, Any]:
    return {
        "stolen": [str(each) for each in rights.stolen],
        "narrowest": [
            {"where": str(grant.where), "text": grant.text}
            for grant in rights.narrowest
        ],
    }


def policy(config: Config) -> PolicyResult:
    """Return the rights for each zone, and for a state that several machines share.

    Raises ``UsageError`` without either.
    """
    state = stores.rights(config.state)
    if not config.dns and state is None:
        raise UsageError(
            T("no zone is configured, so there is no DNS credential"),
            next=T("add a [[dns]] table to fallback.toml"),
        )
    zones = tuple((table, dns.rights(table)) for table in config.dns)
    return PolicyResult(zones, state)
