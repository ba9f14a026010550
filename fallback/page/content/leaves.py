"""The owner's files, each read for itself: what goes in, and what comes out of it.

Nothing that one file says changes how another one is read. So files may be read in any
order, in other processes, or not at all when it is remembered what came out: a leaf
and what decides about it make a key, and an outcome can be written down and read back.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any
from zoneinfo import ZoneInfo

from attrs import field, frozen

from fallback.core.config import Config
from fallback.core.errors import Problem
from fallback.core.model import Language, Status
from fallback.core.text import Sayable, Text
from fallback.page.content.complaints import Complaints
from fallback.page.content.draft import Desk, Draft, Facts, drafted
from fallback.page.content.guard import Guard
from fallback.page.content.prose import Writer


@frozen
class Leaf:
    """One content file to be read. ``whole``: an update, which stands or falls."""

    path: str
    body: bytes = field(repr=False)
    language: Language
    whole: bool


@frozen
class Outcome:
    """What a leaf says, if it can be used, and what is wrong with it."""

    draft: Draft | None
    left_out: tuple[Problem, ...] = ()
    noticed: tuple[Problem, ...] = ()


Read = Callable[[Sequence[Leaf]], Sequence[Outcome]]
"""Reads leaves, and answers for each of them, in their order."""


@frozen
class Reader:
    """Reads leaves one after another; everything but the leaf that decides is here."""

    zone: ZoneInfo
    phone: str
    guard: Guard
    _writers: list[Writer] = field(factory=list, init=False, repr=False, eq=False)

    @classmethod
    def of(cls, config: Config) -> "Reader":
        """Return what reads the words of *config*."""
        return cls(config.shop.timezone, config.contact.phone, Guard.of(config))

    def __call__(self, leaves: Sequence[Leaf]) -> list[Outcome]:
        """Return what comes out of each of *leaves*."""
        return [self.outcome(leaf) for leaf in leaves]

    def outcome(self, leaf: Leaf) -> Outcome:
        """Return what comes out of *leaf*."""
        if not self._writers:  # where everything is remembered, none is needed
            self._writers.append(Writer(self.guard))
        complaints = Complaints()
        desk = Desk(self.zone, self.phone, self._writers[0], complaints)
        draft = drafted(leaf.path, leaf.body, leaf.language, desk, whole=leaf.whole)
        return Outcome(draft, tuple(complaints.left_out), tuple(complaints.noticed))

    def spelled(self) -> str:
        """Return everything that decides besides the leaf, as ``spell`` reads it."""
        guard = self.guard
        return json.dumps(
            [
                self.zone.key,
                self.phone,
                list(guard.pages),
                guard.mail,
                sorted(guard.phones),
                guard.protected,
            ]
        )

    @classmethod
    def spell(cls, text: str) -> "Reader":
        """Return the reader that ``spelled`` wrote down as *text*."""
        zone, phone, pages, mail, phones, protected = json.loads(text)
        guard = Guard(tuple(pages), mail, frozenset(phones), protected)
        return cls(ZoneInfo(zone), phone, guard)


def keys(leaves: Iterable[Leaf], spelled: str) -> list[bytes]:
    """Return 20 bytes for each of *leaves*: its name, read by who is so *spelled*."""
    common = blake2b(spelled.encode(), digest_size=20)
    return [_key(common.copy(), leaf) for leaf in leaves]


def _key(digest: "blake2b", leaf: Leaf) -> bytes:
    # no path and no language holds a zero byte: where each part ends is certain
    about = f"\0{leaf.path}\0{leaf.language}\0{leaf.whole:d}\0"
    digest.update(about.encode("utf-8", "surrogatepass"))
    digest.update(leaf.body)
    return digest.digest()


def written(outcome: Outcome) -> Any:
    """Return *outcome* as JSON holds it."""
    draft = outcome.draft
    return [
        draft
        and [
            draft.language,
            draft.title,
            draft.html,
            {key: at and at.isoformat() for key, at in draft.facts.said.items()},
            draft.facts.status,
        ],
        [_problem_written(problem) for problem in outcome.left_out],
        [_problem_written(problem) for problem in outcome.noticed],
    ]


def unwritten(value: Any) -> Outcome:
    """Return the outcome that ``written`` made *value* of."""
    drafted, left_out, noticed = value
    draft = None
    if drafted:
        language, title, html, said, status = drafted
        moments = {key: at and datetime.fromisoformat(at) for key, at in said.items()}
        facts = Facts(moments, status and Status(status))
        draft = Draft(Language(language), title, html, facts)
    return Outcome(
        draft,
        tuple(_problem_unwritten(problem) for problem in left_out),
        tuple(_problem_unwritten(problem) for problem in noticed),
    )


def _problem_written(problem: Problem) -> Any:
    return [
        problem.file,
        problem.line,
        _text_written(problem.what),
        problem.remedy and _text_written(problem.remedy),
        problem.mended,
    ]


def _problem_unwritten(value: Any) -> Problem:
    file, line, what, remedy, mended = value
    return Problem(
        file, line, _text_unwritten(what), remedy and _text_unwritten(remedy), mended
    )


def _text_written(text: Text) -> Any:
    values = {
        name: _text_written(value) if isinstance(value, Text) else value
        for name, value in text.values.items()
    }
    return [text.template, values, text.plural]


def _text_unwritten(value: Any) -> Text:
    template, values, plural = value
    filled: dict[str, Sayable] = {
        name: _text_unwritten(each) if isinstance(each, list) else each
        for name, each in values.items()
    }
    return Text(template, filled, plural)
