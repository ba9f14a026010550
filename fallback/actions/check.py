"""Asks everything that the day of the outage depends on, and says what is not ready.

Questions are asked side by side and share one deadline; whatever was not answered in
time is said as such. All that is remembered is where the living shop is, and which
service workers it leaves in browsers.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from attrs import evolve, frozen

from fallback import stores
from fallback.actions.checking.owning import prove_hosts
from fallback.actions.checking.parts import parts
from fallback.actions.checking.places import unseen
from fallback.actions.checking.proving import UNTRIED, prove
from fallback.actions.checking.questions import (
    LINK,
    REGISTRAR,
    SPARE_REGISTRAR,
    UNOWED,
    Asked,
    in_words,
    questions,
)
from fallback.actions.drilling.drilled import drilled
from fallback.core.check.basket import Thing, baskets
from fallback.core.check.facts import Approach, Facts
from fallback.core.check.host_readiness import Visited
from fallback.core.check.ownership import Proof
from fallback.core.check.proven import Tried
from fallback.core.check.registration import Registration
from fallback.core.check.skew import Tick
from fallback.core.check.spare import Spare
from fallback.core.check.state_readiness import state_away
from fallback.core.check.zone_facts import Control, Mail, Refusing, Zone
from fallback.core.clock import Clock
from fallback.core.config import Config, DnsTable
from fallback.core.errors import Conflict, FallbackError
from fallback.core.findings import HEADINGS, Finding, Severity, exit_code
from fallback.core.model import Observation, Origin, Verdict
from fallback.core.readiness import findings
from fallback.core.records import absolute
from fallback.core.redirect.ladder import Step, ladder, ladder_told
from fallback.core.redirect.switch import silent
from fallback.core.result import Talk
from fallback.core.text import Paragraph, Sayable, T, Text
from fallback.core.wording import while_up
from fallback.probes.greeting import Greeting
from fallback.stores import leftovers, origin
from fallback.wire.clock import SystemClock
from fallback.wire.dns.nameservers import resolvers
from fallback.wire.questions import answered

DEADLINE = timedelta(seconds=25)


@frozen
class Besides:
    """What is not asked every time: links of the owner's, and what only a write tells.

    ``write``: that each zone takes a change, that the hosts' addresses are theirs, and
    what else the credential may change. No write moves a name.
    """

    links: tuple[str, ...] = ()
    write: bool = False


NOTHING = Besides()


@frozen
class CheckResult:
    """Every finding, the gravest first. ``strict`` counts warnings as critical.

    ``hosts`` are all of them, with what their kinds promise, and what came where there
    is a status address. ``ladder`` says how the names can be moved, the safest first.
    ``parts`` is who runs what, ``registration`` what the registry says.
    """

    domain: str
    findings: tuple[Finding, ...]
    strict: bool = False
    hosts: tuple[Visited, ...] = ()
    ladder: tuple[Step, ...] = ()
    parts: tuple[Thing, ...] = ()
    registration: Registration | None = None

    @property
    def code(self) -> int:
        """Return 4 with a critical finding, or with a warning when strict."""
        return exit_code(self.findings, strict=self.strict)

    def told(self) -> Iterator[Sayable]:
        """See ``fallback.core.result.Result``."""
        for severity, heading in HEADINGS.items():
            group = [found for found in self.findings if found.severity is severity]
            if group:
                yield heading
            about = ""
            for found in group:
                if found.about != about:
                    about = found.about
                    yield f"  {about}"
                yield Paragraph("    - {seen}", {"seen": found.seen}, hang=6)
                yield T("      why: {why}", why=found.why).hanging()
                yield T("      do:  {remedy}", remedy=found.remedy).hanging()
        yield from ladder_told(self.ladder)
        yield self._verdict()

    def _verdict(self) -> Text:
        if any(found.id == "offline" for found in self.findings):
            return T("{domain} could not be looked at from here", domain=self.domain)
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
            "findings": [found.as_json() for found in self.findings],
            "hosts": [host.as_json() for host in self.hosts],
            "ladder": [step.as_json() for step in self.ladder],
            "baskets": [basket.as_json() for basket in baskets(self.parts)],
            "registration": (
                self.registration.as_json() if self.registration else None
            ),
        }


def check(
    config: Config,
    *,
    now: datetime,
    say: Talk,
    strict: bool = False,
    deadline: timedelta = DEADLINE,
    clock: Clock | None = None,
    besides: Besides = NOTHING,
) -> CheckResult:
    """Return what is not ready at the site of *config*, looked at now.

    Takes at most *deadline*, after the proofs by writing if there are any. *clock*, the
    machine's if none is given, is held against those of servers. *besides* is what the
    owner wants to have looked at, too.
    While the shop is seen healthy at its own names, its addresses and workers are
    remembered; that they cannot be is a finding.
    """
    say("asking", T("asking about {domain}", domain=config.shop.domain))
    resolvers(config.network)  # imports dnspython once, before the threads
    clock = clock or SystemClock()
    tried = _tried(config, clock, say) if besides.write else ()
    proof = prove_hosts(config, clock=clock, say=say) if besides.write else Proof()
    asked = dict(questions(config, now, clock, besides.links, write=besides.write))
    answers = answered(asked, within=deadline)
    facts = evolve(
        _facts(config, answers, tuple(asked), now),
        tried=tried,
        proof=proof,
    )
    words: tuple[Finding, ...] = answers.get(("words", "")) or ()
    if _is_up(answers):
        words = while_up(words)
    state = _state(config, facts, answers, now)
    order = list(Severity)
    found = sorted(
        (*findings(facts), *words, *state), key=lambda f: order.index(f.severity)
    )
    return CheckResult(
        config.shop.domain,
        tuple(found),
        strict,
        facts.visits,
        ladder(facts),
        facts.parts,
        facts.registration,
    )


def _state(
    config: Config, facts: Facts, answers: Mapping[Asked, Any], now: datetime
) -> tuple[Finding, ...]:
    """Return what is to be said of the state, and remember there what was seen."""
    found: tuple[Finding, ...] | None = answers.get(("state", ""))
    if facts.offline and config.state.kind != "folder":
        return ()  # nothing is known of it either
    redirected = any(z.control and z.control.redirected for z in facts.zones)
    if found == () and not redirected:
        return _remember(config, answers, now)
    return found or ()


def _tried(config: Config, clock: Clock, say: Talk) -> tuple[Tried, ...]:
    """Return how each zone took a change; what forbids the try hinders nothing else."""
    if not config.dns:
        return ()  # who cannot move names yet has hosts to prove
    try:
        return prove(config, clock=clock, say=say)
    except FallbackError as error:
        remedy = error.next or T("run it again; it clears up what is left")
        return tuple(Tried(t.zone, UNTRIED, error.what, remedy) for t in config.dns)


def _facts(
    config: Config,
    answers: Mapping[Asked, Any],
    asked: tuple[Asked, ...],
    now: datetime,
) -> Facts:
    known = (
        *(answers.get(("pinned", "")) or ()),
        *(() if _shows_the_page(answers) else answers.get(("addresses", "")) or ()),
    )
    greeting: Greeting | None = answers.get(("greeting", ""))
    return Facts(
        now,
        config.shop.domain,
        config.contact.email,
        shop=answers.get(("pinned", "")) or known,
        look=answers.get(("shop", "")),
        contains=config.primary.contains,
        platform=greeting.platform if greeting and _is_up(answers) else None,
        workers=_workers(answers),
        placed=config.shop.workers,
        email_mail=answers.get(("email", "")),
        pages=answers.get(("pages", ""), frozenset()),
        zones=tuple(_zone(table, answers) for table in config.dns),
        hosts=answers.get(("hosts", "")) or unseen(config),
        visits=tuple(
            evolve(visit, held=(answers.get(("held", "")) or {}).get(visit.label))
            for visit in answers.get(("visits", "")) or ()
        ),
        local=answers.get(("local", "")),
        approach=answers.get(("approach", "")),
        spare=_spare(answers),
        secure=config.shop.secure,
        hsts=greeting.hsts if greeting else "",
        ticks=_ticks(greeting, answers.get(("clocks", "")) or ()),
        placed_at=answers.get(("placed", "")) or {},
        dates=answers.get(("dates", "")) or {},
        knock=answers.get(("mailbox", "")),
        parts=parts(config, answers, known, greeting),
        trails=tuple(t for (what, _), t in answers.items() if what == LINK),
        registration=answers.get(REGISTRAR),
        phone=answers.get(("phone", "")),
        drilled=drilled(config),
        offline=_offline(config, answers),
        unanswered=tuple(
            in_words(each)
            for each in asked
            if each not in UNOWED and _unanswered(each, answers)
        ),
    )


def _spare(answers: Mapping[Asked, Any]) -> Spare | None:
    seen: Spare | None = answers.get(("spare", ""))
    return seen and evolve(seen, registration=answers.get(SPARE_REGISTRAR))


def _ticks(greeting: Greeting | None, clocks: tuple[Tick, ...]) -> tuple[Tick, ...]:
    own = greeting.tick if greeting else None
    return clocks if own is None else (own, *clocks)


def _offline(config: Config, answers: Mapping[Asked, Any]) -> bool:
    """Say whether it is this machine that nobody answers, and not the shop's fault."""
    told = [("addresses", ""), *(("servers", table.zone) for table in config.dns)]
    visits: tuple[Visited, ...] = answers.get(("visits", "")) or ()
    return (
        answers.get(("online", "")) is False
        and not _is_up(answers)
        and all(visit.failure for visit in visits if visit.url)
        and not any(visit.failure.startswith("tls") for visit in visits)
        and all(answers.get(each) is None for each in told)
    )


