"""A server of one's own that takes files by SFTP: each publish is a whole release.

A web server there shows ``<path>/current``, a link that one rename switches from the
old release to the new one. No shell is needed: ``internal-sftp`` in a chroot will do.
"""

import gzip
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import sha256
from typing import Literal

from attrs import frozen

from fallback.core.config import Config, SecretRef
from fallback.core.errors import FallbackError, Refused, Rejected, Unavailable
from fallback.core.hosts.capabilities import Capabilities
from fallback.core.hosts.publishing import (
    FRONT,
    LEFTOVERS,
    Removal,
    leftovers_body,
    refuse_empty,
    refuse_foreign,
    refuse_older,
    removal,
)
from fallback.core.model import MANIFEST, BuiltFile, BuiltSite, Digest, Receipt, Spot
from fallback.core.text import T, Text
from fallback.wire import publishing
from fallback.wire.sftp.files import connected
from fallback.wire.sftp.login import HOST_KEY, Login
from fallback.wire.sftp.packets import FailedError, NoSuchPathError
from fallback.wire.sftp.releases import CURRENT, Live, Shelf, Tree, sequence, until
from fallback.wire.web.page_server import announced_end

_PATH = re.compile(r"/|/?[^/\x00-\x1f\x7f~][^\x00-\x1f\x7f]*")
_TRIES = 3


@frozen
class Settings:
    """What ``[[hosts]]`` with ``kind = "sftp"`` takes.

    ``server`` says that the snippet for that web server is installed there.
    """

    host: str
    user: str
    path: str
    port: int = 22
    key: str = ""
    passphrase: SecretRef | None = None
    password: SecretRef | None = None
    known_hosts: str = "~/.ssh/known_hosts"
    known_host: str = ""
    server: Literal["", "nginx", "caddy"] = ""

    def complaints(self) -> Iterator[tuple[str, Text]]:
        """Yield what is wrong beyond the types, as (key, sentence)."""
        if not self.host or re.search(r"[\s/@]", self.host):
            yield "host", T("a host is a name or an address, without user or path")
        if not self.user:
            yield "user", T("the user has no name")
        if not _PATH.fullmatch(self.path) or ".." in self.path.split("/"):
            yield "path", T("a path is /srv/page, or page below the user's home")
        if not 0 < self.port < 65536:
            yield "port", T("a port is a number from 1 to 65535")
        if not self.key and self.password is None:
            yield "key", T("a login takes a key, a password, or both")
        if self.known_host and not HOST_KEY.match(self.known_host):
            yield "known_host", T("a host key is a line such as ssh-ed25519 AAAA…")


def connect(settings: Settings, config: Config) -> "SftpHost":
    """Return the host; it is asked for, and its secrets revealed, when it is used."""
    return SftpHost(
        Login.of(settings, config), settings.path, snippet=bool(settings.server)
    )


@frozen
class SftpHost:
    """See ``fallback.core.ports.Host``."""

    login: Login
    path: str
    snippet: bool = False

    @property
    def caps(self) -> Capabilities:
        """See ``fallback.core.ports.Host.caps``: the web server there decides all."""
        if not self.snippet:
            return Capabilities()
        return Capabilities(
            front=503, deep=503, post=503, retry_after=True, tls_ahead=True
        )

    def publish(self, site: BuiltSite) -> Receipt:
        """See ``fallback.core.ports.Host.publish``."""
        refuse_empty(site)
        with self._tree() as tree:
            live = tree.live()
            refuse_unfit(tree, live, site)
            live, skipped, shelf = tree.survey(live, site)
            if live.name and _is(live, site, skipped):
                _tidy(tree, live, shelf)
                return Receipt(skipped=tuple(file.path for file in site))
            plan = removal(site, live.manifest, live.leftovers)
            before = shelf.releases()
            name, sent = _release(tree, live, site, plan, skipped, before)
            _tidy(tree, *_switch(tree, name, site, live, before))
        return Receipt(
            tuple(file.path for file in site if file.path in sent),
            tuple(file.path for file in site if file.path not in sent),
            plan.now,
        )

    def read_back(self) -> Mapping[str, Digest]:
        """See ``fallback.core.ports.Host.read_back``."""
        with self._tree() as tree:
            live = tree.live()
            if live.manifest is None or live.body is None:
                return {}
            paths = list(live.manifest.files)
            line = tree.line
            found = line.run(line.getting(f"{live.base}/{path}") for path in paths)
            bodies = {**dict(zip(paths, found, strict=True)), MANIFEST: live.body}
        return {
            path: Digest(sha256(body).hexdigest())
            for path, body in bodies.items()
            if body is not None
        }

    def beside(self, path: str) -> Spot | None:
        """See ``fallback.core.ports.Roomy.beside``: in the release that is live now."""
        with self._tree() as tree:
            live = tree.live()
        if not live.name or live.body is None:
            return None
        return publishing.spot(live.body, f"{live.base}/{path}")

    def lay(self, spot: Spot, body: bytes) -> None:
        """See ``fallback.core.ports.Roomy.lay``."""
        with self._tree() as tree:
            tree.line.put(spot.at, body)

    def lift(self, spot: Spot) -> None:
        """See ``fallback.core.ports.Roomy.lift``."""
        with self._tree() as tree:
            tree.line.remove(spot.at)

    @contextmanager
    def _tree(self) -> Iterator[Tree]:
        with connected(self.login) as line, said(self.login):
            yield Tree(line, self.path)


