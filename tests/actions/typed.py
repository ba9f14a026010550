"""A person who has nothing but the restore card, and types what it says."""

import re
from collections.abc import Iterator
from datetime import timedelta

from fallback.core.records import Change, Key, Plan, RRset, marker_key

_LINE = re.compile(
    r"(?P<verb>delete|add):\s+(?P<name>\S+) (?P<ttl>\d+) IN (?P<type>\S+) (?P<data>.*)"
)
_ASIDE = re.compile(r"        with (?P<name>[^:]+): (?P<value>.*)")


def read(card: str, zone: str) -> Plan:
    """Return the way back that *card* spells for *zone*, an absolute name."""
    sides: dict[str, dict[Key, RRset]] = {"delete": {}, "add": {}}
    last: tuple[str, Key] | None = None
    for line in card.splitlines():
        if found := _LINE.fullmatch(line):
            last = found["verb"], (found["name"], found["type"])
            held = sides[last[0]].get(last[1])
            data = (*(held.rdatas if held else ()), found["data"])
            ttl = timedelta(seconds=int(found["ttl"]))
            sides[last[0]][last[1]] = RRset(ttl, data)
        elif (found := _ASIDE.fullmatch(line)) and last:
            held = sides[last[0]][last[1]]
            extra = (*held.extra, (found["name"], found["value"]))
            sides[last[0]][last[1]] = RRset(held.ttl, held.rdatas, extra)
    return Plan(zone, 0, tuple(_changes(zone, sides["delete"], sides["add"])))


def _changes(
    zone: str, deleted: dict[Key, RRset], added: dict[Key, RRset]
) -> Iterator[Change]:
    for key in dict.fromkeys([*deleted, *added]):
        yield Change(*key, deleted.get(key), added.get(key))
    assert marker_key(zone) in deleted, "the marker goes, too"
