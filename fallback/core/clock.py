"""The clock as a port: decisions take moments as arguments, actions take this."""

from datetime import datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time and waits."""

    def now(self) -> datetime:
        """Return the wall clock's moment, in UTC; it may jump."""
        ...

    def monotonic(self) -> timedelta:
        """Return the time since some fixed moment; never jumps, counts suspends."""
        ...

    def sleep(self, span: timedelta) -> None:
        """Wait for *span*."""
        ...
