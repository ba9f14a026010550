"""What a registry says of a domain: who registers it, until when, and what holds it.

Read from the answer of RDAP (RFC 9083). All of it is a stranger's: whatever is missing,
of another shape or too long is not known, and never an error.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from attrs import frozen

from fallback.core.holders.companies import Company, registrable, registrar_company

_REGISTRAR, _RESELLER = "registrar", "reseller"
_MOST = 50
"""Entries of one list that are read; no registry has so many."""
_LONGEST = 80
_TRANSFER_LOCKS = frozenset(
    {"client transfer prohibited", "server transfer prohibited", "transfer prohibited"}
)
_ICANN = "icann_rdap_response_profile"
"""Who speaks like this is a registry whose registrars lock (ICANN's RDAP profile)."""
_STATES = "nask0_state"
"""What .pl calls its states beside the usual ones (dns.pl, "NASK extension")."""
_NOBODY = re.compile(
    r"(redacted|withheld|not (applicable|available|disclosed))\b.*"
    r"|none|null|n\.?/?a\.?|[\W\d_]*"
)
"""What stands in place of a name that is not told, or is no word at all."""


@frozen
class Party:
    """Whoever registers the domain, or sells that; ``domains`` are its own.

    ``role`` is a word of RFC 9083 section 10.2.4.
    """

    name: str
    domains: tuple[str, ...] = ()
    role: str = _REGISTRAR

    @property
    def company(self) -> Company:
        """Return which company that is."""
        return registrar_company(self.name, self.domains)


@frozen
class Registration:
    """One registered domain, without a final dot.

    ``parties`` are the registrar and then its reseller, whose panel the owner knows.
    ``statuses`` are words of RFC 8056. ``lockable``: its registrars lock domains
    against being taken elsewhere, so that a missing lock says something. A moment that
    is ``None`` is not told.
    """

    domain: str
    parties: tuple[Party, ...] = ()
    statuses: frozenset[str] = frozenset()
    expires: datetime | None = None
    changed: datetime | None = None
    lockable: bool = False

    @property
    def companies(self) -> tuple[Company, ...]:
        """Return who has to be there for the domain to be changed, each once."""
        return tuple({p.company.id: p.company for p in self.parties}.values())

    @property
    def unlocked(self) -> bool:
        """Whether anybody with its password may take the domain elsewhere."""
        return self.lockable and not self.statuses & _TRANSFER_LOCKS

    @classmethod
    def read(cls, said: Mapping[str, Any], domain: str) -> "Registration | None":
        """Return what *said* tells of *domain*; ``None`` when it is about another."""
        if _text(said.get("ldhName")).lower().rstrip(".") != domain:
            return None
        entities = [each for each in _list(said.get("entities")) if _is_map(each)]
        parties = (
            _party(entity, role)
            for role in (_REGISTRAR, _RESELLER)
            for entity in entities
            if role in _texts(entity.get("roles"))
        )
        statuses = {word.lower() for word in _texts(said.get("status"))}
        events = dict(_events(said.get("events")))
        return cls(
            domain,
            tuple(party for party in parties if party is not None),
            frozenset(statuses | {_text(said.get(_STATES)).lower()} - {""}),
            events.get("expiration"),
            events.get("last changed"),
            any(w.startswith(_ICANN) for w in _texts(said.get("rdapConformance"))),
        )

    def as_json(self) -> Mapping[str, Any]:
        """Return the object ``registration`` of ``check --json``."""
        return {
            "domain": self.domain,
            "registrar": self._called(_REGISTRAR),
            "reseller": self._called(_RESELLER),
            "expires": self.expires.isoformat() if self.expires else None,
            "changed": self.changed.isoformat() if self.changed else None,
            "statuses": sorted(self.statuses),
        }

    def _called(self, role: str) -> str:
        return next((party.name for party in self.parties if party.role == role), "")


def _party(entity: Mapping[str, Any], role: str) -> Party | None:
    """Return who *entity* is: by its card (RFC 7095), else by a domain of its own.

    A handle is a registry's number for somebody, and no name.
    """
    card = tuple(_card(entity))
    names = (value for key, value in card if key == "fn")
    handle = _text(entity.get("handle"))
    name = next((each for each in names if _is_called(each, handle)), "")
    inner = [each for each in _list(entity.get("entities")) if _is_map(each)]
    told = [*card, *(pair for each in inner for pair in _card(each))]
    hosts = [
        *(_host(value) for key, value in told if key == "url"),
        *(
            _host(_text(link.get("href")))
            for link in _list(entity.get("links"))
            if _is_map(link) and link.get("rel") == "about"
        ),
        *(value.rpartition("@")[2].lower() for key, value in told if key == "email"),
    ]
    domains = tuple(dict.fromkeys(filter(_is_name, hosts)))
    name = name or (registrable(domains[0]) if domains else "")
    return Party(name, domains, role) if name else None


def _is_called(name: str, handle: str) -> bool:
    """Return whether *name* is somebody's, and not a number from *handle* again."""
    bare = name == handle and any(letter.isdigit() for letter in name)
    return not bare and not _NOBODY.fullmatch(name.casefold())


def _card(entity: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield property and value of a jCard: ``["fn", {}, "text", "home.pl S.A."]``."""
    for row in _list((_list(entity.get("vcardArray")) or [None])[-1]):
        match row:
            case [str() as key, _, _, str() as value, *_]:
                yield key.lower(), _text(value)


def _events(listed: Any) -> Iterator[tuple[str, datetime]]:
    for event in _list(listed):
        if _is_map(event):
            moment = _moment(event.get("eventDate"))
            if moment is not None:
                yield _text(event.get("eventAction")).lower(), moment


def _moment(written: Any) -> datetime | None:
    """Return the moment of RFC 3339; without an offset it is taken for UTC."""
    try:
        read = datetime.fromisoformat(_text(written))
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _is_name(host: str) -> bool:
    return bool(re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z][a-z0-9-]+", host))


def _is_map(value: Any) -> bool:
    return isinstance(value, Mapping)


def _list(value: Any) -> list[Any]:
    return value[:_MOST] if isinstance(value, list) else []


def _texts(value: Any) -> list[str]:
    return [_text(each) for each in _list(value)]


def _text(value: Any) -> str:
    """Return *value* in one short line that does nothing to a terminal."""
    if not isinstance(value, str):
        return ""
    line = " ".join(value[: 4 * _LONGEST].split())
    return "".join(letter for letter in line if letter.isprintable())[:_LONGEST]
