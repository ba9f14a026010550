"""DNS operators' interfaces: one file a provider.

A module of this package named like its kind holds ``Settings``, the keys it takes in
``fallback.toml``, and ``connect(settings, config)``. Importing it is cheap: SDKs are
imported inside, so that reading the configuration loads none of them.
"""

from importlib import import_module
from typing import cast

from fallback.core.config import Config, DnsTable
from fallback.core.least_privilege import Rights
from fallback.core.ports import DnsProvider
from fallback.wire.kinds import Kinds

KINDS = ("manual", "zonefile", "rfc2136", "cloudflare", "route53", "octodns")
"""Every provider there is, by the word the owner writes."""


def settings() -> Kinds:
    """Return each kind's settings class, for ``fallback.core.toml.parse``."""
    return Kinds(__name__, KINDS)


def connect(table: DnsTable, config: Config) -> DnsProvider:
    """Return the adapter that *table* describes. Raises ``CredentialsRefused``."""
    module = import_module(f"{__name__}.{table.provider}")
    return cast(DnsProvider, module.connect(table.settings, config))


def rights(table: DnsTable) -> Rights:
    """Return what the credential of *table* could do if it were stolen.

    Nothing is asked of anybody: what a credential may do beyond the narrowest right,
    most operators do not tell.
    """
    module = import_module(f"{__name__}.{table.provider}")
    return cast(Rights, module.rights(table))
