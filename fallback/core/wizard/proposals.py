"""What a new site is offered: places for the page, and a way to lead customers there.

The law of this room: **what holds the shop holds no page**. Two places are proposed, at
companies of their own; a company that has the shop's web, domain or mail is left out,
and what was not seen is not called independent.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import urlsplit

from attrs import field, frozen

from fallback.core.holders.companies import Company, change_at, named, same
from fallback.core.settings.addresses import is_address
from fallback.core.text import Sayable, T, Text
from fallback.core.wizard.offers import NOWHERE, PLACES, PROVIDERS, Offer
from fallback.core.wizard.storefront import Storefront

FOLDERS = ("folder", "folder")
_COUNTRIES = {
    "ar": ("", ""), "cs": ("420", "Europe/Prague"), "cz": ("420", "Europe/Prague"),
    "de": ("49", "Europe/Berlin"), "es": ("34", "Europe/Madrid"),
    "fr": ("33", "Europe/Paris"), "hu": ("36", "Europe/Budapest"),
    "it": ("39", "Europe/Rome"), "nl": ("31", "Europe/Amsterdam"),
    "pl": ("48", "Europe/Warsaw"), "pt": ("351", "Europe/Lisbon"),
    "ro": ("40", "Europe/Bucharest"), "se": ("46", "Europe/Stockholm"),
    "sv": ("46", "Europe/Stockholm"), "ua": ("380", "Europe/Kyiv"),
    "uk": ("", ""),
}  # fmt: skip
"""Dialling code and time zone by the end of the shop's name, or its language."""
_NO_ZONE = ("UTC", "Etc/UTC", "Etc/GMT", "GMT")


@frozen
class Seen:
    """What was looked up about a shop while it is up; what nobody said stays empty.

    ``up``: it shows a page; ``None``: nobody looked. ``exists``: DNS knows the name.
    ``holds`` is the zone that the name is in. ``unseen`` are questions without answer.
    """

    url: str
    up: bool | None = None
    exists: bool | None = None
    why: str = ""
    zone: str = ""
    front: Storefront = field(factory=Storefront)
    contains: str = ""
    workers: tuple[str, ...] = ()
    robots: bytes = field(default=b"", repr=False)
    hsts: bool = False
    dns: tuple[Company, ...] = ()
    web: tuple[Company, ...] = ()
    mail: tuple[Company, ...] = ()
    registrars: tuple[Company, ...] = ()
    unseen: tuple[Text, ...] = ()

    @property
    def domain(self) -> str:
        """Return the host of ``url``."""
        return urlsplit(self.url).hostname or ""

    @property
    def held(self) -> tuple[Company, ...]:
        """Return every company that the shop depends on, as far as it was seen."""
        parts = (*self.web, *self.dns, *self.mail, *self.registrars)
        return tuple({company.id: company for company in parts}.values())

    @property
    def dns_dies(self) -> bool:
        """Say whether the domain is kept where the shop itself is."""
        backs = [company for company in self.web if not company.front]
        own = any(self.zone and company.id == self.zone for company in self.dns)
        return own or bool(same(self.dns, backs))

    def told(self) -> Iterator[Text]:
        """Yield what was seen, a plain sentence each."""
        for company in self.web:
            if company.front:
                yield T("{company} stands in front of your shop; what is behind it"
                        " cannot be seen from here", company=company.name)  # fmt: skip
            else:
                yield T("your shop is at {company}", company=company.name)
        if self.registrars:
            yield T("your domain is registered with {company}: find the login, and"
                    " write on the emergency card where it is",
                    company=named(self.registrars))  # fmt: skip
        if self.dns:
            yield T("your domain is looked after by {company}",
                    company=self.called(self.dns))  # fmt: skip
        if self.mail:
            yield T("your mail goes to {company}", company=self.called(self.mail))
        if self.hsts:
            yield T("browsers open your shop only with the padlock: the page must have"
                    " it, too")  # fmt: skip
        if self.dns_dies:
            yield T("your shop and your domain are in the same hands: when that company"
                    " fails, nobody can lead your customers to the page")  # fmt: skip
        for question in self.unseen:
            yield T("not found out: {question}", question=question)

    def called(self, companies: Iterable[Company]) -> Sayable:
        """Return who *companies* are; servers of the shop's own carry its own name."""
        own = [company for company in companies if company.id == self.zone]
        others = [company for company in companies if company.id != self.zone]
        if not own:
            return named(others)
        if not others:
            return T("a server of your own")
        return T("a server of your own, and {others}", others=named(others))

    def as_json(self) -> Mapping[str, object]:
        """Return what was seen, for machines."""
        return {
            "up": self.up,
            "exists": self.exists,
            "zone": self.zone,
            "dns": [company.name for company in self.dns],
            "web": [company.name for company in self.web],
            "mail": [company.name for company in self.mail],
            "registrar": [company.name for company in self.registrars],
            "hsts": self.hsts,
            "languages": list(self.front.languages),
            "workers": list(self.workers),
            "unseen": [str(question) for question in self.unseen],
        }


