"""Where the page is published: one file a kind of host.

A module of this package named like its kind holds ``Settings``, the keys it takes in
``fallback.toml``, and ``connect(settings, config)``. Importing it is cheap: SDKs are
imported inside, so that reading the configuration loads none of them.
"""

from importlib import import_module
from typing import cast

from fallback.core.config import Config, HostTable
from fallback.core.ports import Host
from fallback.wire.kinds import Kinds

KINDS = ("folder", "s3", "netlify", "cloudflare_worker", "sftp")
"""Every kind of host there is, by the word the owner writes."""


def settings() -> Kinds:
    """Return each kind's settings class, for ``fallback.core.settings.toml.parse``."""
    return Kinds(__name__, KINDS)


def connect(table: HostTable, config: Config) -> Host:
    """Return the adapter that *table* describes. Raises ``CredentialsRefused``."""
    module = import_module(f"{__name__}.{table.kind}")
    return cast(Host, module.connect(table.settings, config))
