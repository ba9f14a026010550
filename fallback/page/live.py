"""The two places in a page that its script works with, as HTML that no theme changes.

A theme puts them where it likes and dresses them: ``notice`` high on the page, where
the shop's return is announced; ``controls`` beside the messages. Without script both
hold no words, because text browsers show what is hidden, and nothing is lost: all that
they could tell is on the page anyway.
"""

import json
import re
from collections.abc import Callable

from attrs import frozen
from markupsafe import escape

from fallback.core.text import Text
from fallback.page import sentences
from fallback.page.said import Said


@frozen
class Live:
    """Both parts for one page, and ``check``: what the link to look again says."""

    notice: str
    controls: str
    check: str


def live(say: Callable[[Text], str], said: Said, feed: str) -> Live:
    """Return the parts of a page whose news are at the address *feed*.

    When that fails, the same path is asked below the address of the page.
    ARIA: a status region is there before it is filled (WCAG technique ARIA22), what
    moves by itself can be stopped (WCAG 2.2.2). The script makes the buttons.
    """

    def says(part: str, sentence: Text) -> str:
        return f'data-live="{part}" data-says="{escape(say(sentence))}" hidden'

    after = [[at.isoformat(timespec="seconds"), texts] for at, texts in said.after]
    notice = (
        '<div class="notice" role="status">'
        f"<p {says('back', sentences.SHOP_ANSWERS)}></p>"
        f'<a class="go" href="" {says("back", sentences.GO_THERE)}></a>'
        f"<p {says('taking', sentences.TAKING)}></p></div>"
    )
    controls = (
        f'<div class="live" data-feed="{escape(feed)}"'
        f" data-after='{_single(after)}'>"
        f"<p {says('on', sentences.LIVE)}></p>"
        f"<p {says('unchecked', sentences.UNCHECKED)}></p>"
        f"<p {says('pause', sentences.PAUSE)}></p>"
        f"<p {says('take', sentences.TAKE_ME)}></p></div>"
    )
    return Live(notice, controls, say(sentences.CHECK_NOW))


_LIST = re.compile(r"""<(\w+)\b[^<>]*\sdata-live=["']?log(?![\w-])[^<>]*>""")


def messages(page: str) -> str:
    """Return what stands in the list of messages of *page*: open pages take it over.

    So a message is dressed by the theme alone, whenever it comes. ``""``: no list.
    """
    found = _LIST.search(page)
    if found is None:
        return ""
    start = found.end()
    depth = 1  # owners write lists too
    for tag in re.finditer(rf"<(/?){found[1]}\b[^<>]*>", page[start:]):
        depth += -1 if tag[1] else 1
        if not depth:
            return page[start : start + tag.start()].strip()
    return ""


def _single(value: object) -> str:
    """Return *value* as JSON between single quotes: most of its own need no escape."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return str(escape(text)).replace("&#34;", '"')
