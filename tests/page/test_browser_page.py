"""The built page on a customer's phone, on paper, without script, and as text alone."""

import os
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from attrs import define, field
from playwright.sync_api import Browser, Page

from fallback.actions.build import build
from fallback.actions.site import load
from fallback.wire import shipped
from tests import need
from tests.servers.browser import launched
from tests.servers.page import serving

PHONE = {"width": 412, "height": 915}
NARROW = {"width": 320, "height": 640}
SITE = """\
[shop]
name = "Kwiaty u Ani"
url = "https://kwiaty.example"
timezone = "Europe/Warsaw"
languages = ["pl", "en"]
[contact]
email = "kwiaty.awaria@elsewhere.example"
phone = "+48600100200"
hours = { pl = "codziennie 8–20", en = "daily 8am–8pm" }
[primary]
contains = "Dodaj do koszyka"
[[hosts]]
kind = "folder"
path = "published"
"""
BODY = """
## Co się stało

W serwerze zepsuł się dysk. Wymieniamy go i przywracamy sklep z kopii z nocy.

## Państwa zamówienie

Kto zamówił coś tuż przed przerwą, niech zadzwoni lub napisze. Sprawdzimy je.
"""
NOW = datetime.now(UTC).replace(microsecond=0)
STATES = {
    "identified": (NOW + timedelta(hours=3), 20),
    "investigating": (None, 1),
    "monitoring": (NOW - timedelta(hours=2), 3),
    "scheduled": (NOW + timedelta(days=1), 0),
    "resolved": (NOW, 20),
}
SAMPLE = ("/", "/_fallback/de.html", "/_fallback/ar.html")
LOOK = """
() => ({
  contact: ["tel:", "mailto:"].map((scheme) => {
    const link = document.querySelector(`main a[href^="${scheme}"]`);
    const box = link && link.getBoundingClientRect();
    return box && box.height ? [box.top, box.bottom] : null;
  }),
  lang: document.documentElement.lang,
  eta: document.querySelector("main .eta").getBoundingClientRect().bottom,
  words: document.querySelector("main .words").getBoundingClientRect().top,
})
"""

WORDS = """
() => {
  document.querySelectorAll("[data-feed]").forEach((part) => part.remove());
  return document.body.innerText;
}
"""


@define(slots=False)  # Playwright writes into whatever holds a listening method
class Customer:
    """Opens one page after the other on one phone, and keeps what happened."""

    tab: Page
    requests: list = field(factory=list)
    errors: list = field(factory=list)

    def __attrs_post_init__(self):
        self.tab.on("request", lambda request: self.requests.append(request.url))
        self.tab.on("pageerror", lambda error: self.errors.append(str(error)))
        self.tab.on("console", self.logged)

    def logged(self, message):
        # Chromium calls the 503 of the page itself an error
        if message.type == "error" and "status of 503" not in message.text:
            self.errors.append(message.text)


@define
class Published:
    """A site in one state, served as the dead shop's address answers."""

    base: str
    pages: list[str]

    @property
    def urls(self):
        return [self.base + page for page in self.pages]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


@pytest.fixture(scope="module", params=STATES)
def published(request, tmp_path_factory) -> Iterator[Published]:
    """The page in each state: in every language once, else in three."""
    folder = tmp_path_factory.mktemp(request.param)
    public = built(folder, request.param)
    languages = [f"/_fallback/{each}.html" for each in shipped.languages()]
    pages = ["/", *(page for page in languages if page != "/_fallback/pl.html")]
    chosen = pages if request.param == "identified" else list(SAMPLE)
    with serving(public) as listener:
        yield Published(listener.url.rstrip("/"), chosen)


