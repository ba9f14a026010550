"""What every action returns: a value with an exit code, sentences and JSON.

People get ``told()``, machines ``as_json()``; the CLI adds ``schema``, ``command``,
``ok`` and ``code`` around the latter. What matters stands last, where people look.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, Protocol

from attrs import frozen

from fallback.core.text import Sayable, Text


class Result(Protocol):
    """The outcome of one action."""

    @property
    def code(self) -> int:
        """The exit code, from the list in ``fallback.core.errors``."""
        ...

    def told(self) -> Iterator[Sayable]:
        """Yield the lines that a person reads on stdout."""
        ...

    def as_json(self) -> Mapping[str, Any]:
        """Return the command's own keys, English and stable."""
        ...


class Talk(Protocol):
    """Where an action says what it is doing: stderr, or JSON lines with ``--json``."""

    def __call__(self, event: str, text: Text) -> None:
        """Say *text*; *event* is its stable English name for machines."""
        ...


def silent(event: str, text: Text) -> None:
    """Say nothing: the ``Talk`` of tests and libraries."""


class Stage(StrEnum):
    """What is being done to one host; stable English words."""

    WRITING = "writing"
    LOOKING = "looking"
    DONE = "done"
    FAILED = "failed"


@frozen
class Step:
    """How far one host has come: ``done`` files of ``of``, while they are written."""

    stage: Stage
    done: int = 0
    of: int = 0


class Progress(Protocol):
    """Where a publish says how each host gets on; called from any thread."""

    def __call__(self, host: str, step: Step) -> None:
        """Take *step* of the host called *host*; must not raise."""
        ...


def unseen(host: str, step: Step) -> None:
    """Show nothing: the ``Progress`` of pipes, tests and libraries."""
