"""Changes record sets in a master file, and can give every other byte back.

A record that goes is not deleted: its lines become comments in place, so that a person
sees what was there, and so that its return is the same bytes, spacing and remarks
included. A record that comes is one line that says everything itself. Where a line
leaned on one that went (it had no owner or no TTL of its own), it is put aside too and
spelled out, for as long as that lasts.

What is written was first read again by dnspython and is exactly what was wanted, for
the whole zone; otherwise nothing is written.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from attrs import evolve, field, frozen

from fallback.core.errors import Refused
from fallback.core.records import Change, Key, Plan, RRset
from fallback.core.text import T
from fallback.wire.dns.masterfile import (
    Contents,
    Context,
    Entry,
    Record,
    Unreadable,
    contents,
    gathered,
    parse,
    refusal,
    scan,
    spelled,
)

_ASIDE = "; put aside by fallback, decision {}: "
_ADDED = " ; added by fallback, decision {}"
_SPELLED = " ; spelled out by fallback, decision {}"

_IS_ASIDE = re.compile(r"; put aside by fallback, decision (\d{1,18}): ")
_IS_OURS = re.compile(r" ; (added|spelled out) by fallback, decision (\d{1,18})\s*$")

_SERIALS = 2**32


@frozen
class _Piece:
    """One entry, with its own text, what became of it and by which decision.

    ``fate`` is "" for a line of the owner, else "aside", "added" or "spelled out".
    """

    entry: Entry
    text: str
    fate: str = ""
    decision: int = 0
    record: Record | None = None
    stood_in: bool = False
    """Put aside, but spelled out right before: its record is live."""

    @property
    def live(self) -> bool:
        """Whether a server has its record now."""
        return self.record is not None and (self.fate != "aside" or self.stood_in)


def edited(text: str, zone: str, plan: Plan, today: date) -> str:
    """Return *text* with *plan* carried out and the serial raised.

    Raises ``Refused`` when the file cannot be edited safely. The plan's BEFORE is the
    caller's to compare.
    """
    live = contents(parse(text, zone))
    wanted = _wanted(live, plan)
    newline = "\r\n" if re.match(r"[^\n]*\r\n", text) else "\n"
    # a file whose last line has no end keeps that, whichever line is the last
    end = "" if text.endswith("\n") else newline
    text += end
    for pieces in _views(text, zone):
        if gathered([p.record for p in pieces if p.live and p.record]) != live:
            continue
        try:
            fresh = "".join(_Editor.of(zone, plan, pieces, newline).lines())
            fresh = _with_serial(fresh, zone, today)
            if _sans_serial(contents(parse(fresh, zone))) == _sans_serial(wanted):
                return fresh.removesuffix(end)
        except (Unreadable, Refused):
            continue
    raise refusal(T("its lines do not add up to the zone that a server would read"))


def _wanted(live: Contents, plan: Plan) -> Contents:
    wanted = dict(live)
    for change in plan.changes:
        wanted.pop(_key(change), None)
        if change.after is not None:
            seconds = int(change.after.ttl.total_seconds())
            wanted[_key(change)] = (seconds, frozenset(change.after.rdatas))
    return wanted


def _sans_serial(zone: Contents) -> Contents:
    return {
        key: (ttl, frozenset(re.sub(r"^(\S+ \S+) \d+", r"\1", data) for data in datas))
        if key[1] == "SOA"
        else (ttl, datas)
        for key, (ttl, datas) in zone.items()
    }


def _key(change: Change) -> Key:
    return (spelled(change.name), change.type)


def _views(text: str, zone: str) -> Iterator[Sequence[_Piece]]:
    """Yield how the file can be understood: with our remarks, then without them."""
    for remembering in (True, False):
        try:
            yield _pieces(text, zone, remembering=remembering)
        except Unreadable:
            continue


def _pieces(text: str, zone: str, *, remembering: bool) -> Sequence[_Piece]:
    """Return every entry as it stood before anything was put aside or added.

    What a line leaves out is therefore taken from the owner's lines alone.
    """
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    fates = [_fate(line) if remembering else ("", 0, line) for line in lines]
    whole = "".join(line for _, _, line in fates)
    starts: dict[int, tuple[str, int]] = {}
    at = 0
    for fate, decision, line in fates:
        starts[at] = (fate, decision)
        at += len(line)
    context, pieces = Context.of(zone), list[_Piece]()
    for entry in scan(whole):
        mine = {starts[i] for i in range(entry.start, entry.end) if i in starts}
        if len(mine) != 1:
            raise Unreadable("an entry of which only a part was put aside")
        fate, decision = mine.pop()
        before = pieces[-1] if pieces else None
        record = (context if fate in ("", "aside") else context.copy()).read(entry)
        spelled_out = before is not None and before.fate == "spelled out"
        if spelled_out and (fate, before and before.record) != ("aside", record):
            raise Unreadable("a line was spelled out that is not there")
        source = whole[entry.start : entry.end]
        pieces.append(_Piece(entry, source, fate, decision, record, spelled_out))
    return [piece for piece in pieces if piece.fate != "spelled out"]


def _fate(line: str) -> tuple[str, int, str]:
    """Return what became of *line*, by which decision, and the line itself."""
    aside = _IS_ASIDE.match(line)
    if aside:
        return "aside", int(aside[1]), line[aside.end() :]
    ours = _IS_OURS.search(line)
    if ours and not line.startswith(";"):
        return ours[1], int(ours[2]), line
    return "", 0, line


@frozen
class _Editor:
    """Writes the pieces of one file again, with one plan carried out."""

    zone: str
    plan: Plan
    pieces: Sequence[_Piece]
    newline: str
    returning: frozenset[int]
    """The pieces put aside earlier that are exactly what the plan wants back."""

    additions: dict[int, list[tuple[str, str, RRset]]] = field(factory=dict)
    """New record sets, by the piece before which they stand."""

    @classmethod
    def of(
        cls, zone: str, plan: Plan, pieces: Sequence[_Piece], newline: str
    ) -> "_Editor":
        """Decide what returns and where the rest is added."""
        editor = cls(zone, plan, pieces, newline, frozenset())
        returning: set[int] = set()
        for change in plan.changes:
            if change.after is None or change.before == change.after:
                continue
            put_aside = editor.put_aside(change, change.after)
            returning |= put_aside
            if not put_aside:
                where = editor.place(spelled(change.name))
                there = editor.additions.setdefault(where, [])
                there.append((*_key(change), change.after))
        return evolve(editor, returning=frozenset(returning))

    @property
    def keys(self) -> frozenset[Key]:
        """The keys that really change."""
        return frozenset(
            _key(change)
            for change in self.plan.changes
            if change.before != change.after
        )

    def put_aside(self, change: Change, wanted: RRset) -> set[int]:
        """Return the pieces that together were *wanted*: the latest such decision's."""
        by_decision: dict[int, list[int]] = {}
        for number, piece in enumerate(self.pieces):
            record = piece.record if piece.fate == "aside" else None
            if record and not piece.stood_in and record.key == _key(change):
                by_decision.setdefault(piece.decision, []).append(number)
        seconds = int(wanted.ttl.total_seconds())
        for decision in sorted(by_decision, reverse=True):
            numbers = by_decision[decision]
            records = [r for n in numbers if (r := self.pieces[n].record)]
            if gathered(records) == {_key(change): (seconds, frozenset(wanted.rdatas))}:
                return set(numbers)
        return set()

    def place(self, name: str) -> int:
        """Return the piece before which new records of *name* stand.

        Where a record of that name goes, else at the end.
        """
        for number, piece in enumerate(self.pieces):
            record = piece.record
            if (
                record
                and piece.live
                and record.name == name
                and record.key in self.keys
            ):
                return number
        return len(self.pieces)

    def lines(self) -> Iterator[str]:
        """Yield the new text, piece by piece."""
        context = Context.of(self.zone)
        for number, piece in enumerate(self.pieces):
            for added in self.additions.get(number, ()):
                yield from self._add(added, context)
            goes = piece.record is not None and piece.record.key in self.keys
            if piece.fate == "added":
                if not goes:
                    context.read(piece.entry)
                    yield piece.text
            elif piece.record is None:
                context.read(piece.entry)
                yield piece.text if not piece.fate else _aside(piece, piece.decision)
            elif number in self.returning or (piece.live and not goes):
                yield from self._stay(piece, piece.record, context)
            else:
                aside = piece.fate == "aside" and not piece.stood_in
                yield _aside(piece, piece.decision if aside else self.plan.epoch)
        for added in self.additions.get(len(self.pieces), ()):
            yield from self._add(added, context)

    def _add(self, added: tuple[str, str, RRset], context: Context) -> Iterator[str]:
        name, rtype, rrset = added
        seconds = int(rrset.ttl.total_seconds())
        for data in rrset.rdatas:
            remark = _ADDED.format(self.plan.epoch)
            line = f"{name} {seconds} IN {rtype} {data}{remark}{self.newline}"
            context.read(next(scan(line)))
            yield line

    def _stay(self, piece: _Piece, record: Record, context: Context) -> Iterator[str]:
        """Yield the piece itself, or spelled out when it would now mean another."""
        trial = context.copy()
        try:
            fits = trial.read(piece.entry) == record
        except Unreadable:
            fits = False
        if fits:
            context.read(piece.entry)
            yield piece.text
            return
        decision = piece.decision if piece.fate else self.plan.epoch
        remark = _SPELLED.format(decision)
        line = (
            f"{record.name} {record.ttl} IN {record.type} {record.source}{remark}"
            f"{self.newline}"
        )
        context.read(next(scan(line)))
        yield line
        yield _aside(piece, decision)


