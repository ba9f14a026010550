"""The built site: complete in itself, the same from the same input, and small."""

import gzip
import json
import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest

from fallback.core.model import MANIFEST
from fallback.page.render import FIRST_FLIGHT
from tests.page.conftest import Rendering, page

ATOM = "{http://www.w3.org/2005/Atom}"
WORDS = {
    "content/outage.pl.md": "started: 2026-11-22 09:40\neta: 2026-11-22 14:30\n"
    "next: 2026-11-22 12:00\n\n## Co się stało\n\nDysk.",
    "content/outage.en.md": "## What happened\n\nA disk.",
    "content/updates/2026-11-22T1015.pl.md": "title: Znamy przyczynę\n"
    "status: identified\n\nDysk trzeba *wymienić*.",
}
MANY = {
    f"content/updates/2026-11-{day:02}T{hour:02}30.pl.md": f"Wiadomość {day}/{hour}."
    for day in range(1, 6)
    for hour in range(24)
}


class Outline(HTMLParser):
    """What a browser would fetch, and where it could go."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def outline(text: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = Outline()
    parser.feed(text)
    return parser.tags


@pytest.fixture(params=["plain", "letter"])
def look(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_the_page_says_what_customers_need(rendering: Rendering, look: str) -> None:
    """What, since when, until when, and how to reach a human."""
    shown = page(rendering(WORDS, theme=look))
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", shown))

    assert "<title>Przepraszamy, sklep Kwiaty u Ani jest teraz niedostępny" in shown
    assert ">Przepraszamy, sklep Kwiaty u Ani jest teraz niedostępny</h1>" in shown
    assert "Początek przerwy: niedziela, 22 listopada 2026, 09:40 (CET)" in text
    assert "niedziela, 22 listopada 2026 14:30 (CET)" in text
    assert "Następna wiadomość najpóźniej: niedziela, 22 listopada 2026, 12:00" in text
    assert "mailto:kwiaty.awaria@elsewhere.example?subject=Pytanie%20do" in shown
    assert 'href="tel:+48600100200"' in shown
    assert "+48 600 100 200" in text
    assert "codziennie 8–20" in text
    assert '<time datetime="2026-11-22T10:15:00+01:00">' in shown
    assert "Dysk trzeba <em>wymienić</em>." in shown
    assert "Facebook" in text


def test_each_other_language_has_its_essentials_on_the_page(
    rendering: Rendering, look: str
) -> None:
    """A static host cannot negotiate, so every language finds its way."""
    shown = page(rendering(WORDS, theme=look))

    block = shown[shown.index('<section class="other" lang="en"') :]
    assert "Sorry, Kwiaty u Ani is not available right now" in block
    assert "Sunday, 22 November 2026, 14:30 (CET)" in block
    assert "daily 8am–8pm" in block
    assert 'href="/_fallback/en.html"' in block


def test_the_page_is_complete_without_the_network(
    rendering: Rendering, look: str
) -> None:
    """One request: our own script alone, no frame, no form, nothing fetched."""
    rendered = rendering(WORDS | MANY, theme=look)

    for file in rendered.site:
        if not file.path.endswith(".html"):
            continue
        for tag, attributes in outline(file.body.decode()):
            assert tag not in ("img", "iframe", "form", "object", "base")
            assert tag != "script" or attributes.get("type", "") in (
                "",
                "application/ld+json",
            )
            assert not {"src", "srcset", "style", "action"} & set(attributes)
            assert not any(name.startswith("on") for name in attributes)
            target = attributes.get("href") or "#"
            if tag == "link" and attributes.get("rel") == "icon":
                assert target.startswith("data:image/gif;base64,")
            elif tag == "link":
                assert attributes["rel"] == "alternate"
            if not target.startswith(("mailto:", "tel:", "data:", "#", "https://")):
                assert re.match(r"/(?!/)", target), target


def test_the_policy_names_the_style_and_the_script_that_are_there(
    rendering: Rendering, look: str
) -> None:
    """Content-Security-Policy by hash, and nothing allowed but that."""
    for path in ("index.html", "_fallback/en.html"):
        shown = page(rendering(WORDS, theme=look), path)
        (style,) = re.findall(r"<style>(.*?)</style>", shown, re.DOTALL)
        (script,) = re.findall(r"<script>(.*?)</script>", shown, re.DOTALL)
        (block,) = re.findall(r"<script type=.*?>(.*?)</script>", shown, re.DOTALL)
        meta = next(
            attributes["content"] or ""
            for tag, attributes in outline(shown)
            if attributes.get("http-equiv") == "Content-Security-Policy"
        )
        assert meta == (
            f"default-src 'none'; script-src {hashed(script)} {hashed(block)}; "
            f"style-src {hashed(style)}; connect-src 'self'; img-src data:; "
            "base-uri 'none'; form-action 'none'"
        )


def hashed(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def test_search_engines_are_told_nothing_that_lasts(
    rendering: Rendering, look: str
) -> None:
    """No snippet of us, and no word that would remove the shop."""
    shown = page(rendering(WORDS, theme=look))

    assert "data-nosnippet" in shown
    assert '<meta name="generator" content="fallback">' in shown
    for word in ("noindex", "canonical", 'http-equiv="refresh"'):
        assert word not in shown


def test_every_page_fits_the_first_flight(rendering: Rendering, look: str) -> None:
    """However much is said: older messages move to pages of their own."""
    letters = str.maketrans("0123456789", "ghijklmnop")
    long = {
        path: " ".join(
            sha256(f"{path}{n}".encode()).hexdigest()[:7].translate(letters)
            for n in range(150)
        )
        for path in MANY
    }
    rendered = rendering(WORDS | long, theme=look)

    pages = [file for file in rendered.site if file.path.endswith(".html")]
    assert len(pages) > 10
    for file in pages:
        assert len(gzip.compress(file.body, 6, mtime=0)) <= FIRST_FLIGHT, file.path
    assert rendered.noticed == ()


def test_every_message_is_reachable(rendering: Rendering) -> None:
    """On the page, or by following "earlier messages" from it."""
    rendered = rendering(WORDS | MANY)
    seen, path = "", "index.html"
    while path:
        shown = page(rendered, path)
        seen += shown
        found = re.search(r'class="older"><a href="/([^"]+)"', shown)
        path = found[1] if found else ""

    for text in MANY.values():
        assert text in seen


def test_a_full_page_of_earlier_messages_never_changes(rendering: Rendering) -> None:
    """So that a new message replaces few files."""
    before = rendering(WORDS | MANY)
    after = rendering(WORDS | MANY | {"content/updates/2026-11-23T1000.pl.md": "Nowa."})

    assert before.site.file("_fallback/log/1.html") == after.site.file(
        "_fallback/log/1.html"
    )


def test_the_same_input_gives_the_same_bytes(rendering: Rendering) -> None:
    """Whatever order the files come in."""
    sources = WORDS | MANY
    turned = dict(reversed(list(sources.items())))

    assert rendering(turned).site == rendering(sources).site


def test_the_manifest_names_every_other_file(rendering: Rendering) -> None:
    """With its hash and its headers."""
    site = rendering(WORDS, workers=("/sw.js",)).site
    manifest = json.loads(site.file(MANIFEST).body)

    assert manifest["schema"] == 1
    assert manifest["build"] == site.build_id
    assert manifest["sequence"] == site.sequence == 1795338900
    assert set(manifest["files"]) == {file.path for file in site} - {MANIFEST}
    for path, about in manifest["files"].items():
        file = site.file(path)
        assert about == {
            "sha256": sha256(file.body).hexdigest(),
            "content_type": file.content_type,
            "cache_control": "public, max-age=0, s-maxage=30, must-revalidate",
        }
    dumped = json.dumps(manifest, sort_keys=True) + "\n"
    assert site.file(MANIFEST).body == dumped.encode()


def test_a_change_of_the_eta_never_makes_the_page_older(rendering: Rendering) -> None:
    """Hosts refuse an older sequence, and good news must not be refused."""
    late = rendering(WORDS)
    soon = rendering(
        WORDS
        | {
            "content/outage.pl.md": WORDS["content/outage.pl.md"].replace(
                "14:30", "11:00"
            )
        }
    )

    assert late.site.sequence == soon.site.sequence
    assert late.site.build_id != soon.site.build_id


def test_the_json_feed_is_what_readers_and_pages_expect(rendering: Rendering) -> None:
    """JSON Feed 1.1, `items` its first array, our state in an extension."""
    feed = json.loads(rendering(WORDS).site.file("_fallback/feed.json").body)

    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert next(key for key in feed if isinstance(feed[key], list)) == "items"
    standing = feed["_fallback"]
    said, after = standing.pop("said"), standing.pop("after")
    log, since = standing.pop("log"), standing.pop("from")
    assert since.startswith("1970-01-01")  # the page shows every message
    assert standing == {
        "state": "identified",
        "started": "2026-11-22T09:40:00+01:00",
        "eta": "2026-11-22T14:30:00+01:00",
        "next_update": "2026-11-22T12:00:00+01:00",
    }
    assert said["eta_time"] == "14:30"
    assert log.startswith('<li id="2026-11-22t1015"')
    assert log.endswith("</li>")
    assert [at for at, _ in after] == [standing["next_update"], standing["eta"]]
    (item,) = feed["items"]
    assert item["title"] == "Znamy przyczynę"
    assert item["content_html"] == "<p>Dysk trzeba <em>wymienić</em>.</p>"
    assert item["date_published"] == "2026-11-22T10:15:00+01:00"
    assert item["id"] == "tag:kwiaty.example,2026:fallback/2026-11-22t1015"


def test_the_atom_feed_is_valid(rendering: Rendering) -> None:
    """RFC 4287: what is required is there once, whatever owners type."""
    strange = "title: a & b <c> \x0b\x1f\ufffe ]]>\n\nWords & <words>."
    rendered = rendering(
        WORDS | {"content/updates/2026-11-22T1030.pl.md": strange}, name="A & <B>"
    )

    for path in ("_fallback/feed.xml", "_fallback/feed.en.xml"):
        feed = ET.fromstring(rendered.site.file(path).body)
        for part in [feed, *feed.findall(f"{ATOM}entry")]:
            for name in ("id", "title", "updated"):
                (found,) = part.findall(f"{ATOM}{name}")
                assert found.text
        assert len(feed.findall(f"{ATOM}author")) == 1
        assert len(feed.findall(f"{ATOM}entry")) == 2
        rels = [link.get("rel") for link in feed.findall(f"{ATOM}link")]
        assert rels == ["self", "alternate"]
        ids = [entry.findtext(f"{ATOM}id") for entry in feed.iter(f"{ATOM}entry")]
        assert len(set(ids)) == 2


def test_feeds_name_the_language_that_is_really_spoken(rendering: Rendering) -> None:
    """A language without our sentences is English; the owner's words say their own."""
    site = rendering(WORDS, languages=("fi", "en", "pl")).site
    feed = json.loads(site.file("_fallback/feed.json").body)
    atom = ET.fromstring(site.file("_fallback/feed.xml").body)

    lang = "{http://www.w3.org/XML/1998/namespace}lang"
    (entry,) = atom.findall(f"{ATOM}entry")
    assert [item["language"] for item in feed["items"]] == ["pl"]
    assert (atom.get(lang), entry.get(lang)) == ("en", "pl")
    english = {"content/updates/2026-11-22T1015.en.md": "title: We know"}
    site = rendering(english, languages=("fi", "en", "pl")).site
    feed = json.loads(site.file("_fallback/feed.json").body)
    assert [item["language"] for item in feed["items"]] == ["en"]


