"""Whether anybody has seen that the provider takes a change, and how long ago.

Reading proves no right to write. Only a write does: that of ``check --write``, which
makes our marker and takes it away, or that of a move.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from attrs import frozen

from fallback.core.findings import Finding, Severity
from fallback.core.records import absolute
from fallback.core.text import Sayable, T

COUNTS = timedelta(days=90)
"""Tokens that are made for a quarter end by then."""

_PROVEN, _BEGUN = "wrote:", "writing:"


def proven_word(zone: str) -> str:
    """Return under which word it is remembered that *zone* took a change."""
    return f"{_PROVEN}{absolute(zone)}"


def begun_word(zone: str, epoch: int) -> str:
    """Return under which word the proof number *epoch* is remembered while it lasts."""
    return f"{_BEGUN}{absolute(zone)}:{epoch}"


def was_begun(zone: str, epoch: int, dates: Mapping[str, datetime]) -> bool:
    """Say whether the marker number *epoch* is one of a proof that was cut off."""
    return begun_word(zone, epoch) in dates


@frozen
class Tried:
    """How a try of today to write ended: ``id`` is empty when the zone took it."""

    zone: str
    id: str = ""
    what: Sayable = ""
    remedy: Sayable = ""


def tried_findings(tried: Tried) -> Iterator[Finding]:
    """Yield what hindered the try; only a write that was sent can have failed."""
    if tried.id:
        failed = tried.id == "write-failed"
        untried = tried.id == "write-untried"
        yield Finding(
            tried.id,
            Severity.CRITICAL
            if failed
            else Severity.INFO
            if untried
            else Severity.WARNING,
            tried.zone,
            T("{what}", what=tried.what),
            T("on the day these names could not be redirected")
            if failed
            else T("whether the zone takes a change is not known"),
            T("{remedy}", remedy=tried.remedy),
        )


def proven_findings(
    zone: str, last: datetime | None, at: datetime
) -> Iterator[Finding]:
    """Yield that nobody has lately seen *zone* take a change; *last* is when it did."""
    if last is not None and at - last < COUNTS:
        return
    yield Finding(
        "write-unproven",
        Severity.WARNING,
        zone,
        T("nobody has seen yet that this credential may change the zone")
        if last is None
        else T("the zone last took a change of ours on {day}", day=f"{last:%F}"),
        T("reading proves nothing; rights are taken away and tokens end"),
        T(
            "prove it, and see what else it may change, without moving a name:"
            " fallback check --write"
        ),
    )
