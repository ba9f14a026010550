"""The files of ready sentences: the owner's own, and ours for what they do not have.

A template is found by its name and its language; what one says is read by
``fallback.page.content.ready``.
"""

from pathlib import Path

from fallback.core.config import Config
from fallback.core.errors import ContentError
from fallback.core.model import Language
from fallback.core.text import T
from fallback.page.content import reading, ready
from fallback.page.content.ready import Template
from fallback.wire import shipped

FOLDER = "content/templates"
SAYINGS = "say"
NO_UPDATE = ("outage", SAYINGS)
"""Files among the templates that are no update: the first words, and choices."""


def _folders(config: Config) -> tuple[Path, Path]:
    """Return where templates are: what is found later comes before."""
    return shipped.starter() / FOLDER, config.root / FOLDER


def listed(config: Config, language: Language) -> dict[str, Path]:
    """Return every template in *language* by its name: ours, then the owner's own.

    A file without a language is in the shop's first one.
    """
    endings = [f".{language}.md"]
    if language == config.shop.languages[0]:
        endings.insert(0, ".md")
    found = {
        path.name.removesuffix(ending): path
        for folder in _folders(config)
        for ending in endings
        for path in sorted(folder.glob(f"*{ending}"))
        if path.is_file()
    }
    return {
        name: path
        for name, path in found.items()
        if "." not in name and name not in NO_UPDATE
    }


def sayings(config: Config, language: Language) -> dict[str, str]:
    """Return the sentences to choose from: ours, replaced by the owner's own."""
    found: dict[str, str] = {}
    for folder in _folders(config):
        file = folder / f"{SAYINGS}.{language}.md"
        if file.is_file():
            found |= ready.sayings(_shown(config, file), _text(config, file, language))
    return found


def read(config: Config, file: Path, language: Language) -> Template:
    """Return the template in *file*; raises ``ContentError`` with the place."""
    return ready.template(_shown(config, file), _text(config, file, language), language)


def _text(config: Config, file: Path, language: Language) -> str:
    try:
        return reading.read(file.read_bytes(), language).text
    except OSError as error:
        raise ContentError(
            T("{file} cannot be read: {why}",
              file=_shown(config, file), why=str(error.strerror)),
            customers_see=T("no change: what is published stays"),
            next=T("mend the file and run the same command again"),
        ) from error  # fmt: skip


def _shown(config: Config, file: Path) -> str:
    """Return how an owner would name *file*."""
    inside = file.is_relative_to(config.root)
    return (file.relative_to(config.root) if inside else file).as_posix()
