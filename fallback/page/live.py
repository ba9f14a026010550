"""The two places in a page that its script works with, as HTML that no theme changes.

A theme puts them where it likes and dresses them: ``notice`` high on the page, where
the shop's return is announced; ``controls`` beside the messages. Without script both
show nothing, and everything they could tell is on the page anyway.
"""

import json
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


def live(say: Callable[[Text], str], said: Said, feed: str, own: str) -> Live:
    """Return the parts of a page whose news are at the address *feed*.

    *own* is the same feed below the address of the page, asked when *feed* fails.
    ARIA: a status region is there before it is filled (WCAG technique ARIA22), what
    moves by itself can be stopped (WCAG 2.2.2), and a button tells if it is pressed.
    """

    def told(sentence: Text) -> str:
        return str(escape(say(sentence)))

    after = [[at.isoformat(timespec="seconds"), texts] for at, texts in said.after]
    notice = (
        '<div class="notice" role="status">'
        f'<p data-live="back" hidden>{told(sentences.SHOP_ANSWERS)}'
        f' <a class="go" data-live="there" href="/">{told(sentences.GO_THERE)}</a></p>'
        f'<p data-live="taking" hidden>{told(sentences.TAKING)}</p></div>'
    )
    controls = (
        f'<div class="live" data-feed="{escape(feed)}" data-own="{escape(own)}"'
        f" data-after='{_single(after)}' hidden>"
        f"<p>{told(sentences.LIVE)}"
        f' <span data-live="unchecked" hidden>{told(sentences.UNCHECKED)}</span></p>'
        f"{_button('pause', told(sentences.PAUSE))}"
        f"{_button('take', told(sentences.TAKE_ME))}</div>"
    )
    return Live(notice, controls, say(sentences.CHECK_NOW))


def _single(value: object) -> str:
    """Return *value* as JSON between single quotes: most of its own need no escape."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return str(escape(text)).replace("&#34;", '"')


def _button(does: str, words: str) -> str:
    state = f'data-does="{does}" aria-pressed="false"'
    return f'<button type="button" {state}>{words}</button>'
