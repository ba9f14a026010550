"""What was seen of one zone, of its name servers, and of the mail that it directs.

Names are absolute (lower case, final dot), addresses are IP literals. What nobody
answered is a value of its own, and is never mistaken for an answer.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from attrs import field, frozen

from fallback.core.check.agreement import Agreement
from fallback.core.check.caa import Caa
from fallback.core.check.credential import Powers
from fallback.core.check.delegation import Delegation, Soa
from fallback.core.check.host_readiness import NameVisited
from fallback.core.check.inventory import Inventory
from fallback.core.check.spf import Sender
from fallback.core.hosts.handshakes import Handshake
from fallback.core.records import Key, RRset, Snapshot, Target
from fallback.core.redirect.gates import PageLook, ZoneLook
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
    is ``ANSWERS``. ``named`` are the name servers that it lists for the zone, ``cuts``
    the zones below that it hands some of the names down to.
    """

    name: str
    address: str
    service: Service
    rrsets: Mapping[Key, RRset] = field(factory=dict)
    soa: Soa | None = None
    named: tuple[str, ...] | None = None
    cuts: tuple[str, ...] = ()


@frozen
class Control:
    """What the provider's own interface holds, and which record types it can write.

    ``by_hand``: a person types what is written.
    """

    snapshot: Snapshot
    types: frozenset[str]
    redirected: bool = False
    by_hand: bool = False


@frozen
class Refusing:
    """Why something cannot be used or done, and what to do about it."""

    what: Sayable
    remedy: Sayable


@frozen
class Zone:
    """One ``[[dns]]`` table and what was seen of it.

    ``typed`` is what customers type to arrive at the names, where that is not these.
    ``heard``: somebody said which ``servers`` it has; without that nothing is known of
    them. ``addresses`` is where the target leads now; ``chains`` leads from each NS
    name to the names it depends on. ``unreadable`` says why the provider's interface
    cannot be used, ``impossible`` why no plan can be made. ``mail`` is where mail for
    each of the names goes; ``None``: could not be asked. ``delegation`` is what the
    parent says, ``inventory`` what else the zone holds, ``senders`` who may send mail
    for it, ``caa`` who may sign certificates. ``pointers`` are PTR names by target
    address, ``moved`` is when a move of ours last changed the zone, ``agreement`` what
    those who hand the zone on must agree about, ``powers`` what the credential can do.
    """

    zone: str
    names: tuple[str, ...]
    target: Target
    addresses: tuple[str, ...] = ()
    chains: Mapping[str, tuple[str, ...]] = field(factory=dict)
    servers: tuple[NameServer, ...] = ()
    heard: bool = True
    mail: tuple[Mail, ...] | None = ()
    handshakes: tuple[Handshake, ...] = ()
    looks: tuple[PageLook, ...] = ()
    visits: tuple[NameVisited, ...] = ()
    control: Control | None = None
    unreadable: Refusing | None = None
    impossible: Refusing | None = None
    provider: str = ""
    typed: tuple[str, ...] = ()
    delegation: Delegation | None = None
    agreement: Agreement | None = None
    inventory: Inventory | None = None
    senders: tuple[Sender, ...] = ()
    caa: tuple[Caa, ...] = ()
    pointers: Mapping[str, tuple[str, ...]] = field(factory=dict)
    moved: datetime | None = None
    powers: Powers | None = None

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
