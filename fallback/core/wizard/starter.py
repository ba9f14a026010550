"""A new site's fallback.toml: the reference of every setting, with the owner's answers.

The reference is the example shop's own file, so what it explains never goes stale: the
tables that a site uses are put into force where they stand, and all others stay there
to be read.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from attrs import field, frozen

from fallback.core.settings.places import Place, places
from fallback.core.wizard.offers import NOWHERE, Table

PLACEHOLDER = "CHANGE ME"
"""Stands for ``primary.contains`` until the owner says it: no shop ever matches it, so
a watcher never counts the shop as seen, and never moves a name."""

READY = ("pl", "en", "es", "ro")
"""The languages that have ready words; in any other, the owner writes them."""

FOLDERS = ("public-copy", "public-copy-2")

_WORKERS = "#workers"
_NOT_YOURS = (("contact", "hours"), ("contact", "links", "Facebook"))
_KINDS = {"hosts": "kind", "dns": "provider"}
_HEADER = re.compile(r"#?\[\[?(\w+)\]\]?")
_PAIR = re.compile(r"#?([A-Za-z_]+)\s*=")


def _folders() -> tuple[Table, ...]:
    return tuple(Table("folder", {"path": path}) for path in FOLDERS)


@frozen
class Answers:
    """What a new site is made of, as it was typed, proposed or seen.

    ``workers`` nobody is asked for: they are what the living shop was seen to have.
    Without ``dns`` no name can be moved. ``network`` is the table of that name.
    """

    name: str
    url: str
    email: str
    phone: str
    contains: str = PLACEHOLDER
    timezone: str = "UTC"
    languages: tuple[str, ...] = ("en",)
    workers: tuple[str, ...] = ()
    hosts: tuple[Table, ...] = field(factory=_folders)
    dns: Table | None = None
    network: Mapping[str, object] = field(factory=dict)


def settings(reference: str, answers: Answers) -> str:
    """Return the fallback.toml of a new site. *reference* is the example's.

    The answers are not judged here: ``fallback.core.settings.toml.parse`` does that.
    """
    put: Mapping[Place, object] = {
        ("shop", "name"): answers.name,
        ("shop", "url"): answers.url,
        ("shop", "timezone"): answers.timezone,
        ("shop", "languages"): answers.languages,
        ("contact", "email"): answers.email,
        ("contact", "phone"): answers.phone,
        ("primary", "contains"): answers.contains,
    }
    at = places(reference)
    lines = reference.split("\n")
    lines[0] = "# The settings of this site, and every setting there is."
    for place, value in put.items():
        lines[at[place] - 1] = _answered(lines[at[place] - 1], value)
    if answers.workers:
        line = next(n for n, each in enumerate(lines) if each.startswith(_WORKERS))
        lines[line] = _answered(lines[line].removeprefix("#"), answers.workers)
    for place in _NOT_YOURS:
        lines[at[place] - 1] = f"#{lines[at[place] - 1]}"
    return "\n".join(_chosen(lines, answers))


def _chosen(lines: Sequence[str], answers: Answers) -> Iterator[str]:
    """Yield *lines* with the tables of *answers* in force, and no other host or zone.

    The reference has a table for each kind, two for a folder. What it has none of is
    written below it.
    """
    left = {"hosts": list(answers.hosts), "dns": [answers.dns] if answers.dns else []}
    for blank, group in groupby(lines, lambda line: not line.strip()):
        block = list(group)
        room, kind = ("", "") if blank else _about(block)
        if room == "network" and answers.network:
            block = list(_in_force(block, Table("network", answers.network)))
        elif room in _KINDS:
            table = next((each for each in left[room] if each.kind == kind), None)
            if table is None:
                block = [f"#{row}" if _is_setting(row) else row for row in block]
            else:
                left[room].remove(table)
                block = list(_in_force(block, table))
        yield from block
    for room, tables in left.items():
        for table in tables:
            rows = _rows({_KINDS[room]: table.kind} | dict(table.values))
            yield from (f"[[{room}]]", *rows, "")


def _about(block: Sequence[str]) -> tuple[str, str]:
    """Return which table *block* shows, and of which kind; empty for anything else."""
    rooms = [found[1] for row in block if (found := _HEADER.match(row))]
    room = rooms[0] if rooms else ""
    chooser = _KINDS.get(room, "")
    for row in block:
        if chooser and (found := _PAIR.match(row)) and found[1] == chooser:
            return room, row.partition('"')[2].partition('"')[0]
    return room, ""


def _in_force(block: Sequence[str], table: Table) -> Iterator[str]:
    """Yield *block* with its header and the values of *table* in force.

    Settings that *table* does not give stay to be read; those that the block does not
    show come last.
    """
    rest = dict(table.values)
    for row in block:
        pair = _PAIR.match(row)
        if _HEADER.match(row) or (pair and pair[1] in _KINDS.values()):
            yield row.removeprefix("#")
        elif pair and pair[1] in rest:
            yield _answered(row.removeprefix("#"), rest.pop(pair[1]))
        elif _is_setting(row):
            yield f"#{row}"
        else:
            yield row
    yield from _rows(rest)


def _rows(values: Mapping[str, object]) -> Iterator[str]:
    for key, value in values.items():
        yield f"{key} = {_toml(value)}"


def _is_setting(row: str) -> bool:
    return bool(row.strip()) and not row.startswith("#")


def _answered(line: str, value: object) -> str:
    """Return *line* with another value; its key and its comment stay."""
    key, _, rest = line.partition("=")
    comment = rest[rest.index("#") :] if "#" in rest else ""
    if value == NOWHERE:
        comment = "# put here the name that fallback setup prints"
    return f"{f'{key}= {_toml(value)}':<41} {comment}".rstrip()


def _toml(value: object) -> str:
    """Return *value* as TOML spells it.

    A JSON text is a TOML text, but for DEL, which no setting may hold.
    """
    return json.dumps(value, ensure_ascii=False)