def places(seen: Seen) -> tuple[str, ...]:
    """Return the two kinds of host that are proposed for the shop.

    Two folders of this machine where nothing is known of who holds the shop: they need
    no account, and nobody calls them independent.
    """
    if not seen.held:
        return FOLDERS
    taken = {company.id for company in seen.held}
    free = [offer.kind for offer in PLACES if offer.company not in taken]
    return tuple(free[:2]) if len(free) > 1 else (*free, "folder")


def provider(seen: Seen) -> str:
    """Return the word for who moves the names; empty where nothing can be proposed."""
    if not seen.zone:
        return ""
    for company in seen.dns:
        if company.desk.provider in PROVIDERS and not seen.dns_dies:
            return company.desk.provider
    return "manual"


def why_place(kind: str, seen: Seen) -> Text:
    """Return one plain sentence: what the place *kind* is, and why it fits."""
    offer = offered(kind)
    if offer is None:
        return T(
            "a folder on this computer: no account needed, and nobody sees it until you"
            " put it on the web"
        )
    shared = [company for company in seen.held if company.id == offer.company]
    if shared:
        return T("{what}; but your shop depends on {company}, too", what=offer.what,
                 company=shared[0].name)  # fmt: skip
    if offer.company and seen.held:
        return T("{what}; nothing of your shop that was seen is there", what=offer.what)
    return offer.what


def why_provider(word: str, seen: Seen) -> Text:
    """Return one plain sentence: what happens to the shop's address on the day."""
    if seen.dns_dies and word == "manual":
        return T(
            "you do it by hand ({company}), if that still answers on the day; to be"
            " sure, have somebody move the domain to another company (docs/ladder.md)",
            company=seen.called(seen.dns),
        )
    if word == "manual":
        if not seen.dns:
            return T("fallback prints exactly what to type where your domain is kept")
        return T("fallback prints exactly what to type {where}",
                 where=change_at(seen.dns[0]))  # fmt: skip
    if word == "none":
        return T("your own address stays as it is; you give customers the page's own")
    if word in PROVIDERS:
        return T(
            "fallback does it, and takes it back, with a key that can do only that"
        )
    return T("fallback moves the names by itself")


def offered(kind: str) -> Offer | None:
    """Return what is known about the place *kind*."""
    return next((offer for offer in PLACES if offer.kind == kind), None)


def word_for(domain: str) -> str:
    """Return a name for buckets, sites and workers: letters, digits and hyphens."""
    bare = domain.removeprefix("www.").lower()
    return re.sub(r"[^a-z0-9]+", "-", bare).strip("-")[:40].strip("-") or "shop"


def target(kinds: Iterable[str], tables: Mapping[str, Mapping[str, object]]) -> object:
    """Return what names point at while redirected, as far as it can be known now.

    The first place that can be led to decides. ``NOWHERE`` until its ``setup`` has said
    its name: it is no name that could ever answer.
    """
    for kind in kinds:
        table = tables.get(kind, {})
        if kind == "s3" and not table.get("url"):
            return NOWHERE
        if kind == "netlify":
            site = str(table.get("site", ""))
            return f"{site.removesuffix('.netlify.app')}.netlify.app"
        shown = urlsplit(str(table.get("url", ""))).hostname
        host = shown or str(table.get("host", ""))
        if host:
            return [host] if is_address(host) else host
    return NOWHERE


def names(zone: str, domain: str) -> list[str]:
    """Return the names of *zone* that customers type."""
    bare = domain.removeprefix("www.")
    both = [bare, f"www.{bare}"] if bare == zone or domain != bare else [domain]
    return [name for name in both if f".{name}".endswith(f".{zone}")]


def needs_follow(word: str, where: object) -> bool:
    """Say whether the top of a zone at *word* cannot itself follow the host *where*.

    Cloudflare flattens, and Amazon's alias leads to Amazon's own only.
    """
    if not isinstance(where, str) or word == "cloudflare":
        return False
    return word != "route53" or not (
        where == NOWHERE or where.endswith("cloudfront.net")
    )


def timezone(seen: Seen, machine: str) -> str:
    """Return the shop's time zone: this *machine*'s, else the country's.

    Empty when neither is known: servers live in UTC, and shops do not.
    """
    return machine if machine not in _NO_ZONE else _country(seen)[1]


def dialled(typed: str, seen: Seen) -> str:
    """Return *typed* with the country's code before it; empty when it has one.

    A national number begins with a 0 that is dropped abroad, except in Italy.
    """
    digits = re.sub(r"[\s()./-]", "", typed)
    code = _country(seen)[0]
    if not code or not re.fullmatch(r"\d{8,11}", digits) or digits.startswith("00"):
        return ""
    own = digits if code == "39" else digits.removeprefix("0")
    return f"+{code}{own}"


def _country(seen: Seen) -> tuple[str, str]:
    ends = (seen.domain.rpartition(".")[2], *seen.front.languages[:1])
    return next((_COUNTRIES[end] for end in ends if end in _COUNTRIES), ("", ""))
