"""Every theme of ours with the longest words there are, as people look at it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from fallback.actions.build import build
from fallback.actions.site import load
from fallback.wire import shipped
from tests.servers.browser import launched

THEMES = sorted(each.name for each in shipped.themes().iterdir() if each.is_dir())
PHONE = {"width": 412, "height": 915}
LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 60">'
    '<path d="M0 0h200v60H0z" fill="#b3261e"/></svg>'
)
SITE = """\
[shop]
name = "Virágbolt & Ajándék a Széchenyi térnél 🌷 Nagykereskedelem"
url = "https://viragok.example"
timezone = "Europe/Budapest"
languages = ["hu", "en", "ar"]
theme = "{theme}"
[contact]
email = "ugyfelszolgalat.surgos.esetekre@masik-szolgaltato.example"
phone = "+36301234567"
hours = {{ hu = "hétköznap 8–20, szombaton 9–13 óra között", en = "8–20", ar = "8–20" }}
[contact.links]
Facebook = "https://www.facebook.com/viragok"
[brand]
logo = "logo.svg"
color = "#ffd000"
[primary]
contains = "Kosárba"
[[hosts]]
kind = "folder"
path = "published"
"""
OUTAGE = """\
title: {title}
status: identified
started: 2026-11-22 03:00
eta: 2099-11-22 15:30
next: 2099-11-22 13:00

## Mi történt

{word} 🙏🏽 `{word}`

| Rendelés | {word} |
|---|---|
| 1 | 2 |

```
{word}
```
"""
WORD = "Elkelkáposztásítottalanítottátok" * 6
SEEN = """
() => ["tel:", "mailto:"].map((scheme) => {
  const box = document.querySelector(`.contact a[href^="${scheme}"]`)
    .getBoundingClientRect();
  const hit = document.elementFromPoint(box.x + 9, box.y + box.height / 2);
  return { bottom: box.bottom, hit: !!hit && !!hit.closest(".contact") };
})
"""
COVERED = """
() => {
  const at = document.activeElement, box = at.getClientRects()[0];
  const hit = document.elementFromPoint(box.x + 5, box.y + box.height / 2);
  return hit && (at.contains(hit) || hit.contains(at)) ? "" :
    at.outerHTML + JSON.stringify(box) + innerHeight + (hit && hit.outerHTML);
}
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as running:
        yield running


@pytest.fixture(scope="module", params=THEMES)
def public(request, tmp_path_factory) -> Path:
    """A shop with the longest of everything, in one of the themes."""
    root = tmp_path_factory.mktemp(request.param)
    updates = root / "content" / "updates"
    updates.mkdir(parents=True)
    (root / "logo.svg").write_text(LOGO, "utf-8")
    (root / "fallback.toml").write_text(SITE.format(theme=request.param), "utf-8")
    title = "Sajnáljuk, a virágboltunk jelenleg nem érhető el, dolgozunk rajta " * 2
    outage = OUTAGE.format(title=title.strip(), word=WORD)
    (root / "content" / "outage.hu.md").write_text(outage, "utf-8")
    for number in range(3):
        text = f"title: {WORD}\n\n{WORD}\n\n- one\n- two\n"
        (updates / f"2026-11-22T10{number}0.hu.md").write_text(text, "utf-8")
    made = build(load(root), out=root / "public")
    assert made.left_out == ()
    return root / "public"


def pages(public: Path) -> list[str]:
    """Return the addresses of the front pages: long words, English, right to left."""
    paths = ("index.html", "_fallback/en.html", "_fallback/ar.html")
    return [(public / path).as_uri() for path in paths]


@pytest.mark.parametrize("locale", ["ja-JP", "en-GB", "de-DE"])
def test_the_contact_can_be_touched_on_every_first_screen(browser, public, locale):
    """However long the words; whatever the script has put above the title."""
    tab = browser.new_page(viewport=PHONE, locale=locale)
    for url in pages(public):
        tab.goto(url)
        for way in tab.evaluate(SEEN):
            assert way["hit"], url
            assert way["bottom"] <= PHONE["height"], url
    tab.context.close()


