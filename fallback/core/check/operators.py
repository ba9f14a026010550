"""Who runs a zone's name servers, also where their names are the shop's own.

Such names (white-label, or vanity name servers) tell of nobody. What their operator
writes into the SOA record often does: the first server and the mailbox of whoever is
responsible (MNAME and RNAME, RFC 1035 section 3.3.13). It counts only for companies
that the list knows, because anybody may stand there; and the mailbox only where it is a
company's own, because customers have theirs below its domain.
"""

from collections.abc import Iterable, Sequence

from fallback.core.check.zone_facts import NameServer
from fallback.core.findings import Finding, Severity
from fallback.core.holders.companies import Company, dns_companies, responsible
from fallback.core.redirect.switch import within
from fallback.core.text import T


def operators(
    own: str, names: Iterable[str], servers: Sequence[NameServer] = ()
) -> tuple[Company, ...]:
    """Return who runs the name servers called *names*, most of them first.

    *own* is the domain that the shop registered, *servers* is what they say themselves.
    Nobody: it cannot be told.
    """
    foreign = [name for name in names if not within(name, own)]
    if foreign:
        return dns_companies(foreign)
    said = [server.soa.names for server in servers if server.soa]
    first = [names[0] for names in said if names and not within(names[0], own)]
    boxes = (responsible(name) for names in said for name in names[1:])
    told = (*dns_companies(first), *(company for company in boxes if company))
    return tuple({company.id: company for company in told if company.known}.values())


def operator_unknown(subject: str) -> Finding:
    """Return the finding that nobody can tell who runs the name servers."""
    return Finding(
        "dns-unknown",
        Severity.WARNING,
        subject,
        T("who runs the name servers cannot be told: their names are the shop's"),
        T("they may be at the shop's own company, and die with it"),
        T(
            "ask whoever set the domain up which company runs the name servers, and"
            " whether the shop is there, too"
        ),
    )
