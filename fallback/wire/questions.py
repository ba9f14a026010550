"""Many questions at once, and one deadline for all of them.

Whatever has not been answered then is left behind: the threads are daemons, so that one
server that never answers cannot hold a finished command.
"""

from collections.abc import Callable, Hashable, Mapping
from datetime import timedelta
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import Any, TypeVar

Name = TypeVar("Name", bound=Hashable)


def answered(
    questions: Mapping[Name, Callable[[], Any]], *, within: timedelta
) -> dict[Name, Any]:
    """Return the answers that came within *within*, by question.

    A question that has no entry was not answered in time. The first exception that a
    question raises is raised.
    """
    answers: SimpleQueue[tuple[Name, Any, BaseException | None]] = SimpleQueue()

    def ask(name: Name, question: Callable[[], Any]) -> None:
        try:
            answers.put((name, question(), None))
        except BaseException as error:  # noqa: BLE001 - raised again by the caller
            answers.put((name, None, error))

    for name, question in questions.items():
        Thread(target=ask, args=(name, question), daemon=True).start()
    end = monotonic() + within.total_seconds()
    found: dict[Name, Any] = {}
    while len(found) < len(questions):
        try:
            name, answer, error = answers.get(timeout=max(0.0, end - monotonic()))
        except Empty:
            break
        if error is not None:
            raise error
        found[name] = answer
    return found
