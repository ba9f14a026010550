"""Every language has its page, each as full as arrives in one flight."""

import gzip
import json
import re
from collections.abc import Mapping

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from fallback.core.config import Config
from fallback.page import edition, render
from fallback.page.edition import FIRST_FLIGHT, Parts
from fallback.page.render import Rendered, Ways
from fallback.wire import shipped
from tests.page.conftest import OUTAGE, page, theme

WORDS = {
    **OUTAGE,
    "content/outage.pl.md": "started: 2026-11-01 00:10\neta: 2026-11-22 14:30\n"
    "next: 2026-11-22 12:00\n\n## Co się stało\n\nDysk.".encode(),
}
EVERY = {code: shipped.catalogue(code) for code in shipped.languages()}
ABOUT_FIFTY_WORDS = (
    "We replaced the broken disk and are copying the shop back, about {n} of 99 parts"
    " are done. Orders can be placed by phone meanwhile; what you ordered on day {n}"
    " leaves our house as soon as the {n}th parcel is packed; the next message comes"
    " within the hour, whatever happens."
)


def log(count: int, words: str = ABOUT_FIFTY_WORDS) -> dict[str, bytes]:
    return {
        f"content/updates/2026-11-{1 + n // 24:02}T{n % 24:02}30.pl.md": (
            words.format(n=n).encode()
        )
        for n in range(count)
    }


def rendered(
    config: Config,
    sources: Mapping[str, bytes],
    *languages: str,
    ways: Ways | None = None,
) -> Rendered:
    spoken = evolve(
        config, shop=evolve(config.shop, languages=languages or ("pl", "en"))
    )
    return render.render(spoken, sources, theme(spoken), EVERY, ways=ways)


def weight(made: Rendered, path: str) -> int:
    return len(gzip.compress(made.site.file(path).body, 6, mtime=0))


def shown(made: Rendered, path: str) -> int:
    return page(made, path).count('<li id="')


@pytest.mark.parametrize("code", sorted(set(EVERY) - {"pl", "en"}))
def test_a_language_that_the_owner_never_thought_of_has_its_page(
    config: Config, code: str
) -> None:
    """State, since when, ETA, next message, contact; the owner's words as they are."""
    made = rendered(config, WORDS | log(2))
    text = page(made, f"_fallback/{code}.html")
    feed = json.loads(made.site.file(f"_fallback/feed.{code}.json").body)

    assert re.search(rf'<html lang="{code}" dir="(?:ltr|rtl)"', text)
    said = feed["_fallback"]["said"]
    polish = json.loads(made.site.file("_fallback/feed.json").body)["_fallback"]["said"]
    for key in ("title", "status", "since", "eta_label", "eta_date", "next"):
        assert said[key]
        assert said[key] != polish[key]
    assert 'datetime="2026-11-22T14:30:00+01:00"' in text
    assert 'href="tel:+48600100200"' in text
    assert "mailto:kwiaty.awaria@elsewhere.example" in text
    assert "polski" in text  # the note, and the way to the page in the words' language
    assert re.search(r'<div [^>]*lang="pl"[^>]*>\s*<h2>Co się stało</h2>', text)
    assert feed["items"][0]["language"] == "pl"


def test_only_the_shops_languages_have_feeds_for_readers_and_a_log(
    config: Config,
) -> None:
    """The owner says nothing in the others."""
    made = rendered(config, WORDS | log(300))
    paths = {file.path for file in made.site}

    assert {path for path in paths if path.endswith(".xml")} == {
        "_fallback/feed.xml", "_fallback/feed.en.xml",
    }  # fmt: skip
    folders = {
        path.rpartition("/")[0] for path in paths if path.startswith("_fallback/log/")
    }
    assert folders == {"_fallback/log", "_fallback/log/en"}
    assert '"/_fallback/log/' in page(made, "_fallback/de.html")


def test_pages_of_the_shop_name_the_other_languages_once(config: Config) -> None:
    """In short, apart from the languages in which all is told."""
    made = rendered(config, WORDS)
    text = page(made)
    (head,) = re.findall(r"<header.*?</header>", text, re.DOTALL)

    assert re.findall(r'hreflang="([a-z]+)"', text) == ["en"]
    assert set(re.findall(r'href="/_fallback/([a-z]+)\.html"', head)) == {"en"}
    for code in set(EVERY) - {"pl", "en"}:
        assert text.count(f'href="/_fallback/{code}.html"') == 1
    own = page(made, "_fallback/de.html")
    assert 'class="other"' not in own
    assert re.search(r'lang="de"[^>]* aria-current="true"', own)


