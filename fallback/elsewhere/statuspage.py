"""Reads an incident export of Atlassian Statuspage: JSON as its API gives it.

``{"incidents": […]}``, a bare list, or one incident; each holds ``incident_updates``
(https://developer.statuspage.io, incidents). Bodies are Markdown or simple HTML, and
both are ours too.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from attrs import define, field, frozen

from fallback.core.errors import ContentError, Problem
from fallback.core.model import Language, Status
from fallback.core.text import T, Text
from fallback.elsewhere.incident import (
    Entry,
    Import,
    Incident,
    Times,
    closed,
    homeless,
    newest_first,
    strange_html,
)
from fallback.page.content import moments, reading
from fallback.page.content.complaints import Complaints

_STATUS = {
    **{status.value: status for status in Status},
    "in_progress": Status.SCHEDULED,
    "verifying": Status.MONITORING,
    "completed": Status.RESOLVED,
    "postmortem": Status.RESOLVED,
}
_LISTS = ("incidents", "scheduled_maintenances")
_READ = frozenset(
    [
        "name",
        "status",
        "incident_updates",
        "postmortem_body",
        "created_at",
        "started_at",
        "resolved_at",
        "scheduled_for",
        "scheduled_until",
        "updated_at",
        "monitoring_at",
    ]
)
# what only their service has a use for
_MACHINES = frozenset(
    [
        "id",
        "page",
        "page_id",
        "incident_id",
        "organization_id",
        "shortlink",
        "backfilled",
        "auto_tweet_at",
        "auto_transition_to_maintenance_state",
        "auto_transition_to_operational_state",
        "auto_transition_deliver_notifications_at_start",
        "deliver_notifications",
        "auto_transition_deliver_notifications_at_end",
        "twitter_updated_at",
        "tweet_id",
        "wants_twitter_update",
        "reminder_intervals",
        "scheduled_remind_prior",
        "impact_override",
        "scheduled_reminded_at",
        "scheduled_auto_in_progress",
        "scheduled_auto_completed",
        "scheduled_auto_transition",
        "display_at",
        "postmortem_body_last_updated_at",
        "postmortem_published_at",
        "postmortem_ignored",
        "postmortem_notified_subscribers",
        "postmortem_notified_twitter",
        "custom_tweet_sent",
    ]
)
_UPDATE = frozenset(
    {"body", "status", "created_at", "display_at", "updated_at", *_MACHINES}
)
_MOST_MISSES = 200  # each is a walk through a file of megabytes
_NAMES = ("name", "old_status", "new_status", "status")


@frozen
class _Double(Exception):
    """A name stands twice in one object, and JSON does not say which one counts."""

    name: str


def read(file: str, body: bytes, language: Language, zone: ZoneInfo) -> Import:
    """Return the incidents in *body*, told in *language*.

    Raises ``ContentError`` with the line for what is no such export.
    """
    text, value = _parsed(file, body)
    found, times, lines = Complaints(), Times(zone), _Lines(text)
    incidents = []
    for raw in _listed(file, value):
        if not isinstance(raw, dict):
            found.lose(
                file, 0, T("this is no incident: {value}", value=_shown(raw)), None
            )
            continue
        made = _Reader(file, lines, language, times, raw).incident(found)
        if made:
            incidents.append(made)
    times.notice(file, found)
    return Import(newest_first(incidents), found)


def _parsed(file: str, body: bytes) -> tuple[str, Any]:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body[: error.start].count(b"\n") + 1
        raise _unusable(file, line, T("this is not UTF-8")) from error
    try:
        return text, json.loads(text, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        what = T("this is no JSON: {why}", why=error.msg)
        raise _unusable(file, error.lineno, what) from error
    except _Double as error:
        what = T("{name} stands twice in one place", name=error.name)
        raise _unusable(file, _Lines(text).of(error.name), what) from error
    except (ValueError, RecursionError) as error:
        raise _unusable(file, 0, T("no export is nested like this")) from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        counted = Counter(name for name, _ in pairs)
        raise _Double(counted.most_common(1)[0][0])
    return made


def _unusable(file: str, line: int, what: Text) -> ContentError:
    problem = Problem(file, line, what, T("export it again, as UTF-8 JSON"))
    return ContentError(
        T("{file} cannot be read as an export of Statuspage", file=file),
        customers_see=T("no change: nothing was written"),
        next=T("mend the file and run the same command again"),
        problems=(problem,),
    )


def _listed(file: str, value: Any) -> Sequence[Any]:
    """Return the incidents in *value*, whatever stands around them."""
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        lists = [value[key] for key in _LISTS if isinstance(value.get(key), list)]
        if lists:
            return [incident for each in lists for incident in each]
        one = value.get("incident", value)
        if isinstance(one, dict) and {"name", "incident_updates"} & set(one):
            return [one]
    raise _unusable(file, 1, T("there are no incidents in this file"))


@define
class _Lines:
    """Finds about where a value stands, which JSON does not tell: 0 for not at all."""

    text: str = field(repr=False)
    at: int = 0
    line: int = 1
    misses: int = 0

    def of(self, value: str) -> int:
        """Return the line of *value*; values are asked for nearly in their order."""
        spelled = json.dumps(value, ensure_ascii=self.text.isascii())
        if not value or self.misses > _MOST_MISSES:
            return 0
        at = self.text.find(spelled, self.at)
        if at < 0:
            self.misses += 1
            at = self.text.find(spelled)
            return self.text.count("\n", 0, at) + 1 if at >= 0 else 0
        self.line += self.text.count("\n", self.at, at)
        self.at = at
        return self.line


@frozen
class _Reader:
    """One incident as the export has it."""

    file: str
    lines: _Lines
    language: Language
    times: Times
    raw: Mapping[str, Any]

    def incident(self, found: Complaints) -> Incident | None:
        """Return the incident; without a time it is complained of, and ``None``."""
        own = Complaints()
        title = reading.clean_line(self._words("name"))
        line = self.lines.of(self._words("name"))
        planned = self._moment("scheduled_for", own)
        began = self._moment("started_at", own) or self._moment("created_at", own)
        entries = self._entries(planned or began, own)
        started = planned or began or (entries[0].at if entries else None)
        if started is None:
            found.lose(
                self.file,
                line,
                T("nobody can tell when this incident began: {date}", date=title),
                T("give it a line such as {line}",
                  line=f'"created_at": "{moments.FORM}Z"'),
            )  # fmt: skip
            return None
        homeless(self.file, self._homeless(line), own)
        status = _STATUS.get(self._words("status"))
        over = status is Status.RESOLVED
        if over:
            entries = closed(entries, self._moment("resolved_at", own))
        return Incident(
            file=self.file,
            line=line,
            titles={self.language: title} if title else {},
            started=started,
            entries={self.language: entries or [Entry(started, "", status, line)]},
            resolved=over,
            until=self._moment("scheduled_until", own) if planned else None,
            found=own,
        )

    def _words(self, key: str) -> str:
        value = self.raw.get(key)
        return value if isinstance(value, str) else ""

    def _moment(self, key: str, found: Complaints) -> datetime | None:
        return self._read(self.raw, key, found)

    def _read(
        self, raw: Mapping[str, Any], key: str, found: Complaints
    ) -> datetime | None:
        value = raw.get(key)
        if value is None:
            return None
        at = self.times.read(value) if isinstance(value, str) else None
        if at is None:
            found.lose(
                self.file,
                self.lines.of(str(value)),
                T("{key}: {value} is no moment", key=key, value=_shown(value)),
                T("write day and time like this: {form}", form=f"{moments.FORM}Z"),
            )
        return at

    def _entries(self, began: datetime | None, found: Complaints) -> list[Entry]:
        made = []
        updates = self.raw.get("incident_updates") or []
        for raw in updates if isinstance(updates, list) else [updates]:
            entry = self._entry(raw, began, found)
            if entry:
                made.append(entry)
        report = self._report(made, found)
        made.sort(key=lambda entry: entry.at)  # of one moment, the first is the newest
        return [*made, *report]

    def _entry(
        self, raw: Any, began: datetime | None, found: Complaints
    ) -> Entry | None:
        body = raw.get("body") if isinstance(raw, dict) else None
        if not isinstance(raw, dict) or not isinstance(body, str | None):
            shown = _shown(raw)
            found.lose(self.file, 0, T("this is no message: {value}", value=shown))
            return None
        line = self.lines.of(body or "")
        at = self._read(raw, "display_at", found) or self._read(
            raw, "created_at", found
        )
        at = at or began
        status = self._status(raw.get("status"), line, found)
        words = reading.clean(body or "").strip()
        if at is None:
            found.lose(
                self.file,
                line,
                T("nobody can tell when this message was written: {words}",
                  words=words),
                T("give it a line such as {line}",
                  line=f'"created_at": "{moments.FORM}Z"'),
            )  # fmt: skip
            return None
        strange_html(self.file, line, words, found)
        return Entry(at, words, status, line) if words or status else None

    def _status(self, word: Any, line: int, found: Complaints) -> Status | None:
        status = _STATUS.get(word) if isinstance(word, str) else None
        if status is None and word:
            found.lose(
                self.file,
                line,
                T("{value} is no status", value=_shown(word)),
                T("a status is one of: {known}", known=" ".join(Status)),
            )
        return status

    def _report(self, made: Sequence[Entry], found: Complaints) -> list[Entry]:
        """Return the report of causes and steps, as the last message."""
        words = reading.clean(self._words("postmortem_body")).strip()
        if not words or any(words == entry.body for entry in made):
            return []
        at = self._moment("postmortem_published_at", found)
        newest = max((entry.at for entry in made), default=None)
        at = max(filter(None, (at, newest)), default=None)
        line = self.lines.of(self._words("postmortem_body"))
        if at is None:
            homeless(self.file, iter([("postmortem_body", words, line)]), found)
            return []
        strange_html(self.file, line, words, found)
        return [Entry(at, words, None, line)]

    def _homeless(self, line: int) -> Iterator[tuple[str, str, int]]:
        for key, value in self.raw.items():
            usual = (
                key in _READ or key in _MACHINES or (key, value) == ("impact", "none")
            )
            if not usual and value not in (None, False, "", [], {}):
                yield key, _shown(value), line
        if self._words("status") and self._words("status") not in _STATUS:
            yield "status", self._words("status"), line
        yield from dict.fromkeys(self._homeless_updates(line))

    def _homeless_updates(self, line: int) -> Iterator[tuple[str, str, int]]:
        """Yield what the messages hold beside words; often all of them the same."""
        updates = self.raw.get("incident_updates")
        for raw in updates if isinstance(updates, list) else []:
            for key, value in raw.items() if isinstance(raw, dict) else ():
                if key not in _UPDATE and value not in (None, False, "", [], {}):
                    yield key, _shown(value), line


def _shown(value: Any) -> str:
    """Return *value* in words: texts as they are, components by name and status."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(each, dict) for each in value):
        named = [
            ", ".join(str(each[key]) for key in _NAMES if each.get(key))
            for each in value
        ]
        if all(named):
            return "; ".join(named)
    spelled = json.dumps(value, ensure_ascii=False)
    return spelled if len(spelled) <= 300 else spelled[:299] + "…"
