"""Start a theme: a folder in the site's ``themes/`` that looks like one of ours."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

from fallback.actions.writing.dressing import NAME, names
from fallback.core.config import FILE_NAME, Config
from fallback.core.errors import FallbackError, UsageError
from fallback.core.text import Sayable, T
from fallback.page.themes.sandbox import PAGE
from fallback.page.themes.theme import STYLE
from fallback.wire import durable, shipped

README = "README.md"


@frozen
class ThemeResult:
    """A theme that was begun, or without one (``made`` is empty) those there are."""

    known: Sequence[str]
    worn: str
    made: str = ""
    folder: Path = Path()
    written: Sequence[str] = ()

    code = 0

    def told(self) -> Iterator[Sayable]:
        """See ``fallback.core.result.Result``."""
        if not self.made:
            for name in self.known:
                yield T("{name} (in use)", name=name) if name == self.worn else name
            return
        for name in self.written:
            yield str(self.folder / name)
        yield T(
            'next: write theme = "{name}" below [shop] in {file}, and look at it with:'
            " fallback serve",
            name=self.made,
            file=FILE_NAME,
        )

    def as_json(self) -> Mapping[str, Any]:
        """Return the keys of ``fallback theme --json``."""
        return {
            "themes": list(self.known),
            "theme": self.worn,
            "made": self.made or None,
            "folder": str(self.folder) if self.made else None,
            "written": list(self.written),
        }


def known(config: Config) -> ThemeResult:
    """Return the themes that the site of *config* may wear."""
    return ThemeResult(names(config.root), config.shop.theme)


def begin(config: Config, name: str, like: str, *, page: bool) -> ThemeResult:
    """Write a theme called *name* that looks like *like*; *page*: its markup as well.

    Raises ``UsageError`` for a name that is taken or is none, ``FallbackError`` when
    the disk refuses. Nothing is ever overwritten.
    """
    if not NAME.fullmatch(name):
        raise UsageError(
            T("{name} cannot be the name of a theme", name=name or '""'),
            next=T("a name has letters, digits, - and _, for example: my-theme"),
        )
    source = shipped.themes() / like
    files = {STYLE: source / STYLE, README: shipped.themes() / README}
    if page:
        own = source / PAGE
        files[PAGE] = own if own.is_file() else shipped.themes() / "plain" / PAGE
    folder = config.root / "themes" / name
    if name in names(config.root) or folder.exists():
        raise UsageError(
            T("there is a theme {name} already", name=name),
            customers_see=T("no change: nothing was written"),
            next=T("choose another name; taken are: {known}",
                   known=", ".join(names(config.root))),
        )  # fmt: skip
    for file, original in files.items():
        try:
            durable.create(folder / file, original.read_bytes())
        except OSError as error:
            raise FallbackError(
                T("{file} cannot be written: {why}",
                  file=str(folder / file), why=str(error.strerror)),
                next=T("make room or choose another folder, and run it again"),
            ) from error  # fmt: skip
    return ThemeResult(
        names(config.root), config.shop.theme, name, folder, tuple(sorted(files))
    )
