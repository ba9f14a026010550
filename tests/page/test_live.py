"""The open page in a real browser: it hears news, and notices the shop's return.

Time is the browser's and moves when a test moves it; what the page asks for goes to
real servers on this machine: the shop's address, and the page's own host.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from weakref import WeakKeyDictionary

import esprima
import pytest
from attrs import evolve, field, frozen, mutable
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Error,
    Page,
    Request,
    expect,
)

from fallback.core.config import Config, HostTable
from fallback.core.model import Language
from fallback.page.render import render
from fallback.wire import shipped
from fallback.wire.web.listen import Answer, listening
from fallback.wire.web.listen import Request as Asked
from fallback.wire.web.page_server import Held, respond_from
from hatch_build import SCRIPT, compile_script
from tests.page.conftest import theme
from tests.servers.browser import launched

OUTAGE = {
    "content/outage.en.md": "status: investigating\nstarted: 2026-11-22 09:40\n"
    "next: 2026-11-22 12:00\n\n## What happened\n\nA disk broke." + "\n\nMore." * 60,
    "content/updates/2026-11-22T0955.en.md": "We are looking.",
}
NEWS = (
    "title: We know the cause\nstatus: identified\neta: 2026-11-22 14:30\n"
    "next: 2026-11-22 13:00\n\nThe disk is **replaced**."
)
JUST_BEFORE, NOW = "2026-11-22T10:19:00+01:00", "2026-11-22T10:20:00+01:00"
A_POLL = 73_000  # milliseconds: a minute with all its jitter, and a little
A_STEP = 15_000  # milliseconds: within the page's patience with a silent server
LATE = 15_000  # milliseconds that pass on a busy machine before it plans the next look
TURNS = 3_000  # of 10 real milliseconds, in which a server on this machine answers
SHOP = Answer(200, (("Content-Type", "text/html"),), b"<h1>Flowers</h1>")
ELSEWHERE = Answer(301, (("Location", "https://www.kwiaty.example/"),))
FALLEN = Answer(502, (), b"bad gateway")
FEED = "/_fallback/feed.json"
# how many answers a page waits for, told at once; the browser tells of a request later
COUNTING = """
    const plain = self.fetch;
    self.fetching = 0;
    self.fetch = (...asked) => {
        fetching++;
        return plain(...asked).finally(() => fetching--);
    };
"""


@mutable
class World:
    """The shop's address and the status address, and what was asked of each.

    ``shop`` is what the shop's own server answers; ``None`` while names lead to us.
    """

    config: Config
    held: Held
    words: dict[str, str] = field(factory=lambda: dict(OUTAGE))
    shop_url: str = ""
    shop: Answer | None = None
    status: Answer | None = None
    asked: list[str] = field(factory=list)

    def publish(self, **updates: str) -> None:
        """Publish the words, and *updates* by their time (``at1010``)."""
        self.words |= {
            f"content/updates/2026-11-22T{name[2:]}.en.md": text
            for name, text in updates.items()
        }
        spoken = self.config.shop.languages
        self.held.replace(
            render(
                self.config,
                {path: text.encode() for path, text in self.words.items()},
                theme(self.config),
                {each: shipped.catalogue(each) for each in spoken},
            ).site
        )

    def times(self, asked: str) -> int:
        """Return how often *asked* (``shop /path`` or ``status /path``) was asked."""
        return self.asked.count(asked)


@frozen
class Traffic:
    """What a tab has asked for, all its life, and what of that is on its way."""

    asked: list[str] = field(factory=list)
    unanswered: set[Request] = field(factory=set)


TRAFFIC: WeakKeyDictionary[Page, Traffic] = WeakKeyDictionary()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    compile_script()
    shipped.script.cache_clear()
    with launched() as browser:
        yield browser


@pytest.fixture(params=["status address"])
def world(config: Config, request: pytest.FixtureRequest) -> Iterator[World]:
    """Names lead to the page; there is a status address unless a test wants none."""
    held = Held({})
    world = World(config, held)
    page, status = respond_from(held), respond_from(held, status_address=True)

    def at_shop(asked: Asked) -> Answer:
        world.asked.append(f"shop {asked.target}")
        return world.shop or page(asked)

    def at_host(asked: Asked) -> Answer:
        world.asked.append(f"status {asked.target}")
        return world.status or status(asked)

    with ExitStack() as stack:
        shop = stack.enter_context(listening(at_shop, "127.0.0.1"))
        host = stack.enter_context(listening(at_host, "127.0.0.1"))
        world.shop_url = shop.url.rstrip("/")
        status_url = host.url.rstrip("/") if request.param else ""
        languages = (Language("en"), Language("pl"))
        world.config = evolve(
            config,
            shop=evolve(config.shop, url=world.shop_url, languages=languages),
            hosts=(HostTable("folder", "folder", object(), status_url),),
        )
        world.publish()
        yield world


@pytest.fixture
def said() -> list[str]:
    """Return what the browser's console said: nothing, or the policy was broken."""
    return []


