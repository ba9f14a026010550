"""An open tab that waits for news, in real time and at the interval customers have.

The tab is open at the shop's address and asks the status address, as when a shop has
one. The update is written and built by the real program, just after a question, so that
the tab has to wait as long as anybody ever does.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from attrs import evolve, frozen
from playwright.sync_api import Browser, Page

from audit.outcome import Fault, Outcome, say
from audit.serving import Asked, host
from audit.sites import CASES, Site, build, written
from audit.tools import ROOT

SLACK = 2.0
"""Seconds from the answer to the sentence on the screen."""
_PATIENCE = 200.0
_NEWS = "Sklep wraca za chwilę"
_OBSERVE = """
(news) => {
  window.heard = [];
  new MutationObserver((changes) => {
    const added = new Set(changes.flatMap((change) => [...change.addedNodes]));
    added.forEach((node) => {
      if (!node.textContent.includes(news)) return;
      const place = node.nodeType == Node.ELEMENT_NODE ? node : node.parentElement;
      const region = place && place.closest("[role=log], [role=status], [aria-live]");
      heard.push(region ? region.getAttribute("role") || "aria-live" : "no region");
    });
  }).observe(document, {childList: true, characterData: true, subtree: true});
  scrollTo(0, 150);
  const link = document.querySelector("main a[href^=mailto]");
  link.focus({preventScroll: true});
}
"""
_STATE = "() => [scrollY, document.activeElement.getAttribute('href'), window.heard]"


@frozen
class _Waited:
    seconds: float
    interval: float
    faults: tuple[str, ...]


@frozen
class _Questions:
    """When the tab asked for news, wherever it asked."""

    here: Asked
    there: Asked

    def __call__(self) -> list[float]:
        return sorted(self.here.times("/feed") + self.there.times("/feed"))


def waited(browser: Browser, folder: Path, *, theme: str, now: datetime) -> Outcome:
    """Publish one update and wait until the open tab shows it."""
    case = next(each for each in CASES if each.name == "identified")
    public = folder / f"{theme}-live" / "public"
    with (
        host(public, status_address=True) as (status, there),
        host(public) as (shop, here),
    ):
        site = written(
            folder,
            evolve(case, name="live"),
            theme=theme,
            now=now,
            address=status.url.rstrip("/"),
        )
        context = browser.new_context(
            viewport={"width": 412, "height": 600}, locale="pl-PL"
        )
        page = context.new_page()
        page.goto(f"{shop.url}produkt/roza?utm_source=list")
        try:
            found = _published(site, page, _Questions(here, there))
        finally:
            context.close()
    say(f"  visible after {found.seconds:.1f} s, interval {found.interval:.1f} s")
    line = (
        f"- An open tab shows an update {found.seconds:.1f} s after it was published,"
        f" in real time: it asks every minute, give or take, here after"
        f" {found.interval:.1f} s. Gates: no longer than that and {SLACK:.0f} s, no"
        " reload, scroll and focus kept, one announcement, in the log."
    )
    where = f"{site.name} in an open tab"
    return Outcome((line,), tuple(Fault(where, what) for what in found.faults))


def _published(site: Site, page: Page, asked: _Questions) -> _Waited:
    """Publish just after a question; say how long it took and what went wrong."""
    page.evaluate(_OBSERVE, _NEWS)
    before = page.evaluate(_STATE)
    if not _until(lambda: bool(asked()), page):
        return _Waited(0, 0, ("the tab never asked for news",))
    _update(site)
    published = time.monotonic()
    shown = _until(lambda: page.get_by_text(_NEWS).count() > 0, page)
    seconds = time.monotonic() - published
    questions = asked()
    interval = questions[-1] - questions[-2] if len(questions) > 1 else 0.0
    if not shown:
        return _Waited(seconds, interval, ("the update never became visible",))
    faults = []
    if seconds > interval + SLACK:
        faults.append(f"visible after {seconds:.1f} s, interval {interval:.1f} s")
    scroll, focus, heard = page.evaluate(_STATE)
    if [scroll, focus] != before[:2]:
        faults.append(f"scroll and focus moved: {before[:2]} to {[scroll, focus]}")
    # a reload would have taken the observer away
    if heard is None:
        faults.append("the page was loaded anew")
    elif heard != ["log"]:
        faults.append(f"spoken not once in the log, but: {heard}")
    return _Waited(seconds, interval, tuple(faults))


def _until(true: Callable[[], bool], page: Page) -> bool:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        if true():
            return True
        page.wait_for_timeout(50)
    return False


def _update(site: Site) -> None:
    subprocess.run(
        [
            *(sys.executable, "-m", "fallback", "-C", str(site.source), "--no-input"),
            *("update", "--title", _NEWS, "--lang", "pl", "Wszystko jest skopiowane."),
        ],
        env={**os.environ, "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"},
        check=True,
        capture_output=True,
    )
    build(site)
