"""Reads the incidents of a cState site: Markdown files with front matter, newest first.

An incident is one file below ``content/issues``. Its messages are paragraphs, each of
them with the time at its end: ``{{< track "2018-06-13 16:16:00" >}}``, and often with
its status at the beginning: ``*Investigating* - …``
(https://github.com/cstate/cstate/wiki/Usage).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import PurePosixPath
from zoneinfo import ZoneInfo

from attrs import define, evolve, field, frozen

from fallback.core.model import Language, Status
from fallback.core.text import T
from fallback.elsewhere import frontmatter
from fallback.elsewhere.frontmatter import Page
from fallback.elsewhere.incident import (
    Entry,
    Import,
    Incident,
    Times,
    closed,
    homeless,
    lost,
    newest_first,
    strange_html,
)
from fallback.page.content import moments, reading
from fallback.page.content.complaints import Complaints
from fallback.page.languages import AUTONYMS

ISSUES = "issues"
"""The folder below ``content`` that holds the incidents."""

CONFIGS = ("config.yml", "config.yaml", "hugo.yml", "hugo.yaml")
"""Where a cState site says which language it is in."""

_READ = frozenset(
    {"title", "date", "resolved", "resolvedwhen", "draft", "informational"}
)
_TRACK = re.compile(r"\{\{[<%]\s*track\s*[\"'`]?([^\"'`<>%]*)[\"'`]?\s*/?[>%]\}\}")
_SHORTCODE = re.compile(r"\{\{[<%][^{}]{0,1000}[>%]\}\}")
_JOINT = re.compile(r"\s*[-–—:]?\s*")
_RULE = re.compile(r"\s*(?:-{3,}|\*{3,}|_{3,})\s*")
_STATUS = {
    **{status.value: status for status in Status},
    "badamy": Status.INVESTIGATING,
    "sprawdzamy": Status.INVESTIGATING,
    "zidentyfikowano": Status.IDENTIFIED,
    "monitorujemy": Status.MONITORING,
    "rozwiązano": Status.RESOLVED,
    "rozwiązane": Status.RESOLVED,
    "naprawiono": Status.RESOLVED,
}
"""What people write as the status of a message; any other word stays a word."""
_LABEL = re.compile(
    rf"\s*(?:(\*{{1,2}}|_{{1,2}})([^*_\n]{{1,40}})\1|({'|'.join(_STATUS)})(?=\s[-–—:]\s))",
    re.IGNORECASE,
)
_SET_OFF = re.compile(r"\s*(?:[-–—:]\s|$)")


def read(
    files: Mapping[str, bytes], spoken: Sequence[Language], zone: ZoneInfo
) -> Import:
    """Return the incidents in *files* (path → bytes).

    *spoken* are the shop's languages; a file without a language is in the first.
    """
    found, times = Complaints(), Times(zone)
    told: dict[str, dict[Language, _Issue]] = {}
    for file in sorted(files):
        stem, language = _parts(file, spoken)
        if language not in spoken:
            found.lose(
                file,
                0,
                T("the shop does not speak {language}: left out", language=language),
                T("shop.languages holds: {known}", known=", ".join(spoken)),
            )
            continue
        issue = _issue(file, files[file], language, times, found)
        if issue and language in told.get(stem, {}):
            other = told[stem][language].file
            found.lose(
                file,
                0,
                T("{other} tells the same incident in the same language", other=other),
                T("keep one of the two files"),
            )
        elif issue:
            told.setdefault(stem, {})[language] = issue
    incidents = [_incident(issues, spoken) for issues in told.values()]
    first = min(files, default="")
    times.notice(str(PurePosixPath(first).parent), found)
    return Import(newest_first(incidents), found)


def language_of(config: str) -> str:
    """Return the language that a cState *config* (YAML) says its texts are in."""
    values = frontmatter.read(f"---\n{config}\n---").values
    said = values.get("defaultcontentlanguage") or values.get("languagecode")
    return said.text.partition("-")[0].lower() if said else ""


def _parts(file: str, spoken: Sequence[Language]) -> tuple[str, Language]:
    """Return what the incident in *file* is called, and the language it is told in."""
    path = PurePosixPath(file)
    base = path.name.rpartition(".")[0]
    stem, dot, suffix = base.rpartition(".")
    code = suffix.casefold().replace("_", "-")
    known = code in spoken or code.partition("-")[0] in AUTONYMS
    own, language = (stem, Language(code)) if dot and known else (base, spoken[0])
    return str(path.with_name(own)), language


@frozen
class _Issue:
    """One file: one incident in one language."""

    file: str
    page: Page
    language: Language
    started: datetime
    entries: Sequence[Entry]
    found: Complaints

    @property
    def title(self) -> str:
        return reading.clean_line(self.page.text("title"))


def _issue(
    file: str, body: bytes, language: Language, times: Times, found: Complaints
) -> _Issue | None:
    text = reading.read(body, language)
    page = frontmatter.read(text.text)
    if not page.there:
        found.lose(
            file,
            1,
            T("this file has no front matter, so it is no incident"),
            T("it begins and ends with a line of three dashes"),
        )
        return None
    own = Complaints()
    if text.guessed:
        own.notice(
            file,
            0,
            T("this file is not in UTF-8, and was read as {name}", name=text.guessed),
            T("look at the accents in what was written"),
        )
    lost(file, page.problems, own)
    started = _started(file, page, times)
    if started is None:
        found.lose(
            file,
            page.line("date"),
            T(
                "nobody can tell when this incident began: {date}",
                date=page.text("date") or "?",
            ),
            T("give it a line such as {line}", line=f"date: {moments.FORM}"),
            f"date: {moments.FORM}",
        )
        return None
    homeless(file, _homeless(page), own)
    entries = _Body(file, page, started, times, own).entries()
    return _Issue(file, page, language, started, entries, own)


def _started(file: str, page: Page, times: Times) -> datetime | None:
    at = times.read(page.text("date"))
    if at is None and not page.text("date"):
        named = moments.read_name(PurePosixPath(file).name, times.zone)
        at = named.at if named else None
    return at


def _homeless(page: Page) -> Iterator[tuple[str, str, int]]:
    for key, value in page.values.items():
        usual = key in _READ or (key, value.text) == ("section", "issue")
        if not usual and value.text.casefold() not in ("false", "null", "~"):
            yield key, value.text, value.line
    if page.says("informational"):
        yield "informational", "true", page.line("informational")


def _incident(
    issues: Mapping[Language, _Issue], spoken: Sequence[Language]
) -> Incident:
    ordered = [issues[each] for each in spoken if each in issues]
    first = ordered[0]
    found = Complaints()
    for issue in ordered:
        found.left_out += issue.found.left_out
        found.noticed += issue.found.noticed
    informational = first.page.says("informational")
    return Incident(
        file=first.file,
        line=first.page.line("title"),
        titles={each.language: each.title for each in ordered if each.title},
        started=min(each.started for each in ordered),
        entries={each.language: each.entries for each in ordered},
        resolved=informational or first.page.says("resolved"),
        draft=first.page.says("draft"),
        found=found,
    )


@define
class _Part:
    """Lines of the body that belong to one message, and when it was written."""

    line: int
    lines: list[str] = field(factory=list)
    at: datetime | None = None


@frozen
class _Body:
    """The messages of one file: they stand newest first."""

    file: str
    page: Page
    started: datetime
    times: Times
    found: Complaints

    def entries(self) -> list[Entry]:
        """Return the messages, oldest first; one without a time has its neighbour's.

        What stands above the newest time was written when it was over, if that is said.
        """
        over = self._time("resolvedwhen") if self.page.text("resolvedwhen") else None
        made: list[Entry] = []
        parts = self._parts()
        newest = next((n for n, part in enumerate(parts) if part.at), len(parts))
        for number, part in reversed(list(enumerate(parts))):
            near = made[-1].at if made else self.started
            late = over if over and over > near and number < newest else near
            entry = _entry(part, part.at or late)
            if entry.body or entry.status:
                made.append(entry)
                strange_html(self.file, part.line, entry.body, self.found)
        made = made or [Entry(self.started, "", None, self.page.body_line)]
        made.sort(key=lambda entry: entry.at)
        return self._ended(made, over)

    def _ended(self, made: list[Entry], over: datetime | None) -> list[Entry]:
        if self.page.says("resolved"):
            return closed(made, over)
        told = next((each.status for each in reversed(made) if each.status), None)
        if told is Status.RESOLVED and not self.page.says("informational"):
            self.found.notice(
                self.file,
                self.page.line("resolved"),
                T("its front matter says that it goes on, and its messages do not"),
                T("if it goes on, write an update: fallback update"),
            )
        elif over:
            line = self.page.line("resolvedwhen")
            said = ("resolvedWhen", self.page.text("resolvedwhen"), line)
            homeless(self.file, iter([said]), self.found)
        return made

    def _time(self, key: str) -> datetime | None:
        return self._moment(self.page.text(key), self.page.line(key))

    def _moment(self, text: str, line: int) -> datetime | None:
        at = self.times.read(text)
        if at is None:
            self.found.lose(
                self.file,
                line,
                T("{value} is no moment", value=text or "?"),
                T("write day and time like this: {form}", form=moments.FORM),
            )
        return at

    def _parts(self) -> list[_Part]:
        """Return the parts: each begins with a label or ends with a time."""
        parts: list[_Part] = [_Part(self.page.body_line)]
        fenced, blank = False, True
        for number, line in enumerate(
            self._without_shortcodes().split("\n"), self.page.body_line
        ):
            tracked = list(_TRACK.finditer(line))
            if not fenced and blank and _begins(line) and any(parts[-1].lines):
                parts.append(_Part(number))
            fenced ^= line.lstrip().startswith(("```", "~~~"))
            self._add(parts[-1], number, _TRACK.sub("", line).rstrip())
            blank = not line.strip()
            for earlier in tracked[:-1]:
                homeless(self.file, iter([("track", earlier[1], number)]), self.found)
            if tracked:
                parts[-1].at = self._moment(tracked[-1][1].strip(), number)
                parts.append(_Part(number + 1))
        return [part for part in parts if any(part.lines)]

    def _add(self, part: _Part, number: int, line: str) -> None:
        if not any(part.lines):
            if not line.strip() or _RULE.fullmatch(line):
                return  # rules stand between messages; ours have their own frame
            part.line = number
        part.lines.append(line)

    def _without_shortcodes(self) -> str:
        """Return the body without what only Hugo understands, each of which is said."""

        def judged(found: re.Match[str]) -> str:
            if _TRACK.fullmatch(found[0]):
                return found[0]
            line = self.page.body_line + self.page.body[: found.start()].count("\n")
            self.found.lose(
                self.file,
                line,
                T("only Hugo understands this, and it was left out: {code}",
                  code=found[0]),
                T("say in words what it showed"),
            )  # fmt: skip
            return "\n" * found[0].count("\n")

        return _SHORTCODE.sub(judged, self.page.body)


def _begins(line: str) -> bool:
    """Return whether *line* begins a message: with a status, or a word set off."""
    label = _LABEL.match(line)
    if not label:
        return False
    word = (label[2] or label[3]).strip(" -–—:").casefold()
    return word in _STATUS or _SET_OFF.match(line, label.end()) is not None


def _entry(part: _Part, at: datetime) -> Entry:
    while part.lines and (
        not part.lines[-1].strip() or _RULE.fullmatch(part.lines[-1])
    ):
        part.lines.pop()
    body = "\n".join(part.lines)
    label = _LABEL.match(body)
    word = (label[2] or label[3]).strip(" -–—:") if label else ""
    status = _STATUS.get(word.casefold())
    if label and status:
        body = _JOINT.sub("", body[label.end() :], count=1)
    return evolve(Entry(at, "", status, part.line), body=body.strip())
