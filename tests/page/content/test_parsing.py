"""What a text cannot need may be left out: the result is the same."""

from hypothesis import example, given
from hypothesis import strategies as st
from markdown import Markdown
from markdown.extensions.abbr import AbbrExtension
from markdown.extensions.nl2br import Nl2BrExtension
from markdown.extensions.sane_lists import SaneListExtension
from markdown.extensions.tables import TableExtension

from fallback.page.content.parsing import Parts
from tests.page.soup import soup


def parser() -> Markdown:
    extensions = [
        TableExtension(), SaneListExtension(), Nl2BrExtension(), AbbrExtension()
    ]  # fmt: skip
    made = Markdown(extensions=extensions, output_format="html")
    made.preprocessors.deregister("html_block")
    return made


WHOLE, CHOSEN = parser(), parser()
PARTS = Parts(CHOSEN)
MARKS = st.sampled_from(
    ["a", "b ", "\n", "\n\n", "    ", "\t", "*", "**", "_", "`", "[", "](b)", "]: c",
     "![", "<b>", "<http://a.example>", "<a@b.example>", "&amp;", "\\", "# ", "#",
     "===\n", "---\n", "> ", "- ", "+ ", "1. ", "|", "\n-|-\n", "*[a]: b", "  \n"]
)  # fmt: skip


def same(text: str) -> None:
    made = []
    for markdown in (WHOLE, CHOSEN):
        markdown.reset()
        if markdown is CHOSEN:
            PARTS.choose(text)
        try:
            made.append(markdown.convert(text))
        except (RecursionError, AssertionError, IndexError, ValueError) as error:
            made.append(type(error).__name__)
    assert made[0] == made[1], text


@given(st.lists(MARKS, max_size=20).map("".join))
@example("a\n\n    b\n")
@example("1. a\n\n    b\n2. c")
@example("*[a]: b\n\na")
def test_a_text_comes_out_the_same_without_what_it_cannot_need(text: str) -> None:
    same(text)


@given(st.integers(min_value=0))
def test_hostile_soup_comes_out_the_same(seed: int) -> None:
    same(soup(seed))


def test_one_text_does_not_decide_about_the_next() -> None:
    """The parts are chosen anew for each."""
    for text in ("plain words", "[a](https://b.example) *c* `d`", "# e\n\n> f", "g"):
        same(text)
