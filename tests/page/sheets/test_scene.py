"""A preview makes up how things stand, and never what the owner wrote."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fallback.core.model import Announcement, Language, Status, Update, Words
from fallback.page.content.words import Standing, Told
from fallback.page.sheets.scene import AS_WRITTEN, ETAS, MESSAGES, Scene

NOW = datetime(2026, 11, 22, 10, 7, tzinfo=UTC)
PL = Language("pl")

scenes = st.builds(
    Scene,
    st.none() | st.sampled_from(Status),
    st.sampled_from(("", *ETAS)),
    st.sampled_from((0, *MESSAGES)),
) | st.builds(Scene, st.just(Status.SCHEDULED), begun=st.booleans())


def update(number: int) -> Update:
    return Update(
        f"u{number}", NOW - timedelta(minutes=number), {PL: ("", f"<p>{number}</p>")}
    )


def told(count: int = 2, **standing: object) -> Told:
    stands = Standing(**{"status": Status.IDENTIFIED, "newest": NOW, **standing})
    words = Words(
        {PL: Announcement(PL, "", "<p>outage</p>")},
        tuple(update(number) for number in range(count)),
    )
    return Told(words, stands)


@given(scenes)
def test_a_scene_survives_the_address_that_it_travels_in(scene: Scene) -> None:
    assert Scene.read(scene.words) == scene


@given(st.text())
def test_no_word_of_a_strangers_query_is_a_surprise(words: str) -> None:
    scene = Scene.read(words)
    assert scene is None or Scene.read(scene.words) == scene


@pytest.mark.parametrize("words", ["", "xyz", "resolved,now", "2-messages", "eta-"])
def test_an_unknown_word_names_no_scene(words: str) -> None:
    assert Scene.read(words) is None


def test_as_written_changes_nothing() -> None:
    scene = Scene.read(AS_WRITTEN)
    assert scene == Scene()
    assert scene.staged(told(), NOW) == told()


@given(scenes, st.integers(0, 30))
def test_a_scene_shows_what_it_says_and_keeps_the_words(
    scene: Scene, count: int
) -> None:
    before = told(count)
    after = scene.staged(before, NOW)
    assert after.standing.status is (scene.status or before.standing.status)
    assert len(after.words.updates) == (scene.messages or count)
    assert after.words.announcements == before.words.announcements
    stems = [each.stem for each in after.words.updates]
    assert len(set(stems)) == len(stems)
    times = [each.at for each in after.words.updates]
    assert times == sorted(times, reverse=True)
    own = {each.texts[PL] for each in before.words.updates} or {("", "<p>outage</p>")}
    assert {each.texts[PL] for each in after.words.updates} <= own


def test_an_eta_is_ahead_passed_or_unknown_as_the_scene_says() -> None:
    late = told(eta=NOW, newest=NOW + timedelta(hours=3))
    known = Scene(eta="known").staged(late, NOW).standing
    assert known.eta == datetime(2026, 11, 22, 12, 15, tzinfo=UTC)
    passed = Scene(eta="passed").staged(late, NOW).standing
    assert passed.late
    assert passed.eta
    assert passed.eta < NOW
    assert Scene(eta="unknown").staged(late, NOW).standing.eta is None


def test_nobody_waits_any_more_once_it_is_resolved() -> None:
    before = told(eta=NOW, next_update=NOW)
    after = Scene(status=Status.RESOLVED, eta="known").staged(before, NOW)
    assert (after.standing.eta, after.standing.next_update) == (None, None)


def test_planned_work_begins_tomorrow_unless_the_words_name_a_later_day() -> None:
    scene = Scene(status=Status.SCHEDULED, eta="known")
    begun = scene.staged(told(started=NOW - timedelta(hours=1)), NOW).standing
    assert begun.started
    assert begun.eta
    assert NOW < begun.started < begun.eta
    own = NOW + timedelta(days=9)
    assert scene.staged(told(started=own), NOW).standing.started == own


@given(
    st.booleans(),
    st.none() | st.integers(-99, 99),
    st.none() | st.integers(-99, 99),
)
def test_planned_work_is_ahead_or_under_way_and_ends_after_it_begins(
    begun: bool, started: int | None, eta: int | None
) -> None:
    def hours(count: int | None) -> datetime | None:
        return None if count is None else NOW + timedelta(hours=count)

    before = told(started=hours(started), eta=hours(eta))
    scene = Scene(Status.SCHEDULED, begun=begun)
    after = scene.staged(before, NOW).standing
    assert after.started
    assert (after.started <= NOW) == begun
    assert after.eta is None or after.eta > after.started
