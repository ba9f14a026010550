"""Asks the registry who a domain is registered with, and until when.

Which part of a name was registered, no list of ours says: it is a name with name
servers of its own that the registry knows; asked from the longest one up.
"""

from datetime import timedelta

from fallback.core.check.registration import Registration
from fallback.core.config import Network
from fallback.core.holders.companies import landlord, registrable
from fallback.core.settings.addresses import is_address
from fallback.wire import deadline, rdap
from fallback.wire.dns.nameservers import resolve

LIMIT = timedelta(seconds=8)


def look(
    domain: str, network: Network, within: timedelta = LIMIT
) -> Registration | None:
    """Return what the registry of *domain* says; ``None`` when none does *within*.

    A name that a company lends is not asked about: the registration is the company's.
    It never raises.
    """
    if is_address(domain) or "." not in domain or landlord(domain):
        return None
    with deadline.within(within):
        return _registered(domain, network, within)


def _registered(
    domain: str, network: Network, within: timedelta
) -> Registration | None:
    *longer, shortest = _names(domain)
    for name in (*longer, shortest):
        if not deadline.left(within):
            return None
        if name in longer and not _is_zone(name, network):
            continue
        said = rdap.domain(name, network)
        if said is None:
            return None
        if said:
            return Registration.read(said, name)
    return None


def _names(domain: str) -> tuple[str, ...]:
    """Return the names above *domain*, itself included, that may be registered.

    The shortest is always one: a domain that is on hold has no name servers.
    """
    labels = domain.lower().rstrip(".").removeprefix("www.").split(".")
    last = registrable(domain)
    longer = range(len(labels) - last.count(".") - 1)
    return (*(".".join(labels[depth:]) for depth in longer), last)


def _is_zone(name: str, network: Network) -> bool:
    found = resolve(name, "NS", network)
    return found is not None and bool(found.rdatas)
