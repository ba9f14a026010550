"""The page's server answers as a good host does, over real connections."""

import json
import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from fallback.core.config import Network
from fallback.core.hosts.publishing import BESIDE
from fallback.core.model import MANIFEST, BuiltFile, BuiltSite, Digest
from fallback.wire.web.http import Reply, ask
from fallback.wire.web.listen import Answer, Listener, Request, listening
from fallback.wire.web.page_server import Folder, Held, answer, respond_from

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
HEADERS = """\
/*
  Retry-After: 3600
  Referrer-Policy: no-referrer
/_fallback/feed.json
  Access-Control-Allow-Origin: *
"""
LAB = Network(allow_private=True)
NOTHING = b"nothing is published here yet\n"


def _file(
    path: str, body: str, content_type: str, cache: str = "no-cache"
) -> BuiltFile:
    content = body.encode()
    digest = Digest(sha256(content).hexdigest())
    return BuiltFile(path, content, content_type, cache, digest)


def _site(
    eta: str | None = "2026-11-22T15:00:00+01:00", page: str = "closed"
) -> BuiltSite:
    html, script = "text/html; charset=utf-8", "text/javascript"
    files = [
        _file("index.html", page, html),
        _file("404.html", page, html),
        _file("robots.txt", "User-agent: *\n", "text/plain"),
        _file("sw.js", "// pass", script),
        _file("_headers", HEADERS, "text/plain"),
        _file("_redirects", "/* /index.html 503", "text/plain"),
        _file("_fallback/en.html", "closed", html),
        _file(
            "_fallback/feed.json",
            json.dumps({"items": [], "_fallback": {"eta": eta}}),
            "application/feed+json",
            "max-age=5",
        ),
        _file(MANIFEST, "{}", "application/json"),
    ]
    return BuiltSite("build", 1, tuple(files))


@pytest.fixture
def held() -> Held:
    return Held.site(_site())


@pytest.fixture
def server(held: Held) -> Iterator[Listener]:
    with listening(respond_from(held, now=lambda: NOW), "127.0.0.1") as listener:
        yield listener


def _ask(server: Listener, path: str, method: str = "GET", **headers: str) -> Reply:
    spelled = {name.replace("_", "-"): value for name, value in headers.items()}
    return ask(
        server.url + path.lstrip("/"), network=LAB, method=method, headers=spelled
    )


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS", "BREW"])
@pytest.mark.parametrize(
    "path",
    ["/", "/index.html", "/404.html", "/_headers", "/_redirects", "/product/7?a=b"],
)
def test_every_path_and_method_gets_the_page_with_503(
    server: Listener, path: str, method: str
) -> None:
    reply = _ask(server, path, method)
    assert reply.status == 503
    assert reply.body == b"closed"
    assert reply.header("retry-after") == "Sun, 22 Nov 2026 14:00:00 GMT"
    assert reply.header("content-type") == "text/html; charset=utf-8"
    assert reply.header("cache-control") == "no-cache"


@pytest.mark.parametrize(
    ("path", "content_type", "cache"),
    [
        ("/robots.txt", "text/plain", "no-cache"),
        ("/sw.js", "text/javascript", "no-cache"),
        ("/_fallback/feed.json?t=1", "application/feed+json", "max-age=5"),
        ("/_fallback/manifest.json", "application/json", "no-cache"),
    ],
)
def test_our_own_files_answer_200_to_reading_with_the_headers_of_the_build(
    server: Listener, path: str, content_type: str, cache: str
) -> None:
    reply, head = _ask(server, path), _ask(server, path, "HEAD")
    assert (reply.status, head.status) == (200, 200)
    assert reply.header("content-type") == content_type
    assert reply.header("cache-control") == cache
    assert reply.body
    assert not head.body
    assert head.header("content-length") == str(len(reply.body))


@pytest.mark.parametrize("path", ["/", "/sw.js", "/_fallback/feed.json", "/robots.txt"])
@pytest.mark.parametrize("status_address", [False, True])
def test_a_post_is_never_told_that_it_was_delivered(
    held: Held, path: str, status_address: bool
) -> None:
    request = Request("POST", path, {})
    got = answer(held(), request, status_address=status_address, now=NOW)
    assert got.status in (405, 503)


def test_a_post_with_a_body_gets_its_whole_answer(server: Listener) -> None:
    with socket.create_connection((server.address, server.port)) as peer:
        peer.sendall(
            b"POST /wc-api/x HTTP/1.1\r\nHost: shop\r\nContent-Length: 200000\r\n\r\n"
            + b"x" * 200_000
        )
        heard = b""
        while piece := peer.recv(65536):
            heard += piece
    assert heard.startswith(b"HTTP/1.1 503 ")
    assert heard.endswith(b"closed")


def test_what_the_headers_file_adds_is_sent_where_it_says(server: Listener) -> None:
    feed, page = _ask(server, "/_fallback/feed.json"), _ask(server, "/")
    assert feed.header("access-control-allow-origin") == "*"
    assert page.header("access-control-allow-origin") == ""
    assert feed.header("referrer-policy") == page.header("referrer-policy")
    assert page.header("referrer-policy") == "no-referrer"
    assert feed.header("retry-after") == ""


def test_a_file_that_the_visitor_knows_is_not_sent_again(server: Listener) -> None:
    tag = _ask(server, "/_fallback/feed.json").header("etag")
    again = _ask(server, "/_fallback/feed.json", If_None_Match=f'"other", W/{tag}')
    assert (again.status, again.body) == (304, b"")


