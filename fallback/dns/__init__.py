"""DNS operators' interfaces: one file a provider.

A module of this package named like its kind holds ``Settings``, the keys it takes in
``fallback.toml``, and ``connect(settings, config)``. Importing it is cheap: SDKs are
imported inside, so that reading the configuration loads none of them.
"""

from importlib import import_module
from typing import cast

from fallback.core.config import Config, DnsTable
from fallback.core.ports import DnsProvider

KINDS = ("manual", "zonefile", "rfc2136")
"""Every provider there is, by the word the owner writes."""


def settings() -> dict[str, type]:
    """Return each kind's settings class, for ``fallback.core.toml.parse``."""
    return {kind: import_module(f"{__name__}.{kind}").Settings for kind in KINDS}


def connect(table: DnsTable, config: Config) -> DnsProvider:
    """Return the adapter that *table* describes. Raises ``CredentialsRefused``."""
    module = import_module(f"{__name__}.{table.provider}")
    return cast(DnsProvider, module.connect(table.settings, config))
