"""Files on a server, by SFTP: a few channels of one connection, each verb by itself.

Version 3 of the protocol (draft-ietf-secsh-filexfer-02) and OpenSSH's extensions to it
(its file ``PROTOCOL``, section 4). No shell is needed, and nothing of the client's own
file system: paths are text with forward slashes.
"""

import stat
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from enum import Enum
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define, field, frozen

from fallback.core.errors import FallbackError, Rejected, Unavailable
from fallback.core.text import T
from fallback.wire.sftp_login import (
    OPERATION_SECONDS,
    Login,
    opened,
    patience,
    unreachable,
)

if TYPE_CHECKING:
    import paramiko

WIDTH = 6
"""How many files are on their way at once; OpenSSH allows ten (``MaxSessions``)."""

_MOST_BYTES = 64 * 1024 * 1024
_GLANCE_SECONDS = 0.2
_READ_ONLY = 1
"""A flag in the answer to ``statvfs@openssh.com``."""

Made = TypeVar("Made")


class Kind(Enum):
    """What lies at a path, itself: a link is not followed."""

    FILE = "file"
    FOLDER = "folder"
    LINK = "link"


@frozen
class Entry:
    """One entry of a folder. ``modified`` is the server's clock, in whole seconds."""

    kind: Kind
    size: int
    modified: int
    for_all: bool
    """Whether everybody on the server may read it: its web server, too."""

    @classmethod
    def of(cls, about: "paramiko.SFTPAttributes") -> "Entry":
        """Return the entry that the server describes."""
        mode = about.st_mode or 0
        kind = (
            Kind.FOLDER
            if stat.S_ISDIR(mode)
            else Kind.LINK
            if stat.S_ISLNK(mode)
            else Kind.FILE
        )
        for_all = bool(mode & stat.S_IROTH)
        return cls(kind, about.st_size or 0, about.st_mtime or 0, for_all)


class NoSuchPathError(Exception):
    """A part of the path is not there."""


class FailedError(Exception):
    """The server said no and not why: it is there already, not empty, not known."""


@contextmanager
def connected(login: Login) -> Iterator["Line"]:
    """Hold a connection for the block. Raises what ``sftp_login.opened`` raises."""
    transport = opened(login)
    try:
        yield Line(login, transport)
    finally:
        transport.close()


