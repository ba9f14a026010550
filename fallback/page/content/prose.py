"""From an owner's words to HTML that can do nothing but be read.

What is plain is written down plainly; everything else is taken apart by Markdown and
cleaned by closed lists, in another room that is entered only when it is needed. The
guard looks at what people will see, whichever way it came.
"""

import html
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from attrs import frozen

from fallback.page.content.guard import Guard, Stranger, seen
from fallback.page.content.plainly import plainly
from fallback.page.content.reading import clean as safe

if TYPE_CHECKING:
    from fallback.page.content.marked import Marked

_HREF = re.compile(
    r"<a\b[^>]*?\bhref\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))", re.IGNORECASE
)
_BREAK = re.compile(r"<br>\s*")
_PICTURE = re.compile(r"<img\b", re.IGNORECASE)
_TITLE = re.compile(r'\btitle="([^"]*)"')
_COUNTS_FROM = re.compile(r'<ol start="(\d+)">')
_TAG = re.compile(r"<(/?)(\w+)[^>]*>")
_RUNNING = "a abbr b code del em i ins kbd s small strong sub sup u"
INLINE = frozenset(_RUNNING.split())
"""Tags that part no words: to a reader, what stands around them is one text."""


@frozen
class Prose:
    """One text, rendered. ``links`` are web and mail addresses that are only text now.

    ``numbers`` are what content may not say; ``pictures`` counts what was dropped.
    """

    html: str
    links: tuple[str, ...] = ()
    numbers: tuple[Stranger, ...] = ()
    pictures: int = 0


class Writer:
    """Renders every text of one build."""

    def __init__(self, guard: Guard) -> None:
        """Render for *guard*."""
        self.guard = guard
        self._made: Marked | None = None

    def prose(self, text: str, *, top: int) -> Prose:
        """Return *text* as HTML whose headings begin at level *top*.

        Raises ``fallback.page.content.limits.Unreadable``.
        """
        simple = plainly(text, top=top) if safe(text) == text else None
        if simple is not None:
            shown = _as_read(simple)
            return Prose(
                html=simple,
                links=tuple(dict.fromkeys(self.guard.strange_addresses(shown))),
                numbers=tuple(self.guard.strange_numbers(shown)),
            )
        clean, raw = self._marked().html(text, top=top)
        shown = _as_read(clean)
        return Prose(
            html=clean,
            links=tuple(dict.fromkeys(self._strange_links(raw, shown))),
            numbers=tuple(self.guard.strange_numbers(shown)),
            pictures=len(_PICTURE.findall(raw)),
        )

    def _marked(self) -> "Marked":
        if self._made is None:
            # Markdown and nh3: plain sentences do without
            from fallback.page.content.marked import Marked

            self._made = Marked(self.guard)
        return self._made

    def _strange_links(self, raw: str, shown: str) -> Iterator[str]:
        for found in _HREF.finditer(raw):
            link = html.unescape(found[1] or found[2] or found[3] or "")
            if link and not self.guard.allows(link):
                yield link.removeprefix("mailto:")
        yield from self.guard.strange_addresses(shown)


def plain(clean: str) -> str:
    """Return the words of sanitised HTML, titles included, as people see them."""
    titles = "\n".join(_TITLE.findall(clean))
    words = _TAG.sub(_gap, _BREAK.sub(" ", clean))
    return seen(html.unescape(f"{words}\n{titles}" if titles else words))


def _as_read(clean: str) -> str:
    """Return what ``plain`` does, with what a list counts from, and lines as they are.

    A list may count from 700123456, and nobody has written that as a text.
    """
    if "<ol start" in clean:
        clean = _COUNTS_FROM.sub(r"<p>\1</p>", clean)
    return plain(_BREAK.sub("<hr>", clean) if "<br" in clean else clean)


def _gap(tag: re.Match[str]) -> str:
    """Return what a tag does to the words around it: inline ones do nothing."""
    return "" if tag[2] in INLINE else "\n"
