"""Releases on a server: whole folders, and one link that says which of them is live.

    releases/<sequence>-<build id>/   never changed once it has that name
    current -> releases/…             switched in one rename
    releases/.fallback-…              at work, or being taken away

A release is put together under a name of its own, so nobody who publishes at the same
time ever touches another's, and a publish that died leaves nothing but such a name.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from secrets import token_hex

from attrs import field, frozen

from fallback.core.errors import Rejected, Unavailable
from fallback.core.model import MANIFEST, BuiltFile, BuiltSite
from fallback.core.publishing import (
    FRONT,
    LEFTOVERS,
    Facts,
    Manifest,
    parse_leftovers,
)
from fallback.core.text import T
from fallback.wire.parallel import each
from fallback.wire.sftp import (
    WIDTH,
    Entry,
    FailedError,
    Kind,
    Line,
    NoSuchPathError,
)

KEPT = 5
"""How many releases stay, the live one included."""

STALE_SECONDS = 15 * 60
"""How long a publish may take, before another one takes it for dead."""

RELEASES = "releases"
CURRENT = "current"
_WORK = ".fallback-"
_NAME = re.compile(r"(\d{1,15})-[0-9A-Za-z]{1,64}(-\d{1,4})?")
_LINK = re.compile(r"releases/(\d{1,15}-[0-9A-Za-z]{1,64}(-\d{1,4})?)/?")


def is_release(name: str) -> bool:
    """Return whether a publish may have given a folder that *name*."""
    return _NAME.fullmatch(name) is not None


def is_work(name: str) -> bool:
    """Return whether *name* is one that we give to what is not finished."""
    return name.startswith(_WORK)


def sequence(name: str) -> int:
    """Return the sequence of the words in the release called *name*."""
    return int(name.partition("-")[0])


@frozen
class Live:
    """The release that visitors see. ``base`` is its folder."""

    base: str
    name: str
    manifest: Manifest | None
    body: bytes | None
    leftovers: tuple[str, ...] = ()


@frozen
class Tree:
    """Everything below one path of a server."""

    line: Line
    path: str
    _folders: set[str] = field(factory=set)

    def at(self, *parts: str) -> str:
        """Return the path of *parts* on the server."""
        return "/".join([self.path.rstrip("/"), *parts])

    def live(self) -> Live:
        """Return what is live now; the name is empty where there is no release.

        Raises ``Refused`` for the manifest of a newer program.
        """
        found = _LINK.fullmatch(self.line.target(self.at(CURRENT)) or "")
        base = self.at(RELEASES, found[1]) if found else self.at(CURRENT)
        body = self.line.get(f"{base}/{MANIFEST}")
        return Live(base, found[1] if found else "", Manifest.parse(body), body)

    def with_leftovers(self, live: Live) -> Live:
        """Return *live* with the files that it holds for one generation more."""
        body = self.line.get(f"{live.base}/{LEFTOVERS}")
        paths = parse_leftovers(body)
        return Live(live.base, live.name, live.manifest, live.body, paths)

    def front(self, live: Live) -> bytes | None:
        """Return the front page that visitors see."""
        return self.line.get(f"{live.base}/{FRONT}")

    def is_foreign(self, live: Live) -> bool:
        """Return whether something that we did not make stands in the link's place."""
        return not live.name and self.line.entry(self.at(CURRENT)) is not None

    def files(self, base: str, paths: Iterable[str]) -> dict[str, Entry]:
        """Return those of *paths* below *base* that are files."""
        wanted = set(paths)
        folders = sorted({path.rpartition("/")[0] for path in wanted})

        def look(folder: str) -> Mapping[str, Entry]:
            found = self.line.entries("/".join([base, folder] if folder else [base]))
            return (
                {f"{folder}/{n}" if folder else n: e for n, e in found.items()}
                if (found)
                else {}
            )

        return {
            path: entry
            for found in each(look, folders, width=WIDTH)
            for path, entry in found.items()
            if path in wanted and entry.kind is Kind.FILE
        }

    def intact(self, live: Live, site: BuiltSite) -> set[str]:
        """Return the paths of *site* that the live release already holds as they are.

        A listing shows no digest: a file of the right length that is no younger than
        the manifest, which was written last, is what the manifest says.
        """
        known = live.manifest.files if live.manifest else {}
        same = [file for file in site.files if known.get(file.path) == Facts.of(file)]
        if not same:
            return set()
        there = self.files(live.base, [*(file.path for file in same), MANIFEST])
        whole = there.get(MANIFEST)
        return {
            file.path
            for file in same
            if (found := there.get(file.path)) is not None
            and found.size == len(file.body)
            and whole is not None
            and found.modified <= whole.modified
        }

    def make_work(self) -> str:
        """Make a folder to put a release together in, and return its path."""
        work = self.at(RELEASES, f"{_WORK}{token_hex(6)}")
        try:
            self.line.make_folder(work)
        except NoSuchPathError:
            self._make_releases()
            self.line.make_folder(work)
        return work

    def _make_releases(self) -> None:
        try:
            self.line.make_folder(self.at(RELEASES))
        except NoSuchPathError as error:
            raise Rejected(
                T("the folder {path} is not there at {server}",
                  path=self.path, server=self.line.login.server),
                customers_see=T("no change"),
                next=T("look at path in fallback.toml, or run: fallback setup sftp"),
            ) from error  # fmt: skip
        except FailedError:  # somebody else was faster
            if self.line.entry(self.at(RELEASES)) is None:
                raise

    def _make_folders(self, work: str, paths: Iterable[str]) -> None:
        """Make every folder that *paths* need below *work*."""
        needed = {
            "/".join(parts[:depth])
            for path in paths
            for parts in [path.split("/")]
            for depth in range(1, len(parts))
        }
        for folder in sorted(needed):
            self.line.make_folder(f"{work}/{folder}")

    def fill(
        self, work: str, live: Live, files: Iterable[BuiltFile], kept: Collection[str]
    ) -> list[str]:
        """Put *files* into *work*, and what the live release holds at *kept*.

        Return the paths that were sent: the others got a second name there.
        """
        linkable = set(kept)
        bodies: dict[str, bytes | None] = {file.path: file.body for file in files}
        for path in kept:
            bodies.setdefault(path, None)
        self._make_folders(work, [*bodies, MANIFEST])

        def place(path: str) -> str | None:
            new, old = f"{work}/{path}", f"{live.base}/{path}"
            if path in linkable and self._linked(new, old):
                return None
            body = bodies[path]
            if body is None:
                body = self.line.get(old)
            if body is None:
                return None
            self.line.put(new, body)
            return path

        sent = each(place, bodies, width=WIDTH)
        return [path for path in sent if path is not None]

    def _linked(self, new: str, old: str) -> bool:
        try:
            return self.line.link(new, old)
        except NoSuchPathError:
            return False

    def refuse_torn(self, work: str, files: Iterable[BuiltFile]) -> None:
        """Raise ``Unavailable`` unless *files* are there at their full length.

        The server's last word on a file, that it could be closed, is not passed on.
        """
        sizes = {file.path: len(file.body) for file in files}
        there = self.files(work, sizes)
        for path, size in sizes.items():
            if path not in there or there[path].size != size:
                raise Unavailable(
                    T("{file} arrived cut off at {server}",
                      file=path, server=self.line.login.server),
                    customers_see=T("the page that was there before"),
                    next=T("deploy again"),
                )  # fmt: skip

    def finish(self, work: str, site: BuiltSite) -> str:
        """Give *work* the name of a release, the first that is free; return it."""
        taken = self.line.entries(self.at(RELEASES)) or {}
        name = f"{site.sequence}-{site.build_id}"
        for free in (one for one in _numbered(name) if one not in taken):
            try:
                self.line.rename(work, self.at(RELEASES, free))
            except FailedError:
                if self.line.entry(self.at(RELEASES, free)) is None:
                    raise
            else:
                return free
        raise AssertionError("there is always another number")

    def switch(self, name: str) -> None:
        """Make the release *name* the live one, in one rename."""
        link = self.at(RELEASES, f"{_WORK}{token_hex(6)}")
        self.line.point(link, f"{RELEASES}/{name}")
        try:
            self.line.rename(link, self.at(CURRENT))
        except FailedError as error:
            self.line.remove(link)
            raise Rejected(
                T("{server} cannot switch to another release",
                  server=self.line.login.server),
                customers_see=T("the page that was there before"),
                next=T("it needs OpenSSH, or another server that can rename over a"
                       " file; choose another kind of host"),
            ) from error  # fmt: skip

    def releases(self) -> dict[str, Entry]:
        """Return the finished releases."""
        found = self.line.entries(self.at(RELEASES)) or {}
        return {
            name: entry
            for name, entry in found.items()
            if is_release(name) and entry.kind is Kind.FOLDER
        }

    def outdated(self, live: str) -> list[str]:
        """Return what to take away: older releases, and what died long ago."""
        found = self.line.entries(self.at(RELEASES)) or {}
        there = self.line.entry(self.at(RELEASES))
        now = there.modified if there else 0  # the server's clock at its last change
        finished = [
            name
            for name, entry in found.items()
            if is_release(name) and entry.kind is Kind.FOLDER and name != live
        ]
        finished.sort(key=lambda n: (found[n].modified, sequence(n)), reverse=True)
        dead = [
            name
            for name, entry in found.items()
            if is_work(name) and now - entry.modified > STALE_SECONDS
        ]
        return [*filter(self.is_ours, finished[KEPT - 1 :]), *dead]

    def is_ours(self, name: str) -> bool:
        """Return whether the folder *name* holds the release that it says."""
        body = self.line.get(self.at(RELEASES, name, MANIFEST))
        held = Manifest.peek(body) if body else None
        return (
            held is not None
            and _NAME.fullmatch(name) is not None
            and (name.split("-")[:2] == [str(held.sequence), held.build])
        )

    def clear_away(self, name: str) -> None:
        """Take *name* of ours away: first its name, then what it holds.

        Whoever was still at work in it can then not finish it by mistake.
        """
        claimed = self.at(RELEASES, f"{_WORK}{token_hex(6)}")
        try:
            self.line.rename(self.at(RELEASES, name), claimed)
        except NoSuchPathError:
            return
        there = self.line.entry(claimed)
        if there is not None and there.kind is not Kind.FOLDER:
            self.line.remove(claimed)
        else:
            self.clear(claimed)

    def clear(self, folder: str) -> None:
        """Remove *folder* and everything in it, never following a link."""
        found = self.line.entries(folder)
        if found is None:
            return
        inner = [n for n, entry in found.items() if entry.kind is Kind.FOLDER]
        plain = [f"{folder}/{n}" for n in found if n not in inner]
        each(self.line.remove, plain, width=WIDTH)
        for name in inner:
            self.clear(f"{folder}/{name}")
        self.line.remove_folder(folder)


def _numbered(name: str) -> Iterator[str]:
    yield name
    for number in range(2, 10_000):
        yield f"{name}-{number}"
