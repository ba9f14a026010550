"""Keeps words and numbers in order where writing from right to left meets the other.

Browsers and mail programs order mixed text by the Unicode Bidirectional Algorithm
(UAX 9). It shows "+48 600 100 200" among Arabic words as "200 100 600 48+", and moves
the mark at the end of a Latin name to its front. So what runs against its sentence is
set between FIRST STRONG ISOLATE and POP DIRECTIONAL ISOLATE (section 2.4), which
nobody sees, and which work in a title, a feed and an e-mail too.
"""

import re
from functools import cache

_RTL_TAGS = (
    # the languages and scripts that CLDR writes from right to left
    "apc ar bal bgn ckb dv fa he ks lrc mzn nqo ps rhg sd sdh skr syr trw ug ur yi"
    " adlm arab hebr nkoo rohg syrc thaa"
)
_RIGHT_TO_LEFT = frozenset(_RTL_TAGS.split())
# the blocks that Unicode keeps for scripts from right to left
_RTL = (
    "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\U00010800-\U00010fff\U0001e800-\U0001efff"
)
_AGAINST = {
    "ltr": re.compile(f"[{_RTL}]"),
    "rtl": re.compile(rf"\+\d|(?![{_RTL}])[^\W\d_]"),
}
_TAG_OR_NUMBER = re.compile(r"<[^>]*>|\+?\d(?:[\d \u00a0().-]*\d)?")
_FEWEST_DIGITS = 7
"""A run of fewer is a price, a time or a count, and is shown in order as it is."""


@cache
def direction(language: str) -> str:
    """Return ``rtl`` or ``ltr`` for *language*: by its script if it names one."""
    base, *subtags = language.split("-")
    script = next((each for each in subtags if len(each) == 4 and each.isalpha()), "")
    return "rtl" if (script or base) in _RIGHT_TO_LEFT else "ltr"


def isolated(value: str, direction: str) -> str:
    """Return *value* for a sentence that runs in *direction* (``ltr`` or ``rtl``).

    It is isolated if it holds letters that run the other way, or if it is a phone
    number in a sentence from right to left.
    """
    return _between(value) if _AGAINST[direction].search(value) else value


def in_order(html: str, language: str) -> str:
    """Return *html*, in *language*, with the digits of each long number in order.

    Owners type phone and account numbers into their words as anywhere else.
    """
    if direction(language) == "ltr":
        return html
    return _TAG_OR_NUMBER.sub(_ordered, html)


def _ordered(found: re.Match[str]) -> str:
    part = found[0]
    long = sum(map(str.isdigit, part)) >= _FEWEST_DIGITS
    return _between(part) if long and part[0] != "<" else part


def _between(text: str) -> str:
    return f"\u2068{text}\u2069"
