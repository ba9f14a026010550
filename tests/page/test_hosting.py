"""The files for machines: workers, robots, host rules."""

import re

import pytest

from fallback.core.check.workers import COMMON
from fallback.core.model import MANIFEST
from fallback.page.hosting import (
    PASS_THROUGH,
    end_said_by,
    http_date,
    worker_path,
)
from tests.page.conftest import Rendering

WORDS = {"content/outage.pl.md": "eta: 2026-11-22 14:30\n\nDysk."}


def rules(body: bytes) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    path = ""
    for line in body.decode().splitlines():
        if line.startswith("/"):
            path = line
            assert path not in found
            found[path] = {}
        else:
            name, _, value = line.strip().partition(": ")
            assert name not in found[path]
            found[path][name] = value
    return found


def test_the_worker_lets_the_page_through(rendering: Rendering) -> None:
    """At the dead shop's own address, as JavaScript, whatever its name ends in."""
    site = rendering(WORDS, workers=("/sw.js", "/pwa/worker?v=3")).site

    for path in ("sw.js", "pwa/worker"):
        file = site.file(path)
        script = file.body.decode()
        assert file.content_type == "text/javascript; charset=utf-8"
        assert script.count("\n") == 3
        assert "skipWaiting()" in script
        assert "fetch" not in script
        # a reload that the worker waits for would wait for the worker
        (waited,) = re.findall(r"waitUntil\((.*?)\);", script)
        assert waited == "claimed"


@pytest.mark.parametrize(
    "address",
    ["/../x.js", "/a/../../x.js", "/index.html", "/404.html", "/_fallback/x.js",
     "/_headers", "/robots.txt", "sw.js", "https://x/sw.js", "/", "", "/a//b.js",
     "/./a.js", "/a b.js", "/%2e%2e/a.js", "/a.html", "/_fallback", "/_Headers/x.js",
     "/robots.txt/x.js"],
)  # fmt: skip
def test_a_worker_takes_no_place_of_ours(rendering: Rendering, address: str) -> None:
    """Nor one outside the site; the owner is told."""
    assert worker_path(address) is None
    rendered = rendering(WORDS, workers=(address,))
    assert "no service worker can be placed" in str(rendered.left_out[0].what)


@pytest.mark.parametrize("workers", [("/sw", "/sw/x.js"), ("/sw/x.js", "/sw")])
def test_no_worker_stands_where_another_needs_a_folder(
    rendering: Rendering, workers: tuple[str, str]
) -> None:
    """No host has a file and a folder of one name; the owner is told."""
    rendered = rendering(WORDS, workers=workers)
    placed = [file.path for file in rendered.site if file.body == PASS_THROUGH]
    assert placed == [workers[0][1:]]
    assert workers[1] in str(rendered.left_out[0].what)


def test_robots_are_told_what_the_shop_told_them(rendering: Rendering) -> None:
    """Never an error, and never more than the shop forbade."""
    own = b"User-agent: *\nDisallow: /koszyk\n"

    site = rendering(WORDS | {"content/robots.txt": own}).site
    assert site.file("robots.txt").body == own
    assert (
        rendering(WORDS).site.file("robots.txt").body == b"User-agent: *\nDisallow:\n"
    )


def test_no_header_is_named_by_two_rules_that_meet(rendering: Rendering) -> None:
    """Cloudflare joins the values of rules that match the same path."""
    site = rendering(WORDS, workers=("/sw.js",)).site
    found = rules(site.file("_headers").body)
    everywhere = found.pop("/*")

    assert everywhere["Retry-After"] == "Sun, 22 Nov 2026 13:30:00 GMT"
    for path, headers in found.items():
        assert not set(headers) & set(everywhere), path
    assert found["/sw.js"]["Service-Worker-Allowed"] == "/"
    assert found["/_fallback/feed.json"]["Content-Type"] == "application/feed+json"
    assert found["/"]["Content-Type"] == "text/html; charset=utf-8"


