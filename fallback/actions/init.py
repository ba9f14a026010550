"""Writes a new site that works at once: settings, neutral words, two places to publish.

Nothing is ever overwritten. The settings come last, so that a site which has them is
complete; after a kill, the same command writes what is missing.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

from fallback.actions.site import kinds
from fallback.core.config import FILE_NAME, Config
from fallback.core.errors import ConfigError, FallbackError, UsageError
from fallback.core.result import Talk, silent
from fallback.core.starter import (
    FOLDERS,
    PLACEHOLDER,
    READY,
    Answers,
    but_for_workers,
    settings,
)
from fallback.core.text import Sayable, T, Text
from fallback.core.toml import parse
from fallback.page.kit import CARD_FILE, KIT_FILE
from fallback.page.languages import autonym
from fallback.probes import workers
from fallback.wire import durable, shipped

PATIENCE = timedelta(seconds=5)
"""How long a new site waits for a look at the shop; ``check`` looks again."""
TEMPLATES = "content/templates"
OTHERWISE = "en"
"""The language of a page for whose own language there are no ready words."""
FIRST_WORDS = "outage"
"""The template that says, without claiming anything, what is being told about."""

_IGNORED = "".join(
    (
        *(f"/{name}/\n" for name in (".fallback", "public", *FOLDERS)),
        *(f"/{name}\n" for name in (CARD_FILE, KIT_FILE)),
    )
)


@frozen
class InitResult:
    """Which files were written, and which were there already and were kept.

    ``wordless`` are languages of the shop that have no ready words; ``spoken`` those
    that have some.
    """

    site: Path
    shown: str
    written: tuple[str, ...]
    kept: tuple[str, ...]
    wordless: tuple[str, ...]
    spoken: tuple[str, ...]
    placeholder: bool
    workers: tuple[str, ...] = ()
    code: int = 0

    def told(self) -> Iterator[Sayable]:
        """See ``fallback.core.result.Result``."""
        for path in self.written:
            yield T("written: {path}", path=path)
        for path in self.kept:
            yield T("kept as it was: {path}", path=path)
        if not self.written:
            yield T("nothing to do: the site is there")
        if self.workers:
            yield T(
                "the shop has service workers, and {file} names them now: {paths}",
                file=FILE_NAME,
                paths=" ".join(self.workers),
            )
        for language in self.wordless:
            yield T(
                "there are no ready words in {language}: its readers get {other}, and a"
                " note says so, until you write {path}",
                language=autonym(language),
                other=autonym(self.spoken[0]),
                path=f"content/{FIRST_WORDS}.{language}.md",
            )
        if self.placeholder:
            yield T(
                "before you watch the shop: set primary.contains in {file} to words"
                " that only the real shop shows",
                file=FILE_NAME,
            )
        yield T("next: {next}", next=self.next)

    @property
    def next(self) -> Text:
        """Return the one next command."""
        if self.shown == ".":
            return T("read {folder}, then run: {command}",
                     folder="content", command="fallback deploy")  # fmt: skip
        return T(
            "read {folder}, then run: {command}",
            folder=f"{self.shown}/content",
            command=f"fallback -C {self.shown} deploy",
        )

    def as_json(self) -> Mapping[str, Any]:
        """See ``fallback.core.result.Result``."""
        return {
            "site": str(self.site),
            "written": list(self.written),
            "kept": list(self.kept),
            "workers": list(self.workers),
            "wordless": list(self.wordless),
            "next": str(self.next),
        }


def init(
    folder: Path, answers: Answers, *, look: bool = False, say: Talk = silent
) -> InitResult:
    """Write a site for *answers* into *folder*.

    With *look* a new site names the service workers that are seen at the shop, which
    is looked at for ``PATIENCE``; a shop that does not answer costs nothing else. A
    shop that speaks no language with ready words speaks English too: what is written
    in one language is never passed off as another.

    Raises ``UsageError`` when an answer cannot be used, or when *folder* holds the
    settings of another site; then nothing is written.
    """
    root = folder.absolute()
    spoken = tuple(each for each in answers.languages if each in READY)
    if not spoken:
        spoken = (OTHERWISE,)
        answers = evolve(answers, languages=(*answers.languages, OTHERWISE))
    config = _judged(settings(_reference(), answers), root)
    if look and not (root / FILE_NAME).exists():
        say("looking", T("looking at {url}", url=config.shop.url))
        answers = evolve(answers, workers=workers.find(config, PATIENCE))
    text = _settings(root / FILE_NAME, answers)
    files = {
        **_words(spoken),
        ".gitignore": _IGNORED.encode(),
        FILE_NAME: text.encode(),
    }
    written, kept = [], []
    for name, body in files.items():
        try:
            durable.create(root / name, body)
        except FileExistsError:
            kept.append(name)
        except OSError as error:
            raise FallbackError(
                T("{file} cannot be written: {why}",
                  file=str(root / name), why=str(error.strerror)),
                next=T("make room or choose another folder, and run it again"),
            ) from error  # fmt: skip
        else:
            written.append(name)
    return InitResult(
        root,
        str(folder),
        tuple(written),
        tuple(kept),
        tuple(each for each in answers.languages if each not in spoken),
        spoken,
        answers.contains == PLACEHOLDER,
        answers.workers,
    )


def _reference() -> str:
    return (shipped.starter() / FILE_NAME).read_text("utf-8")


def _settings(path: Path, answers: Answers) -> str:
    """Return the settings for *answers*, as they stand at *path* if they do.

    Raises ``UsageError`` when other ones stand there.
    """
    text = settings(_reference(), answers)
    try:
        before = path.read_bytes().decode("utf-8", "replace")
    except FileNotFoundError:
        return text
    if but_for_workers(before) == but_for_workers(text):
        return before
    raise UsageError(
        T("{file} is there already, and is never overwritten", file=str(path)),
        customers_see=T("no change: nothing was written"),
        next=T("name another folder: fallback init DIR"),
    )


def _judged(text: str, root: Path) -> Config:
    try:
        return parse(text, kinds(), root)
    except ConfigError as error:
        first = error.problems[0]
        raise UsageError(
            T("no site was written: {what}", what=first.what),
            next=first.remedy or T("give another answer"),
        ) from error


def _words(languages: Sequence[str]) -> dict[str, bytes]:
    """Return the first words and every template in *languages*, by path.

    The example's own outage is a story of its own: a new site begins with the ready
    words, which claim nothing, and with every template to choose from.
    """
    folder = shipped.starter() / TEMPLATES
    found: dict[str, bytes] = {}
    for path in sorted(folder.glob("*.md")):
        stem, _, language = path.name.removesuffix(".md").rpartition(".")
        if language in languages:
            folders = [TEMPLATES, "content"] if stem == FIRST_WORDS else [TEMPLATES]
            body = path.read_bytes()
            found |= {f"{each}/{path.name}": body for each in folders}
    return found
