"""``fallback theme``: a designer starts from one of ours, and is told what there is."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from fallback.actions import theme
from fallback.actions.build import build
from fallback.core.config import Config, HostTable, State
from fallback.core.errors import ContentError, UsageError
from fallback.core.model import Status
from fallback.page.themes.look import Scheme
from fallback.page.themes.sandbox import Sandbox
from fallback.page.themes.theme import Sheet
from fallback.stores.folder import Settings
from fallback.wire import shipped
from tests.fakes.config import small_config

README = shipped.themes() / "README.md"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "content").mkdir()
    (tmp_path / "content" / "outage.en.md").write_text("A disk broke.", "utf-8")
    made: Config = small_config(
        tmp_path, state=State("folder", Settings(tmp_path / "state"))
    )
    return made


@pytest.mark.parametrize("like", ["plain", "brand", "letter"])
def test_a_new_theme_builds_at_once_and_looks_like_its_model(
    config: Config, like: str
) -> None:
    made = theme.begin(config, "mine", like, page=False)
    own = build(evolve(config, shop=evolve(config.shop, theme="mine")), out=None)
    model = build(evolve(config, shop=evolve(config.shop, theme=like)), out=None)

    assert made.written == ("README.md", "style.css")
    assert own.site.file("index.html").body == model.site.file("index.html").body


@pytest.mark.parametrize("like", ["plain", "brand", "letter"])
@pytest.mark.parametrize("status", list(Status))
def test_our_page_says_nothing_of_its_own(
    config: Config, like: str, status: Status, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In every state and language it passes what strangers' pages have to."""
    monkeypatch.setattr(
        Sandbox, "ours", property(lambda _: False, lambda *_: None), raising=False
    )
    site = talkative(config)
    (config.root / "content" / "outage.en.md").write_text(
        f"status: {status}\nstarted: 2026-11-22 09:40\neta: 2026-11-22 15:30\n"
        "next: 2026-11-22 12:00\n\nA disk broke. [Look](https://www.facebook.com/kwiaty/1)"
    )

    result = build(evolve(site, shop=evolve(site.shop, theme=like)), out=None)

    assert result.left_out == ()
    assert sum(file.path.endswith(".html") for file in result.site) > 14


def test_a_changed_copy_of_our_page_is_published(config: Config) -> None:
    """Which is filled in elsewhere, and looked at as a stranger's."""
    theme.begin(config, "mine", "plain", page=True)
    page = config.root / "themes" / "mine" / "page.html"
    page.write_text(page.read_text("utf-8").replace("<main>", "<main><hr>"), "utf-8")
    site = talkative(config)

    result = build(evolve(site, shop=evolve(site.shop, theme="mine")), out=None)

    assert b"<main><hr>" in result.site.file("index.html").body


@pytest.mark.parametrize(
    ("added", "why"),
    [
        (
            '<a href="https://evil.example/pay">pay</a>',
            "evil.example/pay>: no address that it was given",
        ),
        ("<p>+48 700 111 222</p>", "its page says +48 700 111 222"),
    ],
)
def test_a_theme_that_leads_elsewhere_is_refused(
    config: Config, added: str, why: str
) -> None:
    theme.begin(config, "mine", "plain", page=True)
    page = config.root / "themes" / "mine" / "page.html"
    page.write_text(
        page.read_text("utf-8").replace("<main>", f"<main>{added}"), "utf-8"
    )

    with pytest.raises(ContentError) as caught:
        build(evolve(config, shop=evolve(config.shop, theme="mine")), out=None)

    assert why in str(caught.value)


def test_the_markup_comes_when_it_is_wanted(config: Config) -> None:
    made = theme.begin(config, "mine", "letter", page=True)

    assert made.written == ("README.md", "page.html", "style.css")
    assert 'theme = "mine"' in str(list(made.told())[-1])


def test_every_theme_of_ours_can_be_the_model() -> None:
    from fallback.cli.theme import OURS

    shipped_names = {each.name for each in shipped.themes().iterdir() if each.is_dir()}
    assert set(OURS) == shipped_names


@pytest.mark.parametrize("name", ["", "..", "a/b", "../a", "-x", "a b", "plain"])
def test_a_name_that_is_none_or_taken_is_refused(config: Config, name: str) -> None:
    with pytest.raises(UsageError):
        theme.begin(config, name, "plain", page=False)

    assert not (config.root / "themes").exists()


