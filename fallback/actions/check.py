"""Asks everything that the day of the outage depends on, and says what is not ready.

Questions are asked side by side and share one deadline; whatever was not answered in
time is said as such. All that is remembered is where the living shop is, and which
service workers it leaves in browsers.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any, Literal
from urllib.parse import urlsplit

from attrs import frozen

from fallback import dns, stores
from fallback.actions.evidence import expected_pages, page_looks, pinned
from fallback.actions.places import places, unseen
from fallback.actions.proofread import words_for_check
from fallback.actions.visiting import local_manifest, name_visits, visits
from fallback.core.config import Config, DnsTable
from fallback.core.errors import Conflict, FallbackError, Refused
from fallback.core.facts import Control, Facts, Mail, Refusing, Zone
from fallback.core.findings import Finding, Severity
from fallback.core.handshakes import Handshake
from fallback.core.host_readiness import Visited
from fallback.core.model import Observation, Origin, Verdict
from fallback.core.readiness import findings
from fallback.core.records import (
    Caps,
    Marker,
    Snapshot,
    absolute,
    marker_key,
    plan_redirect,
)
from fallback.core.result import Talk
from fallback.core.text import Sayable, T, Text
from fallback.core.wording import while_up
from fallback.probes import mail, nameserver, resolver, shop, tls, workers
from fallback.stores import leftovers, origin
from fallback.wire import parallel
from fallback.wire.dns import resolvers
from fallback.wire.questions import answered

DEADLINE = timedelta(seconds=25)
_NOT_READY = 4
_AT_ONCE = 8

Asked = tuple[str, str]
"""What was asked, and about which zone (empty for the whole shop)."""


@frozen
class CheckResult:
    """Every finding, the gravest first. ``strict`` counts warnings as critical.

    ``hosts`` are all of them, with what their kinds promise, and what came where there
    is a status address.
    """

    domain: str
    findings: tuple[Finding, ...]
    strict: bool = False
    hosts: tuple[Visited, ...] = ()

    @property
    def code(self) -> int:
        """Return 4 with a critical finding, or with a warning when strict."""
        grave = {Severity.CRITICAL, *([Severity.WARNING] if self.strict else [])}
        return _NOT_READY if any(f.severity in grave for f in self.findings) else 0

    def told(self) -> Iterator[Sayable]:
        """See ``fallback.core.result.Result``."""
        for severity in Severity:
            group = [found for found in self.findings if found.severity is severity]
            if group:
                yield _HEADINGS[severity]
            about = ""
            for found in group:
                if found.subject != about:
                    about = found.subject
                    yield f"  {_bare(about)}"
                yield T("    - {seen}", seen=found.seen)
                yield T("      why: {why}", why=found.why)
                yield T("      do:  {remedy}", remedy=found.remedy)
        yield self._verdict()

    def _verdict(self) -> Text:
        if self.code:
            first = self.findings[0]
            return T(
                "{domain} is not ready; first: {remedy}",
                domain=self.domain,
                remedy=first.remedy,
            )
        if any(found.id == "no-dns" for found in self.findings):
            return T(
                "nothing critical was found, but {domain} cannot be redirected",
                domain=self.domain,
            )
        return T("{domain} is ready: nothing critical was found", domain=self.domain)

    def as_json(self) -> Mapping[str, Any]:
        """See ``fallback.core.result.Result``."""
        return {
            "findings": [
                {
                    "id": str(found.id),
                    "severity": found.severity.value,
                    "subject": _bare(found.subject),
                    "seen": str(found.seen),
                    "why": str(found.why),
                    "remedy": str(found.remedy),
                }
                for found in self.findings
            ],
            "hosts": [host.as_json() for host in self.hosts],
        }


_HEADINGS = {
    Severity.CRITICAL: T("critical: on the day it would not work"),
    Severity.WARNING: T("warning: it would work worse than it could"),
    Severity.INFO: T("good to know"),
}


def _bare(subject: str) -> str:
    return subject.rstrip(".")


def check(
    config: Config,
    *,
    now: datetime,
    say: Talk,
    strict: bool = False,
    deadline: timedelta = DEADLINE,
) -> CheckResult:
    """Return what is not ready at the site of *config*, looked at now.

    Takes at most *deadline*. While the shop is seen healthy at its own names, its
    addresses and workers are remembered. Raises ``Unavailable`` when they cannot be
    written down.
    """
    say("asking", T("asking about {domain}", domain=config.shop.domain))
    resolvers(config.network)  # imports dnspython once, before the threads
    questions = dict(_questions(config, now))
    answers = answered(questions, within=deadline)
    facts = _facts(config, answers, tuple(questions), now)
    if not any(z.control and z.control.redirected for z in facts.zones):
        _remember(config, answers, now)
    words: tuple[Finding, ...] = answers.get(("words", "")) or ()
    if _is_up(answers):
        words = while_up(words)
    order = list(Severity)
    found = sorted((*findings(facts), *words), key=lambda f: order.index(f.severity))
    return CheckResult(config.shop.domain, tuple(found), strict, facts.visits)


def _questions(
    config: Config, now: datetime
) -> Iterator[tuple[Asked, Callable[[], Any]]]:
    network, domain = config.network, config.shop.domain
    email_domain = config.contact.email.rpartition("@")[2]
    yield ("shop", ""), lambda: shop.look(config, None, now)
    yield ("addresses", ""), lambda: resolver.addresses(domain, network)
    yield ("probe", ""), lambda: _probed(config)
    yield ("workers", ""), lambda: workers.find(config)
    yield ("pinned", ""), lambda: pinned(config)
    yield ("email", ""), lambda: mail.route(email_domain, network)
    yield ("pages", ""), lambda: expected_pages(config)
    yield ("words", ""), lambda: words_for_check(config, now=now)
    yield ("hosts", ""), lambda: places(config)
    yield ("visits", ""), lambda: visits(config)
    yield ("local", ""), lambda: local_manifest(config)
    for table in config.dns:
        for what, question in _ZONE.items():
            # the default arguments keep the loop's values
            yield (
                (what, table.zone),
                lambda q=question, t=table: q(config, t),  # type: ignore[misc]
            )


def _probed(config: Config) -> tuple[str, ...]:
    """Return the addresses of the page that is watched: those are the ones to pin."""
    host = urlsplit(config.primary.probe).hostname or ""
    with suppress(ValueError):
        return (str(ip_address(host)),)
    return resolver.addresses(host, config.network)


def _control(config: Config, table: DnsTable) -> Control | Refusing:
    try:
        provider = dns.connect(table, config)
        snapshot = provider.read(table.zone, table.names)
    except FallbackError as error:
        return Refusing(error.what, error.next or T("look at the dns table"))
    marker = Marker.parse(snapshot.get(marker_key(table.zone)))
    redirected = marker is not None and marker.state == "redirected"
    return Control(snapshot, provider.caps.types, redirected)


def _impossible(config: Config, table: DnsTable) -> Refusing | None:
    """Return why no plan can be made; what the zone holds makes no difference to it."""
    try:
        caps: Caps = dns.connect(table, config).caps
        empty = Snapshot(table.zone, {})
        plan_redirect(empty, table.names, table.target, table.ttl, epoch=1, caps=caps)
    except Refused as error:
        return Refusing(error.what, error.next or T("look at target in the dns table"))
    except FallbackError:
        return None  # said by the question about the zone itself
    return None


def _servers(config: Config, table: DnsTable) -> tuple[Any, ...]:
    network = config.network
    return tuple(
        parallel.each(
            lambda s: nameserver.inspect(s, table.zone, table.names, network),
            resolver.authoritative(table.zone, network),
            width=_AT_ONCE,
        )
    )


def _chains(config: Config, table: DnsTable) -> dict[str, tuple[str, ...]]:
    found = resolver.resolve(table.zone, "NS", config.network)
    return {
        absolute(name): mail.chain(name, config.network)
        for name in (found.rdatas if found else ())
    }


def _mail(config: Config, table: DnsTable) -> tuple[Mail, ...] | None:
    """Return where mail goes; ``None`` when nobody could be asked.

    Without MX only the mail of the zone itself counts: nobody writes to ``@www``.
    """
    apex = absolute(table.zone)
    ways = []
    for name in dict.fromkeys(map(absolute, (apex, *table.names))):
        way = mail.route(name, config.network)
        if way is None:
            return None
        if name == apex or not way.implicit:
            ways.append(way)
    return tuple(ways)


def _target(config: Config, table: DnsTable) -> tuple[str, ...]:
    if isinstance(table.target, str):
        return resolver.addresses(table.target, config.network)
    return tuple(str(address) for address in table.target)


def _handshakes(config: Config, table: DnsTable) -> tuple[Handshake, ...]:
    if not config.shop.secure:
        return ()
    pairs = [(n, a) for n in table.names for a in _target(config, table)]
    return tuple(
        parallel.each(
            lambda pair: tls.handshake(*pair, config.shop.port, config.network),
            pairs,
            width=_AT_ONCE,
        )
    )


_ZONE: dict[str, Callable[[Config, DnsTable], Any]] = {
    "control": _control,
    "impossible": _impossible,
    "servers": _servers,
    "chains": _chains,
    "mail": _mail,
    "target": _target,
    "handshakes": _handshakes,
    "looks": lambda config, table: page_looks(config, table.names, table.target),
    "named": lambda config, table: name_visits(config, table, _target(config, table)),
}

_ASKED: dict[str, Text] = {
    "shop": T("what the shop shows"),
    "addresses": T("where the shop is"),
    "probe": T("where the page that is watched is"),
    "workers": T("which service workers the shop has"),
    "pinned": T("where the shop was"),
    "email": T("where mail to the emergency address goes"),
    "pages": T("which page is published"),
    "words": T("what your words say"),
    "hosts": T("whether the page is where it was published"),
    "visits": T("what visitors of the status addresses get"),
    "local": T("what was published from this folder"),
    "control": T("what {zone} holds where it is kept"),
    "impossible": T("whether names of {zone} can follow the target"),
    "servers": T("what the name servers of {zone} say"),
    "chains": T("what the name servers of {zone} depend on"),
    "mail": T("where mail for {zone} goes"),
    "target": T("where the target of {zone} is"),
    "handshakes": T("which certificates the target of {zone} shows"),
    "looks": T("what the target of {zone} shows"),
    "named": T("what visitors of the target of {zone} get"),
}


def _facts(
    config: Config,
    answers: Mapping[Asked, Any],
    asked: tuple[Asked, ...],
    now: datetime,
) -> Facts:
    known = (
        *(answers.get(("pinned", "")) or ()),
        *(answers.get(("addresses", "")) or ()),
    )
    return Facts(
        now,
        config.shop.domain,
        config.contact.email,
        shop=answers.get(("pinned", "")) or known,
        look=answers.get(("shop", "")),
        contains=config.primary.contains,
        workers=_workers(answers),
        placed=config.shop.workers,
        email_mail=answers.get(("email", "")),
        pages=answers.get(("pages", ""), frozenset()),
        zones=tuple(_zone(table, answers) for table in config.dns),
        hosts=answers.get(("hosts", "")) or unseen(config),
        visits=answers.get(("visits", "")) or (),
        local=answers.get(("local", "")),
        secure=config.shop.secure,
        unanswered=tuple(
            _ASKED[what].with_values(zone=zone)
            for what, zone in asked
            if (what, zone) not in answers
            or (what == "email" and answers[what, zone] is None)
        ),
    )


def _zone(table: DnsTable, answers: Mapping[Asked, Any]) -> Zone:
    def got(what: Literal["servers", "looks", "handshakes", "target", "named"]) -> Any:
        return answers.get((what, table.zone), ())

    control = answers.get(("control", table.zone))
    return Zone(
        table.zone,
        table.names,
        table.target,
        addresses=got("target"),
        chains=answers.get(("chains", table.zone), {}),
        servers=got("servers"),
        mail=answers.get(("mail", table.zone)),
        handshakes=got("handshakes"),
        looks=got("looks"),
        visits=got("named"),
        control=control if isinstance(control, Control) else None,
        unreadable=control if isinstance(control, Refusing) else None,
        impossible=answers.get(("impossible", table.zone)),
    )


def _is_up(answers: Mapping[Asked, Any]) -> bool:
    looked: Observation | None = answers.get(("shop", ""))
    return looked is not None and looked.verdict is Verdict.UP


def _workers(answers: Mapping[Asked, Any]) -> tuple[str, ...]:
    """Return the workers of the living shop; those of anything else are not its own."""
    return answers.get(("workers", "")) or () if _is_up(answers) else ()


def _remember(config: Config, answers: Mapping[Asked, Any], now: datetime) -> None:
    looked: Observation | None = answers.get(("shop", ""))
    addresses = answers.get(("probe", "")) or ()
    if looked is None or looked.verdict is not Verdict.UP:
        return
    store = stores.connect(config.state, config)
    with suppress(Conflict):  # a watcher has just written down the same
        if addresses:
            origin.remember(store, Origin(tuple(addresses), now))
        if seen := _workers(answers):
            leftovers.remember(store, seen)
