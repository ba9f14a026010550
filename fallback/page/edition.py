"""The pages and feeds in one language, each as full as the first flight allows.

As many messages stand on the page itself as arrive with it; the earlier ones stand in
parts of their own, filled from the oldest on, so that a full part never changes again.
"""

import gzip
import json
from bisect import bisect
from collections.abc import MutableMapping, Sequence
from hashlib import blake2b
from itertools import accumulate

from attrs import define, field, frozen

from fallback.core.model import BuiltFile, Update
from fallback.page import feeds, hosting
from fallback.page.live import messages
from fallback.page.themes.theme import Sheet
from fallback.page.view import (
    View,
    Viewer,
    feed_path,
    front_path,
    log_path,
    report_path,
)

FIRST_FLIGHT = 13_000
"""Bytes, compressed, that a server sends before it waits (RFC 6928), with room."""
ON_THE_PAGE = 75
"""Messages on the page itself, while they fit: more than that, nobody reads."""
A_PART = 20
"""Messages on each page of earlier ones, while they hold no more than PART_BYTES."""
PART_BYTES = 16_000

Kept = MutableMapping[bytes, bytes]
"""What was rendered before, by a key that names everything it was made of."""


@frozen
class Parts:
    """How the messages, newest first, are cut into pages of earlier ones.

    The cut is the same in every language, so that a link from one leads to another.
    """

    updates: Sequence[Update]
    sizes: Sequence[int]
    """How many messages each part holds, the oldest part first."""

    @classmethod
    def of(cls, updates: Sequence[Update]) -> "Parts":
        """Return *updates* in parts, each of them fit for one page."""
        sizes: list[int] = []
        room = 0
        for update in reversed(updates):
            size = max(len(html.encode()) for _, html in update.texts.values())
            if not sizes or sizes[-1] >= A_PART or size > room:
                sizes.append(0)
                room = PART_BYTES
            sizes[-1] += 1
            room -= size
        return cls(updates, sizes)

    def needed(self, shown: int) -> int:
        """Return how many parts hold a message that a page of *shown* leaves out."""
        hidden = len(self.updates) - shown
        needed = 0
        while hidden > 0:
            hidden -= self.sizes[needed]
            needed += 1
        return needed

    def earlier(self, number: int) -> int:
        """Return how many messages are older than those of part *number*."""
        return sum(self.sizes[: number - 1])

    def holding(self, number: int) -> int:
        """Return the part that holds message *number* (from 0, the newest)."""
        older = len(self.updates) - 1 - number
        return bisect(list(accumulate(self.sizes)), older) + 1

    def part(self, number: int) -> Sequence[Update]:
        """Return the messages of part *number* (from 1), newest first."""
        end = len(self.updates) - self.earlier(number)
        return self.updates[end - self.sizes[number - 1] : end]


@frozen
class Front:
    """The page itself: its bytes, compressed size, and how many messages it shows."""

    body: bytes = field(repr=False)
    size: int
    shown: int


@define
class Edition:
    """Everything that is made once for each language."""

    viewer: Viewer
    sheet: Sheet
    parts: Parts
    _entries: list[View] = field(factory=list, init=False)

    def front(self, shown: int) -> Front:
        """Return the page with *shown* messages, or as many fewer as arrive with it.

        The newest one is always shown.
        """
        shown = min(shown, len(self.parts.updates))
        while True:
            view = self.viewer.front(
                self._newest(shown), parts=self.parts.needed(shown)
            )
            body = self.sheet.render(view)
            size = weight(body)
            if size <= FIRST_FLIGHT or shown <= 1:
                return Front(body, size, shown)
            shown = self._fewer(shown, size)

    def _fewer(self, shown: int, size: int) -> int:
        """Return how many messages probably fit, when *shown* of them have *size*."""
        texts = "".join(entry["html"] for entry in self._newest(shown))
        # what a message weighs beside its text: its time and its place in the page
        each = max(1, len(gzip.compress(texts.encode(), 6, mtime=0)) // shown) + 30
        return max(1, min(shown - 1, shown - (size - FIRST_FLIGHT) // each - 1))

    def files(self, front: Front) -> list[BuiltFile]:
        """Return *front*, the feeds beside it, and what is told afterwards."""
        speaker, speakers = self.viewer.speaker, self.viewer.speakers
        path = front_path(speaker, speakers).removeprefix("/") or "index.html"
        entries = self._newest(feeds.MOST_ENTRIES)
        pages = [self._page(number, front.shown) for number in range(len(entries))]
        made = [
            hosting.built(path, front.body),
            hosting.built(
                feed_path(speaker, speakers, "json"),
                feeds.json_feed(self.viewer, entries, pages, self._shown(front)),
            ),
        ]
        if self.viewer.own:  # readers subscribe to what the owner says
            atom = feeds.atom_feed(self.viewer, entries, pages)
            made.append(hosting.built(feed_path(speaker, speakers, "xml"), atom))
            if self.viewer.told.words.report:
                body = self.sheet.render(self.viewer.report())
                made.append(hosting.built(report_path(speaker, speakers), body))
        return made

    def _shown(self, front: Front) -> feeds.Shown:
        log = messages(front.body.decode())
        if front.shown >= len(self.viewer.told.words.updates):
            return feeds.Shown(log)  # and nothing of an earlier outage
        return feeds.Shown(log, self._newest(front.shown)[-1]["at"]["iso"])

    def _page(self, number: int, shown: int) -> str:
        """Return where message *number* (from 0, the newest) stands."""
        viewer = self.viewer
        if number < shown:
            return front_path(viewer.speaker, viewer.speakers)
        part = self.parts.holding(number)
        return f"/{log_path(viewer.teller, viewer.speakers, part)}"

    def older(self, needed: int, kept: Kept, about: str) -> list[BuiltFile]:
        """Return the first *needed* parts, taken from *kept* where they are there.

        *about* names what the pages are made of besides their views.
        """
        made = []
        earlier = 0
        # a frame tells what stands around the messages, whatever that will be; the
        # number and what is earlier are all that differs from page to page
        frame = json.dumps([about, self.viewer.older(2, [], 7)])
        common = blake2b(frame.encode(), digest_size=20)
        for number in range(1, needed + 1):
            updates = self.parts.part(number)
            digest = common.copy()
            plain = [number, earlier, [_plain(each) for each in updates]]
            digest.update(json.dumps(plain).encode())
            name = digest.digest()
            body = kept.get(name)
            if body is None:
                entries = [self.viewer.entry(update) for update in updates]
                body = self.sheet.render(self.viewer.older(number, entries, earlier))
                kept[name] = body
            path = log_path(self.viewer.speaker, self.viewer.speakers, number)
            made.append(hosting.built(path, body))
            earlier += self.parts.sizes[number - 1]
        return made

    def _newest(self, count: int) -> list[View]:
        wanted = self.parts.updates[len(self._entries) : count]
        self._entries.extend(self.viewer.entry(update) for update in wanted)
        return self._entries[:count]


def weight(body: bytes) -> int:
    """Return how many bytes of *body* travel; what is short enough is not squeezed."""
    raw = len(body)
    return raw if raw <= FIRST_FLIGHT else len(gzip.compress(body, 6, mtime=0))


def _plain(update: Update) -> object:
    return [update.stem, update.at.timestamp(), update.status, dict(update.texts)]
