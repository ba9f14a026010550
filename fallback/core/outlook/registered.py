"""Where the name itself is registered: whether it ends, or dies with the shop."""

from collections.abc import Collection, Iterator

from fallback.core.check.basket import Role
from fallback.core.check.registration_readiness import registration_findings
from fallback.core.findings import Severity
from fallback.core.holders.companies import named
from fallback.core.outlook.facts import Stranger
from fallback.core.outlook.grades import Grade, Graded, graded
from fallback.core.text import T

_GRADES = {
    "domain-on-hold": {Severity.CRITICAL: Grade.F},
    "domain-expires": {Severity.CRITICAL: Grade.D, Severity.WARNING: Grade.B},
    "domain-unlocked": {Severity.INFO: Grade.A},
}


def registered(seen: Stranger, dead: Collection[Role]) -> Iterator[Graded]:
    """Yield what is to be said of the registration; *dead* dies with the shop.

    What no registry says costs no grade: most countries' say little.
    """
    if seen.registration is not None:
        for found in registration_findings(seen.registration, seen.at):
            yield Graded(_GRADES[found.id][found.severity], found)
    if Role.REGISTRAR in dead:
        yield graded(
            Grade.B,
            "registrar-same",
            seen.own,
            T("the domain is registered where the shop is: {company}",
              company=named(seen.registrars)),
            T("when that company closes, nobody can give the domain other name"
              " servers, or take it elsewhere"),
            T("transfer the domain to a registrar that is not the shop's hoster"),
        )  # fmt: skip


def login(seen: Stranger) -> Iterator[Graded]:
    """Yield that somebody has to have the login of the registrar."""
    yield graded(
        Grade.A,
        "registrar",
        seen.own,
        T("the domain is registered with {company}; who has the login there is not"
          " seen from outside", company=named(seen.registrars))
        if seen.registrars
        else T("who has the login of the registrar is not seen from outside"),
        T("without it the name servers cannot be changed on the day"),
        T("find the login, and let its recovery mail go to another domain"),
    )  # fmt: skip
