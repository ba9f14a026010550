"""Tells an incident of another page again, in the files that ours is made of."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from attrs import frozen

from fallback.core.model import Language
from fallback.elsewhere.incident import Entry, Incident
from fallback.page import header, reading, typed
from fallback.page.draft import LONGEST_TITLE
from fallback.page.names import CONTENT, UPDATES

MOST_ALIKE = 1000
"""Messages of one minute that are kept apart by a number."""

_QUOTED = re.compile(r"[\"'\u201c-\u201f\u00ab].*[\"'\u201c-\u201f\u00bb]")


@frozen
class File:
    """One content file. ``path`` is below the site folder, made of a time alone."""

    path: str
    text: str


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
    incident: Incident, zone: ZoneInfo, there: Mapping[str, bytes], taken: set[str]
) -> Iterator[tuple[File, bool]]:
    """Yield each message as an update, and whether its file is there, but edited.

    *there* is what lies in the site folder. A message that lies there already, as it
    would be written, has the path of that file; one whose path holds something else
    altogether gets the next one, as does one whose path is *taken* by a message that
    came before; its own is added to that.
    """
    for language, entries in incident.entries.items():
        for number, entry in enumerate(entries):
            fields = {} if number else _first(incident, language, zone)
            if entry.status:
                fields["status"] = entry.status.value
            at = entry.at.astimezone(zone).replace(microsecond=0)
            fields["at"] = typed.spelled(at)
            text = _file(fields, _words(incident, entry, language, first=not number))
            path, edited = _place(at, language, text, there, taken)
            taken.add(path)
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
    at: datetime,
    language: Language,
    text: str,
    there: Mapping[str, bytes],
    taken: set[str],
) -> tuple[str, bool]:
    stem = f"{at:%Y-%m-%dT%H%M%S}" if at.second else f"{at:%Y-%m-%dT%H%M}"
    stems = [stem, *(f"{stem}-{number}" for number in range(2, MOST_ALIKE))]
    paths = [f"{UPDATES}{each}.{language}.md" for each in stems]
    free = [path for path in paths if path not in taken]
    held = [path for path in free if path in there]
    same = next((path for path in held if there[path] == text.encode()), "")
    if same:
        return same, False
    ours = next((path for path in held if _same_message(there[path], text)), "")
    if ours:
        return ours, True
    return next((path for path in free if path not in there), paths[-1]), False


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
