"""One broken file never blanks the page, and every loss is explained."""

from datetime import UTC, datetime

import pytest

from fallback.core.errors import ContentError, Problem
from fallback.core.model import Status
from fallback.page.content.limits import MOST_BYTES
from tests.page.conftest import Rendering, page

GOOD = "content/updates/2026-11-22T1015.pl.md"
OTHER = "content/updates/2026-11-22T1100.pl.md"


def only(problems: tuple[Problem, ...]) -> Problem:
    (problem,) = problems
    return problem


BROKEN = {
    "a status nobody knows": (
        "status: resolvd\n\nBad words.",
        1, "resolvd is no status", "status: resolved",
    ),
    "a time without a day": (
        "---\ntitle: x\neta: 14:30\n---\nBad words.",
        3, "eta: 14:30 is no moment", "eta: 2026-11-22T14:30",
    ),
    "a time that is none": (
        "at: yesterday\n\nBad words.",
        1, "at: yesterday is no moment", "",
    ),
    "a strange phone": (
        "Hello.\n\nBad words: call 601 100 200.",
        3, "601 100 200 is not the phone number of fallback.toml",
        "Bad words: call +48600100200.",
    ),
    "a strange phone in the title": (
        "title: call 601 100 200\n\nBad words.",
        1, "601 100 200 is not the phone number of fallback.toml",
        "title: call +48600100200",
    ),
    "an account": (
        "Bad words: PL61109010140000071219812874",
        1, "PL61109010140000071219812874 is no account number of the configuration", "",
    ),
    "too much": (
        "Bad words.\n" + "word " * (MOST_BYTES // 5),
        1, f"this text is longer than {MOST_BYTES // 1024} KB", "",
    ),
    "nothing": ("", 0, "this update says nothing, and was left out", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_update_is_left_out_and_explained(
    rendering: Rendering, name: str
) -> None:
    """File, line and the text that would have been right; the rest stays."""
    text, line, what, mended = BROKEN[name]

    rendered = rendering({OTHER: text, GOOD: "Good words."})

    problem = only(rendered.left_out)
    assert (problem.file, problem.line) == (OTHER, line)
    assert str(problem.what) == what
    assert problem.mended == mended
    shown = page(rendered)
    assert "Good words." in shown
    assert "Bad words" not in shown


def test_an_update_that_nests_too_deeply_is_left_out(rendering: Rendering) -> None:
    """The parser gives up on that text alone."""
    rendered = rendering({OTHER: "1. " * 6000, GOOD: "Good words."})

    assert "nested too deeply" in str(only(rendered.left_out).what)
    assert "Good words." in page(rendered)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("content/updates/late.pl.md", "nobody can tell when this update was written"),
        ("content/updates/2026-11-22T1100.de.md",
         "the shop does not speak de: left out"),
        ("content/updates/2026-11-22T1100.txt",
         "2026-11-22T1100.txt was not read: words are in files that end in .md"),
    ],
)  # fmt: skip
def test_a_name_that_says_too_little_is_explained(
    rendering: Rendering, name: str, what: str
) -> None:
    """When it was written, in which language, and that it is words at all."""
    assert str(only(rendering({name: "Bad words."}).left_out).what) == what


@pytest.mark.parametrize(
    "name", [".2026.pl.md.swp", "~x.md", "x.md~", ".DS_Store", "x.md.bak", ".x.pl.md"]
)
def test_what_editors_leave_behind_is_ignored(rendering: Rendering, name: str) -> None:
    """Swap files and backups are no words, and no reason to complain."""
    assert rendering({f"content/updates/{name}": "junk"}).left_out == ()


def test_unknown_links_become_text_and_are_told(rendering: Rendering) -> None:
    """The update stays."""
    rendered = rendering({GOOD: "See [our page](https://evil.example/x) for more."})

    problem = only(rendered.left_out)
    assert problem.place == f"{GOOD}:1"
    assert "https://evil.example/x is not in fallback.toml" in str(problem.what)
    assert "See our page for more." in page(rendered)
    assert "evil.example" not in page(rendered)


@pytest.mark.parametrize(
    ("link", "what", "remedy"),
    [
        ("https://evil.example/x", "is not in fallback.toml", "add it to [contact"),
        ("javascript:alert(1)", "can never be a link", "begins with https://"),
        ("data:text/html,x", "can never be a link", "begins with https://"),
        ("/produkt", "is not in fallback.toml", "write the whole address, with https://"),
        ("mailto:me@x.example", "is not in fallback.toml", "the mailbox of [contact]"),
        ("tel:+48601100200", "is not in fallback.toml", "call the number of [contact]"),
    ],
)  # fmt: skip
def test_a_remedy_for_a_link_is_one_that_helps(
    rendering: Rendering, link: str, what: str, remedy: str
) -> None:
    """What can never be a link is not to be added anywhere."""
    problem = only(rendering({GOOD: f"See [our page]({link}) for more."}).left_out)

    assert str(problem.what).startswith(link.removeprefix("mailto:"))
    assert what in str(problem.what)
    assert remedy in str(problem.remedy)


@pytest.mark.parametrize(
    ("words", "mended"),
    [
        ("Zadzwoń: 601 100 200.", "Zadzwoń: +48600100200."),
        ("Zadzwoń: 0601 100 200.", "Zadzwoń: +48600100200."),
        ("Call +1 900 555 0123.", "Call +48600100200."),
        ("NIP 123-456-32-18", ""),
        ("REGON 123456785", ""),
        ("Nr zamówienia 20261128001", ""),
        ("Zamówienie nr 123 456 789", ""),
        ("- 601\n- 100\n- 200", ""),
    ],
)
def test_only_a_phone_number_is_mended_into_ours(
    rendering: Rendering, words: str, mended: str
) -> None:
    """A tax number and an order's are as long, and the shop's phone is no mend."""
    assert only(rendering({OTHER: words}).left_out).mended == mended


def test_an_account_is_complained_of_once(rendering: Rendering) -> None:
    words = "Wpłać na PL61 1090 1014 0000 0712 1981 2874 i 700 12"

    problem = only(rendering({OTHER: words}).left_out)

    assert str(problem.what).startswith("PL61 1090 1014 0000 0712 1981 2874 is no")


def test_a_number_on_many_lines_costs_the_outage_only_these(
    rendering: Rendering,
) -> None:
    words = "First 10.\n\n- 700\n- 123\n- 456\n\n|a|\n|-|\n|701|\n|124|\n|457|\n\nLast."

    rendered = rendering({"content/outage.pl.md": words})

    assert [each.place for each in rendered.left_out] == [
        "content/outage.pl.md:3",
        "content/outage.pl.md:9",
    ]
    shown = page(rendered)
    assert "First 10." in shown
    assert "Last." in shown
    assert not any(part in shown for part in ("700", "123", "701", "457"))


def test_pictures_are_left_out_and_told(rendering: Rendering) -> None:
    """The page stays one request, and tells nobody who looks at it."""
    rendered = rendering({GOOD: "Look: ![x](https://kwiaty.example/a.png) there."})

    assert "pictures are not shown" in str(only(rendered.left_out).what)
    assert "<img" not in page(rendered)


def test_the_outage_keeps_all_but_the_line_with_a_strange_number(
    rendering: Rendering,
) -> None:
    """Without an outage there would be no page."""
    words = "First.\n\nCall 601 100 200 now.\n\nLast."

    rendered = rendering({"content/outage.pl.md": words})

    assert only(rendered.left_out).place == "content/outage.pl.md:3"
    shown = page(rendered)
    assert "First." in shown
    assert "Last." in shown
    assert "601" not in shown


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff\xfe", b"---", b"---\n---\n", b"eta: soon\nstarted: x\nstatus: y\n",
     b"\x00" * 50, b"1. " * 6000, b"[" * 20000, b"x" * 100_000],
)  # fmt: skip
def test_whatever_the_outage_holds_there_is_a_page(
    rendering: Rendering, body: bytes
) -> None:
    """With the contact, which is the reason it exists."""
    shown = page(rendering({"content/outage.pl.md": body}, bare=True))

    assert "tel:+48600100200" in shown
    assert "Kwiaty u Ani jest teraz niedostępny" in shown