def _aside(piece: _Piece, decision: int) -> str:
    lines = re.findall(r"[^\n]*\n|[^\n]+", piece.text)
    return "".join(_ASIDE.format(decision) + line for line in lines)


def _with_serial(text: str, zone: str, today: date) -> str:
    """Return *text* with the serial of its SOA raised."""
    context = Context.of(zone)
    for entry in scan(text):
        record = context.read(entry)
        if record is None or record.type != "SOA":
            continue
        words = [token.text.upper() for token in entry.tokens]
        serial = entry.tokens[words.index("SOA", 0 if entry.indented else 1) + 3]
        fresh = str(next_serial(int(serial.text), today))
        return text[: serial.start] + fresh + text[serial.start + len(serial.text) :]
    raise Unreadable("no SOA")


def next_serial(serial: int, today: date) -> int:
    """Return a serial that is newer than *serial* (RFC 1982).

    One that is a date and a number of that day (YYYYMMDDnn, RFC 1912 section 2.2) stays
    one: today's, unless *serial* is that far already. Zero is left out, because some
    servers take it for "no serial".
    """
    day = _day(serial)
    if day is None:
        return (serial + 1) % _SERIALS or 1
    first_of_today = int(f"{today:%Y%m%d}00")
    if first_of_today > serial:
        return first_of_today
    if serial % 100 < 99:
        return serial + 1
    return int(f"{day + timedelta(days=1):%Y%m%d}00")


def _day(serial: int) -> date | None:
    """Return the day that *serial* names, if it names one people could mean."""
    try:
        day = date.fromisoformat(str(serial // 100)) if serial >= 10**9 else None
    except ValueError:
        return None
    return day if day and 1980 <= day.year < 2100 else None
