"""A returning customer's browser runs the dead shop's worker, and still sees the page.

A real Chromium, and one address on this machine that is the shop's until it dies and
the page's afterwards. What each worker does was measured: see ``sw.js`` of the usual
strategies below.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from attrs import define, field
from playwright.sync_api import Browser, BrowserContext, Page, expect

from fallback.core.config import Network, Shop
from fallback.core.model import Language
from fallback.page.render import render
from fallback.probes import workers
from fallback.wire import shipped
from fallback.wire.web.listen import Answer, Request, listening
from fallback.wire.web.page_server import Held, respond_from
from tests.fakes.config import small_config
from tests.page.conftest import theme
from tests.servers.browser import launched

PATIENCE = 20_000  # milliseconds; how soon it really is, is measured by the audit
OLD_LINK = "/produkt/roza?utm_source=newsletter&utm_campaign=piatek"
WORDS = {"content/outage.en.md": b"status: investigating\n\nA disk broke."}
TITLE = "Sorry, Kwiaty u Ani is not available right now"

LIFE = """
const keep = () => caches.open("v1").then((c) => c.addAll(["/"]));
self.addEventListener("install", (e) => { self.skipWaiting(); e.waitUntil(keep()); });
self.addEventListener("activate", (e) => e.waitUntil(clients.claim()));
self.addEventListener("fetch", (e) => {
  if (e.request.mode == "navigate") e.respondWith(answer(e.request));
});
const kept = () => caches.match("/");
"""
STRATEGIES = {
    "cache-first": "const answer = (r) => kept().then((k) => k || fetch(r));",
    "stale-while-revalidate": """
const fresh = (r) => fetch(r).then(async (n) => {
  if (n.ok) await (await caches.open("v1")).put("/", n.clone());
  return n;
});
const answer = (r) => kept().then((k) => { const n = fresh(r); return k || n; });
""",
    "network-first": """
const answer = (r) => fetch(r).then((n) => {
  if (n.status >= 500) throw 0;
  return n;
}).catch(kept);
""",
}


@define
class Address:
    """What the shop's name leads to: the shop while it lives, then the page."""

    worker: str
    strategy: str
    page: Held = field(factory=lambda: Held({}))
    url: str = ""
    dead: bool = False
    answered: list[tuple[str, int]] = field(factory=list)

    def __call__(self, asked: Request) -> Answer:
        """Answer as whoever is there now."""
        answer = respond_from(self.page)(asked) if self.dead else self._shop(asked)
        self.answered.append((asked.target, answer.status))
        return answer

    def _shop(self, asked: Request) -> Answer:
        if asked.target == self.worker:
            kind = ("Content-Type", "text/javascript"), ("Service-Worker-Allowed", "/")
            return Answer(200, kind, (LIFE + STRATEGIES[self.strategy]).encode())
        body = (
            "<!doctype html><title>SHOP</title><h1>Shop</h1><script>"
            f"navigator.serviceWorker.register('{self.worker}', {{scope: '/'}})"
            "</script>"
        )
        return Answer(200, (("Content-Type", "text/html"),), body.encode())

    def dies(self) -> None:
        """Let the page answer, as it is built by who looked at the shop before."""
        shop = Shop("Kwiaty u Ani", self.url, languages=(Language("en"),))
        config = small_config(Path(), shop=shop, network=Network(allow_private=True))
        with ThreadPoolExecutor(1) as apart:  # Playwright's own loop runs in this one
            seen = apart.submit(workers.find, config).result()
        shop = Shop("Kwiaty u Ani", self.url, languages=(Language("en"),), workers=seen)
        config = small_config(Path(), shop=shop)
        catalogues = {Language("en"): shipped.catalogue("en")}
        self.page.replace(render(config, WORDS, theme(config), catalogues).site)
        self.dead = True
        self.answered.clear()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


@pytest.fixture
def customer(browser: Browser) -> Iterator[BrowserContext]:
    with browser.new_context() as context:
        yield context


def living(address: Address, customer: BrowserContext) -> None:
    """Visit the shop until its worker answers for it; a second tab stays open."""
    tab = customer.new_page()
    tab.goto(address.url)
    tab.evaluate("navigator.serviceWorker.ready")
    tab.wait_for_function("navigator.serviceWorker.controller")
    tab.goto(address.url)
    expect(tab).to_have_title("SHOP")
    assert tab.evaluate("!!navigator.serviceWorker.controller")
    tab.close()


@pytest.mark.parametrize("worker", ["/sw.js", "/pwa/cache.js"])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_returning_customer_sees_the_page_on_the_first_visit(
    strategy: str, worker: str, customer: BrowserContext
) -> None:
    """At the old link that was clicked, and the shop again when it is back."""
    address = Address(worker, strategy)
    with listening(address, "127.0.0.1") as listener:
        address.url = f"http://localhost:{listener.port}"
        living(address, customer)
        address.dies()

        tab, broken = customer.new_page(), []
        tab.on("console", lambda said: broken.append(said.text))
        tab.goto(address.url + OLD_LINK, wait_until="commit")

        expect(tab.locator("h1")).to_have_text(TITLE, timeout=PATIENCE)
        assert tab.url == address.url + OLD_LINK
        assert (worker, 200) in address.answered
        assert (OLD_LINK, 503) in address.answered
        # a 503 is said on the console; a broken policy would be, too
        assert not [text for text in broken if "Content Security Policy" in text]
        assert_back(address, customer)


def assert_back(address: Address, customer: BrowserContext) -> None:
    """The shop lives again: nothing of ours stands between it and its customer."""
    address.dead = False
    tab = customer.new_page()
    tab.goto(address.url + OLD_LINK)

    expect(tab).to_have_title("SHOP", timeout=PATIENCE)
    tab.evaluate("navigator.serviceWorker.ready.then((r) => r.update())")
    tab.goto(address.url)
    expect(tab).to_have_title("SHOP", timeout=PATIENCE)


def test_a_tab_that_stayed_open_is_taken_along(customer: BrowserContext) -> None:
    """Whoever sits on a cached page of the shop is brought to the page, too."""
    address = Address("/sw.js", "cache-first")
    with listening(address, "127.0.0.1") as listener:
        address.url = f"http://localhost:{listener.port}"
        living(address, customer)
        open_tab = customer.new_page()
        open_tab.goto(address.url)
        address.dies()

        customer.new_page().goto(address.url, wait_until="commit")

        expect(open_tab.locator("h1")).to_have_text(TITLE, timeout=PATIENCE)


def policies(tab: Page, url: str) -> list[str]:
    found = []
    for path in ("/", OLD_LINK, "/sw.js", "/robots.txt", "/_fallback/feed.json"):
        reply = tab.request.get(url + path)
        found.append(reply.headers["content-security-policy"])
    return found


def test_the_whole_policy_is_sent_with_everything(customer: BrowserContext) -> None:
    """The page runs under it, and so does the worker (see above)."""
    address = Address("/sw.js", "cache-first")
    with listening(address, "127.0.0.1") as listener:
        address.url = f"http://localhost:{listener.port}"
        address.dies()
        tab, said = customer.new_page(), []
        tab.on("console", lambda message: said.append(message.text))
        tab.goto(address.url, wait_until="load")
        expect(tab.locator(".live")).to_be_visible()  # the script runs

        (policy,) = set(policies(tab, address.url))

    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert policy.endswith("frame-ancestors 'none'")
    assert not [text for text in said if "Policy" in text]
