"""Makes a folder ready to be shown by a web server of the owner's own.

The folder itself, and rules for nginx and Caddy that show it as a good host does. What
runs the web server is nobody's but the owner's: the rules are written, never installed.
"""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from attrs import frozen

from fallback.core.config import Config, HostTable
from fallback.core.errors import Rejected
from fallback.core.hosts.provision import Outcome, Provision, Step
from fallback.core.hosts.publishing import (
    FRONT,
    LEFTOVERS,
    is_our_page,
    parse_leftovers,
)
from fallback.core.model import MANIFEST
from fallback.core.text import T, Text
from fallback.hosts.folder import LOCK, FolderHost, Settings
from fallback.probes import resolver
from fallback.wire.own_server import server_files


def connect(table: HostTable, config: Config) -> "FolderProvisioner":
    """Return what makes the folder of *table*."""
    assert isinstance(table.settings, Settings)
    return FolderProvisioner(table.settings.path.resolve(), table.url, config)


@frozen
class FolderProvisioner:
    """See ``fallback.core.ports.Provisioner``."""

    path: Path
    url: str
    config: Config

    def setup(self, names: Sequence[str]) -> Provision:
        """See ``fallback.core.ports.Provisioner.setup``."""
        there = self.path.is_dir()
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Rejected(
                T("{folder} cannot be made: {why}",
                  folder=str(self.path), why=str(error.strerror)),
                next=T("choose a folder that you may write, or make it yourself"),
            ) from error  # fmt: skip
        step = Step(
            T("the folder {folder}", folder=str(self.path)),
            Outcome.FOUND if there else Outcome.MADE,
        )
        return Provision(
            (step,),
            by_hand=(
                T(
                    "let a web server show it: server/nginx.conf and server/Caddyfile"
                    " in your site's folder say how, in their first lines"
                ),
            ),
            policy=str(T("the right to write into {folder}", folder=str(self.path))),
            files=server_files(
                self.config, root=str(self.path), url=self.url, names=names
            ),
        )

    def pointing_here(self) -> Collection[str]:
        """See ``fallback.core.ports.Provisioner``: its status address is all."""
        host = urlsplit(self.url).hostname
        return (host, *resolver.addresses(host, self.config.network)) if host else ()

    def attached(self) -> Mapping[str, Text]:
        """See ``fallback.core.ports.Provisioner.attached``: DNS alone leads here."""
        return {}

    def teardown(self) -> Provision:
        """See ``fallback.core.ports.Provisioner.teardown``: only files of ours go."""
        # the manifest goes last: whatever stops this, the next run knows the rest
        listed = set(FolderHost(self.path).read_back()) - {MANIFEST}
        paths = [self._at(path) for path in {*listed, *self._leftovers()}]
        if (manifest := self._at(MANIFEST)).is_file():
            paths += [self._at(LEFTOVERS), manifest]
        elif self._at(FRONT).is_file() and is_our_page(self._at(FRONT).read_bytes()):
            paths.append(self._at(FRONT))
        for path in (*paths, self._at(LOCK)):
            path.unlink(missing_ok=True)
        for folder in sorted({path.parent for path in paths}, reverse=True):
            _remove_if_empty(folder)
        _remove_if_empty(self.path)
        what = T("the page in {folder}", folder=str(self.path))
        return Provision((Step(what, Outcome.REMOVED if paths else Outcome.ABSENT),))

    def _leftovers(self) -> tuple[str, ...]:
        try:
            return parse_leftovers(self._at(LEFTOVERS).read_bytes())
        except OSError:
            return ()

    def _at(self, path: str) -> Path:
        return self.path / path


def _remove_if_empty(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
