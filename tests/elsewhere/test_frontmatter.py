"""Front matter is read as strings; what is not read is said, line by line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fallback.elsewhere.frontmatter import Page, read


def page(*lines: str, fence: str = "---") -> Page:
    return read("\n".join((fence, *lines, fence, "", "Body.")))


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("phone: 0612345670", "0612345670"),
        ("phone: +336123456", "+336123456"),
        ("at: 12:30", "12:30"),
        ("answer: no", "no"),
        ("title: Don't panic: it works # really", "Don't panic: it works"),
        ('title: "a \\"b\\" \\u0142"', 'a "b" ł'),
        ("title: 'it''s'", "it's"),
        ("title: a#b", "a#b"),
        ("affected: [API, \"Media, Proxy\", 'x']", "API, Media, Proxy, x"),
        ("affected: []", ""),
        ("Title:", ""),
    ],
)
def test_a_value_is_what_was_written(line: str, text: str) -> None:
    found = page(line)
    key = line.partition(":")[0].lower()
    assert (found.text(key), found.problems) == (text, ())
    assert found.line(key) == 2


def test_lists_and_long_texts_belong_to_their_key() -> None:
    found = page(
        "affected:",
        "  - API",
        '- "Media: Proxy"',
        "description: >",
        "  one",
        "  two",
        "title: a long",
        "  title",
    )
    assert found.text("affected") == "API, Media: Proxy"
    assert found.text("description") == "one two"
    assert found.text("title") == "a long title"


@pytest.mark.parametrize(
    "line",
    ["a: &x y", "a: *x", "a: !!python/object:os.system x", "a: {b: c}", "words", "? a"],
)
def test_what_only_yaml_understands_is_named_and_nothing_else_is_lost(
    line: str,
) -> None:
    found = page("title: t", line, "date: d")
    assert [problem.line for problem in found.problems] == [3]
    assert line in str(found.problems[0].what)
    assert (found.text("title"), found.text("date")) == ("t", "d")


def test_the_first_of_two_counts_and_the_other_is_named() -> None:
    found = page("title: a", "title: b")
    assert found.text("title") == "a"
    assert [problem.line for problem in found.problems] == [3]


def test_toml_is_read_as_strings_too() -> None:
    found = page(
        'Title = "t"',
        "date = 2026-11-22T08:40:00Z",
        "resolved = true",
        'affected = ["a", "b"]',
        fence="+++",
    )
    assert found.text("title") == "t"
    assert found.text("date") == "2026-11-22 08:40:00+00:00"
    assert found.says("resolved")
    assert found.text("affected") == "a, b"
    assert found.line("affected") == 5


@pytest.mark.parametrize("text", ["", "Words.", "---\ntitle: a\n", "--\na: b\n--\n"])
def test_without_both_fences_there_is_no_front_matter(text: str) -> None:
    assert not read(text).there


@given(st.text(), st.sampled_from(["---", "+++"]))
def test_no_front_matter_breaks_it(text: str, fence: str) -> None:
    found = read(f"{fence}\n{text}\n{fence}\nBody.")
    assert all(problem.line for problem in found.problems)


@given(
    st.text(
        st.characters(exclude_categories=["C"], exclude_characters='"\\\u2028\u2029'),
        max_size=60,
    )
)
def test_a_quoted_title_arrives_as_it_was(title: str) -> None:
    assert page(f'title: "{title}"').text("title") == title


def test_a_line_of_a_megabyte_costs_no_time() -> None:
    for line in ("a: [" + " " * 10**6, "a: [" + "," * 10**6 + "]", "a" * 10**6):
        page(line)
