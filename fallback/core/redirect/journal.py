"""What was decided about each zone, so that the way back never has to be guessed.

The journal is a text file with one JSON object a line (https://jsonlines.org). Records
stand in it as zone-file lines (RFC 1035 section 5.1), absence as a comment, so that a
person can read the way back and type it into a panel, and ``restore`` reads the same.

Each line carries the digest of itself and the line before it: an edited, lost or moved
line is noticed. A last line without its newline was never acknowledged and is ignored.
The journal says what was decided, never what is live: that is read from the zone.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any

from attrs import asdict, evolve, field, frozen

from fallback.core.errors import FallbackError
from fallback.core.records import Change, Key, Plan, RRset, absolute
from fallback.core.text import T

SCHEMA = 1
_START = "0" * 64
_LINE = re.compile(r"(?P<name>\S+) (?P<ttl>\d+) IN (?P<type>[A-Z0-9]+) (?P<rdata>.+)")


class Verb(StrEnum):
    """Which way the names are moved; ``PREPARE`` leaves them where they are."""

    REDIRECT = "redirect"
    RESTORE = "restore"
    PREPARE = "prepare"


class Event(StrEnum):
    """What an entry tells: ``PLAN`` stands before the first write of its decision."""

    PLAN = "plan"
    DONE = "done"


@frozen
class Agreement:
    """The saved plan that a decision came from: its SHA-256, who made and signed it.

    ``signed_by`` is the fingerprint of the key that signed it; empty when none did.
    """

    plan: str
    planned_by: str = ""
    signed_by: str = ""


@frozen
class Entry:
    """One line: a decision about one zone, or that it was carried out.

    ``changes`` of a redirect speaks of every web type of every name, equal ones too:
    ``before`` is always the way back, also when an earlier redirect was in force.
    ``undoes`` is the epoch of the redirect that a restore takes back; its ``target`` is
    the new home, if the names go to one. ``gates`` are the
    codes of the gates that were asked, ``accepted`` the refusals that the owner took
    over. ``theirs`` are the names that somebody else had changed and that stayed.
    ``agreement`` is there when a saved plan was carried out.
    """

    at: datetime
    event: Event
    verb: Verb
    zone: str
    epoch: int
    undoes: int | None = None
    provider: str = ""
    operator: str = ""
    reason: str = ""
    names: tuple[str, ...] = ()
    target: str = ""
    changes: tuple[Change, ...] = ()
    gates: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()
    theirs: tuple[str, ...] = ()
    agreement: Agreement | None = None

    @property
    def plan(self) -> Plan:
        """Return the changes as a plan; reversed, it is the way back."""
        return Plan(self.zone, self.epoch, self.changes)

    def get(self, key: Key) -> Change | None:
        """Return what this decision says about *key*."""
        return next((each for each in self.changes if each.key == key), None)


@frozen
class Book:
    """Every entry that can be trusted, and whether there was more.

    ``size`` is how many bytes of the text they are. ``damage`` is the number, from 1,
    of the first line that cannot be trusted (0: all can): it or what stood before it
    was edited, lost or moved.
    """

    entries: tuple[Entry, ...] = ()
    digest: str = _START
    size: int = 0
    damage: int = 0


def zone_lines(key: Key, rrset: RRset | None) -> tuple[str, ...]:
    """Return *rrset* as zone-file lines; absence is one comment."""
    name, rtype = key
    if rrset is None:
        return (f"; no {rtype} at {name}",)
    seconds = int(rrset.ttl.total_seconds())
    return tuple(f"{name} {seconds} IN {rtype} {rdata}" for rdata in rrset.rdatas)


def read_zone_lines(
    lines: Iterable[str], extra: Iterable[tuple[str, str]] = ()
) -> RRset | None:
    """Return the record set that ``zone_lines`` wrote. Raises ``ValueError``."""
    found = []
    for line in lines:
        if line.startswith(";"):
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise ValueError(f"not a zone-file line: {line}")
        found.append(match)
    if not found:
        return None
    ttl = timedelta(seconds=int(found[0]["ttl"]))
    return RRset(ttl, tuple(match["rdata"] for match in found), tuple(extra))


def encode(entry: Entry, digest: str) -> tuple[bytes, str]:
    """Return the line for *entry*, which follows *digest*, and the next digest.

    The line has no newline in it and none at its end.
    """
    body: dict[str, Any] = {
        "schema": SCHEMA,
        "at": entry.at.isoformat(),
        "event": entry.event.value,
        "verb": entry.verb.value,
        "zone": entry.zone,
        "epoch": entry.epoch,
    }
    for name in ("undoes", "provider", "operator", "reason", "target"):
        value = getattr(entry, name)
        if value not in (None, ""):
            body[name] = value
    for name in ("names", "gates", "accepted", "theirs"):
        if value := getattr(entry, name):
            body[name] = list(value)
    if entry.agreement is not None:
        body["agreement"] = asdict(entry.agreement)
    if entry.changes:
        body["changes"] = [change_json(change) for change in entry.changes]
    chained = _chained(digest, body)
    line = json.dumps(body | {"digest": chained}, ensure_ascii=False)
    return line.encode(), chained


def change_json(change: Change) -> dict[str, Any]:
    """Return *change* as JSON that a person can read; see ``read_change``."""
    body: dict[str, Any] = {"name": change.name, "type": change.type}
    for side, rrset in (("before", change.before), ("after", change.after)):
        body[side] = list(zone_lines(change.key, rrset))
        if rrset is not None and rrset.extra:
            body[f"{side}_extra"] = [list(pair) for pair in rrset.extra]
    return body


def _chained(digest: str, body: Mapping[str, Any]) -> str:
    spelled = json.dumps(body, ensure_ascii=False, sort_keys=True)
    return sha256(f"{digest}\n{spelled}".encode()).hexdigest()


def decode(text: bytes) -> Book:
    """Return what can be trusted of *text*.

    Damage raises nothing: what stands before it is as good as ever. A newer schema
    raises ``FallbackError``.
    """
    entries: list[Entry] = []
    digest, size = _START, 0
    for number, line in enumerate(text.split(b"\n")[:-1], start=1):
        body = _trusted(line, digest)
        if body is None:
            return Book(tuple(entries), digest, size, number)
        if body["schema"] > SCHEMA:
            raise FallbackError(
                T("the journal was written by a newer fallback"),
                next=T("update fallback on this machine"),
            )
        entries.append(_entry(body))
        digest = body["digest"]
        size += len(line) + 1
    return Book(tuple(entries), digest, size)


def _trusted(line: bytes, digest: str) -> dict[str, Any] | None:
    try:
        body: dict[str, Any] = json.loads(line)
        rest = {key: value for key, value in body.items() if key != "digest"}
        return body if body.get("digest") == _chained(digest, rest) else None
    except (ValueError, AttributeError, RecursionError):
        return None


def _entry(body: Mapping[str, Any]) -> Entry:
    agreement = body.get("agreement")
    return Entry(
        at=datetime.fromisoformat(body["at"]),
        event=Event(body["event"]),
        verb=Verb(body["verb"]),
        zone=body["zone"],
        epoch=body["epoch"],
        undoes=body.get("undoes"),
        provider=body.get("provider", ""),
        operator=body.get("operator", ""),
        reason=body.get("reason", ""),
        names=tuple(body.get("names", ())),
        target=body.get("target", ""),
        changes=tuple(read_change(each) for each in body.get("changes", ())),
        gates=tuple(body.get("gates", ())),
        accepted=tuple(body.get("accepted", ())),
        theirs=tuple(body.get("theirs", ())),
        agreement=Agreement(**agreement) if agreement else None,
    )


def read_change(body: Mapping[str, Any]) -> Change:
    """Return what ``change_json`` wrote.

    Raises ``KeyError``, ``TypeError`` or ``ValueError`` for anything else.
    """

    def side(name: str) -> RRset | None:
        extra = tuple((key, value) for key, value in body.get(f"{name}_extra", ()))
        return read_zone_lines(body[name], extra)

    return Change(body["name"], body["type"], side("before"), side("after"))


@frozen
class ZoneHistory:
    """What was decided about one zone, folded from the journal.

    ``redirects`` holds the plan of each redirect by epoch. ``closed`` is the epoch up
    to which redirects were taken back. ``done`` are the epochs that were carried out.
    """

    zone: str
    redirects: Mapping[int, Entry] = field(factory=dict)
    restores: Mapping[int, Entry] = field(factory=dict)
    closed: int = 0
    done: frozenset[int] = frozenset()

    def planned(self, epoch: int) -> Entry | None:
        """Return the decision number *epoch*, whichever way it led."""
        return self.redirects.get(epoch) or self.restores.get(epoch)

    @property
    def last(self) -> Entry | None:
        """Return the newest redirect that was planned, taken back or not."""
        return self.decided(max(self.redirects)) if self.redirects else None

    @property
    def open(self) -> Entry | None:
        """Return the newest redirect that was planned and not taken back."""
        last = self.last
        return last if last is not None and last.epoch > self.closed else None

    def decided(self, epoch: int) -> Entry:
        """Return the redirect number *epoch* with the way back that it has now.

        A restore to a new home, once it was planned, is the way back, finished or not:
        no later restore may lead customers to the server that was left.
        """
        entry = self.redirects[epoch]
        last = self.last_restore(epoch)
        back = {c.key: c.after for c in (last.changes if last else ())}
        changes = (evolve(c, before=back.get(c.key, c.before)) for c in entry.changes)
        return evolve(entry, changes=tuple(changes))

    def last_restore(self, epoch: int) -> Entry | None:
        """Return the newest restore that was planned of the redirect *epoch*."""
        return max(self._ways_back(epoch), key=lambda each: each.epoch, default=None)

    def formerly(self, epoch: int, key: Key) -> frozenset[RRset | None]:
        """Return every way back that the redirect number *epoch* ever had for *key*.

        Where a restore to a new home was interrupted, some records are still these.
        """
        first = self.redirects[epoch].get(key)
        later = (way.get(key) for way in self._ways_back(epoch))
        return frozenset(
            [first.before] if first else [],
        ) | frozenset(change.after for change in later if change is not None)

    def _ways_back(self, epoch: int) -> list[Entry]:
        """Return what the restores of the redirect *epoch* decided."""
        return [e for e in self.restores.values() if e.undoes == epoch and e.changes]


@frozen
class History:
    """Everything that was decided, by zone; ``epoch`` is the highest number used."""

    zones: Mapping[str, ZoneHistory] = field(factory=dict)
    epoch: int = 0

    def of(self, zone: str) -> ZoneHistory:
        """Return the history of *zone*, which may be empty."""
        return self.zones.get(absolute(zone), ZoneHistory(absolute(zone)))


def fold(entries: Sequence[Entry]) -> History:
    """Return the history that *entries* tell."""
    zones: dict[str, ZoneHistory] = {}
    for entry in entries:
        known = zones.get(entry.zone, ZoneHistory(entry.zone))
        zones[entry.zone] = _with(known, entry)
    return History(zones, max((entry.epoch for entry in entries), default=0))


def _with(known: ZoneHistory, entry: Entry) -> ZoneHistory:
    match entry.event, entry.verb:
        case Event.PLAN, Verb.REDIRECT:
            return evolve(known, redirects={**known.redirects, entry.epoch: entry})
        case Event.PLAN, Verb.RESTORE:
            return evolve(known, restores={**known.restores, entry.epoch: entry})
        case Event.PLAN, Verb.PREPARE:
            return known  # nothing is in force by it: there is nothing to take back
        case Event.DONE, Verb.RESTORE:
            closed = max(known.closed, entry.undoes or 0)
            return evolve(known, closed=closed, done=known.done | {entry.epoch})
        case _:
            return evolve(known, done=known.done | {entry.epoch})
