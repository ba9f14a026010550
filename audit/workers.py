"""Returning customers, whose browsers still run the dead shop's service worker.

The shop lives, the browser installs its worker; the shop dies and its address answers
with the real built site. What counts is when the customer's first visit shows it.
"""

import time

from attrs import define
from playwright.sync_api import Browser, BrowserContext, Error

from audit.outcome import Fault, Outcome, say
from audit.serving import compressed
from audit.sites import Site
from fallback.wire.web.listen import Answer, Request, Respond, listening
from fallback.wire.web.page_server import Folder, respond_from

SECONDS = 4.0
_PATIENCE = 15.0

_SHOP = b"""<!doctype html><title>The shop</title><h1>The shop</h1>
<script>navigator.serviceWorker.register("/sw.js")</script>"""

_WORKER = """
self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(caches.open("v1").then((cache) => cache.addAll(["/"])));
});
self.addEventListener("activate", (event) => event.waitUntil(clients.claim()));
self.addEventListener("fetch", (event) => {
  if (event.request.mode == "navigate") event.respondWith(answer(event.request));
});
"""
STRATEGIES = {
    "cache-first": """
async function answer(request) {
  return await caches.match("/") || fetch(request);
}""",
    "stale-while-revalidate": """
async function answer(request) {
  const cache = await caches.open("v1"), kept = await cache.match("/");
  const fresh = fetch(request).then((seen) => {
    if (seen.ok) cache.put("/", seen.clone());
    return seen;
  });
  return kept || fresh;
}""",
    "network-first": """
async function answer(request) {
  try {
    const seen = await fetch(request);
    if (seen.status < 500) return seen;
  } catch (unreachable) {}
  return caches.match("/");
}""",
}
_OURS = "() => !!document.querySelector('meta[name=generator][content=fallback]')"


@define
class _Address:
    """The shop's address: first the shop answers there, later the page."""

    respond: Respond

    def __call__(self, request: Request) -> Answer:
        return compressed(self.respond(request), request)


def returned(browser: Browser, site: Site) -> Outcome:
    """Walk one customer through each kind of worker."""
    lines = [
        "",
        "| the dead shop's worker | first visit shows the page after |",
        "|---|---:|",
    ]
    faults = []
    for name, strategy in STRATEGIES.items():
        context = browser.new_context(locale="pl-PL")
        try:
            seconds = _visit(context, site, _WORKER + strategy)
        finally:
            context.close()
        say(f"  {name}: {seconds:.1f} s")
        lines.append(f"| {name} | {seconds:.1f} s |")
        if seconds > SECONDS:
            what = f"the page is seen after {seconds:.1f} s"
            faults.append(Fault(f"a {name} worker", what))
    return Outcome((*lines, ""), tuple(faults))


def _visit(context: BrowserContext, site: Site, worker: str) -> float:
    """Return the seconds from a customer's first visit until the page is there."""
    address = _Address(_shop(worker))
    with listening(address, "127.0.0.1") as listener:
        page = context.new_page()
        page.goto(listener.url)
        page.wait_for_function("() => navigator.serviceWorker.controller")
        page.goto(listener.url)
        page.close()
        address.respond = respond_from(Folder(site.public))
        tab = context.new_page()
        start = time.monotonic()
        tab.goto(listener.url, wait_until="commit")
        while time.monotonic() < start + _PATIENCE:
            try:
                if tab.evaluate(_OURS):
                    break
            except Error:  # the tab is just being led to the page
                continue
            tab.wait_for_timeout(20)
        return time.monotonic() - start


def _shop(worker: str) -> Respond:
    def respond(request: Request) -> Answer:
        if request.target == "/sw.js":
            kind = (("Content-Type", "text/javascript"), ("Cache-Control", "no-cache"))
            return Answer(200, kind, worker.encode())
        return Answer(200, (("Content-Type", "text/html"),), _SHOP)

    return respond
