"""Many questions at once share one deadline."""

from datetime import timedelta
from threading import Event, Thread
from threading import enumerate as running

import pytest

from fallback.wire.questions import answered

SOON = timedelta(seconds=5)


def test_every_answer_that_came_is_there() -> None:
    assert answered({"a": lambda: 1, "b": lambda: None}, within=SOON) == {
        "a": 1,
        "b": None,
    }


def test_questions_are_asked_at_once() -> None:
    met = Event()
    found = answered({"waits": lambda: met.wait(5), "meets": met.set}, within=SOON)
    assert found["waits"] is True


def test_what_does_not_answer_is_left_behind_and_holds_nobody() -> None:
    never = Event()
    found = answered(
        {"silent": never.wait, "quick": lambda: 1}, within=timedelta(milliseconds=50)
    )
    assert found == {"quick": 1}
    left: list[Thread] = [t for t in running() if t.is_alive() and t.daemon]
    assert left
    never.set()


def test_a_question_that_breaks_is_heard() -> None:
    def broken() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        answered({"broken": broken}, within=SOON)
