"""The machine's own clocks."""

import time
from datetime import UTC, datetime, timedelta


class SystemClock:
    """See ``fallback.core.clock.Clock``."""

    def now(self) -> datetime:
        """See ``fallback.core.clock.Clock``."""
        return datetime.now(UTC)

    def monotonic(self) -> timedelta:
        """See ``fallback.core.clock.Clock``."""
        # CLOCK_MONOTONIC stands still while a Linux machine is suspended
        if hasattr(time, "CLOCK_BOOTTIME"):
            return timedelta(seconds=time.clock_gettime(time.CLOCK_BOOTTIME))
        return timedelta(seconds=time.monotonic())

    def sleep(self, span: timedelta) -> None:
        """See ``fallback.core.clock.Clock``."""
        time.sleep(max(0.0, span.total_seconds()))