@pytest.fixture
def page(browser: Browser, world: World, said: list[str]) -> Iterator[Page]:
    """Open a product's old address in a tab whose clock only the test moves."""
    with browser.new_context(
        locale="en-GB",
        timezone_id="Europe/Warsaw",
        viewport={"width": 412, "height": 915},
    ) as context:
        tab = counted(context)
        tab.on("console", lambda message: said.append(message.text))
        tab.clock.install(time=JUST_BEFORE)
        tab.clock.pause_at(NOW)
        tab.goto(f"{world.shop_url}/roses/red?utm_source=friday")
        yield tab


def counted(context: BrowserContext) -> Page:
    """Open a tab that can say how many answers it waits for."""
    tab = context.new_page()
    tab.add_init_script(COUNTING)
    traffic = TRAFFIC[tab] = Traffic()

    def begin(request: Request) -> None:
        traffic.asked.append(request.url)
        traffic.unanswered.add(request)

    def end(request: Request) -> None:
        traffic.unanswered.discard(request)

    tab.on("request", begin)
    tab.on("requestfinished", end)
    tab.on("requestfailed", end)
    return tab


def poll(page: Page, within: int = A_POLL) -> None:
    """Let time go by until the page asks for news, and wait for the answer."""
    ask(page, FEED, within)


def ask(page: Page, path: str, within: int) -> None:
    """Let at most *within* milliseconds go by until *path* is asked and answered."""
    asked = TRAFFIC[page].asked
    before = len(asked)
    page.wait_for_timeout(100)  # it plans the next look when it has heard the last one
    for _ in range(0, within + LATE, A_STEP):
        step(page, min(within, A_STEP))
        if any(url.endswith(path) for url in asked[before:]):
            break
    else:
        pytest.fail(f"{path} was not asked for")
    page.wait_for_timeout(30)  # what was answered is shown


def step(page: Page, milliseconds: int) -> None:
    """Let *milliseconds* go by, and then none while an answer is on its way.

    The page's patience is measured by the same clock, and a busy machine is no silent
    server.
    """
    page.clock.run_for(milliseconds)
    for _ in range(TURNS):
        waiting = waits(page)
        page.wait_for_timeout(10)
        if not waiting:
            return
    late = sorted(request.url for request in TRAFFIC[page].unanswered)
    pytest.fail(f"an answer is still on its way, and no longer waited for: {late}")


def waits(page: Page) -> bool:
    """Return whether an answer is on its way, or the next page itself."""
    try:
        # in this order: while the page is asked, what it began is heard of
        return bool(page.evaluate("fetching") or TRAFFIC[page].unanswered)
    except Error:  # asked in the moment when the next page came
        return True


def looked(page: Page, world: World) -> None:
    """Let polls go by until the page has looked at the shop's own address once more."""
    ask(page, f"{world.shop_url}/", 5 * A_POLL)


