"""Thousands of seeded outages against the shipped machine, with a virtual clock.

``make torture`` plays a hundred thousand.
"""

from collections import Counter

import pytest

from tests.core.simulation import KINDS, NAIVE, SHIPPED, run

BATCH, BATCHES, MANY = 200, 3, 500


def play(seeds, machine=SHIPPED):
    broken, kinds, moves = Counter(), Counter(), Counter()
    for seed in seeds:
        world = run(seed, machine)
        kinds[world.trace.kind] += 1
        moves[world.trace.kind] += len(world.moves)
        broken += Counter({f"{seed}: {rule}": n for rule, n in world.broken.items()})
    return broken, kinds, moves


@pytest.mark.parametrize(
    "batch",
    [
        pytest.param(batch, marks=() if batch < BATCHES else pytest.mark.torture)
        for batch in range(MANY)
    ],
)
def test_no_invariant_breaks_in_any_trace(batch):
    broken, kinds, moves = play(range(batch * BATCH, (batch + 1) * BATCH))
    assert not broken
    assert set(kinds) == set(KINDS)
    # the world is hard enough: names did move, and not for every kind of shop
    assert moves["long"] >= kinds["long"]
    assert moves["relapse"] > 0
    assert moves["healthy"] <= 6  # canaries that are blind


def test_the_usual_script_fails_in_the_same_world():
    healthy = range(KINDS.index("healthy"), 1200, len(KINDS))
    broken, *_ = play([*healthy, *range(100)], NAIVE)
    rules = {rule.split(": ")[1] for rule in broken}
    assert rules >= {
        "I1 a healthy shop is never moved",
        "I1 no redirect without watched evidence",
        "I4 no restore before it was up long enough",
        "I10 at rest the names lead home",
    }


def test_the_same_seed_tells_the_same_story():
    first, second = run(40), run(40)
    assert first.moves == second.moves
    assert first.samples == second.samples
