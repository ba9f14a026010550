"""The questions of ``check``: what is asked about a shop, and how each is asked.

One question asks one thing, of one part of the world, and raises nothing that an owner
could not have heard of by another one: all of them are asked side by side.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from attrs import frozen

from fallback import stores
from fallback.actions.checking import sharing, zone_questions
from fallback.actions.checking.approach import approach
from fallback.actions.checking.places import places
from fallback.actions.checking.spare import spare
from fallback.actions.checking.visiting import held, local_manifest, visits
from fallback.actions.moving.evidence import (
    expected_pages,
    pinned,
)
from fallback.actions.writing.proofread import words_for_check
from fallback.core.check.mailbox import Knock
from fallback.core.check.phone import Phone
from fallback.core.clock import Clock
from fallback.core.config import Config
from fallback.core.errors import FallbackError
from fallback.core.redirect.journal import Event
from fallback.core.settings.addresses import is_address
from fallback.core.text import T, Text
from fallback.core.wizard.forms import moved_by_machine, tied
from fallback.probes import (
    forms,
    greeting,
    link,
    machine,
    mail,
    mailbox,
    registrar,
    resolver,
    shop,
    workers,
)
from fallback.stores import dated, journal
from fallback.wire import git

_FEW = 4

Asked = tuple[str, str]
"""What was asked, and about which zone (empty for the whole shop)."""


@frozen
class Machine:
    """Where this machine is, and at which host the repository of the words is."""

    addresses: tuple[str, ...] = ()
    words: str = ""
    words_at: tuple[str, ...] = ()


LINK = "link"
"""What is asked about each link of the owner's, which stands in the zone's place."""


REGISTRAR: Asked = ("registrar", "")
SPARE_REGISTRAR: Asked = ("spare-registrar", "")
UNOWED = (REGISTRAR, SPARE_REGISTRAR)
"""What nobody has to answer: most countries' registries say little or nothing."""


def questions(
    config: Config,
    now: datetime,
    clock: Clock,
    links: Sequence[str] = (),
    *,
    write: bool = False,
) -> Iterator[tuple[Asked, Callable[[], Any]]]:
    """Yield everything that there is to ask at the site of *config*, ready to ask.

    Nothing but reads is sent to anybody's interface; with *write* the questions that
    only a write can answer are asked, too.
    """
    network, domain = config.network, config.shop.domain
    email_domain = config.contact.email.rpartition("@")[2]
    yield ("shop", ""), lambda: shop.look(config, None, now)
    yield ("addresses", ""), lambda: resolver.addresses_told(domain, network)
    yield ("online", ""), lambda: resolver.online(network)
    yield ("approach", ""), lambda: approach(config)
    yield ("probe", ""), lambda: _probed(config)
    yield ("workers", ""), lambda: workers.find(config)
    yield ("pinned", ""), lambda: pinned(config)
    yield ("email", ""), lambda: mail.reached(email_domain, network)
    yield ("pages", ""), lambda: expected_pages(config)
    yield ("words", ""), lambda: words_for_check(config, now=now)
    yield ("hosts", ""), lambda: places(config)
    yield ("visits", ""), lambda: visits(config)
    yield ("greeting", ""), lambda: greeting.of_shop(config, clock)
    yield ("clocks", ""), lambda: greeting.of_hosts(config, clock)
    yield ("placed", ""), lambda: _placed(config)
    yield ("mailbox", ""), lambda: _mailbox(config, email_domain)
    for url in links:
        yield (LINK, url), lambda u=url: link.follow(u, network)  # type: ignore[misc]
    yield ("pointers", ""), lambda: _pointers(config)
    yield ("machine", ""), lambda: _machine(config)
    yield ("phone", ""), lambda: _phone(config)
    yield ("dates", ""), lambda: _dates(config)
    yield ("moved", ""), lambda: _moved(config)
    yield ("held", ""), lambda: held(config)
    yield ("local", ""), lambda: local_manifest(config)
    yield ("state", ""), lambda: sharing.state(config, write=write)
    yield ("spare", ""), lambda: spare(config)
    yield REGISTRAR, lambda: registrar.look(domain, network)
    yield SPARE_REGISTRAR, lambda: registrar.look(_spare_host(config), network)
    about_zones = zone_questions.QUESTIONS | (zone_questions.WRITES if write else {})
    for table in config.dns:
        for what, question in about_zones.items():
            # the default arguments keep the loop's values
            yield (
                (what, table.zone),
                lambda q=question, t=table: q(config, t),  # type: ignore[misc]
            )


