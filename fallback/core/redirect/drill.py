"""A drill: what it moves, how its states are told apart, and what is kept of it.

A drill redirects a throw-away name below ``fallback-drill.<zone>`` and takes it back,
by the very planner, commit and journal of a real move. Its law: **it can touch nothing
else**. The part of the zone below that name is treated as a zone of its own: its plan
can hold no other name, and its marker stands in it, so that no watcher and no other
machine takes a drill for a redirect. Its journal is one of its own, too.

States, and what the same command does when it finds one:

==================  ===========================  ===================================
state               how it is known              the same command, run again
==================  ===========================  ===================================
nothing             journal closed, no marker    begins
planned             plan in the drill's journal  closes it, and begins
in force            and the marker in the zone   takes it back first, and begins
taken back          and a restore is done        begins; the report was not written
somebody else's     marker, not in our journal   refuses: another machine is at it;
                                                 after an hour ``--clear`` takes it away
a real redirect     the site's own journal       refuses: this is no drill any more
==================  ===========================  ===================================

A fault in one step never keeps the way back from being tried. What could not be tried
is told as that, and never counts as done.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from attrs import frozen

from fallback.core.config import DnsTable
from fallback.core.errors import FallbackError
from fallback.core.records import absolute
from fallback.core.text import Sayable, T, Text

BELOW = "fallback-drill"
"""The label below which every throw-away name stands; rights are given for it once."""

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
LENGTH = 6
"""Of the label of a throw-away name; no letter is taken for another."""

SCHEMA = 1


def is_label(text: str) -> bool:
    """Say whether *text* could be the label of a throw-away name."""
    return len(text) == LENGTH and set(text) <= set(LETTERS)


def part_of(zone: str) -> str:
    """Return the part of *zone* that drills may touch."""
    return f"{BELOW}.{absolute(zone)}".rstrip(".")


def in_part(name: str, zone: str) -> bool:
    """Say whether *name* is in the part of *zone* that drills may touch."""
    return f".{absolute(name)}".endswith(f".{absolute(part_of(zone))}")


def throw_away(table: DnsTable, label: str) -> DnsTable:
    """Return *table* for a drill: one throw-away name, in a part of its own.

    Raises ``ValueError`` if a configured name were in that part.
    """
    part = absolute(part_of(table.zone))
    if any(in_part(name, table.zone) for name in table.names):
        raise ValueError(f"a configured name is below {part}")
    return DnsTable(
        provider=table.provider,
        zone=part.rstrip("."),
        names=(f"{label}.{part}".rstrip("."),),
        target=table.target,
        settings=table.settings,
        ttl=table.ttl,
        within=table.zone,
    )


class StepState(StrEnum):
    """How one step went; ``NOT_TRIED`` always says why."""

    OK = "ok"
    FAILED = "failed"
    NOT_TRIED = "not-tried"


class StepId(StrEnum):
    """The steps, in their order; stable English words."""

    PUBLISH = "publish"
    GATES = "gates"
    REDIRECT = "redirect"
    NAME_SERVERS = "name-servers"
    VISITOR = "visitor"
    RESTORE = "restore"
    COMPARE = "compare"


TITLES: Mapping[StepId, Text] = {
    StepId.PUBLISH: T("publish the page"),
    StepId.GATES: T("ask the gates of a redirect, for the shop's own names"),
    StepId.REDIRECT: T("redirect what the drill may move"),
    StepId.NAME_SERVERS: T("see what every name server says"),
    StepId.VISITOR: T("see what a visitor gets"),
    StepId.RESTORE: T("take it back"),
    StepId.COMPARE: T("compare the zone with what it was"),
}


@frozen
class Step:
    """How one step went, in sentences, and how long it took."""

    id: StepId
    state: StepState
    told: tuple[Sayable, ...] = ()
    took: timedelta = timedelta()

    def as_json(self) -> dict[str, Any]:
        """Return the step as JSON."""
        return {
            "step": self.id.value,
            "state": self.state.value,
            "told": [str(line) for line in self.told],
            "seconds": round(self.took.total_seconds(), 3),
        }


@frozen
class Report:
    """One drill from its first step to its last, or to the one that ended it.

    ``names`` are the throw-away names, or in the ``lab`` the shop's own. ``left``: the
    drill's journal knows of records that could not be taken back. ``notes`` say what
    the laboratory is not like; ``skipped`` are zones that could not be read for it.
    """

    at: datetime
    domain: str
    names: tuple[str, ...]
    steps: tuple[Step, ...]
    lab: bool = False
    left: bool = False
    notes: tuple[Sayable, ...] = ()
    skipped: tuple[str, ...] = ()

    @property
    def failed(self) -> tuple[Step, ...]:
        """Return the steps that failed."""
        return tuple(s for s in self.steps if s.state is StepState.FAILED)

    @property
    def untried(self) -> tuple[Step, ...]:
        """Return the steps that could not be tried."""
        return tuple(s for s in self.steps if s.state is StepState.NOT_TRIED)

    @property
    def as_before(self) -> bool:
        """Whether the zone was seen to be as it was before the drill."""
        last = {step.id: step.state for step in self.steps}
        return last.get(StepId.COMPARE) is StepState.OK

    @property
    def ok(self) -> bool:
        """Whether everything was tried and nothing failed."""
        whole = not self.failed and not self.untried and not self.skipped
        return whole and self.as_before

    def told(self) -> Iterator[Sayable]:
        """Yield the report as lines for a person."""
        yield T("drill of {domain}, {at}", domain=self.domain,
                at=f"{self.at:%Y-%m-%d %H:%M} UTC")  # fmt: skip
        if self.lab:
            yield _IN_LAB
        yield from self.notes
        yield T("names: {names}", names=", ".join(self.names))
        for step in self.steps:
            yield T("{state} {title} ({seconds} s)", state=_STATES[step.state],
                    title=TITLES[step.id],
                    seconds=f"{step.took.total_seconds():.1f}")  # fmt: skip
            for line in step.told:
                yield T("     {line}", line=line)

    def as_json(self) -> dict[str, Any]:
        """Return the report as the contract's JSON spells it."""
        return {
            "at": self.at.isoformat(),
            "domain": self.domain,
            "lab": self.lab,
            "names": list(self.names),
            "ok": self.ok,
            "as_before": self.as_before,
            "left": self.left,
            "notes": [str(note) for note in self.notes],
            "skipped": list(self.skipped),
            "steps": [step.as_json() for step in self.steps],
        }


