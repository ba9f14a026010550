"""What ``check`` saw, as values: the input of ``fallback.core.readiness``.

A question that got no answer in time is a fact of its own, and is never mistaken for an
answer. Names are absolute (lower case, final dot), addresses are IP literals.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from attrs import field, frozen

from fallback.core.check.basket import Thing
from fallback.core.check.drill_readiness import Drilled
from fallback.core.check.host_readiness import Visited
from fallback.core.check.link import Trail
from fallback.core.check.mailbox import Knock
from fallback.core.check.ownership import Proof
from fallback.core.check.phone import Phone
from fallback.core.check.proven import Tried
from fallback.core.check.registration import Registration
from fallback.core.check.skew import Tick
from fallback.core.check.spare import Spare
from fallback.core.check.zone_facts import Mail, Zone
from fallback.core.holders.platforms import Platform
from fallback.core.hosts.publishing import Manifest
from fallback.core.model import Digest, Observation
from fallback.core.redirect.switch import Ways
from fallback.core.standing import Place
from fallback.core.text import Sayable


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
class Facts:
    """Everything that was seen at one moment.

    ``shop`` holds the shop's own addresses, ``look`` what it showed, ``contains`` the
    words that only the real shop shows, ``platform`` is the software it runs on, if
    that was recognised. ``workers`` are those that the shop registers,
    as far as was seen; ``placed`` those that the settings name, if they name any.
    ``pages`` are the digests that the newest page may have. ``visits`` are the status
    addresses as a visitor sees them, ``local`` is what was last made in this folder.
    ``approach``: how customers come to it, ``spare``: what its spare address shows;
    ``None``: not known.
    ``secure``: customers come by https. ``unanswered`` names the questions that had no
    answer in time. ``hsts`` is the shop's header, ``ticks`` are clocks of servers,
    ``placed_at`` holds the addresses of the hosts' own names. ``dates`` is what was
    so on a day, ``tried`` how today's tries to write ended, ``proof`` whether the
    hosts' addresses are theirs, ``knock`` how the
    emergency mailbox greets, ``trails`` where the owner's links lead, ``parts`` who
    runs what, ``drilled`` the last drill, ``registration`` what the registry says of
    the domain, if it does, ``phone`` what can be done from a telephone. ``offline``:
    nobody answers this machine, so that what it did not see is nobody's fault.
    """

    at: datetime
    domain: str
    email: str
    shop: tuple[str, ...] = ()
    look: Observation | None = None
    contains: str = ""
    platform: Platform | None = None
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
    drilled: Drilled | None = None
    unanswered: tuple[Sayable, ...] = ()
    hsts: str = ""
    ticks: tuple[Tick, ...] = ()
    placed_at: Mapping[str, tuple[str, ...]] = field(factory=dict)
    dates: Mapping[str, datetime] = field(factory=dict)
    tried: tuple[Tried, ...] = ()
    proof: Proof = field(factory=Proof)
    knock: Knock | None = None
    trails: tuple[Trail, ...] = ()
    parts: tuple[Thing, ...] = ()
    registration: Registration | None = None
    phone: Phone | None = None
    offline: bool = False
