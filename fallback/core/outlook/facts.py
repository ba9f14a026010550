"""What anybody may see of a shop from outside, as values: the input of the outlook.

DNS, TLS and HTTP say all of it; no account and no site is needed. ``None`` stands for a
question that nobody answered, which is never mistaken for an answer.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from attrs import field, frozen

from fallback.core.check.basket import Role, Thing, one_family
from fallback.core.check.hsts import Hsts
from fallback.core.check.operators import operators
from fallback.core.check.registration import Registration
from fallback.core.check.zone_facts import Mail, NameServer, Service
from fallback.core.holders.companies import (
    Company,
    landlord,
    mail_companies,
    registrable,
    web_companies,
)
from fallback.core.holders.platforms import Platform
from fallback.core.hosts.handshakes import Handshake
from fallback.core.redirect.switch import spellings, within
from fallback.core.text import Text

_WEB = ("A", "AAAA", "CNAME")
OUR_PAGE = "our_page"
CHALLENGED = "cf-mitigated"
"""Cloudflare's header where it asks a machine to prove that it is a person."""
_DOWN = frozenset(
    {
        "refused", "unreachable", "tcp_timeout", "tls_timeout", "tls", "http_timeout",
        "empty", "reset", "http_garbage", "private",
    }
)  # fmt: skip
"""Reasons for which a customer gets nothing either (``fallback.wire.web.http``)."""


@frozen
class Front:
    """What answers at the shop's address.

    ``status`` is 0 when nothing does; then ``why`` is a stable word for the reason, as
    it is for what is wrong with a chain of redirects; ``elsewhere`` is the host that a
    chain leads away to. ``headers`` have lower-case names. ``whole``: nothing of the
    page was missing when the time was up.
    """

    url: str
    status: int = 0
    why: str = ""
    elsewhere: str = ""
    headers: Mapping[str, str] = field(factory=dict)
    platform: Platform | None = None
    whole: bool = True

    @property
    def down(self) -> bool:
        """Whether customers get nothing from it."""
        if self.why == OUR_PAGE or CHALLENGED in self.headers:
            return False
        return self.why in _DOWN or self.status >= 500


