"""Compiles catalogues, script and page whenever the package is built or installed.

Only what people read and write is kept in the repository. Hatchling
calls the hook for wheels, for editable installs and for source distributions alike;
``python hatch_build.py`` does the same by hand after a change.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import minify
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

LOCALES = Path(__file__).parent / "fallback" / "locales"
SCRIPT = Path(__file__).parent / "fallback" / "page" / "live.js"
PAGE = Path(__file__).parent / "themes" / "plain" / "page.html"
OLDEST_SCRIPT = 2017
"""The edition of ECMAScript that the oldest browser we care for understands."""


def compile_catalogues(locales: Path = LOCALES) -> list[Path]:
    """Write a ``.mo`` beside every ``.po`` under *locales*; return what was written.

    Fuzzy entries are left out: a doubtful sentence is said in English instead.
    """
    return [_compiled(catalogue) for catalogue in sorted(locales.rglob("*.po"))]


def compile_script(source: Path = SCRIPT) -> Path:
    """Write *source* without what only people read; return what was written."""
    minify.config({"js-version": OLDEST_SCRIPT})
    target = source.with_suffix(".min.js")
    made = minify.string("text/javascript", source.read_text("utf-8"))
    with _whole(target) as file:
        file.write(made.encode())
    return target


def compile_page(source: Path = PAGE) -> Path:
    """Write the plain page as a Python module; return what was written."""
    sys.path.insert(0, str(Path(__file__).parent))
    from fallback.page.themes import sandbox  # noqa: PLC0415 - not yet installed

    target = Path(sandbox.__file__).with_name(f"{sandbox.COMPILED}.py")
    with _whole(target) as file:
        file.write(sandbox.compiled(source.read_text("utf-8")).encode())
    return target


def _compiled(source: Path) -> Path:
    with source.open("rb") as file:
        catalogue = read_po(file, locale=source.parent.parent.name, abort_invalid=True)
    target = source.with_suffix(".mo")
    with _whole(target) as file:
        write_mo(file, catalogue)
    return target


@contextmanager
def _whole(target: Path) -> Iterator[BinaryIO]:
    """Open *target* so that two builds at once neither share it nor see half of it."""
    fresh = target.with_suffix(f".{os.getpid()}.new")
    with fresh.open("wb") as file:
        yield file
    fresh.replace(target)


class CatalogueHook(BuildHookInterface[Any]):
    """Hatchling's build hook, named in pyproject.toml."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's
        """Compile everything before files are collected."""
        compile_all()


def compile_all() -> None:
    """Write everything that is made and not written by people."""
    compile_catalogues()
    compile_script()
    compile_page()


if __name__ == "__main__":
    compile_all()
