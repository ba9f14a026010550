"""Releases on a server: whole folders, and one link that says which of them is live.

    releases/<sequence>-<build id>/   never changed once it has that name; the end that
                                      the page announces may follow: -until-…
    current -> releases/…             switched in one rename
    releases/.fallback-…              at work, or being taken away

A release is put together under a name of its own, so nobody who publishes at the same
time ever touches another's, and a publish that died leaves nothing but such a name.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from secrets import token_hex
from typing import Any

from attrs import evolve, frozen

from fallback.core.errors import Rejected
from fallback.core.hosts.publishing import (
    FRONT,
    LEFTOVERS,
    Facts,
    Manifest,
    parse_leftovers,
)
from fallback.core.model import MANIFEST, BuiltFile, BuiltSite
from fallback.core.text import T
from fallback.page.hosting import http_date
from fallback.wire.sftp.files import Line
from fallback.wire.sftp.packets import Entry, FailedError, Kind, NoSuchPathError
from fallback.wire.sftp.pipeline import Script

KEPT = 5
"""How many releases stay, the live one included."""

STALE_SECONDS = 15 * 60
"""How long a publish may take, before another one takes it for dead."""

RELEASES = "releases"
CURRENT = "current"
_WORK = ".fallback-"
_NAME = re.compile(r"\d{1,15}-[0-9A-Za-z]{1,64}(-until-[0-9A-Za-z-]{1,64})?(-\d{1,4})?")
_LINK = re.compile(rf"releases/({_NAME.pattern})/?")


def is_release(name: str) -> bool:
    """Return whether a publish may have given a folder that *name*."""
    return _NAME.fullmatch(name) is not None


def until(eta: datetime) -> str:
    """Return *eta* for the name of a folder or a file, which is all nginx can see.

    In seconds, to be compared digit by digit with those of today, and in the parts of
    an HTTP-date, to be said.
    """
    seconds = max(0, int(eta.timestamp()))
    date = re.findall(r"\w+", http_date(eta))[:-1]
    return "-".join(["until", f"{seconds:010}", *date])


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
class Shelf:
    """What lies in the folder of releases, and when that last changed."""

    entries: Mapping[str, Entry]
    changed: int

    def releases(self) -> set[str]:
        """Return the names of the finished releases."""
        return {
            name
            for name, entry in self.entries.items()
            if is_release(name) and entry.kind is Kind.FOLDER
        }

    def outdated(self, live: str) -> tuple[list[str], list[str]]:
        """Return the releases that are too old, and what died long ago."""
        found = self.entries
        finished = sorted(
            self.releases() - {live},
            key=lambda name: (found[name].modified, sequence(name)),
            reverse=True,
        )
        dead = [
            name
            for name, entry in found.items()
            if is_work(name) and self.changed - entry.modified > STALE_SECONDS
        ]
        return finished[KEPT - 1 :], dead


@frozen
class Tree:
    """Everything below one path of a server."""

    line: Line
    path: str

    def at(self, *parts: str) -> str:
        """Return the path of *parts* on the server."""
        return "/".join([self.path.rstrip("/"), *parts])

    def live(self, known: Live | None = None) -> Live:
        """Return what is live now; the name is empty where there is no release.

        *known* is what was live before: a release never changes. Raises ``Refused``
        for the manifest of a newer program.
        """
        return self._live(self.line.target(self.at(CURRENT)), known)

    def _live(self, target: str | None, known: Live | None) -> Live:
        found = _LINK.fullmatch(target or "")
        if known is not None and found and found[1] == known.name:
            return known
        base = self.at(RELEASES, found[1]) if found else self.at(CURRENT)
        body = self.line.get(f"{base}/{MANIFEST}")
        return Live(base, found[1] if found else "", Manifest.parse(body), body)

    def live_and_shelf(self, known: Live) -> tuple[Live, Shelf]:
        """Return both as they are at the same time, or nearly."""
        target, *seen = self.line.run(
            [self.line.following(self.at(CURRENT)), *self._looking_at_releases()]
        )
        return self._live(target, known), _shelf(*seen)

    def _looking_at_releases(self) -> list[Script[Any]]:
        path = self.at(RELEASES)
        return [self.line.listing(path), self.line.looking(path)]

    def release(self, name: str, site: BuiltSite) -> Live:
        """Return the release *name* that holds *site*."""
        body = site.file(MANIFEST).body
        return Live(self.at(RELEASES, name), name, Manifest.parse(body), body)

    def front(self, live: Live) -> bytes | None:
        """Return the front page that visitors see."""
        return self.line.get(f"{live.base}/{FRONT}")

    def is_foreign(self, live: Live) -> bool:
        """Return whether something that we did not make stands in the link's place."""
        return not live.name and self.line.entry(self.at(CURRENT)) is not None

    def survey(self, live: Live, site: BuiltSite) -> tuple[Live, set[str], Shelf]:
        """Return three things that are asked for together.

        *live* with the files that it holds for one generation more; the paths of *site*
        that it already holds as they are; and the shelf.

        A listing shows no digest: a file of the right length that is no younger than
        the manifest, which was written last, is what the manifest says.
        """
        known = live.manifest.files if live.manifest else {}
        same = [file for file in site.files if known.get(file.path) == Facts.of(file)]
        wanted = [*(file.path for file in same), MANIFEST]
        folders = sorted({path.rpartition("/")[0] for path in wanted if same})
        scripts: list[Script[Any]] = [
            self.line.getting(f"{live.base}/{LEFTOVERS}"),
            *self._looking_at_releases(),
            *(
                self.line.listing(f"{live.base}/{folder}".rstrip("/"))
                for folder in folders
            ),
        ]
        leftovers, entries, about, *listed = self.line.run(scripts)
        there = _joined(dict(zip(folders, listed, strict=True)))
        return (
            evolve(live, leftovers=parse_leftovers(leftovers)),
            {file.path for file in same if _is_intact(file, there)},
            _shelf(entries, about),
        )

    def new_work(self) -> str:
        """Return a path, where nothing is yet, for what is not finished."""
        return self.at(RELEASES, f"{_WORK}{token_hex(6)}")

    def make_work(self, work: str, paths: Iterable[str]) -> None:
        """Make the folder *work*, and in it those that the files at *paths* need."""
        folders = [work, *(f"{work}/{folder}" for folder in _folders(paths))]
        try:
            self._make_folders(folders)
        except NoSuchPathError:
            self._make_releases()
            self._make_folders(folders)

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

    def _make_folders(self, folders: Sequence[str]) -> None:
        """Make *folders*, those above before those below, at once if the server can.

        One that does not keep to an order may have looked for a folder too early.
        """

        def made(folder: str) -> Script[bool]:
            try:
                yield from self.line.making_folder(folder)
            except NoSuchPathError:
                return False
            return True

        while folders:
            there = self.line.run(made(folder) for folder in folders)
            if not any(there):
                raise NoSuchPathError(folders[0])
            folders = [f for f, done in zip(folders, there, strict=True) if not done]

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

        def place(path: str) -> Script[bool]:
            new, old = f"{work}/{path}", f"{live.base}/{path}"
            if path in linkable and (yield from self._linked(new, old)):
                return False
            body = bodies[path]
            if body is None:
                body = yield from self.line.getting(old)
            if body is None:
                return False
            yield from self.line.putting(new, body)
            return True

        sent = self.line.run(place(path) for path in bodies)
        return [path for path, was in zip(bodies, sent, strict=True) if was]

    def _linked(self, new: str, old: str) -> Script[bool]:
        try:
            return (yield from self.line.linking(new, old))
        except NoSuchPathError:
            return False

    def finish(self, work: str, name: str, taken: Collection[str]) -> str:
        """Give *work* the *name* of a release, or one like it that is free; return it.

        *taken* is names that were seen: a folder is never put over one that is not
        empty, so nothing depends on it.
        """
        for free in _numbered(name):
            if free in taken:
                continue
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
        link = self.new_work()
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
        claimed = self.new_work()
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
        self.line.run(self.line.removing(path) for path in plain)
        for name in inner:
            self.clear(f"{folder}/{name}")
        self.line.remove_folder(folder)


def _shelf(entries: Mapping[str, Entry] | None, about: Entry | None) -> Shelf:
    return Shelf(entries or {}, about.modified if about else 0)


def _joined(listed: Mapping[str, Mapping[str, Entry] | None]) -> dict[str, Entry]:
    """Return the files in the folders of *listed*, by their whole paths."""
    return {
        f"{folder}/{name}" if folder else name: entry
        for folder, found in listed.items()
        for name, entry in (found or {}).items()
        if entry.kind is Kind.FILE
    }


def _is_intact(file: BuiltFile, there: Mapping[str, Entry]) -> bool:
    found, whole = there.get(file.path), there.get(MANIFEST)
    return (
        found is not None
        and whole is not None
        and found.size == len(file.body)
        and found.modified <= whole.modified
    )


def _folders(paths: Iterable[str]) -> list[str]:
    """Return every folder that *paths* need, those above before those below."""
    return sorted(
        {
            "/".join(parts[:depth])
            for path in paths
            for parts in [path.split("/")]
            for depth in range(1, len(parts))
        }
    )


def _numbered(name: str) -> Iterator[str]:
    yield name
    for number in range(2, 10_000):
        yield f"{name}-{number}"