def test_a_new_message_appears_where_the_reader_is(
    page: Page, world: World, said: list[str]
) -> None:
    """No reload: the message, the state and the ETA change; scroll and focus stay."""
    page.evaluate("scrollTo(0, 700); document.querySelector('.links a').focus()")
    page.evaluate("window.still = true")
    seen = "[Math.round(document.activeElement.getBoundingClientRect().top / 4),"
    seen += " document.activeElement.href]"
    before = page.evaluate(seen)
    world.publish(at1015=NEWS)

    poll(page)

    log = page.get_by_role("log")
    expect(log.locator("li").first).to_contain_text("The disk is replaced.")
    expect(log.locator("li strong")).to_have_text("replaced")
    expect(log.locator("li").first).to_contain_text("22 November 2026, 10:15 (CET)")
    expect(page.locator(".eta[role=status]")).to_contain_text("14:30")
    expect(page.locator(".eta")).to_contain_text("We know the cause")
    expect(page.locator("[data-state]")).to_have_attribute("data-state", "identified")
    assert page.evaluate(seen) == before
    assert page.evaluate("window.still")
    assert page.url.endswith("/roses/red?utm_source=friday")
    assert not [line for line in said if "Content Security Policy" in line]


def test_each_message_is_spoken_once(page: Page, world: World) -> None:
    """Polls that bring nothing new touch nothing that a screen reader would read."""
    page.evaluate(
        """() => {
            window.spoken = [];
            new MutationObserver((seen) => seen.forEach((each) => {
                const live = "[role=log], [role=status]";
                const part = each.target.parentElement.closest(live);
                if (part) window.spoken.push(part.className);
            })).observe(document.body,
                {subtree: true, childList: true, characterData: true});
        }"""
    )
    poll(page)
    assert page.evaluate("spoken") == []

    world.publish(at1015=NEWS)
    poll(page)
    expect(page.get_by_role("log").locator("li")).to_have_count(2)
    once = page.evaluate("spoken.length")
    assert once > 0
    poll(page)
    poll(page)

    expect(page.get_by_role("log").locator("li")).to_have_count(2)
    assert page.evaluate("spoken.length") == once


def test_the_shop_s_return_is_spoken_once(page: Page, world: World) -> None:
    world.shop = SHOP
    looked(page, world)
    looked(page, world)
    expect(page.get_by_text("The shop is responding again.")).to_be_visible()
    page.evaluate(
        """() => {
            window.spoken = 0;
            new MutationObserver((seen) => { window.spoken += seen.length; }).observe(
                document.querySelector(".notice"),
                {subtree: true, childList: true, characterData: true});
        }"""
    )
    looked(page, world)

    assert page.evaluate("spoken") == 0


def test_a_second_message_of_the_same_minute_is_news(page: Page, world: World) -> None:
    world.publish(**{"at0955-more": "It is the disk."})
    poll(page)

    expect(page.get_by_role("log").locator("li")).to_have_count(2)


def test_an_answer_without_an_end_is_none(page: Page) -> None:
    """The page says so, and asks again."""
    page.evaluate("self.fetch = async () => new Response(new ReadableStream())")
    for _ in range(20):
        page.clock.run_for(5_000)  # in all no longer than to the first failure
        page.wait_for_timeout(10)
    expect(page.locator("[data-live=unchecked]")).to_be_visible()
    page.evaluate("self.asked = 0; self.fetch = async () => { asked++; }")
    page.clock.run_for(3 * A_POLL)

    assert page.evaluate("asked") > 0


@pytest.mark.parametrize("feed", [b"null", b"[]", b"{}", b'{"_fallback": {}}'])
def test_a_feed_of_another_shape_breaks_nothing(
    page: Page, world: World, feed: bytes
) -> None:
    """What the page knew goes on by itself, and the next good feed is shown."""
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    world.status = Answer(200, (("Access-Control-Allow-Origin", "*"),), feed)
    poll(page)
    expect(page.locator("[data-live=unchecked]")).to_be_visible()
    page.clock.run_for(20_000)
    world.status = None
    world.publish(at1015=NEWS)
    poll(page, 3 * A_POLL)

    expect(page.get_by_role("log")).to_contain_text("The disk is replaced.")
    assert not broken


