"""A template says whole sentences, and no brace ever reaches a customer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fallback.core.errors import ContentError
from fallback.core.model import Language
from fallback.page.content.ready import chosen, sayings, sentence, template

PL = Language("pl")


def filled(body: str, **answers: str) -> str:
    return template("t.pl.md", f"title: T\n\n{body}", PL).filled(answers)


def test_an_answer_takes_its_place_as_a_whole_sentence() -> None:
    body = "{what | Szukamy przyczyny.} Przepraszamy."

    assert filled(body, what="zepsuł się  dysk") == "Zepsuł się dysk. Przepraszamy."
    assert filled(body) == "Szukamy przyczyny. Przepraszamy."


@pytest.mark.parametrize(
    "body",
    [
        "{what|A.}",
        "{ What | A. }",
        "{{what | A.}}",
        "｛what｜A.｝",
        "{what: a question? | A.}",
        "{what |\nA.}",
    ],
)
def test_a_place_may_be_written_as_thumbs_write_it(body: str) -> None:
    assert filled(body) == "A."


def test_a_place_of_the_owners_own_asks_the_owners_question() -> None:
    places = template("t.pl.md", "x: 1\n\n{gift: Co dajemy? | Nic.}", PL).places

    assert [(one.name, str(one.question), one.instead) for one in places] == [
        ("gift", "Co dajemy?", "Nic.")
    ]


def test_a_paragraph_without_anything_to_say_vanishes() -> None:
    assert filled("A.\n\n{since}\n\n- {do}\n\nB. {eta} C.") == "A.\n\nB. C."


def test_chosen_sentences_stand_at_the_end_where_there_is_no_place() -> None:
    assert filled("A.", say="B.") == "A.\n\nB."
    assert filled("{say}\n\nA.", say="B.") == "B.\n\nA."


@pytest.mark.parametrize(
    ("text", "line", "what", "mended"),
    [
        ("title: T\n\nA.\n\n{waht | B.}", 5, "waht is no place", "{what | B.}"),
        ("title: T\n\n{gift}", 3, "gift is no place", ""),
        ("title: T\n\n{what | A.\n\nB.", 3, "a brace stands here", ""),
        ("title: T\n\nA. }", 3, "a brace stands here", ""),
        ("title: {what}\n\nA.", 1, "a brace stands here", ""),
        ("---\ntitel: T\n---\n\nA.", 2, "titel is no known key", "title: T"),
        ("status: identifed\n\nA.", 1, "is no status", "status: identified"),
    ],
)
def test_a_broken_template_is_refused_with_line_and_remedy(
    text: str, line: int, what: str, mended: str
) -> None:
    with pytest.raises(ContentError) as caught:
        template("content/templates/t.pl.md", text, PL)

    (problem,) = caught.value.problems
    assert problem.place == f"content/templates/t.pl.md:{line}"
    assert what in str(problem.what)
    assert problem.remedy
    assert problem.mended == mended


@pytest.mark.parametrize("text", ["", "title: T", "---\nnext: +1h\n---\n<!-- A. -->"])
def test_a_template_without_words_is_refused_by_its_name(text: str) -> None:
    with pytest.raises(ContentError) as caught:
        template("content/templates/t.pl.md", text, PL)

    (problem,) = caught.value.problems
    assert problem.place == "content/templates/t.pl.md"
    assert "there are no words" in str(problem.what)


def test_a_comment_is_for_the_owner_alone() -> None:
    assert filled("<!-- {what} i {to} -->\nA.") == "A."


@given(st.text(), st.text())
def test_no_brace_survives(body: str, answer: str) -> None:
    """Whatever a template and an answer hold: refused, or without a brace."""
    try:
        said = template("t.md", body, PL).filled({"what": answer, "say": answer})
    except ContentError:
        return
    assert "{" not in said
    assert "}" not in said


@given(st.text(alphabet="{}|: what\nsince-<!>#*"))
def test_no_brace_survives_among_braces(body: str) -> None:
    try:
        said = template("t.md", body, PL).filled({})
    except ContentError:
        return
    assert not {"{", "}"} & set(said)


@given(st.text())
def test_an_answer_is_one_line_that_ends(answer: str) -> None:
    said = sentence(answer)

    assert "\n" not in said
    assert not said or not said[-1].isalnum()


def test_choices_are_sentences_by_name() -> None:
    found = sayings("say.pl.md", "---\n# uwaga\n---\n\nrefunds: zwrócimy\n\n- b: Tak!")

    assert found == {"refunds": "Zwrócimy.", "b": "Tak!"}
    assert chosen(found, ["b", "refunds", "b"]) == "Tak! Zwrócimy."


@pytest.mark.parametrize("line", ["bez nazwy", "refunds:", "a: {what}"])
def test_a_choice_that_is_none_is_refused_with_its_line(line: str) -> None:
    with pytest.raises(ContentError) as caught:
        sayings("content/templates/say.pl.md", f"ok: Tak.\n{line}\n")

    assert caught.value.problems[0].line == 2
