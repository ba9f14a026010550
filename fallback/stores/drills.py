"""The reports of drills: every one under its date, and the last one under one name."""

from fallback.core.ports import Store
from fallback.core.redirect.drill import Kept, Report, decode, encode

LAST, LAST_IN_LAB = "drill.json", "drill-lab.json"
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