def test_without_any_outage_there_is_no_page(rendering: Rendering) -> None:
    """The error says which file to write."""
    with pytest.raises(ContentError) as caught:
        rendering({GOOD: "Words."}, bare=True)

    assert caught.value.code == 2
    assert "content/outage.pl.md" in str(caught.value.next)


def test_an_outage_without_a_language_is_in_the_default_one(
    rendering: Rendering,
) -> None:
    rendered = rendering({"content/outage.md": "Po polsku."}, bare=True)

    assert rendered.left_out == ()
    assert "Po polsku." in page(rendered)


def test_the_same_words_twice_are_told(rendering: Rendering) -> None:
    rendered = rendering({"content/outage.md": "One.", "content/outage.pl.md": "Two."})

    assert "says the same in the same language" in str(only(rendered.left_out).what)


@pytest.mark.parametrize(
    ("name", "body", "words", "guessed"),
    [
        ("2026-11-22T1100.en.md", "Café – “soon”".encode("cp1252"), "Café – “soon”",
         "cp1252"),
        ("2026-11-22T1100.pl.md", "Zażółć".encode("cp1250"), "Zażółć", "cp1250"),
        ("2026-11-22T1100.pl.md", "Zażółć".encode("utf-16"), "Zażółć", ""),
        ("2026-11-22T1100.pl.md", "Zażółć".encode("utf-8-sig"), "Zażółć", ""),
    ],
)  # fmt: skip
def test_every_encoding_is_shown_and_a_guess_is_told(
    rendering: Rendering, name: str, body: bytes, words: str, guessed: str
) -> None:
    """Nothing is missing, so nothing is left out: the owner is merely told."""
    rendered = rendering({f"content/updates/{name}": body})

    assert rendered.left_out == ()
    assert words in page(rendered)
    assert [guessed in str(each.what) for each in rendered.noticed] == [True] * bool(
        guessed
    )


