"""A finding of ``check``: one thing to know before the day, with its remedy.

Ids are stable: scripts match on them. Where a gate of ``fallback.core.redirect.gates``
would refuse a redirect, the finding carries the gate's own code as its id.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from attrs import frozen

from fallback.core.text import T, Text

NOT_READY = 4
"""The exit code of a ``check`` that found something grave."""


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

    def as_json(self) -> Mapping[str, Any]:
        """Return the finding as every ``check --json`` spells it."""
        return {
            "id": str(self.id),
            "severity": self.severity.value,
            "subject": self.about,
            "seen": str(self.seen),
            "why": str(self.why),
            "remedy": str(self.remedy),
        }


def exit_code(findings: Iterable[Finding], *, strict: bool) -> int:
    """Return 4 with a critical finding, or with a warning when *strict*; else 0."""
    grave = {Severity.CRITICAL, *([Severity.WARNING] if strict else [])}
    return NOT_READY if any(f.severity in grave for f in findings) else 0


HEADINGS = {
    Severity.CRITICAL: T("critical: on the day it would not work"),
    Severity.WARNING: T("warning: it would work worse than it could"),
    Severity.INFO: T("good to know"),
}
"""What stands above the findings of each severity, wherever people read them."""
