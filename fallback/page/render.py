"""The whole rendering: configuration, words and a theme in, a finished site out.

Pure: bytes come in, files come out, no clock is asked. The same input gives the same
bytes on every machine, so that a page which did not change is not published again.
"""

import gzip
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from attrs import frozen

from fallback.core.config import FILE_NAME, Config
from fallback.core.errors import Problem
from fallback.core.model import BuiltFile, BuiltSite, Language
from fallback.core.text import T
from fallback.page import feeds, hosting
from fallback.page.guard import Guard
from fallback.page.languages import Speaker
from fallback.page.names import ROBOTS
from fallback.page.prose import Writer
from fallback.page.theme import Sheet, Theme
from fallback.page.view import View, Viewer, feed_path, front_path, log_path
from fallback.page.words import Standing, Told, sequence, tell

FIRST_FLIGHT = 13_000
"""Bytes, compressed, that a server sends before it waits (RFC 6928), with room."""
ON_THE_PAGE = 20
"""Messages on the page itself, while they fit."""
A_PART = 20
"""Messages on each page of earlier ones, while they hold no more than PART_BYTES."""
PART_BYTES = 16_000

Catalogues = Mapping[Language, bytes | None]
"""Compiled ``page`` catalogues by language; ``None``: English sentences."""

Staged = Callable[[Told], Told]
"""How a preview changes what is told: another status, another ETA, more messages."""


@frozen
class Rendered:
    """A site, what is missing from it, and what the owner should merely know."""

    site: BuiltSite
    standing: Standing
    left_out: tuple[Problem, ...] = ()
    noticed: tuple[Problem, ...] = ()


def render(
    config: Config,
    sources: Mapping[str, bytes],
    theme: Theme,
    catalogues: Catalogues,
    *,
    staged: Staged | None = None,
) -> Rendered:
    """Return the site that *config* and *sources* (path → bytes) describe.

    *staged* may change what is told before it is shown: a preview, never published.

    Raises ``ContentError`` without any ``outage*.md``, or for a theme that cannot be
    used. Everything else that is wrong costs only itself, and is in ``left_out``.
    """
    told = tell(config, sources, Writer(Guard.of(config)))
    if staged:
        told = staged(told)
    speakers = [
        Speaker.of(language, catalogues.get(language))
        for language in config.shop.languages
    ]
    sheet = Sheet(theme)
    workers, complaints = _workers(config)
    noticed = list(told.noticed)
    files: list[BuiltFile] = []
    for speaker in speakers:
        viewer = Viewer(config, told, speakers, speaker)
        entries = [viewer.entry(update) for update in told.words.updates]
        made = _Language(viewer, sheet, noticed, entries, _parts(entries))
        files += made.files()
    front = next(file for file in files if file.path == "index.html")
    files.append(hosting.built("404.html", front.body))
    files.append(hosting.built("robots.txt", _robots(sources)))
    files += [hosting.worker(path) for path in workers]
    noticed += _shop_words(config, front)
    files.append(
        hosting.built("_headers", hosting.headers_file(files, _retry(told.standing)))
    )
    files.append(hosting.built("_redirects", hosting.redirects_file(workers)))
    return Rendered(
        hosting.site(files, sequence(told.standing)),
        told.standing,
        (*told.words.left_out, *complaints),
        tuple(noticed),
    )


def _retry(standing: Standing) -> datetime | None:
    return None if standing.late else standing.eta


def _robots(sources: Mapping[str, bytes]) -> bytes:
    """Return the shop's own rules; a robots.txt of zero bytes is no rules at all."""
    return sources.get(ROBOTS) or hosting.ALLOW_ALL


def _workers(config: Config) -> tuple[list[str], list[Problem]]:
    placed: list[str] = []
    problems = []
    for address in config.shop.workers:
        path = hosting.worker_path(address)
        if path is None:
            problems.append(
                Problem(
                    FILE_NAME,
                    0,
                    T("no service worker can be placed at {address}", address=address),
                    T("shop.workers holds paths such as {path}", path="/sw.js"),
                )
            )
        elif path not in placed:
            placed.append(path)
    return placed, problems


def _shop_words(config: Config, front: BuiltFile) -> list[Problem]:
    """Complain when the page holds the words by which the living shop is known."""
    if config.primary.contains not in front.body.decode():
        return []
    return [
        Problem(
            FILE_NAME,
            0,
            T(
                "the page holds {words} too, so it could be taken for the shop",
                words=config.primary.contains,
            ),
            T("choose words for primary.contains that only the real shop shows"),
        )
    ]


@frozen
class _Language:
    """Everything that is made once for each language."""

    viewer: Viewer
    sheet: Sheet
    noticed: list[Problem]
    entries: Sequence[View]
    parts: Sequence[Sequence[View]]

    def files(self) -> list[BuiltFile]:
        viewer, speakers = self.viewer, self.viewer.speakers
        shown, body = self._front()
        path = front_path(viewer.speaker, speakers).removeprefix("/") or "index.html"
        return [
            hosting.built(path, body),
            hosting.built(
                feed_path(viewer.speaker, speakers, "json"),
                feeds.json_feed(viewer, self.entries),
            ),
            hosting.built(
                feed_path(viewer.speaker, speakers, "xml"),
                feeds.atom_feed(viewer, self.entries),
            ),
            *self._older(shown),
        ]

    def _front(self) -> tuple[int, bytes]:
        """Return how many messages the page shows, and the page.

        As many as fit the first flight of a connection; the newest always.
        """
        shown = min(ON_THE_PAGE, len(self.entries))
        while True:
            view = self.viewer.front(self.entries[:shown], parts=self._needed(shown))
            body = self.sheet.render(view)
            size = len(gzip.compress(body, 6, mtime=0))
            if size <= FIRST_FLIGHT or shown <= 1:
                break
            shown = shown * 3 // 4
        if size > FIRST_FLIGHT:
            self.noticed.append(_heavy(self.viewer.speaker.language, size))
        return shown, body

    def _older(self, shown: int) -> list[BuiltFile]:
        made = []
        for number, part in enumerate(self.parts[: self._needed(shown)], 1):
            view = self.viewer.older(number, part[::-1])
            path = log_path(self.viewer.speaker, self.viewer.speakers, number)
            made.append(hosting.built(path, self.sheet.render(view)))
        return made

    def _needed(self, shown: int) -> int:
        """Return how many parts hold a message that the page does not show."""
        hidden = len(self.entries) - shown
        needed = 0
        while hidden > 0:
            hidden -= len(self.parts[needed])
            needed += 1
        return needed


def _parts(entries: Sequence[View]) -> list[list[View]]:
    """Return *entries* (newest first) in parts, oldest first, each fit for one page.

    They are filled from the oldest on, so that a full one never changes again.
    """
    parts: list[list[View]] = []
    room = 0
    for entry in reversed(entries):
        size = len(entry["html"].encode())
        if not parts or len(parts[-1]) >= A_PART or size > room:
            parts.append([])
            room = PART_BYTES
        parts[-1].append(entry)
        room -= size
    return parts


def _heavy(language: Language, size: int) -> Problem:
    return Problem(
        f"content/outage.{language}.md",
        0,
        T(
            "the page is {size} kB, and needs more than one round trip",
            size=-(-size // 1000),
        ),
        T("shorten the texts: it must arrive on a bad connection"),
    )
