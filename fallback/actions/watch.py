"""Looks after the shop: look, decide, remember, act, and look again.

``fallback.core.outage`` decides; this room brings it the facts and carries out its
orders. What was decided is in the store before anything is done, so a watcher that is
killed anywhere goes on where it was. One process watches a site at a time.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

from attrs import define, field, frozen

from fallback import stores
from fallback.actions.watching import obeying, sighting
from fallback.actions.watching.lookout import WITHIN, Lookout
from fallback.core import outage
from fallback.core.check.shop_readiness import doubt
from fallback.core.clock import Clock
from fallback.core.config import Config
from fallback.core.errors import FallbackError
from fallback.core.hosts.served import Memory, News
from fallback.core.model import Verdict
from fallback.core.ports import Store, Version
from fallback.core.result import Talk
from fallback.core.text import Sayable, T, Text
from fallback.core.watching import (
    Burst,
    Event,
    Found,
    Notify,
    Order,
    Page,
    Pin,
    Policy,
    Publish,
    Redirect,
    Restore,
    Route,
    State,
    Told,
)
from fallback.stores import journal
from fallback.wire import durable

KEY = "watch.json"
LOCK = "watch.lock"

_PUBLIC_EVERY = timedelta(minutes=5)
_FACTS_EVERY = timedelta(hours=1)
_SAMPLES = 3
_LOOKS = 8


@frozen
class WatchResult:
    """What the last round saw. ``code`` is 10 while the shop is down.

    ``armed`` means that the watcher may move names by itself. ``hosts`` is what the
    status addresses served when they were last asked.
    """

    site: str
    state: State
    at: datetime
    armed: bool
    hosts: Memory = field(factory=Memory)

    @property
    def code(self) -> int:
        """10 while the shop is down, else 0."""
        return 10 if self.state.verdict is Verdict.DOWN else 0

    @property
    def redirected(self) -> bool:
        """Return whether the records lead customers to the page."""
        return self.state.route in (Route.REDIRECTED, Route.PARTLY)

    @property
    def grade(self) -> str:
        """Return the furthest that is true: ``armed``, ``prepared``, ``nothing``."""
        if self.armed:
            return "armed"
        return "prepared" if self.state.page else "nothing"

    def told(self) -> Iterator[Sayable]:
        """See ``fallback.core.result.Result``."""
        since = self.state.since
        yield T(
            "{site}: {seen}{since}",
            site=self.site,
            seen=_seen(self.state),
            since=T(", since {at}", at=f"{since:%Y-%m-%d %H:%M} UTC") if since else "",
        )
        if self.redirected:
            yield T("its names lead to the page")
        for label, host in self.hosts.hosts.items():
            if host.problem:
                yield T("{host}: {problem}", host=label, problem=host.problem)
        yield T("next: {next}", next=self.next())

    def next(self) -> Text:
        """Return the one next thing to do."""
        down = self.state.verdict is Verdict.DOWN
        if down and self.redirected:
            return T('tell customers how it goes: fallback update "…" --deploy')
        if down:
            return T("lead the shop's names to the page: fallback redirect")
        if self.redirected:
            return (
                T("the shop is back: fallback restore")
                if self.state.verdict is Verdict.UP
                else T("when the shop is back: fallback restore")
            )
        if not self.state.page:
            return T("see what a redirect still needs: fallback check")
        return T("nothing to do")

    def as_json(self) -> Mapping[str, Any]:
        """See ``fallback.core.result.Result``."""
        state = self.state
        return {
            "sites": [
                {
                    "site": self.site,
                    "verdict": state.verdict.value,
                    "why": state.why,
                    "since": state.since and state.since.isoformat(),
                    "redirected": self.redirected,
                    "grade": self.grade,
                    "next": str(self.next()),
                    "hosts": [
                        host.as_json(label) for label, host in self.hosts.hosts.items()
                    ],
                }
            ]
        }


def _seen(state: State) -> Text:
    """Return what the latest look saw, as an owner says it."""
    match state.verdict:
        case Verdict.UP:
            return T("the shop answers")
        case Verdict.DOWN:
            return T("the shop is down ({why})", why=state.why)
        case Verdict.DOUBTFUL:
            return T("the shop is not itself: {why}", why=doubt(state.why))
        case Verdict.UNKNOWN:
            return T("the shop could not be looked at ({why})", why=state.why)


def once(
    config: Config,
    *,
    say: Talk,
    clock: Clock,
    publish: obeying.Publish = obeying.deploy_apart,
    speak: obeying.Speak = str,
) -> WatchResult:
    """Make one round, with the confirming looks that a failure needs, and act on it.

    For cron, CI and serverless. A shop that is down is looked at three times. Raises
    ``Locked`` while another process watches, and what the store raises: nothing is done
    that could not be remembered first.
    """
    with _alone(config):
        watcher = _Watcher.take_over(config, say, clock, publish, speak)
        watcher.lookout.begin()
        orders = watcher.round()
        for looked in range(1, _LOOKS):
            down = watcher.state.verdict is Verdict.DOWN and looked < _SAMPLES
            if not down and Burst() not in orders:
                break
            clock.sleep(watcher.policy.burst_gap)
            orders = watcher.round()
        watcher.lookout.collect(WITHIN)
        return watcher.result()


def watch(
    config: Config,
    *,
    say: Talk,
    clock: Clock,
    publish: obeying.Publish = obeying.deploy_apart,
    speak: obeying.Speak = str,
) -> WatchResult:
    """Make rounds until interrupted; ``KeyboardInterrupt`` is how it ends.

    A round that could not be remembered did nothing, is told, and is tried again.
    Raises ``Locked`` while another process watches.
    """
    with _alone(config):
        watcher = _Watcher.take_over(config, say, clock, publish, speak)
        while True:
            begun = clock.monotonic()
            wait = watcher.policy.interval
            watcher.lookout.collect()
            watcher.lookout.begin()
            try:
                orders = watcher.round()
                wait = outage.pause(watcher.state, orders, watcher.policy)
            except FallbackError as error:
                say("trouble", T("this round failed: {why}", why=error.what))
                watcher.lost = True
            clock.sleep(max(timedelta(0), wait - (clock.monotonic() - begun)))


def _alone(config: Config) -> AbstractContextManager[None]:
    """Hold the watcher's lock; not the site's, which moves and publishes hold."""
    return durable.lock(journal.state_folder(config) / LOCK)


@define
class _Watcher:
    """One process that looks after one site; ``due`` is when what was done last."""

    config: Config
    policy: Policy
    say: Talk
    clock: Clock
    publish: obeying.Publish
    speak: obeying.Speak
    store: Store
    lookout: Lookout
    state: State = field(factory=State)
    version: Version | None = None
    due: dict[str, timedelta] = field(factory=dict)
    lost: bool = False
    said: Text | None = None

    @classmethod
    def take_over(
        cls,
        config: Config,
        say: Talk,
        clock: Clock,
        publish: obeying.Publish,
        speak: obeying.Speak,
    ) -> "_Watcher":
        """Go on where the last process was. Raises what the store raises."""
        policy = Policy.of(config.primary, canaries=bool(config.network.canaries))
        store = stores.connect(config.state, config)

        def tell(news: News) -> bool:
            return obeying.notify(news.event, news.text, config, say, speak)

        lookout = Lookout(config, say, clock, store, tell)
        watcher = cls(config, policy, say, clock, publish, speak, store, lookout)
        watcher.recall()
        return watcher

    def recall(self) -> None:
        """Read what is remembered; nothing is, once somebody deleted it.

        Raises ``FallbackError``.
        """
        known = self.store.get(KEY)
        self.state, self.version = (
            (State.from_json(known[0]), known[1]) if known else (State(), None)
        )
        self.lost = False

    def save(self) -> None:
        """Remember the state. Raises ``Conflict`` or ``Unavailable``."""
        self.version = self.store.put(KEY, self.state.to_json(), self.version)

    def result(self) -> WatchResult:
        """Return where things stand."""
        armed = self.policy.automatic and outage.armed(self.state, self.policy)
        domain = self.config.shop.domain
        hosts = self.lookout.memory
        return WatchResult(domain, self.state, self.clock.now(), armed, hosts)

    def round(self) -> tuple[Order, ...]:
        """Look once, decide, remember, act."""
        if self.lost:
            self.recall()
        self.facts()
        redirected = self.state.route is Route.REDIRECTED
        if redirected and self.is_due("follow", self.now_and_then):
            obeying.follow(self.config, self.clock, self.say, self.speak)
        known = sighting.known_addresses(self.config, self.state.route, self.clock)
        seen = sighting.look(
            self.config,
            known,
            self.state.route,
            self.clock,
            public=self.is_due("public", self.now_and_then),
        )
        orders = self.tell(seen)
        self.tell_what_was_seen()
        self.save()
        for order in orders:
            self.obey(order)
        self.save()
        return orders

    def facts(self) -> None:
        """Read where the names lead and whether the page is there, when it matters."""
        unsettled = self.state.route is not Route.PRIMARY or self.state.clock
        every = timedelta(0) if unsettled else _FACTS_EVERY
        if self.is_due("route", every):
            self.find()
        settled = self.state.page and not self.state.clock
        if self.is_due("page", _FACTS_EVERY if settled else self.now_and_then):
            self.tell(Page(sighting.page_is_there(self.config)))

    @property
    def mover(self) -> tuple[Config, State, Clock, Talk, obeying.Speak]:
        """Return what a move needs to know."""
        return self.config, self.state, self.clock, self.say, self.speak

    @property
    def now_and_then(self) -> timedelta:
        """Return how often a healthy shop is looked at from all sides."""
        return min(_PUBLIC_EVERY, 5 * self.policy.interval)

    def is_due(self, what: str, every: timedelta) -> bool:
        """Return whether *every* has passed since *what* was done; then do it now."""
        now = self.clock.monotonic()
        if what in self.due and now < self.due[what] + every:
            return False
        self.due[what] = now
        return True

    def find(self) -> None:
        """Report where the names lead, if that can be read."""
        route = sighting.route(self.config, self.clock, self.say)
        for order in self.tell(Found(route)) if route is not None else ():
            self.obey(order)

    def tell(self, event: Event) -> tuple[Order, ...]:
        """Let the machine take one step."""
        now = self.clock.now()
        self.state, orders = outage.step(self.state, event, now, self.policy)
        return orders

    def tell_what_was_seen(self) -> None:
        """Say what the round saw, when it is something new."""
        site = self.config.shop.domain
        seen = T("{site}: {seen}", site=site, seen=_seen(self.state))
        if seen != self.said:
            self.say("looked", seen)
        self.said = seen

    def obey(self, order: Order) -> None:
        """Carry out one order; what it changed is read, not assumed."""
        match order:
            case Pin(addresses):
                obeying.pin(self.store, addresses, self.clock, self.say)
            case Publish():
                obeying.publish(self.config, self.say, self.publish)
            case Redirect():
                obeying.move_away(*self.mover)
                self.find()
            case Restore():
                obeying.move_back(*self.mover)
                self.find()
            case Notify(notice, key) if key in self.state.outbox:  # not told meanwhile
                text = obeying.notice_text(notice, self.config, self.state)
                if obeying.notify(notice, text, self.config, self.say, self.speak):
                    self.tell(Told(key))
            case Notify() | Burst():
                pass  # the next look comes sooner: outage.pause
