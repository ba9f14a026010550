"""Compiles the gettext catalogues whenever the package is built or installed.

Only the ``.po`` files are kept in the repository. Hatchling calls the hook for wheels,
for editable installs and for source distributions alike; ``python hatch_build.py`` does
the same by hand after a translation was changed.
"""

import os
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

LOCALES = Path(__file__).parent / "fallback" / "locales"


def compile_catalogues(locales: Path = LOCALES) -> list[Path]:
    """Write a ``.mo`` beside every ``.po`` under *locales*; return what was written.

    Fuzzy entries are left out: a doubtful sentence is said in English instead.
    """
    return [_compiled(catalogue) for catalogue in sorted(locales.rglob("*.po"))]


def _compiled(source: Path) -> Path:
    with source.open("rb") as file:
        catalogue = read_po(file, locale=source.parent.parent.name, abort_invalid=True)
    target = source.with_suffix(".mo")
    # two builds at once must neither share a file nor see half a catalogue
    fresh = target.with_suffix(f".{os.getpid()}.new")
    with fresh.open("wb") as file:
        write_mo(file, catalogue)
    fresh.replace(target)
    return target


class CatalogueHook(BuildHookInterface[Any]):
    """Hatchling's build hook, named in pyproject.toml."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's
        """Compile every catalogue before files are collected."""
        compile_catalogues()


if __name__ == "__main__":
    compile_catalogues()
