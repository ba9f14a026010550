"""From an owner's Markdown to HTML that can do nothing but be read.

Markdown first, then nh3 with closed lists: what the lists do not name does not exist.
The guard decides about each link while nh3 looks at it, so that no way of writing a
link goes past it.

python-markdown needs seconds to hours for some short texts: it looks for the partner of
every ``[`` to the end of the text, again and again (its issue 798), it copies the rest
of a block after every line of it, and it calls itself for every level of nesting. So
brackets that cannot be a link are set aside before it runs, links and emphasis are
limited in number, headings and rules get blocks of their own, and indentation has a
limit. Twenty kilobytes of anything then take a second at most.
"""

import html
import re
from collections.abc import Iterator

import nh3
from attrs import frozen
from markdown import Markdown
from markdown.extensions.abbr import AbbrExtension
from markdown.extensions.nl2br import Nl2BrExtension
from markdown.extensions.sane_lists import SaneListExtension
from markdown.extensions.tables import TableExtension

from fallback.page.guard import SCHEMES, Guard, Stranger, seen
from fallback.page.parsing import Parts
from fallback.page.reading import clean as safe

MOST_BYTES = 20 * 1024
"""How much text one file may hold; more is not news but a book."""
MOST_LINKS = 100
_MOST_REPAIRS = 5
MOST_STARS = 1000
"""Runs of ``*`` and ``_`` that may be emphasis; the rest are shown as they are."""
DEEPEST = 20
"""Columns of indentation that are kept: five levels of a list."""

_ALLOWED = (
    "a abbr b blockquote br code dd del dl dt em h2 h3 h4 h5 h6 hr i ins kbd li ol p"
    " pre s small strong sub sup table tbody td tfoot th thead tr u ul"
)
TAGS = frozenset(_ALLOWED.split())
ATTRIBUTES = {"a": {"href"}, "abbr": {"title"}, "ol": {"start"}}

# what stands for [ ] * _ while Markdown runs; ``reading.clean`` keeps it out of content
_ASIDE = str.maketrans("[]*_", "\ue000\ue001\ue002\ue003")
_BACK = str.maketrans("\ue000\ue001\ue002\ue003", "[]*_")
_BRACKETS = re.compile(r"\\.|!?\[[^\[\]\n]{0,300}\]|[\[\]]", re.DOTALL)
# an item of a list is none of them
_STARS = re.compile(r"^[ \t]*\*(?=[ \t])|([*_]+)", re.MULTILINE)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_INDENT = re.compile(rf"^[ \t]{{{DEEPEST},}}", re.MULTILINE)
_QUOTES = re.compile(r"^((?:[ \t]*>){5})[ \t>]+", re.MULTILINE)
_HREF = re.compile(
    r"<a\b[^>]*?\bhref\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))", re.IGNORECASE
)
_SETEXT = re.compile(r"^(?![-=*#>\s])([^\n]+)\n(=|-){3,}[ \t]*$", re.MULTILINE)
_ALONE = re.compile(r"^(#{1,6}[^#\n][^\n]*|[-*_]{3,}[ \t]*)$", re.MULTILINE)
_BREAK = re.compile(r"<br>\s*")
_PLACELESS = re.compile(r'<a rel="[^"]*">(.*?)</a>', re.DOTALL)
_HEADING = re.compile(r"<(/?)h([1-6])>")
_PICTURE = re.compile(r"<img\b", re.IGNORECASE)
_TITLE = re.compile(r'\btitle="([^"]*)"')
_TAG = re.compile(r"<(/?)(\w+)[^>]*>")
_RUNNING = "a abbr b code del em i ins kbd s small strong sub sup u"
_INLINE = frozenset(_RUNNING.split())