@pytest.mark.parametrize("language", ["pt-br", "de"])
def test_a_language_that_the_shop_speaks_is_not_made_twice(
    config: Config, language: str
) -> None:
    """Whoever speaks Portuguese of Brazil speaks Portuguese."""
    made = rendered(config, WORDS, "pl", language)
    paths = {file.path for file in made.site}

    assert f"_fallback/{language}.html" in paths
    assert ("_fallback/pt.html" in paths) == (language != "pt-br")


def test_one_language_and_one_message_are_a_small_page(config: Config) -> None:
    assert weight(rendered(config, WORDS | log(1), "pl"), "index.html") <= 5_000


def test_forty_messages_in_three_languages_arrive_at_once(config: Config) -> None:
    """None of them is an earlier one."""
    made = rendered(config, WORDS | log(40), "pl", "en", "de")

    for path in ("index.html", "_fallback/en.html", "_fallback/de.html"):
        assert shown(made, path) == 40
        assert weight(made, path) <= FIRST_FLIGHT
    assert made.noticed == ()


@pytest.mark.parametrize(("count", "wanted"), [(1, 1), (20, 20), (75, 75), (400, 75)])
def test_as_many_short_messages_are_shown_as_anybody_reads(
    config: Config, count: int, wanted: int
) -> None:
    made = rendered(config, WORDS | log(count, "Część {n} jest gotowa."))

    for code in ("en", *sorted(set(EVERY) - {"pl", "en"})):
        assert shown(made, f"_fallback/{code}.html") == wanted
        assert weight(made, f"_fallback/{code}.html") <= FIRST_FLIGHT
    assert shown(made, "index.html") == wanted


@pytest.mark.parametrize("code", ["", "en", "de", "ar"])
def test_every_message_is_reachable_from_every_language(
    config: Config, code: str
) -> None:
    """Long ones fill the page sooner in one language than in another."""
    texts = log(90, ABOUT_FIFTY_WORDS * 2)
    made = rendered(config, WORDS | texts)
    path = f"_fallback/{code}.html" if code else "index.html"
    seen = ""
    while path:
        text = page(made, path)
        seen += text
        assert len(gzip.compress(text.encode(), 6, mtime=0)) <= FIRST_FLIGHT
        found = re.search(r'href="/(_fallback/log/[^"]+)"', text)
        path = found[1] if found else ""

    assert len(set(re.findall(r'<li id="([^"]+)"', seen))) == 90


EDITS = st.lists(
    st.tuples(st.integers(0, 30), st.sampled_from(["", "one", "two", "three *a*"])),
    min_size=1,
    max_size=12,
)


@settings(max_examples=15)
@given(st.lists(EDITS, min_size=2, max_size=4))
def test_what_is_kept_changes_no_byte(config_of: Config, rounds: list) -> None:
    """Through any history of edits, with one cache for all of it."""
    kept: dict[bytes, bytes] = {}
    sources = dict(WORDS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(render, "ON_THE_PAGE", 3)
        patch.setattr(edition, "A_PART", 2)
        for edits in rounds:
            for number, words in edits:
                path = f"content/updates/2026-11-22T10{number:02}.pl.md"
                if words:
                    sources[path] = words.encode()
                else:
                    sources.pop(path, None)
            made = rendered(config_of, sources, ways=Ways(kept=kept))
            assert made.site == rendered(config_of, sources).site


@pytest.fixture(scope="module")
def config_of(tmp_path_factory: pytest.TempPathFactory) -> Config:
    from tests.page import conftest

    return conftest.config.__wrapped__(tmp_path_factory.mktemp("site"))


@given(st.lists(st.integers(1, 40_000), max_size=120), st.integers(0, 130))
def test_each_message_is_in_one_part(sizes: list[int], shown_: int) -> None:
    """And a part never changes when a newer message comes."""
    from datetime import UTC, datetime

    from fallback.core.model import Update

    at = datetime(2026, 11, 22, tzinfo=UTC)
    updates = [
        Update(str(n), at, {"pl": ("", "x" * size)}) for n, size in enumerate(sizes)
    ]
    parts = Parts.of(updates)
    newer = Parts.of([Update("new", at, {"pl": ("", "x")}), *updates])

    told = [each for n in range(len(parts.sizes), 0, -1) for each in parts.part(n)]
    assert told == updates
    assert sum(parts.sizes[: parts.needed(shown_)]) >= len(updates) - shown_
    for number in range(1, len(parts.sizes)):
        assert newer.part(number) == parts.part(number)
