"""Files on a server, by SFTP: each verb by itself, or many of them at once.

No shell is needed, and nothing of the client's own file system: paths are text with
forward slashes. What may be done to many files is a script (``pipeline``), so that
two thousand of them cost a few round trips and not eight thousand.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from attrs import define

from fallback.core.errors import Rejected, Unavailable
from fallback.core.text import T
from fallback.wire.sftp import packets
from fallback.wire.sftp.login import Login, opened, patience, unreachable
from fallback.wire.sftp.packets import (
    Entry,
    FailedError,
    ForbiddenError,
    MalformedError,
    NoSuchPathError,
)
from fallback.wire.sftp.pipeline import Pipeline, Script

if TYPE_CHECKING:
    import paramiko

_MOST_BYTES = 64 * 1024 * 1024
_AHEAD = 24
"""How often a folder is asked for more of it before the first answer, which with
OpenSSH has a hundred names. What is asked beyond the end costs next to nothing."""

Made = TypeVar("Made")


@contextmanager
def connected(login: Login) -> Iterator["Line"]:
    """Hold a connection for the block. Raises what ``login.opened`` raises."""
    transport = opened(login)
    try:
        yield Line(login, transport)
    finally:
        transport.close()


@define
class Line:
    """One connection, for one thread at a time.

    Each verb raises ``Unavailable`` or ``Rejected`` in words. Where a caller can do
    something about it, ``NoSuchPathError`` and ``FailedError``.
    """

    login: Login
    transport: "paramiko.Transport"
    _pipeline: Pipeline | None = None

    def run(self, scripts: Iterable[Script[Made]]) -> list[Made]:
        """Return what *scripts* return, carried out together; see ``Pipeline.run``."""
        import paramiko

        with patience(self.transport) as kept:
            try:
                pipeline = self._pipeline or self._opened()
                pipeline.heard = kept.again
                return pipeline.run(scripts)
            except ForbiddenError as error:
                raise forbidden(self.login, str(error)) from error
            except (
                MalformedError, EOFError, OSError, paramiko.SSHException
            ) as error:  # fmt: skip
                self.transport.close()
                raise unreachable(self.login, late=kept.late) from error

    def _opened(self) -> Pipeline:
        """Open the one channel that everything goes through."""
        import paramiko

        try:
            channel = self.transport.open_session()
            channel.invoke_subsystem("sftp")
        except (paramiko.SSHException, EOFError) as error:
            if not self.transport.is_active():
                raise
            raise Rejected(
                T("{server} offers no SFTP", server=self.login.server),
                next=T("ask your host to switch SFTP on for {user}",
                       user=self.login.user),
            ) from error  # fmt: skip
        pipeline = Pipeline(channel)
        pipeline.begin()
        self._pipeline = pipeline
        return pipeline

    def _can(self, extension: str) -> bool:
        return self._pipeline is not None and extension in self._pipeline.extensions

    def get(self, path: str) -> bytes | None:
        """Return the bytes at *path*, or ``None``."""
        return self.run([self.getting(path)])[0]

    def entries(self, path: str) -> Mapping[str, Entry] | None:
        """Return what the folder at *path* holds, or ``None``."""
        return self.run([self.listing(path)])[0]

    def entry(self, path: str) -> Entry | None:
        """Return what lies at *path*, a link itself, or ``None``."""
        return self.run([self.looking(path)])[0]

    def target(self, path: str) -> str | None:
        """Return where the symbolic link at *path* leads; ``None`` if it is none."""
        return self.run([self.following(path)])[0]

    def put(self, path: str, body: bytes) -> None:
        """Write a new file; it is safe on the server's disk when this returns."""
        self.run([self.putting(path, body)])

    def link(self, path: str, other: str) -> bool:
        """Give the file at *other* a second name; return whether the server does it."""
        return self.run([self.linking(path, other)])[0]

    def make_folder(self, path: str) -> None:
        """Make a folder; raises ``FailedError`` if there is something already."""
        self.run([self.making_folder(path)])

    def point(self, path: str, target: str) -> None:
        """Make a symbolic link at *path* that leads to *target*."""
        self.run([self.pointing(path, target)])

    def rename(self, old: str, new: str) -> None:
        """Rename *old*, at once and over whatever file or link is at *new*."""
        self.run([self.renaming(old, new)])

    def remove(self, path: str) -> None:
        """Remove a file or a link; nothing there is fine."""
        self.run([self.removing(path)])

    def remove_folder(self, path: str) -> None:
        """Remove an empty folder; nothing there is fine."""
        self.run([self.removing_folder(path)])

    # the same as scripts, to be run with others

    def getting(self, path: str) -> Script[bytes | None]:
        """See ``get``."""
        opened, about = yield path, [packets.open_to_read(path), packets.stat_of(path)]
        try:
            handle = opened.handle()
        except NoSuchPathError:
            return None
        size = min(about.entry().size, _MOST_BYTES)
        *pieces, closed = yield (
            path,
            [*packets.reads(handle, size), packets.close(handle)],
        )
        closed.done()
        return b"".join(piece.data() or b"" for piece in pieces)

    def listing(self, path: str) -> Script[Mapping[str, Entry] | None]:
        """See ``entries``."""
        ahead = _AHEAD
        while True:
            (opened,) = yield path, [packets.opendir(path)]
            try:
                handle = opened.handle()
            except NoSuchPathError:
                return None
            asked = [packets.readdir(handle)] * ahead
            *answers, closed = yield path, [*asked, packets.close(handle)]
            closed.done()
            found = [answer.names() for answer in answers]
            if None in found:
                return {name: e for names in found for name, e in (names or {}).items()}
            ahead *= 4

    def looking(self, path: str) -> Script[Entry | None]:
        """See ``entry``."""
        (answer,) = yield path, [packets.lstat(path)]
        try:
            return answer.entry()
        except NoSuchPathError:
            return None

    def following(self, path: str) -> Script[str | None]:
        """See ``target``."""
        (answer,) = yield path, [packets.readlink(path)]
        try:
            return answer.target()
        except (NoSuchPathError, FailedError):
            return None

    def putting(self, path: str, body: bytes) -> Script[None]:
        """See ``put``; raises ``Unavailable`` for a file that arrived cut off."""
        return self._change(path, self._putting(path, body), size=len(body))

    def _putting(self, path: str, body: bytes) -> Script[None]:
        (opened,) = yield path, [packets.open_new(path)]
        handle = opened.handle()
        syncs = [packets.fsync(handle)] if self._can(packets.FSYNC) else []
        *written, about, closed = yield path, [
            *packets.writes(handle, body), *syncs,
            packets.fstat(handle), packets.close(handle),
        ]  # fmt: skip
        if syncs and written[-1].refused():
            written.pop()
        for answer in (*written, closed):
            answer.done()
        if about.entry().size != len(body):
            raise Unavailable(
                T("{file} arrived cut off at {server}",
                  file=path, server=self.login.server),
                customers_see=T("the page that was there before"),
                next=T("deploy again"),
            )  # fmt: skip

    def linking(self, path: str, other: str) -> Script[bool]:
        """See ``link``."""
        if not self._can(packets.HARDLINK):
            return False
        try:
            yield from self._change(path, _done(path, packets.hardlink(other, path)))
        except (FailedError, ForbiddenError):
            return False
        return True

    def making_folder(self, path: str) -> Script[None]:
        """See ``make_folder``."""
        return self._change(path, _done(path, packets.mkdir(path)))

    def pointing(self, path: str, target: str) -> Script[None]:
        """See ``point``."""
        return self._change(path, _done(path, packets.symlink(path, target)))

    def renaming(self, old: str, new: str) -> Script[None]:
        """See ``rename``."""
        return self._change(new, _done(new, packets.posix_rename(old, new)))

    def removing(self, path: str) -> Script[None]:
        """See ``remove``."""
        return _absent_is_fine(self._change(path, _done(path, packets.remove(path))))

    def removing_folder(self, path: str) -> Script[None]:
        """See ``remove_folder``."""
        return _absent_is_fine(self._change(path, _done(path, packets.rmdir(path))))

    def _change(
        self, path: str, script: Script[Made], *, size: int = 0
    ) -> Script[Made]:
        """Do what changes something; a full or read-only disk is said as such."""
        try:
            return (yield from script)
        except FailedError as error:
            yield from self._refuse_unwritable(path, size, error)
            raise

    def _refuse_unwritable(
        self, path: str, size: int, error: FailedError
    ) -> Script[None]:
        """Find out why: the protocol has no words for a disk that is full."""
        folder = path.rpartition("/")[0] or "."
        (answer,) = yield folder, [packets.statvfs(folder)]
        try:
            room = answer.room()
        except (FailedError, NoSuchPathError, ForbiddenError):
            return
        if room.read_only:
            raise forbidden(self.login, path) from error
        if room.free_bytes <= size or room.free_files == 0:
            raise Unavailable(
                T("the disk of {server} is full", server=self.login.server),
                customers_see=T("the page that was there before"),
                next=T("make room there and deploy again"),
            ) from error


def _done(path: str, request: packets.Request) -> Script[None]:
    (answer,) = yield path, [request]
    answer.done()


def _absent_is_fine(script: Script[None]) -> Script[None]:
    try:
        yield from script
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