def test_a_language_without_words_repeats_no_english(rendering: Rendering) -> None:
    """Once is enough: whoever would only say it again is a link above."""
    spoken = ("pl", "en", "fi", "da")
    shown = page(rendering(languages=spoken))
    finnish = {"content/outage.fi.md": "title: Kauppa on kiinni"}

    assert shown.count('class="other"') == 1
    assert 'href="/_fallback/da.html" lang="da"' in shown
    assert page(rendering(finnish, languages=spoken)).count('class="other"') == 2


def test_an_update_has_one_id_in_every_language(rendering: Rendering) -> None:
    """A reader of two feeds, or a page that polls, sees it once."""
    site = rendering(WORDS).site
    ids = [
        json.loads(site.file(path).body)["items"][0]["id"]
        for path in ("_fallback/feed.json", "_fallback/feed.en.json")
    ]

    assert ids[0] == ids[1]


def test_a_resolved_outage_says_that_the_shop_is_back(
    rendering: Rendering, look: str
) -> None:
    """With a way there, and without an old promise."""
    shown = page(
        rendering(
            WORDS
            | {"content/updates/2026-11-22T1400.pl.md": "status: resolved\n\nJuż."},
            theme=look,
        )
    )

    assert ">Sklep Kwiaty u Ani jest znowu otwarty</h1>" in shown
    assert 'href="https://kwiaty.example"' in shown
    assert "Przewidywany powrót" not in shown


