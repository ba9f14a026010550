"""The feeds are what their specifications say, whatever the words are."""

import json
import re
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import jsonschema
import pytest
import rnc2rng
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from fallback.core.config import HostTable, Shop
from fallback.core.model import Language
from fallback.page.feeds import MOST_ENTRIES
from fallback.page.render import Rendered, render
from fallback.wire import shipped
from tests.fakes.config import small_config
from tests.page.conftest import page, theme

SCHEMAS = Path(__file__).parents[1] / "schemas"
ATOM = "{http://www.w3.org/2005/Atom}"
STATUS = "https://d111.cloudfront.net"
OUTAGE = {"content/outage.pl.md": "started: 2026-11-22 09:40\n\nDysk."}
WORDS = OUTAGE | {
    "content/updates/2026-11-22T1015.pl.md": "title: Znamy przyczynę\n\n*Dysk*.",
    "content/updates/2026-11-22T1015.en.md": "title: We know <why>\n\n*Disk* & more.",
    "content/updates/2026-11-22T1100.pl.md": "status: monitoring",
}
# so long that the page has room for few of them
LONG = {
    f"content/updates/2026-11-22T{hour:02}{minute}.pl.md": " ".join(
        f"{hour}{minute}{n * 7919 % 104729:x}".translate(
            str.maketrans("0123456789", "ghijklmnop")
        )
        for n in range(500)
    )
    for hour in range(10, 16)
    for minute in (10, 20, 30, 40, 50)
}


@cache
def atom() -> etree.RelaxNG:
    """Return RFC 4287's own schema. An empty prefix is no declaration in XML."""
    converted = rnc2rng.dumps(rnc2rng.load(str(SCHEMAS / "atom.rnc")))
    return etree.RelaxNG(
        etree.fromstring(converted.replace('xmlns:local=""', "").encode())
    )


