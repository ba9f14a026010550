"""Whatever lies among the owner's words, the page is built, and every loss is told."""

import codecs
import io
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from fallback.actions.build import BuildResult, build
from fallback.actions.site import load
from fallback.cli import output
from fallback.cli.language import say
from fallback.core.errors import Problem
from fallback.page.content.limits import MOST_BYTES
from tests.actions.test_build import SETTINGS
from tests.page.soup import disallowed

NAME = "content/updates/2026-11-22T1100.pl.md"
GOOD = "content/updates/2026-11-22T1015.pl.md"
KEPT, LEFT = True, False
_OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

CORPUS: dict[str, tuple[bytes, bool, str]] = {
    # T5: what keeps parsers busy
    "brackets": (b"[" * 20_000, KEPT, "[[["),
    "links without an end": (b"[a](" * 5000, KEPT, "[a]("),
    "three hundred lists": (
        b"".join(b"    " * n + b"- deep\n" for n in range(300))[:MOST_BYTES],
        KEPT, "deep",
    ),
    "numbered lists in a line": (b"1. " * 6000, LEFT, "nested too deeply"),
    "emphasis": (b"*a **b _c __d " * 1400, KEPT, "c"),
    "underscores": (b"__a_" * 5000, KEPT, "_a"),
    "tables": (b"a|b\n-|-\n1|2\n\n" * 1300, KEPT, "<td>1</td>"),
    "a table of one line": (b"|" * 20_000, KEPT, "|"),
    "quotes": (b"> " * 10_000 + b"end", KEPT, "end"),
    "headings": (b"a\n===\n" * 3000, KEPT, "<h4>a</h4>"),
    "entities": (b"&amp" * 5000, KEPT, "&amp;amp"),
    "dots": (b"a." * 10_000, KEPT, "a.a."),
    "a megabyte": (b"word " * 200_000, LEFT, "longer than 20 KB"),
    "a megabyte of header": (b"title: x\n" * 110_000, KEPT, ">x<"),
    # T4: what would run, ask or fetch
    "a script": (b"<script>alert(1)</script>after", KEPT, "after"),
    "a handler": (b"<b onclick=alert(1)>bold</b>", KEPT, "<b>bold</b>"),
    "a form": (b"<form action=https://evil.example><input name=card>pay", KEPT, "pay"),
    "a style": (b"<style>*{display:none}</style>shown", KEPT, "shown"),
    "a frame": (b"<iframe src=//evil.example></iframe>beside", KEPT, "beside"),
    "an address that runs": (b"[go](javascript:alert(1))", KEPT, "go"),
    "attributes by extension": (b"# x {: onclick=alert(1) }", KEPT, "x {:"),
    "templates": (b"{{ 7*7 }}{% raw %}{{ self }}", KEPT, "{{ 7*7 }}"),
    "a comment without an end": (b"before <!-- <script>", KEPT, "before"),
    "a picture": (b"![x](https://evil.example/pixel.png) seen", KEPT, "seen"),
    "a link with nothing in it": (b'<a href="">empty</a>', KEPT, "empty"),
    # T13: what a header must not become
    "a phone that is none": (b"title: 0612345670\n\nx", LEFT, "not the phone number"),
    "a word that is no": (b"title: no\n\nwords", KEPT, ">no<"),
    "a title twice": (b"title: a\ntitle: b\n\nwords", KEPT, ">a<"),
    "a time of sixty": (b"eta: 12:30\n\nwords", LEFT, "12:30 is no moment"),
    "an object of Python": (b"title: !!python/object:os.system\n\nx", KEPT, "!!python"),
    "anchors and aliases": (b"title: &a *a\n\nwords", KEPT, "&amp;a *a"),
    # T15: what terminals and log files obey
    "control sequences": (b"title: \x1b[2Jgone\n\nwords", KEPT, "[2Jgone"),
    "marks of rich": (b"title: [/closed]\n\nwords", KEPT, "[/closed]"),
    "commands of a runner": (b"::error::no\n\n::add-mask::x", KEPT, "::error::no"),
    "a status with escapes": (b"status: \x1b]0;x\x07\n\nx", LEFT, "is no status"),
    # broken files
    "nothing": (b"", LEFT, "says nothing"),
    "only a fence": (b"---", LEFT, "says nothing"),
    "a mark of order": (codecs.BOM_UTF8 + b"title: BOM\n\nwords", KEPT, ">BOM<"),
    "UTF-16": ("title: Łódź\n\nżółć".encode("utf-16"), KEPT, ">Łódź<"),
    "UTF-16 without a mark": ("title: Łódź\n\nżółć".encode("utf-16-le"), KEPT, "żółć"),
    "UTF-32": ("żółć".encode("utf-32"), KEPT, "żółć"),
    "Windows": ("title: Łódź\n\nżółć".encode("cp1250"), KEPT, ">Łódź<"),
    "an old Macintosh": (b"title: x\r\rone\rtwo", KEPT, "one<br>"),
    "dashes of a phone": ("—-\ntitle: “x”\n–—\nwords".encode(), KEPT, "<h3>x</h3>"),
    "a header without an end": (b"---\ntitle: x\n\nwords", KEPT, "words"),
    "a header after an empty line": (b"\n\n---\ntitle: x\n---\nwords", KEPT, "words"),
    "zero bytes": (b"be\0fore", KEPT, "before"),
    "only zero bytes": (b"\0" * 999, LEFT, "says nothing"),
    "half a letter": ("words żółć".encode()[:-1], KEPT, "words"),
    "any bytes": (bytes(range(256)) * 20, LEFT, "not the phone number"),
    "any letters": (bytes(range(58, 256)) * 20, KEPT, "ABC"),
    "letters that turn": ("\u202eevil\u202c \u2066x\u2069".encode(), KEPT, "evil x"),
    "turned by number": (b"&#8238;evil", KEPT, "evil"),
    "pictures of feelings": ("🔥🧯 👩‍👩‍👧 🇵🇱".encode(), KEPT, "🔥"),
    "a word without an end": (b"w" * 200, KEPT, "w" * 200),
    "a title without an end": (b"title: " + b"t" * 5000, KEPT, "t" * 199 + "…"),
    "noncharacters": ("a\ufffe\uffffb".encode(), KEPT, "ab"),
    "lone surrogates": (b"a\xed\xa0\x80b", KEPT, "a"),
    "zalgo": (("z" + "\u0300" * 500).encode(), KEPT, "z"),
    "our own marks": ("[\ue000](\ue001) \ue002x\ue003".encode(), KEPT, "x"),
    "marks of Markdown": (b"\x02klzzwxh:0001\x03 \x02amp\x03", KEPT, "klzzwxh"),
    # words that mislead
    "a strange account": (b"pay PL61109010140000071219812874", LEFT, "no account"),
    "a number in pieces": ("call 601&#49;00\u200b200".encode(), LEFT, "not the phone"),
    "a strange link": (b"[pay](https://evil.example/)", KEPT, "pay"),
}  # fmt: skip

