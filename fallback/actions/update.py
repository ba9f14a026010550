"""Writes one update: the sentence that customers wait for.

It is tried out before it is written: an update that the page would leave out (an
unknown link, a strange phone number, a broken header) never reaches the folder, and
nothing that is there is ever overwritten.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from attrs import evolve, field, frozen

from fallback.actions.deploy import DeployResult, deploy
from fallback.actions.writing.drafts import Draft, moment, spoken_language
from fallback.actions.writing.proofread import as_told
from fallback.core.clock import Clock
from fallback.core.config import Config
from fallback.core.errors import ContentError, FallbackError, Problem, UsageError
from fallback.core.model import Language, Status
from fallback.core.result import Progress, Talk, unseen
from fallback.core.settings.values import nearest
from fallback.core.text import Sayable, T, Text
from fallback.page.content import header, typed
from fallback.page.content.course import QUIET, TROUBLE
from fallback.page.content.names import CONTENT, UPDATES
from fallback.page.content.words import Told, tell
from fallback.page.languages import autonym
from fallback.wire import durable


@frozen
class Written:
    """One file that was written."""

    language: Language
    file: str
    text: str = field(repr=False)


@frozen
class Unsaid:
    """A language of the shop in which the update is not; ``file`` would hold it."""

    language: Language
    instead: Language
    file: str


@frozen
class UpdateResult:
    """The files that were written, one a language, and how they were published.

    ``unsaid`` are the shop's other languages, ``ahead`` updates that are dated after
    now, and ``doubts`` what the owner may have meant otherwise.
    """

    written: tuple[Written, ...]
    deployed: DeployResult | None = None
    unsaid: tuple[Unsaid, ...] = ()
    ahead: tuple[Problem, ...] = ()
    doubts: tuple[Text, ...] = ()

    @property
    def code(self) -> int:
        """See ``DeployResult.code``; 0 when nothing was to be published."""
        return self.deployed.code if self.deployed else 0

    @property
    def file(self) -> str:
        """Return the first file."""
        return self.written[0].file

    @property
    def text(self) -> str:
        """Return what stands in the first file."""
        return self.written[0].text

    def told(self) -> Iterator[Sayable]:
        """See ``fallback.core.result.Result``."""
        for one in self.written:
            yield T("written: {path}", path=one.file)
        for other in self.unsaid:
            yield T(
                "readers of {language} get it in {instead}, and a note says so; to say"
                " it in their language, write {file}",
                language=autonym(other.language),
                instead=autonym(other.instead),
                file=other.file,
            )
        yield from self.doubts
        for problem in () if self.deployed else self.ahead:
            yield from problem.told()
        if self.deployed:
            yield from self.deployed.told()
        else:
            yield T("next: {next}", next=T("publish it with: fallback deploy"))

    def as_json(self) -> Mapping[str, Any]:
        """See ``fallback.core.result.Result``; ``file`` and ``text`` are the first."""
        found: dict[str, Any] = {
            "file": self.file,
            "text": self.text,
            "written": [
                {"language": one.language, "file": one.file, "text": one.text}
                for one in self.written
            ],
            "unsaid": [
                {"language": one.language, "instead": one.instead, "file": one.file}
                for one in self.unsaid
            ],
            "ahead": [problem.as_json() for problem in self.ahead],
            "doubts": [str(doubt) for doubt in self.doubts],
        }
        return found | (dict(self.deployed.as_json()) if self.deployed else {})


def update(
    config: Config,
    *drafts: Draft,
    publish: bool,
    say: Talk,
    clock: Clock,
    progress: Progress = unseen,
) -> UpdateResult:
    """Write *drafts* under ``content/updates``, and with *publish* deploy the page.

    There is at least one; several are the same update in several languages. Raises
    ``UsageError`` for what cannot be understood, ``ContentError`` with the place and
    the remedy for words that the page would leave out; then nothing is written.
    """
    now = clock.now().astimezone(config.shop.timezone)
    texts = {
        spoken_language(config, draft.language): _composed(config, draft, now)
        for draft in drafts
    }
    _tried(config, texts)
    written = _written(config.root, texts, now)
    told = as_told(config, now)
    deployed = (
        deploy(config, say=say, clock=clock, progress=progress) if publish else None
    )
    return UpdateResult(
        written,
        deployed,
        tuple(_unsaid(config, written)),
        told.ahead,
        tuple(_doubts(config, told, written[0])),
    )


def _unsaid(config: Config, written: Sequence[Written]) -> Iterator[Unsaid]:
    """Yield each language of the shop that *written* leaves out."""
    spoken = {one.language: one for one in written}
    first = next(spoken[each] for each in config.shop.languages if each in spoken)
    for language in config.shop.languages:
        if language not in spoken:
            file = first.file.removesuffix(f".{first.language}.md")
            yield Unsaid(language, first.language, f"{file}.{language}.md")


def _doubts(config: Config, told: Told, first: Written) -> Iterator[Text]:
    """Yield what the page says after *first* that may not be what was meant."""
    standing, updates = told.standing, told.words.updates
    said = header.parse(first.file, first.text).field("status")
    if standing.status is Status.RESOLVED and said is None:
        yield T(
            "the page says, as before, that the shop is open again; if it is down, say"
            " so: --status investigating"
        )
    if standing.status not in TROUBLE:
        return
    form = f"started: {first.file.removeprefix(UPDATES)[:10]} 09:40"
    if standing.started is None:
        yield T(
            "nothing says since when: add a line to the header of {file}, such as"
            " {line}",
            file=first.file,
            line=form,
        )
        return
    before = updates[1].at if len(updates) > 1 else standing.started
    if updates and updates[0].at - before > QUIET:
        yield T(
            "the page says that it began {moment}; if this is another outage, add a"
            " line to the header of {file}, such as {line}",
            moment=typed.spelled(standing.started.astimezone(config.shop.timezone)),
            file=first.file,
            line=form,
        )


def _composed(config: Config, draft: Draft, now: datetime) -> str:
    """Return the whole file: what was said as options, then the text's own header."""
    document = header.parse("update", draft.text.strip())
    if not document.body.strip():
        raise UsageError(
            T("an update needs words"),
            next=T('write: fallback update "what customers should know"'),
        )
    fields = {key: one.value for key, one in document.fields.items() if one.value}
    typed_fields = {
        "title": " ".join(draft.title.split()),
        "status": _status(draft.status),
        "eta": _moment(config, "--eta", draft.eta, now),
        "next": _moment(config, "--next", draft.next, now),
    }
    fields |= {key: value for key, value in typed_fields.items() if value}
    fields["at"] = typed.spelled(now.replace(microsecond=0))
    lines = [f"{key}: {fields[key]}" for key in header.KEYS if key in fields]
    return "\n".join(["---", *lines, "---", "", document.body.strip(), ""])


