"""Tries whether the state can be read from here, or written where machines share it."""

from fallback import stores
from fallback.core.check.state_readiness import state_away
from fallback.core.config import Config
from fallback.core.errors import Conflict, FallbackError
from fallback.core.findings import Finding

KEY = "check.json"
"""What a check that writes puts there, to see that it may."""


def state(config: Config, *, write: bool) -> tuple[Finding, ...]:
    """Return what is wrong with the store.

    Only with *write*, and where it is shared, is it seen whether it can be written.
    """
    try:
        store = stores.connect(config.state, config)
        known = store.get(KEY)
        if write and config.state.kind != "folder":
            store.put(KEY, b'{"schema": 1}\n', known and known[1])
    except Conflict:
        pass  # another machine checks as well: it can be written
    except FallbackError as error:
        return (state_away(error),)
    return ()
