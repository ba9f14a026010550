"""Workers answer, and whatever happens to one costs the question it was asked."""

import sys
from datetime import timedelta

import pytest

from fallback.wire import crew

HERE = "tests.wire.worker"
SOON, LATER = timedelta(seconds=0.3), timedelta(seconds=60)


def test_a_worker_answers_one_question_after_another() -> None:
    worker = crew.Worker(HERE)
    try:
        assert worker.ask({"say": "zażółć \u2028 \U0001f525"}, LATER) == (
            "zażółć \u2028 \U0001f525"
        )
        assert worker.ask({"say": "x" * 3_000_000}, LATER) == "x" * 3_000_000
    finally:
        worker.end()


def test_a_stray_print_stands_in_no_answer() -> None:
    worker = crew.Worker(HERE)
    try:
        assert worker.ask({"print": "noise", "say": "answer"}, LATER) == "answer"
    finally:
        worker.end()


@pytest.mark.parametrize("fate", ["raise", "exit", "abort"])
def test_a_worker_that_breaks_is_lost_with_its_question(fate: str) -> None:
    worker = crew.Worker(HERE)

    with pytest.raises(crew.Lost):
        worker.ask({fate: True}, LATER)
    with pytest.raises(crew.Lost):
        worker.ask({"say": "again"}, LATER)


def test_a_worker_that_takes_too_long_is_ended() -> None:
    worker = crew.Worker(HERE)
    assert worker.ask({"say": "ready"}, LATER) == "ready"

    with pytest.raises(crew.Lost):
        worker.ask({"sleep": 600}, SOON)

    assert worker._process.returncode is not None


def test_a_worker_holds_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """What reads a stranger's text has no environment to give away."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3cret")
    worker = crew.Worker(HERE)
    try:
        assert "AWS_SECRET_ACCESS_KEY" not in worker.ask({"environment": True}, LATER)
    finally:
        worker.end()


def test_the_current_folder_adds_no_code(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that a site holds is never a module of ours."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "json.py").write_text("raise SystemExit('taken over')")
    monkeypatch.chdir(folder)
    worker = crew.Worker(HERE)
    try:
        assert worker.ask({"say": "ours"}, LATER) == "ours"
    finally:
        worker.end()


@pytest.mark.parametrize("program", ["", "/nowhere/python", "/dev/null"])
def test_where_no_process_can_be_started_it_is_lost_at_once(
    program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", program)

    with pytest.raises(crew.Lost):
        crew.Worker(HERE)


def test_a_module_that_is_not_there_is_lost_when_asked() -> None:
    worker = crew.Worker("tests.wire.nobody")

    with pytest.raises(crew.Lost):
        worker.ask({"say": "x"}, LATER)
