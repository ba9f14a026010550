"""A clock that goes only when somebody waits."""

from datetime import UTC, datetime, timedelta


class FakeClock:
    """See ``fallback.core.clock.Clock``."""

    def __init__(self, now: datetime | None = None) -> None:
        self._now = now or datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
        self._since = timedelta()
        self.slept: list[timedelta] = []

    def now(self) -> datetime:
        return self._now + self._since

    def monotonic(self) -> timedelta:
        return self._since

    def sleep(self, span: timedelta) -> None:
        self.slept.append(span)
        self._since += span
