"""A theme may be a stranger's: whatever it does, it costs itself and nothing else."""

import os
import sys
from base64 import b64decode
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from fallback.actions.build import BuildResult, build
from fallback.actions.writing import dressing, stranger
from fallback.actions.writing.dressing import dressed
from fallback.actions.writing.stranger import Stranger
from fallback.core.config import Brand, Config, State
from fallback.core.errors import ContentError
from fallback.core.settings.colours import Colour
from fallback.page.themes.sandbox import Broken
from fallback.stores.folder import Settings
from fallback.wire import crew, shipped
from tests.fakes.config import small_config

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="the kernel's limits")
PLAIN = (shipped.themes() / "plain" / "page.html").read_text("utf-8")

Wearing = Callable[..., BuildResult]


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """A site with a word about an outage, which wears the theme ``odd``."""
    words = tmp_path / "content"
    words.mkdir()
    (words / "outage.en.md").write_text("A disk broke.", "utf-8")
    config: Config = small_config(
        tmp_path, state=State("folder", Settings(tmp_path / "state"))
    )
    return evolve(config, shop=evolve(config.shop, theme="odd"))


@pytest.fixture
def wearing(config: Config) -> Wearing:
    """Build the site with *page* in the place of the plain theme's list of messages."""

    def built(page: str | None, style: str = "p { color: red }") -> BuildResult:
        folder = config.root / "themes" / "odd"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "style.css").write_text(style, "utf-8")
        if page is not None:
            marked = PLAIN.replace("<main>", f"<main>\n{page}\n")
            assert marked != PLAIN
            (folder / "page.html").write_text(marked, "utf-8")
        return build(config, out=config.root / "public")

    return built


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stranger, "PATIENCE", timedelta(seconds=3))


def front(result: BuildResult) -> str:
    return result.site.file("index.html").body.decode()


def test_a_strangers_page_looks_as_if_it_were_ours(
    wearing: Wearing, config: Config
) -> None:
    """The process of its own changes nothing that comes out."""
    apart = front(wearing("<p>{{ shop|upper }}: {{ 6 * 7 }}</p>"))

    assert "<p>KWIATY U ANI: 42</p>" in apart
    assert "A disk broke." in apart
    assert (config.root / "public" / "index.html").read_text("utf-8") == apart


def test_ours_pay_for_no_process(
    wearing: Wearing, monkeypatch: pytest.MonkeyPatch, config: Config
) -> None:
    """Neither does a theme that only brings a style, or a copy of our markup."""

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr(crew, "Worker", refuse)
    wearing(None)
    (config.root / "themes" / "odd" / "page.html").write_text(PLAIN, "utf-8")
    for name in ("odd", "plain", "brand", "letter"):
        build(evolve(config, shop=evolve(config.shop, theme=name)), out=None)


