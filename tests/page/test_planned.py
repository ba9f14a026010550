"""Planned work, from its announcement to its end, in a browser whose clock we hold."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

from fallback.core.config import Shop
from fallback.core.model import Language, Status
from fallback.page.render import Rendered, render
from fallback.wire import shipped
from fallback.wire.web.listen import listening
from fallback.wire.web.page_server import Held, respond_from
from tests.fakes.config import small_config
from tests.page.conftest import theme
from tests.servers.browser import launched

ZONE = ZoneInfo("Europe/Warsaw")
PLAN = (
    "status: scheduled\nstarted: 2026-11-22 03:00\neta: 2026-11-22 05:00\n"
    "next: 2026-11-22 04:00\nat: 2026-11-20 12:00\n\nWe move to a new server."
)
BEGUN = {"content/updates/2026-11-22T0305.en.md": "We have begun."}
LATER = {
    "content/updates/2026-11-22T0430.en.md": "eta: 2026-11-22 06:30\n\nIt takes longer."
}
DONE = {"content/updates/2026-11-22T0510.en.md": "status: resolved\n\nDone."}
DOWN = (
    "status: identified\nstarted: 2026-11-22 09:40\neta: 2026-11-22 14:30\n"
    "next: 2026-11-22 12:00\n\nA disk broke."
)


def built(outage: str = PLAN, updates: dict[str, str] | None = None) -> Rendered:
    """Return the site of a shop in Warsaw that speaks English."""
    shop = Shop("Kwiaty u Ani", "https://kwiaty.example", ZONE, (Language("en"),))
    config = small_config(Path(), shop=shop)
    words = {"content/outage.en.md": outage} | (updates or {})
    sources = {path: text.encode() for path, text in words.items()}
    catalogues = {Language("en"): shipped.catalogue("en")}
    return render(config, sources, theme(config), catalogues)


def at(hour: int, minute: int = 0, day: int = 22) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


Opened = Callable[[Rendered, datetime], Page]


@pytest.fixture
def opened(browser: Browser) -> Iterator[Opened]:
    """Open a site at a moment of the browser's own clock, which stands still."""
    with browser.new_context() as context, _one_host() as (held, url):

        def open_at(rendered: Rendered, now: datetime) -> Page:
            held.replace(rendered.site)
            tab = context.new_page()
            tab.clock.install(time=now)
            tab.goto(url)
            return tab

        yield open_at


@contextmanager
def _one_host() -> Iterator[tuple[Held, str]]:
    held = Held({})
    with listening(respond_from(held), "127.0.0.1") as host:
        yield held, host.url


def live(tab: Page, name: str) -> str:
    """Return what is seen of one live sentence; nothing while it is hidden."""
    part = tab.locator(f"[data-live={name}]").first
    return part.inner_text() if part.is_visible() else ""


BEFORE = "Kwiaty u Ani will be closed for planned work"
DURING = "Kwiaty u Ani is closed for planned work"
BACK = "Kwiaty u Ani is open again"
START = "Planned start: Sunday, 22 November 2026, 03:00 (CET)"
SINCE = "Planned work since: Sunday, 22 November 2026, 03:00 (CET)"


def test_it_is_announced_beforehand(opened: Opened) -> None:
    """With its beginning and its end, and nothing that sounds like an accident."""
    tab = opened(built(), at(18, day=21))

    assert tab.title() == BEFORE
    expect(tab.locator("h1")).to_have_text(BEFORE)
    assert live(tab, "status") == "Planned work"
    assert live(tab, "since") == START
    assert live(tab, "eta_label") == "Planned end"
    assert live(tab, "eta_time") == "05:00"
    assert "04:00" in live(tab, "next")
    assert "Sorry" not in tab.locator("main").inner_text()


def test_it_begins_by_the_clock_when_nobody_says_so(opened: Opened) -> None:
    """An open page, and one that is opened then."""
    tab = opened(built(), at(2, 59))
    expect(tab.locator("h1")).to_have_text(BEFORE)

    tab.clock.fast_forward(timedelta(minutes=2).total_seconds() * 1000)

    for each in (tab, opened(built(), at(3, 10))):
        expect(each.locator("h1")).to_have_text(DURING)
        assert each.title() == DURING
        assert live(each, "since") == SINCE