def test_a_clock_that_is_set_back_stops_no_news(page: Page) -> None:
    page.clock.set_system_time("2026-11-20T10:20:00+01:00")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    poll(page)


def test_a_message_that_is_mended_is_mended_on_the_page(
    page: Page, world: World
) -> None:
    world.publish(at1015=NEWS)
    poll(page)
    world.publish(at1015=NEWS.replace("replaced", "mended"))
    poll(page)

    expect(page.get_by_role("log")).to_contain_text("The disk is mended.")
    expect(page.get_by_role("log").locator("li")).to_have_count(2)


def test_a_message_that_was_mended_before_the_first_question_is_mended_too(
    page: Page, world: World
) -> None:
    world.publish(at0955="We are looking at the disk.")
    poll(page)

    expect(page.get_by_role("log")).to_contain_text("We are looking at the disk.")
    expect(page.get_by_role("log").locator("li")).to_have_count(1)


@pytest.mark.parametrize("gone", ["0955", "1005", "1015"])
def test_a_message_that_was_taken_back_is_no_longer_said(
    page: Page, world: World, gone: str
) -> None:
    """Whether it was the oldest, one in between, or the newest."""
    world.publish(at1005="Payments are safe.", at1015=NEWS)
    poll(page)
    expect(page.get_by_role("log").locator("li")).to_have_count(3)
    del world.words[f"content/updates/2026-11-22T{gone}.en.md"]

    world.publish()
    poll(page)

    log = page.get_by_role("log")
    expect(log.locator("li")).to_have_count(2)
    assert [each.get_attribute("id") for each in log.locator("li").all()] == [
        f"2026-11-22t{time}" for time in ("1015", "1005", "0955") if time != gone
    ]


def test_a_log_that_is_taken_back_whole_is_closed(page: Page, world: World) -> None:
    del world.words["content/updates/2026-11-22T0955.en.md"]

    world.publish()
    poll(page)

    expect(page.get_by_role("log")).to_be_hidden()


def test_a_message_from_before_the_newest_stands_where_it_belongs(
    page: Page, world: World
) -> None:
    world.publish(at1015=NEWS)
    poll(page)
    world.publish(at1005="Somebody saw it earlier.")
    poll(page)

    rows = page.get_by_role("log").locator("li")
    expect(rows).to_have_count(3)
    assert [each.get_attribute("id") for each in rows.all()] == [
        f"2026-11-22t{time}" for time in ("1015", "1005", "0955")
    ]


def test_what_has_moved_to_the_pages_of_earlier_messages_stays_in_an_open_tab(
    page: Page, world: World
) -> None:
    """Whoever is reading it must not lose it; whoever comes anew finds it there."""
    long = {f"at{1016 + n}": f"Part {n}. {'x ' * 300}{n}" for n in range(40)}
    long |= {f"at{1100 + n}": f"Part {n}. {'y ' * 300}{n}" for n in range(60)}
    world.publish(**long)
    poll(page)

    log = page.get_by_role("log")
    expect(log.locator("[id='2026-11-22t0955']")).to_have_count(1)
    expect(log.locator("[id='2026-11-22t1159']")).to_have_count(1)


def test_the_first_message_of_all_opens_the_log(world: World, browser: Browser) -> None:
    del world.words["content/updates/2026-11-22T0955.en.md"]
    world.publish()
    with browser.new_context(locale="en-GB") as context:
        page = counted(context)
        page.clock.install(time=NOW)
        page.goto(world.shop_url)
        expect(page.get_by_role("log")).to_be_hidden()

        world.publish(at1015=NEWS)
        poll(page)

        expect(page.get_by_role("log")).to_contain_text("The disk is replaced.")