Building = Callable[[], BuildResult]


class Tags(HTMLParser):
    """Every tag of a page, and what a browser would do by it."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


@pytest.fixture(autouse=True)
def _few_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three tell as much as fourteen, and sooner."""
    monkeypatch.setattr("fallback.wire.shipped.languages", lambda: ("ar", "en", "pl"))


@pytest.fixture
def site(tmp_path: Path) -> Path:
    root = tmp_path / "site"
    (root / "content" / "updates").mkdir(parents=True)
    (root / "fallback.toml").write_text(SETTINGS, "utf-8")
    (root / "content" / "outage.pl.md").write_text("Dysk się zepsuł.", "utf-8")
    (root / GOOD).write_text("Dobre słowa.", "utf-8")
    return root


@pytest.fixture
def building(site: Path) -> Building:
    return lambda: build(load(site), out=site / "public")


def assert_sound(result: BuildResult) -> None:
    """Every page holds our one script, and nothing else that runs, asks or fetches."""
    pages = [file.body.decode() for file in result.site if file.path.endswith(".html")]
    assert len(pages) == 4  # 404.html is the front page
    for page in pages:
        assert "Dobre słowa." in page
        tags = Tags()
        tags.feed(page)
        names = [tag for tag, _ in tags.seen]
        assert names.count("script") <= 2
        assert names.count("style") == names.count("h1") == 1
        assert not {"iframe", "form", "input", "object", "img", "svg", "base"} & {
            *names
        }
        for _, attributes in tags.seen:
            assert not any(name.startswith("on") for name in attributes)
        for control in "\0\x1b\x07\u202e\u2066\ue000":
            assert control not in page
    feed = json.loads(result.site.file("_fallback/feed.json").body)
    for item in feed["items"]:
        assert disallowed(item["content_html"]) == []


