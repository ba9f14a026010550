"""A virtual world for the shipped state machine: seeded outages, times every fault.

One trace is one shop for two days, with one watcher whose own network fails, which
crashes, is suspended for hours, and whose clock jumps, far more often than on any real
machine. ``run`` plays a trace against a machine and returns the invariants it broke.
The usual script ("failing since") is played too: if it stops failing, the world has
gone soft.

``python -m tests.core.simulation 100000`` plays that many traces.
"""

import random
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import define, evolve, field, frozen

from fallback.core import outage
from fallback.core.model import Observation, Verdict
from fallback.core.watching import (
    Found,
    Looked,
    Notify,
    Page,
    Policy,
    Redirect,
    Restore,
    Route,
    State,
    Told,
)

MINUTE, HOUR = 60.0, 3600.0
BEGIN = datetime(2026, 3, 27, 12, tzinfo=UTC)
LEAD, DAY, QUIET = 3 * HOUR, 24 * HOUR, 10 * HOUR
POLICY = Policy(
    redirect_after=timedelta(hours=3),
    restore_after=timedelta(minutes=15),
    arm_after=timedelta(hours=2),
    interval=timedelta(minutes=5),
    automatic=True,
)
MAX_GAP = POLICY.max_gap
KINDS = ("healthy", "long", "near", "flapping", "medium", "relapse")

Spans = list[tuple[float, float]]


def within(spans: Spans, t: float) -> bool:
    return any(begin <= t < end for begin, end in spans)


@frozen
class Faults:
    """What goes wrong with the watcher itself; in seconds of true time."""

    own: Spans = field(factory=list)
    blind: bool = False
    crashes: Spans = field(factory=list)
    stops: Spans = field(factory=list)
    jumps: list[tuple[float, float]] = field(factory=list)
    bad_probe: float = 0.0
    bad_write: float = 0.0

    @property
    def holes(self) -> int:
        return sum(map(len, (self.own, self.crashes, self.stops, self.jumps)))


@frozen
class Trace:
    seed: int
    kind: str
    down: Spans
    faults: Faults

    @property
    def end(self) -> float:
        # a chain of relapses may last longer than the day: the rest begins after it
        return max([LEAD + DAY, *(over for _, over in self.down)]) + QUIET


def make(seed: int) -> Trace:
    """Return the trace of *seed*; every third one has a faultless watcher."""
    dice = random.Random(seed)
    kind = KINDS[seed % len(KINDS)]
    faults = Faults() if seed // len(KINDS) % 3 == 0 else _faults(dice)
    return Trace(seed, kind, list(_outages(kind, dice)), faults)


def _outages(kind: str, dice: random.Random) -> Any:
    t = LEAD + dice.uniform(0, 4 * HOUR)
    match kind:
        case "healthy":
            return
        case "long":
            yield t, t + dice.uniform(5, 20) * HOUR
        case "near":
            yield t, t + dice.uniform(2.8, 3.4) * HOUR
        case "medium":
            yield t, t + dice.uniform(0.2, 2.5) * HOUR
        case "relapse":
            for _ in range(dice.randint(2, 5)):
                begin, t = t, t + dice.uniform(1, 6) * HOUR
                yield begin, t
                t += dice.uniform(0.2, 2) * HOUR
        case "flapping":
            while t < LEAD + DAY:
                begin, t = t, t + dice.uniform(5, 120) * MINUTE
                yield begin, t
                t += dice.uniform(1, 60) * MINUTE


def _faults(dice: random.Random) -> Faults:
    def some(rate: float, low: float, high: float) -> Spans:
        begins = [LEAD + dice.uniform(0, DAY) for _ in range(5) if dice.random() < rate]
        return sorted((b, b + dice.uniform(low, high)) for b in begins)

    return Faults(
        own=some(0.3, 5 * MINUTE, 80 * MINUTE) + some(0.05, HOUR, 5 * HOUR),
        blind=dice.random() < 0.01,
        crashes=some(0.3, 0, 20 * MINUTE),
        stops=some(0.05, HOUR, 8 * HOUR),
        jumps=[(begin, dice.uniform(-2, 5) * HOUR) for begin, _ in some(0.05, 0, 1)],
        bad_probe=dice.choice([0.0, 0.005]),
        bad_write=dice.choice([0.0, 0.3]),
    )


