"""The outlook as a page to share: whole, on phones, in the dark, and on paper."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from fallback.core.outlook.outlook import outlook
from fallback.core.text import Sayable
from fallback.page.sheets.outlook import Sheet
from fallback.wire import shipped
from tests.core.outlook.test_outlook import BAD, GOOD
from tests.servers.browser import launched

CONTRAST = """
() => {
  const light = (c) => {
    const [r, g, b] = c.match(/[\\d.]+/g).map((v) => {
      v /= 255;
      return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (e) => {
    for (; e; e = e.parentElement) {
      const c = getComputedStyle(e).backgroundColor;
      if (!/, 0\\)$/.test(c)) return c;
    }
    return "rgb(255, 255, 255)";
  };
  const all = [...document.querySelectorAll("body *")].filter(
    (e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()));
  return Math.min(...all.map((e) => {
    const [a, b] = [getComputedStyle(e).color, behind(e)].map(light);
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  }));
}
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as running:
        yield running


def page(file: Path, case: str = "") -> str:
    seen = BAD[case][0] if case else GOOD
    sheet = Sheet(*map(shipped.outlook, ("html", "css")))
    file.write_bytes(sheet.page(outlook(seen), "kwiaty.example", _english, "en"))
    return file.as_uri()


def _english(sentence: Sayable) -> str:
    return str(sentence)


@pytest.mark.parametrize("look", ["light", "dark"])
def test_it_asks_nobody_for_anything_and_is_readable(
    browser: Browser, tmp_path: Path, look: str
) -> None:
    url = page(tmp_path / "outlook.html", "one company holds shop and zone")
    context = browser.new_context(
        viewport={"width": 320, "height": 640},
        color_scheme="dark" if look == "dark" else "light",
    )
    shown = context.new_page()
    complaints: list[str] = []
    asked: list[str] = []
    shown.on("console", lambda message: complaints.append(message.text))
    shown.on("request", lambda request: asked.append(request.url))
    shown.goto(url)
    assert asked == [url]
    assert complaints == [], "the policy lets the page's own style in"
    assert shown.evaluate("document.documentElement.scrollWidth") <= 320
    assert shown.evaluate(CONTRAST) >= 4.5
    assert shown.locator(".letter").inner_text().strip() == "D"
    context.close()


def test_a_good_shop_fits_one_sheet_and_needs_no_colour(
    browser: Browser, tmp_path: Path
) -> None:
    shown = browser.new_page(color_scheme="dark")
    shown.goto(page(tmp_path / "outlook.html"))
    printed = shown.pdf(format="A4")
    assert printed.count(b"/Type /Page\n") == 1
    shown.emulate_media(media="print")
    colours = shown.evaluate(
        "[...new Set([...document.querySelectorAll('body *')].map("
        "e => getComputedStyle(e).color))]"
    )
    assert all(len(set(colour[4:-1].split(", "))) == 1 for colour in colours)
    shown.close()
