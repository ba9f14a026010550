"""Faults: each is one small change of the lab's world, and what ``check`` says to it.

``also`` are the findings that cannot but come with the fault, because they say the same
of another thing that it breaks; everything else that appears is a failure.
"""

from collections.abc import Callable, Iterable

from attrs import frozen

from tests.lab.world import World


@frozen
class Seed:
    """One fault: ``id`` is the finding that must be there."""

    id: str
    what: str
    change: Callable[[World], None]
    also: frozenset = frozenset()

    def __str__(self) -> str:
        return f"{self.id}: {self.what}"

    def world(self) -> World:
        made = World()
        self.change(made)
        return made


SEEDS: list[Seed] = []


def seed(name: str, what: str, also: Iterable[str] = ()):
    """Add the decorated change of a world as a fault."""

    def add(change):
        SEEDS.append(Seed(name, what, change, frozenset(also)))
        return change

    return add
