"""Tries whether the state that machines share can be read, or written, from here.

On the day a move is refused without it: the way back has to be kept there first.
"""

from fallback import stores
from fallback.core.config import Config
from fallback.core.errors import Conflict, FallbackError
from fallback.core.findings import Finding, Severity
from fallback.core.text import T, Text

KEY = "check.json"
"""What a check that writes puts there, to see that it may."""


def shared_state(config: Config, *, write: bool) -> tuple[Finding, ...]:
    """Return what is wrong with the store; nothing where each machine has its own.

    Only with *write* is it seen whether it can be written.
    """
    if config.state.kind == "folder":
        return ()
    try:
        store = stores.connect(config.state, config)
        known = store.get(KEY)
        if write:
            store.put(KEY, b'{"schema": 1}\n', known and known[1])
    except Conflict:
        pass  # another machine checks as well: it can be written
    except FallbackError as error:
        remedy = error.next or T("look at [state] in fallback.toml")
        return (
            Finding(
                "state-away",
                Severity.CRITICAL,
                "state",
                _text(error.what),
                T("no name moves before the way back is kept where machines share it"),
                _text(remedy),
            ),
        )
    return ()


def _text(said: object) -> Text:
    return said if isinstance(said, Text) else T("{said}", said=str(said))
