"""The preview over HTTP and in a real browser: edits arrive, and what is wrong."""

import json
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from signal import SIGINT
from socket import create_connection

import pytest
from playwright.sync_api import Browser, Page, expect

from fallback.actions.serve import HELD_BACK
from fallback.core.config import Network
from fallback.wire.web.http import Reply, ask
from tests.actions.test_serve import OUTAGE, Serving, site
from tests.servers import browser as chromium

__all__ = ["site"]

UPDATE = "title: A disk broke\nstatus: identified\n\nWe are replacing it.\n"


@pytest.fixture
def serving(site: Path) -> Iterator[Serving]:
    (site / "content/updates").mkdir()
    (site / "content/updates/2026-11-22T1015.en.md").write_text(UPDATE)
    running = Serving(site, "--status-port", "0")
    yield running
    running.process.kill()
    running.process.communicate()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium.launched() as launched:
        yield launched


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    yield context.new_page()
    context.close()


def _get(url: str, method: str = "GET") -> Reply:
    return ask(url, network=Network(allow_private=True), method=method)


def test_every_state_has_an_address_and_the_page_itself_is_untouched(
    serving: Serving,
) -> None:
    url = serving.url()
    plain = _get(url)
    resolved = _get(f"{url}?state=resolved")
    assert resolved.status == 503
    assert b"is open again" in resolved.body
    assert b"is open again" not in plain.body
    assert b"preview" not in resolved.body
    feed = json.loads(_get(f"{url}_fallback/feed.json?state=resolved").body)
    assert feed["_fallback"]["state"] == "resolved"
    assert _get(f"{url}?state=of-an-oauth-callback").body == plain.body
    many = _get(f"{url}?state=75-messages")
    assert b'id="copy-' in many.body
    assert b'id="copy-' not in _get(url).body
    assert "frame-ancestors 'none'" in plain.header("content-security-policy")
    assert resolved.header("content-security-policy") == "frame-ancestors 'self'"


def test_a_state_that_is_none_is_answered_with_those_there_are(
    serving: Serving,
) -> None:
    """In the preview; the page itself may be asked for with the shop's own words."""
    url = serving.url()
    said = _get(f"{url}_fallback/preview?state=bogus").body.decode()

    assert "bogus is no state of the preview" in said
    assert "as-written investigating identified" in said
    assert "75-messages" in said
    known = _get(f"{url}_fallback/preview?state=resolved").body.decode()
    assert "is no state of the preview" not in known
    assert "bogus is no state" in serving.event("unknown_state")


def test_only_the_author_at_this_machine_is_shown_the_preview(serving: Serving) -> None:
    url = serving.url()
    status = serving.url("serving_status")
    path = "_fallback/preview"
    assert _get(url + path).status == 200
    assert _get(url + path, "POST").status == 503
    assert _get(status + path).status == 404
    port = _port(url)
    rebound = ask(
        f"http://rebound.example:{port}/{path}",
        network=Network(allow_private=True),
        at=("127.0.0.1", port),
    )
    assert rebound.status == 421


def test_a_change_is_told_at_once_and_the_end_is_not_held_up_by_who_waits(
    serving: Serving, site: Path
) -> None:
    url = serving.url()
    changes = f"{url}_fallback/preview/changes?after="
    number = json.loads(_get(changes).body)["number"]
    (site / "content/outage.en.md").write_text(OUTAGE + "\nMore.\n")
    assert json.loads(_get(f"{changes}{number}").body)["number"] == number + 1
    with closing(create_connection(("127.0.0.1", _port(url)))) as waiting:
        path = f"{changes}{number + 1}".removeprefix(url)
        waiting.sendall(f"GET /{path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        serving.process.send_signal(SIGINT)
        assert serving.process.wait(timeout=HELD_BACK / 2) == 0


def _port(url: str) -> int:
    return int(url.rstrip("/").rpartition(":")[2])


def test_the_frame_follows_an_edit_and_what_is_wrong_appears(
    serving: Serving, site: Path, tab: Page
) -> None:
    complaints: list[str] = []
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    url = serving.url()
    tab.goto(f"{url}_fallback/preview")
    framed = tab.frame_locator("#page")
    expect(framed.locator("h1")).to_have_text("We are away")
    tab.evaluate("self.sameTab = true")

    words = site / "content/outage.en.md"
    words.write_text(OUTAGE.replace("We are away", "Back tomorrow"))
    expect(framed.locator("h1")).to_have_text("Back tomorrow")

    words.write_text(OUTAGE.replace("eta: ", "etaa: "))
    beside = tab.locator("#beside")
    expect(beside).to_contain_text("etaa is no known key")
    expect(beside).to_contain_text("content/outage.en.md:2")
    expect(beside).to_contain_text("eta: 2199-11-22T15:30:00+01:00")

    words.write_text(OUTAGE + "\nWe apologize for any inconvenience. ASAP!!!\n")
    expect(beside).to_contain_text("could be said better")
    expect(beside).not_to_contain_text("etaa")

    words.unlink()
    expect(tab.locator("#standing")).to_contain_text("cannot be used yet")
    expect(framed.locator("h1")).to_have_text("We are away")

    words.write_text(OUTAGE)
    expect(tab.locator("#standing")).not_to_contain_text("cannot be used yet")
    assert tab.evaluate("self.sameTab")
    assert complaints == []


def test_choosing_a_state_keeps_the_keyboard_where_it_was(
    serving: Serving, tab: Page
) -> None:
    tab.goto(f"{serving.url()}_fallback/preview")
    framed = tab.frame_locator("#page")
    tab.get_by_role("link", name="resolved").focus()
    tab.keyboard.press("Enter")
    expect(framed.locator("h1")).to_have_text("Kwiaty is open again")
    expect(tab.get_by_role("link", name="resolved")).to_be_focused()
    expect(tab.get_by_role("link", name="resolved")).to_have_attribute(
        "aria-current", "true"
    )
    size = "[innerWidth, innerHeight]"
    assert tab.frames[-1].evaluate(size) == [412, 915]
    paper, dark = framed.locator("body"), re.compile(r"rgb\((\d|[1-4]\d),")
    expect(paper).not_to_have_css("background-color", dark)
    tab.get_by_role("link", name="dark").click()
    expect(paper).to_have_css("background-color", dark)
    expect(tab.locator("body")).not_to_have_css("background-color", dark)
    tab.get_by_role("link", name="desktop").click()
    expect(tab.locator("#device")).to_have_class("desktop")
    assert tab.frames[-1].evaluate(size)[0] > 1000
    for _ in range(3):
        tab.evaluate("history.back()")
        tab.wait_for_timeout(300)  # browsers join steps that are asked for at once
    expect(framed.locator("h1")).to_have_text("We are away")