def test_the_newest_that_says_a_thing_overrides_the_rest(rendering: Rendering) -> None:
    """An update that is silent about the ETA leaves it as it was."""
    standing = rendering(
        {
            "content/outage.pl.md": "started: 2026-11-22 09:40\nstatus: investigating\n"
            "eta: 2026-11-22 12:00\nnext: 2026-11-22 11:00\n\nWords.",
            GOOD: "status: identified\neta: 2026-11-22 15:30\n\nOne.",
            OTHER: "next: 2026-11-22 13:00\n\nTwo.",
        }
    ).standing

    assert standing.status is Status.IDENTIFIED
    assert standing.started == datetime(2026, 11, 22, 8, 40, tzinfo=UTC)
    assert standing.eta == datetime(2026, 11, 22, 14, 30, tzinfo=UTC)
    assert standing.next_update == datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize("word", ["", "?", "unknown", "nieznany", "–"])
def test_an_eta_can_become_unknown(rendering: Rendering, word: str) -> None:
    """Which is news, and better than an old promise."""
    rendered = rendering(
        {
            "content/outage.pl.md": "eta: 2026-11-22 12:00\n\nx",
            GOOD: f"eta: {word}\n\ny",
        }
    )

    assert rendered.left_out == ()
    assert rendered.standing.eta is None
    assert "Jeszcze nie wiemy, kiedy wrócimy." in page(rendered)


def test_a_message_that_came_is_no_longer_promised(rendering: Rendering) -> None:
    standing = rendering(
        {GOOD: "next: 2026-11-22 11:00\n\nOne.", OTHER: "Two, as promised."}
    ).standing

    assert standing.next_update is None


def test_an_eta_that_had_passed_is_not_shown_as_a_hope(rendering: Rendering) -> None:
    """No clock is needed: a later message shows that the time is over."""
    rendered = rendering({GOOD: "eta: 2026-11-22 10:30\n\nOne.", OTHER: "Still down."})

    assert rendered.standing.late
    assert "Ten czas już minął." in page(rendered)


def test_files_with_one_stem_are_one_update(rendering: Rendering) -> None:
    """What one language says in its header counts for all."""
    rendered = rendering(
        {
            GOOD: "status: identified\n\nPo polsku.",
            "content/updates/2026-11-22T1015.en.md": "In English.",
        }
    )

    assert "Po polsku." in page(rendered)
    assert "In English." not in page(rendered)
    english = page(rendered, "_fallback/en.html")
    assert "In English." in english
    assert "Po polsku." not in english
    assert rendered.standing.status is Status.IDENTIFIED


def test_a_missing_translation_shows_the_default_language_marked(
    rendering: Rendering,
) -> None:
    """For machines by lang, for readers in words."""
    english = page(rendering({GOOD: "Po polsku."}), "_fallback/en.html")

    assert '<div lang="pl" dir="ltr">' in english
    assert "This part is available in polski only." in english
    assert "Po polsku." in english


def test_updates_are_ordered_by_at_and_then_by_name(rendering: Rendering) -> None:
    rendered = rendering(
        {
            "content/updates/aaa.pl.md": "at: 2026-11-22 12:00\n\nthird",
            "content/updates/2026-11-22T1100.pl.md": "at: 2026-11-22 09:00\n\nfirst",
            "content/updates/2026-11-22T1000.pl.md": "second",
        }
    )

    shown = page(rendered)
    places = [shown.index(f"<p>{word}</p>") for word in ("third", "second", "first")]
    assert places == sorted(places)


def test_an_hour_that_came_twice_is_taken_and_told(rendering: Rendering) -> None:
    rendered = rendering({"content/updates/2026-10-25T0230.pl.md": "Night."})

    assert rendered.left_out == ()
    assert "came twice" in str(only(rendered.noticed).what)
    assert 'datetime="2026-10-25T02:30:00+02:00"' in page(rendered)


def test_a_long_title_is_cut_and_told(rendering: Rendering) -> None:
    rendered = rendering({GOOD: f"title: {'x' * 300}\n\nWords."})

    assert "longer than 200 characters" in str(only(rendered.left_out).what)
    assert "x" * 199 + "…" in page(rendered)
    assert "x" * 200 not in page(rendered)


@pytest.mark.parametrize(
    "title",
    ["[/closed]", "::error::x", "\x1b[2Jx", "{{ 7*7 }}", "<b>x</b>", "a\u202eb"],
)
def test_a_title_is_only_ever_text(rendering: Rendering, title: str) -> None:
    """No markup, no control sequence, no template."""
    rendered = rendering({GOOD: f"title: {title}\n\nWords."})

    shown = page(rendered)
    assert "<h3>" in shown
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "<b>x</b>" not in shown
    assert "<h3>49</h3>" not in shown
