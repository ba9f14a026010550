"""What ``setup`` and ``teardown`` say of a host: pure values, no I/O.

Both may be run again at any time: a step that finds its thing already there says so.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

from attrs import field, frozen

from fallback.core.text import Sayable, T, Text


class Outcome(StrEnum):
    """What became of one step."""

    MADE = "made"
    FOUND = "found"
    REMOVED = "removed"
    ABSENT = "absent"


_SAID = {
    Outcome.MADE: T("made"),
    Outcome.FOUND: T("already there"),
    Outcome.REMOVED: T("removed"),
    Outcome.ABSENT: T("already gone"),
}


@frozen
class Step:
    """One thing a host consists of, such as its bucket, and what became of it."""

    what: Text
    outcome: Outcome


@frozen
class Provision:
    """What a host is made of now.

    ``by_hand`` is what only a person can do, in order: validation records, a form to
    press. ``settings`` are keys for the host's table in fallback.toml. ``policy`` is
    the narrowest credential that publishing needs, in the vendor's own words.
    ``files`` are for a server of the owner's, by name; they are put beside the site.
    """

    steps: tuple[Step, ...]
    by_hand: tuple[Text, ...] = ()
    settings: Mapping[str, str] = field(factory=dict)
    policy: str = ""
    files: Mapping[str, str] = field(factory=dict)

    def told(self) -> Iterator[Sayable]:
        """Yield the lines that a person reads."""
        for step in self.steps:
            yield T("{what}: {outcome}", what=step.what, outcome=_SAID[step.outcome])
        if self.settings:
            yield T("write below this host in fallback.toml:")
            for key, value in self.settings.items():
                yield f'  {key} = "{value}"'
        if self.policy:
            yield T("the narrowest credential that publishing needs:")
            yield from (f"  {line}" for line in self.policy.splitlines())
        for number, todo in enumerate(self.by_hand, 1):
            yield T("{number}. by hand: {todo}", number=number, todo=todo)

    def as_json(self) -> Mapping[str, Any]:
        """Return the object of ``setup --json`` and ``teardown --json``."""
        return {
            "steps": [
                {"what": str(step.what), "outcome": step.outcome.value}
                for step in self.steps
            ],
            "by_hand": [str(todo) for todo in self.by_hand],
            "settings": dict(self.settings),
            "policy": self.policy,
            "files": sorted(self.files),
        }
