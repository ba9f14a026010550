"""Tells an incident of another page again, in the files that ours is made of."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from attrs import define, field, frozen

from fallback.core.model import Language
from fallback.elsewhere.incident import Entry, Incident
from fallback.page.content import header, reading, typed
from fallback.page.content.draft import LONGEST_TITLE
from fallback.page.content.names import CONTENT, UPDATES

_NUMBERED = re.compile(r"(T\d{4}(?:\d\d)?)-\d+(?=\.)")
_QUOTED = re.compile(r"[\"'\u201c-\u201f\u00ab].*[\"'\u201c-\u201f\u00bb]")


@frozen
class File:
    """One content file. ``path`` is below the site folder, made of a time alone."""

    path: str
    text: str


@define
class Places:
    """Where messages may go, beside what lies ``there`` in the site folder.

    Messages of one minute are kept apart by a number; each place is taken once.
    """

    there: Mapping[str, bytes] = field(repr=False)
    _held: dict[str, list[str]] = field(init=False)
    _taken: set[str] = field(factory=set, init=False)
    _numbers: dict[str, int] = field(factory=dict, init=False)

    @_held.default
    def _by_first(self) -> dict[str, list[str]]:
        held: dict[str, list[str]] = {}
        for path in sorted(self.there, key=lambda path: (len(path), path)):
            held.setdefault(_NUMBERED.sub(r"\1", path), []).append(path)
        return held

    def held(self, first: str) -> list[str]:
        """Return what lies there of the moment of *first*, and is not taken yet."""
        return [each for each in self._held.get(first, ()) if each not in self._taken]

    def free(self, first: str) -> str:
        """Return *first*, or the next place of its moment where nothing lies."""
        number = self._numbers.get(first, 1)
        path = first
        while path in self.there or path in self._taken:
            number += 1
            path = first.replace(".", f"-{number}.", 1)
        self._numbers[first] = number
        return path

    def take(self, path: str) -> None:
        """Give *path* to one message; no other gets it."""
        self._taken.add(path)


def outages(incident: Incident, zone: ZoneInfo) -> list[File]:
    """Return the outage that *incident* tells of, in each of its languages.

    It holds what is known at once: a title and a beginning, and of planned work the
    end. What happened is told by the messages; what it means is the owner's to write.
    """
    return [
        File(
            f"{CONTENT}outage.{language}.md",
            _file(_first(incident, language, zone, always=True), ""),
        )
        for language in incident.entries
    ]


def updates(
    incident: Incident, zone: ZoneInfo, places: Places
) -> Iterator[tuple[File, bool]]:
    """Yield each message as an update, and whether its file is there, but edited.

    A message that lies there already, as it would be written, has the path of that
    file; one whose path holds something else altogether gets the next one, as does one
    whose path a message before it has taken.
    """
    for language, entries in incident.entries.items():
        for number, entry in enumerate(entries):
            fields = {} if number else _first(incident, language, zone)
            if entry.status:
                fields["status"] = entry.status.value
            at = entry.at.astimezone(zone).replace(microsecond=0)
            fields["at"] = typed.spelled(at)
            text = _file(fields, _words(incident, entry, language, first=not number))
            path, edited = _place(at, language, text, places)
            places.take(path)
            yield File(path, text), edited


def _first(
    incident: Incident, language: Language, zone: ZoneInfo, *, always: bool = False
) -> dict[str, str]:
    """Return what is said once: in the outage, and in the first message."""
    fields = {}
    title = incident.titles.get(language, "")
    if title and len(title) <= LONGEST_TITLE:
        fields["title"] = f'"{title}"' if _QUOTED.fullmatch(title) else title
    if always or incident.until:
        started = incident.started.astimezone(zone).replace(microsecond=0)
        fields["started"] = typed.spelled(started)
    if incident.until:
        until = incident.until.astimezone(zone).replace(microsecond=0)
        fields["eta"] = typed.spelled(until)
    return fields


def _words(incident: Incident, entry: Entry, language: Language, *, first: bool) -> str:
    """Return the text of *entry*; a title that is too long for one goes before it."""
    title = incident.titles.get(language, "")
    long = first and len(title) > LONGEST_TITLE
    body = reading.clean(entry.body).strip()
    return "\n\n".join(part for part in (title if long else "", body) if part)


def _file(fields: Mapping[str, str], words: str) -> str:
    lines = [f"{key}: {fields[key]}" for key in header.KEYS if key in fields]
    return "\n".join(["---", *lines, "---", *(["", words] if words else []), ""])


def _place(
    at: datetime, language: Language, text: str, places: Places
) -> tuple[str, bool]:
    stem = f"{at:%Y-%m-%dT%H%M%S}" if at.second else f"{at:%Y-%m-%dT%H%M}"
    first = f"{UPDATES}{stem}.{language}.md"
    held, there = places.held(first), places.there
    same = next((path for path in held if there[path] == text.encode()), "")
    if same:
        return same, False
    ours = next((path for path in held if _same_message(there[path], text)), "")
    if ours:
        return ours, True
    return places.free(first), False


def _same_message(held: bytes, text: str) -> bool:
    """Return whether *held* is the message *text* after somebody edited it."""
    parts = [
        header.parse("", reading.read(body, "").text) for body in (held, text.encode())
    ]
    said = [
        tuple((found := part.field(key)) and found.value for key in ("at", "title"))
        for part in parts
    ]
    return said[0] == said[1]
