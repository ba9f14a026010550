"""What ``check`` saw, as values: the input of ``fallback.core.readiness``.

A question that got no answer in time is a fact of its own, and is never mistaken for an
answer. Names are absolute (lower case, final dot), addresses are IP literals.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from attrs import field, frozen

from fallback.core.gates import PageLook, ZoneLook
from fallback.core.handshakes import Handshake
from fallback.core.host_readiness import NameVisited, Visited
from fallback.core.model import Digest, Observation
from fallback.core.publishing import Manifest
from fallback.core.records import Key, RRset, Snapshot, Target
from fallback.core.spare import Spare
from fallback.core.standing import Place
from fallback.core.switch import Ways
from fallback.core.text import Sayable


@frozen
class MailHost:
    """One host that takes mail: each name on the way to it, its own first."""

    names: tuple[str, ...]
    addresses: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Return the name as the MX record spells it."""
        return self.names[0]


@frozen
class Mail:
    """Where mail for *domain* goes.

    ``implicit`` means that there is no MX, so that mail goes to the domain's own
    address (RFC 5321 section 5.1), which is then the only host. No host at all means
    that the domain takes no mail (a null MX, RFC 7505, or a name without address).
    """

    domain: str
    hosts: tuple[MailHost, ...] = ()
    implicit: bool = False


class Service(StrEnum):
    """How a name server answers for a zone."""

    ANSWERS = "answers"
    LAME = "lame"
    SILENT = "silent"


@frozen
class NameServer:
    """One authoritative server, and what it says about the web records of the names.

    A key that is not in ``rrsets`` is absent there; nothing is known unless ``service``
    is ``ANSWERS``.
    """

    name: str
    address: str
    service: Service
    rrsets: Mapping[Key, RRset] = field(factory=dict)


@frozen
class Control:
    """What the provider's own interface holds, and which record types it can write."""

    snapshot: Snapshot
    types: frozenset[str]
    redirected: bool = False


@frozen
class Refusing:
    """Why something cannot be used or done, and what to do about it."""

    what: Sayable
    remedy: Sayable


@frozen
class Approach:
    """How customers come to the shop, by the zone that its domain is in.

    ``ways`` leads from each spelling of the domain through its CNAME records, itself
    the first; ``None``: nobody answers where it leads. ``ttls`` says how long the
    answer of each may be remembered; a spelling that is not in it leads nowhere.
    ``servers`` are the zone's, by name and address.
    """

    zone: str
    ways: Ways = field(factory=dict)
    ttls: Mapping[str, timedelta] = field(factory=dict)
    servers: tuple[tuple[str, str], ...] = ()


@frozen
class Zone:
    """One ``[[dns]]`` table and what was seen of it.

    ``typed`` is what customers type to arrive at the names, where that is not these.
    ``addresses`` is where the target leads now; ``chains`` leads from each NS name to
    the names it depends on. ``unreadable`` says why the provider's interface cannot be
    used, ``impossible`` why no plan can be made. ``mail`` is where mail for each of the
    names goes; ``None``: could not be asked.
    """

    zone: str
    names: tuple[str, ...]
    target: Target
    addresses: tuple[str, ...] = ()
    chains: Mapping[str, tuple[str, ...]] = field(factory=dict)
    servers: tuple[NameServer, ...] = ()
    mail: tuple[Mail, ...] | None = ()
    handshakes: tuple[Handshake, ...] = ()
    looks: tuple[PageLook, ...] = ()
    visits: tuple[NameVisited, ...] = ()
    control: Control | None = None
    unreadable: Refusing | None = None
    impossible: Refusing | None = None
    provider: str = ""
    typed: tuple[str, ...] = ()

    @property
    def answering(self) -> tuple[NameServer, ...]:
        """Return the servers that answer for the zone."""
        return tuple(s for s in self.servers if s.service is Service.ANSWERS)

    def look(self) -> ZoneLook:
        """Return what the gates want to know; implicit mail has words of its own."""
        hosts = [
            host
            for mail in self.mail or ()
            for host in (() if mail.implicit else mail.hosts)
        ]
        return ZoneLook(
            mail=None if self.mail is None else {h.name: h.names for h in hosts},
            servers=self.chains,
            served={
                f"{server.name} ({server.address})": {
                    key: rrset.rdatas for key, rrset in server.rrsets.items()
                }
                for server in self.answering
            },
        )


@frozen
class Facts:
    """Everything that was seen at one moment.

    ``shop`` holds the shop's own addresses, ``look`` what it showed, ``contains`` the
    words that only the real shop shows. ``workers`` are those that the shop registers,
    as far as was seen; ``placed`` those that the settings name, if they name any.
    ``pages`` are the digests that the newest page may have. ``visits`` are the status
    addresses as a visitor sees them, ``local`` is what was last made in this folder.
    ``approach``: how customers come to it, ``spare``: what its spare address shows;
    ``None``: not known.
    ``secure``: customers come by https. ``unanswered`` names the questions that had no
    answer in time.
    """

    at: datetime
    domain: str
    email: str
    shop: tuple[str, ...] = ()
    look: Observation | None = None
    contains: str = ""
    workers: tuple[str, ...] = ()
    placed: tuple[str, ...] | None = None
    email_mail: Mail | None = None
    pages: frozenset[Digest] = frozenset()
    zones: tuple[Zone, ...] = ()
    hosts: tuple[Place, ...] = ()
    visits: tuple[Visited, ...] = ()
    local: Manifest | None = None
    approach: Approach | None = None
    spare: Spare | None = None
    secure: bool = True
    unanswered: tuple[Sayable, ...] = ()
