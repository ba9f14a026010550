"""Leaves out those parts of python-markdown that a text cannot need.

Each of its parts looks at every piece of a text, and most texts are words with a little
emphasis. A part that can only match where a certain character stands is of no use to a
text without it, and leaving it out changes nothing: a test compares.
"""

from typing import Any

from attrs import define, field
from markdown import Markdown

_INLINE = {
    "backtick": "`",
    "escape": "\\",
    "reference": "[",
    "link": "[",
    "image_link": "[",
    "image_reference": "[",
    "short_reference": "[",
    "short_image_ref": "[",
    "autolink": "<",
    "automail": "<",
    "linebreak": "\n",
    "html": "<",
    "entity": "&",
    "not_strong": "*_",
    "em_strong": "*_",
    "em_strong2": "_",
    "nl": "\n",
}
_BLOCK = {
    "indent": " \t",
    "code": " \t",
    "table": "|",
    "hashheader": "#",
    "setextheader": "=-",
    "hr": "-_*",
    "olist": "0123456789",
    "ulist": "*+-",
    "quote": ">",
    "reference": "[",
    "abbr": "[",
}
_TELLING = frozenset("".join([*_INLINE.values(), *_BLOCK.values()]))


@define
class Parts:
    """Chooses which parts of *markdown* look at a text.

    Parts that are not named above, as a later version may have, are never left out.
    """

    markdown: Markdown
    _chosen: dict[frozenset[str], tuple[Any, Any]] = field(factory=dict, init=False)
    _inline: Any = field(init=False)
    _block: Any = field(init=False)

    def __attrs_post_init__(self) -> None:
        """Remember all there are."""
        self._inline = self.markdown.inlinePatterns
        self._block = self.markdown.parser.blockprocessors

    def choose(self, text: str) -> None:
        """Let *text* be looked at by what it may need."""
        there = _TELLING.intersection(text)
        chosen = self._chosen.get(there)
        if chosen is None:
            chosen = self._chosen[there] = (
                _needed(self._inline, _INLINE, there),
                _needed(self._block, _BLOCK, there),
            )
        inline: Any = self.markdown.treeprocessors["inline"]
        parser: Any = self.markdown.parser
        inline.inlinePatterns, parser.blockprocessors = chosen


def _needed(parts: Any, told_by: dict[str, str], there: frozenset[str]) -> list[Any]:
    """Return those of *parts* that may match a text with the characters *there*."""
    useless = {
        id(parts[name])
        for name, telling in told_by.items()
        if name in parts and not there.intersection(telling)
    }
    return [part for part in parts if id(part) not in useless]