@define
class Line:
    """One connection. Each verb raises ``Unavailable`` or ``Rejected`` in words.

    Where a caller can do something about it, ``NoSuchPathError`` and ``FailedError``.
    """

    login: Login
    transport: "paramiko.Transport"
    _idle: SimpleQueue["paramiko.SFTPClient"] = field(factory=SimpleQueue)
    _lock: threading.Lock = field(factory=threading.Lock)
    _open: int = 0
    _most: int = WIDTH
    _syncs: bool | None = None

    def get(self, path: str) -> bytes | None:
        """Return the bytes at *path*, or ``None``."""

        def work(sftp: "paramiko.SFTPClient") -> bytes:
            with sftp.open(path, "rb") as file:
                return file.read(_MOST_BYTES)

        try:
            return self._ask(path, work)
        except NoSuchPathError:
            return None

    def entries(self, path: str) -> Mapping[str, Entry] | None:
        """Return what the folder at *path* holds, or ``None``."""
        try:
            found = self._ask(path, lambda sftp: sftp.listdir_attr(path))
        except NoSuchPathError:
            return None
        return {about.filename: Entry.of(about) for about in found}

    def entry(self, path: str) -> Entry | None:
        """Return what lies at *path*, a link itself, or ``None``."""
        try:
            return Entry.of(self._ask(path, lambda sftp: sftp.lstat(path)))
        except NoSuchPathError:
            return None

    def target(self, path: str) -> str | None:
        """Return where the symbolic link at *path* leads; ``None`` if it is none."""
        try:
            return self._ask(path, lambda sftp: sftp.readlink(path))
        except (NoSuchPathError, FailedError):
            return None

    def put(self, path: str, body: bytes) -> None:
        """Write a new file; it is safe on the server's disk when this returns.

        Not pipelined: the library forgets the errors of writes that nobody awaits.
        """

        def work(sftp: "paramiko.SFTPClient") -> None:
            with sftp.open(path, "wbx") as file:
                file.write(body)
                self._make_safe(sftp, file)

        self._change(path, work, size=len(body))

    def link(self, path: str, other: str) -> bool:
        """Give the file at *other* a second name; return whether the server does it."""
        try:
            self._change(path, _extended("hardlink@openssh.com", other, path))
        except (FailedError, Rejected):
            return False
        return True

    def make_folder(self, path: str) -> None:
        """Make a folder; raises ``FailedError`` if there is something already."""
        self._change(path, lambda sftp: sftp.mkdir(path))

    def point(self, path: str, target: str) -> None:
        """Make a symbolic link at *path* that leads to *target*."""
        self._change(path, lambda sftp: sftp.symlink(target, path))

    def rename(self, old: str, new: str) -> None:
        """Rename *old*, at once and over whatever file or link is at *new*."""
        self._change(new, lambda sftp: sftp.posix_rename(old, new))

    def remove(self, path: str) -> None:
        """Remove a file or a link; nothing there is fine."""
        with _absent_is_fine():
            self._change(path, lambda sftp: sftp.remove(path))

    def remove_folder(self, path: str) -> None:
        """Remove an empty folder; nothing there is fine."""
        with _absent_is_fine():
            self._change(path, lambda sftp: sftp.rmdir(path))

    def _change(
        self,
        path: str,
        work: Callable[["paramiko.SFTPClient"], Made],
        *,
        size: int = 0,
    ) -> Made:
        """Do what changes something; a full or read-only disk is said as such."""
        try:
            return self._ask(path, work)
        except FailedError as error:
            self._refuse_unwritable(path, size, error)
            raise

    def _refuse_unwritable(self, path: str, size: int, error: FailedError) -> None:
        """Find out why: the protocol has no words for a disk that is full."""
        folder = path.rpartition("/")[0] or "."
        try:
            said = self._ask(folder, _extended("statvfs@openssh.com", folder))
        except (FailedError, NoSuchPathError, FallbackError):
            return
        block, unit, _, _, free, _, _, nodes, _, flags, _ = (
            said.get_int64() for _ in range(11)
        )
        if flags & _READ_ONLY:
            raise forbidden(self.login, path) from error
        if free * (unit or block) <= size or nodes == 0:
            raise Unavailable(
                T("the disk of {server} is full", server=self.login.server),
                customers_see=T("the page that was there before"),
                next=T("make room there and deploy again"),
            ) from error

    def _ask(self, path: str, work: Callable[["paramiko.SFTPClient"], Made]) -> Made:
        import paramiko

        with self._channel() as sftp:
            try:
                return work(sftp)
            except FileNotFoundError as error:
                raise NoSuchPathError(path) from error
            except PermissionError as error:
                raise forbidden(self.login, path) from error
            except TimeoutError as error:
                self.transport.close()
                raise unreachable(self.login, late=True) from error
            except (paramiko.SSHException, EOFError, OSError) as error:
                if not self.transport.is_active() or _closed(sftp):
                    raise unreachable(self.login) from error
                raise FailedError(f"{path}: {error}") from error

    @contextmanager
    def _channel(self) -> Iterator["paramiko.SFTPClient"]:
        """Lend one of the channels; a broken one is lent again and fails again."""
        sftp = self._lent()
        try:
            yield sftp
        finally:
            self._idle.put(sftp)

    def _lent(self) -> "paramiko.SFTPClient":
        try:
            return self._idle.get_nowait()
        except Empty:
            pass
        with self._lock:
            more = self._open < self._most
            self._open += more
        if more:
            made = self._opened()
            if made is not None:
                return made
        return self._awaited()

    def _awaited(self) -> "paramiko.SFTPClient":
        """Wait for a channel that another thread has, as long as there may be one."""
        while True:
            with suppress(Empty):
                return self._idle.get(timeout=_GLANCE_SECONDS)
            if self._open == 0 or not self.transport.is_active():
                raise unreachable(self.login)

    def _opened(self) -> "paramiko.SFTPClient | None":
        """Open one more channel; ``None`` where the server allows no more."""
        import paramiko

        with patience(self.transport) as late:
            try:
                channel = self.transport.open_session()
                channel.invoke_subsystem("sftp")
                sftp = paramiko.SFTPClient(channel)
            except (paramiko.SSHException, EOFError, OSError) as error:
                with self._lock:
                    self._open -= 1
                    self._most = min(self._most, self._open)
                    alone = self._open == 0
                if late.is_set() or not self.transport.is_active():
                    raise unreachable(self.login, late=late.is_set()) from error
                if alone:
                    raise Rejected(
                        T("{server} offers no SFTP", server=self.login.server),
                        next=T("ask your host to switch SFTP on for {user}",
                               user=self.login.user),
                    ) from error  # fmt: skip
                return None
        channel.settimeout(OPERATION_SECONDS)
        return sftp

    def _make_safe(self, sftp: "paramiko.SFTPClient", file: Any) -> None:
        """Have *file* written to the disk, where the server can do that.

        A server that never did it cannot; one that did it before has failed now.
        """
        if self._syncs is False:
            return
        try:
            _extended("fsync@openssh.com", file.handle)(sftp)
        except TimeoutError:
            raise
        except OSError:
            if self._syncs:
                raise
            self._syncs = False
        else:
            self._syncs = True


def _closed(sftp: "paramiko.SFTPClient") -> bool:
    channel = sftp.get_channel()
    return channel is None or channel.closed


def _extended(name: str, *words: Any) -> Callable[[Any], Any]:
    """Return what asks for one of OpenSSH's extensions.

    The library has a public method for one of them only, so this calls what that calls.
    """

    def work(sftp: Any) -> Any:
        from paramiko.sftp import CMD_EXTENDED  # lazily, like the library itself

        return sftp._request(CMD_EXTENDED, name, *words)[1]  # noqa: SLF001

    return work


@contextmanager
def _absent_is_fine() -> Iterator[None]:
    try:
        yield
    except NoSuchPathError:
        return


def forbidden(login: Login, path: str) -> Rejected:
    """Say that *path* may not be read or written."""
    return Rejected(
        T("{user} may not write or read {path} at {server}",
          user=login.user, path=path, server=login.server),
        customers_see=T("the page that was there before"),
        next=T("give {user} the right to write into that folder", user=login.user),
    )  # fmt: skip
