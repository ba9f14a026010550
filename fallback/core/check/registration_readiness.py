"""A registration to findings: what becomes of the name itself, whoever serves it.

The law of this room: **what no registry says is no fault**. A country's registry that
tells no date and no registrar costs nothing; the owner is asked instead.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from attrs import frozen

from fallback.core.check.registration import Registration
from fallback.core.findings import Finding, Severity
from fallback.core.text import T, Text

SOON = timedelta(days=60)
"""A transfer, a lost password or a former agency take weeks to settle."""

_HELD = {
    "redemption period": T("it was deleted, and can still be bought back"
                           " (redemption period)"),
    "pending delete": T("it is about to be deleted (pending delete)"),
    "blocked": T("it has ended and is blocked; soon anybody may register it"),
    "server hold": T("its registry has taken it out of DNS (server hold)"),
    "client hold": T("its registrar has taken it out of DNS (client hold)"),
}  # fmt: skip
"""By the words of RFC 8056, and .pl's own word for an ended domain; the gravest first.

More than one holds at once: in redemption a domain is about to be deleted, too (RFC
3915 section 3.1), and often on hold.
"""
_CALL = T(
    "call the registrar now: the reason is mostly an unpaid bill or a mail that nobody"
    " confirmed"
)
_BUY_BACK = T("buy it back now, today, where it was registered")
_RENEW = T("log in where the domain is registered, and renew it for years")


@frozen
class Losses:
    """What is lost with a domain: while it is on hold, and once it ends."""

    held: Text
    ended: Text


SHOP = Losses(
    T("nobody finds the shop, its mail, or a page under its name"),
    T(
        "whether it is renewed by itself is not seen from outside, and shop, mail and"
        " page end with it"
    ),
)
SPARE = Losses(
    T("nobody finds the page at the spare address"),
    T(
        "whether it is renewed by itself is not seen from outside, and the spare"
        " address ends with it"
    ),
)


def registration_findings(
    registration: Registration, at: datetime, losses: Losses = SHOP
) -> Iterator[Finding]:
    """Yield what may become of the name by itself; the gravest of it alone."""
    held = [word for word in _HELD if word in registration.statuses]
    if held:
        yield Finding(
            "domain-on-hold",
            Severity.CRITICAL,
            registration.domain,
            _HELD[held[0]],
            losses.held,
            _BUY_BACK if held[0] == "redemption period" else _CALL,
        )
        return
    if registration.expires is not None and registration.expires - at < SOON:
        yield _ending(registration.domain, registration.expires, at, losses.ended)
    if registration.unlocked:
        yield Finding(
            "domain-unlocked",
            Severity.INFO,
            registration.domain,
            T("it is not locked against being moved to another registrar"),
            T("whoever gets hold of its transfer code takes the name away"),
            T("switch the transfer lock on where it is registered"),
        )


def _ending(domain: str, ends: datetime, at: datetime, why: Text) -> Finding:
    """Return that *domain* ends: many registrars renew by themselves, but late."""
    day = f"{ends:%F}"
    return Finding(
        "domain-expires",
        Severity.WARNING if ends > at else Severity.CRITICAL,
        domain,
        T("its registration ends on {day}", day=day)
        if ends > at
        else T("its registration ended on {day}", day=day),
        why,
        _RENEW,
    )
