"""Gets to know a shop before it has a site: what it shows, and who holds what of it.

Asked side by side, with one deadline, and by nobody's leave: public DNS and the shop's
own home page. Whatever was not answered is named, and nothing is guessed in its place.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fallback.core.check.registration import Registration
from fallback.core.check.zone_facts import Mail
from fallback.core.config import Config, Contact, Network, Primary, Shop, State
from fallback.core.holders.companies import (
    Company,
    dns_companies,
    mail_companies,
    web_companies,
)
from fallback.core.settings.addresses import is_address
from fallback.core.text import T, Text
from fallback.core.wizard.proposals import Seen
from fallback.core.wizard.storefront import Storefront, folded
from fallback.probes import mail, registrar, resolver, storefront, workers
from fallback.probes.storefront import Visit
from fallback.wire import shipped
from fallback.wire.dns import nameservers
from fallback.wire.questions import answered

PATIENCE = timedelta(seconds=8)
"""How long a new site waits to get to know its shop; ``check`` looks again."""

_ASKED = {
    "page": T("what your shop shows"),
    "workers": T("what your shop leaves in browsers"),
    "zone": T("who looks after your domain"),
    "mail": T("where your mail goes"),
    "aliases": T("where your shop is"),
}


def acquainted(
    url: str, network: Network, *, patience: timedelta = PATIENCE, either: bool = False
) -> Seen:
    """Return what is seen of the shop at *url* within *patience*.

    With *either* nobody has said https, and http is taken where only that answers.
    """
    seen = _met(url, network, patience)
    if either and not seen.up and seen.exists and url.startswith("https://"):
        plain = _met("http://" + url.removeprefix("https://"), network, patience)
        return plain if plain.up else seen
    return seen


def _met(url: str, network: Network, patience: timedelta) -> Seen:
    config = _provisional(url, network)
    host = config.shop.domain
    nameservers.resolvers(network)  # imports dnspython once, before the threads
    asked: dict[str, Any] = {
        "page": lambda: storefront.visit(config, patience),
        "workers": lambda: workers.find(config, patience),
    }
    if not is_address(host):
        asked |= {
            "zone": lambda: _zone(host, network),
            "mail": lambda: mail.route(host.removeprefix("www."), network),
            "aliases": lambda: _aliases(host, network),
            "registrar": lambda: registrar.look(host, network, patience),
        }
    answers = answered(asked, within=patience + timedelta(seconds=1))
    return _seen(url, asked, answers)


def _seen(url: str, asked: Iterable[str], answers: Mapping[str, Any]) -> Seen:
    visit: Visit | None = answers.get("page")
    front = (visit and visit.front) or Storefront()
    zone, servers = answers.get("zone") or ("", ())
    aliases, pointers, known = answers.get("aliases") or ((), (), None)
    route = answers.get("mail")
    registration: Registration | None = answers.get("registrar")
    headers = visit.headers if visit else {}
    return Seen(
        url,
        up=_up(visit),
        exists=known,
        why=visit.why if visit else "",
        zone=zone,
        front=front,
        contains=front.telling(_on_our_page(front)),
        workers=answers.get("workers") or () if visit and visit.front else (),
        robots=visit.robots if visit else b"",
        hsts="strict-transport-security" in headers,
        dns=dns_companies(servers),
        web=web_companies(aliases, headers, pointers),
        mail=_mail(route),
        registrars=registration.companies if registration else (),
        unseen=tuple(_unseen(asked, answers)),
    )


def _up(visit: Visit | None) -> bool | None:
    """Return whether the shop shows a page; ``None`` when that cannot be told."""
    if visit is not None and visit.front is not None:
        return True
    return False if visit is not None and visit.is_down else None


def _unseen(asked: Iterable[str], answers: Mapping[str, Any]) -> Iterable[Text]:
    for question in asked:
        answer = answers.get(question)
        if question not in _ASKED:
            continue  # no registry has to answer
        if answer is None or (isinstance(answer, Visit) and _up(answer) is None):
            yield _ASKED[question]


def _zone(host: str, network: Network) -> tuple[str, tuple[str, ...]] | None:
    """Return the zone that *host* is in, and its name servers; ``None``: not known."""
    labels = host.split(".")
    heard = False
    for first in range(len(labels) - 1):
        name = ".".join(labels[first:])
        found = nameservers.resolve(name, "NS", network)
        heard = heard or found is not None
        if found is not None and found.rdatas and not _leads_on(name, network):
            return name, tuple(each.rstrip(".") for each in found.rdatas)
    return ("", ()) if heard else None


def _leads_on(name: str, network: Network) -> bool:
    """Say whether *name* is an alias: what DNS says of it is another name's."""
    alias = nameservers.resolve(name, "CNAME", network)
    return alias is not None and bool(alias.rdatas)


def _aliases(
    host: str, network: Network
) -> tuple[tuple[str, ...], tuple[str, ...], bool] | None:
    """Return where *host* leads, and who stands there; ``None`` when nobody answers.

    The names that it leads through, those of its addresses' machines, and whether DNS
    knows it at all.
    """
    way = mail.way(host, network)
    if way is None:
        return None
    addresses = resolver.addresses(host, network)
    pointers: list[str] = []
    for address in addresses[:2]:
        found = nameservers.resolve(ip_address(address).reverse_pointer, "PTR", network)
        pointers += found.rdatas if found else ()
    names = tuple(name.rstrip(".") for name in way[1:])
    known = bool(addresses) or len(way) > 1
    return names, tuple(each.rstrip(".") for each in pointers), known


def _mail(route: Mail | None) -> tuple[Company, ...]:
    """Return who takes the mail; a domain without MX names nobody."""
    if route is None or route.implicit:
        return ()
    return mail_companies(host.name.rstrip(".") for host in route.hosts)


def _provisional(url: str, network: Network) -> Config:
    """Return just enough of a site's settings to look at *url*."""
    shop = Shop(name=urlsplit(url).hostname or "", url=url)
    primary = Primary(probe=url, contains="")
    nothing = State("folder", None)
    return Config(Path(), shop, Contact("", ""), primary, (), (), nothing, network)


def _on_our_page(front: Storefront) -> Any:
    """Return what tells whether our own page may say some words.

    It says the shop's name, and whatever the starter words say.
    """
    words = (shipped.starter() / "content").rglob("*.md")
    ours = folded(" ".join([front.name, *(each.read_text("utf-8") for each in words)]))
    return lambda phrase: phrase in ours