def test_nothing_is_ever_overwritten(config: Config) -> None:
    folder = config.root / "themes" / "mine"
    folder.mkdir(parents=True)
    (folder / "style.css").write_text("mine", "utf-8")

    with pytest.raises(UsageError, match="there is a theme mine already"):
        theme.begin(config, "mine", "plain", page=True)

    assert [each.name for each in folder.iterdir()] == ["style.css"]


def test_the_themes_there_are_are_listed_with_the_one_in_use(config: Config) -> None:
    theme.begin(config, "mine", "plain", page=False)

    listed = [str(line) for line in theme.known(config).told()]

    assert listed == ["brand", "letter", "mine", "plain (in use)"]


def documented(heading: str) -> set[str]:
    """Return the first cells of the tables below *heading*, word for word."""
    text = README.read_text("utf-8").partition(f"## {heading}")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| (`.*?) \|", text, re.MULTILINE)
    return {key for cell in cells for key in re.findall(r"`([^`]+)`", cell)}


def keys(view: Mapping[str, Any], above: str = "") -> set[str]:
    """Return every path to a value in *view*; ``[]`` stands for each item of a list."""
    found = set()
    for key, value in view.items():
        path = f"{above}{key}"
        if isinstance(value, Mapping):
            found |= keys(value, f"{path}.")
        elif isinstance(value, list | tuple):
            for item in value:
                found |= (
                    keys(item, f"{path}[].")
                    if isinstance(item, Mapping)
                    else {f"{path}[]"}
                )
        else:
            found.add(path)
    return found


def test_the_readme_names_every_key_of_the_real_view(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither one too few nor one too many, whatever page it is."""
    seen: set[str] = set()
    made = Sheet.render

    def render(sheet: Sheet, view: Mapping[str, Any]) -> bytes:
        def note(whole: Mapping[str, Any]) -> str:
            seen.update(keys(whole))
            return renderer(whole)

        renderer, sheet._renderer = sheet._renderer, note
        try:
            return made(sheet, view)
        finally:
            sheet._renderer = renderer

    monkeypatch.setattr(Sheet, "render", render)
    build(talkative(config), out=None)

    assert documented("What a page is given") == seen


def talkative(config: Config) -> Config:
    """Return a site that has something to say for every key."""
    words = "## What happened\n\nA disk broke, and was replaced."
    (config.root / "content" / "report.en.md").write_text(words, "utf-8")
    updates = config.root / "content" / "updates"
    updates.mkdir()
    for number in range(200):
        at = datetime.fromtimestamp(1_790_000_000 + 600 * number, UTC)
        text = f"at: {at.isoformat()}\ntitle: News {number}\n\nSomething. {'x ' * 200}"
        (updates / f"{number:03}.en.md").write_text(text, "utf-8")
    image = config.root / "share.png"
    write_png(image)
    links = {"Facebook": "https://www.facebook.com/kwiaty"}
    return evolve(
        config,
        shop=evolve(config.shop, languages=("en", "pl"), share_image=image),
        contact=evolve(config.contact, links=links),
        hosts=(HostTable("folder", "a", object(), "https://status.example"),),
    )


def write_png(path: Path) -> None:
    from PIL import Image

    Image.new("RGB", (1200, 630)).save(path)


def test_the_readme_names_every_property_of_a_brand() -> None:
    import attrs

    listed = {f"--{each.name.replace('_', '-')}" for each in attrs.fields(Scheme)} | {
        "--plate"
    }
    there = {
        key for key in documented("What a style sheet works with") if key[:2] == "--"
    }

    assert there == listed


def test_the_readme_names_only_what_the_page_has() -> None:
    """Each class in the table of selectors is in the plain page, or in its script."""
    sources = (shipped.themes() / "plain" / "page.html").read_text("utf-8")
    sources += (shipped.PACKAGE / "page" / "live.py").read_text("utf-8")
    for selector in documented("What a style sheet works with"):
        for name in re.findall(r"\.([a-z]\w*)", selector):
            assert re.search(rf'class="[^"]*\b{name}\b', sources), selector
