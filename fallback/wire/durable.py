"""Files that survive a kill and a full disk: old or new, never a mixture.

Used by everything that keeps a promise on disk: hosts, zone files, stores, journal.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

from fallback.core.errors import Locked
from fallback.core.text import T


def replace(
    path: Path, body: bytes, *, mode: int = 0o644, lasting: bool = True
) -> None:
    """Make *path* hold *body*: all of it, durably, or the old bytes stay.

    The new bytes are written beside the file under one fixed name, so that kills leave
    at most one orphan, then fsynced and renamed over it. What can be made again need
    not be *lasting*: it survives a kill, and a loss of power perhaps not, and is
    written many times faster. Raises ``OSError``.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(body)
            if lasting:
                file.flush()
                os.fsync(file.fileno())
        fresh.replace(path)
    except OSError:
        with suppress(OSError):
            fresh.unlink()
        raise
    if lasting:
        sync_folder(path.parent)


def create(path: Path, body: bytes) -> None:
    """Make *path*, which must not be there, hold *body*: whole, durably, or not at all.

    Raises ``FileExistsError`` without touching what is there, or another ``OSError``.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with fresh.open("wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        _name(fresh, path, body)
    finally:
        with suppress(OSError):
            fresh.unlink()
    sync_folder(path.parent)


def _name(fresh: Path, path: Path, body: bytes) -> None:
    """Give *fresh* the name *path* too, unless that is taken."""
    if os.name == "nt":  # a rename there refuses to replace
        fresh.rename(path)
        return
    try:
        path.hardlink_to(fresh)  # unlike a rename, it never replaces
    except FileExistsError:
        raise
    except OSError as error:
        # memory cards and phones have no second names for a file
        if error.errno not in (errno.EPERM, errno.EACCES, errno.ENOTSUP):
            raise
        with path.open("xb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())


def append(path: Path, line: bytes) -> None:
    """Append *line* and a newline to *path*, durably; a torn last line is cut first.

    A line that a kill left unfinished was never acknowledged. Gluing the next line to
    it would lose both. Raises ``OSError``; a full disk leaves the file as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        file.seek(0)
        end = file.read().rfind(b"\n") + 1
        file.truncate(end)
        try:
            file.write(line + b"\n")
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            with suppress(OSError):
                file.truncate(end)
            raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make a rename or a new name in *folder* durable, where the system can."""
    if os.name == "nt":  # Windows cannot open folders, and journals names by itself
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def lock(path: Path, *, patience: timedelta = timedelta()) -> Iterator[None]:
    """Hold *path* as a lock file; the kernel lets go when the process dies.

    Raises ``Locked`` when somebody else holds it for longer than *patience*, and
    ``OSError`` where no file can be written or locked.
    """
    # filelock loads asyncio, which --help and status do not need
    from filelock import FileLock, Timeout

    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(path, timeout=patience.total_seconds()):
            yield
    except Timeout:
        raise Locked(
            T("another fallback process is at work on this site"),
            customers_see=T("whatever that process has published so far"),
            next=T("wait for it to end and run the same command again"),
        ) from None
