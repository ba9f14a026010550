"""Says what a stolen DNS credential could do, and prints the narrowest one there is."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from attrs import frozen

from fallback import dns
from fallback.core.check.least_privilege import Rights
from fallback.core.config import Config, DnsTable
from fallback.core.errors import UsageError
from fallback.core.text import Sayable, T


@frozen
class PolicyResult:
    """The rights of each zone's credential, in the order of fallback.toml."""

    zones: tuple[tuple[DnsTable, Rights], ...]
    code: ClassVar[int] = 0

    def told(self) -> Iterator[Sayable]:
        """See ``fallback.core.result.Result``."""
        for table, rights in self.zones:
            yield T("{zone} ({provider})", zone=table.zone, provider=table.provider)
            if not rights.stolen:
                yield T("  a person types the records: there is nothing to steal here")
            for each in rights.stolen:
                yield T("  whoever steals the credential can {end}", end=each)
            for grant in rights.narrowest:
                yield T("  the narrowest right, {where}:", where=grant.where)
                yield from (f"    {line}" for line in grant.text.splitlines())

    def as_json(self) -> Mapping[str, Any]:
        """See ``fallback.core.result.Result``."""
        return {
            "policies": [
                {
                    "zone": table.zone,
                    "provider": table.provider,
                    "stolen": [str(each) for each in rights.stolen],
                    "narrowest": [
                        {"where": str(grant.where), "text": grant.text}
                        for grant in rights.narrowest
                    ],
                }
                for table, rights in self.zones
            ]
        }


def policy(config: Config) -> PolicyResult:
    """Return the rights for each zone; raises ``UsageError`` without one."""
    if not config.dns:
        raise UsageError(
            T("no zone is configured, so there is no DNS credential"),
            next=T("add a [[dns]] table to fallback.toml"),
        )
    return PolicyResult(tuple((table, dns.rights(table)) for table in config.dns))