@pytest.mark.parametrize(
    ("page", "why"),
    [
        ("{{ nothing }}", r"'nothing' is undefined \(page.html, line \d\d"),
        ("{{ 1 / 0 }}", r"division by zero \(page.html, line \d\d"),
        ("{% nonsense %}", r"unknown tag 'nonsense'. \(page.html, line \d\d"),
        ("{% include 'more.html' %}", r"'gone' is undefined \(more.html, line 3"),
        ("{% include 'passwd.html' %}", "there is no file passwd.html in it"),
        ("{% include '/etc/passwd' %}", "there is no file /etc/passwd in it"),
        ("{{ lipsum(n=100000) }}", "'lipsum' is undefined"),
        ("<script>alert(1)</script>", "its page holds <script>"),
        ("{{ '<img src=x onerror=y>'|safe }}", "its page holds <img>"),
        ("{{ '\\ud800' }}", "cannot be used: "),
        ("{{ (title ~ shop).__class__.__mro__ }}", "unsafe"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(
    wearing: Wearing, config: Config, page: str, why: str
) -> None:
    folder = config.root / "themes" / "odd"
    folder.mkdir(parents=True)
    (folder / "more.html").write_text("one\ntwo\n{{ gone }}", "utf-8")
    (folder / "passwd.html").symlink_to("/etc/passwd")

    with pytest.raises(ContentError, match=why) as caught:
        wearing(page)

    assert "the theme odd cannot be used" in str(caught.value)
    assert "what is published stays" in str(caught.value.customers_see)


@POSIX
@pytest.mark.parametrize(
    "page",
    [
        "{{ 'a' * 10**9 }}",
        "{{ ('a' * 10**6) | replace('a', 'b' * 10**6) }}",
        f"{{% set n = namespace(x='a') %}}{'{% set n.x = n.x ~ n.x %}' * 40}",
        "{{ 'x' | center(10**10) }}",
        "{{ range(99999) | join('x' * 99999) }}",
    ],
)
def test_a_theme_that_fills_the_memory_is_stopped(wearing: Wearing, page: str) -> None:
    with pytest.raises(ContentError, match=r"too much memory|more time or memory"):
        wearing(page)


@pytest.mark.parametrize(
    "page",
    [
        "{% for a in range(99999) %}{% for b in range(9**5) %}{% endfor %}{% endfor %}",
        "{{ range(99999) | map('string') | map('length') | list | sum ** 99999999 }}",
        "{% macro m(n) %}{{ m(n+1) ~ m(n+1) if n < 99 }}{% endmacro %}{{ m(0) }}",
    ],
)
def test_a_theme_that_never_ends_is_ended(
    wearing: Wearing, impatient: None, page: str
) -> None:
    with pytest.raises(ContentError, match=r"too long|takes longer|more time or"):
        wearing(page)


@POSIX
def test_a_theme_that_computes_too_long_is_named_with_its_line(
    wearing: Wearing,
) -> None:
    """The kernel counts its time; on a busy machine the clock on the wall is first."""
    line = r"it takes too long \(page.html, line \d\d|takes longer than 10 seconds"

    with pytest.raises(ContentError, match=line):
        wearing("{% for a in range(99999) %}\n{% for b in range(9**5) %}"
                "{% if a < b %}{% endif %}{% endfor %}{% endfor %}")  # fmt: skip


def test_a_page_without_end_is_cut_off(wearing: Wearing) -> None:
    """A gigabyte of output is refused long before it is one."""
    line = "{% for b in range(99999) %}aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa{% endfor %}"

    with pytest.raises(ContentError, match="more than 4000000 letters"):
        wearing("{% for a in range(9999) %}" + line + "{% endfor %}")


def test_a_refused_theme_leaves_the_built_page_alone(
    wearing: Wearing, config: Config
) -> None:
    before = front(wearing("<p>good</p>"))

    with pytest.raises(ContentError):
        wearing("{{ bad }}")

    assert (config.root / "public" / "index.html").read_text("utf-8") == before


def odd_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    """Let the process be a module whose ``main()`` is *program*."""
    (tmp_path / "oddworker.py").write_text(f"def main():\n    {program}\n", "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))


@pytest.mark.parametrize(
    ("program", "why"),
    [
        ("import os; os._exit(9)", "was stopped"),
        ("import time; time.sleep(60)", "takes longer than"),
        ("print('hello'); print('x' * 10**6)", "was stopped"),
        ("import os; os.write(1, b'\\xff' * 10**6)", "was stopped"),
        ("import os; os.write(1, b'\\x00\\x00\\x00\\x02no')", "was stopped"),
        ("import os; os.write(1, b'\\x00\\x00\\x00\\x0212')", "something else"),
        (
            "from fallback.wire import crew; crew.serve(lambda q: {'page': 7})",
            "something else",
        ),
        (
            "from fallback.wire import crew; crew.serve(lambda q: [[[]]])",
            "something else",
        ),
        ("import sys; sys.stdout.write('[' * 9**6); sys.stdout.flush()", "was stopped"),
    ],
)
def test_a_process_that_answers_wrongly_or_never_is_no_theme(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, why: str
) -> None:
    """Dead, silent, junk on the pipe, frames too long: each is an error with words."""
    odd_worker(tmp_path, monkeypatch, program)
    patience = timedelta(seconds=2 if "sleep" in program else 20)
    monkeypatch.setattr(stranger, "PATIENCE", patience)
    theirs = Stranger({"page.html": "x"}, module="oddworker")
    try:
        with pytest.raises(Broken, match=why):
            theirs({"shop": "x"})
    finally:
        theirs.end()


def test_a_stranger_sees_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its process has no environment but what Python itself needs."""
    monkeypatch.setenv("FALLBACK_SECRET", "hunter2")
    odd_worker(
        tmp_path,
        monkeypatch,
        "import os; from fallback.wire import crew;"
        " crew.serve(lambda q: {'page': repr(dict(os.environ))})",
    )
    theirs = Stranger({"page.html": "x"}, module="oddworker")
    try:
        seen = theirs({})
    finally:
        theirs.end()

    assert "hunter2" not in seen
    assert "HOME" not in seen


@POSIX
def test_a_stranger_is_confined(tmp_path: Path) -> None:
    """It may write no file, keep no core, and fill no memory but its share."""
    theirs = Stranger({"page.html": "x"})
    try:
        theirs({})
        limits = Path(f"/proc/{theirs._worker._process.pid}/limits").read_text("utf-8")
    finally:
        theirs.end()

    for line in ("Max file size             0  ", "Max core file size        0  "):
        assert line in limits
    assert f"Max address space         {384 * 1024**2}" in limits


def test_a_strangers_process_ends_with_the_build(config: Config) -> None:
    folder = config.root / "themes" / "odd"
    folder.mkdir(parents=True)
    (folder / "style.css").write_text("p{}", "utf-8")
    (folder / "page.html").write_text("x", "utf-8")

    with dressed(config) as dress:
        assert isinstance(dress.theme.renderer, Stranger)
        process = dress.theme.renderer._worker._process
        assert process.poll() is None

    assert process.poll() is not None


def test_a_theme_brings_so_many_files_and_no_more(config: Config) -> None:
    folder = config.root / "themes" / "odd"
    folder.mkdir(parents=True)
    for number in range(dressing.MOST_FILES + 20):
        (folder / f"a{number}.txt").write_text("x", "utf-8")
    (folder / "style.css").write_bytes(b"p{}" * dressing.MOST_BYTES)

    with pytest.raises(ContentError, match=r"style.css"):
        build(config, out=None)


def branded(config: Config, theme: str = "brand", **brand: Any) -> BuildResult:
    shop = evolve(config.shop, theme=theme)
    return build(evolve(config, shop=shop, brand=Brand(**brand)), out=None)


def test_the_page_wears_logo_and_colours(config: Config) -> None:
    logo = config.root / "logo.svg"
    logo.write_text('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"/>')

    made = branded(config, logo=logo, color=Colour.parse("#b3261e"))

    assert made.code == 0
    assert '<p class="shop"><img src="data:image/svg+xml,' in front(made)
    assert 'alt="Kwiaty u Ani" height="48"></p>' in front(made)
    assert "--panel:#b3261e" in front(made)
    icon = front(made).partition("data:image/gif;base64,")[2].partition('"')[0]
    assert bytes.fromhex("b3261e") in b64decode(icon)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (None, "cannot be read"),
        (b"\x89PNG\r\n\x1a\n" + os.urandom(20 * 1024**2), "too heavy"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', "how large"),
        (
            b'<svg viewBox="0 0 1 1" xmlns="http://www.w3.org/2000/svg"><set/></svg>',
            "could run or load",
        ),
    ],
)
def test_a_logo_that_cannot_be_shown_is_left_out_and_the_page_stays(
    config: Config, body: bytes | None, why: str
) -> None:
    logo = config.root / "logo.svg"
    if body is not None:
        logo.write_bytes(body)

    made = branded(config, logo=logo)

    assert made.code == 3
    assert why in str(made.left_out[0].what)
    assert made.left_out[0].remedy
    assert '<p class="shop">Kwiaty u Ani</p>' in front(made)


def test_a_logo_from_outside_the_site_is_left_out(config: Config) -> None:
    link = config.root / "logo.png"
    link.symlink_to("/etc/passwd")

    made = branded(config, logo=link)

    assert made.code == 3
    assert "outside the site folder" in str(made.left_out[0].what)


def test_a_colour_that_gave_way_is_told_and_no_error(config: Config) -> None:
    made = branded(config, color=Colour.parse("#ffd000"))

    assert made.code == 0
    assert any("#ffd000" in str(problem.what) for problem in made.noticed)


def test_colours_that_a_theme_does_not_wear_are_told(config: Config) -> None:
    made = branded(config, "plain", color=Colour.parse("#ffd000"))

    assert [str(problem.remedy) for problem in made.noticed] == [
        'for those of [brand], write theme = "brand" below [shop]'
    ]
