"""The named rules of the state machine, each a sentence."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from fallback.core.config import Primary
from fallback.core.errors import FallbackError
from fallback.core.model import Observation, Verdict
from fallback.core.outage import armed, judge, pause, proven, recovery_needed, step
from fallback.core.watching import (
    Ask,
    Burst,
    Found,
    Looked,
    Notice,
    Notify,
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

UP, DOWN, DOUBTFUL, UNKNOWN = (
    Verdict.UP,
    Verdict.DOWN,
    Verdict.DOUBTFUL,
    Verdict.UNKNOWN,
)
START = datetime(2026, 11, 22, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
AUTO = Policy.of(Primary("", "", mode="auto"), canaries=True)
ASK = Policy.of(Primary("", ""), canaries=True)


class Watcher:
    """Drives the shipped machine; time passes only when somebody says so."""

    def __init__(self, policy=AUTO, state=None):
        self.policy, self.at, self.orders = policy, START, []
        self.state = state or State()

    def tell(self, event):
        self.state, orders = step(self.state, event, self.at, self.policy)
        self.orders += orders
        for order in orders:
            if isinstance(order, Notify):
                self.state, none = step(
                    self.state, Told(order.key), self.at, self.policy
                )
                assert not none
        return orders

    def look(self, origin, public=None, *, after=MINUTE, online=True, **more):
        self.at += after
        public = origin if public is None else public
        seen = (
            Observation(self.at, verdict, str(verdict)) for verdict in (origin, public)
        )
        return self.tell(Looked(*seen, online=online, **more))

    def for_(self, span, verdict, *, every=MINUTE):
        given = []
        for _ in range(int(span / every)):
            given += self.look(verdict, after=every)
        return given

    def kinds(self, orders=None):
        return [type(order) for order in (self.orders if orders is None else orders)]

    def notices(self):
        return [o.notice for o in self.orders if isinstance(o, Notify)]


def an_armed_watcher(policy=AUTO):
    watcher = Watcher(policy)
    watcher.tell(Found(Route.PRIMARY))
    watcher.tell(Page(seen=True))
    watcher.for_(25 * HOUR, UP)
    assert armed(watcher.state, policy)
    watcher.orders.clear()
    return watcher


def a_redirected_watcher(policy=AUTO):
    watcher = an_armed_watcher(policy)
    while Redirect() not in watcher.orders:
        watcher.look(DOWN)
    watcher.tell(Found(Route.REDIRECTED))
    watcher.orders.clear()
    return watcher


def test_a_continuous_outage_redirects_after_three_hours_and_a_burst():
    watcher = an_armed_watcher()
    assert Redirect not in watcher.kinds(watcher.for_(3 * HOUR, DOWN))
    took = timedelta(0)
    orders = ()
    while Redirect() not in orders:
        orders = watcher.look(DOWN, after=pause(watcher.state, orders, AUTO))
        took = watcher.at - START - 25 * HOUR
    assert took <= 3 * HOUR + 2 * MINUTE + timedelta(seconds=60)


def test_the_page_is_published_before_the_names_move():
    watcher = an_armed_watcher()
    while Redirect() not in watcher.orders:
        orders = watcher.look(DOWN)
    moves = [o for o in orders if isinstance(o, Publish | Redirect)]
    assert moves == [Publish(), Redirect()]


def test_fifty_minutes_down_and_two_up_ripens_after_three_hours_twenty_two():
    watcher = an_armed_watcher()
    begun = watcher.at
    while Burst() not in watcher.orders:
        in_cycle = int((watcher.at - begun) / MINUTE) % 52
        watcher.look(DOWN if in_cycle < 50 else UP)
    assert timedelta(minutes=195) < watcher.at - begun < timedelta(minutes=210)


def test_a_shop_that_is_up_a_quarter_of_the_time_never_ripens():
    watcher = an_armed_watcher()
    for _ in range(40):
        watcher.for_(45 * MINUTE, DOWN)
        watcher.for_(16 * MINUTE, UP)
    assert Redirect not in watcher.kinds()
    assert Burst not in watcher.kinds()


def test_a_watcher_that_slept_adds_no_more_than_one_gap():
    watcher = an_armed_watcher()
    watcher.for_(10 * MINUTE, DOWN)
    before = watcher.state.clock
    watcher.look(DOWN, after=9 * HOUR)
    assert watcher.state.clock - before == AUTO.max_gap == timedelta(minutes=3)


def test_a_clock_that_goes_back_adds_nothing_and_counting_goes_on():
    watcher = an_armed_watcher()
    watcher.for_(10 * MINUTE, DOWN)
    before = watcher.state.clock
    watcher.look(DOWN, after=-5 * HOUR)
    assert watcher.state.clock == before
    watcher.look(DOWN)
    assert watcher.state.clock == before + MINUTE


def test_two_looks_never_fill_a_short_clock():
    drill = Policy(
        timedelta(seconds=6),
        timedelta(seconds=2),
        timedelta(0),
        timedelta(seconds=0.5),
        automatic=True,
    )
    assert drill.max_gap == timedelta(seconds=1.25)
    assert drill.burst_gap < drill.interval


@pytest.mark.parametrize(
    ("origin", "public", "verdict", "why"),
    [
        (UP, UP, UP, "up"),
        (DOWN, DOWN, DOWN, "down"),
        (UP, DOWN, DOUBTFUL, "path"),
        (UP, DOUBTFUL, DOUBTFUL, "path"),
        (DOWN, UP, DOUBTFUL, "moved"),
        (DOWN, DOUBTFUL, DOUBTFUL, "doubtful"),
        (DOWN, UNKNOWN, UNKNOWN, "public_unknown"),
        (DOUBTFUL, UP, DOUBTFUL, "doubtful"),
        (UNKNOWN, DOWN, UNKNOWN, "unknown"),
        (UP, UNKNOWN, UP, "up"),
    ],
)
def test_only_two_views_that_both_fail_hard_are_down(origin, public, verdict, why):
    look = Looked(*(Observation(START, v, str(v)) for v in (origin, public)))
    assert judge(look, Route.PRIMARY) == (verdict, why)


@pytest.mark.parametrize("public", [UP, DOWN, DOUBTFUL, UNKNOWN, None])
@pytest.mark.parametrize("origin", [UP, DOWN, DOUBTFUL])
def test_while_redirected_only_the_origin_speaks_for_the_shop(origin, public):
    seen = [v and Observation(START, v, str(v)) for v in (origin, public)]
    assert judge(Looked(*seen), Route.REDIRECTED)[0] is origin


@pytest.mark.parametrize("verdict", [DOWN, DOUBTFUL])
def test_trouble_while_the_canaries_are_silent_is_our_own(verdict):
    seen = Observation(START, verdict, "refused")
    look = Looked(seen, seen, online=False)
    assert judge(look, Route.PRIMARY) == (UNKNOWN, "own_network")


def test_a_look_that_failed_without_a_second_view_is_no_sample():
    seen = Observation(START, DOWN, "refused")
    assert judge(Looked(seen), Route.PRIMARY)[0] is UNKNOWN


def test_an_unknown_look_changes_no_evidence():
    watcher = an_armed_watcher()
    watcher.for_(HOUR, DOWN)
    before = watcher.state
    watcher.look(DOWN, online=False)
    changed = evolve(watcher.state, verdict=before.verdict, why=before.why)
    assert changed == before


def test_doubt_holds_the_clock_and_asks_after_the_threshold():
    watcher = an_armed_watcher()
    watcher.for_(HOUR, DOWN)
    before = watcher.state.clock
    watcher.for_(2 * HOUR + MINUTE, DOUBTFUL)
    assert watcher.state.clock == before
    assert Notice.ASK_DOUBTFUL in watcher.notices()
    assert not {Redirect, Burst} & set(watcher.kinds())


def test_an_unarmed_watcher_asks_instead_of_acting():
    watcher = Watcher()
    watcher.tell(Found(Route.PRIMARY))
    watcher.for_(4 * HOUR, DOWN)
    assert Redirect not in watcher.kinds()
    assert watcher.notices().count(Notice.ASK_REDIRECT) == 1


def test_a_watcher_that_never_saw_the_page_asks_instead_of_acting():
    watcher = an_armed_watcher()
    watcher.tell(Page(seen=False))
    watcher.for_(4 * HOUR, DOWN)
    assert Redirect not in watcher.kinds()
    assert Notice.ASK_REDIRECT in watcher.notices()


def test_mode_ask_asks_once_and_never_acts():
    watcher = an_armed_watcher(ASK)
    watcher.for_(8 * HOUR, DOWN)
    assert {Redirect, Publish}.isdisjoint(watcher.kinds())
    assert watcher.notices() == [Notice.DOWN, Notice.ASK_REDIRECT]


def test_without_canaries_mode_auto_is_mode_ask():
    blind = Policy.of(Primary("", "", mode="auto"), canaries=False)
    assert not blind.automatic


def test_arming_needs_both_views():
    watcher = Watcher()
    watcher.tell(Found(Route.PRIMARY))
    for _ in range(30 * 60):
        watcher.look(UP, DOWN)
    assert not proven(watcher.state, AUTO)


def test_a_single_good_answer_in_the_burst_starts_it_again():
    watcher = an_armed_watcher()
    watcher.for_(3 * HOUR + MINUTE, DOWN)
    assert watcher.state.confirming is Route.REDIRECTED
    watcher.look(DOWN, after=AUTO.burst_gap)
    watcher.look(DOWN, after=AUTO.burst_gap)
    assert watcher.state.confirmed == 2
    watcher.look(UP, after=AUTO.burst_gap)
    assert watcher.state.confirmed == 0
    assert Redirect not in watcher.kinds()


def test_confirming_looks_made_in_one_breath_count_as_one():
    watcher = an_armed_watcher()
    watcher.for_(3 * HOUR + MINUTE, DOWN)
    for _ in range(20):
        watcher.look(DOWN, after=timedelta(milliseconds=100))
    assert watcher.state.confirmed == 0
    assert Redirect not in watcher.kinds()


def test_a_decision_that_is_hours_old_is_confirmed_again():
    watcher = an_armed_watcher()
    watcher.for_(3 * HOUR + 2 * MINUTE, DOWN)
    orders = watcher.look(DOWN, after=5 * HOUR)
    assert Redirect not in watcher.kinds(orders)
    assert Burst() in orders


def test_an_order_that_changed_nothing_is_given_again_less_and_less_often():
    watcher = an_armed_watcher()
    minutes = range(int(5 * HOUR / MINUTE))
    times = [watcher.at for _ in minutes if Redirect() in watcher.look(DOWN)]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert gaps[:5] == [MINUTE * n for n in (1, 2, 4, 8, 16)]
    assert set(gaps[5:]) == {16 * MINUTE}
    assert watcher.notices().count(Notice.STUCK) == 1


def test_a_shop_that_comes_back_before_the_write_is_left_alone():
    watcher = an_armed_watcher()
    while Redirect() not in watcher.orders:
        watcher.look(DOWN)
    watcher.orders.clear()
    watcher.for_(3 * HOUR, UP)
    assert {Redirect, Restore, Publish}.isdisjoint(watcher.kinds())
    assert Notice.UP in watcher.notices()


def test_names_are_restored_after_fifteen_minutes_up_and_a_burst():
    watcher = a_redirected_watcher()
    assert Restore not in watcher.kinds(watcher.for_(15 * MINUTE, UP))
    watcher.for_(4 * MINUTE, UP)
    assert Restore() in watcher.orders
    watcher.tell(Found(Route.PRIMARY))
    watcher.look(UP)
    assert Notice.RESTORED in watcher.notices()


def test_one_failure_starts_the_recovery_again():
    watcher = a_redirected_watcher()
    watcher.for_(14 * MINUTE, UP)
    watcher.look(DOWN)
    watcher.for_(14 * MINUTE, UP)
    assert {Burst, Restore}.isdisjoint(watcher.kinds())


def test_doubt_in_the_recovery_starts_it_again():
    watcher = a_redirected_watcher()
    watcher.for_(14 * MINUTE, UP)
    watcher.look(DOUBTFUL)
    assert watcher.state.up_run == timedelta(0)


def test_each_relapse_doubles_the_recovery_up_to_four_hours():
    restores = [START - n * HOUR for n in range(7)]
    needed = [
        recovery_needed(State(restores=tuple(restores[:n])), START, AUTO)
        for n in range(7)
    ]
    assert needed == [15 * MINUTE * n for n in (1, 2, 4, 8, 16, 16, 16)]


def test_a_relapse_is_forgotten_after_six_hours():
    state = State(restores=(START,))
    assert recovery_needed(state, START + 7 * HOUR, AUTO) == 15 * MINUTE


def test_a_persons_restore_empties_the_clock():
    watcher = a_redirected_watcher()
    watcher.look(DOWN)
    watcher.tell(Found(Route.PRIMARY))
    assert watcher.state.clock == timedelta(0)
    assert Redirect not in watcher.kinds(watcher.for_(3 * HOUR, DOWN))


def test_a_redirect_made_by_a_person_while_the_shop_was_well_is_never_undone():
    watcher = an_armed_watcher()
    watcher.tell(Found(Route.REDIRECTED))
    watcher.for_(5 * HOUR, UP)
    assert Restore not in watcher.kinds()
    assert watcher.notices() == [Notice.REDIRECTED, Notice.ASK_RESTORE]


def test_an_order_of_an_outage_that_is_over_does_not_undo_a_persons_redirect():
    watcher = an_armed_watcher()
    while Redirect() not in watcher.orders:  # a gate refuses: the route stays
        watcher.look(DOWN)
    watcher.for_(5 * HOUR, UP)
    watcher.tell(Found(Route.REDIRECTED))
    watcher.orders.clear()
    watcher.for_(5 * HOUR, UP)
    assert Restore not in watcher.kinds()
    assert Notice.ASK_RESTORE in watcher.notices()


def test_a_redirect_made_by_a_person_in_an_outage_is_restored_when_the_shop_is_back():
    watcher = an_armed_watcher()
    watcher.for_(10 * MINUTE, DOWN)
    watcher.tell(Found(Route.REDIRECTED))
    watcher.for_(HOUR, DOWN)
    watcher.for_(20 * MINUTE, UP)
    assert Restore() in watcher.orders


def test_a_late_answer_to_our_own_order_is_still_ours():
    watcher = an_armed_watcher()
    while Redirect() not in watcher.orders:
        watcher.look(DOWN)
    watcher.look(UP)
    watcher.tell(Found(Route.REDIRECTED))
    watcher.orders.clear()
    watcher.for_(20 * MINUTE, UP)
    assert Restore() in watcher.orders


def test_a_half_done_redirect_is_finished_while_the_shop_is_down():
    watcher = an_armed_watcher()
    while Redirect() not in watcher.orders:
        watcher.look(DOWN)
    watcher.tell(Found(Route.PARTLY))
    watcher.orders.clear()
    watcher.for_(6 * MINUTE, DOWN)
    assert Redirect() in watcher.orders


def test_a_half_done_redirect_is_put_back_when_the_shop_returns():
    watcher = an_armed_watcher()
    while Redirect() not in watcher.orders:
        watcher.look(DOWN)
    watcher.tell(Found(Route.PARTLY))
    watcher.orders.clear()
    watcher.for_(20 * MINUTE, UP)
    assert Restore() in watcher.orders
    assert Redirect not in watcher.kinds()


@pytest.mark.parametrize("verdict", [UP, DOWN, DOUBTFUL])
def test_foreign_records_are_left_alone_and_told(verdict):
    watcher = an_armed_watcher()
    watcher.tell(Found(Route.FOREIGN))
    watcher.for_(8 * HOUR, verdict)
    assert {Redirect, Restore, Publish, Burst, Pin}.isdisjoint(watcher.kinds())
    assert watcher.notices() == [Notice.FOREIGN]


def test_a_shop_that_moved_house_is_pinned_anew_and_arming_starts_again():
    watcher = an_armed_watcher()
    orders = watcher.look(DOWN, UP, pinned=("192.0.2.1",), proven=("192.0.2.9",))
    assert Pin(("192.0.2.9",)) in orders
    assert watcher.state.healthy_for == timedelta(0)
    assert Notice.MOVED in watcher.notices()


def test_another_address_of_a_healthy_shop_is_pinned_without_arming_again():
    watcher = an_armed_watcher()
    orders = watcher.look(UP, pinned=("192.0.2.1",), proven=("192.0.2.2",))
    assert Pin(("192.0.2.2",)) in orders
    assert armed(watcher.state, AUTO)


def test_known_addresses_are_not_pinned_again():
    watcher = an_armed_watcher()
    pinned = ("192.0.2.1", "192.0.2.2")
    assert not watcher.look(UP, pinned=pinned, proven=("192.0.2.2",))


def test_nothing_is_pinned_while_the_names_lead_to_the_page():
    watcher = a_redirected_watcher()
    orders = watcher.look(UP, pinned=("192.0.2.1",), proven=("192.0.2.9",))
    assert Pin not in watcher.kinds(orders)


def test_a_message_is_repeated_until_it_was_told_and_then_never_again():
    state, policy = an_armed_watcher().state, AUTO
    at = START + 48 * HOUR
    keys = []
    for minute in range(20):
        at += MINUTE
        seen = Observation(at, DOWN, "refused")
        state, orders = step(state, Looked(seen, seen, online=True), at, policy)
        keys += [o.key for o in orders if isinstance(o, Notify)]
        if minute == 15:
            assert len(keys) > 5
            assert len(set(keys)) == 1
            state, _ = step(state, Told(keys[0]), at, policy)
            keys.clear()
    assert not keys


def test_a_person_hears_of_it_before_the_names_move():
    watcher = an_armed_watcher()
    heard = {}
    while Redirect() not in watcher.orders:
        for order in watcher.look(DOWN):
            if isinstance(order, Notify):
                heard[order.notice] = watcher.at - START - 25 * HOUR
    assert heard == {Notice.DOWN: 6 * MINUTE, Notice.SOON: 151 * MINUTE}


def test_asks_are_marked_as_such():
    watcher = Watcher(ASK)
    watcher.tell(Found(Route.PRIMARY))
    watcher.for_(4 * HOUR, DOWN)
    asks = [o for o in watcher.orders if isinstance(o, Ask)]
    assert [o.notice for o in asks] == [Notice.ASK_REDIRECT]


def test_a_young_suspicion_is_looked_at_twice_as_often():
    watcher = an_armed_watcher()
    assert pause(watcher.state, (), AUTO) == MINUTE
    watcher.look(DOWN)
    assert pause(watcher.state, (), AUTO) == MINUTE / 2
    watcher.for_(HOUR, DOWN)
    assert pause(watcher.state, (), AUTO) == MINUTE
    assert pause(watcher.state, (Burst(),), AUTO) == AUTO.burst_gap


def test_a_state_of_a_newer_program_is_refused():
    newer = State().to_json().replace(b'"schema": 1', b'"schema": 2')
    with pytest.raises(FallbackError, match="newer fallback"):
        State.from_json(newer)


@pytest.mark.parametrize("cut", [0, 1, 40, 200])
def test_a_torn_state_is_refused_in_words(cut):
    with pytest.raises(FallbackError, match="cannot be read"):
        State.from_json(State().to_json()[:cut])


looks = st.tuples(
    st.sampled_from([UP, DOWN, DOUBTFUL, UNKNOWN]),
    st.sampled_from([UP, DOWN, DOUBTFUL, UNKNOWN, None]),
    st.sampled_from([True, False, None]),
)
events = st.one_of(
    looks.map(
        lambda o: Looked(
            Observation(START, o[0], o[0]),
            o[1] and Observation(START, o[1], o[1]),
            online=o[2],
        )
    ),
    st.sampled_from([Found(route) for route in Route]),
    st.booleans().map(Page),
    st.sampled_from([Told("1/down"), Told("2/redirected")]),
)
gaps = st.timedeltas(-12 * HOUR, 12 * HOUR)
stories = st.lists(st.tuples(events, gaps), max_size=60)
policies = st.builds(
    Policy,
    redirect_after=st.timedeltas(timedelta(seconds=5), 6 * HOUR),
    restore_after=st.timedeltas(timedelta(seconds=1), HOUR),
    arm_after=st.timedeltas(timedelta(0), timedelta(days=2)),
    interval=st.timedeltas(timedelta(seconds=1), HOUR),
    automatic=st.booleans(),
)


@settings(max_examples=300, deadline=None)
@given(stories, policies)
def test_no_story_adds_more_than_a_gap_or_moves_the_clock_without_a_pair(story, policy):
    state, at = State(), START
    for event, gap in story:
        at += gap
        before, (state, _) = state, step(state, event, at, policy)
        grown = state.clock - before.clock
        assert timedelta(0) <= state.clock <= state.trouble <= policy.redirect_after
        assert grown <= policy.max_gap
        if grown > timedelta(0):
            assert before.last is state.last is DOWN
        assert state.healthy_for <= policy.arm_after


@settings(max_examples=300, deadline=None)
@given(stories, policies, st.integers(0, 60))
def test_saving_and_loading_at_any_point_is_invisible(story, policy, point):
    state, at = State(), START
    for number, (event, gap) in enumerate(story):
        at += gap
        if number == point:
            state = State.from_json(state.to_json())
        plain, _ = step(state, event, at, policy)
        assert State.from_json(plain.to_json()) == plain
        state = plain


@settings(max_examples=300, deadline=None)
@given(stories, policies)
def test_no_story_moves_names_without_evidence_now_and_the_right_to(story, policy):
    state, at = State(), START
    for event, gap in story:
        at += gap
        state, orders = step(state, event, at, policy)
        if Redirect() in orders:
            assert policy.automatic
            assert armed(state, policy)
            assert state.verdict is DOWN
            assert state.clock == policy.redirect_after
        if Restore() in orders:
            assert policy.automatic
            assert state.verdict is UP
            assert state.up_run >= recovery_needed(state, at, policy)
            assert state.witnessed
        if Redirect() in orders or Restore() in orders:
            assert isinstance(event, Looked)
            assert state.route is not Route.FOREIGN
