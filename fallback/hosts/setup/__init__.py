"""Makes what a host needs before its first publish, and takes it away again.

There is one for every kind of host: its module, named like the kind, holds
``connect(table, config)``, which returns a ``fallback.core.ports.Provisioner``. It may
use stronger credentials than publishing does, and never runs while publishing.
"""

from importlib import import_module
from typing import cast

from fallback.core.config import Config, HostTable
from fallback.core.ports import Provisioner


def connect(table: HostTable, config: Config) -> Provisioner:
    """Return what makes the host of *table*. Raises ``CredentialsRefused``."""
    module = import_module(f"{__name__}.{table.kind}")
    return cast(Provisioner, module.connect(table, config))