def test_words_in_a_feed_run_nothing(page: Page, world: World, said: list[str]) -> None:
    """Whatever a feed holds, the policy lets no script of it run."""
    evil = Answer(
        200,
        (("Content-Type", "application/json"), ("Access-Control-Allow-Origin", "*")),
        b"""{"_fallback": {"state": "identified", "said": {}, "after": [],
        "log": "<li id='x'><time datetime='2026-11-22T10:15:00+01:00'></time>
        <img src=x onerror='window.hacked=1'></li>"}, "items": []}""".replace(
            b"\n", b" "
        ),
    )
    world.status = evil
    poll(page)

    expect(page.get_by_role("log").locator("li")).to_have_count(2)
    assert page.evaluate("window.hacked") is None
    assert any("Content Security Policy" in line for line in said)


def test_the_page_asks_its_host_and_spares_the_shop(page: Page, world: World) -> None:
    """Polls go to the status address; the shop is looked at every fifth time."""
    world.asked.clear()
    for _ in range(4):
        poll(page)
    assert world.times(f"status {FEED}") == 4
    assert world.times("shop /") == 0

    looked(page, world)


def test_an_unchanged_feed_costs_no_body(page: Page) -> None:
    """The question is conditional: the browser sends the ETag, the host says 304."""
    poll(page)
    with page.expect_response(lambda answer: FEED in answer.url) as second:
        poll(page)
    assert second.value.request.all_headers().get("if-none-match")


def test_a_hidden_page_rests_and_catches_up(page: Page, world: World) -> None:
    def turn(hidden: str) -> None:
        page.evaluate(
            f"""() => {{
                Object.defineProperty(document, "hidden",
                    {{value: {hidden}, configurable: true}});
                document.dispatchEvent(new Event("visibilitychange"));
            }}"""
        )

    turn("true")
    world.asked.clear()
    page.clock.run_for(20 * A_POLL)
    assert world.asked == []

    world.publish(at1015=NEWS)
    turn("false")
    poll(page, 1_500)
    expect(page.get_by_role("log")).to_contain_text("The disk is replaced.")


def test_a_reader_can_pause_what_moves(page: Page, world: World) -> None:
    """WCAG 2.2.2; pressed again, it goes on."""
    pause = page.get_by_role("button", name="Pause live updates")
    pause.click()
    expect(pause).to_have_attribute("aria-pressed", "true")
    world.asked.clear()
    page.clock.run_for(20 * A_POLL)
    assert world.asked == []

    pause.click()
    expect(pause).to_have_attribute("aria-pressed", "false")
    poll(page, 1_500)


def test_a_page_that_cannot_look_says_so_softly_and_asks_less_often(
    page: Page, world: World
) -> None:
    """Outside every live region; and it takes it back when news come again."""
    world.status = world.shop = FALLEN
    softly = page.get_by_text(
        "We could not check for news just now. We will keep trying."
    )
    expect(softly).to_be_hidden()
    world.asked.clear()
    for _ in range(60):
        step(page, 60_000)
    expect(softly).to_be_visible()
    assert page.evaluate(
        "!document.querySelector('[data-live=unchecked]').closest('[role]')"
    )
    polls = sum(FEED in asked for asked in world.asked)
    assert 3 <= polls <= 9  # in an hour: after 1, 2, 4, 8, then every 16 minutes

    world.status = world.shop = None
    poll(page, 20 * 60_000)
    expect(softly).to_be_hidden()


def test_when_the_status_address_fails_the_page_asks_at_its_own(
    page: Page, world: World
) -> None:
    world.status = FALLEN
    poll(page)
    world.publish(at1015=NEWS)
    poll(page, 3 * A_POLL)

    expect(page.get_by_role("log")).to_contain_text("The disk is replaced.")


