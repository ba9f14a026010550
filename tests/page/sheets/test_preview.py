"""The author's preview shows every state and language, and what to mend."""

import re
from base64 import b64encode
from hashlib import sha256
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from fallback.core.errors import Problem
from fallback.core.model import Status
from fallback.core.text import T
from fallback.page.sheets.preview import PATH, Choice, Group, Sheet, Shown, framed
from fallback.page.sheets.scene import Scene
from fallback.wire import shipped

SHEET = Sheet(*map(shipped.preview, ("html", "css", "js")))
NASTY = "\"><script>alert(1)</script>'&"
PAGE = (
    '<meta http-equiv="Content-Security-Policy" content="style-src \'{}\'">'
    '<meta name="color-scheme" content="light dark"><style>{}</style>'
    '<a href="/">pl</a><a href="/_fallback/en.html#x">en</a><a href="https://a.b/">'
    '<div data-feed="https://status.example/_fallback/feed.json">'
)
STYLE = (
    ":root{color-scheme: light dark}@media (prefers-color-scheme: dark){a{color:red}}"
)


def shown(**changes: object) -> Shown:
    return Shown(
        **{
            "shop": "Kwiaty",
            "languages": ("pl", "en", "ar"),
            "address": "http://127.0.0.1:8000/",
            "at": "10:00",
            "number": 3,
            **changes,
        }
    )


AS_WRITTEN = Choice()


def page(choice: Choice = AS_WRITTEN, **changes: object) -> html.HtmlElement:
    return html.document_fromstring(SHEET.page(shown(**changes), choice, str, "en"))


def hashed(text: str) -> str:
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode()


def test_it_leads_to_every_state_and_language() -> None:
    hrefs = {link.get("href") for link in page().xpath("//nav//a")}
    for status in Status:
        assert f"{PATH}?state={status}" in hrefs
    assert f"{PATH}?state=scheduled,begun" in hrefs
    for words in (
        "eta-known",
        "eta-unknown",
        "eta-passed",
        "1-messages",
        "75-messages",
    ):
        assert f"{PATH}?state={words}" in hrefs
    assert {f"{PATH}?lang=en", f"{PATH}?lang=ar", f"{PATH}?width=desktop"} <= hrefs


def test_choices_add_up_and_the_present_one_is_marked() -> None:
    choice = Choice(Scene(Status.RESOLVED, messages=20), "en", "desktop", "dark")
    made = page(choice)
    current = [link.text for link in made.xpath("//nav//a[@aria-current]")]
    assert current == ["resolved", "as written", "20", "English", "desktop", "dark"]
    frame = made.xpath("//iframe")[0]
    assert frame.get("src") == (
        "/_fallback/en.html?state=resolved,20-messages&look=dark"
    )
    assert "resolved, 20-messages" in made.xpath("//*[@class='made-up']")[0].text


def test_a_choice_survives_its_own_address() -> None:
    choice = Choice(Scene(eta="passed"), "ar", "desktop", "light")
    query = dict(pair.split("=") for pair in choice.href.partition("?")[2].split("&"))
    assert Choice.read(query) == choice
    assert Choice.read({"state": "x", "width": "y", "look": "z"}) == Choice()


def test_it_says_what_to_mend_with_file_line_and_the_right_text() -> None:
    problem = Problem("content/a.md", 3, T("wrong"), T("do so"), "status: resolved")
    made = page(groups=(Group(T("left out"), "bad", (problem,)),))
    beside = made.xpath("//*[@id='beside']")[0].text_content()
    for said in ("content/a.md:3", "wrong", "do so", "status: resolved", "left out"):
        assert said in beside
    assert "things to look at: 1" in made.xpath("//*[@id='standing']")[0].text


def test_a_broken_edit_is_said_above_everything() -> None:
    made = page(broken=T("fallback.toml cannot be used as it is"))
    assert made.xpath("//*[@id='standing'][@class='bad']")
    assert (
        "cannot be used"
        in made.xpath("//*[@id='beside']//section[@class='bad']")[0].text_content()
    )


@given(st.text() | st.just(NASTY))
def test_nothing_that_is_shown_becomes_markup(text: str) -> None:
    problem = Problem(f"content/{NASTY}.md", 1, T("{t}", t=text), None, text + NASTY)
    raw = SHEET.page(
        shown(shop=text + NASTY, groups=(Group(T("x"), "bad", (problem,)),)),
        Choice(),
        str,
        "en",
    ).decode()
    assert raw.count("<script") == 1
    assert "alert(1)</script>" not in raw


def test_its_policy_lets_only_its_own_style_and_script_run() -> None:
    made = page()
    policy = SHEET.policy
    (script,), (style,) = (made.xpath(f"//{tag}/text()") for tag in ("script", "style"))
    assert f"script-src '{hashed(script)}'" in policy
    assert f"style-src '{hashed(style)}'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    raw = SHEET.page(shown(), Choice(), str, "en").decode()
    assert not re.search(r"\son\w+=|style=\"", raw)


def test_every_list_has_its_heading_and_every_frame_its_title() -> None:
    made = page(groups=(Group(T("x"), "bad", (Problem("a", 1, T("b")),)),))
    for named in made.xpath("//*[@aria-labelledby]"):
        assert made.get_element_by_id(named.get("aria-labelledby")).text_content()
    assert made.xpath("//iframe")[0].get("title")
    levels = [int(each.tag[1]) for each in made.xpath("//h1|//h2|//h3")]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_the_links_of_a_framed_page_stay_in_its_scene() -> None:
    body = PAGE.format(hashed(STYLE), STYLE).encode()
    made = framed(body, Scene(Status.RESOLVED), "auto").decode()
    assert '<a href="/?state=resolved">' in made
    assert '<a href="/_fallback/en.html?state=resolved#x">' in made
    assert 'href="https://a.b/"' in made
    assert 'data-feed="/_fallback/feed.json?state=resolved"' in made
    assert "status.example" not in made


def test_a_framed_page_can_be_lit_as_another_browser_would() -> None:
    body = PAGE.format(hashed(STYLE), STYLE).encode()
    made = framed(body, Scene(), "dark").decode()
    style = re.search(r"<style>(.*?)</style>", made)[1]
    assert "(min-width: 0)" in style
    assert "color-scheme: dark" in style
    assert f"style-src '{hashed(style)}'" in made
    assert '<meta name="color-scheme" content="dark">' in made
    assert "(max-width: 0)" in framed(body, Scene(), "light").decode()
