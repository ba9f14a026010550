"""Brings an incident over from another status page, with nothing lost silently.

Everything is read before anything is written, nothing that is there is overwritten, and
running it again writes nothing new.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import field, frozen

from fallback.actions.writing import borrowed
from fallback.actions.writing.sources import sources
from fallback.core.config import Config
from fallback.core.errors import ContentError, FallbackError, Problem, UsageError
from fallback.core.model import Language
from fallback.core.result import Talk
from fallback.core.text import Sayable, T, Text
from fallback.elsewhere import cstate, retold, statuspage
from fallback.elsewhere.incident import Import, Incident
from fallback.elsewhere.retold import File
from fallback.page.content import names
from fallback.page.content.complaints import Complaints
from fallback.page.content.words import tell
from fallback.wire import durable

KINDS = ("cstate", "statuspage")
LARGEST_EXPORT = 16 * 1024 * 1024
"""Bytes of a Statuspage export: years of incidents."""


@frozen
class Wanted:
    """What is to be imported: ``which`` is a number from the list, ``all`` or ``""``.

    Without a number it is the newest incident that is not over, else the newest.
    """

    kind: str
    path: Path
    which: str = ""
    language: str = ""
    dry: bool = False


@frozen
class ImportResult:
    """What was written, what was there already, and what has no place with us."""

    incidents: tuple[Incident, ...]
    taken: tuple[Incident, ...]
    written: tuple[File, ...] = ()
    there: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    left_out: tuple[Problem, ...] = field(default=(), repr=False)
    noticed: tuple[Problem, ...] = field(default=(), repr=False)
    dry: bool = False

    @property
    def code(self) -> int:
        """Return 3 when something was lost, and is named; else 0."""
        return 3 if self.left_out else 0

    def told(self) -> Iterator[Sayable]:
        """See ``fallback.core.result.Result``."""
        for problem in (*self.noticed, *self.left_out):
            yield from problem.told()
        yield from self._list()
        for path in self.kept:
            yield T("kept as it is: {path}", path=path)
        for file in self.written:
            yield (T("would write {path}", path=file.path) if self.dry
                   else T("written: {path}", path=file.path))  # fmt: skip
            if self.dry:
                yield from (f"    {line}" for line in file.text.splitlines())
        if not self.written:
            yield T("nothing to do: all of it is there already")
        if self.left_out:
            yield T("what is named above is not on the page: say it in your own words")
        if self.written and not self.dry:
            yield T("next: {next}", next=T("look at it with: fallback serve"))

    def _list(self) -> Iterator[Text]:
        if len(self.incidents) < 2:
            return
        for number, incident in enumerate(self.incidents, 1):
            yield T(
                "{mark} {number}: {day} {title}",
                mark="→" if incident in self.taken else " ",
                number=number,
                day=f"{incident.started:%Y-%m-%d}",
                title=incident.title,
            )
        if len(self.taken) < len(self.incidents):
            yield T("another one: fallback import … --incident NUMBER")

    def as_json(self) -> Mapping[str, Any]:
        """Return the keys of ``fallback import --json``."""
        return {
            "dry_run": self.dry,
            "incidents": [
                {
                    "number": number,
                    "title": incident.title,
                    "file": incident.file,
                    "started": incident.started.isoformat(),
                    "resolved": incident.resolved,
                    "taken": incident in self.taken,
                }
                for number, incident in enumerate(self.incidents, 1)
            ],
            "files": [{"file": each.path, "text": each.text} for each in self.written],
            "there": list(self.there),
            "kept": list(self.kept),
            "left_out": [problem.as_json() for problem in self.left_out],
            "noticed": [problem.as_json() for problem in self.noticed],
        }


def import_incident(config: Config, wanted: Wanted, *, say: Talk) -> ImportResult:
    """Write the incident that is *wanted* below ``content/``, or only tell of it.

    Raises ``UsageError`` for what is not there, ``ContentError`` with the line for what
    is no such site or export, and ``FallbackError`` when the disk refuses; then what
    was written before stays, and the same command goes on.
    """
    found = (_cstate if wanted.kind == "cstate" else _statuspage)(config, wanted)
    taken = _chosen(found, wanted)
    there, unread = sources(config.root)
    made, edited, kept = _retold(config, taken, there)
    fresh = {
        file.path: file for file in made if there.get(file.path) != file.text.encode()
    }
    problems = Complaints([*found.found.left_out, *unread], [*found.found.noticed])
    for incident in taken:
        problems.left_out += incident.found.left_out
        problems.noticed += incident.found.noticed
    problems.left_out += _not_shown(config, made, there)
    problems.left_out += [_edited(file) for file in edited]
    if not wanted.dry:
        _write(config, fresh.values(), say)
    return ImportResult(
        incidents=found.incidents,
        taken=taken,
        written=tuple(fresh.values()),
        there=tuple(file.path for file in made if file.path not in fresh),
        kept=(*kept, *(file.path for file in edited)),
        left_out=_once(problems.left_out),
        noticed=_once(problems.noticed),
        dry=wanted.dry,
    )


def _once(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """Return *problems* without those that say the same of the same place."""
    return tuple({(each.place, str(each.what)): each for each in problems}.values())


def _retold(
    config: Config, taken: Sequence[Incident], there: Mapping[str, bytes]
) -> tuple[list[File], list[File], list[str]]:
    """Return the files to be, those that somebody edited, and the outages that stay."""
    zone = config.shop.timezone
    listed = names.sort_out(there, config.shop.languages, Complaints())
    ours = retold.outages(_present(taken), zone)
    paths = set(listed.outages.values())
    fits = paths <= {file.path for file in ours}
    same = fits and all(
        there.get(file.path, b"") == file.text.encode() for file in ours
    )
    made = list(ours) if same or not paths else []
    edited: list[File] = []
    places = retold.Places(there)
    # the oldest first, so that a number behind a time tells the order
    for incident in reversed(taken):
        for file, was_edited in retold.updates(incident, zone, places):
            (edited if was_edited else made).append(file)
    return made, edited, [] if made and made[0] in ours else sorted(paths)


def _chosen(found: Import, wanted: Wanted) -> tuple[Incident, ...]:
    """Return the incidents that are wanted, newest first. Raises ``UsageError``."""
    incidents = found.incidents
    if not incidents:
        raise ContentError(
            T("there are no incidents in {path}", path=str(wanted.path)),
            customers_see=T("no change: nothing was written"),
            next=T("name the folder or file that holds them"),
            problems=found.found.left_out,
        )
    if wanted.which == "all":
        return incidents
    if wanted.which:
        if wanted.which.isascii() and wanted.which.isdecimal():
            number = int(wanted.which[:9])
            if 1 <= number <= len(incidents):
                return (incidents[number - 1],)
        raise UsageError(
            T("there is no incident {number}", number=wanted.which),
            next=T("choose 1 to {count}, 1 being the newest, or all",
                   count=len(incidents)),
        )  # fmt: skip
    return (_present([each for each in incidents if not each.draft] or incidents),)


def _present(incidents: Sequence[Incident]) -> Incident:
    """Return the newest of *incidents* that goes on, else the newest."""
    return next((each for each in incidents if not each.resolved), incidents[0])


def _cstate(config: Config, wanted: Wanted) -> Import:
    files, problems = borrowed.pages(wanted.path)
    told_in = wanted.language or _cstate_language(wanted.path)
    spoken = _spoken(config, told_in)
    found = cstate.read(files, spoken, config.shop.timezone)
    found.found.left_out[:0] = problems
    return found


def _cstate_language(site: Path) -> str:
    """Return the language that the site's own configuration names, if it does."""
    text = borrowed.first_of(site, cstate.CONFIGS).decode("utf-8", "replace")
    return cstate.language_of(text)


