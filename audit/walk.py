"""Every page in Chromium, as a phone shows it: axe, weight of a visit, script or not.

Each page is answered with 503, as customers get it. One tab looks at all pages of a
site, and another one, that runs no script, looks at them again.
"""

import multiprocessing
import os
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor

from attrs import define, field, frozen
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request

from audit.outcome import Fault, Outcome, say
from audit.serving import host
from audit.sites import Site
from tests.servers.browser import launched

PHONE = {"width": 412, "height": 915}
NARROW = {"width": 320, "height": 640}
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
AXE = """
(tags) => axe.run(document, {runOnly: {type: "tag", values: tags},
                             resultTypes: ["violations"]})
  .then((found) => found.violations.flatMap((rule) => rule.nodes.map((node) => (
    {rule: rule.id, impact: rule.impact, target: node.target.join(" "),
     why: node.failureSummary}))))
"""
_WATCH_POLICY = """
window.refusedByPolicy = [];
addEventListener("securitypolicyviolation", (event) =>
  refusedByPolicy.push(event.effectiveDirective + " " + event.blockedURI));
"""
_CONTACT = """
() => ["mailto:", "tel:"].map((scheme) => {
  const link = document.querySelector(`main a[href^="${scheme}"]`);
  const box = link && link.getBoundingClientRect();
  return box && box.height ? box.bottom : 99999;
})
"""
_BY_THE_CLOCK = 0.1
"""Share of the words that the script may change, when a promised moment passed."""

# what the script says about its own doings is no part of the page's words
_WORDS = """
() => {
  const own = document.querySelector("[data-feed]");
  if (own) own.style.display = "none";
  const seen = document.body.innerText;
  if (own) own.style.display = "";
  return seen;
}
"""
_SHEET = re.compile(rb"/Type\s*/Page\b(?!s)")
_ENTRY = re.compile(r"#\\3\d \S+")


@frozen
class Walked:
    """What was met on the pages of one site."""

    pages: int
    sheets: int
    faults: tuple[Fault, ...]


@define(slots=False)  # Playwright writes into whatever holds a listening method
class _Walk:
    """One walk over the pages of one site."""

    site: Site
    tab: Page
    without_script: Page
    requests: list[str] = field(factory=list)
    errors: list[str] = field(factory=list)
    faults: list[Fault] = field(factory=list)
    sheets: int = 0
    where: str = ""

    def listen(self, axe: str) -> None:
        self.tab.add_init_script(axe)
        self.tab.add_init_script(_WATCH_POLICY)
        self.tab.on("request", self.requested)
        self.tab.on("console", self.logged)
        self.tab.on("pageerror", self.threw)

    def requested(self, request: Request) -> None:
        if not request.url.startswith("data:"):
            self.requests.append(request.url)

    def logged(self, message: ConsoleMessage) -> None:
        # Chromium calls the 503 of the page itself an error
        if message.type == "error" and message.location.get("url") != self.tab.url:
            self.errors.append(message.text)

    def threw(self, error: Exception) -> None:
        self.errors.append(str(error))

    def fault(self, what: str) -> None:
        self.faults.append(Fault(self.where, what))

    def look(self, page: str, url: str) -> None:
        """Look at one page from all sides."""
        self.where = f"{self.site.name} {page}"
        self.requests.clear()
        self.errors.clear()
        self.tab.goto(url)
        words = _words(self.tab)
        if page in self.site.fronts:
            self.first_screen()
            self.printed()
        self.accessible()
        self.narrow()
        for refused in self.tab.evaluate("() => refusedByPolicy"):
            self.fault(f"the policy refused {refused}")
        if self.requests != [url]:
            more = " ".join(self.requests[1:])
            self.fault(f"{len(self.requests)} requests: {more}")
        for error in self.errors:
            self.fault(f"console: {error}")
        self.without_script.goto(url)
        lost = words - _words(self.without_script)
        if len(lost) > _BY_THE_CLOCK * len(words):
            self.fault(f"lost without script: {' '.join(sorted(lost)[:8])}")

    def first_screen(self) -> None:
        bottoms = self.tab.evaluate(_CONTACT)
        for scheme, bottom in zip(("mailto", "tel"), bottoms, strict=True):
            if bottom > PHONE["height"]:
                self.fault(
                    f"the {scheme}: link ends at {bottom:.0f} px, off the screen"
                )

    def accessible(self) -> None:
        """Run axe in both colour schemes."""
        for scheme in ("dark", "light"):
            self.tab.emulate_media(color_scheme=scheme)
            for found in self.tab.evaluate(AXE, list(RULES)):
                target = _ENTRY.sub("#(entry)", found["target"])
                why = " ".join(found["why"].split())[:240]
                rule = f"{found['rule']} ({found['impact']})"
                self.fault(f"axe {scheme}: {rule} at {target}: {why}")

    def narrow(self) -> None:
        """See whether text flows into 320 CSS pixels (WCAG 2.2, 1.4.10)."""
        self.tab.set_viewport_size(NARROW)  # type: ignore[arg-type]
        width = self.tab.evaluate("() => document.documentElement.scrollWidth")
        self.tab.set_viewport_size(PHONE)  # type: ignore[arg-type]
        if width > NARROW["width"]:
            self.fault(f"{width} px wide on a screen of {NARROW['width']} px")

    def printed(self) -> None:
        sheets = len(_SHEET.findall(self.tab.pdf(format="A4")))
        self.sheets = max(sheets, self.sheets)
        if sheets > 1:
            self.fault(f"prints on {sheets} sheets of A4")


