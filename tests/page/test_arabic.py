"""A real browser shows an Arabic page from right to left, and what is not Arabic as
it is written."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from fallback.core.model import Language
from tests.page.conftest import Rendering, page
from tests.servers.browser import launched

WORDS = """status: identified
started: 2026-11-22T09:10-03:00
eta: 2026-11-22T14:30-03:00

اتصلوا بنا على +48 600 100 200 (أو Anna) من فضلكم.
"""
# the places of the first and of the last letter of a text, wherever it stands
PLACES = """needle => {
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const at = node.data.indexOf(needle);
    if (at < 0 || !node.parentElement.checkVisibility()) continue;
    const left = n => {
      const range = document.createRange();
      range.setStart(node, n);
      range.setEnd(node, n + 1);
      const box = range.getBoundingClientRect();
      return [box.left, box.top];
    };
    found.push([left(at), left(at + needle.length - 1)]);
  }
  return found;
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as running:
        yield running


def test_names_numbers_and_times_stand_as_they_are_written(
    browser: Browser, rendering: Rendering
) -> None:
    rendered = rendering(
        {"content/outage.ar.md": WORDS},
        bare=True,
        name="Kwiaty 24!",
        languages=(Language("ar"),),
    )
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    shown = context.new_page()
    shown.set_content(page(rendered))

    for needle, least in (
        ("Kwiaty 24!", 2),  # the head and the title
        ("+48 600 100 200", 2),  # the contact and the owner's words
        ("13:10", 1),
        ("18:30", 1),
        ("CET", 2),
    ):
        places = shown.evaluate(PLACES, needle)
        assert len(places) >= least, needle
        for (first, top), (last, bottom) in places:
            assert first < last, needle
            assert abs(top - bottom) < 2, needle
    for (first, _), (last, _) in shown.evaluate(PLACES, "نعتذر"):
        assert first > last
    context.close()
