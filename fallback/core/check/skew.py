"""The machine's clock beside those of the servers that it asked.

Dates in words, signatures of requests and tokens all depend on it: S3 refuses a clock
that is 15 minutes wrong, a name server with TSIG one that is 5 (RFC 8945 section 10).
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from attrs import frozen

from fallback.core.findings import Finding, Severity
from fallback.core.text import T

WRONG = timedelta(minutes=2)
FAR_WRONG = timedelta(minutes=10)


@frozen
class Tick:
    """What a server's clock said (to the second), and ours when the answer came."""

    server: str
    theirs: datetime
    ours: datetime

    @property
    def ahead(self) -> timedelta:
        """Return by how much ours is ahead; negative when it is behind."""
        return self.ours - self.theirs


def clock_findings(ticks: Sequence[Tick]) -> Iterator[Finding]:
    """Yield that the clock is wrong, when no server agrees with it.

    A cache may answer with an old date, and one server may be wrong itself: so the one
    that is nearest to ours counts.
    """
    if not ticks:
        return
    nearest = min(ticks, key=lambda tick: abs(tick.ahead))
    off = nearest.ahead
    if abs(off) <= WRONG:
        return
    minutes = round(abs(off) / timedelta(minutes=1))
    yield Finding(
        "clock",
        Severity.CRITICAL if abs(off) > FAR_WRONG else Severity.WARNING,
        nearest.server,
        T("this machine's clock is {minutes} minutes ahead of its", minutes=minutes)
        if off > timedelta(0)
        else T("this machine's clock is {minutes} minutes behind its", minutes=minutes),
        T("times in your words are wrong, and hosts and name servers refuse requests"
          " that seem old"),
        T("let this machine set its clock by the network (NTP)"),
    )  # fmt: skip
