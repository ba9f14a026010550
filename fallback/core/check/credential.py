"""What the DNS credential can do beyond moving names, and until when it works.

Only what was seen is said: many operators do not tell what a credential may do.
"""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Protocol

from attrs import frozen

from fallback.core.findings import Finding, Severity
from fallback.core.text import T, Text

SOON = timedelta(days=30)


@frozen
class Powers:
    """What was seen of a credential.

    ``beyond`` are ends of the sentence "whoever steals it can …" that the narrowest
    credential would not have; ``ends`` is when it stops working, if it does.
    """

    beyond: tuple[Text, ...] = ()
    ends: datetime | None = None


class Examined(Protocol):
    """A provider that can be asked what its credential may do, by reading alone."""

    def powers(self, zone: str, names: Collection[str]) -> Powers:
        """Return what can be told; raises what ``DnsProvider.read`` raises."""
        ...


class Tempted(Protocol):
    """A provider that shows what its credential may do by which writes it refuses.

    Each is made so that it can change nothing, but it is a write, and belongs only
    where a person has asked for one.
    """

    def tempt(self, zone: str, names: Collection[str]) -> Powers:
        """Return what was seen; raises what ``DnsProvider.read`` raises."""
        ...


MAIL = T("lead the mail of {zone} elsewhere (MX)")
TEXTS = T("change texts of {zone} such as SPF (TXT)")
OTHERS = T("change names of {zone} that no redirect moves")


def credential_findings(
    zone: str, powers: Powers | None, at: datetime
) -> Iterator[Finding]:
    """Yield what is too much, and what ends; nothing where nobody told."""
    if powers is None:
        return
    for each in powers.beyond:
        yield Finding(
            "credential-powerful",
            Severity.WARNING,
            zone,
            T("whoever steals the credential can {end}", end=each),
            T("it lies on machines that are left alone for months"),
            T("make a narrower one; what it needs: fallback check --policy"),
        )
    if powers.ends is not None and powers.ends - at < SOON:
        ended = powers.ends <= at
        yield Finding(
            "token-ends",
            Severity.CRITICAL if ended else Severity.WARNING,
            zone,
            T("the credential ended on {day}", day=f"{powers.ends:%F}")
            if ended
            else T("the credential ends on {day}", day=f"{powers.ends:%F}"),
            T("after that day these names cannot be redirected, nor put back"),
            T("make a new one now, and put it where the old one is"),
        )
