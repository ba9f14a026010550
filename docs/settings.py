"""The reference of every setting, from the classes that hold them.

Types and defaults are the classes' own; the sentences are the comments of the example
shop's ``fallback.toml``, which an owner reads too: so both can only say the same.
"""

import re
import types
from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

import attrs

from fallback import dns, hosts, stores
from fallback.core import config
from fallback.core.config import SecretRef
from fallback.core.records import Target
from fallback.core.settings import toml
from fallback.core.settings.colours import Colour
from fallback.core.settings.reading import REQUIRED
from fallback.core.settings.values import spelled_span

ROOT = Path(__file__).parents[1]
FILE = ROOT / "fallback.toml"

Where = tuple[str, str]
"""A table, and the kind of host, provider or store in it; "" for what all have."""


def _tables() -> dict[str, type]:
    """Return the class behind each table of ``fallback.toml``, in its order."""
    hints = get_type_hints(config.Config)
    of_arrays = {name: get_args(hint)[:1] for name, hint in hints.items()}
    return {name: (*of_arrays[name], hints[name])[0] for name in toml.TABLES}


TABLES = _tables()
KINDS = {"hosts": hosts.settings(), "dns": dns.settings(), "state": stores.settings()}
CHOOSERS = {"hosts": "kind", "dns": "provider", "state": "store"}
_OURS = {"label", "settings", "within"}
"""What is worked out, and written by nobody."""
_IN_STORE = {"bucket", "prefix"}
"""What ``store = "s3://bucket/prefix"`` says of a shared store."""

_HEADER = re.compile(r"#?\[\[?([\w.]+)\]\]?\s*(?:#\s*(.*))?$")
_SETTING = re.compile(r"#{,2}(\w+)\s*=\s*(.*)")
_WORDS: Mapping[Any, str] = {
    str: "text",
    int: "whole number",
    bool: "true or false",
    timedelta: "length of time",
    SecretRef: "reference to a secret",
    Path: "path",
    ZoneInfo: "time zone",
    Colour: "colour",
    config.Person: "name and phone number",
    object: "text, number, true, false or list",
}


@cache
def example() -> config.Config:
    """Return the example shop with every commented setting put into force."""
    text = re.sub(r"^#(?=\S)", "", FILE.read_text("utf-8"), flags=re.MULTILINE)
    return toml.parse(text, KINDS, ROOT)


def settings(table: str = "", kind: str = "") -> str:
    """Return all settings, or those of *kind* in *table*, as Markdown tables."""
    if table:
        return _rows(table, kind)
    said, parts = sentences(), []
    for name in TABLES:
        array = name in ("hosts", "dns")
        parts.append(f"## `[[{name}]]`" if array else f"## `[{name}]`")
        parts += [_cell(said.get((name, "", ""), "")), _rows(name, "")]
        for kind_ in KINDS.get(name, ()):
            told = said.get((name, kind_, CHOOSERS[name]), "")
            parts.append(f"### `{CHOOSERS[name]} = {_spelled(name, kind_)}`")
            parts += [_cell(told), _rows(name, kind_)]
    return "\n\n".join(part for part in parts if part)


def fields(table: str, kind: str) -> Iterator[tuple[str, Any, str]]:
    """Yield each setting's name, its type, and its default as it is written."""
    cls = KINDS[table][kind] if kind else TABLES[table]
    hints = get_type_hints(cls)
    for each in attrs.fields(cls):
        if (table, kind) == ("state", "s3") and each.name in _IN_STORE:
            continue
        if kind or each.name not in _OURS:
            name = each.name.removesuffix("_")
            if (table, name) == ("state", "kind"):
                name = CHOOSERS[table]
            yield name, hints[each.name], _default(table, kind, name, each)


