"""Makes what a host needs before its first publish, and takes it away again.

A module of this package named like its kind holds ``connect(table, config)``, which
returns a ``fallback.core.ports.Provisioner``. It may use stronger credentials than
publishing does, and never runs while publishing.
"""

from importlib import import_module
from typing import cast

from fallback.core.config import Config, HostTable
from fallback.core.errors import UsageError
from fallback.core.ports import Provisioner
from fallback.core.text import T

KINDS: tuple[str, ...] = ("cloudflare_worker", "sftp")
"""Every kind of host that can be made for its owner."""


def connect(table: HostTable, config: Config) -> Provisioner:
    """Return what makes the host of *table*.

    Raises ``UsageError`` for a kind that needs no setup, ``CredentialsRefused``.
    """
    if table.kind not in KINDS:
        raise UsageError(
            T("a host of kind {kind} needs no setup", kind=table.kind),
            next=T("run: fallback deploy"),
        )
    module = import_module(f"{__name__}.{table.kind}")
    return cast(Provisioner, module.connect(table, config))
