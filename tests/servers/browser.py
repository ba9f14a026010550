"""Debian's Chromium, driven by Playwright; it reaches this machine and nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

from tests import need

FLAGS = (
    "--no-sandbox",  # root has no other way, and only our own pages are opened
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--no-pings",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.*",
)


@contextmanager
def launched() -> Iterator[Browser]:
    """Run one browser, for the tests of a whole module.

    Each test opens a context of its own (``browser.new_context()``): cookies, caches
    and service workers are a context's, never the browser's.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=need.program("chromium"), args=list(FLAGS)
        )
        try:
            yield browser
        finally:
            browser.close()