def _status(word: str) -> str:
    known = [each.value for each in Status]
    if word and word not in known:
        near = nearest(word, known)
        raise UsageError(
            T("{word} is no status", word=word),
            next=T("did you mean {mended}", mended=near)
            if near
            else T("known here: {known}", known=", ".join(known)),
        )
    return word


def _moment(config: Config, option: str, written: str, now: datetime) -> str:
    if not written:
        return ""
    return typed.spelled(moment(option, written, now, config.shop.timezone))


def _tried(config: Config, texts: Mapping[Language, str]) -> None:
    """Raise ``ContentError`` if the page would leave any of *texts* out."""
    folder = config.root / CONTENT
    sources = {
        each.relative_to(config.root).as_posix(): each.read_bytes()
        for each in folder.glob("outage*")
        if each.is_file()
    }
    paths = {f"{UPDATES}new.{language}.md": language for language in texts}
    fresh = {path: texts[language].encode() for path, language in paths.items()}
    told = tell(config, {**sources, **fresh})
    ours = tuple(
        _in_the_words(each, texts, paths[each.file])
        for each in told.words.left_out
        if each.file in paths
    )
    if ours:
        raise ContentError(
            T("the page would leave this update out, so it was not written"),
            customers_see=T("no change: what is published stays"),
            next=T("mend the words and run the same command again"),
            problems=ours,
        )


def _in_the_words(
    problem: Problem, texts: Mapping[Language, str], language: Language
) -> Problem:
    """Return *problem* with the line of the words: the file is not there."""
    text = texts[language]
    above = text[: text.index("\n---\n") + len("\n---\n\n")].count("\n")
    file = "update" if len(texts) == 1 else f"update ({language})"
    return evolve(problem, file=file, line=max(0, problem.line - above))


def _written(
    root: Path, texts: Mapping[Language, str], now: datetime
) -> tuple[Written, ...]:
    """Write *texts* under a name of their own, and return that."""
    minute, second = f"{now:%Y-%m-%dT%H%M}", f"{now:%Y-%m-%dT%H%M%S}"
    names = [minute, second, *(f"{second}-{number}" for number in range(2, 100))]
    taken = {path.name.split(".")[0] for path in (root / UPDATES).glob("*")}
    for stem in names:
        # files with one stem are one update in several languages
        if stem in taken:
            continue
        files = [
            Written(language, f"{UPDATES}{stem}.{language}.md", text)
            for language, text in texts.items()
        ]
        try:
            _create_all(root, files)
        except FileExistsError:
            continue
        return tuple(files)
    raise FallbackError(T("a hundred updates in one second are enough"))


def _create_all(root: Path, files: Sequence[Written]) -> None:
    """Create all *files* or none; raises ``FileExistsError``, or our own error."""
    created: list[Path] = []
    for file in files:
        path = root / file.file
        try:
            durable.create(path, file.text.encode())
        except OSError as error:
            for each in created:
                with suppress(OSError):
                    each.unlink()
            if isinstance(error, FileExistsError):
                raise
            raise _refused(file, error) from error
        created.append(path)


def _refused(file: Written, error: OSError) -> FallbackError:
    return FallbackError(
        T("{file} cannot be written: {why}", file=file.file, why=str(error.strerror)),
        customers_see=T("no change: what is published stays"),
        next=T("make room, and run the same command again"),
    )
