"""A few daemon threads at once: nothing that hangs keeps the process from ending.

``concurrent.futures`` joins its threads when the interpreter exits, so one silent
server would hold a finished command for minutes.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from datetime import timedelta
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Any, TypeVar, cast

Item = TypeVar("Item")
Made = TypeVar("Made")

_NAP = 0.5  # seconds
_counting: ContextVar[Callable[[], None] | None] = ContextVar("counting", default=None)


@contextmanager
def counted(one: Callable[[], None]) -> Iterator[None]:
    """Call *one* after each item that ``each`` has worked off inside this block.

    Only for calls from this very thread; *one* is called from several.
    """
    before = _counting.set(one)
    try:
        yield
    finally:
        _counting.reset(before)


def each(
    work: Callable[[Item], Made], items: Iterable[Item], *, width: int
) -> list[Made]:
    """Return ``work(item)`` for each of *items*, in order, *width* at a time.

    After a failure nothing more is begun, what is under way is awaited, and the first
    failure is raised.
    """
    waiting: SimpleQueue[tuple[int, Item]] = SimpleQueue()
    for numbered in enumerate(items):
        waiting.put(numbered)
    made: dict[int, Made] = {}
    failures: list[BaseException] = []
    stop = Event()
    count = _counting.get()

    def work_off() -> None:
        _counting.set(None)  # what an item has done by others is no item
        while not stop.is_set():
            try:
                number, item = waiting.get_nowait()
            except Empty:
                return
            try:
                made[number] = work(item)
                if count is not None:
                    count()
            except BaseException as error:  # noqa: BLE001 - raised again by the caller
                failures.append(error)
                stop.set()

    threads = [  # each knows what its caller knows, such as the time that is left
        Thread(target=copy_context().run, args=(work_off,), daemon=True)
        for _ in range(min(width, waiting.qsize()))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        _await(thread)
    if failures:
        raise failures[0]
    return [made[number] for number in sorted(made)]


def bounded(work: Callable[[], Made], span: timedelta) -> Made:
    """Return ``work()``. Raises ``TimeoutError`` when it takes longer than *span*.

    For a client whose own limits count from byte to byte, so that a drip goes on for
    ever. The thread is left behind, and its outcome with it.
    """
    told: SimpleQueue[tuple[bool, Any]] = SimpleQueue()

    def work_off() -> None:
        try:
            told.put((True, work()))
        except BaseException as error:  # noqa: BLE001 - raised again by the caller
            told.put((False, error))

    Thread(target=copy_context().run, args=(work_off,), daemon=True).start()
    try:
        done, outcome = told.get(timeout=span.total_seconds())
    except Empty:
        raise TimeoutError(f"no answer in {span.total_seconds():g} s") from None
    if not done:
        raise outcome
    return cast("Made", outcome)


def _await(thread: Thread) -> None:
    """Wait for *thread* in naps: a Ctrl-C just before a wait is heard only after it."""
    while thread.is_alive():
        thread.join(_NAP)
