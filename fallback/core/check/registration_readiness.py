"""A registration to findings: what becomes of the name itself, whoever serves it.

The law of this room: **what no registry says is no fault**. A country's registry that
tells no date and no registrar costs nothing; the owner is asked instead.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from fallback.core.check.registration import Registration
from fallback.core.findings import Finding, Severity
from fallback.core.text import T, Text

SOON = timedelta(days=60)
"""A transfer, a lost password or a former agency take weeks to settle."""
AT_ONCE = timedelta(days=14)

_HELD = {
    "client hold": T("its registrar has taken it out of DNS (client hold)"),
    "server hold": T("its registry has taken it out of DNS (server hold)"),
    "pending delete": T("it is about to be deleted (pending delete)"),
    "redemption period": T("it was deleted, and can still be bought back"
                           " (redemption period)"),
    "blocked": T("it has ended and is blocked; soon anybody may register it"),
}  # fmt: skip
"""By the words of RFC 8056, and .pl's own word for an ended domain."""
_REMEDY = T("log in where the domain is registered, and renew it for years")


def registration_findings(
    registration: Registration, at: datetime
) -> Iterator[Finding]:
    """Yield what may become of the name by itself; the gravest of it alone."""
    held = [said for word, said in _HELD.items() if word in registration.statuses]
    if held:
        yield Finding(
            "domain-on-hold",
            Severity.CRITICAL,
            registration.domain,
            held[0],
            T("nobody finds the shop, its mail, or a page under its name"),
            T("call the registrar now: the reason is mostly an unpaid bill or a mail"
              " that nobody confirmed"),
        )  # fmt: skip
        return
    if registration.expires is not None and registration.expires - at < SOON:
        yield _ending(registration, registration.expires, at)
    if registration.unlocked:
        yield Finding(
            "domain-unlocked",
            Severity.INFO,
            registration.domain,
            T("it is not locked against being moved to another registrar"),
            T("whoever gets hold of its transfer code takes the name away"),
            T("switch the transfer lock on where it is registered"),
        )


def _ending(registration: Registration, ends: datetime, at: datetime) -> Finding:
    day = f"{ends:%F}"
    return Finding(
        "domain-expires",
        Severity.CRITICAL if ends - at < AT_ONCE else Severity.WARNING,
        registration.domain,
        T("its registration ends on {day}", day=day)
        if ends > at
        else T("its registration ended on {day}", day=day),
        _UNKNOWN,
        _REMEDY,
    )


_UNKNOWN: Text = T(
    "whether it is renewed by itself is not seen from outside, and shop, mail and page"
    " end with it"
)
