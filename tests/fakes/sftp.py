"""A place behind an sftp host: seen on the server's own disk, killed by count."""

import threading
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from attrs import define, field

from fallback.core.config import HostTable
from fallback.hosts import setup
from fallback.hosts.sftp import Settings, connect
from fallback.wire.sftp.files import Line
from fallback.wire.sftp.login import opened
from tests.fakes.host import KilledError


def settings(server, path, /, **changes):
    known = {
        "host": "127.0.0.1",
        "port": server.port,
        "user": server.user,
        "path": str(path),
        "key": str(server.key),
        "known_host": server.known_host,
        **changes,
    }
    return Settings(**known)


@define
class Counted:
    """Stands before everything that changes something on the server."""

    left: int | None = None
    done: list = field(factory=list)
    lock: threading.Lock = field(factory=threading.Lock)

    def around(self, change):
        def counted(line, path, script, *, size=0):
            with self.lock:
                if self.left == 0:
                    raise KilledError
                if self.left is not None:
                    self.left -= 1
                self.done.append((path, size))
            return (yield from change(line, path, script, size=size))

        return counted


_LINES: dict[int, Line] = {}


@contextmanager
def one_line(login):
    """Stand in for ``connected``: an exam of a hundred publishes connects once."""
    line = _LINES.get(login.port)
    if line is None or not line.transport.is_active():
        line = _LINES[login.port] = Line(login, opened(login))
    yield line


@define
class Watched:
    """A host or a provisioner whose changes are counted."""

    inner: object
    counted: Counted

    def __getattr__(self, name):
        def call(*words):
            change = self.counted.around(Line._change)
            with (
                mock.patch.object(Line, "_change", change),
                mock.patch("fallback.hosts.sftp.connected", one_line),
                mock.patch("fallback.hosts.setup.sftp.connected", one_line),
            ):
                return getattr(self.inner, name)(*words)

        return call


@define
class SftpPlace:
    config: object
    server: object
    root: Path
    changes: dict = field(factory=dict)
    sent: list = field(factory=list)

    def host(self, **changes):
        more = {**self.changes, **changes}
        host = connect(settings(self.server, self.root, **more), self.config)
        return Watched(host, Counted(None, self.sent))

    def dying_after(self, writes):
        return Watched(self.host().inner, Counted(writes, self.sent))

    @property
    def current(self):
        return self.root / "current"

    def bodies(self):
        return {
            path.relative_to(self.current).as_posix(): path.read_bytes()
            for path in self.current.rglob("*")
            if path.is_file()
        }

    def leave(self, path, body):
        target = self.current / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)  # the same file is in an older release, too
        target.write_bytes(body)

    def writes(self):
        """Return the paths of the site whose bodies were sent."""
        base = f"{self.root}/releases/"
        sent = [p.removeprefix(base).partition("/")[2] for p, size in self.sent if size]
        self.sent.clear()
        # the packed page is no part of the site, and comes with every release
        return [path for path in sent if path != "index.html.gz"]

    def releases(self):
        return sorted(p.name for p in (self.root / "releases").iterdir())


@define
class SftpVendor:
    """See ``tests.contracts.provisioner.Vendor``."""

    config: object
    server: object
    root: Path
    done: list = field(factory=list)

    def provisioner(self):
        table = HostTable("sftp", "sftp", settings(self.server, self.root), "")
        return Watched(setup.connect(table, self.config), Counted(None, self.done))

    def dying_after(self, changes):
        return Watched(self.provisioner().inner, Counted(changes, self.done))

    def things(self):
        yield from (str(path) for path in self.root.parent.rglob("*"))

    def changes(self):
        done, self.done[:] = list(self.done), []
        return done

    def pass_time(self):
        pass

    def leave_things_of_others(self):
        self.root.mkdir()
        (self.root / "index.html").write_text("a living shop")
