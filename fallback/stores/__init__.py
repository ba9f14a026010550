"""Where state lives: one file a kind of store, and the journal.

A module of this package named like its kind holds ``Settings``, the keys it takes in
``fallback.toml``, and ``connect(settings, config)``. Importing it is cheap: SDKs are
imported inside, so that reading the configuration loads none of them.
"""

from importlib import import_module
from typing import cast

from fallback.core.check.least_privilege import Rights
from fallback.core.config import Config, State
from fallback.core.ports import Store
from fallback.wire.kinds import Kinds

KINDS = ("folder", "s3")
"""Every kind of store there is, by the word the owner writes."""


def settings() -> Kinds:
    """Return each kind's settings class, for ``fallback.core.settings.toml.parse``."""
    return Kinds(__name__, KINDS)


def connect(table: State, config: Config) -> Store:
    """Return the adapter that *table* describes. Raises ``CredentialsRefused``."""
    module = import_module(f"{__name__}.{table.kind}")
    return cast(Store, module.connect(table.settings, config))


def rights(table: State) -> Rights | None:
    """Return what the key of *table* could do if it were stolen.

    ``None``: there is no key. Nothing is asked of anybody.
    """
    module = import_module(f"{__name__}.{table.kind}")
    return cast(Rights | None, module.rights(table.settings))