def _unanswered(asked: Asked, answers: Mapping[Asked, Any]) -> bool:
    """Say whether nobody answered what was *asked*: not in time, or not at all."""
    answer = answers.get(asked)
    if isinstance(answer, Approach):
        return bool(silent(answer.ways))
    if asked not in answers:
        return True
    if answer is not None:
        return False
    match asked[0]:
        case "greeting":  # of a shop that is not seen it is said already
            return _is_up(answers)
        case "mailbox":  # who takes no mail cannot be knocked at
            mail: Mail | None = answers.get(("email", ""))
            return mail is None or any(host.addresses for host in mail.hosts)
        case what:
            return what in _SILENT_AS_NONE


_SILENT_AS_NONE = (
    "addresses", "email", "servers", "delegation", "agreement", "senders",
    "inventory", "caa", "spare",
)  # fmt: skip
"""Questions to which ``None`` is the answer when nobody gave one."""


def _zone(table: DnsTable, answers: Mapping[Asked, Any]) -> Zone:
    def got(
        what: Literal["servers", "looks", "handshakes", "target", "named", "typed"],
    ) -> Any:
        return answers.get((what, table.zone), ())

    control = answers.get(("control", table.zone))
    return Zone(
        table.zone,
        table.names,
        table.target,
        addresses=got("target"),
        chains=answers.get(("chains", table.zone), {}),
        servers=got("servers") or (),
        heard=answers.get(("servers", table.zone)) is not None,
        mail=answers.get(("mail", table.zone)),
        handshakes=got("handshakes"),
        looks=got("looks"),
        visits=got("named"),
        control=control if isinstance(control, Control) else None,
        unreadable=control if isinstance(control, Refusing) else None,
        impossible=answers.get(("impossible", table.zone)),
        provider=table.provider,
        typed=got("typed"),
        delegation=answers.get(("delegation", table.zone)),
        agreement=answers.get(("agreement", table.zone)),
        inventory=answers.get(("inventory", table.zone)),
        senders=answers.get(("senders", table.zone)) or (),
        caa=answers.get(("caa", table.zone)) or (),
        pointers=answers.get(("pointers", table.zone)) or {},
        powers=answers.get(("powers", table.zone))
        or answers.get(("tempted", table.zone)),
        moved=(answers.get(("moved", "")) or {}).get(absolute(table.zone)),
    )


