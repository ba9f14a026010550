"""The shop's service workers, remembered while it was well.

Browsers that once came to the shop keep its worker for as long as nothing takes its
place. So what was registered once is remembered even when the shop has given it up.
"""

import json

from fallback.core.check.workers import MOST
from fallback.core.errors import FallbackError
from fallback.core.ports import Store
from fallback.core.text import T

KEY = "workers.json"
_SCHEMA = 1


def remember(store: Store, workers: tuple[str, ...]) -> None:
    """Add *workers*, paths at the shop. Raises what ``Store.put`` raises."""
    known = store.get(KEY)
    before = recall(store)
    after = tuple(dict.fromkeys((*workers, *before)))[:MOST]
    if set(after) != set(before):
        body = {"schema": _SCHEMA, "workers": list(after)}
        store.put(KEY, json.dumps(body).encode() + b"\n", known and known[1])


def recall(store: Store) -> tuple[str, ...]:
    """Return the paths that are remembered; none when nothing can be understood.

    Raises ``FallbackError`` when a newer program wrote them.
    """
    known = store.get(KEY)
    if known is None:
        return ()
    try:
        body = json.loads(known[0])
        if body["schema"] <= _SCHEMA:
            return tuple(str(path) for path in body["workers"])[:MOST]
    except (ValueError, LookupError, TypeError):
        return ()
    raise FallbackError(
        T("{key} was written by a newer fallback", key=KEY),
        next=T("update fallback on this machine"),
    )