def _spare_host(config: Config) -> str:
    return urlsplit(config.shop.spare).hostname or ""


def _mailbox(config: Config, domain: str) -> Knock | None:
    way = mail.route(domain, config.network)
    addresses = [
        host.addresses[0] for host in (way.hosts if way else ()) if host.addresses
    ]
    return mailbox.knock(addresses, config.network)


def _pointers(config: Config) -> tuple[str, ...]:
    """Return the PTR names of the shop's addresses; a few of them tell enough."""
    network = config.network
    addresses = resolver.addresses(config.shop.domain, network)[:_FEW]
    found = (resolver.pointers(address, network) for address in addresses)
    return tuple(name for names in found for name in names)


def _phone(config: Config) -> Phone | None:
    """Return what forms there are, where a form could publish at all.

    A folder that nobody shows is thrown away with the form's machine. Of a site in a
    part of its repository, or one whose owner has a form of her own, nothing is said.
    """
    shown = any(table.kind != "folder" or table.url for table in config.hosts)
    if config.card.update_url or not shown:
        return None
    found = forms.look(config.root)
    if found is None or git.checkout(config.root) != config.root.resolve():
        return None
    hosts = {table.label for table in config.hosts}
    needed = tied(config)
    return Phone(
        found,
        moved_by_machine(config),
        tuple(each for each in needed if each.place in hosts),
        tuple(each for each in needed if each.place not in hosts),
    )


def _machine(config: Config) -> Machine:
    addresses = resolver.addresses(config.shop.domain, config.network)
    host = machine.repository_host(config.root.resolve())
    at = resolver.addresses(host, config.network) if host else ()
    return Machine(machine.own_addresses(addresses), host, at)


def _dates(config: Config) -> Mapping[str, datetime]:
    """Return what was so on a day; an unreadable store is told by whoever needs it."""
    with suppress(FallbackError):
        return dated.recall(stores.connect(config.state, config))
    return {}


def _moved(config: Config) -> dict[str, datetime]:
    """Return when each zone last took a change of ours, as the journal knows it."""
    found: dict[str, datetime] = {}
    with suppress(FallbackError):
        for entry in journal.connect(config).read().entries:
            if entry.event is Event.DONE:
                found[entry.zone] = max(entry.at, found.get(entry.zone, entry.at))
    return found


def _placed(config: Config) -> dict[str, tuple[str, ...]]:
    """Return the addresses of each status address, by its name."""
    names = {urlsplit(table.url).hostname or "" for table in config.hosts}
    network = config.network
    return {n: resolver.addresses(n, network) for n in names if n and not is_address(n)}


def _probed(config: Config) -> tuple[str, ...]:
    """Return the addresses of the page that is watched: those are the ones to pin."""
    host = urlsplit(config.primary.probe).hostname or ""
    with suppress(ValueError):
        return (str(ip_address(host)),)
    return resolver.addresses(host, config.network)


_ASKED: dict[str, Text] = zone_questions.ASKED | {
    "shop": T("what the shop shows"),
    "addresses": T("where the shop is"),
    "online": T("whether this machine is online"),
    "approach": T("how customers are led to the shop"),
    "probe": T("where the page that is watched is"),
    "workers": T("which service workers the shop has"),
    "pinned": T("where the shop was"),
    "email": T("where mail to the emergency address goes"),
    "pages": T("which page is published"),
    "words": T("what your words say"),
    "hosts": T("whether the page is where it was published"),
    "visits": T("what visitors of the status addresses get"),
    "greeting": T("how browsers must come to the shop"),
    "clocks": T("what time it is at the hosts"),
    "placed": T("where the status addresses are"),
    "mailbox": T("how the emergency mailbox answers"),
    LINK: T("where a link of yours leads"),
    "pointers": T("whose the shop's addresses are"),
    "machine": T("where this machine and your words are"),
    "phone": T("what can be done from a telephone"),
    "dates": T("what was settled, and when"),
    "moved": T("when names were last moved"),
    "held": T("what the hosts hold by their own interfaces"),
    "local": T("what was published from this folder"),
    "state": T("whether the state can be read"),
    "spare": T("what the spare address shows"),
}


def in_words(asked: Asked) -> Text:
    """Return what was *asked*, as people call it."""
    what, zone = asked
    return _ASKED[what].with_values(zone=zone)
