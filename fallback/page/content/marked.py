"""Markdown and HTML as people really write it, made harmless in bounded time.

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

import re

import nh3
from markdown import Markdown
from markdown.extensions.abbr import AbbrExtension
from markdown.extensions.nl2br import Nl2BrExtension
from markdown.extensions.sane_lists import SaneListExtension
from markdown.extensions.tables import TableExtension

from fallback.page.content.guard import SCHEMES, Guard
from fallback.page.content.limits import (
    ATTRIBUTES,
    DEEPEST,
    MOST_LINKS,
    MOST_STARS,
    TAGS,
    Unreadable,
)
from fallback.page.content.parsing import Parts
from fallback.page.content.reading import clean as safe

_MOST_REPAIRS = 5

# what stands for [ ] * _ while Markdown runs; ``reading.clean`` keeps it out of content
_ASIDE = str.maketrans("[]*_", "\ue000\ue001\ue002\ue003")
_BACK = str.maketrans("\ue000\ue001\ue002\ue003", "[]*_")
_BRACKETS = re.compile(r"\\.|!?\[[^\[\]\n]{0,300}\]|[\[\]]", re.DOTALL)
# an item of a list is none of them
_STARS = re.compile(r"^[ \t]*\*(?=[ \t])|([*_]+)", re.MULTILINE)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_INDENT = re.compile(rf"^[ \t]{{{DEEPEST},}}", re.MULTILINE)
_QUOTES = re.compile(r"^((?:[ \t]*>){5})[ \t>]+", re.MULTILINE)
_SETEXT = re.compile(r"^(?![-=*#>\s])([^\n]+)\n(=|-){3,}[ \t]*$", re.MULTILINE)
_ALONE = re.compile(r"^(#{1,6}[^#\n][^\n]*|[-*_]{3,}[ \t]*)$", re.MULTILINE)
_PLACELESS = re.compile(r"<a>(.*?)</a>", re.DOTALL)
_HEADING = re.compile(r"<(/?)h([1-6])>")


class Marked:
    """Takes Markdown apart; what is heavy to make is made once."""

    def __init__(self, guard: Guard) -> None:
        """Let through the links that *guard* allows."""
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
            link_rel=None,  # the page as a whole sends no referrer, and opens no window
            strip_comments=True,
        )

    def _attribute(self, _tag: str, name: str, value: str) -> str | None:
        if name == "href":
            return value if self.guard.allows(value) else None
        return value

    def html(self, text: str, *, top: int) -> tuple[str, str]:
        """Return *text* as harmless HTML, headings from *top* on, and as it was before.

        Raises ``Unreadable``.
        """
        raw = self._marked_down(text)
        leveled = raw
        if "<h" in raw:
            leveled = _HEADING.sub(
                lambda found: f"<{found[1]}h{max(top, int(found[2]))}>", raw
            )
        # once more what reading takes out: here &#8238; has become what it names
        clean = safe(self.cleaned(leveled).translate(_BACK)).strip()
        # what browsers would have to repair is repaired until there is nothing left:
        # then they read what was looked at here. Markdown itself leaves nothing
        if "<" in text:
            clean = self._settled(clean)
        return clean, raw

    def cleaned(self, raw: str) -> str:
        """Return *raw* without anything that is on no list."""
        # nh3 leaves an anchor where it took a forbidden address away: only its words
        # stay. What is left of a picture is nothing
        clean: str = self._cleaner.clean(raw)
        return _PLACELESS.sub(r"\1", clean) if "<a>" in clean else clean

    def _settled(self, clean: str) -> str:
        for _ in range(_MOST_REPAIRS):
            again = self.cleaned(clean)
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
