"""How well a shop would fare: the best grade that each finding allows.

The rule of the grades is this room, from A to F; there are no sums. What a shop has is
what the worst of its findings allows:

    F  nobody finds the shop: no name server answers anybody, no address, its domain is
       on hold, or it is down now, seen twice from a machine that is online
    E  the name servers are in the shop's own network and die with it, or the address
       is lent by a company
    D  the company of the shop holds the name servers, mail would follow a moved name,
       or the registration has ended
    C  mail dies with the shop, a TTL over an hour, a broken or ending certificate, a
       name server that does not answer, all in one network, or a question unanswered;
       so are name servers that cannot be asked from here
    B  a TTL over five minutes, a service worker, no https, certificates forbidden to
       all, a company that is unknown, mail that may die with a hidden server, a domain
       that is registered at the shop's own company, or one that ends within 60 days
    A  nothing of this is seen; what only needs to be known costs no grade

A, B and C let the shop's name be moved on the day, D only while the company's panel
works. Every finding has a remedy.
"""

from enum import StrEnum

from attrs import frozen

from fallback.core.findings import Finding, Severity
from fallback.core.text import Text


class Grade(StrEnum):
    """How well a shop would fare, the best first."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"
    F = "F"

    @property
    def severity(self) -> Severity:
        """Return how grave a finding is that allows no better grade than this."""
        if self is Grade.A:
            return Severity.INFO
        return Severity.WARNING if self in (Grade.B, Grade.C) else Severity.CRITICAL


@frozen
class Graded:
    """A finding, and the best grade that it allows."""

    grade: Grade
    finding: Finding


def graded(grade: Grade, what: str, subject: str, *told: Text) -> Graded:
    """Return the finding called *what*: *told* is what was seen, why, the remedy."""
    seen, why, remedy = told
    return Graded(grade, Finding(what, grade.severity, subject, seen, why, remedy))
