"""The settings of one site, with every default: the contract of fallback.toml.

Secrets are references here (``env:NAME``, ``file:PATH``, ``keyring:NAME``); they are
resolved by the adapter that needs them, as late as possible.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import attrs
from attrs import field, frozen

from fallback.core.model import Language
from fallback.core.records import Target
from fallback.core.settings.colours import Colour
from fallback.core.text import T, Text

FILE_NAME = "fallback.toml"


@frozen
class SecretRef:
    """Where a secret is, never the secret itself."""

    scheme: Literal["env", "file", "keyring"]
    name: str

    _FORM = re.compile(r"(env|file|keyring):(.+)")

    def __str__(self) -> str:
        return f"{self.scheme}:{self.name}"

    @classmethod
    def parse(cls, text: str) -> "SecretRef":
        """Return the reference *text* spells; raises ``ValueError`` for a literal."""
        found = cls._FORM.fullmatch(text)
        if found is None:
            raise ValueError("a secret is given by reference")
        scheme: Literal["env", "file", "keyring"] = (
            "env" if found[1] == "env" else "file" if found[1] == "file" else "keyring"
        )
        return cls(scheme, found[2])


def references(settings: object) -> Iterator[SecretRef]:
    """Yield every secret that an adapter's *settings* refer to."""
    kind = type(settings)
    for each in attrs.fields(kind) if attrs.has(kind) else ():
        value = getattr(settings, each.name)
        for one in value.values() if isinstance(value, Mapping) else (value,):
            if isinstance(one, SecretRef):
                yield one


def key_complaints(
    access: SecretRef | None, secret: SecretRef | None, session: SecretRef | None
) -> Iterator[tuple[str, Text]]:
    """Yield what is wrong with a key of AWS's kind, as (key of the table, sentence).

    It has two parts, and three while it is temporary
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/security-creds.html).
    """
    if (access is None) != (secret is None):
        missing = "secret_key" if secret is None else "access_key"
        yield missing, T("access_key and secret_key are given together or not at all")
    if session is not None and access is None:
        yield "session_token", T("a session token belongs to an access_key")


@frozen
class Shop:
    """The shop as its customers know it.

    ``workers`` are its service workers; ``None``: nobody has said, ``()``: it has none.
    ``share_image`` is a file: the picture beside a shared link. ``spare`` is a second
    address of the page, in a domain that is registered and served elsewhere.
    """

    name: str
    url: str
    timezone: ZoneInfo = field(factory=lambda: ZoneInfo("UTC"))
    languages: tuple[Language, ...] = (Language("en"),)
    theme: str = "plain"
    workers: tuple[str, ...] | None = None
    share_image: Path | None = None
    spare: str = ""

    @property
    def domain(self) -> str:
        """Return the host of ``url``: what ``--confirm`` wants to see typed."""
        return urlsplit(self.url).hostname or ""

    @property
    def secure(self) -> bool:
        """Return whether customers come by https, so that TLS gates apply."""
        return urlsplit(self.url).scheme == "https"

    @property
    def port(self) -> int:
        """Return the TCP port of ``url``."""
        return urlsplit(self.url).port or (443 if self.secure else 80)


@frozen
class Contact:
    """How customers reach a human. ``phone`` is E.164; ``hours`` is by language.

    The language ``""`` of ``hours`` stands for every language that has none of its own.
    """

    email: str
    phone: str
    hours: Mapping[str, str] = field(factory=dict)
    links: Mapping[str, str] = field(factory=dict)


@frozen
class Primary:
    """How the shop's own server is watched, and when names move."""

    probe: str
    contains: str
    redirect_after: timedelta = timedelta(hours=3)
    restore_after: timedelta = timedelta(minutes=15)
    arm_after: timedelta = timedelta(hours=24)
    interval: timedelta = timedelta(seconds=60)
    mode: Literal["ask", "auto"] = "ask"


@frozen
class HostTable:
    """One ``[[hosts]]`` table. ``settings`` is the adapter's own settings class.

    ``url`` is the status address: with it a publish is looked at as a visitor would.
    ``deadline`` is how long a publish and the look after it may take together.
    """

    kind: str
    label: str
    settings: object
    url: str = ""
    deadline: timedelta = timedelta(seconds=60)


@frozen
class DnsTable:
    """One ``[[dns]]`` table: one zone, the names redirected in it, and where to.

    ``zone`` and ``names`` are as the owner wrote them; ``settings`` is the adapter's.
    ``follow`` lets a top of a zone that can follow no host name have its addresses.
    ``within`` is nothing an owner writes: the zone that holds a part of it, ``zone``,
    which is treated as a zone of its own, with a marker of its own.
    """

    provider: str
    zone: str
    names: tuple[str, ...]
    target: Target
    settings: object
    ttl: timedelta = timedelta(seconds=60)
    follow: bool = False
    within: str = ""

    @property
    def served(self) -> str:
        """Return the zone that name servers answer for."""
        return self.within or self.zone


@frozen
class State:
    """Where journal, watcher state and remembered facts live."""

    kind: str
    settings: object


IANA = "https://data.iana.org/rdap/dns.json"
"""The world's own list of registries, by the end of a name."""


@frozen
class Network:
    """The network the product itself lives in: offices, private authorities, labs.

    ``resolvers`` and ``canaries`` are ``host:port``. No canaries means that the watcher
    cannot tell its own outage from the shop's, and so never acts by itself. ``rdap`` is
    the list of the registries that say who a domain is registered with (RFC 9224);
    empty: no registry is asked.
    """

    resolvers: tuple[str, ...] = ()
    ca_file: Path | None = None
    canaries: tuple[str, ...] = ("1.1.1.1:443", "8.8.8.8:443", "9.9.9.9:443")
    allow_private: bool = False
    rdap: str = IANA


@frozen
class Notify:
    """Who is told: Apprise URLs, by reference or plain when they hold no secret."""

    urls: tuple[str | SecretRef, ...] = ()


@frozen
class Brand:
    """The shop's own look. ``logo`` is a file; what is ``None`` is chosen to fit."""

    logo: Path | None = None
    color: Colour | None = None
    background: Colour | None = None
    dark_color: Colour | None = None
    dark_background: Colour | None = None


@frozen
class Approval:
    """Who agrees to a person's move: public keys, as in ``id_ed25519.pub``.

    Without any, one person moves alone.
    """

    signers: tuple[str, ...] = ()


@frozen
class Person:
    """Somebody to be called; ``phone`` is E.164."""

    name: str
    phone: str


@frozen
class Card:
    """What the emergency card says that nothing else in the site knows.

    ``decides`` are the people who may decide, the first first. ``logins`` says by
    ``LOGINS`` where each login is kept, never what it is. ``update_url`` is the form
    in which an update is written with a phone.
    """

    decides: tuple[Person, ...] = ()
    logins: Mapping[str, str] = field(factory=dict)
    update_url: str = ""


@frozen
class Config:
    """Everything fallback.toml says. ``root`` is the site folder."""

    root: Path
    shop: Shop
    contact: Contact
    primary: Primary
    hosts: tuple[HostTable, ...]
    dns: tuple[DnsTable, ...]
    state: State
    network: Network = field(factory=Network)
    notify: Notify = field(factory=Notify)
    brand: Brand = field(factory=Brand)
    approval: Approval = field(factory=Approval)
    card: Card = field(factory=Card)


Kinds = Mapping[str, Mapping[str, type]]
"""Adapters' settings classes, by table (``hosts``, ``dns``, ``state``) and kind."""
