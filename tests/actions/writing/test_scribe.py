"""Texts are read wherever that is best, and what comes out is always the same."""

import sys
import threading
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from fallback.actions.writing import scribe as room
from fallback.actions.writing.scribe import Scribe
from fallback.core.model import Language
from fallback.core.text import Text
from fallback.page.content.guard import Guard
from fallback.page.content.leaves import Leaf, Outcome, Reader
from fallback.wire import crew

EN = Language("en")
READER = Reader(
    ZoneInfo("Europe/Warsaw"),
    "+48600100200",
    Guard(("https://kwiaty.example",), "a@b.example", frozenset({"48600100200"}), ""),
)
LOG = [
    Leaf(f"content/updates/2026-11-22T{n:04}.en.md", body.encode(), EN, whole=True)
    for n, body in enumerate(
        (f"title: {n}\n\nText *{n}* [a](https://kwiaty.example/{n})\n"
         if n % 7 else f"status: resolvd\n\ncall 601 100 {n:03}")
        for n in range(900)
    )
]  # fmt: skip
HEAVY = Leaf(
    "content/updates/2026-11-23T1000.en.md", b"words *and* more\n" * 400, EN, True
)
OUTAGE = Leaf(
    "content/outage.en.md", b"eta: 2026-11-22 14:30\n\n" + b"line\n" * 1500, EN, False
)


def patient(helped: threading.Event) -> Reader:
    """Return a reader that begins when a helper has: it would be done before it."""

    class Patient(Reader):
        def outcome(self, leaf: Leaf) -> Outcome:
            helped.wait(20)
            helped.set()
            return super().outcome(leaf)

    return Patient(READER.zone, READER.phone, READER.guard)


@pytest.fixture
def plain() -> list[Outcome]:
    """What one process, that remembers nothing, makes of the log."""
    return READER(LOG)


def test_several_processes_read_the_same_as_one(plain: list[Outcome]) -> None:
    """However the log is divided among them."""
    helped = threading.Event()
    answered = []

    class Counted(crew.Worker):
        def ask(self, question: list[object], within: timedelta) -> object:
            answer = super().ask(question, within)
            if question[2]:
                answered.append(answer)
                helped.set()
            return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room.crew, "Worker", Counted)
        assert Scribe(patient(helped), cores=3)(LOG) == plain
    assert answered


def test_what_is_remembered_is_not_read_again(plain: list[Outcome]) -> None:
    kept: dict[bytes, bytes] = {}
    assert Scribe(READER, kept, cores=1)(LOG) == plain
    assert len(kept) == len(LOG)

    class Nobody(Reader):
        def outcome(self, leaf: Leaf) -> Outcome:
            raise AssertionError(leaf.path)

    nobody = Nobody(READER.zone, READER.phone, READER.guard)
    assert Scribe(nobody, kept, cores=2)(LOG) == plain


def test_a_person_sees_how_far_it_has_come() -> None:
    said: list[str] = []

    def say(event: str, text: Text) -> None:
        said.append(f"{event}: {text}")

    Scribe(READER, say=say, cores=1)(LOG)
    Scribe(READER, say=say, cores=1)(LOG[:20])

    assert said == ["reading: reading 900 texts: 0 are done"]


def test_a_helper_that_is_lost_leaves_its_share_to_the_others(
    plain: list[Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be killed for want of memory, at any moment."""
    lost = threading.Event()
    asked = []

    class Doomed(crew.Worker):
        def ask(self, question: list[object], within: timedelta) -> object:
            if question[2]:
                asked.append(question)
                self._process.kill()
                lost.set()
            return super().ask(question, within)

    monkeypatch.setattr(room.crew, "Worker", Doomed)

    assert Scribe(patient(lost), cores=2)(LOG) == plain
    assert asked


def test_where_no_process_can_be_started_everything_is_read_here(
    plain: list[Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")

    assert Scribe(READER, cores=8)([*LOG, HEAVY]) == [*plain, READER.outcome(HEAVY)]


def test_a_long_text_is_read_by_a_process_of_its_own() -> None:
    """And comes out as it would here."""
    assert Scribe(READER)([HEAVY, OUTAGE]) == READER([HEAVY, OUTAGE])


@pytest.mark.parametrize("who", ["slow_scribe", "patient_scribe"])
def test_a_text_that_takes_too_long_costs_only_itself(
    who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel ends it, or the clock on the wall; the next one is read."""
    asked = []

    class Slow(crew.Worker):
        """Never comes to an end with HEAVY."""

        def __init__(self, _module: str) -> None:
            super().__init__(f"tests.actions.{who}")

        def ask(self, question: list[object], within: timedelta) -> object:
            asked.append(question)
            return super().ask(question, within)

    if who == "patient_scribe":
        monkeypatch.setattr(room, "_PATIENCE", timedelta(seconds=4))
    monkeypatch.setattr(room.crew, "Worker", Slow)
    kept: dict[bytes, bytes] = {}
    other = Leaf(HEAVY.path.replace("10", "11"), HEAVY.body + b"end", EN, True)

    slow, fine = Scribe(READER, kept)([HEAVY, other])

    assert len(asked) == 4  # two workers, proved to work, and two texts
    assert slow.draft is None
    (problem,) = slow.left_out
    assert str(problem.what) == "this text takes too long to read, and was left out"
    assert fine == READER.outcome(other)
    assert len(kept) == 1  # another day it may be quicker


def test_of_an_outage_that_takes_too_long_the_head_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without an outage there would be no page."""
    worker = Scribe._worker

    def slow(self: Scribe) -> crew.Worker | None:
        made = worker(self)
        assert made
        made._process.kill()
        return made

    monkeypatch.setattr(Scribe, "_worker", slow)

    (outcome,) = Scribe(READER)([OUTAGE])

    assert outcome.draft
    assert outcome.draft.facts.said["eta"]
    assert 100 < outcome.draft.html.count("line") < 1500
    assert "takes too long" in str(outcome.left_out[-1].what)
