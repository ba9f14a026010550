"""When names move by themselves: the state machine of one shop, seen by one watcher.

The law of this room
--------------------
1. **Evidence, not timestamps.** The *clock* is a leaky bucket of observed time: a
   second for each second between two consecutive DOWN samples (at most ``max_gap`` a
   pair), four seconds back for each second between two UP samples. A watcher that was
   stopped, late, or whose clock jumped can therefore add one ``max_gap`` and no more,
   and a shop that answers more than a fifth of the time never ripens.
2. **Only hard failures move a name.** A doubtful look (403, a certificate, words that
   are gone, the two views disagree) holds the clock and, when trouble has lasted as
   long as an outage would need, asks a person. An unknown look is no sample at all.
3. **A decision needs a look that says so now**, and then three more in a row, a while
   apart, right before the order. Any other answer starts the counting again.
4. **Orders are given, not believed.** Only a reported fact (``Found``) moves the route;
   an order that changed nothing is given again, less and less often.
5. **A person is a clock.** When names move without our order, a person moved them: the
   evidence is emptied, and names that a person redirected while the shop was well are
   only ever restored by a person.
6. Time is an argument; nothing here reads a clock or does anything.

    route        a look that is   and                              orders
    -----------  ---------------  -------------------------------  -----------------
    any          unknown          -                                -
    primary      up               other addresses show the shop    Pin
    primary      down             clock full, 5 samples            Burst
    primary      down, 3 times    automatic and armed              Publish, Redirect
    primary      down, 3 times    otherwise                        Ask redirect
    primary      doubtful         trouble as long as the clock     Ask doubtful
    redirected   up               up long enough, 5 samples        Burst
    redirected   up, 3 times      automatic, proven and witnessed  Restore
    redirected   up, 3 times      otherwise                        Ask restore
    partly       down, up         as primary, as redirected: the move is finished
    foreign      any              -                                Notify foreign

Every order is repeated until a fact reports it: ``Found`` for Redirect and Restore,
``Told`` for Ask and Notify, the next look's ``pinned`` for Pin.
"""

from datetime import datetime, timedelta

from attrs import evolve