def _is_up(answers: Mapping[Asked, Any]) -> bool:
    looked: Observation | None = answers.get(("shop", ""))
    return looked is not None and looked.verdict is Verdict.UP


def _shows_the_page(answers: Mapping[Asked, Any]) -> bool:
    """Say whether the shop's name leads to our page: then its addresses are not its."""
    looked: Observation | None = answers.get(("shop", ""))
    return looked is not None and looked.why == "our_page"


def _workers(answers: Mapping[Asked, Any]) -> tuple[str, ...]:
    """Return the workers of the living shop; those of anything else are not its own."""
    return answers.get(("workers", "")) or () if _is_up(answers) else ()


def _remember(
    config: Config, answers: Mapping[Asked, Any], now: datetime
) -> tuple[Finding, ...]:
    """Write down where the living shop is; that it cannot be is a finding."""
    looked: Observation | None = answers.get(("shop", ""))
    addresses = answers.get(("probe", "")) or ()
    if looked is None or looked.verdict is not Verdict.UP:
        return ()
    try:
        store = stores.connect(config.state, config)
        if addresses:
            origin.remember(store, Origin(tuple(addresses), now))
        if seen := _workers(answers):
            leftovers.remember(store, seen)
    except Conflict:
        pass  # a watcher has just written down the same
    except FallbackError as error:
        return (state_away(error),)
    return ()
