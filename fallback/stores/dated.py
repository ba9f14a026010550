"""What was true on a day, and no program can see: a person's word, a proof, a try.

A plain list of words with a moment each. Whoever asks decides how old is too old.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime

from fallback.core.errors import Conflict, FallbackError
from fallback.core.ports import Store, Version
from fallback.core.text import T

KEY = "dated.json"
_SCHEMA = 1
_MOST = 200
_TRIES = 5


def remember(store: Store, word: str, at: datetime) -> None:
    """Note that *word* was so *at*. Raises what ``Store.put`` raises."""
    _changed(store, lambda known: {**known, word: at})


def forget(store: Store, word: str) -> None:
    """Note nothing about *word* any more. Raises what ``Store.put`` raises."""
    _changed(store, lambda known: {w: at for w, at in known.items() if w != word})


def recall(store: Store) -> Mapping[str, datetime]:
    """Return every word with its moment; none when nothing can be understood.

    Raises ``FallbackError`` when a newer program wrote them.
    """
    return _read(store.get(KEY))


def _read(known: tuple[bytes, Version] | None) -> Mapping[str, datetime]:
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


def _changed(
    store: Store, change: Callable[[Mapping[str, datetime]], Mapping[str, datetime]]
) -> None:
    """Put *change* of what is there; again when somebody else was faster.

    Raises ``Conflict`` when somebody always is, and what else ``Store.put`` raises.
    """
    for turn in range(_TRIES):
        there = store.get(KEY)
        known = _read(there)
        dates = change(known)
        if dates == known:
            return
        try:
            store.put(KEY, _written(dates), there and there[1])
        except Conflict:  # the next look sees theirs
            if turn == _TRIES - 1:
                raise
        else:
            return


def _written(dates: Mapping[str, datetime]) -> bytes:
    newest = sorted(dates.items(), key=lambda pair: pair[1])[-_MOST:]
    body = {"schema": _SCHEMA, "dates": {w: at.isoformat() for w, at in sorted(newest)}}
    return json.dumps(body).encode() + b"\n"