@frozen
class Stranger:
    """A shop as a stranger sees it at one moment.

    ``domain`` is as DNS spells it, ``shown`` as people do. ``delegated`` are the names
    of its name servers, ``servers`` what each of them says at its addresses. ``ways``
    and ``addresses`` are those of the domain with and without ``www.``; ``pointers``
    the names of the addresses. ``authorities`` may issue certificates: ``()`` is any,
    unless it is ``forbidden`` to all.
    ``strict`` is what each spelling asks of browsers. ``unanswered`` are the questions
    that got no answer in time. ``registration`` is what the registry says, if any does.
    """

    domain: str
    shown: str
    at: datetime
    zone: str = ""
    delegated: tuple[str, ...] | None = None
    servers: tuple[NameServer, ...] | None = None
    ways: Mapping[str, tuple[str, ...] | None] = field(factory=dict)
    addresses: tuple[str, ...] | None = None
    pointers: tuple[str, ...] = ()
    mail: Mail | None = None
    authorities: tuple[str, ...] | None = None
    front: Front | None = None
    strict: Mapping[str, Hsts] = field(factory=dict)
    handshakes: tuple[Handshake, ...] | None = None
    workers: tuple[str, ...] | None = None
    unanswered: tuple[Text, ...] = ()
    forbidden: bool = False
    registration: Registration | None = None

    @property
    def landlord(self) -> Company | None:
        """The company whose own domain the shop's address is in, if it is one's."""
        return landlord(self.domain)

    @property
    def own(self) -> str:
        """Return the domain that the shop registered; its address, if it is lent."""
        return self.domain if self.landlord else registrable(self.domain)

    @property
    def own_shown(self) -> str:
        """Return the same as people spell it."""
        return self.shown if self.landlord else registrable(self.shown)

    @property
    def answering(self) -> tuple[NameServer, ...]:
        """Return the name servers that answer for the zone."""
        return tuple(s for s in self.servers or () if s.service is Service.ANSWERS)

    @property
    def screened(self) -> bool:
        """Whether no name server answers here, and a resolver still finds the shop.

        Hotels and offices catch what is asked of name servers, so that all of them
        seem to be silent or to know nothing.
        """
        return bool(self.servers) and not self.answering and bool(self.addresses)

    @property
    def dns(self) -> tuple[Company, ...]:
        """Return who runs the name servers, if it can be told."""
        return operators(self.own, self.delegated or (), self.servers or ())

    @property
    def web(self) -> tuple[Company, ...]:
        """Return who serves the web, the one that visitors meet first."""
        aliases = [name for way in self.ways.values() for name in (way or ())[1:]]
        headers = self.front.headers if self.front else {}
        pointers = tuple(self._foreign(self.pointers))
        return web_companies(self._foreign(aliases), headers, pointers)

    @property
    def post(self) -> tuple[Company, ...]:
        """Return who takes the mail; the shop's own names tell of nobody."""
        hosts = self.mail.hosts if self.mail else ()
        return mail_companies(self._foreign(name for h in hosts for name in h.names))

    @property
    def registrars(self) -> tuple[Company, ...]:
        """Return who registers the domain, as far as its registry says."""
        told = self.registration
        return told.companies if told else ()

    @property
    def behind(self) -> tuple[Company, ...]:
        """Who has the shop's own server, as far as it is seen."""
        return tuple(company for company in self.web if not company.front)

    @property
    def apart(self) -> bool:
        """Whether the name servers are surely not at the company of the shop."""
        fronts = {company.id for company in self.web if company.front}
        dns = {company.id for company in self.dns}
        return bool(dns) and (bool(self.behind) or dns <= fronts)

    @property
    def down(self) -> bool:
        """Whether customers get nothing from the shop at this moment."""
        return self.front is not None and self.front.down

    @property
    def encrypted(self) -> bool | None:
        """Whether the shop has https, a bad certificate included; ``None``: not known.

        That there is none is said by a server that speaks something else, or where
        nothing listens; never by silence, nor when nothing of the shop was seen.
        """
        front, shakes = self.front, self.handshakes or ()
        read = front is not None and front.status and front.url.startswith("https:")
        if read or any(shake.speaks for shake in shakes):
            return True
        heard = bool(shakes) and not any(shake.silent for shake in shakes)
        return False if heard and front is not None else None

    @property
    def uncertified(self) -> bool:
        """Whether it is not known which certificate the shop has."""
        shakes = self.handshakes
        if not shakes:
            return shakes is None
        seen = any(shake.speaks for shake in shakes)
        return not seen and self.encrypted is not False

    @property
    def ttl(self) -> timedelta | None:
        """Return how long the web records of both spellings may be remembered."""
        ttls = [
            rrset.ttl
            for server in self.answering
            for (name, rtype), rrset in server.rrsets.items()
            if rtype in _WEB and name.rstrip(".") in spellings(self.domain)
        ]
        return max(ttls, default=None)

    def things(self) -> Iterator[Thing]:
        """Yield the shop and what it needs as the same-basket audit knows them.

        The addresses of a company that stands in front tell nothing of the shop's own.
        """
        covered = len(self.behind) < len(self.web)
        shop = () if covered or not self.addresses else self.addresses
        yield Thing(Role.SHOP, self.domain, _ids(self.behind), one_family(shop))
        if self.registrars:
            yield Thing(Role.REGISTRAR, self.own, _ids(self.registrars))
        for name in self.delegated or ():
            servers = tuple(s for s in self.servers or () if s.name == name)
            companies = operators(self.own, [name], servers)
            at = tuple(server.address for server in servers)
            yield Thing(Role.DNS, name, _ids(companies), at)
        for host in self.mail.hosts if self.mail else ():
            companies = mail_companies(self._foreign(host.names[-1:]))
            at = one_family(host.addresses)
            yield Thing(Role.MAIL, host.name, _ids(companies), at)

    def _foreign(self, names: Iterable[str]) -> list[str]:
        """Return those of *names* that are not the shop's own."""
        return [name for name in names if not within(name, self.own)]


def _ids(companies: Iterable[Company]) -> frozenset[str]:
    return frozenset(company.id for company in companies)
