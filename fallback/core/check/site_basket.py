"""The same-basket audit of a site: what dies with the shop, by company and by network.

Who runs a server is told by its name (``fallback.core.holders.companies``). A name in
the shop's own domain says nothing of that, and is left out.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from attrs import field, frozen

from fallback.core.check.basket import (
    Basket,
    Kind,
    Role,
    Thing,
    alone,
    baskets,
    one_family,
)
from fallback.core.check.operators import operators
from fallback.core.check.zone_facts import Mail, NameServer
from fallback.core.findings import Finding, Severity
from fallback.core.holders.companies import (
    Company,
    mail_companies,
    registrable,
    web_companies,
)
from fallback.core.holders.company_list import COMPANIES
from fallback.core.text import T, Text

_NAMES = {company.id: company.name for company in reversed(COMPANIES)}

_ROLES = {
    Role.SHOP: T("the shop"),
    Role.REGISTRAR: T("the registrar"),
    Role.DNS: T("its name servers"),
    Role.MAIL: T("its mail"),
    Role.MAILBOX: T("the emergency mailbox"),
    Role.PAGE: T("the page's hosts"),
    Role.STATE: T("this machine, with the journal"),
    Role.WORDS: T("the place where your words are kept and published from"),
}

_REMEDIES: Mapping[Role, Text] = {
    Role.PAGE: T(
        "publish the page at another company, too: a second table under hosts"
    ),
    Role.DNS: T("move the zone to a DNS company that is not the shop's hoster"),
    Role.REGISTRAR: T(
        "transfer the domain to a registrar that is not the shop's hoster"
    ),
    Role.MAILBOX: T("use an address at another company as contact.email"),
    Role.STATE: T("watch from a machine at another company"),
    Role.WORDS: T("keep a copy of the site folder elsewhere, ready to publish from"),
    Role.MAIL: T("tell customers an address elsewhere, or move the mail"),
}
"""What to do about the gravest role that dies with the shop, the first counts."""

_GRAVE = (Role.PAGE,)
_OWN_FINDINGS = (Role.DNS, Role.MAIL, Role.MAILBOX)
"""Roles of which it is said elsewhere that they are in the shop's own network."""


@frozen
class Site:
    """Where everything of a site is, as far as it was seen.

    ``aliases`` and ``headers`` are those of the shop, ``pointers`` PTR names of its
    addresses. ``hosts`` are (label, host name, addresses). ``machine`` holds addresses
    of this machine, ``store`` is the host of a shared state, ``words`` that of the
    repository that the site folder is in. ``registrars`` are who registers the domain.
    """

    domain: str
    shop: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(factory=dict)
    pointers: tuple[str, ...] = ()
    servers: tuple[NameServer, ...] = ()
    mail: tuple[Mail, ...] = ()
    mailbox: Mail | None = None
    hosts: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    machine: tuple[str, ...] = ()
    store: str = ""
    words: tuple[str, tuple[str, ...]] = ("", ())
    registrars: tuple[Company, ...] = ()


def things(site: Site) -> tuple[Thing, ...]:
    """Return every part of *site* with whoever runs it."""
    own = registrable(site.domain)

    def ids(companies: Iterable[Company]) -> frozenset[str]:
        return frozenset(company.id for company in companies) - {own}

    web = web_companies(site.aliases, site.headers, site.pointers)
    found = [Thing(Role.SHOP, site.domain, ids(web), one_family(site.shop))]
    if site.registrars:
        found.append(Thing(Role.REGISTRAR, own, ids(site.registrars)))
    for server in site.servers:
        companies = ids(operators(own, [server.name], [server]))
        found.append(Thing(Role.DNS, server.name, companies, (server.address,)))
    found += _posts(Role.MAIL, site.mail, ids)
    found += _posts(Role.MAILBOX, [site.mailbox] if site.mailbox else [], ids)
    for label, name, addresses in site.hosts:
        companies = ids(web_companies([name])) if name else frozenset[str]()
        found.append(Thing(Role.PAGE, label, companies, one_family(addresses)))
    found.append(Thing(Role.STATE, "", addresses=one_family(site.machine)))
    if site.store:
        found.append(Thing(Role.STATE, site.store, ids(web_companies([site.store]))))
    name, addresses = site.words
    if name:
        found.append(
            Thing(Role.WORDS, name, ids(web_companies([name])), one_family(addresses))
        )
    return tuple(found)


def _posts(
    role: Role,
    mails: Iterable[Mail],
    ids: Callable[[Iterable[Company]], frozenset[str]],
) -> Iterator[Thing]:
    for mail in mails:
        for host in mail.hosts:
            companies = ids(mail_companies([host.names[-1]]))
            yield Thing(role, host.name, companies, one_family(host.addresses))


def basket_findings(
    domain: str, parts: Sequence[Thing], said: Collection[str]
) -> Iterator[Finding]:
    """Yield what dies with the shop, and that all hosts of the page are in one place.

    *said* holds the ids of findings that are there already: what they say is not said
    again.
    """
    told: set[Role] = set()
    for basket in baskets(parts):
        roles = [r for r in basket.roles if r is not Role.SHOP and r not in told]
        if basket.kind is Kind.NETWORK:
            roles = [role for role in roles if role not in _OWN_FINDINGS]
        elif "ns-with-shop" in said:
            roles = [role for role in roles if role is not Role.DNS]
        if Role.SHOP in basket.roles and roles:
            told |= set(roles)
            yield _with_shop(domain, basket, roles)
    if Role.PAGE not in told:
        for basket in alone(Role.PAGE, parts):
            yield _together(domain, basket)
            break


def _with_shop(domain: str, basket: Basket, roles: Sequence[Role]) -> Finding:
    first = next(role for role in _REMEDIES if role in roles)
    grave = any(role in _GRAVE for role in roles)
    only_mail = set(roles) == {Role.MAIL}
    return Finding(
        "same-basket",
        Severity.CRITICAL
        if grave
        else Severity.INFO
        if only_mail
        else Severity.WARNING,
        domain,
        T("with the shop die, at {owner}: {roles}",
          owner=_owner(basket), roles=_listed(roles)),
        T("when that company fails, all of it fails on the same day")
        if basket.kind is Kind.COMPANY
        else T("when that network fails, all of it fails on the same day"),
        _REMEDIES[first],
    )  # fmt: skip


def _together(domain: str, basket: Basket) -> Finding:
    return Finding(
        "hosts-together",
        Severity.WARNING,
        domain,
        T("all hosts of the page are at {owner}", owner=_owner(basket)),
        T("when it fails, there is no page, and several hosts are worth no more than"
          " one"),
        T("put one of them at another company"),
    )  # fmt: skip


def _owner(basket: Basket) -> str:
    return _NAMES.get(basket.owner, basket.owner)


def _listed(roles: Sequence[Role]) -> Text:
    """Return the roles as a list, each of which is translated by itself."""
    text = _ROLES[roles[0]]
    for role in roles[1:]:
        text = T("{one}, {other}", one=text, other=_ROLES[role])
    return text
