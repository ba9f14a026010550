"""What a vendor's own names tell of a target, where no file can be laid."""

from collections.abc import Collection, Mapping
from typing import cast

from fallback.actions.moving.evidence import typed_names
from fallback.core.check.ownership import Claim, Unasked
from fallback.core.config import Config, DnsTable
from fallback.core.errors import Unavailable
from fallback.core.hosts.known import Known
from fallback.core.ports import Host, Named
from fallback.core.text import T

AGAIN = T("run fallback check --write again, or from another network")


def known_as(host: Host) -> Known | None:
    """Return what the vendor of *host* says of its names; ``None``: it says nothing.

    Raises ``Unavailable``, ``Rejected`` or ``CredentialsRefused``.
    """
    if not hasattr(host, "known_as"):
        return None
    try:
        return cast(Named, host).known_as()
    except Unavailable as error:
        raise Unavailable(error.what, next=AGAIN) from error


def of_target(
    config: Config, zone: DnsTable, known: Mapping[str, Known], laid: Collection[str]
) -> tuple[Claim | None, Unasked | None]:
    """Return whose the target of *zone* is by its name, and what is not told by it.

    *known* is what vendors said, *laid* are the hosts that took a file. A vendor that
    answers by the name in the request has to know the shop's names, too: who else
    claims them there gets their visitors. A target is foreign only if no host of ours
    can be there: a folder may be copied, or built, anywhere.
    """
    if not isinstance(zone.target, str):
        return None, None
    claim = Claim.of(zone.zone, zone.target, known.values(), target=True)
    elsewhere = all(
        table.label in known or (table.label in laid and table.kind != "folder")
        for table in config.hosts
    )
    if claim is None or not (claim.ours or elsewhere):
        return None, None
    typed = typed_names(config, zone.zone, zone.names) if claim.ours else ()
    missing = {name.rstrip(".").lower() for name in typed} - claim.known.taken
    if not missing:
        return claim, None
    label = next(label for label, each in known.items() if each == claim.known)
    return claim, Unasked(
        zone.zone,
        T("at {domain} these names are not said to be yours: {names}",
          domain=claim.known.domain, names=", ".join(sorted(missing))),
        T("see what is to be done with them: fallback setup {host}", host=label),
    )  # fmt: skip
