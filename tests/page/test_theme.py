"""A theme may be a stranger's: it can look like anything, and do nothing."""

import gzip
from pathlib import Path

import pytest

from fallback.core.errors import ContentError
from fallback.page.slim import slim
from fallback.page.theme import Sheet, Theme
from fallback.wire import shipped
from tests.page.conftest import Rendering

HEAD = (
    '<meta http-equiv="Content-Security-Policy" content="{{ policy }}">'
    '<meta name="generator" content="fallback">'
)
VIEW = {"title": "T", "words": ["a"], "more": {"x": 1}}


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
        "</style><script>alert(1)</script>",
        "p { background: u\\72l(x) }",
        "p { background: image-set('x' 1x) }",
    ],
)
def test_a_style_that_loads_something_is_refused(style: str) -> None:
    with pytest.raises(ContentError):
        sheet("<p>", style)


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