@frozen
class Machine:
    """What is played: a first state, a step, and how the state is written down."""

    state: Any
    step: Callable[..., Any]
    reload: Callable[[Any], Any]


SHIPPED = Machine(State(), outage.step, lambda state: State.from_json(state.to_json()))


@frozen
class Naive:
    """The usual script's memory: since when it fails, and where the names lead."""

    failing_since: datetime | None = None
    route: Route | None = None
    verdict: Verdict = Verdict.UNKNOWN


def naive(state: Naive, event: Any, at: datetime, policy: Policy) -> Any:
    """Redirect when it fails "since three hours", restore at the first good answer."""
    if isinstance(event, Found):
        return evolve(state, route=event.route), ()
    if not isinstance(event, Looked):
        return state, ()
    up = event.origin.verdict is Verdict.UP
    since = None if up else state.failing_since or at
    state = evolve(state, failing_since=since, verdict=event.origin.verdict)
    if up:
        return state, (Restore(),) if state.route is Route.REDIRECTED else ()
    ripe = at - since >= policy.redirect_after
    return state, (Redirect(),) if ripe and state.route is Route.PRIMARY else ()


NAIVE = Machine(Naive(), naive, lambda state: state)


@define
class World:
    """One trace being played; ``broken`` collects the invariants that did not hold."""

    trace: Trace
    machine: Machine
    dice: random.Random
    t: float = 0.0
    now: datetime = BEGIN
    state: Any = None
    route: Route = Route.PRIMARY
    broken: Counter[str] = field(factory=Counter)
    moves: list[tuple[float, Route]] = field(factory=list)
    samples: list[tuple[datetime, Verdict]] = field(factory=list)
    told: Counter[str] = field(factory=Counter)

    def wind(self, t: float) -> None:
        """Let it be *t*, and see what the watcher's own clock says."""
        jumps = self.trace.faults.jumps
        skew = sum(by for when, by in jumps if when <= t) if jumps else 0
        self.t, self.now = t, BEGIN + timedelta(seconds=t + skew)

    def play(self) -> None:
        pending = list(self.trace.faults.crashes)
        stops = list(self.trace.faults.stops)
        self.state = self.machine.state
        self.give(Page(seen=True))
        while self.t < self.trace.end:
            if pending and pending[0][0] <= self.t:
                self.wind(max(self.t, pending.pop(0)[1]))
                self.state = self.machine.reload(self.state)
            if stops and stops[0][0] <= self.t:
                self.wind(max(self.t, stops.pop(0)[1]))
            orders = self.round()
            if isinstance(self.state, State):
                wait = outage.pause(self.state, orders, POLICY)
            else:
                wait = POLICY.interval
            self.wind(self.t + wait.total_seconds() + self.dice.random())
        self.settled()

    def round(self) -> tuple[Any, ...]:
        if self.dice.random() > 0.02:
            self.give(Found(self.route))
        look = self.look()
        verdict = outage.judge(look, self.route)[0]
        before = self.state
        orders = self.give(look)
        self.sampled(before, verdict)
        for order in orders:
            if isinstance(order, Notify):
                self.told[order.key] += 1
                self.give(Told(order.key))
            elif isinstance(order, Redirect):
                self.write(Route.REDIRECTED)
            elif isinstance(order, Restore):
                self.write(Route.PRIMARY)
        return orders

    def give(self, event: Any) -> tuple[Any, ...]:
        was, now = self.state, self.now
        self.state, orders = self.machine.step(was, event, now, POLICY)
        if self.dice.random() < 0.01:  # I6, I11: saved, loaded, asked again
            again = self.machine.step(self.machine.reload(was), event, now, POLICY)
            self.check("I6 the same state gives the same orders", again[1] == orders)
            self.check("I6 a reload is invisible", again[0] == self.state)
        return orders

    def look(self) -> Looked:
        faults, at = self.trace.faults, self.now
        own = within(faults.own, self.t)
        down = within(self.trace.down, self.t) or own
        wrong = self.dice.random() < faults.bad_probe
        origin = Verdict.DOWN if down or wrong else Verdict.UP
        public = origin
        if self.route is not Route.PRIMARY:
            public = Verdict.DOUBTFUL
        online = True if origin is Verdict.UP else not own or faults.blind
        return Looked(
            Observation(at, origin, "simulated"),
            Observation(at, public, "simulated"),
            online=online,
        )

    def write(self, goal: Route) -> None:
        """Carry out an order as a provider does: not at all, half, or really."""
        self.allowed(goal)
        luck = self.dice.random()
        if luck < self.trace.faults.bad_write:
            if luck < self.trace.faults.bad_write / 3:
                self.route = Route.PARTLY
            return
        if self.route is not goal:
            self.moves.append((self.t, goal))
        self.route = goal
        if self.dice.random() < 0.5:  # else the next round finds it
            self.give(Found(self.route))

    def check(self, rule: str, holds: bool) -> None:
        if not holds:
            self.broken[rule] += 1

    def sampled(self, before: Any, verdict: Verdict) -> None:
        if verdict is not Verdict.UNKNOWN:
            self.samples.append((self.now, verdict))
        if not isinstance(before, State):
            return
        grown = self.state.clock - before.clock
        if grown > timedelta(0):
            self.check("I2 a sample adds one gap at most", grown <= MAX_GAP)
            self.check("I2 only down adds", verdict is Verdict.DOWN)

    def bracketed(self, verdict: Verdict, *, run: bool) -> tuple[timedelta, int]:
        """Return the time between consecutive samples of *verdict*, and their number.

        With *run*, only of the unbroken run that ends now.
        """
        total, count = timedelta(0), 0
        for index in range(len(self.samples) - 1, -1, -1):
            at, seen = self.samples[index]
            if seen is verdict:
                count += 1
                if index and self.samples[index - 1][1] is verdict:
                    gap = at - self.samples[index - 1][0]
                    total += min(max(gap, timedelta(0)), MAX_GAP)
            elif run:
                break
        return total, count

    def allowed(self, goal: Route) -> None:
        truly_down = within(self.trace.down, self.t)
        if goal is Route.PRIMARY:
            span, count = self.bracketed(Verdict.UP, run=True)
            enough = span >= POLICY.restore_after and count >= 5
            self.check("I4 no restore before it was up long enough", enough)
            return
        span, count = self.bracketed(Verdict.DOWN, run=False)
        enough = span >= POLICY.redirect_after
        self.check("I1 no redirect without watched evidence", enough)
        least = POLICY.redirect_after / MAX_GAP
        self.check("I1 no redirect without samples", count >= least)
        if not self.trace.faults.blind:
            wrong = self.trace.faults.bad_probe > 0
            self.check("I1 the shop is truly down", truly_down or wrong)
            self.check("I1 a healthy shop is never moved", self.trace.kind != "healthy")
        down = sum(max(0, min(e, self.t) - b) for b, e in self.trace.down)
        slack = MAX_GAP.total_seconds() * self.trace.faults.holes
        if self.trace.kind in ("long", "near") and not self.trace.faults.blind:
            least_down = POLICY.redirect_after.total_seconds() - slack - 5 * MINUTE
            self.check("I1 truly down for three hours", down >= least_down)

    def settled(self) -> None:
        """Check what must hold at the end, after ten quiet hours of a healthy shop."""
        self.check("I10 at rest the names lead home", self.route is Route.PRIMARY)
        twice = [key for key, times in self.told.items() if times > 1]
        self.check("I12 nobody is told twice", not twice)
        for begin, _ in self.moves:
            day = [t for t, _ in self.moves if begin <= t < begin + 24 * HOUR]
            self.check("I9 at most ten changes a day", len(day) <= 10)
        if self.trace.kind == "long" and self.trace.faults == Faults():
            self.punctual(self.trace.down[0][0])

    def punctual(self, begin: float) -> None:
        took = next((t for t, _ in self.moves), self.trace.end) - begin
        burst = 3 * POLICY.burst_gap.total_seconds() + 5
        latest = POLICY.redirect_after.total_seconds() + 2 * 5 * MINUTE + burst
        earliest = POLICY.redirect_after.total_seconds()
        self.check("I3 redirected in time", earliest <= took <= latest)


def run(seed: int, machine: Machine = SHIPPED) -> World:
    world = World(make(seed), machine, random.Random(seed))
    world.play()
    return world


def main() -> None:
    total: Counter[str] = Counter()
    for seed in range(int(sys.argv[1])):
        world = run(seed)
        if world.broken:
            print(seed, world.trace.kind, dict(world.broken), flush=True)
        total += Counter({"traces": 1, "moves": len(world.moves)}) + world.broken
    print(dict(total))
    sys.exit(any(rule not in ("traces", "moves") for rule in total))


if __name__ == "__main__":
    main()
