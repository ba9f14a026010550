"""The gate reads a page as browsers do, and lets closed lists through."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fallback.page.gate import Gate

POLICY = "default-src 'none'"
HEAD = (
    "<!doctype html>\n<html><head><meta charset=utf-8>"
    f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
)
OURS = '<button type="button">ours</button>'


GIVEN = ("https://x.example/?a=b&c", "tel:+48600100200", "/", "?x", "javascript:x")


def danger(body: str) -> str:
    return Gate(POLICY, [OURS], GIVEN).danger(HEAD + body)


@pytest.mark.parametrize(
    "body",
    [
        "<p>text &lt;b&gt;</p>",
        "<title>a > b</title>",
        "<!-- a remark -->",
        '<a href="https://x.example/?a=b&amp;c" rel="noopener">x</a>',
        '<a href="tel:+48600100200">x</a><a href=/><a href="?x">',
        "<ol start=3 reversed><li value='2'>x</ol>",
        '<details open><summary>x</summary></details><p title="a<b>c">',
        '<link rel="icon" href="data:image/svg+xml,x">',
        '<section data-any="<x>" aria-label="x" hidden>',
        '<a href="#log">x</a><a href="">x</a><link rel=alternate href="/">',
        "<br/><hr /><wbr>",
        OURS,
    ],
)
def test_what_only_shows_is_let_through(body: str) -> None:
    assert danger(body) == ""


@pytest.mark.parametrize(
    ("body", "seen"),
    [
        ("<script>x</script>", "<script>"),
        ("<ScRiPt/src=x>", "<ScRiPt/src=x>"),
        ("<script '>alert(1)</script>", "<script '>alert(1)</"),
        ("<p a=b\"onclick='x'>", "<p a=b\"onclick='x'>"),
        ("<p title='a'onclick='x'>", "<p title='a'onclick="),
        ("<p onclick = x>", "<p onclick = x>"),
        ("<p ONCLICK=x>", "<p onclick>"),
        ("<style>p{}</style>", "<style>"),
        ("<style><a title='</style><script>'>", "<style>"),
        ("<title><b></title><script>x</script>", "<title><b></title><s"),
        ("<textarea></textarea>", "<textarea>"),
        ("<noscript><p></noscript>", "<noscript>"),
        ("<svg><a>", "<svg>"),
        ("<math>", "<math>"),
        ("<plaintext>", "<plaintext>"),
        ("<custom-element>", "<custom-element>"),
        ("<!-- <img> -->", "<!-- <img> -->"),
        ("<!--> <script>x</script> -->", "<!--> <script>x</scr"),
        ("<![CDATA[x]]>", "<![CDATA[x]]>"),
        ("<?xml version='1.0'?>", "<?xml version='1.0'?"),
        ("</p/>", "</p/>"),
        ("<", "<"),
        ("<p", "<p"),
        ("<img src=/x>", "<img>"),
        ("<img src='data:image/png;base64,x' alt=''>", "<img>"),
        ("<p style='color:red'>", "<p style>"),
        ("<a ping=/x href=/>", "<a ping>"),
        ("<a href='java&#x73;cript:x'>", "<a href=javascript:x>"),
        ("<a href='java&#10;script&colon;x'>", "<a href=java\nscript:x>"),
        ("<a href=' \x01javascript:x'>", "<a href= \x01javascript:x>"),
        ("<a href=data:text/html,x>", "<a href=data:text/html,x>"),
        ("<a href='' href=javascript:x>", ""),  # browsers take the first
        ("<a href=vbscript:x>", "<a href=vbscript:x>"),
        ("<a href=intent:x>", "<a href=intent:x>"),
        ("<a href='https://x.example/?a=b'>", "<a href=https://x.example/?a=b>"),
        ("<a href='//x.example/?a=b&c'>", "<a href=//x.example/?a=b&c>"),
        ("<a href=tel:+48600100201>", "<a href=tel:+48600100201>"),
        ("<a href=/pay>", "<a href=/pay>"),
        ("<a href=' #log'>", "<a href= #log>"),
        ("<link rel=alternate href=/x>", "<link href=/x>"),
        ("<link rel=stylesheet href=/x>", "<link rel=stylesheet>"),
        ("<link rel=icon href=/x>", "<link rel=icon>"),
        ("<link rel=preload href=/x>", "<link rel=preload>"),
        ("<meta http-equiv=Refresh content=0>", "<meta http-equiv=Refresh>"),
        ("<meta http-equiv='re&#102;resh'>", "<meta http-equiv=refresh>"),
        ("<meta name=robots content=noindex>", "<meta name=robots>"),
        ("<meta name=' BingBot' content=noindex>", "<meta name=robots>"),
        ("<p data-feed='https://x.example/_fallback/'>", "<p data-feed>"),
        ("<p\xa0title='><script>x</script>'>", "<p\xa0title='><script>x"),
        ("<p\x0btitle='><script>x</script>'>", "<p\x0btitle='><script>x"),
        ("<p title=a\u2003id='><script>x</script>'>", "<p title=a\u2003id='><scr"),
        ("<lin\u212a rel=icon href='data:image/x'>", "<lin\u212a rel=icon href="),
        (OURS.replace("ours", "theirs"), "<button>"),
    ],
)
def test_what_runs_asks_or_fetches_is_named(body: str, seen: str) -> None:
    assert danger(body) == seen


def test_what_is_ours_counts_only_where_it_is_an_element() -> None:
    """Inside a quoted value it is a text; what follows it is read as ever."""
    assert danger(f"<p title='{OURS}' onclick='x'>") == "<p onclick>"


@pytest.mark.parametrize(
    "page",
    [
        "",
        HEAD.replace(POLICY, "default-src *"),
        f"<p>x</p>{HEAD}",
        f"x{HEAD}",
        f"<html><title>x</title>{HEAD}",
        f"{OURS}{HEAD}",
        f"<html><body>{HEAD}",
        f"\xa0{HEAD}",
        HEAD.replace("<meta", "\x0b<meta", 1),
        HEAD.replace("<meta", "</br><meta", 1),
        HEAD.replace("<meta", "</body><meta", 1),
        f"<!-- {POLICY} -->",
    ],
)
def test_a_policy_that_does_not_hold_for_everything_is_none(page: str) -> None:
    assert Gate(POLICY, [OURS]).danger(page)


SOUP = st.lists(
    st.sampled_from(
        [
            *"<>/='\"` -!abx\n\f\x0b\x1f\xa0\u2003",
            "<script",
            "<img",
            " src=x",
            " onerror=x",
            " title=",
            "<!--",
            "-->",
            "<p",
            "<a href=",
            "javascript:",
            "<title>",
            "</title>",
            OURS,
        ]
    ),
    max_size=30,
).map("".join)


@given(SOUP)
def test_what_passes_is_what_a_browser_finds_harmless(soup: str) -> None:
    """An HTML5 parser (html5ever, by nh3) finds no other tag in it, and no handler."""
    import nh3

    if danger(soup):
        return
    known = {"p", "a", "b", "title", "button", "script", "img"}
    seen: set[tuple[str, str]] = set()

    def note(tag: str, name: str, value: str) -> str:
        seen.add((tag, name))
        return value

    cleaned = nh3.clean(
        soup,
        tags=known,
        clean_content_tags=set(),
        attributes={tag: {"src", "onerror", "href", "type"} for tag in known},
        attribute_filter=note,
        link_rel=None,
        url_schemes={"javascript", "https"},
    )

    assert "<script" not in cleaned
    assert "<img" not in cleaned
    assert not {name for _, name in seen} & {"src", "onerror"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<p>", "<p\nonclick=x>"),
        ("<!-- a -->", "<!-- a --><script>"),
        ('<p title="a">', '<p title="a" onclick="b">'),
        ('<p title="a<b>">', '<p title="a<b>" onclick="c">'),
        ("<title>a</title>", "<title><script></title><script>"),
        ("</p>", "</p><object>"),
    ],
)
def test_what_was_let_through_before_lets_nothing_else_through(
    before: str, after: str
) -> None:
    """Tags are remembered, and only for what is written exactly like them."""
    assert danger(before) == ""
    assert danger(after) != ""
    assert danger(before + after) == danger(after)
