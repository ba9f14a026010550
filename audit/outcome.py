"""What a room found, and how the program talks while it works."""

import sys
from collections.abc import Iterable, Sequence

from attrs import frozen


@frozen
class Fault:
    """A gate that failed: where it was looked at, and what was seen there."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@frozen
class Outcome:
    """What one room found: Markdown for the results, and the gates that failed."""

    lines: tuple[str, ...]
    faults: tuple[Fault, ...] = ()


def say(words: str) -> None:
    """Tell the person who waits; an audit takes minutes."""
    sys.stderr.write(f"{words}\n")
    sys.stderr.flush()


def gathered(faults: Iterable[Fault]) -> list[str]:
    """Return one line for each different fault, with every place where it was seen."""
    places: dict[str, list[str]] = {}
    for fault in faults:
        places.setdefault(fault.what, []).append(fault.where)
    return [f"{what} ({_shortened(where)})" for what, where in places.items()]


def _shortened(places: Sequence[str], most: int = 4) -> str:
    more = f" and {len(places) - most} more" if len(places) > most else ""
    return ", ".join(places[:most]) + more
