"""Write the manual pages: ``make man`` puts them into ``dist/man``.

Each is the command's own ``--help`` in the language of manuals (man(7)), so the two
never say different things.
"""

import re
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import click

from fallback import __version__
from fallback.cli import language
from fallback.cli.group import COMMANDS, equipped, group
from fallback.core import errors


def pages(made: date) -> dict[str, str]:
    """Return every page, dated *made*, by its file's name."""
    language.choose(english=True)
    root = group()
    whole = click.Context(root, info_name="fallback")
    found = {"fallback.1": "\n".join(_page(root, whole, made, _rest()))}
    for name, row in COMMANDS.items():
        command = equipped(row.load())
        context = click.Context(command, info_name=name, parent=whole)
        lines = _page(command, context, made, _see(["fallback"]))
        found[f"fallback-{name}.1"] = "\n".join(lines)
    return found


def _page(
    command: click.Command, context: click.Context, made: date, rest: Iterator[str]
) -> Iterator[str]:
    title = context.command_path.replace(" ", "-")
    about = f'"{made}" "fallback {__version__}" "User commands"'
    yield f'.TH "{title.upper()}" 1 {about}'
    yield ".SH NAME"
    told = (command.help or "").strip()
    first, _, more = told.partition("\n\n")
    yield f"{_plain(title)} \\- {_plain(' '.join(first.split()).rstrip('.'))}"
    yield ".SH SYNOPSIS"
    usage = " ".join(command.collect_usage_pieces(context))
    yield f".B {_plain(context.command_path)}"
    yield _plain(usage)
    if more:
        yield ".SH DESCRIPTION"
        for number, paragraph in enumerate(more.split("\n\n")):
            if number:
                yield ".PP"
            yield _plain(" ".join(paragraph.split()))
    yield ".SH OPTIONS"
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None:
            yield ".TP"
            yield f".B {_plain(record[0])}"
            yield _plain(" ".join(record[1].split()))
    yield from rest
    yield ""


def _rest() -> Iterator[str]:
    """Yield what only the program's own page has."""
    yield ".SH COMMANDS"
    for name, row in COMMANDS.items():
        yield ".TP"
        yield f".B {_plain(name)}"
        yield _plain(str(row.help))
    yield ".SH EXIT STATUS"
    codes = {0: "done", 130: "interrupted"}
    # the tree is drawn for people, and a test holds it against the classes
    for _, code, said in re.findall(r"(\w+) +(\d+) +(.+)", errors.__doc__ or ""):
        codes.setdefault(int(code), said)
    for number, said in sorted(codes.items()):
        yield ".TP"
        yield f".B {number}"
        yield _plain(said)
    yield from _see([f"fallback-{name}" for name in COMMANDS])


def _see(names: list[str]) -> Iterator[str]:
    yield ".SH SEE ALSO"
    *most, last = sorted(names)
    yield from (f".BR {_plain(name)} (1)," for name in most)
    yield f".BR {_plain(last)} (1)"


def _plain(text: str) -> str:
    """Return *text* so that nothing in it is an instruction to the formatter."""
    safe = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq")
    return f"\\&{safe}" if safe.startswith(".") else safe


def main(folder: Path) -> None:
    """Write every page into *folder*."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages(datetime.now(UTC).date()).items():
        (folder / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
