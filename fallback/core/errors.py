"""The error tree, and the exit code of each branch.

An error says what happened, what customers see right now, and what to type next.
Codes are a promise to scripts (README, "Exit codes"); an unknown code means failure.

    FallbackError        1   failed
    ├── UsageError       2   the command was called wrongly
    ├── ConfigError      2   fallback.toml is wrong
    ├── ContentError     2   there are no words to build a page from
    ├── PartlyDone       3   some hosts, updates, zones or name servers are missing
    ├── NotReady         4   a critical finding
    ├── Refused          5   a gate or a safety rule said no
    ├── PrimaryDown     10   the primary is down
    ├── Locked          11   somebody else is at work
    ├── CredentialsRefused 12   a secret is missing, or every host refused ours
    └── AdapterError     1   the outcome of one call to a host, provider or store
        ├── Unavailable  1   nothing was sent, or it was certainly not carried out
        ├── Conflict     1   the precondition failed: nothing changed
        ├── Rejected     1   refused as invalid or not permitted: nothing changed
        └── Unknown      1   sent, and the answer was lost: it must be read again
"""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from attrs import frozen

from fallback.core.text import Sayable, T, Text


class FallbackError(Exception):
    """Something a person must know about: said in words, never as a traceback."""

    code: ClassVar[int] = 1

    def __init__(
        self,
        what: Sayable,
        *,
        customers_see: Sayable | None = None,
        next: Sayable | None = None,  # noqa: A002 - the contract's word
    ) -> None:
        """Say *what* happened, what *customers_see* now, and what to do *next*."""
        super().__init__(str(what))
        self.what = what
        self.customers_see = customers_see
        self.next = next


@frozen
class Problem:
    """One complaint about one place in a file the owner wrote.

    ``line`` counts from 1; 0 means the whole file. ``mended`` is the text that would
    have been right, when we can tell.
    """

    file: str
    line: int
    what: Text
    remedy: Text | None = None
    mended: str = ""

    @property
    def place(self) -> str:
        """Return ``file:line``, as editors understand it."""
        return f"{self.file}:{self.line}" if self.line else self.file

    def told(self) -> Iterator[Text]:
        """Yield ``file:line: what``, with the remedy and the mended text below it."""
        yield T("{place}: {what}", place=self.place, what=self.what)
        if self.remedy:
            yield T("    {remedy}", remedy=self.remedy)
        if self.mended and self.mended not in str(self.remedy or ""):
            yield T("    mended: {text}", text=self.mended)

    def as_json(self) -> dict[str, Any]:
        """Return the problem as the contract's JSON spells it."""
        return {
            "file": self.file,
            "line": self.line,
            "problem": str(self.what),
            "remedy": None if self.remedy is None else str(self.remedy),
            "mended": self.mended,
        }


class UsageError(FallbackError):
    """The command was called wrongly."""

    code = 2


class ConfigError(FallbackError):
    """fallback.toml is wrong; ``problems`` holds every complaint at once."""

    code = 2

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Collect *problems*, of which there is at least one."""
        self.problems = tuple(problems)
        super().__init__(
            T("{file} cannot be used as it is", file=self.problems[0].file),
            customers_see=T("no change: what is published stays"),
            next=T("mend the lines above and run the same command again"),
        )


class ContentError(FallbackError):
    """There are no usable words to build a page from; ``problems`` says where."""

    code = 2

    def __init__(
        self,
        what: Sayable,
        *,
        customers_see: Sayable | None = None,
        next: Sayable | None = None,  # noqa: A002 - the contract's word
        problems: Sequence[Problem] = (),
    ) -> None:
        """Say it like every error, and name each place in the words."""
        super().__init__(what, customers_see=customers_see, next=next)
        self.problems = tuple(problems)


class PartlyDone(FallbackError):
    """Most of it was done; ``what`` names what is missing.

    ``receipt``, a ``fallback.core.model.Receipt``, is there when a page was published,
    whatever else was not done.
    """

    code = 3

    def __init__(
        self,
        what: Sayable,
        *,
        customers_see: Sayable | None = None,
        next: Sayable | None = None,  # noqa: A002 - the contract's word
        receipt: Any = None,
    ) -> None:
        """Say it like every error, and keep the *receipt*."""
        super().__init__(what, customers_see=customers_see, next=next)
        self.receipt = receipt


class NotReady(FallbackError):
    """A critical finding says that the fallback would not work."""

    code = 4


class Refused(FallbackError):
    """A gate or a safety rule said no. Nothing was changed."""

    code = 5


class PrimaryDown(FallbackError):
    """The primary is down: an answer, not a failure, but scripts need to see it."""

    code = 10


class Locked(FallbackError):
    """Another process, or another operator, is at work on the same site."""

    code = 11


class CredentialsRefused(FallbackError):
    """A secret is missing or was refused; nothing can be done without it."""

    code = 12


class AdapterError(FallbackError):
    """The outcome of one call to the outside world, as the engine needs to know it."""


class Unavailable(AdapterError):
    """It was certainly not carried out: trying again later is safe."""


class Conflict(AdapterError):
    """The precondition failed and nothing changed: read again, then decide."""


class Rejected(AdapterError):
    """Refused as invalid or not permitted; nothing changed, and nothing will."""


class Unknown(AdapterError):
    """Sent, but the answer was lost: it must be read again, never repeated blindly."""
