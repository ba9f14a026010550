"""Makes the folders of a release host, having proved that the server can switch them.

The folder ``releases`` is made last, so it being there says that the proof was given.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import cast
from urllib.parse import urlsplit

from attrs import frozen

from fallback.core.config import Config, HostTable
from fallback.core.errors import Rejected, Unavailable
from fallback.core.hosts.provision import Outcome, Provision, Step
from fallback.core.settings.addresses import is_address
from fallback.core.text import T, Text
from fallback.hosts.sftp import Settings, said
from fallback.wire.dns import nameservers
from fallback.wire.own_server import server_files
from fallback.wire.sftp.files import Line, connected
from fallback.wire.sftp.login import Login
from fallback.wire.sftp.packets import FailedError, Kind, NoSuchPathError
from fallback.wire.sftp.releases import CURRENT, RELEASES, Tree, is_release, is_work

_PROBE = ".fallback-probe"
_REQUESTS = (
    "open,close,read,write,lstat,stat,fstat,opendir,readdir,remove,mkdir,rmdir,"
    "readlink,symlink,posix-rename,hardlink,fsync,statvfs"
)
"""What publishing asks for, by the names of sftp-server(8)."""


def connect(table: HostTable, config: Config) -> "SftpProvisioner":
    """Return what makes the folders of *table*."""
    settings = cast(Settings, table.settings)
    return SftpProvisioner(Login.of(settings, config), settings.path, table.url, config)


@frozen
class SftpProvisioner:
    """See ``fallback.core.ports.Provisioner``."""

    login: Login
    path: str
    url: str
    config: Config

    def setup(self, names: Sequence[str]) -> Provision:
        """See ``fallback.core.ports.Provisioner.setup``."""
        with self._tree() as tree:
            folder = self._folder(tree)
            proofs: tuple[Step, ...] = ()
            todo: tuple[Text, ...] = ()
            releases = tree.line.entry(tree.at(RELEASES))
            if releases is None or tree.line.entry(tree.at(_PROBE)):
                proofs, todo = _proved(tree)
            made = Outcome.FOUND
            if releases is None:
                tree.line.make_folder(tree.at(RELEASES))
                made = Outcome.MADE
        what = T("folder {path}", path=tree.at(RELEASES))
        return Provision(
            steps=(folder, *proofs, Step(what, made)),
            by_hand=(
                *todo,
                T("let its web server show the page: server/nginx.conf and"
                  " server/Caddyfile in your site's folder say how, in their first"
                  " lines; where the login is shut into a folder, put the whole path"
                  " before theirs"),
            ),
            policy=self._policy(),
            files=server_files(
                self.config, root=tree.at(CURRENT), url=self.url, names=names
            ),
        )  # fmt: skip

    def pointing_here(self) -> Collection[str]:
        """See ``fallback.core.ports.Provisioner.pointing_here``.

        The web server of the status address is taken to be this one.
        """
        status = (urlsplit(self.url).hostname or "").lower()
        hosts = {self.login.host, status} - {""}
        return [*hosts, *(a for host in sorted(hosts) for a in self._addresses(host))]

    def attached(self) -> Mapping[str, Text]:
        """See ``fallback.core.ports.Provisioner.attached``: DNS alone leads here."""
        return {}

    def teardown(self) -> Provision:
        """See ``fallback.core.ports.Provisioner.teardown``.

        A folder that others have put something into stays.
        """
        with self._tree() as tree:
            steps = (_unlinked(tree), *_emptied(tree))
        return Provision(steps)

    def _policy(self) -> str:
        """Return the line of ``authorized_keys`` (sshd(8)) for a key that publishes."""
        key = self.login.private_key()
        public = f"{key.get_name()} {key.get_base64()}" if key else "ssh-ed25519 AAAA…"
        command = f"internal-sftp -u 0022 -p {_REQUESTS}"
        return f'restrict,command="{command}" {public} fallback'

    def _addresses(self, host: str) -> Iterator[str]:
        """Yield the addresses of *host*; raises ``Unavailable`` if nobody knows."""
        if is_address(host):
            return
        for rtype in ("A", "AAAA"):
            answer = nameservers.resolve(host, rtype, self.config.network)
            if answer is None:
                raise Unavailable(
                    T("nobody answers where {name} points", name=host),
                    customers_see=T("no change: the host stays"),
                    next=T("try again when DNS answers"),
                )
            yield from answer.rdatas

    def _folder(self, tree: Tree) -> Step:
        """Make the folder itself, if only the last part of its path is missing."""
        what = T("folder {path}", path=self.path)
        there = tree.line.entry(self.path)
        if there is not None:
            return Step(what, Outcome.FOUND)
        try:
            tree.line.make_folder(self.path.rstrip("/"))
        except NoSuchPathError as error:
            raise Rejected(
                T("the folder above {path} is not there at {server}",
                  path=self.path, server=self.login.server),
                next=T("look at path in fallback.toml, or make that folder by hand"),
            ) from error  # fmt: skip
        return Step(what, Outcome.MADE)

    @contextmanager
    def _tree(self) -> Iterator[Tree]:
        with connected(self.login) as line, said(self.login):
            yield Tree(line, self.path)


def _proved(tree: Tree) -> tuple[tuple[Step, ...], tuple[Text, ...]]:
    """Do once, in a folder of its own, everything that a publish will do."""
    probe = tree.at(_PROBE)
    tree.clear(probe)
    tree.line.make_folder(probe)
    try:
        tree.line.put(f"{probe}/a", b"old")
        tree.line.put(f"{probe}/b", b"new")
        linked = tree.line.link(f"{probe}/c", f"{probe}/a")
        readable = all(
            about is not None and about.for_all
            for about in (tree.line.entry(probe), tree.line.entry(f"{probe}/a"))
        )
        _prove_switch(tree.line, probe)
    finally:
        # after a kill, the next setup or teardown does it
        with suppress(FailedError, Rejected, Unavailable):
            tree.clear(probe)
    return (
        Step(T("a way to switch from one release to the next at once"), Outcome.FOUND),
    ), tuple(_limits(tree, linked=linked, readable=readable))


def _prove_switch(line: Line, probe: str) -> None:
    """Rename a file over a file and a link over a link, and look what came of it."""
    try:
        line.rename(f"{probe}/b", f"{probe}/a")
        line.point(f"{probe}/live", "c")
        line.point(f"{probe}/next", "a")
        line.rename(f"{probe}/next", f"{probe}/live")
        works = (
            line.target(f"{probe}/live") == "a" and line.get(f"{probe}/live") == b"new"
        )
    except FailedError:
        works = False
    if not works:
        raise Rejected(
            T("{server} cannot switch to another release", server=line.login.server),
            next=T("it needs OpenSSH, or another server that can rename over a"
                   " file; choose another kind of host"),
        )  # fmt: skip


def _limits(tree: Tree, *, linked: bool, readable: bool) -> Iterator[Text]:
    if not readable:
        yield T(
            "files of {user} cannot be read by the web server: set the umask 022 for"
            " SFTP there (the line above does it)",
            user=tree.line.login.user,
        )
    if not linked:
        yield T(
            "nothing, unless you want to: {server} makes no hard links, so every"
            " publish sends every file",
            server=tree.line.login.server,
        )


def _unlinked(tree: Tree) -> Step:
    """Take the link away, if it is one of ours."""
    link = tree.at(CURRENT)
    what = T("link {path}", path=link)
    if not tree.live().name:
        return Step(what, Outcome.ABSENT)
    tree.line.remove(link)
    return Step(what, Outcome.REMOVED)


def _emptied(tree: Tree) -> Iterator[Step]:
    """Take the releases away, and each folder that is empty then."""
    releases = tree.at(RELEASES)
    found = tree.line.entries(releases)
    probe = tree.line.entry(tree.at(_PROBE))
    if probe is not None:
        tree.clear(tree.at(_PROBE))
    removed = Outcome.ABSENT
    for name, entry in (found or {}).items():
        if is_work(name) or (
            is_release(name) and entry.kind is Kind.FOLDER and tree.is_ours(name)
        ):
            tree.clear_away(name)
            removed = Outcome.REMOVED
    if found is not None and not tree.line.entries(releases):
        tree.line.remove_folder(releases)
        removed = Outcome.REMOVED
    yield Step(T("folder {path}", path=releases), removed)
    yield Step(T("folder {path}", path=tree.path), _removed_if_empty(tree))


def _removed_if_empty(tree: Tree) -> Outcome:
    if tree.line.entries(tree.path) != {} or tree.path in ("/", "."):
        return Outcome.ABSENT
    try:
        tree.line.remove_folder(tree.path)
    except (FailedError, Rejected):  # a chroot, where the folder above is not ours
        return Outcome.ABSENT
    return Outcome.REMOVED