def test_whoever_says_that_it_has_begun_is_believed(opened: Opened) -> None:
    """Even by a browser whose clock is a day behind."""
    tab = opened(built(updates=BEGUN), at(3, 5, day=21))

    expect(tab.locator("h1")).to_have_text(DURING)
    assert live(tab, "since") == SINCE


def test_a_planned_end_that_passes_is_owned(opened: Opened) -> None:
    """In the very page that promised it, and until a new one is given."""
    tab = opened(built(updates=BEGUN), at(4, 59))
    assert live(tab, "eta_time") == "05:00"

    tab.clock.fast_forward(120_000)

    late = "Planned end: Sunday, 22 November 2026, 05:00 (CET)."
    expect(tab.locator("[data-live=eta_line]")).to_contain_text(late)
    assert "taking longer than planned, and we are sorry" in live(tab, "eta_line")
    assert live(tab, "eta_time") == live(tab, "eta_label") == ""
    again = opened(built(updates=BEGUN | LATER), at(5, 1))
    assert live(again, "eta_time") == "06:30"


def test_it_is_over_when_the_owner_says_so(opened: Opened) -> None:
    """Not when the plan was: and nothing that was promised is left."""
    tab = opened(built(updates=BEGUN | DONE), at(5, 11))

    expect(tab.locator("h1")).to_have_text(BACK)
    assert live(tab, "eta_time") == live(tab, "next") == ""
    assert live(tab, "go") == "Go to the shop"
    assert "2 hours and 10 minutes" in live(tab, "since")


def test_an_outage_s_eta_and_promise_pass_in_an_open_page(opened: Opened) -> None:
    """First the message that was promised, then the end that was expected."""
    tab = opened(built(DOWN), at(11, 59))
    assert live(tab, "next").startswith("Next message by:")
    assert live(tab, "eta_time") == "14:30"

    tab.clock.fast_forward(120_000)
    expect(tab.locator("[data-live=next]")).to_contain_text("It is late, and we are")
    assert live(tab, "eta_time") == "14:30"
    tab.clock.fast_forward(3 * 3_600_000)

    expect(tab.locator("[data-live=eta_line]")).to_contain_text("That time has passed")
    assert live(tab, "eta_time") == ""
    assert "passed" in live(opened(built(DOWN), at(15)), "eta_line")


PHASES = [
    ({}, Status.SCHEDULED, BEFORE, "Sun, 22 Nov 2026 04:00:00 GMT"),
    (BEGUN, Status.SCHEDULED, DURING, "Sun, 22 Nov 2026 04:00:00 GMT"),
    (BEGUN | LATER, Status.SCHEDULED, DURING, "Sun, 22 Nov 2026 05:30:00 GMT"),
    (BEGUN | DONE, Status.RESOLVED, BACK, "3600"),
]


@pytest.mark.parametrize(("updates", "state", "title", "retry"), PHASES)
def test_machines_hear_the_same_in_each_phase(
    updates: dict[str, str], state: Status, title: str, retry: str
) -> None:
    """Search engines come back when the work is planned to end."""
    site = built(updates=updates).site

    feed = json.loads(site.file("_fallback/feed.json").body)
    assert feed["title"] == feed["_fallback"]["said"]["title"] == title
    assert feed["_fallback"]["state"] == state
    assert f"<title>{title}</title>" in site.file("index.html").body.decode()
    assert f"<title>{title}</title>" in site.file("_fallback/feed.xml").body.decode()
    assert f"  Retry-After: {retry}\n" in site.file("_headers").body.decode()


def test_a_plan_that_is_brought_forward_is_newer_and_not_older() -> None:
    """What is planned for is no moment at which anything was said."""
    sooner = PLAN.replace("started: 2026-11-22", "started: 2026-11-21")

    assert built(sooner).site.sequence == built().site.sequence
    assert built(updates=BEGUN).site.sequence > built().site.sequence
    undated = PLAN.replace("at: 2026-11-20 12:00\n", "")
    assert (
        b"<updated>2026-11-22"
        not in built(undated).site.file("_fallback/feed.xml").body
    )


def test_a_plan_without_a_date_of_its_own_is_named() -> None:
    """It could not be told from an older page, and so perhaps not be published."""
    (problem,) = built(PLAN.replace("at: 2026-11-20 12:00\n", "")).noticed

    assert problem.file == "content/outage.en.md"
    assert "at: " in str(problem.remedy)
    assert built().noticed == ()
