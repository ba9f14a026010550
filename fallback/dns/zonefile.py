"""A zone kept as a BIND master file on this machine.

Every line that is not about a redirected name keeps its bytes; see
``fallback.wire.dns.masteredit``. The file is replaced as a whole, durably, and only if
it still holds what we compared. A server that writes into the file itself (a journal
beside it) would lose our change or its own: such a zone is for ``rfc2136``.

A crash between the new file and the server's reload would leave the change on disk and
unserved. A small file beside the zone file therefore says that a reload is due, and the
next read carries it out before anything else.

dnspython is imported inside, see ``fallback.wire.dns.presentation``.
"""

import os
import shlex
import stat
import subprocess
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NoReturn, cast

from attrs import field, frozen

from fallback.core.check.inventory import Inventory
from fallback.core.check.least_privilege import MOVES, Rights
from fallback.core.config import Config, DnsTable
from fallback.core.errors import Conflict, Locked, Refused, Unavailable, Unknown
from fallback.core.records import Caps, Commit, Plan, Snapshot
from fallback.core.text import T, Text
from fallback.wire import durable
from fallback.wire.dns import masteredit, masterfile, presentation, zones

CAPS = Caps(atomic="batch", cas="check-then-write", apex=None, types=presentation.TYPES)

_RELOAD = timedelta(seconds=30)
_LONGEST_COMPLAINT = 300


@frozen
class Settings:
    """The keys of a ``[[dns]]`` table with ``provider = "zonefile"``.

    ``reload`` is a command (no shell) that makes the server read the file again, such
    as ``rndc reload kwiaty.example``; it has 30 seconds.
    """

    path: Path
    reload: str | None = None

    def complaints(self) -> Iterator[tuple[str, Text]]:
        """Yield (key, complaint) for what is not right."""
        if self.reload is None:
            return
        try:
            words = shlex.split(self.reload)
        except ValueError as error:
            yield "reload", T("it is no command: {error}", error=str(error))
            return
        if not words:
            yield "reload", T("it is empty; leave it out instead")


def connect(settings: Settings, config: Config) -> "ZoneFile":
    """Return the provider."""
    return ZoneFile((config.root / settings.path).resolve(), settings.reload)


def _today() -> date:
    return datetime.now(UTC).date()


def rights(table: DnsTable) -> Rights:
    """See ``fallback.dns.rights``: the right is the file system's."""
    return Rights(
        (
            MOVES,
            T("change every other record of {zone}: give the right to write the file to"
              " one user who does nothing else", zone=table.zone),
        )
    )  # fmt: skip


def copied(table: DnsTable, config: Config) -> str:
    """See ``fallback.dns.copied``."""
    return connect(cast(Settings, table.settings), config).text()


@frozen
class ZoneFile:
    """See ``fallback.core.ports.DnsProvider``. ``today`` dates the serial, in UTC."""

    path: Path
    reload: str | None = None
    today: Callable[[], date] = field(default=_today)

    @property
    def caps(self) -> Caps:
        """See ``fallback.core.ports.DnsProvider``."""
        return CAPS

    def read(self, zone: str, names: Collection[str]) -> Snapshot:
        """See ``fallback.core.ports.DnsProvider``.

        Carries out a reload that a crash or a failure left undone; raises
        ``Unavailable`` when that fails, because then servers may still give old data.
        """
        found = masterfile.parse(self.text(), zone)
        if self._due.exists():
            with self._alone():
                if complaint := self._complaint_of_reload():
                    raise Unavailable(**complaint)
                self._due.unlink(missing_ok=True)
        return zones.snapshot(found, names)

    def listing(self, zone: str) -> Inventory:
        """See ``fallback.core.check.inventory.Lister``."""
        return zones.inventory(masterfile.parse(self.text(), zone))

    def commit(self, zone: str, plan: Plan) -> Commit:
        """See ``fallback.core.ports.DnsProvider``.

        Raises ``Unknown`` when the file is changed and the reload failed.
        """
        with self._alone():
            text = self.text()
            live = masterfile.parse(text, zone)
            zones.compare(plan, lambda key: zones.at(live, key))
            zones.admit(live, plan)
            fresh = masteredit.edited(text, zone, plan, self.today())
            self._replace(text, fresh)
            if complaint := self._complaint_of_reload():
                raise Unknown(**complaint)
            self._due.unlink(missing_ok=True)
        return Commit()

    @property
    def _due(self) -> Path:
        """The file whose presence says that the server has yet to read the zone."""
        return self.path.with_name(f".{self.path.name}.reload-due")

    def text(self) -> str:
        """Return the master file. Raises ``Refused`` for one that a server writes."""
        journal = self.path.with_name(f"{self.path.name}.jnl")
        if journal.exists():
            raise Refused(
                T(
                    "{journal} shows that a server changes {path} by itself",
                    journal=str(journal),
                    path=str(self.path),
                ),
                customers_see=T("no change: nothing was written"),
                next=T('use provider = "rfc2136", or freeze the zone and remove it'),
            )
        try:
            return self.path.read_bytes().decode("latin-1")
        except OSError as error:
            self._raise_unavailable(error)

    def _raise_unavailable(self, error: OSError) -> NoReturn:
        raise Unavailable(
            T(
                "{path} cannot be used: {error}",
                path=str(self.path),
                error=error.strerror or str(error),
            ),
            customers_see=T("no change: nothing was written"),
            next=T("see whether it is there and may be written by this user"),
        ) from error

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other fallback processes out; editors are found by comparison."""
        try:
            self.path.stat()  # else the lock would make the folder of a wrong path
            with durable.lock(self.path.with_name(f".{self.path.name}.lock")):
                yield
        except Locked as error:
            raise Unavailable(error.what, next=error.next) from None
        except OSError as error:
            self._raise_unavailable(error)

    def _replace(self, text: str, fresh: str) -> None:
        """Write *fresh*, if the file still holds *text*; keep owner and mode."""
        before = self.path.stat()
        if self.reload is not None:
            durable.replace(self._due, b"")
        if self.path.read_bytes() != text.encode("latin-1"):
            raise Conflict(
                T("somebody else has just changed {path}", path=str(self.path)),
                customers_see=T("no change: nothing was written"),
                next=T("run the same command again: it looks before it acts"),
            )
        mode = stat.S_IMODE(before.st_mode)
        durable.replace(self.path, fresh.encode("latin-1"), mode=mode)
        with suppress(OSError):  # only root may give files away
            self.path.chmod(mode)  # the umask had its say
            if hasattr(os, "chown"):
                os.chown(self.path, before.st_uid, before.st_gid)

    def _complaint_of_reload(self) -> dict[str, Text] | None:
        """Run the reload command; return what to say when it fails."""
        if self.reload is None:
            return None
        try:
            done = subprocess.run(
                shlex.split(self.reload, posix=os.name != "nt"),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=_RELOAD.total_seconds(),
                check=False,
            )
        except subprocess.TimeoutExpired:
            why = f"no end after {_RELOAD.total_seconds():.0f} s"
        except OSError as error:
            why = error.strerror or str(error)
        else:
            if done.returncode == 0:
                return None
            said = done.stdout.decode("utf-8", "replace").strip()
            why = f"exit {done.returncode}: {said[:_LONGEST_COMPLAINT]}"
        return {
            "what": T(
                "{path} is changed, but the server did not read it again ({why})",
                path=str(self.path),
                why=why,
            ),
            "customers_see": T("the records before the change, until the reload"),
            "next": T("run it yourself: {command}", command=self.reload),
        }
