"""Which company holds what, told by the names that its servers carry.

The law of this room: **a name says who runs a server, and nothing more**. A company is
recognised by a domain of its own (``ns1.home.pl``), never by a guess; whoever is not in
``fallback.core.holders.company_list`` is called by the domain that the server's name is
in. What stands in front of a shop (a proxy, a CDN) hides who stands behind it, and says
so.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import lru_cache

from fallback.core.holders.company import Apex, Company, Desk
from fallback.core.holders.company_list import COMPANIES
from fallback.core.text import T, Text

_REGIONAL = {
    "pl": "com net org edu gov info biz shop sklep waw wroclaw szczecin bialystok "
    "katowice lodz lublin olsztyn opole poznan rzeszow slask turystyka",
    "ro": "com org nom info store shop www firm",
    "es": "com nom org gob edu",
}
"""Second levels under which anybody registers names, beside the ones of every country.

From the public suffix list's sections on these countries; no more of it is needed to
say who runs a server, and a missing one costs a longer name.
"""
_DOMAIN = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}")
_UNESCAPED_DOT = re.compile(r"(?<!\\)\.")
_EVERYWHERE = "com co net org edu gov ac mil nom ltd plc me or ne"


def registrable(name: str) -> str:
    """Return the domain that somebody registered for *name*, without a final dot.

    ``ns1.kwiaty.com.pl`` is in ``kwiaty.com.pl``. A name that is no longer than that
    is returned as it is.
    """
    labels = name.lower().strip(".").split(".")
    last, second = labels[-1], labels[-2] if len(labels) > 1 else ""
    shared = second in _REGIONAL.get(last, "").split() or (
        len(last) == 2 and second in _EVERYWHERE.split()
    )
    return ".".join(labels[-3 if shared else -2 :])


def dns_companies(servers: Iterable[str]) -> tuple[Company, ...]:
    """Return who runs the name servers called *servers*, most of them first."""
    return _by_names(servers, "dns")


def responsible(mailbox: str) -> Company | None:
    """Return the company whose own *mailbox* a SOA record names (RNAME), if one's.

    It is written as a name (RFC 1035 section 8): ``tech.ovh.net`` is OVHcloud's own,
    ``root.vps.ovh.net`` is one of its customers'.
    """
    spelled = mailbox.lower().rstrip(".")
    domain = _UNESCAPED_DOT.split(spelled, maxsplit=1)[-1]
    for company in COMPANIES:
        if spelled in company.mailboxes or domain in (*company.domains, *company.dns):
            return company
    return None


def mail_companies(hosts: Iterable[str]) -> tuple[Company, ...]:
    """Return who takes the mail, by the names of its MX *hosts*, most of them first."""
    return _by_names(hosts, "mail")


def web_companies(
    aliases: Iterable[str] = (),
    headers: Mapping[str, str] | None = None,
    pointers: Iterable[str] = (),
) -> tuple[Company, ...]:
    """Return who serves the web, the one that visitors meet first.

    *aliases* are the names that CNAME records lead to, *headers* those of an answer,
    *pointers* the names that PTR records give its addresses, believed only when nothing
    better is there: they are whatever the owner of the address says. After a company
    with ``front`` there may be another that nobody can see.
    """
    found = {c.id: c for name in aliases for c in _named(name, "web")}
    said = {name.lower(): value.lower() for name, value in (headers or {}).items()}
    for company in COMPANIES:
        if any(name in said and word in said[name] for name, word in company.headers):
            found.setdefault(company.id, company)
    if not found:
        for name in pointers:
            found |= {c.id: c for c in _named(name, "web")}
    return tuple(sorted(found.values(), key=lambda company: not company.front))


def registrar_company(name: str, domains: Iterable[str] = ()) -> Company:
    """Return who registers domains under *name*, and has *domains* of its own.

    *name* is what a registry says of the registrar (RFC 9083 section 5.1, the ``fn`` of
    the entity), such as ``OVH SAS``: the form of the firm behind its own name changes,
    and differs from registry to registry. Who is not known by it may be by the domain
    that stands in it, or by one of its own.
    """
    own = [*domains, *_DOMAIN.findall(name.lower())]
    found = _registering(name) or next(
        (c for d in own if (c := _listed(d.lower().rstrip("."), "domains"))), None
    )
    word = registrable(own[0]) if own else name.casefold()
    return found or Company(word, name, known=False)


def _registering(name: str) -> Company | None:
    """Return who is called *name*, or something that begins with that and a gap."""
    said = " ".join(name.casefold().split())
    for company in COMPANIES:
        for mark in company.registrar:
            begin, rest = said[: len(mark)], said[len(mark) :]
            if begin == mark and not rest[:1].isalnum():
                return company
    return None


def landlord(domain: str) -> Company | None:
    """Return the company whose own domain *domain* is in, if it is a known one's."""
    if registrable(domain) == domain:
        return None
    return next((c for c in dns_companies([domain]) if c.known), None)


def stranger(name: str) -> Company:
    """Return the company of a server called *name* that the list does not know."""
    domain = registrable(name)
    return Company(domain, domain, known=False)


def change_at(company: Company, domain: str = "…") -> Text:
    """Return where the records of *domain*, and their TTL, are changed at *company*."""
    if company.desk.panel:
        return T(
            "at {company}: {panel}",
            company=company.name,
            panel=company.desk.panel.replace("{domain}", domain),
        )
    return T(
        "at {company}, where the domain's records are shown (often called DNS zone)",
        company=company.name,
    )


def _by_names(names: Iterable[str], kind: str) -> tuple[Company, ...]:
    counted: dict[str, tuple[int, Company]] = {}
    for name in dict.fromkeys(name.lower().rstrip(".") for name in names):
        for company in _named(name, kind):
            times, first = counted.get(company.id, (0, company))
            counted[company.id] = (times + 1, first)
    ordered = sorted(counted.values(), key=lambda pair: -pair[0])
    return tuple(company for _, company in ordered)


def _named(name: str, kind: str) -> Iterator[Company]:
    """Yield the one company that a server called *name* belongs to, if any."""
    spelled = name.lower().rstrip(".")
    if spelled:
        yield _listed(spelled, kind) or stranger(spelled)


@lru_cache(maxsize=4096)
def _listed(name: str, kind: str) -> Company | None:
    """Return the first company whose marks fit; the same few names come many times."""
    for company in COMPANIES:
        marks = (*company.domains, *getattr(company, kind))
        if any(_is_under(name, mark) for mark in marks):
            return company
    return None


def _is_under(name: str, mark: str) -> bool:
    """Return whether *name* is *mark* or below it; a star never reaches over a dot."""
    if "*" not in mark:
        return name == mark or name.endswith(f".{mark}")
    labels, marks = name.split("."), mark.split(".")
    return len(labels) >= len(marks) and all(
        map(fnmatchcase, labels[-len(marks) :], marks)
    )


def named(companies: Iterable[Company]) -> str:
    """Return the names of *companies* in one line, each once."""
    return ", ".join(dict.fromkeys(company.name for company in companies))


def same(one: Iterable[Company], other: Iterable[Company]) -> tuple[Company, ...]:
    """Return the companies of *one* that are among *other*, too."""
    ids = {company.id for company in other}
    return tuple(company for company in one if company.id in ids)


__all__ = [
    "Apex",
    "Company",
    "Desk",
    "change_at",
    "dns_companies",
    "landlord",
    "mail_companies",
    "named",
    "registrable",
    "registrar_company",
    "responsible",
    "same",
    "stranger",
    "web_companies",
]
