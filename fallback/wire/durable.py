"""Files that survive a kill and a full disk: old or new, never a mixture.

Used by everything that keeps a promise on disk: hosts, zone files, stores, journal.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from time import monotonic, sleep

from fallback.core.errors import Locked
from fallback.core.text import T

_NAP = 0.02  # seconds between two tries to be alone in a folder


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
def alone_in(folder: Path, patience: timedelta) -> Iterator[bool]:
    """Yield whether nobody else is in a block like this one for *folder*.

    It waits for them until *patience* ends. The kernel lets go when a process dies, and
    the folder, which people see, gets no lock file. Windows and some shares know no
    locks of folders: there it is ``True``, and nobody is kept out. Raises ``OSError``
    when there is no such folder. Source: flock(2).
    """
    if os.name == "nt":
        yield True
        return
    descriptor = os.open(folder, os.O_RDONLY)
    ends = monotonic() + patience.total_seconds()
    try:
        while taken := _taken(descriptor):
            if monotonic() >= ends:
                break
            sleep(_NAP)
        yield not taken
    finally:
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    """Lock what is open there, unless somebody else has; return whether they have."""
    # a module that Windows does not have
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # NFS without locks, and other shares
        return False
    return False


@contextmanager
def lock(path: Path) -> Iterator[None]:
    """Hold *path* as a lock file; the kernel lets go when the process dies.

    Raises ``Locked`` at once when somebody else holds it.
    """
    # filelock loads asyncio, which --help and status do not need
    from filelock import FileLock, Timeout

    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(path, timeout=0):
            yield
    except Timeout:
        raise Locked(
            T("another fallback process is at work on this site"),
            customers_see=T("whatever that process has published so far"),
            next=T("wait for it to end and run the same command again"),
        ) from None