def sentences() -> Mapping[tuple[str, str, str], str]:
    """Return what ``fallback.toml`` says of each (table, kind, setting).

    The lines that begin with ``# `` right above a setting, and what stands behind it. A
    setting of all kinds is found with the kind ``""``, too, and what stands above a
    table with no setting at all.
    """
    found: dict[tuple[str, str, str], str] = {}
    table, kind, above = "", "", [""]
    for line in FILE.read_text("utf-8").splitlines():
        if header := _HEADER.match(line):
            table, kind = header[1], ""
            found.setdefault((table, "", ""), " ".join(above).strip())
            outer, _, inner = table.partition(".")  # a table in a table is a setting
            found[outer, "", inner] = found.get((outer, "", inner)) or header[2] or ""
        elif line.startswith("# "):
            above.append(line[2:])
            continue
        elif setting := _SETTING.match(line):
            value, behind = _split(setting[2])
            if setting[1] == CHOOSERS.get(table):
                kind = value.strip('"').partition("://")[0]
            said = " ".join([*above, behind]).strip()
            for known in ((table, kind, setting[1]), (table, "", setting[1])):
                found.setdefault(known, said)
                found[known] = found[known] or said
        above = []
    for (table, kind, name), text in list(found.items()):
        if table == "hosts" and kind == "s3":  # a shared store has the same key
            found.setdefault(("state", kind, name), text)
    found["state", "s3", "path"] = found["state", "folder", "path"]
    return found


def _split(rest: str) -> tuple[str, str]:
    """Return the value in *rest*, and the comment behind it."""
    quoted = re.match(r"""((?:"[^"]*"|[^#"])*)(?:#\s*(.*))?$""", rest)
    assert quoted is not None, rest
    return quoted[1].strip(), quoted[2] or ""


def _rows(table: str, kind: str) -> str:
    said, rows = sentences(), []
    for name, hint, default in fields(table, kind):
        sort, text = _sort(hint), said.get((table, kind, name), "")
        if not kind and name == CHOOSERS.get(table):
            sorts = (f"`{_spelled(table, each)}`" for each in KINDS[table])
            sort = "one of " + ", ".join(sorts)
            text = "each takes settings of its own, below"
        rows.append(f"| `{name}` | {sort} | {default} | {_cell(text)} |")
    return "\n".join(["| setting | sort | default | |", "|---|---|---|---|", *rows])


def _spelled(table: str, kind: str) -> str:
    return '"s3://bucket/prefix"' if (table, kind) == ("state", "s3") else f'"{kind}"'


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def _sort(hint: Any) -> str:
    """Return what a setting of the type *hint* takes, in an owner's words."""
    if hint == Target:
        return "host name, or list of addresses"
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return "one of " + ", ".join(f'`"{each}"`' for each in arguments if each)
    if origin in (Union, types.UnionType):
        sorts = dict.fromkeys(_sort(a) for a in arguments if a is not type(None))
        return " or ".join(sorts)
    if origin is tuple:
        return f"list: {_sort(arguments[0])}"
    if origin in (Mapping, dict) or (
        isinstance(origin, type) and issubclass(origin, Mapping)
    ):
        return "table"
    return _WORDS[getattr(hint, "__supertype__", hint)]


def _default(table: str, kind: str, name: str, each: "attrs.Attribute[Any]") -> str:
    if (table, name) == ("primary", "probe"):
        return "`shop.url`"
    if (not kind and (table, name) in REQUIRED) or each.default is attrs.NOTHING:
        return "`folder`" if (table, name) == ("state", "store") else "**required**"
    value = each.default
    if isinstance(value, attrs.Factory):  # type: ignore[arg-type]
        value = value.factory()
    written = _written(value)
    return f"`{written}`" if written else ""


def _written(value: Any) -> str:
    match value:
        case None | "" | {} | ():
            return ""
        case bool():
            return str(value).lower()
        case timedelta():
            return spelled_span(value)
        case tuple():
            return f"[{', '.join(_written(one) for one in value)}]"
        case _:
            return str(value)
