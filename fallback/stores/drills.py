"""The reports of drills: every one under its date, and the last one under one name."""

from collections.abc import Iterable

from fallback.core.ports import Store
from fallback.core.redirect import leftover
from fallback.core.redirect.drill import Kept, Report, decode, encode

LAST, LAST_IN_LAB = "drill.json", "drill-lab.json"
_LEFT = "drill-left.json"
_FOLDER = "drills"


def keep(store: Store, report: Report, lines: str) -> str:
    """Keep *report*, and *lines* for people beside it; return the key of the latter.

    Raises what ``Store.put`` raises.
    """
    stem = f"{_FOLDER}/{report.at:%Y-%m-%dt%H%M%S}{'-lab' if report.lab else ''}"
    body = encode(report)
    for key, value in (
        (f"{stem}.json", body),
        (f"{stem}.txt", lines.encode()),
        (LAST_IN_LAB if report.lab else LAST, body),
    ):
        known = store.get(key)
        store.put(key, value, known and known[1])
    return f"{stem}.txt"


def last(store: Store) -> Kept | None:
    """Return what the last drill in the real zone was; ``None``: there was none.

    Raises ``FallbackError`` when the store cannot be read or is newer.
    """
    known = store.get(LAST)
    return decode(known[0]) if known else None


def left(store: Store) -> tuple[leftover.Leftover, ...]:
    """Return what is remembered of drills that died elsewhere.

    Raises ``FallbackError`` when the store cannot be read.
    """
    known = store.get(_LEFT)
    return leftover.decode(known[0]) if known else ()


def keep_left(store: Store, found: Iterable[leftover.Leftover]) -> None:
    """Remember *found*, and nothing else. Raises what ``Store.put`` raises."""
    known = store.get(_LEFT)
    body = leftover.encode(found)
    if known is None or known[0] != body:
        store.put(_LEFT, body, known and known[1])