from fallback.core.model import Verdict
from fallback.core.watching import (
    Ask,
    Burst,
    Event,
    Found,
    Looked,
    Notice,
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

DRAIN = 4
"""Seconds that one second of being up takes back from the clock."""

MIN_SAMPLES = 5
"""Fewer looks than this prove nothing, however far apart they are."""

CONFIRMATIONS = 3
"""Looks in a row, after the evidence is complete, before any order to write DNS."""

_NONE = timedelta(0)
_ASKS = (Notice.ASK_REDIRECT, Notice.ASK_RESTORE, Notice.ASK_DOUBTFUL)


def proven(state: State, policy: Policy) -> bool:
    """Return whether both views agreed on a healthy shop for ``arm_after``.

    That proves that its recovery will be seen.
    """
    return state.healthy_for >= policy.arm_after


def armed(state: State, policy: Policy) -> bool:
    """Return whether the watcher may redirect by itself: proven, and the page seen."""
    return proven(state, policy) and state.page


def recovery_needed(state: State, at: datetime, policy: Policy) -> timedelta:
    """Return how long the shop must be up, without a break, to be restored.

    ``restore_after``, doubled for each restore within twice ``redirect_after`` (six
    hours by default) and at most sixteenfold (four hours).
    """
    window = 2 * policy.redirect_after
    relapses = sum(at - restored <= window for restored in state.restores)
    return policy.restore_after * (1 << min(relapses, 4))


def step(
    state: State, event: Event, at: datetime, policy: Policy
) -> tuple[State, tuple[Order, ...]]:
    """Return the state after *event*, and what is to be done. Never raises.

    *at* is when the event happened; it may go backwards, and then counts nothing.
    Names are moved only in answer to a look; the other events report, and may have to
    be told.
    """
    match event:
        case Looked():
            return _looked(state, event, at, policy)
        case Found(route):
            state = _found(state, route, at)
            return state, _messages(state)
        case Page(seen):
            return state if state.page is seen else evolve(state, page=seen), ()
        case Told(key):
            rest = tuple(other for other in state.outbox if other != key)
            return evolve(state, outbox=rest), ()


def pause(state: State, orders: tuple[Order, ...], policy: Policy) -> timedelta:
    """Return how long to wait until the next look.

    Half an interval while a suspicion is young (the first eighteenth of the clock: ten
    minutes by default), and far less within a burst.
    """
    if Burst() in orders:
        return policy.burst_gap
    young = state.clock < policy.redirect_after / 18
    if young and state.verdict in (Verdict.DOWN, Verdict.DOUBTFUL):
        return policy.interval / 2
    return policy.interval


def judge(look: Looked, route: Route | None) -> tuple[Verdict, str]:
    """Return the verdict on the shop that both views together allow.

    While names are redirected the public name shows our page, so only the origin
    counts. Otherwise DOWN needs both views to fail hard; views that disagree are doubt:
    a server that moved must never be "redirected", nor one that only we cannot reach.
    """
    verdict, why = _both_views(look, route)
    failed = verdict in (Verdict.DOWN, Verdict.DOUBTFUL)
    if failed and look.online is False:
        return Verdict.UNKNOWN, "own_network"
    return verdict, why


def _both_views(  # noqa: PLR0911 - one row of the table a return
    look: Looked, route: Route | None
) -> tuple[Verdict, str]:
    origin, public = look.origin, look.public
    if origin is None:
        return Verdict.UNKNOWN, "no_origin"
    if route in (Route.REDIRECTED, Route.PARTLY):
        return origin.verdict, origin.why
    match origin.verdict, public and public.verdict:
        case Verdict.UP, (Verdict.DOWN | Verdict.DOUBTFUL):
            return Verdict.DOUBTFUL, "path"
        case Verdict.DOWN, (None | Verdict.UNKNOWN):
            return Verdict.UNKNOWN, "public_unknown"
        case Verdict.DOWN, Verdict.UP:
            return Verdict.DOUBTFUL, "moved"
        case Verdict.DOWN, Verdict.DOUBTFUL if public is not None:
            return Verdict.DOUBTFUL, public.why
        case verdict, _:
            return verdict, origin.why


def _looked(
    state: State, look: Looked, at: datetime, policy: Policy
) -> tuple[State, tuple[Order, ...]]:
    state = _sampled(state, look, at, policy)
    if state.verdict is Verdict.UNKNOWN:
        return _unconfirmed(state), _messages(state)
    state, pins = _pinned(state, look)
    state, burst = _confirmed(state, at, policy)
    state = _noticed(state, policy)
    state, moves = _moved(state, at, policy)
    return state, (*pins, *burst, *moves, *_messages(state))


def _sampled(state: State, look: Looked, at: datetime, policy: Policy) -> State:
    """Add one look to the evidence, if it is a sample (law 1)."""
    verdict, why = judge(look, state.route)
    public = look.public.verdict if look.public else state.public
    if verdict is Verdict.UNKNOWN:
        return evolve(state, verdict=verdict, why=why, public=public)
    gap = max(_NONE, at - state.last_at) if state.last_at else _NONE
    span = min(gap, policy.max_gap)
    same = state.last is verdict
    up = verdict is Verdict.UP
    fresh = not up and state.trouble == _NONE and state.last in (None, Verdict.UP)
    if fresh and state.route in (None, Route.PRIMARY):
        state = evolve(state, chapter=state.chapter + 1, raised=())
    clock, trouble = _clocks(state, verdict, gap, span, policy)
    healthy = state.healthy_for
    if up and same and public is Verdict.UP and state.route is Route.PRIMARY:
        healthy = min(policy.arm_after, healthy + span)
    samples = state.down_samples + (verdict is Verdict.DOWN)
    calm = up and trouble == _NONE
    return evolve(
        state,
        verdict=verdict,
        why=why,
        public=public,
        last=verdict,
        last_at=at,
        since=state.since if same else at,
        clock=clock,
        trouble=trouble,
        healthy_for=healthy,
        down_samples=0 if up and clock == _NONE else samples,
        up_run=state.up_run + span if up and same else _NONE,
        up_samples=state.up_samples * same + 1 if up else 0,
        ordered=None if calm and state.route is Route.PRIMARY else state.ordered,
    )


def _clocks(
    state: State, verdict: Verdict, gap: timedelta, span: timedelta, policy: Policy
) -> tuple[timedelta, timedelta]:
    """Return the clock, and the clock of all trouble, *gap* after the last sample.

    *span* is as much of *gap* as may count.
    """
    clock, trouble = state.clock, state.trouble
    same = state.last is verdict
    if verdict is Verdict.UP:
        if same and trouble:
            clock = max(_NONE, clock - DRAIN * gap)
            trouble = max(_NONE, trouble - DRAIN * gap)
    elif state.last in (Verdict.DOWN, Verdict.DOUBTFUL):
        trouble = min(policy.redirect_after, trouble + span)
        if same and verdict is Verdict.DOWN:
            clock = min(policy.redirect_after, clock + span)
    return clock, trouble


def _pinned(state: State, look: Looked) -> tuple[State, tuple[Order, ...]]:
    """Remember where the shop is; start arming again when it has moved house."""
    known = set(look.proven) <= set(look.pinned) and len(look.pinned) > 0
    if not look.proven or known or state.route in _LED_AWAY:
        return state, ()
    if look.pinned and state.why == "moved":
        state = _raise(evolve(state, healthy_for=_NONE), Notice.MOVED)
    return state, (Pin(look.proven),)


_LED_AWAY = (Route.REDIRECTED, Route.PARTLY, Route.FOREIGN)


def _heading(state: State, at: datetime, policy: Policy) -> Route | None:
    """Return where the names should lead by the evidence, if they do not already."""
    if state.verdict is Verdict.DOWN and state.route in (Route.PRIMARY, Route.PARTLY):
        full = state.clock >= policy.redirect_after
        return Route.REDIRECTED if full and state.down_samples >= MIN_SAMPLES else None
    if state.verdict is Verdict.UP and state.route in (Route.REDIRECTED, Route.PARTLY):
        well = state.up_run >= recovery_needed(state, at, policy)
        return Route.PRIMARY if well and state.up_samples >= MIN_SAMPLES else None
    return None


def _confirmed(
    state: State, at: datetime, policy: Policy
) -> tuple[State, tuple[Order, ...]]:
    """Count the confirming looks (law 3); looks made in one breath count as one."""
    heading = _heading(state, at, policy)
    if heading is None:
        return _unconfirmed(state), ()
    gap = at - state.confirmed_at if state.confirmed_at else None
    if heading is not state.confirming or gap is None or gap < _NONE:
        state = evolve(state, confirming=heading, confirmed=0, confirmed_at=at)
    elif gap > policy.max_gap:
        state = evolve(state, confirmed=0, confirmed_at=at)
    elif gap >= policy.burst_gap / 2:
        enough = min(CONFIRMATIONS, state.confirmed + 1)
        state = evolve(state, confirmed=enough, confirmed_at=at)
    return state, (Burst(),) if state.confirmed < CONFIRMATIONS else ()


def _unconfirmed(state: State) -> State:
    if state.confirming is None:
        return state
    return evolve(state, confirming=None, confirmed=0, confirmed_at=None)


def _moved(
    state: State, at: datetime, policy: Policy
) -> tuple[State, tuple[Order, ...]]:
    """Give the order that the evidence allows, or ask for it."""
    seen = state.verdict is Verdict.DOWN and state.down_samples >= MIN_SAMPLES
    if seen and state.route is Route.REDIRECTED and not state.witnessed:
        state = evolve(state, witnessed=True)
    if state.confirmed < CONFIRMATIONS or state.confirming is None:
        return state, ()
    if state.confirming is Route.REDIRECTED:
        if not (policy.automatic and armed(state, policy)):
            return _raise(state, Notice.ASK_REDIRECT), ()
        return _ordered(state, at, policy, (Publish(), Redirect()))
    if not (policy.automatic and proven(state, policy) and state.witnessed):
        return _raise(state, Notice.ASK_RESTORE), ()
    return _ordered(state, at, policy, (Restore(),))


def _ordered(
    state: State, at: datetime, policy: Policy, orders: tuple[Order, ...]
) -> tuple[State, tuple[Order, ...]]:
    """Give *orders* unless the same were given just now.

    The wait doubles from one interval to sixteen; a clock that went back ends it.
    """
    goal = state.confirming
    tries = state.tries if state.ordered is goal else 0
    if tries and state.tried_at and state.tried_at <= at:
        wait = policy.interval * (1 << min(tries - 1, 4))
        if at - state.tried_at < wait:
            return state, ()
    state = evolve(
        state,
        ordered=goal,
        tries=tries + 1,
        tried_at=at,
        witnessed=state.witnessed or goal is Route.REDIRECTED,
    )
    if tries >= CONFIRMATIONS:
        state = _raise(state, Notice.STUCK)
    return state, orders


def _found(state: State, route: Route, at: datetime) -> State:
    """Take over where the names lead now, and see whose doing it was (laws 4, 5)."""
    before = state.route
    if route is before:
        return state
    ours = state.ordered is route
    state = evolve(
        state,
        route=route,
        confirming=None,
        confirmed=0,
        confirmed_at=None,
        chapter=state.chapter + 1,
        raised=(),
    )
    if before is Route.PRIMARY and state.ordered is not Route.REDIRECTED:
        # an order that a gate refused in an outage long ago is no witness of this one
        state = evolve(state, witnessed=False)
    if route in (Route.PRIMARY, Route.REDIRECTED):
        state = evolve(state, ordered=None, tries=0, tried_at=None)
        if not ours and before is not None:
            state = evolve(state, clock=_NONE, trouble=_NONE, down_samples=0)
    if route is Route.PRIMARY:
        restores = (*state.restores, at)[-4:] if before is not None else ()
        state = evolve(state, witnessed=False, restores=restores)
        return state if before is None else _raise(state, Notice.RESTORED)
    if route is Route.REDIRECTED:
        return _raise(state, Notice.REDIRECTED)
    return _raise(state, Notice.FOREIGN) if route is Route.FOREIGN else state


def _noticed(state: State, policy: Policy) -> State:
    """Raise what a person should hear of by now, each once in a chapter."""
    at_home = state.route in (None, Route.PRIMARY)
    if not at_home:
        return state
    # one bad look after a restore, when the clock is still half full, is no news
    down = state.verdict is Verdict.DOWN and state.since != state.last_at
    if down and state.clock >= policy.notice_after:
        state = _raise(state, Notice.DOWN)
    if down and state.clock >= policy.soon_after and policy.automatic:
        state = _raise(state, Notice.SOON) if armed(state, policy) else state
    doubtful = state.verdict is Verdict.DOUBTFUL
    if doubtful and state.trouble >= policy.redirect_after:
        state = _raise(state, Notice.ASK_DOUBTFUL)
    over = state.verdict is Verdict.UP and state.trouble == _NONE
    if over and Notice.DOWN in state.raised:
        state = _raise(state, Notice.UP)
    return state


def _raise(state: State, notice: Notice) -> State:
    if notice in state.raised:
        return state
    key = f"{state.chapter}/{notice}"
    return evolve(state, raised=(*state.raised, notice), outbox=(*state.outbox, key))


def _messages(state: State) -> tuple[Order, ...]:
    """Return the whole outbox as orders: at least once each, until ``Told``."""
    notices = ((Notice(key.split("/")[1]), key) for key in state.outbox)
    return tuple(
        (Ask if notice in _ASKS else Notify)(notice, key) for notice, key in notices
    )
