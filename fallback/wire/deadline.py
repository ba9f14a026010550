"""The moment by which the caller's work must be done, for whatever works below it.

A host has one deadline, and reaches the network through several rooms that know nothing
of it. Whoever waits there, for a server or before another try, waits no longer than
what is left.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta

_ENDS: ContextVar[float | None] = ContextVar("ends", default=None)


@contextmanager
def within(span: timedelta) -> Iterator[None]:
    """Give what is done in this block *span*, or less if less was left already."""
    ends = time.monotonic() + span.total_seconds()
    known = _ENDS.get()
    token = _ENDS.set(ends if known is None else min(known, ends))
    try:
        yield
    finally:
        _ENDS.reset(token)


def left(at_most: timedelta) -> timedelta:
    """Return how long something may take now: *at_most*, and never less than zero."""
    ends = _ENDS.get()
    if ends is None:
        return at_most
    return max(timedelta(), min(at_most, timedelta(seconds=ends - time.monotonic())))
