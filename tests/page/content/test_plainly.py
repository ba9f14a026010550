"""Plain sentences need no parser, and come out as if there had been one."""

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from fallback.page.content.limits import Unreadable
from fallback.page.content.marked import Marked
from fallback.page.content.plainly import plainly
from fallback.page.content.reading import clean
from fallback.wire import shipped
from tests.page.content.test_prose import GUARD
from tests.page.soup import soup

MARKED = Marked(GUARD)
PIECES = st.sampled_from(
    ["a", "B", "ż", "1", "15:30", " ", "  ", "\n", "\n\n", "\n\n\n", "*", "**", "*b*",
     "**b c**", "# ", "## ", "### x\n", "#", "- ", "- a\n", "-", "--", "---", "1. ",
     "2) ", "=", "+", "!", "?", ".", ",", ":", ";", "(", ")", '"', "'", "„", "–",
     "\xa0", "$", "%", "/", "@", "~", "^", "{", "}", "🔥", "https://a.example/b",
     "e\u0301", "\u200b", "\u3000", "_", "`", "[", "]", "<b>", "&",
     "&amp;", "\\", "|", ">", "\t"]
)  # fmt: skip


def assert_same(text: str, top: int = 2) -> bool:
    """Return whether *text* is plain; what comes out is what a parser makes of it."""
    simple = plainly(text, top=top)
    if simple is None:
        return False
    assert simple == MARKED.html(text, top=top)[0], text
    return True


@given(st.lists(PIECES, max_size=16).map("".join), st.sampled_from([2, 4]))
@example("a\n# b\nc", 2)
@example("- a\n- b\n\nc\n\n- d", 2)
@example("a *b*c* d", 2)
@example("- - a", 2)
@example("- 1. a", 2)
def test_what_is_plain_comes_out_as_a_parser_makes_it(text: str, top: int) -> None:
    assert_same(clean(text), top)


@given(st.text(max_size=60))
def test_any_letters_come_out_as_a_parser_makes_them(text: str) -> None:
    assert_same(clean(text))


@given(st.integers(min_value=0))
def test_hostile_soup_is_plain_or_parsed(seed: int) -> None:
    text = clean(soup(seed))
    try:
        MARKED.html(text, top=2)
    except Unreadable:
        assume(False)
    assert_same(text)


WORDS = sorted((shipped.starter() / "content").rglob("*.md"))


@pytest.mark.parametrize("path", WORDS, ids=lambda path: path.name)
def test_what_we_write_ourselves_comes_out_as_a_parser_makes_it(path) -> None:
    assert_same(clean(path.read_text("utf-8").rpartition("---\n")[2].strip()))


@pytest.mark.parametrize(
    "text",
    [
        "We are at the server.",
        "## What happened\n\nA disk *broke*.\nWe replace it, by **15:30**.",
        "## What you can do\n- Call us.\n- Write to us: we answer.\n\nSorry!",
        "",
    ],
)
def test_what_owners_write_in_a_hurry_is_plain(text: str) -> None:
    assert assert_same(text)


@pytest.mark.parametrize(
    "text",
    [
        "<b>x</b>", "a & b", "[a](b)", "`a`", "a_b", "- a\n- b\n\n- c", "- a\n  b",
        "1. a", "* a", "+ a", "> a", "a\n===", "a\n---", "---", "***", "a|b\n-|-",
        "a  \nb", "#a", "# a #", "- # a", "- - a", "*a", "a\\*b", "&lt;", "a\tb",
        "    a", "**a** *", "a\n- b",
    ],
)  # fmt: skip
def test_everything_else_is_left_to_the_parser(text: str) -> None:
    assert plainly(text, top=2) is None