def assert_told(problem: Problem) -> None:
    """What, where and how to mend it, in letters that no terminal obeys."""
    assert problem.file.startswith("content/")
    stream = io.StringIO()
    for said in problem.told():
        output.line(stream, say(said))
    shown = stream.getvalue()
    assert shown.startswith("content/")
    assert not re.search(_OBEYED, shown)


@pytest.mark.parametrize("name", CORPUS)
def test_a_hostile_update_costs_at_most_itself(
    site: Path, building: Building, name: str
) -> None:
    body, kept, wanted = CORPUS[name]
    (site / NAME).write_bytes(body)

    result = building()

    assert_sound(result)
    page = result.site.file("index.html").body.decode()
    assert ('id="2026-11-22t1100"' in page) == kept
    if kept:
        assert wanted in page
    else:
        assert wanted in " ".join(str(problem.what) for problem in result.left_out)
        assert result.code == 3
    for problem in (*result.left_out, *result.noticed):
        assert_told(problem)


@pytest.mark.parametrize("name", CORPUS)
def test_a_hostile_outage_never_takes_the_page_away(
    site: Path, building: Building, name: str
) -> None:
    """Of the outage all is kept that can be."""
    (site / "content" / "outage.pl.md").write_bytes(CORPUS[name][0])

    result = building()

    assert_sound(result)
    for problem in (*result.left_out, *result.noticed):
        assert_told(problem)


def test_all_of_it_at_once_is_still_a_page(site: Path, building: Building) -> None:
    for number, (body, _, _) in enumerate(CORPUS.values()):
        name = f"2026-11-22T12{number:02}.pl.md"
        (site / "content" / "updates" / name).write_bytes(body)

    result = building()

    assert result.code == 3
    lost = {problem.file for problem in result.left_out}
    assert len(lost) >= sum(not kept for _, kept, _ in CORPUS.values())
    texts = b"".join(file.body for file in result.site).decode("utf-8", "replace")
    assert "Dobre słowa." in texts


ODD_NAMES = (
    "2026-11-22T1100.md.txt", "2026-11-22.pl.md", "..md", ".pl.md", "~2026.md", "C.md",
    "2026-11-22T1100 — kopia (1).pl.md", "2026-11-22T1100.xx.md", "a" * 240 + ".md",
    "2026-11-22T1100.pl.md.bak", "2026-11-22T9999.pl.md", "\u202edm.lp.md", "<b>.md",
    "2026-11-22T1100-$(id).pl.md", "::error::.md", "2026-11-22T1100-\x1b[2J.pl.md",
)  # fmt: skip


@pytest.mark.parametrize("name", ODD_NAMES)
def test_an_odd_name_is_read_or_explained(
    site: Path, building: Building, name: str
) -> None:
    (site / "content" / "updates" / name).write_text("Inne słowa.", "utf-8")

    result = building()

    assert_sound(result)
    for file in result.site:
        assert re.fullmatch(r"[a-zA-Z0-9_./-]+", file.path)
    for problem in (*result.left_out, *result.noticed):
        assert_told(problem)


def test_a_folder_named_like_an_update_and_a_link_to_elsewhere_are_no_words(
    site: Path, building: Building
) -> None:
    (site.parent / "secret.md").write_text("token")
    (site / NAME).mkdir()
    (site / "content" / "updates" / "2026-11-22T1130.pl.md").symlink_to(
        site.parent / "secret.md"
    )

    result = building()

    assert_sound(result)
    assert not any(b"token" in file.body for file in result.site)
    (problem,) = result.left_out
    assert problem.file.endswith("T1130.pl.md")
    assert "outside the site folder" in str(problem.what)