def test_words_of_the_outage_end_with_it(rendering: Rendering) -> None:
    """Unless the owner wrote them anew, for the time after it."""
    back = {"content/updates/2026-11-22T1500.pl.md": "status: resolved\n\nJuż działa."}
    down = "status: {}\n\nNic nie da się zamówić."
    old = page(rendering({"content/outage.pl.md": down.format("identified")} | back))
    new = page(rendering({"content/outage.pl.md": down.format("resolved")} | back))

    assert "Nic nie da się zamówić." not in old
    assert '<article class="words">' not in old
    assert "Nic nie da się zamówić." in new
    assert "Już działa." in old


def test_machines_are_promised_nothing_once_it_is_over(rendering: Rendering) -> None:
    """An ETA that was still ahead would keep search engines away until then."""
    over = "status: resolved\neta: 2027-01-01T10:00\n\nJuż."
    site = rendering(WORDS | {"content/updates/2026-11-22T1400.pl.md": over}).site

    feed = json.loads(site.file("_fallback/feed.json").body)
    assert feed["_fallback"]["eta"] is None
    assert b"Retry-After: 3600" in site.file("_headers").body


def test_a_planned_outage_is_not_called_a_failure(rendering: Rendering) -> None:
    shown = page(
        rendering({"content/outage.pl.md": "status: scheduled\n\nPrace."}, bare=True)
    )

    assert ">Sklep Kwiaty u Ani ma zaplanowaną przerwę</h1>" in shown


def test_nothing_is_claimed_that_nobody_knows(rendering: Rendering) -> None:
    """With no words of the owner there is no word about orders or payments."""
    for path in ("index.html", "_fallback/en.html"):
        shown = page(rendering({"content/outage.pl.md": ""}, bare=True), path).lower()
        for claim in ("safe", "secure", "bezpieczn", "zamówieni", "your order", "soon"):
            assert claim not in shown


def test_a_language_without_a_catalogue_speaks_english_and_says_so(
    rendering: Rendering,
) -> None:
    """What is in which language is always true for a screen reader."""
    rendered = rendering(
        {"content/outage.eo.md": "Vortoj."}, languages=("eo",), bare=True
    )
    shown = page(rendered)

    assert '<html lang="en" dir="ltr">' in shown
    assert '<div lang="eo" dir="ltr">' in shown
    assert "Sorry, Kwiaty u Ani is not available right now" in shown


def test_the_words_of_the_living_shop_are_told_when_they_are_on_the_page(
    rendering: Rendering,
) -> None:
    """Else our own page could be taken for the shop."""
    rendered = rendering(
        {"content/outage.pl.md": "Dodaj do koszyka później."}, bare=True
    )

    assert "could be taken for the shop" in str(rendered.noticed[0].what)