@pytest.mark.parametrize("answer", [SHOP, ELSEWHERE], ids=["page", "www"])
def test_the_shop_is_back_when_it_was_seen_twice(
    page: Page, world: World, answer: Answer
) -> None:
    """It is announced, and a link leads to the very address that was asked for."""
    back = page.get_by_role("status").get_by_text("The shop is responding again.")
    world.shop = answer
    looked(page, world)
    expect(back).to_be_hidden()
    looked(page, world)
    expect(back).to_be_visible()
    link = page.get_by_role("link", name="Open the page you came for")
    goal = f"{world.shop_url}/roses/red?utm_source=friday"
    expect(link).to_have_js_property("href", goal)
    page.clock.run_for(20 * 60_000)
    assert page.get_by_role("log").count() == 1  # it never goes there by itself


@pytest.mark.parametrize("world", [""], indirect=True, ids=["no status address"])
def test_without_a_status_address_the_return_is_noticed_too(
    page: Page, world: World
) -> None:
    """The shop knows no such feed: the page looks at it, and sees it twice."""
    world.shop = SHOP
    looked(page, world)
    looked(page, world)
    expect(page.get_by_text("The shop is responding again.")).to_be_visible()


def test_who_asked_for_it_is_taken_to_the_shop_but_never_to_a_falling_one(
    page: Page, world: World
) -> None:
    """Within ten minutes of the return, at a moment that is each visitor's own."""
    page.get_by_role("button", name="Open the shop for me").click()
    world.shop = SHOP
    looked(page, world)
    poll(page)
    expect(
        page.get_by_text("The shop will open here within ten minutes")
    ).to_be_visible()

    world.shop = FALLEN
    for _ in range(120):
        step(page, 5_000)
    expect(page.get_by_role("log")).to_have_count(1)
    expect(page.get_by_text("The shop is responding again.")).to_be_hidden()

    world.shop = SHOP
    for _ in range(400):
        if page.get_by_text("Flowers").count():
            break
        step(page, 5_000)
    expect(page.get_by_text("Flowers")).to_be_visible()
    assert page.url.endswith("/roses/red?utm_source=friday")


def test_what_passes_by_itself_is_told_without_a_new_build(
    page: Page, world: World
) -> None:
    """An ETA and a promised message that pass are late, and the page admits it."""
    world.publish(at1015=NEWS)
    poll(page)
    expect(page.locator(".eta")).to_contain_text("We expect to be back around")

    page.clock.set_system_time("2026-11-22T14:31:00+01:00")
    page.clock.run_for(16_000)

    expect(page.locator(".eta .line")).to_contain_text("That time has passed.")
    expect(page.locator(".eta .next")).to_contain_text("It is late, and we are sorry.")
    expect(page.locator(".eta time")).to_be_hidden()


def test_the_reader_s_language_comes_first_and_the_address_stays(
    world: World, browser: Browser
) -> None:
    with browser.new_context(locale="pl-PL") as context:
        page = context.new_page()
        page.goto(f"{world.shop_url}/roses/red")

        first = page.locator("main > :not(.notice)").first
        expect(first).to_have_attribute("lang", "pl")
        expect(first).to_contain_text("Przepraszamy")
        assert page.url.endswith("/roses/red")


def test_without_script_everything_is_there(world: World, browser: Browser) -> None:
    """The messages, a plain link to look again, and nothing that needs the script."""
    with browser.new_context(locale="pl-PL", java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{world.shop_url}/roses/red")

        expect(page.get_by_role("log")).to_contain_text("We are looking.")
        expect(page.get_by_role("button")).to_have_count(0)
        for words in ("The shop is responding again.", "Pause live updates"):
            assert f">{words}" not in page.content()  # lynx shows what is hidden
        again = page.get_by_role("link", name="Check now")
        again.click()
        assert page.url == f"{world.shop_url}/roses/red"
        assert "refresh" not in page.content()


def test_the_script_is_small_and_old_browsers_read_it() -> None:
    """Under 3 kB; no syntax that is younger than 2017 (esprima knows no later one)."""
    made = shipped.script()

    assert len(made.encode()) < 3_000
    esprima.parseScript(made)
    esprima.parseScript(Path(SCRIPT).read_text())
    with pytest.raises(esprima.Error):
        esprima.parseScript("a?.b ?? c")