def built(folder: Path, status: str) -> Path:
    """Build the shop with its log; return the folder that is published."""
    eta, updates = STATES[status]
    log = folder / "content" / "updates"
    log.mkdir(parents=True)
    (folder / "fallback.toml").write_text(SITE, "utf-8")
    started = NOW + timedelta(hours=20 if status == "scheduled" else -5)
    header = f"status: {status}\nstarted: {started.isoformat()}\n"
    header += f"eta: {eta.isoformat()}\n" if eta else ""
    (folder / "content" / "outage.pl.md").write_text(header + BODY, "utf-8")
    for number in range(updates):
        at = NOW - timedelta(minutes=9) * (updates - number)
        (log / f"{at:%Y-%m-%dT%H%M}.pl.md").write_text(
            f"at: {at.isoformat()}\n\nSkopiowana jest część numer {number}.", "utf-8"
        )
    build(load(folder), out=folder / "public")
    return folder / "public"


def language(url: str) -> str:
    return "pl" if url.endswith("/") else Path(url).stem


def words(tab: Page) -> set[str]:
    """Return the words a reader sees, without those about the script's own doings."""
    shown = tab.evaluate(WORDS)
    return {word for word in re.split(r"[^\w@.+]+", shown.lower()) if len(word) > 2}


def test_a_phone_shows_the_contact_on_its_first_screen_between_eta_and_words(
    browser, published
):
    # a language that we do not speak: the script would put the customer's own first
    tab = browser.new_page(viewport=PHONE, locale="ja-JP")
    for url in published.urls:
        tab.goto(url)
        seen = tab.evaluate(LOOK)
        phone, mail = seen["contact"]
        assert seen["lang"] == language(url), url
        assert phone and mail, url
        assert seen["eta"] <= phone[0] < phone[1] <= mail[1] <= seen["words"], url
        assert mail[1] <= PHONE["height"], url
    tab.context.close()


def test_one_request_brings_the_whole_page_and_nothing_is_refused_or_fails(
    browser, published
):
    customer = Customer(browser.new_page(viewport=NARROW, locale="pl-PL"))
    for url in published.urls:
        customer.tab.goto(url)
        width = customer.tab.evaluate("() => document.documentElement.scrollWidth")
        assert width <= NARROW["width"], f"{url} scrolls sideways"
    asked = [url for url in customer.requests if not url.startswith("data:")]
    assert asked == published.urls
    assert customer.errors == []
    customer.tab.context.close()


def test_without_script_the_same_is_there(browser, published):
    with_script = browser.new_page(viewport=PHONE)
    without = browser.new_page(viewport=PHONE, java_script_enabled=False)
    for url in published.urls:
        with_script.goto(url)
        without.goto(url)
        assert words(with_script) == words(without), url
        for scheme in ("tel", "mailto"):
            assert without.locator(f"main a[href^={scheme}]").first.is_visible()
    with_script.context.close()
    without.context.close()


def test_the_page_prints_on_one_sheet(browser, published):
    tab = browser.new_page(viewport=PHONE)
    for url in published.urls[:2]:
        tab.goto(url)
        sheets = re.findall(rb"/Type\s*/Page\b(?!s)", tab.pdf(format="A4"))
        assert len(sheets) == 1, url
    tab.context.close()


@pytest.mark.parametrize(
    "command",
    [
        ("lynx", "-dump", "-nolist", "-display_charset=utf-8", "-width=80"),
        ("w3m", "-dump", "-cols", "80", "-I", "UTF-8", "-O", "UTF-8"),
    ],
    ids=["lynx", "w3m"],
)
def test_a_text_browser_shows_the_contact_within_thirty_lines(published, command):
    need.program(command[0])
    for url in published.urls:
        dump = subprocess.run(
            [*command, url],
            env={**os.environ, "LC_ALL": "C.UTF-8", "TERM": "dumb"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,  # both call a 503 a failure, and show it
        ).stdout
        first = "".join(line.strip() for line in dump.strip().splitlines()[:30])
        assert "kwiaty.awaria@elsewhere.example" in first, url
        assert "48600100200" in re.sub(r"\D", "", first), url
