"""A style sheet gets smaller, and a real browser understands the same."""

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser

from fallback.page.themes.slim import slim
from fallback.wire import shipped
from tests.servers.browser import launched

RULES = """(css) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  return [...sheet.cssRules].map((rule) => rule.cssText);
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as running:
        yield running


@pytest.mark.parametrize(
    ("style", "made"),
    [
        ("p {\n  color: red;\n}\n", "p{color:red}"),
        ("a , b > c { }", "a,b>c{}"),
        ("a :hover { x: y }", "a :hover{x:y}"),
        ("p { margin: calc(1px + 2px) -1px }", "p{margin:calc(1px + 2px) -1px}"),
        ("p { margin: calc( 1px - ( 2px ) ) }", "p{margin:calc(1px - (2px))}"),
        ("@media ( min-width: 1em ) and (x) { }", "@media (min-width:1em) and (x){}"),
        ('p { content: " { a ;  } " ; }', 'p{content:" { a ;  } "}'),
        ("p::before { content: '/* no */' }", "p::before{content:'/* no */'}"),
        ("a/* x */b { }", "a/**/b{}"),
        ("a /* x */ b { }", "a b{}"),
        ("/* only this */", ""),
        ("p { color: red !important ; ; }", "p{color:red!important}"),
        ("p { content: \"it's }", "p { content: \"it's }"),
        ("/* it's */ p { }", "p{}"),
        ("p { --empty: ; }", "p{--empty:}"),
    ],
)
def test_what_the_grammar_does_not_need_is_gone(style: str, made: str) -> None:
    assert slim(style) == made


PIECES = st.lists(
    st.sampled_from(
        [
            *("a", "b", ".c", "#d", ">", "+", "~", ",", ":", ";", "{", "}", "(", ")"),
            *("[x='y']", '"q  q"', "'r'", "/* z */", "@media", "and", "calc", "1px"),
            *("-1px", "*", "var(--x)", "--x", "!", "important", "\n", " ", "  "),
        ]
    ),
    max_size=25,
).map("".join)


@given(PIECES)
def test_it_never_grows_and_is_done_after_once(style: str) -> None:
    made = slim(style)

    assert len(made) <= len(style)
    assert slim(made) == made


def _bare(rule: str) -> str:
    """Return *rule* as it was understood; what is kept as written, without spaces."""
    kept_as_written = any(mark in rule for mark in ("--", "( ", "@supports"))
    return re.sub(r"\s+", "" if kept_as_written else " ", rule)


def test_a_browser_reads_the_same_rules(browser: Browser) -> None:
    """In the themes we ship, and in what hardly anybody writes."""
    sheets = [p.read_text("utf-8") for p in shipped.themes().glob("*/style.css")]
    odd = """
      a:not( .b , .c ) > d + e ~ f :hover::before { content: " > { } ; " }
      @media screen and (min-width: 20em) , print {
        p { margin: calc( (1px + 2px) * 2 ) auto } }
      @supports (display: grid) and (not (display: x)) { p { color : RED ; ; } }
      :root { --a : 1px ; --b: { x } ; --c: a , b } p { margin: -1px var( --a ) ; }
      p /* a */ em , b/**/i { font: 1em / 1.5 "A  B" , serif !important ; }
    """
    context = browser.new_context()
    page = context.new_page()
    for style in (*sheets, odd):
        before, after = (page.evaluate(RULES, css) for css in (style, slim(style)))
        assert before
        assert [_bare(rule) for rule in after] == [_bare(rule) for rule in before]
    context.close()
