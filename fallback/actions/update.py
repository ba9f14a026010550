"""Writes one update: the sentence that customers wait for.

It is tried out before it is written: an update that the page would leave out (an
unknown link, a strange phone number, a broken header) never reaches the folder, and
nothing that is there is ever overwritten.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from attrs import evolve, field, frozen

from fallback.actions.deploy import DeployResult, deploy
from fallback.core.clock import Clock
from fallback.core.config import Config
from fallback.core.errors import ContentError, FallbackError, UsageError
from fallback.core.model import Language, Status
from fallback.core.result import Talk
from fallback.core.text import Sayable, T
from fallback.core.values import Wrong, nearest
from fallback.page import header, typed
from fallback.page.guard import Guard
from fallback.page.names import CONTENT, UPDATES
from fallback.page.prose import Writer
from fallback.page.words import tell
from fallback.wire import durable, shipped

_TEMPLATES = "content/templates"


@frozen
class Draft:
    """What the owner typed; empty is what was not said.

    ``text`` may carry a header of its own, as templates do. ``eta`` and ``next`` are
    moments as ``fallback.page.typed`` reads them.
    """

    text: str
    language: str = ""
    title: str = ""
    status: str = ""
    eta: str = ""
    next: str = ""


@frozen
class UpdateResult:
    """The file that was written, and how it was published, if that was wanted."""

    file: str
    text: str = field(repr=False)
    deployed: DeployResult | None = None

    @property
    def code(self) -> int:
        """See ``DeployResult.code``; 0 when nothing was to be published."""
        return self.deployed.code if self.deployed else 0

    def told(self) -> Iterator[Sayable]:
        """See ``fallback.core.result.Result``."""
        yield T("written: {path}", path=self.file)
        if self.deployed:
            yield from self.deployed.told()
        else:
            yield T("next: {next}", next=T("publish it with: fallback deploy"))

    def as_json(self) -> Mapping[str, Any]:
        """See ``fallback.core.result.Result``."""
        found: dict[str, Any] = {"file": self.file, "text": self.text}
        return found | (dict(self.deployed.as_json()) if self.deployed else {})


def update(
    config: Config, draft: Draft, *, publish: bool, say: Talk, clock: Clock
) -> UpdateResult:
    """Write *draft* under ``content/updates``, and with *publish* deploy the page.

    Raises ``UsageError`` for what cannot be understood, ``ContentError`` with the
    place and the remedy for words that the page would leave out.
    """
    now = clock.now().astimezone(config.shop.timezone)
    language = _language(config, draft.language)
    text = _composed(config, draft, now)
    _tried(config, f"{UPDATES}new.{language}.md", text)
    file = _written(config.root, text, now, language)
    deployed = deploy(config, say=say, clock=clock) if publish else None
    return UpdateResult(file, text, deployed)


def template(config: Config, name: str, language: str) -> str:
    """Return the ready sentences called *name*; the site's own come before ours.

    Raises ``UsageError`` with the names there are.
    """
    spoken = _language(config, language)
    folders = (config.root / _TEMPLATES, shipped.starter() / _TEMPLATES)
    files = {
        path.name.removesuffix(".md"): path
        for folder in reversed(folders)
        for path in sorted(folder.glob("*.md"))
        if not path.name.startswith("outage.")  # the first words are no update
    }
    for stem in (f"{name}.{spoken}", name):
        if stem in files:
            return files[stem].read_text("utf-8-sig")
    known = sorted(
        {
            stem.removesuffix(f".{spoken}")
            for stem in files
            if stem.endswith(f".{spoken}")
        }
    )
    near = nearest(name, known)
    raise UsageError(
        T("there is no template {name} in {language}", name=name, language=spoken),
        next=T("did you mean {mended}", mended=near)
        if near
        else T("known here: {known}", known=", ".join(known)),
    )


def _language(config: Config, code: str) -> Language:
    spoken = config.shop.languages
    if not code or code in spoken:
        return Language(code) if code else spoken[0]
    raise UsageError(
        T("the shop does not speak {code}", code=code),
        next=T("shop.languages holds: {known}", known=", ".join(spoken)),
    )


def _composed(config: Config, draft: Draft, now: datetime) -> str:
    """Return the whole file: what was said as options, then the template's header."""
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
    try:
        at = typed.moment(written, now=now, zone=config.shop.timezone)
    except Wrong as wrong:
        what = T("{key}: {what}", key=option, what=wrong.what)
        raise UsageError(what, next=wrong.remedy) from wrong
    if at <= now:
        raise UsageError(
            T("{key}: {value} is past already", key=option, value=typed.spelled(at)),
            next=T('write "14:30", "+2h" or a later day'),
        )
    return typed.spelled(at)


def _tried(config: Config, path: str, text: str) -> None:
    """Raise ``ContentError`` if the page would leave this update out."""
    folder = config.root / CONTENT
    sources = {
        each.relative_to(config.root).as_posix(): each.read_bytes()
        for each in folder.glob("outage*")
        if each.is_file()
    }
    told = tell(config, {**sources, path: text.encode()}, Writer(Guard.of(config)))
    above = text.index("\n---\n") + len("\n---\n\n")
    header_lines = text[:above].count("\n")
    ours = tuple(
        # the file is not there: the line is that of the words
        evolve(each, file="update", line=max(0, each.line - header_lines))
        for each in told.words.left_out
        if each.file == path
    )
    if ours:
        raise ContentError(
            T("the page would leave this update out, so it was not written"),
            customers_see=T("no change: what is published stays"),
            next=T("mend the words and run the same command again"),
            problems=ours,
        )


def _written(root: Path, text: str, now: datetime, language: Language) -> str:
    """Write *text* under a name of its own, and return that."""
    minute, second = f"{now:%Y-%m-%dT%H%M}", f"{now:%Y-%m-%dT%H%M%S}"
    names = [minute, second, *(f"{second}-{number}" for number in range(2, 100))]
    taken = {path.name.split(".")[0] for path in (root / UPDATES).glob("*")}
    for stem in names:
        # files with one stem are one update in several languages
        if stem in taken:
            continue
        file = f"{UPDATES}{stem}.{language}.md"
        try:
            durable.create(root / file, text.encode())
        except FileExistsError:
            continue
        except OSError as error:
            raise FallbackError(
                T(
                    "{file} cannot be written: {why}",
                    file=file,
                    why=str(error.strerror),
                ),
                customers_see=T("no change: what is published stays"),
                next=T("make room, and run the same command again"),
            ) from error
        return file
    raise FallbackError(T("a hundred updates in one second are enough"))