def _walk(browser: Browser, axe: str, site: Site) -> Walked:
    context = _context(browser, script=True)
    plain = _context(browser, script=False)
    walk = _Walk(site, context.new_page(), plain.new_page())
    walk.listen(axe)
    with host(site.public) as (listener, _):
        for page in site.pages:
            walk.look(page, listener.url.rstrip("/") + page)
        state = context.storage_state()
    if state.get("cookies") or state.get("origins"):
        walk.fault("keeps cookies or storage")
    context.close()
    plain.close()
    return Walked(len(site.pages), walk.sheets, tuple(walk.faults))


def _context(browser: Browser, *, script: bool) -> BrowserContext:
    return browser.new_context(
        viewport=PHONE,  # type: ignore[arg-type]
        locale="pl-PL",
        java_script_enabled=script,
    )


def _words(page: Page) -> set[str]:
    text = page.evaluate(_WORDS)
    return {word for word in re.split(r"[^\w@.+]+", text.lower()) if len(word) > 2}


def _share(axe: str, sites: Sequence[Site]) -> list[Walked]:
    """Walk over *sites* in a process of its own, with a browser of its own."""
    found = []
    with launched() as browser:
        for site in sites:
            found.append(_walk(browser, axe, site))
            say(f"  {site.name}: {found[-1].pages} pages")
    return found


def walked(axe: str, sites: Sequence[Site]) -> Outcome:
    """Look at every page of *sites*, with as many browsers as there are cores."""
    count = min(os.cpu_count() or 1, len(sites))
    shares = [sites[number::count] for number in range(count)]
    with ProcessPoolExecutor(
        count, mp_context=multiprocessing.get_context("spawn")
    ) as pool:
        found = [
            each for share in pool.map(_share, [axe] * count, shares) for each in share
        ]
    faults = tuple(fault for each in found for fault in each.faults)
    return Outcome(tuple(_lines(found, faults)), faults)


def _lines(found: Sequence[Walked], faults: Sequence[Fault]) -> Iterator[str]:
    pages = sum(each.pages for each in found)
    yield (
        f"- {pages} pages: every theme, state and language, and the pages of earlier"
        " messages, answered with 503 on a phone of 412 × 915."
    )
    yield (
        f"- axe, WCAG 2.2 AA and best practice, light and dark: {2 * pages} runs,"
        f" {_count(faults, 'axe')} findings."
    )
    yield (
        "- Requests beyond the page itself, third parties, cookies:"
        f" {_count(faults, 'requests', 'keeps')}. Refused by the policy or logged as an"
        f" error, with the script running: {_count(faults, 'policy', 'console')}."
    )
    yield (
        "- Phone number or e-mail address not on the first screen:"
        f" {_count(faults, 'off the screen')}; overflow at 320 px:"
        f" {_count(faults, 'px wide')}; words lost without script:"
        f" {_count(faults, 'lost without script')}."
    )
    yield f"- Sheets of A4 in print, at most: {max(each.sheets for each in found)}."


def _count(faults: Sequence[Fault], *parts: str) -> int:
    return sum(any(part in fault.what for part in parts) for fault in faults)
