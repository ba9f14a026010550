"""Hostile Markdown and HTML, stirred from a seed, and a judge that reads the result.

Words of OWASP's filter evasion lists, cut into pieces and put together anew. The same
seed gives the same soup everywhere, so that what was found once can be found again.
"""

import json
import random
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

from lxml.html import fragment_fromstring

from fallback.page.content.guard import SCHEMES
from fallback.page.content.limits import ATTRIBUTES, TAGS

_MADE_OF = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
_GAPS = (" ", "/", "\n", "\t", "\x0c", " / ")
_EQUALS = ("=", " = ", "=\n")


def soup(seed: int) -> str:
    """Return the hostile text that *seed* stirs, up to some hundred letters long."""
    stir = random.Random(seed)
    return "".join(_piece(stir) for _ in range(stir.randint(1, 14)))


def _piece(stir: random.Random) -> str:
    kind = stir.random()
    if kind < 0.45:
        return stir.choice(_MADE_OF["pieces"])
    if kind < 0.85:
        return _tag(stir)
    if kind < 0.95:
        return "[{}]({})".format(
            stir.choice(_MADE_OF["pieces"]), stir.choice(_MADE_OF["values"])
        )
    return "".join(chr(stir.randrange(1, 0x3000)) for _ in range(stir.randint(1, 6)))


def _tag(stir: random.Random) -> str:
    name = "".join(
        letter.upper() if stir.random() < 0.2 else letter
        for letter in stir.choice(_MADE_OF["tags"])
    )
    gap = stir.choice(_GAPS)
    attributes = "".join(
        gap + stir.choice(_MADE_OF["attributes"]) + stir.choice(_EQUALS) + _quoted(stir)
        for _ in range(stir.choice((0, 0, 1, 1, 2)))
    )
    return f"<{stir.choice(('', '', '/'))}{name}{attributes}{stir.choice('>>>>/ ')}"


def _quoted(stir: random.Random) -> str:
    quote = stir.choice(("'", '"', "", "`"))
    value = stir.choice(_MADE_OF["values"])
    return f"{quote}{value}{quote}"


class Judge(HTMLParser):
    """Reads a fragment as a parser does, and notes all that must not be in it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.bad: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            self.bad.append(f"<{tag}>")
        for name, value in attrs:
            if name not in ATTRIBUTES.get(tag, set()) | {"rel"}:
                self.bad.append(f"<{tag} {name}>")
            if name == "href":
                self.links.append(value or "")
                if urlsplit(value or "").scheme not in SCHEMES:
                    self.bad.append(f"<{tag} href={value}>")

    def handle_endtag(self, tag: str) -> None:
        if tag not in TAGS:
            self.bad.append(f"</{tag}>")

    def handle_comment(self, data: str) -> None:
        self.bad.append(f"<!--{data}")

    def handle_decl(self, decl: str) -> None:
        self.bad.append(f"<!{decl}")

    def unknown_decl(self, data: str) -> None:
        self.bad.append(f"<![{data}")

    def handle_pi(self, data: str) -> None:
        self.bad.append(f"<?{data}")


def judged(html: str) -> Judge:
    """Return what a reader finds in *html*."""
    judge = Judge()
    judge.feed(html)
    judge.close()
    return judge


def disallowed(html: str) -> list[str]:
    """Return every tag, attribute and scheme in *html* that is on none of our lists.

    Two readers are asked: Python's own, and libxml2, which repairs as it likes.
    """
    second = Judge()
    for element in fragment_fromstring(html, create_parent=True).iterdescendants():
        if isinstance(element.tag, str):
            second.handle_starttag(element.tag, list(element.attrib.items()))
        else:
            second.bad.append(str(element))
    return judged(html).bad + second.bad