@pytest.mark.parametrize("width", [320, 206])  # WCAG 1.4.10; a phone at 200 %
def test_nothing_is_wider_than_the_narrowest_screen(browser, public, width):
    tab = browser.new_page(viewport={"width": width, "height": 457}, locale="en-GB")
    for url in pages(public):
        tab.goto(url)
        assert tab.evaluate("document.documentElement.scrollWidth") <= width, url
    tab.context.close()


def test_a_small_screen_is_not_covered_by_the_contact(browser, public):
    """A phone on its side, or with the text twice as large, scrolls freely."""
    tab = browser.new_page(viewport={"width": 740, "height": 360})
    tab.goto(pages(public)[0])
    assert computed(tab, ".contact", "position") == "static"
    tab.context.close()


def test_what_is_tabbed_to_is_never_below_the_contact(browser, public):
    """WCAG 2.2, 2.4.11: focus is not obscured."""
    tab = browser.new_page(viewport=PHONE, locale="en-GB")
    tab.goto(pages(public)[0])
    visited = 0
    tab.keyboard.press("Tab")
    while tab.evaluate("document.activeElement != document.body"):
        assert tab.evaluate(COVERED) == ""
        tab.keyboard.press("Tab")
        visited += 1
    assert visited > 10
    tab.context.close()


def test_dark_is_dark_and_light_is_light(browser, public):
    shades = {}
    for scheme in ("light", "dark"):
        tab = browser.new_page(color_scheme=scheme)
        tab.goto(pages(public)[0])
        paper = computed(tab, "body", "background-color")
        red, green, blue = map(int, re.findall(r"\d+", paper)[:3])
        shades[scheme] = (red + green + blue) / 3
        tab.context.close()
    assert shades["dark"] < 60
    assert shades["light"] > 200


def test_forced_colours_keep_every_box_visible(browser, public):
    """What has only a background disappears there; a border does not."""
    tab = browser.new_page(forced_colors="active", locale="pl-PL")
    tab.goto(pages(public)[0])
    for box in (".eta", ".contact", ".live button"):
        assert computed(tab, box, "border-block-end-width") != "0px", box
        assert computed(tab, box, "border-block-end-style") != "none", box
    tab.context.close()


def test_nothing_moves(browser, public):
    tab = browser.new_page()
    tab.goto(pages(public)[0])
    assert tab.evaluate("document.getAnimations().length") == 0
    moving = tab.evaluate(
        "() => [...document.querySelectorAll('*')].filter((each) =>"
        " getComputedStyle(each).transitionDuration != '0s').length"
    )
    assert moving == 0
    tab.context.close()


def test_on_paper_it_is_black_on_white_with_the_contact_first(browser, public):
    tab = browser.new_page()
    tab.goto(pages(public)[0])
    tab.emulate_media(media="print", color_scheme="dark")
    for box in ("body", ".page", ".eta", ".contact"):
        paper = computed(tab, box, "background-color")
        assert paper in ("rgba(0, 0, 0, 0)", "rgb(255, 255, 255)"), box
        assert computed(tab, box, "color") == "rgb(0, 0, 0)", box
    address = tab.locator(".links a").evaluate(
        "each => getComputedStyle(each, '::after').content"
    )
    assert "https://www.facebook.com/viragok" in address
    for gone in ("nav", ".live", ".check", ".other"):
        assert computed(tab, gone, "display") == "none", gone
    tab.context.close()


def test_arabic_runs_from_the_right(browser, public):
    """The line beside the messages, the indents and the name change sides."""
    tab = browser.new_page(viewport=PHONE, locale="ar")
    tab.goto(pages(public)[2])
    assert computed(tab, "body", "direction") == "rtl"
    shop = tab.locator(".shop").bounding_box()
    languages = tab.locator("header nav").bounding_box()
    assert shop["y"] < languages["y"] or shop["x"] > languages["x"]
    left, right = (
        computed(tab, ".log > li", f"padding-{side}") for side in ("left", "right")
    )
    assert left in ("0px", right)
    tab.context.close()


def computed(tab: Page, selector: str, name: str) -> str:
    """Return a computed property of the first element that *selector* finds."""
    found: str = tab.locator(selector).first.evaluate(
        "(each, name) => getComputedStyle(each).getPropertyValue(name)", name
    )
    return found
