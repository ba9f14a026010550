"""A folder on this machine: a web server's root, a mounted share, a synced folder.

Files are replaced one by one, the front page last, without symbolic links, so that it
works on Windows and on shares. A folder keeps no headers; they are in the manifest and
in ``_headers``. Files that no manifest of ours lists are never touched.
"""

import errno
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

from attrs import frozen

from fallback.core.config import Config
from fallback.core.errors import FallbackError, Locked, Refused, Rejected, Unavailable
from fallback.core.hosts.capabilities import Capabilities
from fallback.core.hosts.publishing import FRONT, refuse_empty
from fallback.core.model import MANIFEST, BuiltFile, BuiltSite, Digest, Receipt, Spot
from fallback.core.text import T, Text
from fallback.wire import deadline, durable, publishing
from fallback.wire.parallel import each

LOCK = ".fallback.lock"
_PATIENCE = timedelta(seconds=60)


@frozen
class Settings:
    """What ``[[hosts]]`` with ``kind = "folder"`` takes."""

    path: Path


def connect(settings: Settings, config: Config) -> "FolderHost":
    """Return the host at ``settings.path``.

    Raises ``Refused`` when the folder holds the site itself: its settings and drafts
    would be on the web.
    """
    target = settings.path.resolve()
    if config.root.resolve().is_relative_to(target):
        raise Refused(
            T("{folder} holds the site's own settings", folder=str(settings.path)),
            customers_see=T("no change: what is published stays"),
            next=T("give the page a folder of its own in fallback.toml"),
        )
    return FolderHost(settings.path)


@frozen
class FolderHost:
    """See ``fallback.core.ports.Host``."""

    path: Path

    @property
    def caps(self) -> Capabilities:
        """See ``fallback.core.ports.Host.caps``: the server in front decides all."""
        return Capabilities()

    def publish(self, site: BuiltSite) -> Receipt:
        """See ``fallback.core.ports.Host.publish``."""
        refuse_empty(site)  # before there is even a lock
        with _alone(self.path):
            return publishing.publish(site, _FolderShelf(self.path))

    def read_back(self) -> Mapping[str, Digest]:
        """See ``fallback.core.ports.Host.read_back``."""
        return publishing.read_back(_FolderShelf(self.path))

    def beside(self, path: str) -> Spot | None:
        """See ``fallback.core.ports.Roomy.beside``."""
        return publishing.beside(_FolderShelf(self.path), path)

    def lay(self, spot: Spot, body: bytes) -> None:
        """See ``fallback.core.ports.Roomy.lay``."""
        _FolderShelf(self.path).write(spot.at, body)

    def lift(self, spot: Spot) -> None:
        """See ``fallback.core.ports.Roomy.lift``."""
        if _FolderShelf(self.path).remove([spot.at]):
            raise publishing.not_lifted(spot.at)


@frozen
class _FolderShelf:
    """See ``fallback.wire.publishing.Shelf``."""

    root: Path

    def get(self, path: str) -> bytes | None:
        with _said_of(self.root, path):
            try:
                return self._at(path).read_bytes()
            except (FileNotFoundError, NotADirectoryError):
                return None

    def intact(self, files: Sequence[BuiltFile]) -> Collection[str]:
        return {
            file.path
            for file in files
            if (body := self.get(file.path)) is not None
            and sha256(body).hexdigest() == file.digest
        }

    def put(self, files: Sequence[BuiltFile]) -> None:
        # a disk makes many files safe in little more time than one
        each(
            lambda file: self.write(file.path, file.body),
            files,
            width=publishing.WIDTH,
        )

    def write(self, path: str, body: bytes) -> None:
        with _said_of(self.root, path):
            durable.replace(self._at(path), body)

    def remove(self, paths: Sequence[str]) -> Collection[str]:
        kept = []
        for path in paths:
            try:
                self._at(path).unlink(missing_ok=True)
            except OSError:
                kept.append(path)
        return kept

    def _at(self, path: str) -> Path:
        """Return where *path* lies; raises ``Rejected`` when a link leads outside."""
        found = self.root / path
        if not found.parent.resolve().is_relative_to(self.root.resolve()):
            raise Rejected(
                T("{path} leads out of {folder}", path=path, folder=str(self.root)),
                customers_see=T("whatever was published there before"),
                next=T("remove the link that leads out of the folder"),
            )
        return found


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Publish one after the other: the later one then sees which words are newer.

    Other copies of the site have locks of their own. Shares that know no locks go
    without, and so does a folder of somebody else's, where nothing is to be touched.
    Raises ``Unavailable`` after waiting as long as the caller's time allows.
    """
    # a first publish has its front page a moment before its manifest, and its lock
    # before both
    marks = (root / MANIFEST, root / LOCK)
    ours = not (root / FRONT).exists() or any(mark.exists() for mark in marks)
    with ExitStack() as held:
        try:
            if ours:
                patience = deadline.left(_PATIENCE)
                held.enter_context(durable.lock(root / LOCK, patience=patience))
        except Locked as error:
            raise Unavailable(
                T("somebody else has been publishing to {folder} all the time",
                  folder=str(root)),
                customers_see=T("the page as they publish it"),
                next=T("deploy again in a minute"),
            ) from error  # fmt: skip
        except (OSError, NotImplementedError):
            pass  # if nothing can be written there, publishing says so
        yield


@contextmanager
def _said_of(root: Path, path: str) -> Iterator[None]:
    """Turn what the system says about *path* into what its owner can do."""
    try:
        yield
    except OSError as error:
        raise _in_words(error, root, path) from error


def _in_words(error: OSError, root: Path, path: str) -> FallbackError:
    where = str(root / path)
    stays = T("the page that was there before")
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Unavailable(
            T("the disk of {folder} is full: {file} was not replaced",
              folder=str(root), file=path),
            customers_see=stays,
            next=T("make room on that disk and deploy again"),
        )  # fmt: skip
    if isinstance(error, PermissionError) or error.errno == errno.EROFS:
        return Rejected(
            T("{file} may not be written or read", file=where),
            customers_see=stays,
            next=_permission(root),
        )
    return Unavailable(
        T("{file}: {why}", file=where, why=os.strerror(error.errno or 0)),
        customers_see=stays,
        next=T("look at that folder and deploy again"),
    )


def _permission(root: Path) -> Text:
    return T("give yourself the right to write into {folder}", folder=str(root))
