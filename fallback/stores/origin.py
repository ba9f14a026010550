"""The primary's own addresses, remembered while it was well.

After a redirect the shop's name leads to the page, so the shop can only be asked by
address. The addresses are therefore pinned before the outage.
"""

import json
from datetime import datetime

from fallback.core.errors import FallbackError
from fallback.core.model import Origin
from fallback.core.ports import Store
from fallback.core.text import T

KEY = "origin.json"
_SCHEMA = 1


def remember(store: Store, origin: Origin) -> None:
    """Pin *origin*. Raises what ``Store.put`` raises."""
    body = {
        "schema": _SCHEMA,
        "addresses": list(origin.addresses),
        "pinned_at": origin.pinned_at.isoformat(),
    }
    known = store.get(KEY)
    store.put(KEY, json.dumps(body).encode() + b"\n", known and known[1])


def recall(store: Store) -> Origin | None:
    """Return the pinned origin, if there is one.

    A torn value counts as none: the addresses are pinned again when the shop is well,
    and no move has to wait for that. Raises ``FallbackError`` when a newer program
    wrote it.
    """
    known = store.get(KEY)
    if known is None:
        return None
    try:
        body = json.loads(known[0])
        if body["schema"] <= _SCHEMA:
            at = datetime.fromisoformat(body["pinned_at"])
            return Origin(tuple(map(str, body["addresses"])), at)
    except (ValueError, LookupError, TypeError):
        return None
    raise FallbackError(
        T("{key} was written by a newer fallback", key=KEY),
        next=T("update fallback on this machine"),
    )
