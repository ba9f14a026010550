"""What a drill that died on another machine left in a zone, and when it may go.

Its law: **only what is provably a drill's goes, and provably nobody's any more**.

* A drill's are the marker of the part, and web records at names that only a drill makes
  up; beside anything else in the part a person has to look.
* It is nobody's when all of it stood there, the same, for longer than a drill can last:
  a name is made up for each drill, so what is the same is the same drill's.

When that began nobody but us can know, so it is remembered from the first look on.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from attrs import frozen

from fallback.core.check.inventory import Listed
from fallback.core.records import (
    WEB_TYPES,
    Change,
    Marker,
    Plan,
    Snapshot,
    absolute,
    marker_key,
)
from fallback.core.redirect.drill import is_label, part_of
from fallback.core.redirect.journal import zone_lines

LASTS = timedelta(hours=1)
"""Longer than a drill can last that waits for nobody's typing."""

SCHEMA = 1


@frozen
class Leftover:
    """What stands in ``part``, as zone-file lines, and since when it is known to."""

    part: str
    since: datetime
    lines: tuple[str, ...]

    def abandoned(self, now: datetime) -> bool:
        """Say whether no drill can be at it any more."""
        return now - self.since > LASTS


def parted(zone: str, sets: Iterable[Listed]) -> tuple[tuple[str, ...], bool]:
    """Return the made-up names in the part of *zone*, and whether all there is ours.

    *sets* is all that the zone holds.
    """
    part = absolute(part_of(zone))
    names: dict[str, None] = {}
    ours = True
    for entry in sets:
        name = absolute(entry.name)
        if not f".{name}".endswith(f".{part}") or (name, entry.type) == marker_key(
            part
        ):
            continue
        if is_label(name.removesuffix(part).rstrip(".")) and entry.type in WEB_TYPES:
            names[name] = None
        else:
            ours = False
    return tuple(names), ours


def lines_of(snapshot: Snapshot) -> tuple[str, ...]:
    """Return what *snapshot* holds, as zone-file lines in a fixed order."""
    rrsets = sorted(snapshot.rrsets.items())
    return tuple(line for key, rrset in rrsets for line in zone_lines(key, rrset))


def away(snapshot: Snapshot) -> Plan | None:
    """Return the plan that takes away all of *snapshot*, a part of a zone.

    ``None`` without the marker of a drill that was under way.
    """
    marker = Marker.parse(snapshot.get(marker_key(snapshot.zone)))
    if marker is None or marker.state != "redirected":
        return None
    changes = (Change(*key, rrset, None) for key, rrset in snapshot.rrsets.items())
    return Plan(snapshot.zone, marker.epoch, tuple(changes))


def seen(part: str, lines: tuple[str, ...], before: Iterable[Leftover],
         now: datetime) -> Leftover:  # fmt: skip
    """Return *lines* in *part* with the moment since when they are the same."""
    for each in before:
        if (each.part, each.lines) == (part, lines) and each.since <= now:
            return each
    return Leftover(part, now, lines)


def encode(leftovers: Iterable[Leftover]) -> bytes:
    """Return *leftovers* as they are kept; see ``decode``."""
    rows = [
        {"part": each.part, "since": each.since.isoformat(), "lines": [*each.lines]}
        for each in leftovers
    ]
    return json.dumps({"schema": SCHEMA, "left": rows}, indent=1).encode() + b"\n"


def decode(kept: bytes) -> tuple[Leftover, ...]:
    """Return what *kept* remembers; nothing for what is torn, or newer than this."""
    try:
        body = json.loads(kept)
        return tuple(_each(body["left"])) if body["schema"] == SCHEMA else ()
    except (ValueError, LookupError, TypeError):
        return ()


def _each(rows: Iterable[dict[str, object]]) -> Iterator[Leftover]:
    """Yield *rows*. Raises ``ValueError``, ``LookupError`` or ``TypeError``."""
    for row in rows:
        lines, since = row["lines"], datetime.fromisoformat(str(row["since"]))
        if not isinstance(lines, list) or since.tzinfo is None:
            raise TypeError
        yield Leftover(str(row["part"]), since, tuple(lines))
