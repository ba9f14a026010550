"""What would happen if the shop died now is said as it is, and never better."""

from datetime import UTC, datetime

import pytest
from attrs import evolve

from fallback.core.model import Verdict
from fallback.core.standing import Grade, Place, Site, if_it_died, next_step

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
BARE = Site("kwiaty.example", "Kwiaty", (Place("folder", "", False),), ())
LIVE = evolve(BARE, places=(Place("s3", "https://d111.example", True),))
READY = evolve(LIVE, names=("kwiaty.example",))
WATCHED = evolve(READY, looked=NOW, since=NOW, verdict=Verdict.UP)
ARMED = evolve(WATCHED, armed=True, mode="auto")
DOWN = evolve(WATCHED, verdict=Verdict.DOWN)


@pytest.mark.parametrize(
    ("site", "grade", "died", "step"),
    [
        (BARE, Grade.NOTHING, "an error, and nothing else", "fallback deploy"),
        (LIVE, Grade.PAGE, "until you tell them the address https", "which names lead"),
        (
            evolve(LIVE, places=(Place("folder", "", True),)),
            Grade.PAGE,
            "the page has no address of its own",
            "which names lead here",
        ),
        (READY, Grade.PREPARED, "until you type: fallback redirect", "fallback check"),
        (WATCHED, Grade.PREPARED, "reminds you after 3h", "nothing to do"),
        (
            evolve(WATCHED, stale=True),
            Grade.PREPARED,
            "until you type: fallback redirect",
            "start the watcher again",
        ),
        (ARMED, Grade.ARMED, "after 3h customers would be led", "nothing to do"),
        (
            evolve(ARMED, stale=True),
            Grade.PREPARED,
            "until you type",
            "start the watch",
        ),
        (evolve(ARMED, mode="ask"), Grade.ARMED, "you would be asked", "nothing to do"),
        (DOWN, Grade.PREPARED, "", "fallback redirect"),
        (evolve(DOWN, redirected=True), Grade.PREPARED, "", "fallback update"),
        (evolve(DOWN, places=BARE.places), Grade.NOTHING, "", "fallback deploy"),
        (evolve(DOWN, names=()), Grade.PAGE, "", "tell your customers the address"),
        (
            evolve(WATCHED, redirected=True),
            Grade.PREPARED,
            "",
            "is back: fallback rest",
        ),
        (
            evolve(READY, redirected=True),
            Grade.PREPARED,
            "",
            "when the shop is back: fallback restore",
        ),
    ],
)
def test_each_standing_has_its_consequence_and_its_next_step(
    site: Site, grade: Grade, died: str, step: str
) -> None:
    assert site.grade is grade
    assert died in str(if_it_died(site))
    assert step in str(next_step(site, NOW))


SPARE = Place("spare", "https://spare.example", live=True)


def test_a_spare_address_is_what_customers_are_told_once_the_page_is_there() -> None:
    known = evolve(LIVE, spare=SPARE)
    assert known.address == SPARE.url
    assert str(if_it_died(known)).endswith(f"tell them the address {SPARE.url}")
    silent = evolve(LIVE, spare=evolve(SPARE, live=False))
    assert silent.address == LIVE.address
    assert SPARE.url not in str(if_it_died(silent))


def test_a_spare_address_helps_before_anybody_moves_a_name() -> None:
    said = str(if_it_died(evolve(READY, spare=SPARE)))
    assert said.startswith(str(if_it_died(READY)))
    assert said.endswith(f"whoever knows {SPARE.url} sees the page at once")


def test_a_page_at_the_spare_address_alone_is_a_page() -> None:
    alone = evolve(BARE, places=(Place("s3", "", None),), spare=SPARE)
    assert alone.grade is Grade.PAGE
    down = evolve(alone, verdict=Verdict.DOWN)
    assert "tell your customers the address" in str(next_step(down, NOW))