def test_the_page_itself_is_never_304_because_503_has_no_preconditions(
    server: Listener,
) -> None:
    assert _ask(server, "/", If_None_Match="*").status == 503


@pytest.mark.parametrize("eta", [None, "soon", (NOW - timedelta(1)).isoformat()])
def test_without_an_end_ahead_visitors_are_asked_back_in_an_hour(
    eta: str | None,
) -> None:
    files = Held.site(_site(eta))()
    got = answer(files, Request("GET", "/", {}), status_address=False, now=NOW)
    assert ("Retry-After", "3600") in got.headers


def test_a_status_address_answers_200_so_that_it_can_be_shared(held: Held) -> None:
    respond = respond_from(held, status_address=True, now=lambda: NOW)
    with listening(respond, "127.0.0.1") as server:
        assert _ask(server, "/").status == 200
        assert _ask(server, "/elsewhere").status == 404
        assert _ask(server, "/", "POST").status == 405


def test_a_rebuilt_site_is_served_from_the_next_request_on(
    server: Listener, held: Held
) -> None:
    held.replace(_site(page="open tomorrow"))
    assert _ask(server, "/").body == b"open tomorrow"


def _ask_of(folder: Path, target: str) -> Answer:
    request = Request("GET", target, {})
    return answer(Folder(folder)(), request, status_address=False, now=NOW)


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """Return a folder with everything of a site, in a folder with a secret."""
    (tmp_path / "private.txt").write_text("not published")
    folder = tmp_path / "public"
    listed = {}
    for file in _site().files:
        if file.path != MANIFEST:
            (folder / file.path).parent.mkdir(parents=True, exist_ok=True)
            (folder / file.path).write_bytes(file.body)
            listed[file.path] = {
                "sha256": file.digest,
                "content_type": file.content_type,
                "cache_control": file.cache_control,
            }
    (folder / MANIFEST).write_text(
        json.dumps({"schema": 1, "build": "b", "sequence": 1, "files": listed})
    )
    return folder


def test_a_folder_without_a_manifest_is_not_published_yet(tmp_path: Path) -> None:
    got = _ask_of(tmp_path, "/")
    assert (got.status, got.body) == (503, NOTHING)


def test_a_published_folder_is_served_as_its_manifest_says(published: Path) -> None:
    (published / "private.txt").write_text("not published")
    folder = Folder(published)
    with listening(respond_from(folder, now=lambda: NOW), "127.0.0.1") as server:
        feed = _ask(server, "/_fallback/feed.json")
        assert (feed.status, feed.header("cache-control")) == (200, "max-age=5")
        assert _ask(server, f"/{MANIFEST}").status == 200
        assert _ask(server, "/").status == 503
        assert _ask(server, "/private.txt").status == 503
        assert b"not published" not in _ask(server, "/private.txt").body


@pytest.mark.parametrize(
    "path",
    [
        "/../private.txt",
        "/%2e%2e/private.txt",
        "/..%2Fprivate.txt",
        "/_fallback/../../private.txt",
        "/_fallback/ours-x/../../../private.txt",
        "/_fallback/ours-x%2f..%2F%2e%2e/%2e%2e/private.txt",
        "/_fallback/ours-/../../private.txt",
    ],
)
def test_no_path_leads_out_of_the_folder(published: Path, path: str) -> None:
    (published / "_fallback" / "ours-x").mkdir()
    (published / "_fallback" / "ours-").mkdir()
    got = _ask_of(published, path)
    assert (got.status, got.body) == (503, b"closed")


def test_a_file_that_vanished_costs_only_itself(published: Path) -> None:
    (published / "sw.js").unlink()
    (published / "_fallback" / "feed.json").unlink()
    for path in ("/", "/sw.js"):
        got = _ask_of(published, path)
        assert (got.status, got.body) == (503, b"closed")
        assert ("Retry-After", "3600") in got.headers
        assert ("Referrer-Policy", "no-referrer") in got.headers
    assert _ask_of(published, "/robots.txt").status == 200


@pytest.mark.parametrize("path", ["/", "/robots.txt", f"/{MANIFEST}"])
def test_nothing_is_served_without_the_rules_that_protect_it(
    published: Path, path: str
) -> None:
    """A page that lost what ``_headers`` says of it is as good as no page."""
    (published / "_headers").unlink()
    got = _ask_of(published, path)
    assert (got.status, got.body) == (503, NOTHING)


def test_what_lies_beside_the_manifest_is_shown_and_never_stored(
    published: Path,
) -> None:
    (published / f"{BESIDE}x").write_text("a word")
    got = _ask_of(published, f"/{BESIDE}x")
    assert (got.status, got.body) == (200, b"a word")
    assert ("Cache-Control", "no-store") in got.headers
    assert ("Content-Type", "text/plain; charset=utf-8") in got.headers


def test_what_is_no_file_is_not_shown(published: Path) -> None:
    """A pipe that nobody writes to would hold the answer for ever."""
    (published / f"{BESIDE}folder").mkdir()
    os.mkfifo(published / f"{BESIDE}pipe")
    for name in ("folder", "pipe"):
        assert _ask_of(published, f"/{BESIDE}{name}").body == b"closed"


def test_a_publish_in_between_changes_no_manifest_that_was_read(
    published: Path,
) -> None:
    before = (published / MANIFEST).read_bytes()
    files = Folder(published)()
    (published / MANIFEST).write_text("{}")
    assert files[MANIFEST].body == before
    assert files[MANIFEST].digest == sha256(before).hexdigest()
