"""What anybody may see of a shop from outside, as values: the input of the outlook.

DNS, TLS and HTTP say all of it; no account and no site is needed. ``None`` stands for a
question that nobody answered, which is never mistaken for an answer.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from attrs import field, frozen

from fallback.core.basket import Role, Thing
from fallback.core.companies import (
    Company,
    dns_companies,
    mail_companies,
    registrable,
    web_companies,
)
from fallback.core.facts import Mail, NameServer, Service
from fallback.core.handshakes import Handshake
from fallback.core.platforms import Platform
from fallback.core.switch import spellings, within
from fallback.core.text import Text

_WEB = ("A", "AAAA", "CNAME")


@frozen
class Front:
    """What answers at the shop's address.

    ``status`` is 0 when nothing does; then ``why`` is a stable word for the reason, as
    it is for what is wrong with a chain of redirects. ``headers`` have lower-case
    names. ``secure``: it was asked by https.
    """

    url: str
    status: int = 0
    why: str = ""
    detail: str = ""
    headers: Mapping[str, str] = field(factory=dict)
    platform: Platform | None = None
    secure: bool = False


@frozen
class Strict:
    """What ``Strict-Transport-Security`` asks of browsers (RFC 6797)."""

    lasts: timedelta
    below: bool = False
    preload: bool = False


@frozen
class Stranger:
    """A shop as a stranger sees it at one moment.

    ``domain`` is as DNS spells it, ``shown`` as people do. ``delegated`` are the names
    of its name servers, ``servers`` what each of them says at its addresses. ``ways``
    and ``addresses`` are those of the domain with and without ``www.``; ``pointers``
    the names of the addresses. ``authorities`` may issue certificates: ``()`` is any.
    ``strict`` is by spelling. ``unanswered`` are questions that got no answer in time.
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
    strict: Mapping[str, Strict] = field(factory=dict)
    handshakes: tuple[Handshake, ...] | None = None
    workers: tuple[str, ...] | None = None
    unanswered: tuple[Text, ...] = ()

    @property
    def own(self) -> str:
        """Return the domain that the shop registered."""
        return registrable(self.domain)

    @property
    def answering(self) -> tuple[NameServer, ...]:
        """Return the name servers that answer for the zone."""
        return tuple(s for s in self.servers or () if s.service is Service.ANSWERS)

    @property
    def dns(self) -> tuple[Company, ...]:
        """Return who runs the name servers; the shop's own names tell of nobody."""
        return dns_companies(self._foreign(self.delegated or ()))

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
    def hidden(self) -> bool:
        """Whether the shop's own server stands behind somebody else's and is unseen."""
        return bool(self.web) and all(company.front for company in self.web)

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
        """Yield shop, name servers and mail as the same-basket audit knows them."""
        behind = [company for company in self.web if not company.front]
        shown = () if any(company.front for company in self.web) else self.addresses
        yield Thing(
            Role.SHOP,
            self.domain,
            frozenset(company.id for company in behind),
            shown or (),
        )
        for name in self.delegated or ():
            at = [s.address for s in self.servers or () if s.name == name]
            yield Thing(Role.DNS, name, self._ids(dns_companies, name), tuple(at))
        for host in self.mail.hosts if self.mail else ():
            ids = self._ids(mail_companies, host.names[-1])
            yield Thing(Role.MAIL, host.name, ids, host.addresses)

    def _ids(self, ask: "type | object", name: str) -> frozenset[str]:
        return frozenset(company.id for company in ask(self._foreign([name])))  # type: ignore[operator]

    def _foreign(self, names: "Iterator[str] | tuple[str, ...] | list[str]") -> list[str]:
        return [name for name in names if not within(name, self.own)]
