"""What a theme was given, and so may say: everything else in its page is its own.

A stranger's theme may dress what the shop says, and add words of its own. It may not
send customers anywhere: no link but those it was given, no phone number, no account, no
address. Looked at is what comes out, because a template can put a number together in
ways that no reader of its source would see. Texts that it was given are taken out of
the page, whole, and what is left is read as customers would read it.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from html import unescape
from typing import Any

from attrs import frozen
from markupsafe import escape

from fallback.page.content.guard import bare_addresses, seen
from fallback.page.content.numbers import digits, numbers
from fallback.page.content.prose import INLINE

_ADDRESSES = frozenset(
    {"href", "tel", "mailto", "atom", "json", "url", "shop_url", "icon"}
)
"""The keys of a view that hold an address. ``html`` holds what the guard let link."""
_LINK = re.compile(r'<a\b[^<>]*?\shref="([^"]*)"')
_TELLING = re.compile(r"[\d@]|://|www\.")
_SHORTEST = 8
"""Letters of a text that is taken out: less might be a piece of a stranger's number."""
_MORE_INLINE = "bdi bdo cite dfn mark q rp rt ruby samp span time var wbr"
_INLINE = INLINE | frozenset(_MORE_INLINE.split())
_COMMENT = re.compile(r"<!--[^<>]*>")
_TAG = re.compile(r"""</?([a-zA-Z][\w-]*)(?:[^<>"']|"[^"]*"|'[^']*')*>""")
_VALUE = re.compile(r"""=(?:"([^"]+)"|'([^']+)'|([^\s"'<>=]+))""")
_TEXT_OF_A_STYLE = re.compile(r"\"([^\"\n]*)\"|'([^'\n]*)'")
_COUNTED = re.compile(r"(counter-(?:reset|set|increment):[^;{}]*?\d{3,}[^;{}]*)")


@frozen
class Given:
    """What a page says without its theme: ``texts``, and where links lead."""

    addresses: Collection[str]
    texts: Collection[str]

    @classmethod
    def of(cls, view: Mapping[str, Any]) -> "Given":
        """Return what *view* gives."""
        texts = {value for _, value in _strings(view) if _TELLING.search(value)}
        return cls(addresses(view), texts)

    def added(self, page: str) -> str:
        """Return a number or address in *page* that the theme has added; ``""``: none.

        *page* is one that the gate has let through.
        """
        page = _COMMENT.sub("", page)
        for text in sorted(self.texts, key=len, reverse=True):
            safe = str(escape(text))
            if len(text) >= _SHORTEST:
                page = page.replace(safe, "").replace(text, "")
            else:  # an hour, say, with an element of its own: no part of a number
                page = page.replace(f">{safe}<", ">x<")
        words = _TAG.sub(lambda tag: "" if tag[1].lower() in _INLINE else "\n", page)
        values = (next(filter(None, each)) for each in _VALUE.findall(page))
        told = [each for each in values if _TELLING.search(each)]
        read = [seen(unescape(each)) for each in (words, "\nx\n".join(told))]
        return next((each for text in read for each in self._strange(text)), "")

    def _strange(self, text: str) -> Iterator[str]:
        # what a theme takes apart, as an address at its "@", is still what it was given
        for number in numbers(text):
            if not any(digits(number.plain) in digits(each) for each in self.texts):
                yield number.text
        for address in bare_addresses(text):
            if not any(address in each for each in (*self.texts, *self.addresses)):
                yield address


def addresses(view: Mapping[str, Any]) -> set[str]:
    """Return every address that *view* gives."""
    found: set[str] = set()
    for key, value in _strings(view):
        if key in _ADDRESSES:
            found.add(value)
        elif key == "html" and "<a " in value:
            found |= {unescape(link) for link in _LINK.findall(value)}
    # search engines take no path for the address of a translation
    home = view.get("home", "")
    return found | {home + each for each in found if each.startswith("/")}


def added_by_style(style: str) -> str:
    """Return a number or address that *style* puts into a page; ``""`` if none.

    Generated content is all that a style can say (CSS Generated Content, level 3).
    """
    said = " ".join(one or other for one, other in _TEXT_OF_A_STYLE.findall(style))
    text = seen(said)
    for number in numbers(text):
        return number.text
    for address in bare_addresses(text):
        return address
    found = _COUNTED.search(style)
    return found[1] if found else ""


def _strings(view: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return each text in *view* with the key that it stands under."""
    found: list[tuple[str, str]] = []
    waiting: list[tuple[str, Any]] = [*view.items()]
    for key, value in waiting:  # which grows: ten thousand messages are no recursion
        if isinstance(value, str):
            found.append((key, value))
        elif isinstance(value, Mapping):
            waiting += value.items()
        elif isinstance(value, list | tuple):
            waiting += [(key, each) for each in value]
    return found
