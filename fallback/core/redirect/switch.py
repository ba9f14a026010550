"""A delegated switch: a small zone elsewhere, into which the shop's own names lead.

Where the shop's zone cannot be written on the day, ``www`` is made a CNAME into a zone
that can, once, in peace. What is redirected is then a name that nobody types: the page,
its certificate and the shop itself are asked for under the names that customers type.
"""

from collections.abc import Mapping, Sequence

from fallback.core.records import absolute

Ways = Mapping[str, Sequence[str] | None]
"""The names that each name leads through by CNAME, itself the first, absolute.

``None``: nobody answered, which is not the same as to lead nowhere.
"""


def within(name: str, zone: str) -> bool:
    """Return whether *name* is *zone* or below it."""
    return f".{absolute(name)}".endswith(f".{absolute(zone)}")


def spellings(domain: str) -> tuple[str, str]:
    """Return *domain*, and the same with or without ``www.``: customers type both."""
    bare = domain.removeprefix("www.")
    return (domain, bare if bare != domain else f"www.{domain}")


def leading(name: str, ways: Ways) -> tuple[str, ...]:
    """Return the names whose way is known to lead to *name*."""
    return tuple(typed for typed, way in ways.items() if way and absolute(name) in way)


def silent(ways: Ways) -> tuple[str, ...]:
    """Return the names of which nobody says where they lead."""
    return tuple(name for name, way in ways.items() if way is None)


def typed(names: Sequence[str], ways: Ways, otherwise: str | None) -> tuple[str, ...]:
    """Return what customers type to arrive at *names* of a zone that is not the shop's.

    A name to which none of *ways* leads stands for *otherwise*; ``None``: for itself,
    because it may be another address of the shop's own.
    """
    found = [leading(name, ways) or (otherwise or name,) for name in names]
    return tuple(dict.fromkeys(each for some in found for each in some))


def mailed(names: Sequence[str], typed: Sequence[str]) -> tuple[str, ...]:
    """Return the domains whose mail must not follow *names*, which are *typed* so."""
    others = [each for name in typed if name not in names for each in spellings(name)]
    return tuple(dict.fromkeys([*names, *others]))
