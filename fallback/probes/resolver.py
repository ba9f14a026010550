"""Asks DNS what customers get, and what each name server of a zone says.

Thin over ``fallback.wire.dns.nameservers``, where the questions are asked and bounded.
Nothing here raises for a "no": an absent record is an ``Answer`` without data, and
``None`` means that nobody gave a usable answer.
"""

from collections.abc import Sequence

from fallback.core.config import Network
from fallback.wire import parallel
from fallback.wire.dns.nameservers import (
    Answer,
    Server,
    ask,
    authoritative,
    recall,
    resolve,
)

__all__ = [
    "Answer",
    "Server",
    "addresses",
    "addresses_told",
    "ask",
    "authoritative",
    "online",
    "pointers",
    "recall",
    "resolve",
]


def online(network: Network, domains: Sequence[str] = ()) -> bool:
    """Say whether any resolver answers this machine at all: each knows the root.

    Where resolvers know only zones of their own, they may know one of *domains*.
    """
    asked = [(".", "NS"), *((domain, "SOA") for domain in domains)]
    answers = parallel.each(
        lambda pair: resolve(*pair, network), asked, width=len(asked)
    )
    return any(answer is not None for answer in answers)


def pointers(address: str, network: Network) -> tuple[str, ...]:
    """Return the names that PTR records give *address*."""
    import dns.reversename

    found = resolve(dns.reversename.from_address(address).to_text(), "PTR", network)
    return found.rdatas if found else ()


def addresses(name: str, network: Network) -> tuple[str, ...]:
    """Return the addresses that *name* leads customers to, IPv4 first."""
    return addresses_told(name, network) or ()


def addresses_told(name: str, network: Network) -> tuple[str, ...] | None:
    """Return what ``addresses`` does; ``None`` when nobody answers where it leads."""
    found = [resolve(name, rtype, network) for rtype in ("A", "AAAA")]
    if found == [None, None]:
        return None
    return tuple(address for answer in found if answer for address in answer.rdatas)
