"""The narrowest rights, word for word as ``check --policy`` and ``setup`` print them.

They are made for the example shop, whose settings stand in ``fallback.toml``.
"""

from typing import cast

from attrs import evolve

from docs.settings import example
from fallback import dns
from fallback.actions.policy import PolicyResult
from fallback.core.config import HostTable, Network
from fallback.hosts import cloudflare_worker, s3, sftp
from fallback.hosts.setup import netlify
from fallback.hosts.setup.s3 import S3Provisioner
from fallback.hosts.setup.sftp import SftpProvisioner
from fallback.wire.aws.clients import Aws
from fallback.wire.cloudflare.workers import PERMISSION
from fallback.wire.sftp.login import Login

_DISTRIBUTION = "arn:aws:cloudfront::111122223333:distribution/E1QXVPK0EXAMPLE"


def zones_rights(provider: str) -> str:
    """Return what ``fallback check --policy`` prints for the zone at *provider*."""
    table = next(each for each in example().dns if each.provider == provider)
    result = PolicyResult(((table, dns.rights(table)),))
    return _block("\n".join(str(line) for line in result.told()))


def hosts_rights(kind: str) -> str:
    """Return the credential that ``fallback setup`` prints for the host of *kind*."""
    table = next(each for each in example().hosts if each.kind == kind)
    return _block(_HOSTS[kind](table))


def _s3(table: HostTable) -> str:
    settings = cast(s3.Settings, table.settings)
    return S3Provisioner(settings, cast(Aws, None), Network())._policy(_DISTRIBUTION)


def _sftp(table: HostTable) -> str:
    settings = evolve(cast(sftp.Settings, table.settings), key="")  # it is nobody's
    login = Login.of(settings, example())
    return SftpProvisioner(login, settings.path, "", example())._policy()


def _worker(table: HostTable) -> str:
    settings = cast(cloudflare_worker.Settings, table.settings)
    return f"{PERMISSION}\nAccount Resources: Include > {settings.account}"


_HOSTS = {
    "s3": _s3,
    "netlify": lambda _: netlify._POLICY,
    "cloudflare_worker": _worker,
    "sftp": _sftp,
}


def _block(text: str) -> str:
    return f"```text\n{text.rstrip()}\n```"
