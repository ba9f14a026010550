"""What is left of a deadline, wherever it is asked for."""

from datetime import timedelta

from fallback.wire.deadline import left, within
from fallback.wire.parallel import each

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


def test_without_a_deadline_there_is_as_much_as_one_wants():
    assert left(HOUR) == HOUR


def test_nobody_gets_more_than_the_caller_has():
    with within(SECOND):
        assert left(HOUR) <= SECOND
        with within(HOUR):
            assert left(HOUR) <= SECOND
        assert left(timedelta()) == timedelta()
    assert left(HOUR) == HOUR


def test_a_deadline_that_is_over_leaves_nothing():
    with within(-SECOND):
        assert left(HOUR) == timedelta()


def test_a_deadline_holds_in_every_thread_that_works_for_the_caller():
    with within(SECOND):
        assert max(each(lambda _: left(HOUR), range(8), width=4)) <= SECOND
