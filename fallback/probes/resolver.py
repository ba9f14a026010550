"""Asks DNS what customers get, and what each name server of a zone says.

Thin over ``fallback.wire.dns``, where the questions are asked and bounded. Nothing here
raises for a "no": an absent record is an ``Answer`` without data, and ``None`` means
that nobody gave a usable answer.
"""

from collections.abc import Iterable, Iterator
from ipaddress import ip_address

from fallback.core.config import Network
from fallback.core.records import absolute
from fallback.wire.dns import Answer, Server, ask, authoritative, recall, resolve

__all__ = [
    "Answer",
    "Server",
    "addresses",
    "ask",
    "authoritative",
    "issuers",
    "pointers",
    "recall",
    "resolve",
]


def addresses(name: str, network: Network) -> tuple[str, ...]:
    """Return the addresses that *name* leads customers to, IPv4 first."""
    found = (resolve(name, rtype, network) for rtype in ("A", "AAAA"))
    return tuple(address for answer in found if answer for address in answer.rdatas)


def pointers(address: str, network: Network) -> tuple[str, ...]:
    """Return the names that the owner of *address* gives it (PTR), if anybody says."""
    found = resolve(ip_address(address).reverse_pointer, "PTR", network)
    return tuple(absolute(name) for name in found.rdatas) if found else ()


def issuers(rdatas: Iterable[str]) -> Iterator[str]:
    """Yield the authorities that CAA records allow; ``;`` is nobody (RFC 8659)."""
    for rdata in rdatas:
        _flags, tag, value = rdata.split(maxsplit=2)
        if tag.lower() == "issue":
            yield value.strip('"').partition(";")[0].strip() or ";"
