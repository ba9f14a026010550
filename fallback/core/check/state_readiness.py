"""The place where the journal and everything remembered are kept: is it there at all.

On the day a move is refused without it: the way back has to be kept there first.
"""

from fallback.core.errors import FallbackError
from fallback.core.findings import Finding, Severity
from fallback.core.text import T, Text


def state_away(error: FallbackError) -> Finding:
    """Return the finding that *error* hinders the state from being read or written."""
    return Finding(
        "state-away",
        Severity.CRITICAL,
        "state",
        _text(error.what),
        T("no name moves before the way back is kept there"),
        _text(error.next or T("look at [state] in fallback.toml")),
    )


def _text(said: object) -> Text:
    return said if isinstance(said, Text) else T("{said}", said=str(said))