def test_hosts_send_the_policy_of_the_pages(rendering: Rendering) -> None:
    """All of it, and what a page cannot say of itself: who may frame it."""
    site = rendering(WORDS).site
    said = {
        found[1]
        for file in site
        if file.path.endswith(".html")
        and (found := re.search(r'Policy" content="([^"]+)"', file.body.decode()))
    }

    (policy,) = said
    sent = rules(site.file("_headers").body)["/*"]["Content-Security-Policy"]
    assert sent == f"{policy}; frame-ancestors 'none'"
    assert len(f"Content-Security-Policy: {sent}") < 2000  # Cloudflare's longest line


def test_nothing_outlives_the_outage_in_a_cache(rendering: Rendering) -> None:
    """No file is shown again by a browser that has not asked for it again."""
    site = rendering(WORDS, workers=("/sw.js",)).site
    found = rules(site.file("_headers").body)

    for file in site:
        assert file.cache_control == "public, max-age=0, s-maxage=30, must-revalidate"
        path = "/" if file.path == "index.html" else f"/{file.path}"
        rule = found.get(path) or found.get(f"{path.rpartition('/')[0]}/*")
        if file.path not in ("_headers", "_redirects", MANIFEST):
            assert rule, file.path
            assert rule["Cache-Control"] == file.cache_control
        assert "Expires" not in (rule or {})


def test_where_nothing_is_known_the_usual_workers_are_published(
    rendering: Rendering,
) -> None:
    """One too many harms nobody; an empty list is the owner's word that it has none."""
    usual = {path.removeprefix("/") for path in COMMON}

    def placed(**shop: object) -> set[str]:
        files = rendering(WORDS, **shop).site
        return {file.path for file in files if file.body == PASS_THROUGH}

    assert placed() == usual
    assert placed(workers=()) == set()
    assert placed(workers=("/pwa/sw.js",)) == {"pwa/sw.js"}


def test_without_an_eta_search_engines_come_back_in_an_hour(
    rendering: Rendering,
) -> None:
    found = rules(rendering().site.file("_headers").body)

    assert found["/*"]["Retry-After"] == "3600"


@pytest.mark.parametrize("name", ["plain", "brand", "letter"])
def test_every_page_says_itself_what_retry_after_says(
    rendering: Rendering, name: str
) -> None:
    """What a bucket keeps with the page is read from the page, in any language."""
    site = rendering(WORDS, theme=name).site
    said = rules(site.file("_headers").body)["/*"]["Retry-After"]

    for path in ("index.html", "404.html", "_fallback/en.html"):
        end = end_said_by(site.file(path).body)
        assert end is not None
        assert http_date(end) == said


@pytest.mark.parametrize(
    "page",
    [
        b"",
        b"<time datetime='2026-11-22T14:30:00+01:00'>a message</time>",
        b"<time datetime='1970-01-01' data-live=eta_iso></time>",
        b"<time data-live=eta_iso></time>",
        b"<time datetime='2026-13-99T99:99+01:00' data-live=eta_iso></time>",
    ],
)
def test_a_page_without_an_end_says_none(page: bytes) -> None:
    assert end_said_by(page) is None


def test_a_page_that_knows_no_end_says_none(rendering: Rendering) -> None:
    assert end_said_by(rendering().site.file("index.html").body) is None


def test_every_foreign_path_is_the_page_with_503(rendering: Rendering) -> None:
    """Ours first; and nothing is ever redirected."""
    site = rendering(WORDS, workers=("/sw.js",)).site
    lines = site.file("_redirects").body.decode().splitlines()

    assert lines[-1] == "/* /index.html 503!"
    assert lines[:-1] == [
        "/_fallback/* /_fallback/:splat 200",
        "/robots.txt /robots.txt 200",
        "/sw.js /sw.js 200",
    ]


def test_every_file_has_the_type_of_our_own_table(rendering: Rendering) -> None:
    site = rendering(WORDS).site

    types = {file.path: file.content_type for file in site}
    assert types["index.html"] == types["404.html"] == "text/html; charset=utf-8"
    assert types["_fallback/feed.en.json"] == "application/feed+json"
    assert types["_fallback/feed.xml"] == "application/atom+xml"
    assert types["_fallback/manifest.json"] == "application/json"
    assert types["robots.txt"] == "text/plain; charset=utf-8"
    assert site.file("404.html").body == site.file("index.html").body
