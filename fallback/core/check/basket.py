"""The same-basket audit: what dies together, by company and by network.

The law of this room: **a part dies with a basket only when all of it lies there**. One
name server elsewhere keeps a zone alive, one host elsewhere a page. A part of which
nothing is known lies nowhere: it is not claimed to die, and not claimed to live.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from ipaddress import ip_network
from typing import Any

from attrs import frozen


class Role(StrEnum):
    """The parts of a shop and of its rescue; stable English words."""

    SHOP = "shop"
    REGISTRAR = "registrar"
    DNS = "dns"
    MAIL = "mail"
    MAILBOX = "mailbox"
    PAGE = "page"
    STATE = "state"
    WORDS = "words"


@frozen
class Thing:
    """One server or service that plays a *role*, as people know it.

    ``companies`` are stable words for whoever runs it (the company behind a proxy
    beside the proxy's), ``addresses`` its IP literals; none: not known.
    """

    role: Role
    name: str
    companies: frozenset[str] = frozenset()
    addresses: tuple[str, ...] = ()


class Kind(StrEnum):
    """What a basket is: a company's, or one network's, whoever may run it."""

    COMPANY = "company"
    NETWORK = "network"


@frozen
class Basket:
    """What dies together when *owner* (a company's word, or a network) fails.

    ``roles`` are those that die wholly, in the order of ``Role``; ``things`` is
    everything that lies there, also of roles that survive elsewhere.
    """

    kind: Kind
    owner: str
    roles: tuple[Role, ...]
    things: tuple[Thing, ...]

    def as_json(self) -> Mapping[str, Any]:
        """Return the basket as ``check --json`` spells it."""
        return {"kind": self.kind, "owner": self.owner, "roles": list(self.roles)}


def network_of(address: str) -> str:
    """Return the /24 (IPv4) or the /48 (IPv6) that *address* is in.

    That is the usual size of one company's smallest part of the net.
    """
    size = 48 if ":" in address else 24
    return str(ip_network(f"{address}/{size}", strict=False))


def one_family(addresses: Sequence[str]) -> tuple[str, ...]:
    """Return the IPv4 ones of *addresses*, if any: most visitors come by those alone.

    A server that has both would else be in no network at all.
    """
    older = tuple(address for address in addresses if ":" not in address)
    return older or tuple(addresses)


def baskets(things: Sequence[Thing]) -> tuple[Basket, ...]:
    """Return every basket in which two roles or more die wholly, the fullest first.

    A network in which nothing dies that its company does not take down, too, is left
    out: it would say the same with a worse name.
    """
    found = [basket for basket in _all(things) if len(basket.roles) > 1]
    companies = [b for b in found if b.kind is Kind.COMPANY]
    kept = [
        basket
        for basket in found
        if basket.kind is Kind.COMPANY
        or not any(set(basket.roles) <= set(each.roles) for each in companies)
    ]
    return tuple(sorted(kept, key=lambda b: (-len(b.roles), b.kind, b.owner)))


def dying_with(role: Role, things: Sequence[Thing]) -> tuple[Role, ...]:
    """Return the roles that die when all that *role* lies in dies, itself left out."""
    found = {
        other for each in _all(things) if role in each.roles for other in each.roles
    }
    return tuple(each for each in Role if each in found and each is not role)


def alone(role: Role, things: Sequence[Thing]) -> Iterator[Basket]:
    """Yield each basket that holds all of *role*, which has several things."""
    if sum(thing.role is role for thing in things) > 1:
        yield from (each for each in _all(things) if role in each.roles)


def _all(things: Sequence[Thing]) -> Iterator[Basket]:
    for kind, owners in ((Kind.COMPANY, _companies), (Kind.NETWORK, _networks)):
        named = sorted({owner for thing in things for owner in owners(thing)})
        for owner in named:
            inside = tuple(thing for thing in things if _lies(thing, owner, kind))
            outside = {thing.role for thing in things if thing not in inside}
            within = {thing.role for thing in inside} - outside
            if within:
                roles = tuple(role for role in Role if role in within)
                yield Basket(kind, owner, roles, inside)


def _companies(thing: Thing) -> Iterable[str]:
    return thing.companies


def _networks(thing: Thing) -> Iterable[str]:
    return {network_of(address) for address in thing.addresses}


def _lies(thing: Thing, owner: str, kind: Kind) -> bool:
    """Say whether *thing* fails with *owner*: with all its addresses, if a network."""
    if kind is Kind.COMPANY:
        return owner in thing.companies
    return bool(thing.addresses) and set(_networks(thing)) == {owner}