class Unreadable(Exception):
    """Markdown cannot take this text apart: it is nested too deeply."""


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
    """Renders every text of one build; what is heavy to make is made once."""

    def __init__(self, guard: Guard) -> None:
        """Render for *guard*."""
        self.guard = guard
        self._markdown = Markdown(
            # by name, each would be looked for in every package that is installed
            extensions=[
                TableExtension(),
                SaneListExtension(),
                Nl2BrExtension(),
                AbbrExtension(),
            ],
            output_format="html",
        )
        # raw HTML is nh3's business alone; Markdown's own parser for it stops reading
        # Markdown inside, and has been a source of endless loops
        self._markdown.preprocessors.deregister("html_block")
        self._parts = Parts(self._markdown)
        self._cleaner = nh3.Cleaner(
            tags=set(TAGS),
            # "*": without it, nh3 lets lang and title stand on every tag
            attributes={"*": set()} | {tag: set(a) for tag, a in ATTRIBUTES.items()},
            attribute_filter=self._attribute,
            url_schemes=set(SCHEMES),
            link_rel="noopener noreferrer",
            strip_comments=True,
        )

    def _attribute(self, _tag: str, name: str, value: str) -> str | None:
        if name == "href":
            return value if self.guard.allows(value) else None
        return value

    def prose(self, text: str, *, top: int) -> Prose:
        """Return *text* as HTML whose headings begin at level *top*.

        Raises ``Unreadable``.
        """
        raw = self._marked_down(text)
        leveled = raw
        if "<h" in raw:
            leveled = _HEADING.sub(
                lambda found: f"<{found[1]}h{max(top, int(found[2]))}>", raw
            )
        # once more what reading takes out: here &#8238; has become what it names
        clean = safe(self._clean(leveled).translate(_BACK)).strip()
        # what browsers would have to repair is repaired until there is nothing left:
        # then they read what was looked at here. Markdown itself leaves nothing
        if "<" in text:
            clean = self._settled(clean)
        shown = plain(clean)
        return Prose(
            html=clean,
            links=tuple(dict.fromkeys(self._strange_links(raw, shown))),
            numbers=tuple(self.guard.strange_numbers(shown)),
            pictures=len(_PICTURE.findall(raw)),
        )

    def _clean(self, raw: str) -> str:
        # nh3 leaves an anchor where it took a forbidden address away: only its words
        # stay. What is left of a picture is nothing
        clean: str = self._cleaner.clean(raw)
        return _PLACELESS.sub(r"\1", clean) if "<a " in clean else clean

    def _settled(self, clean: str) -> str:
        for _ in range(_MOST_REPAIRS):
            again = self._clean(clean)
            if again == clean:
                return clean
            clean = again
        raise Unreadable("never the same")

    def _marked_down(self, text: str) -> str:
        calm = _without_stray_brackets(_spaced(_shallow(_with_few_stars(text))))
        self._markdown.reset()
        self._parts.choose(calm)
        try:
            return self._markdown.convert(calm)
        # a parser of a stranger's text: whatever breaks it must cost this one text,
        # never the page
        except Exception as error:
            raise Unreadable(type(error).__name__) from error

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


def _gap(tag: re.Match[str]) -> str:
    """Return what a tag does to the words around it: inline ones do nothing."""
    return "" if tag[2] in _INLINE else "\n"


def _shallow(text: str) -> str:
    """Return *text* with no more levels of lists and quotes than people can read."""
    if "\t" in text or " " * DEEPEST in text:
        text = _INDENT.sub(" " * DEEPEST, text)
    return _QUOTES.sub(r"\1 ", text) if ">" in text else text


def _with_few_stars(text: str) -> str:
    """Return *text* with all emphasis set aside beyond what people use."""
    if text.count("*") + text.count("_") <= MOST_STARS:
        return text
    runs = 0

    def judged(found: re.Match[str]) -> str:
        nonlocal runs
        if found[1]:
            runs += 1
        few = not found[1] or runs <= MOST_STARS
        return found[0] if few else found[0].translate(_ASIDE)

    return _STARS.sub(judged, text)


def _spaced(text: str) -> str:
    """Return *text* with each heading and rule in a block of its own.

    python-markdown takes a block apart line by line and copies the rest each time.
    """
    if "=" in text or "--" in text:
        text = _SETEXT.sub(
            lambda found: f"{'#' if found[2] == '=' else '##'} {found[1]}", text
        )
    # what a line of its own is made of holds at least one of these
    marks = ("#", "--", "**", "__", "-*", "-_", "_*", "*_")
    alone = any(mark in text for mark in marks)
    return _ALONE.sub(r"\n\1\n", text) if alone else text


def _without_stray_brackets(text: str) -> str:
    """Return *text* with every bracket set aside that cannot belong to a link."""
    if "<!--" in text:
        text = _COMMENT.sub("", text)
    if "[" not in text and "]" not in text:
        return text
    links = 0

    def judged(found: re.Match[str]) -> str:
        nonlocal links
        part = found[0]
        if part in ("\\[", "\\]"):
            part = part[1]
        elif part[0] == "\\":
            return part
        elif len(part) > 1:
            links += 1
            if links <= MOST_LINKS:
                return part
        return part.translate(_ASIDE)

    return _BRACKETS.sub(judged, text)
