"""Headers typed by thumbs: read as strings, or complained of, never shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fallback.page.content.header import KEYS, MOST_PROBLEMS, parse
from fallback.page.content.reading import clean

BODY = "The words."

WELL_MEANT = {
    "as taught": "---\ntitle: Late\nstatus: identified\n---\n\nThe words.",
    "a phone's dashes": "—-\ntitle: Late\nstatus: identified\n—–\nThe words.",
    "long dashes": "–––\ntitle: Late\nstatus: identified\n———\nThe words.",
    "one long dash": "—\ntitle: Late\nstatus: identified\n—\nThe words.",
    "no fences": "title: Late\nstatus: identified\n\nThe words.",
    "no end": "---\ntitle: Late\nstatus: identified\n\nThe words.",
    "no end, no empty line": "---\ntitle: Late\nstatus: identified\nThe words.",
    "no start": "title: Late\nstatus: identified\n---\nThe words.",
    "empty lines first": "\n\n---\ntitle: Late\nstatus: identified\n---\nThe words.",
    "empty line inside": "---\ntitle: Late\n\nstatus: identified\n---\nThe words.",
    "hard spaces": "---\xa0\ntitle:\xa0Late\nstatus\xa0: identified\n---\nThe words.",
    "quotes": '---\ntitle: "Late"\nstatus: \'identified\'\n---\nThe words.',
    "curly quotes": "---\ntitle: “Late”\nstatus: „identified”\n---\nThe words.",
    "capitals": "---\nTitle: Late\nSTATUS: identified\n---\nThe words.",
    "full-width colon": "---\ntitle：Late\nstatus： identified\n---\nThe words.",
    "no start, a comment": "# it\ntitle: Late\nstatus: identified\n---\nThe words.",
    "a comment": "---\n# what we say\ntitle: Late\nstatus: identified\n---\nThe words.",
    "Windows": "---\r\ntitle: Late\r\nstatus: identified\r\n---\r\nThe words.\r\n",
    "a mark inside": "\ufeff---\ntitle: Late\nstatus: identified\n---\nThe words.",
}  # fmt: skip


@pytest.mark.parametrize("name", WELL_MEANT)
def test_what_phones_do_to_a_header_changes_nothing(name: str) -> None:
    """The same header, however it was mangled."""
    document = parse("a.md", clean(WELL_MEANT[name]))

    values = {key: field.value for key, field in document.fields.items()}
    assert values == {"title": "Late", "status": "identified"}
    assert document.body == BODY
    assert document.problems == ()


@pytest.mark.parametrize(
    "value",
    ["0612345670", "+48600100200", "no", "NO", "12:30", "null", "~", "1e3", "0x10",
     "Update: we're back", "- list", "[a, b]", "{a: b}", "&anchor", "*alias", "!!str x",
     "@home", "`code`", "%", "a # not a comment", "'", '"half', "2026-11-22"],
)  # fmt: skip
def test_a_value_is_the_string_that_was_written(value: str) -> None:
    """No YAML: a phone number stays a phone number and no stays a word."""
    document = parse("a.md", f"title: {value}\n\n{BODY}")

    assert document.fields["title"].value == value


@pytest.mark.parametrize(
    "text",
    ["We are closed.\n\nSorry.", "Note: we are closed.\n\nSorry.", "", "\n\n",
     "At 10:15 we saw: nothing works.\n\nSorry.", "# Title\n\ntitle: no header",
     "Dear all,\nstatus: unknown to us.\n\nSorry.", "- title: x\n"],
)  # fmt: skip
def test_words_without_a_header_are_words(text: str) -> None:
    """A colon in a sentence makes no header of it."""
    document = parse("a.md", text)

    assert document.fields == {}
    assert document.body == text.strip("\n")
    assert document.problems == ()


def test_a_rule_in_the_text_is_not_the_end_of_a_header_that_has_none() -> None:
    """A forgotten end line never swallows the words up to the next rule."""
    document = parse("a.md", "---\ntitle: Late\n\nFirst.\n\n---\n\nSecond.")

    assert document.fields["title"].value == "Late"
    assert document.body == "First.\n\n---\n\nSecond."


def test_a_heading_above_words_like_a_header_is_a_heading() -> None:
    """Only the end line of a header tells that what begins with # were comments."""
    text = "# What we know\nat: the shop\n\nSorry."

    assert parse("a.md", text).body == text


def test_an_unknown_key_is_named_with_the_nearest_one() -> None:
    """The complaint shows the line as it was meant."""
    document = parse("a.md", "---\ntitle: Late\nstatsu: resolved\n---\nThe words.")

    (problem,) = document.problems
    assert problem.place == "a.md:3"
    assert str(problem.what) == "statsu is no known key, and this line was left out"
    assert problem.mended == "status: resolved"
    assert document.body == BODY


def test_a_key_that_stands_twice_is_named() -> None:
    """The first one counts, and the second is complained of."""
    document = parse("a.md", "eta: one\neta: two\n\nThe words.")

    assert document.fields["eta"].value == "one"
    assert [problem.line for problem in document.problems] == [2]


def test_a_line_without_a_colon_is_named_and_not_shown() -> None:
    """Inside a header, what cannot be read is left out, never printed."""
    document = parse("a.md", "---\ntitle: Late\nstatus resolved\n---\nThe words.")

    (problem,) = document.problems
    assert problem.line == 3
    assert problem.mended == "status: resolved"
    assert document.body == BODY


@pytest.mark.parametrize(
    ("line", "mended"),
    [("eta 18:00", "eta: 18:00"), ("Next 2026-11-22 18:00", "next: 2026-11-22 18:00"),
     ("title Late: again", "title: Late: again"), ("eta", "eta: ")],
)  # fmt: skip
def test_a_key_without_its_colon_is_mended_with_all_that_stands_behind_it(
    line: str, mended: str
) -> None:
    """The first word is the key, whatever colon comes later."""
    document = parse("a.md", f"---\nstatus: identified\n{line}\n---\nThe words.")

    (problem,) = document.problems
    assert problem.mended == mended
    assert "not key: value" in str(problem.what)
    assert document.body == BODY


def test_a_time_without_its_colon_never_reaches_the_page() -> None:
    """Where no lines of dashes tell what is a header, the others do."""
    document = parse("a.md", "title: Late\neta 18:00\n\nThe words.")

    assert document.body == BODY
    assert [problem.mended for problem in document.problems] == ["eta: 18:00"]


def test_a_sentence_that_begins_with_a_time_is_a_sentence() -> None:
    text = "At 10:15 the shop closed: we are sorry."

    assert parse("a.md", text).body == text


@given(st.text(max_size=300))
def test_any_text_at_all_is_read(text: str) -> None:
    """Whatever a file holds, it is taken apart."""
    document = parse("a.md", clean(text))

    assert set(document.fields) <= set(KEYS)
    assert document.body_line >= 1


def test_a_thousand_lines_that_are_no_header_are_complained_of_in_few() -> None:
    """Nobody reads a thousand complaints about one file."""
    document = parse("a.md", "title: x\n" * 1000 + "\nwords")

    assert len(document.problems) == MOST_PROBLEMS + 1
    last = document.problems[-1]
    assert str(last.what) == "979 more lines of the header were left out"
    assert last.line == MOST_PROBLEMS + 2