@cache
def json_feed() -> jsonschema.Draft202012Validator:
    schema = json.loads((SCHEMAS / "jsonfeed.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def built(
    sources: dict[str, str], *, status: str = STATUS, name: str = "Kwiaty u Ani"
) -> Rendered:
    config = small_config(Path(), (HostTable("folder", "folder", object(), status),))
    shop = Shop(name, "https://kwiaty.example", ZoneInfo("Europe/Warsaw"),
                (Language("pl"), Language("en")))  # fmt: skip
    config = evolve(config, shop=shop)
    return render(config, {path: text.encode("utf-8", "surrogatepass")
                           for path, text in sources.items()},
                  theme(config), catalogues())  # fmt: skip


@cache
def catalogues() -> dict[Language, bytes | None]:
    return {Language(code): shipped.catalogue(code) for code in ("pl", "en", "de")}


def assert_valid(rendered: Rendered) -> dict[str, etree._Element]:
    """Check every feed of the site; return those in Atom."""
    found = {}
    for file in rendered.site:
        if file.content_type == "application/feed+json":
            json_feed().validate(json.loads(file.body))
        elif file.content_type == "application/atom+xml":
            feed = etree.fromstring(file.body)
            assert atom().validate(feed), atom().error_log
            # what the schema leaves to Schematron (RFC 4287, appendix B)
            assert feed.find(f"{ATOM}author") is not None
            for entry in feed.findall(f"{ATOM}entry"):
                assert entry.find(f"{ATOM}link").get("rel") == "alternate"
            found[file.path] = feed
    assert found
    return found


@pytest.mark.parametrize("status", [STATUS, ""])
@pytest.mark.parametrize(
    "sources",
    [OUTAGE, WORDS, WORDS | LONG, {"content/outage.pl.md": "Dysk."},
     OUTAGE | {"content/outage.en.md": "status: scheduled\neta: 2026-11-23 04:00\n\nx"},
     {"content/outage.pl.md": "status: resolved\n\nx"}],
)  # fmt: skip
def test_every_feed_is_what_its_specification_says(
    sources: dict[str, str], status: str
) -> None:
    assert_valid(built(sources, status=status))


HOSTILE = st.text(max_size=40) | st.sampled_from(
    ["\x08", "\x00\x01", "]]>", "<!--", "&#8;", "&#xFFFE;", "&amp;#8;", "\ufffe\uffff",
     "</title><x>", "\u202eabc", "\ud800", "&nbsp;&bogus;", "\x85\u2028", "\x0b\x0c",
     "<![CDATA[", "<?xml?>", "\U0001f338", "&#x1F;<b>&#0;</b>", "`&#2;`", "\\&#3;"]
)  # fmt: skip


@given(st.lists(HOSTILE, min_size=4, max_size=4))
@settings(max_examples=60, suppress_health_check=list(HealthCheck))
def test_no_words_can_break_a_feed(texts: list[str]) -> None:
    """Characters that XML forbids never appear, not even from an entity."""
    title, body, english, name = texts
    rendered = built(
        OUTAGE
        | {
            "content/updates/2026-11-22T1015.pl.md": f"title: {title}\n\n{body} x",
            "content/updates/2026-11-22T1015.en.md": f"title: {english}\n\nx {title}",
        },
        name=name.encode("utf-8", "replace").decode() + "x",
    )

    assert len(assert_valid(rendered)) == 2


def test_each_message_says_its_language() -> None:
    """The feed's own, or that of the words where a translation is missing."""
    feeds = assert_valid(built(WORDS))
    lang = "{http://www.w3.org/XML/1998/namespace}lang"

    english = feeds["_fallback/feed.en.xml"]
    assert english.get(lang) == "en"
    newest, older = english.findall(f"{ATOM}entry")
    assert older.get(lang) is None
    assert older.findtext(f"{ATOM}title") == "We know <why>"
    assert newest.get(lang) == "pl"


def test_ids_are_stable_and_never_shared() -> None:
    """An edit, a translation and a new address change none of them."""
    edited = WORDS | {
        "content/updates/2026-11-22T1015.pl.md": "title: Dysk\n\nInaczej."
    }

    def ids(rendered: Rendered) -> dict[str, list[str]]:
        return {
            path: [each.text or "" for each in feed.iter(f"{ATOM}id")]
            for path, feed in assert_valid(rendered).items()
        }

    before = ids(built(WORDS))
    assert before == ids(built(edited)) == ids(built(WORDS, status=""))
    for own, *others in before.values():
        assert len({own, *others}) == 3
    polish, english = before.values()
    assert polish[1:] == english[1:]
    assert polish[0] != english[0]


def test_a_feed_is_as_new_as_its_newest_message() -> None:
    feeds = assert_valid(built(WORDS | LONG))

    for feed in feeds.values():
        moments = [each.text or "" for each in feed.iter(f"{ATOM}updated")]
        assert moments[0] == max(moments) == "2026-11-22T15:50:00+01:00"
        assert moments[1:] == sorted(moments[1:], reverse=True)


def test_a_message_that_left_the_page_is_linked_where_it_stands_now() -> None:
    """In every language, those included that only we speak."""
    rendered = built(WORDS | LONG)
    elsewhere = 0

    for file in rendered.site:
        if file.content_type != "application/feed+json":
            continue
        items = json.loads(file.body)["items"]
        assert len(items) == MOST_ENTRIES
        for item in items:
            where, _, anchor = item["url"].partition("#")
            path = where.removeprefix(f"{STATUS}/") or "index.html"
            assert f'<li id="{anchor}"' in page(rendered, path), item["url"]
            elsewhere += "/log/" in path
    assert elsewhere > 20


def test_both_feeds_say_the_same() -> None:
    rendered = built(WORDS)
    feed = assert_valid(rendered)["_fallback/feed.xml"]
    items = json.loads(rendered.site.file("_fallback/feed.json").body)["items"]

    assert [item["id"] for item in items] == [
        entry.findtext(f"{ATOM}id") for entry in feed.findall(f"{ATOM}entry")
    ]
    for item, entry in zip(items, feed.findall(f"{ATOM}entry"), strict=True):
        assert item["content_html"] == entry.findtext(f"{ATOM}content")
        assert item["url"] == entry.find(f"{ATOM}link").get("href")
        assert item["date_published"] == entry.findtext(f"{ATOM}published")
        assert re.fullmatch(r"tag:kwiaty\.example,2026:fallback/[a-z0-9-]+", item["id"])
