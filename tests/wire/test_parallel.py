"""A few threads at once, none of which outlives the process."""

import threading
from datetime import timedelta

import pytest

from fallback.wire.parallel import bounded, each


def test_answers_come_in_the_order_of_the_questions():
    assert each(lambda n: n * n, range(50), width=8) == [n * n for n in range(50)]


def test_nothing_to_do_is_done():
    assert each(str, [], width=8) == []


def test_they_really_work_at_the_same_time():
    met = threading.Barrier(4, timeout=20)
    each(lambda _: met.wait(), range(4), width=4)


def test_no_more_than_the_width_are_at_work():
    at_work, most, lock = set(), [], threading.Lock()

    def work(number):
        with lock:
            at_work.add(number)
            most.append(len(at_work))
        threading.Event().wait(0.005)
        with lock:
            at_work.discard(number)

    each(work, range(20), width=3)
    assert max(most) <= 3


def test_the_first_failure_is_raised_and_nothing_more_is_begun():
    begun = []

    def work(number):
        begun.append(number)
        raise ValueError(number)

    with pytest.raises(ValueError, match="0"):
        each(work, range(100), width=1)
    assert begun == [0]


def test_its_threads_never_keep_the_process_alive():
    daemons = each(lambda _: threading.current_thread().daemon, range(3), width=3)
    assert daemons == [True] * 3


def test_work_that_is_done_in_time_returns_or_raises():
    assert bounded(lambda: 7, timedelta(seconds=20)) == 7
    with pytest.raises(ZeroDivisionError):
        bounded(lambda: 1 // 0, timedelta(seconds=20))


def test_work_that_goes_on_for_ever_is_left_behind():
    forever = threading.Event()
    with pytest.raises(TimeoutError):
        bounded(forever.wait, timedelta(seconds=0.05))
    forever.set()
