"""A file of the owner's words as the checklist reads it: lines, sentences, blocks.

The words are judged as they were written, not as HTML: a finding names a line, and
``<!-- lint-ok: jargon -->`` on that line says that the owner means it.
"""

import re
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher

from attrs import field, frozen

from fallback.core.model import Language
from fallback.core.words.lexicon import folded

_OK = re.compile(r"<!--\s*lint-ok:\s*([\w ,-]+?)\s*-->")
_COMMENT = re.compile(r"<!--.*?(?:-->|$)")
_ADDRESS = re.compile(
    r"(?:https?://|www\.)[^\s<>()]+|[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+"
)
_LINK = re.compile(r"\]\([^)\]\s]*\)")
_MARKS = re.compile(r"^\s{0,8}(?:>\s*|#{1,6}\s+|[-*+]\s+|\d{1,3}[.)]\s+)+|[*`~]+|\\")
_HEADING = re.compile(r"\s{0,3}#{1,6}\s+(.+?)[\s#]*|\s{0,3}\*\*([^*]+)\*\*:?\s*")
_END = re.compile(r"(?<=[.!?…])[\"”»’)]*\s+")
_LIKE = 0.8
"""How alike a heading must be to the standard one: a slip of the thumb, no more."""


@frozen
class Line:
    """One line of words without its markup. ``allowed`` are ids that are meant."""

    number: int
    text: str
    raw: str = field(repr=False)
    allowed: frozenset[str] = frozenset()


@frozen
class Passage:
    """One content file. ``stem`` is empty for the outage, else the update's name.

    ``body`` starts on ``line``; ``facts`` is what the header says, in a form in which
    two languages can be compared.
    """

    file: str
    language: Language
    stem: str
    body: str = field(repr=False)
    line: int = 1
    title: str = ""
    facts: Mapping[str, str] = field(factory=dict)

    @property
    def allowed(self) -> frozenset[str]:
        """Return every id that is marked as meant somewhere in the file."""
        return frozenset().union(*(line.allowed for line in self.lines()))

    def lines(self) -> Iterator[Line]:
        """Yield every line of the body, the empty ones too; the title comes first."""
        if self.title:
            yield Line(0, self.title, self.title)
        for number, raw in enumerate(self.body.split("\n"), self.line):
            marked = {
                each for ok in _OK.findall(raw) for each in re.split(r"[\s,]+", ok)
            }
            yield Line(number, plain(raw), raw, frozenset(marked))

    def sentences(self) -> Iterator[tuple[Line, str]]:
        """Yield each sentence with the line on which its paragraph begins."""
        for first, text in self.paragraphs():
            for sentence in _END.split(text):
                yield first, sentence

    def paragraphs(self) -> Iterator[tuple[Line, str]]:
        """Yield each paragraph as one text; headings and list items are their own."""
        gathered: list[Line] = []
        for line in self.lines():
            alone = line.raw.lstrip()[:1] in ("#", "-", "*", "+", ">", "|")
            if gathered and (alone or not line.text or not gathered[-1].number):
                yield _joined(gathered)
                gathered = []
            if line.text:
                gathered.append(line)
        if gathered:
            yield _joined(gathered)

    def blocks(self, headings: Mapping[str, str]) -> frozenset[str]:
        """Return which of *headings* (block → text) stand here with words below."""
        found: set[str] = set()
        current = ""
        for line in self.lines():
            heading = _HEADING.fullmatch(line.raw)
            if heading:
                current = _nearest(heading[1] or heading[2], headings)
            elif line.text and current:
                found.add(current)
        return frozenset(found)


def _joined(lines: list[Line]) -> tuple[Line, str]:
    allowed = frozenset().union(*(line.allowed for line in lines))
    first = lines[0]
    text = " ".join(line.text for line in lines)
    return Line(first.number, first.text, first.raw, allowed), text


def plain(raw: str) -> str:
    """Return the words of one line of Markdown, without marks and addresses."""
    text = _ADDRESS.sub(" ", _LINK.sub("]", _COMMENT.sub("", raw)))
    return " ".join(_MARKS.sub("", text).split())


def _nearest(heading: str, headings: Mapping[str, str]) -> str:
    wanted = folded(heading).strip(" .:!?")[:200]
    for block, text in headings.items():
        known = folded(text)
        if wanted == known or SequenceMatcher(None, wanted, known).ratio() >= _LIKE:
            return block
    return ""