@contextmanager
def said(login: Login) -> Iterator[None]:
    """Turn what nobody could make something of into words."""
    try:
        yield
    except NoSuchPathError as error:
        raise Unavailable(
            T("{path} is not there at {server}", path=str(error), server=login.server),
            customers_see=T("the page that was there before"),
            next=T("deploy again; somebody else may have been at work there"),
        ) from error
    except FailedError as error:
        raise Unavailable(
            T("{server} refuses this, and gives no reason ({why})",
              server=login.server, why=str(error)),
            customers_see=T("the page that was there before"),
            next=T("deploy again; if it stays, look at that path on the server"),
        ) from error  # fmt: skip


def refuse_unfit(tree: Tree, live: Live, site: BuiltSite) -> None:
    """Raise ``Refused`` where *site* may not take the place of what is *live*."""
    refuse_older(site, live.manifest)
    if live.manifest is None:
        refuse_foreign(site, tree.front(live))
    if tree.is_foreign(live):
        raise Refused(
            T("there is a {path} already that fallback did not make",
              path=tree.at(CURRENT)),
            customers_see=T("what was there before: nothing was touched"),
            next=T("give the page a path of its own, or move {path} away",
                   path=tree.at(CURRENT)),
        )  # fmt: skip


def _is(live: Live, site: BuiltSite, intact: set[str]) -> bool:
    """Return whether the live release is *site*, and whole."""
    others = {file.path for file in site.files} - {MANIFEST}
    return live.body == site.file(MANIFEST).body and intact == others


def _release(
    tree: Tree,
    live: Live,
    site: BuiltSite,
    plan: Removal,
    skipped: set[str],
    taken: Collection[str],
) -> tuple[str, set[str]]:
    """Put a release together and finish it; return its name and what was sent.

    The manifest comes last, so that by its age everything else is known to be whole.
    """
    eta = announced_end({file.path: file for file in site.files})
    ends = until(eta) if eta else ""
    files = [file for file in site.files if file.path != MANIFEST]
    files += _beside(site, plan, ends)
    kept = {*skipped, *plan.later}
    work = tree.new_work()
    try:
        tree.make_work(work, [*(file.path for file in files), *kept, MANIFEST])
        sent = tree.fill(work, live, files, kept)
        tree.line.put(f"{work}/{MANIFEST}", site.file(MANIFEST).body)
        name = "-".join(filter(None, [str(site.sequence), site.build_id, ends]))
        return tree.finish(work, name, taken), {*sent, MANIFEST}
    except (FallbackError, FailedError, NoSuchPathError):
        with suppress(FallbackError, FailedError, NoSuchPathError):
            tree.clear(work)
        raise


def _beside(site: BuiltSite, plan: Removal, ends: str) -> Iterator[BuiltFile]:
    """Yield what a release holds beside the site, for its web server and for us."""
    if plan.later:
        yield _file(LEFTOVERS, leftovers_body(plan.later))
    # nginx packs no answer of 503 by itself, and gzip_static takes what lies there
    yield _file(f"{FRONT}.gz", gzip.compress(site.file(FRONT).body, mtime=0))
    if ends:
        yield _file(f".{ends}", b"")


def _file(path: str, body: bytes) -> BuiltFile:
    digest = Digest(sha256(body).hexdigest())
    return BuiltFile(path, body, "", "", digest)


def _switch(
    tree: Tree, name: str, site: BuiltSite, live: Live, before: Collection[str]
) -> tuple[Live, Shelf]:
    """Make the release *name* live; return what is then, and the shelf.

    The newest words win over two at once: a server compares nothing, so each looks
    before and after. Raises ``Refused`` when the newer words are not ours.
    """
    ours = tree.release(name, site)
    for _ in range(_TRIES):
        live = tree.live(live)
        refuse_older(site, live.manifest)
        tree.switch(name)
        live, shelf = tree.live_and_shelf(ours)
        newer = [
            one
            for one in shelf.releases()
            if one not in before and sequence(one) > site.sequence
        ]
        if newer:
            tree.switch(max(newer, key=sequence))
            live, shelf = tree.live_and_shelf(live)
        refuse_older(site, live.manifest)
        if live.manifest is not None and live.manifest.sequence == site.sequence:
            return live, shelf
    raise Unavailable(
        T("somebody else publishes older words to {path} all the time", path=tree.path),
        customers_see=T("the older page"),
        next=T("find out who deploys there, then deploy again"),
    )


def _tidy(tree: Tree, live: Live, shelf: Shelf) -> None:
    """Take away what is too old. Nothing of it is seen, so it says so if it cannot."""
    old, dead = shelf.outdated(live.name)
    try:
        for name in [*filter(tree.is_ours, old), *dead]:
            tree.clear_away(name)
    except (Rejected, FailedError, NoSuchPathError) as error:
        raise Rejected(
            T("older releases in {path} could not be deleted", path=tree.path),
            customers_see=T("the new page"),
            next=T("allow fallback to delete its own files, then deploy again"),
        ) from error
