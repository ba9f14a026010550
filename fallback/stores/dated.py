"""What was true on a day, and no program can see: a person's word, a proof, a try.

A plain list of words with a moment each. Whoever asks decides how old is too old.
"""

import json
from collections.abc import Mapping
from datetime import datetime

from fallback.core.errors import FallbackError
from fallback.core.ports import Store
from fallback.core.text import T

KEY = "dated.json"
_SCHEMA = 1
_MOST = 200


def remember(store: Store, word: str, at: datetime) -> None:
    """Note that *word* was so *at*. Raises what ``Store.put`` raises."""
    _write(store, {**recall(store), word: at})


def forget(store: Store, word: str) -> None:
    """Note nothing about *word* any more. Raises what ``Store.put`` raises."""
    known = dict(recall(store))
    if known.pop(word, None) is not None:
        _write(store, known)


def recall(store: Store) -> Mapping[str, datetime]:
    """Return every word with its moment; none when nothing can be understood.

    Raises ``FallbackError`` when a newer program wrote them.
    """
    known = store.get(KEY)
    if known is None:
        return {}
    try:
        body = json.loads(known[0])
        if body["schema"] <= _SCHEMA:
            pairs = body["dates"].items()
            dates = {str(w): datetime.fromisoformat(at) for w, at in pairs}
            return {word: at for word, at in dates.items() if at.tzinfo is not None}
    except (ValueError, LookupError, TypeError, AttributeError):
        return {}
    raise FallbackError(
        T("{key} was written by a newer fallback", key=KEY),
        next=T("update fallback on this machine"),
    )


def _write(store: Store, dates: Mapping[str, datetime]) -> None:
    known = store.get(KEY)
    newest = sorted(dates.items(), key=lambda pair: pair[1])[-_MOST:]
    body = {"schema": _SCHEMA, "dates": {w: at.isoformat() for w, at in sorted(newest)}}
    store.put(KEY, json.dumps(body).encode() + b"\n", known and known[1])
