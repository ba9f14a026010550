"""What the last drill proves, and for how long: a finding, and the word *prepared*.

A drill proves the way on a throw-away name: the page, the gates, the credential's way
into the zone, every name server, and the way back. It does not prove that the same
credential may change the shop's own names, nor what an operator does at the top of a
zone. After three months it proves less: people, tokens and zones change.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from attrs import frozen

from fallback.core.findings import Finding, Severity
from fallback.core.redirect.drill import TITLES, Kept, StepId
from fallback.core.text import Sayable, T, Text

GOOD_FOR = timedelta(days=90)
"""After this long a drill is old."""

_DRILL = T("rehearse it on a throw-away name: fallback drill")


@frozen
class Drilled:
    """The last drill of a site that can be redirected; ``kept`` is ``None``: never.

    ``unfinished``: one was begun on this machine and did not end. ``automatic``: names
    would be moved without a person.
    """

    kept: Kept | None = None
    unfinished: bool = False
    automatic: bool = False

    def proves(self, now: datetime) -> bool:
        """Say whether the last drill went the whole way, not too long ago."""
        kept = self.kept
        return kept is not None and kept.ok and now - kept.at <= GOOD_FOR


def drill_findings(
    drilled: Drilled | None, domain: str, now: datetime
) -> Iterator[Finding]:
    """Yield what is not proven at *domain*; nothing where nothing can be drilled."""
    if drilled is None:
        return
    if drilled.unfinished:
        yield Finding(
            "drill-unfinished",
            Severity.WARNING,
            domain,
            T("a drill did not end: its records may still be in the zone"),
            T("a throw-away name leads to the page; no name of the shop is concerned"),
            T("take it back, and drill again: fallback drill"),
        )
    yield from _last(drilled, domain, now)


def _last(drilled: Drilled, domain: str, now: datetime) -> Iterator[Finding]:
    """Yield what the last drill proves, or that there was none."""
    kept = drilled.kept
    if kept is None:
        yield Finding(
            "drill-never",
            Severity.WARNING if drilled.automatic else Severity.INFO,
            domain,
            T("the redirect was never rehearsed"),
            T("what fails for the first time fails on the day"),
            _DRILL,
        )
    elif not kept.ok:
        yield Finding(
            "drill-failed",
            Severity.WARNING,
            domain,
            T("the last drill, on {day}, did not go the whole way: {steps}",
              day=_day(kept), steps=_steps(kept)),
            T("the same would fail on the day"),
            T("see its report in the state folder, mend it, then: fallback drill"),
        )  # fmt: skip
    elif now - kept.at > GOOD_FOR:
        yield Finding(
            "drill-old",
            Severity.WARNING,
            domain,
            T("the last drill is {n} days old", n=(now - kept.at).days),
            T("people, tokens and zones have changed since"),
            _DRILL,
        )
    elif (age := (now - kept.at).days) > 0:
        yield Finding(
            "drill-age",
            Severity.INFO,
            domain,
            T("the last drill went the whole way; days since then: {n}", n=age),
            T("it is good for {n} days: people, tokens and zones change",
              n=GOOD_FOR.days),
            T("drill again when anything changed: fallback drill"),
        )  # fmt: skip


def proof(drilled: Drilled, now: datetime) -> Text:
    """Return what is proven of a redirect, and what is not; how old it is."""
    kept = drilled.kept
    if drilled.unfinished:
        return T("a drill did not end: its records may still be in the zone (fallback"
                 " drill takes them back)")  # fmt: skip
    if kept is None:
        return T("never rehearsed, so nothing proves it (fallback drill)")
    if not kept.ok:
        return T("not proven: the drill on {day} did not go the whole way: {steps}",
                 day=_day(kept), steps=_steps(kept))  # fmt: skip
    if now - kept.at > GOOD_FOR:
        return T("last rehearsed on {day}, too long ago to rely on (fallback drill)",
                 day=_day(kept))  # fmt: skip
    return T("rehearsed there and back on {day}, on a throw-away name (days ago: {n})",
             day=_day(kept), n=(now - kept.at).days)  # fmt: skip


def _day(kept: Kept) -> str:
    return f"{kept.at:%Y-%m-%d}"


def _steps(kept: Kept) -> Sayable:
    """Return the first step that failed or was not tried, in words."""
    for name in (*kept.failed, *kept.untried):
        if name in list(StepId):
            return TITLES[StepId(name)]
    return T("the zone was not seen to be as before")