def _statuspage(config: Config, wanted: Wanted) -> Import:
    language = _spoken(config, wanted.language)[0]
    body = borrowed.file(wanted.path, LARGEST_EXPORT)
    return statuspage.read(wanted.path.name, body, language, config.shop.timezone)


def _spoken(config: Config, code: str) -> list[Language]:
    """Return the shop's languages, *code* first. Raises ``UsageError``."""
    spoken = config.shop.languages
    if code and code not in spoken:
        raise UsageError(
            T("the incident is told in {code}, and the shop does not speak it",
              code=code),
            customers_see=T("no change: nothing was written"),
            next=T("add it to shop.languages, or say: --lang {known}", known=spoken[0]),
        )  # fmt: skip
    return sorted(spoken, key=lambda each: each != code) if code else list(spoken)


def _not_shown(
    config: Config, made: Sequence[File], there: Mapping[str, bytes]
) -> list[Problem]:
    """Return what the page would leave out of the files in *made*."""
    ours = {file.path: file.text.encode() for file in made}
    told = tell(config, {**there, **ours})
    return [each for each in told.words.left_out if each.file in ours]


def _edited(file: File) -> Problem:
    return Problem(
        file.path,
        0,
        T("this message was edited here, and stays as it is"),
        T("to take it from the import again, delete the file first"),
        file.text,
    )


def _write(config: Config, files: Iterable[File], say: Talk) -> None:
    for file in files:
        say("writing", T("writing {out}", out=file.path))
        try:
            durable.create(config.root / file.path, file.text.encode())
        except OSError as error:
            raise FallbackError(
                T("{file} cannot be written: {why}", file=file.path,
                  why=str(error.strerror)),
                customers_see=T("no change: what is published stays"),
                next=T("make room, and run the same command again"),
            ) from error  # fmt: skip
