"""Every sentence that an owner may read, collected from the source.

    python -m tests.catalogue

brings ``fallback/locales/*/LC_MESSAGES/owner.po`` up to date: new sentences arrive
untranslated, those that are no longer said leave. Nothing is guessed ("fuzzy").
"""

import ast
import inspect
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
LOCALES = ROOT / "fallback" / "locales"

CUSTOMERS = ROOT / "fallback" / "page" / "sentences.py"
"""What customers read is a catalogue of its own."""

CLICK: tuple[str | tuple[str, str], ...] = (
    "Usage:",
    "Options",
    "Commands",
    "Show this message and exit.",
    "default: {default}",
    "No such option {name!r}.",
    "Missing argument",
    "Choose from:\n\t{choices}",
    "Missing option",
    "Invalid value: {message}",
    "Invalid value for {param_hint}: {message}",
    "{value!r} is not a valid {number_type}.",
    "{value} is not in the range {range}.",
    "Option {name!r} does not take a value.",
    ("Did you mean {possibility}?", "(Did you mean one of: {possibilities}?)"),
    (
        "Option {name!r} requires an argument.",
        "Option {name!r} requires {nargs} arguments.",
    ),
    (
        "Got unexpected extra argument ({args})",
        "Got unexpected extra arguments ({args})",
    ),
    ("{value!r} is not {choice}.", "{value!r} is not one of {choices}."),
)
"""What click says itself; its own catalogue is ours (``fallback.cli.language``)."""


@cache
def sentences() -> tuple[tuple[str | tuple[str, str], str, int], ...]:
    """Return each sentence (or singular and plural), its file and its line."""
    return tuple(_sentences())


def _sentences() -> Iterator[tuple[str | tuple[str, str], str, int]]:
    for path in sorted((ROOT / "fallback").rglob("*.py")):
        if path == CUSTOMERS:
            continue
        name = path.relative_to(ROOT).as_posix()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            for said in _said(node, in_cli=path.parent.name == "cli"):
                yield said, name, getattr(node, "lineno", 0)
    for each in CLICK:
        yield each, "click", 0


def _said(node: ast.AST, *, in_cli: bool) -> Iterator[str]:
    """Yield what T() and translate() say, and what click shows as help."""
    if isinstance(node, ast.Call):
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name in ("T", "translate") and node.args:
            yield from _constant(node.args[0])
        for keyword in node.keywords:
            if in_cli and keyword.arg in ("help", "short_help", "epilog"):
                yield from map(inspect.cleandoc, _constant(keyword.value))
    elif in_cli and isinstance(node, ast.FunctionDef):
        decorators = " ".join(ast.unparse(each) for each in node.decorator_list)
        if "click.command" in decorators:
            yield ast.get_docstring(node) or ""


def _constant(node: ast.AST) -> Iterator[str]:
    said = node.value if isinstance(node, ast.Constant) else None
    # a sentence of places only, such as "{place}: {what}", is the same everywhere
    if isinstance(said, str) and re.search(r"[^\W\d_]", re.sub(r"\{.*?\}", "", said)):
        yield said


def template() -> Catalog:
    """Return the catalogue of everything that is said, with nothing translated."""
    catalogue = Catalog(project="fallback", charset="utf-8")
    for said, file, line in sentences():
        catalogue.add(said, locations=[(file, line)] if line else [])
    return catalogue


def path(language: str) -> Path:
    """Return where the owner's catalogue of *language* is."""
    return LOCALES / language / "LC_MESSAGES" / "owner.po"


def read(language: str) -> Catalog:
    """Return the catalogue of *language* as it is written."""
    return read_po(BytesIO(path(language).read_bytes()), locale=language)


def update(language: str) -> None:
    """Bring the catalogue of *language* up to date."""
    fresh = template()
    catalogue = read(language) if path(language).exists() else Catalog(locale=language)
    catalogue.update(fresh, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    catalogue.fuzzy = False
    catalogue.header_comment = "# What the owner of a shop reads."
    catalogue.project, catalogue.version = "fallback", "1"
    catalogue.last_translator = catalogue.language_team = "the maintainers"
    catalogue.msgid_bugs_address = ""
    # moments would change the file with every run
    catalogue.creation_date = catalogue.revision_date = datetime(
        2026, 11, 22, tzinfo=UTC
    )
    out = BytesIO()
    # no line numbers: they would change the file with every edit of the source
    write_po(out, catalogue, width=88, sort_output=True, include_lineno=False)
    path(language).parent.mkdir(parents=True, exist_ok=True)
    path(language).write_bytes(out.getvalue())


if __name__ == "__main__":
    update("pl")