_IN_LAB = T(
    "in the laboratory: a zone file on this machine in place of your operator, the page"
    " at an address of its own; nothing real was touched"
)
_STATES: Mapping[StepState, Text] = {
    StepState.OK: T("ok:"),
    StepState.FAILED: T("FAILED:"),
    StepState.NOT_TRIED: T("not tried:"),
}


@frozen
class Kept:
    """What is remembered of the last drill: when, and what it proved or did not."""

    at: datetime
    ok: bool
    as_before: bool
    failed: tuple[str, ...] = ()
    untried: tuple[str, ...] = ()


def encode(report: Report) -> bytes:
    """Return *report* as it is kept; see ``decode``."""
    body = {"schema": SCHEMA, **report.as_json()}
    return json.dumps(body, indent=1, ensure_ascii=False).encode() + b"\n"


def decode(kept: bytes) -> Kept | None:
    """Return what *kept* remembers; ``None`` for what is torn.

    Raises ``FallbackError`` when a newer program wrote it.
    """
    try:
        body = json.loads(kept)
        if body["schema"] > SCHEMA:
            raise FallbackError(
                T("the report of the last drill was written by a newer fallback"),
                next=T("update fallback on this machine"),
            )
        return Kept(
            at=datetime.fromisoformat(body["at"]),
            ok=bool(body["ok"]),
            as_before=bool(body["as_before"]),
            failed=_in_state(body["steps"], StepState.FAILED),
            untried=_in_state(body["steps"], StepState.NOT_TRIED),
        )
    except (ValueError, LookupError, TypeError):
        return None


def _in_state(steps: Sequence[Mapping[str, Any]], state: StepState) -> tuple[str, ...]:
    return tuple(str(each["step"]) for each in steps if each["state"] == state.value)
