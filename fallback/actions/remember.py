"""Remembers that a person has answered what no program can see."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from attrs import frozen

from fallback import stores
from fallback.core.check.settled import COUNTS, QUESTIONS, word
from fallback.core.config import Config
from fallback.core.errors import UsageError
from fallback.core.text import Sayable, T
from fallback.stores import dated


@frozen
class SettledResult:
    """What is remembered now, and until when."""

    asked: tuple[str, ...]
    at: datetime
    code: ClassVar[int] = 0

    def told(self) -> Iterator[Sayable]:
        """See ``fallback.core.result.Result``."""
        for each in self.asked:
            yield T(
                "settled on {day}: {question}",
                day=f"{self.at:%F}",
                question=QUESTIONS[each].asks,
            )
        yield T("you are asked again on {day}", day=f"{self.at + COUNTS:%F}")

    def as_json(self) -> Mapping[str, Any]:
        """See ``fallback.core.result.Result``."""
        again = self.at + COUNTS
        return {
            "settled": [
                {"id": each, "at": self.at.isoformat(), "again": again.isoformat()}
                for each in self.asked
            ]
        }


def settle(config: Config, asked: Sequence[str], at: datetime) -> SettledResult:
    """Remember that each question of *asked* was settled *at*.

    Raises ``UsageError`` for an id that is no question to a person, and what the store
    raises.
    """
    for each in asked:
        if each not in QUESTIONS:
            near = difflib.get_close_matches(each, QUESTIONS, n=1, cutoff=0.3)
            raise UsageError(
                T("{id} is no question that a person can settle", id=each),
                next=T("did you mean: {id}", id=near[0])
                if near
                else T("these can be settled: {ids}", ids=", ".join(QUESTIONS)),
            )
    store = stores.connect(config.state, config)
    for each in asked:
        dated.remember(store, word(each), at)
    return SettledResult(tuple(asked), at)
