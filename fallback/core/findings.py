"""A finding of ``check``: one thing to know before the day, with its remedy.

Ids are stable: scripts match on them. Where a gate of ``fallback.core.redirect.gates``
would refuse a redirect, the finding carries the gate's own code as its id.
"""

from enum import StrEnum

from attrs import frozen

from fallback.core.text import Text


class Severity(StrEnum):
    """What a finding means for the day of the outage."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


@frozen
class Finding:
    """What was seen at *subject*, why it matters, and what to do about it."""

    id: str
    severity: Severity
    subject: str
    seen: Text
    why: Text
    remedy: Text

    @property
    def about(self) -> str:
        """Return the subject as people write it: a name without its final dot."""
        return self.subject.rstrip(".")
