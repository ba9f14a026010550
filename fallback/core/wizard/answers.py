"""The answers for a new site, as a file: given beforehand, or kept while it is asked.

TOML or JSON with the same keys. The law of this room is that of
``fallback.core.settings.toml``: every complaint at once, each with its line and what to
type instead; a secret is refused without being repeated, so that none is ever kept.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fallback.core.config import Kinds
from fallback.core.errors import ConfigError, Problem
from fallback.core.leaks import leaks
from fallback.core.settings import addresses, values
from fallback.core.settings.places import Place, places
from fallback.core.settings.reading import Reading, readers
from fallback.core.settings.toml import dns_readers, host_readers, network_readers
from fallback.core.settings.values import Reader, Wrong
from fallback.core.text import T

ORDER = (
    "url",
    "name",
    "email",
    "phone",
    "contains",
    "languages",
    "timezone",
    "hosts",
    "provider",
)
"""The answers in the order in which they are asked for; tables of a host's kind or of
a provider hold what only these take, such as ``[netlify]`` with ``site``."""
NETWORK = "network"
NO_PROVIDER = "none"

_Given = dict[str, Any]
_LABEL = re.compile(r"([a-z][a-z0-9_]*)(-[1-9])?")


def read(text: str, file: str, kinds: Kinds) -> _Given:
    """Return what *text* answers, as it is written there.

    A *file* whose name ends in ``.json`` is JSON. Raises ``ConfigError`` with every
    problem, in the order of the lines.
    """
    text = text.removeprefix("\ufeff")
    is_json = file.lower().endswith(".json")
    try:
        body = json.loads(text) if is_json else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError([_unreadable(file, error, is_json=is_json)]) from None
    if not isinstance(body, dict):
        remedy = T("write it like {example}", example='{"name": "Kwiaty u Ani"}')
        what = T("one object with answers is expected")
        raise ConfigError([Problem(file, 1, what, remedy)])
    lines = _json_places(text, body) if is_json else places(text)
    reading = Reading(body, lines, Path(), file)
    reading.refuse_leaks(body)
    _judge(reading, kinds)
    if reading.problems:
        raise ConfigError(sorted(reading.problems, key=lambda problem: problem.line))
    return body


def _judge(reading: Reading, kinds: Kinds) -> None:
    """Complain about every answer of *reading* that cannot be used."""
    simple = simple_readers(kinds)
    tables = {
        label: table
        for label, table in reading.body.items()
        if label == NETWORK or _kind(label, kinds)
    }
    rest = {key: one for key, one in reading.body.items() if key not in tables}
    known = {**simple, **dict.fromkeys((*kinds["hosts"], *kinds["dns"], NETWORK))}
    for key in rest:
        if key not in simple:
            reading.unknown((key,), key, known)
    reading.read((), {k: v for k, v in rest.items() if k in simple}, simple)
    for label, table in tables.items():
        reading.read(
            (label,), reading.table((label,), table), table_readers(label, kinds)
        )


def simple_readers(kinds: Kinds) -> dict[str, Reader]:
    """Return what reads each answer that is no table."""
    return {
        "url": addresses.base_url,
        "name": values.text,
        "email": addresses.email,
        "phone": addresses.phone,
        "contains": values.maybe_empty,
        "languages": values.not_empty(values.each(values.language)),
        "timezone": values.timezone,
        "hosts": values.not_empty(_several(values.one_of(*kinds["hosts"]))),
        "provider": values.one_of(*kinds["dns"], NO_PROVIDER),
    }


def table_readers(label: str, kinds: Kinds) -> dict[str, Reader]:
    """Return what reads the settings in the table *label*; empty for no such table."""
    if label == NETWORK:
        return network_readers(Path())
    kind = _kind(label, kinds)
    if kind in kinds["hosts"]:
        common = host_readers(kinds["hosts"])
        del common["kind"]
    elif kind in kinds["dns"]:
        common = dns_readers(kinds["dns"])
        del common["provider"]
    else:
        return {}
    cls = {**kinds["hosts"], **kinds["dns"]}[kind]
    return {**common, **readers(cls, Path())}


def _kind(label: str, kinds: Kinds) -> str:
    """Return the kind of host, or the provider, that *label* stands for."""
    found = _LABEL.fullmatch(label)
    kind = found[1] if found else ""
    if kind in kinds["dns"] and found and not found[2]:
        return kind
    return kind if kind in kinds["hosts"] else ""


def _several(reader: Reader) -> Reader:
    """Return a reader of lists in which an item may stand twice: two folders."""

    def items(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            return tuple(values.each(reader)(value))
        found = []
        for index, one in enumerate(value):
            try:
                found.append(reader(one))
            except Wrong as wrong:
                wrong.at = index
                raise
        return tuple(found)

    return items


def one(word: str, kinds: Kinds) -> tuple[str, str, Any]:
    """Return table, key and value of *word*, ``netlify.site=kwiaty`` as it is typed.

    A value that TOML understands is what it says (a list, ``true``), any other is a
    text. Raises ``Wrong``.
    """
    name, sign, typed = word.partition("=")
    label, dot, key = name.strip().partition(".")
    known = table_readers(label, kinds)
    if not (sign and dot and known):
        near = values.nearest(label, [*kinds["hosts"], *kinds["dns"], NETWORK])
        raise Wrong(
            T("{word} is no setting such as netlify.site=kwiaty", word=name),
            T("did you mean {mended}", mended=near) if near and sign else None,
        )
    if key not in known:
        near = values.nearest(key, known)
        raise Wrong(
            T("there is no setting {key}", key=f"{label}.{key}"),
            T("did you mean {mended}", mended=near)
            if near
            else T("known here: {known}", known=", ".join(known)),
        )
    if leaks(key, typed):
        raise Wrong(
            T("{key} looks like a secret in the open", key=f"{label}.{key}"),
            T("give its place instead: {example}", example=f"{label}.{key}=env:NAME"),
        )
    value = _value(typed)
    known[key](value)
    return label, key, value


def _value(typed: str) -> Any:
    if (
        typed[:1] in ("[", "{", '"', "'")
        or typed in ("true", "false")
        or typed.isdigit()
    ):
        try:
            return tomllib.loads(f"value = {typed}")["value"]
        except ValueError:
            pass
    return typed


def spelled(given: Mapping[str, Any]) -> str:
    """Return *given* as ``read`` reads it: the answers so far, to be kept."""
    plain = {key: one for key, one in given.items() if not isinstance(one, Mapping)}
    rows = [f"{key} = {_written(one)}" for key, one in plain.items()]
    for label, table in given.items():
        if isinstance(table, Mapping):
            rows += ["", f"[{label}]"]
            rows += [f"{key} = {_written(one)}" for key, one in table.items()]
    return "\n".join(rows) + "\n"


def _written(value: Any) -> str:
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{_written(k)} = {_written(v)}" for k, v in value.items())
        return f"{{ {pairs} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_written, value))}]"
    # a JSON text is a TOML text, but for DEL
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _unreadable(file: str, error: Exception, *, is_json: bool) -> Problem:
    said = str(error)
    found = re.search(r"line (\d+)", said)
    why = re.sub(r"\s*\(at .*|: line \d.*", "", said)
    what = (
        T("this is not JSON: {why}", why=why[:1].lower() + why[1:])
        if is_json
        else T("this is not TOML: {why}", why=why[:1].lower() + why[1:])
    )
    remedy = T('texts stand in straight quotes: name = "Kwiaty u Ani"')
    if is_json:
        remedy = T('texts stand in straight quotes: "name": "Kwiaty u Ani"')
    return Problem(file, int(found[1]) if found else 0, what, remedy)


def _json_places(text: str, body: Mapping[str, Any]) -> dict[Place, int]:
    """Return the line of each key, as far as two levels: found by how it is written."""
    return dict(_keys(text, body, (), 0))


def _keys(
    text: str, body: Mapping[str, Any], above: Place, start: int
) -> Iterator[tuple[Place, int]]:
    for key, value in body.items():
        written = re.escape(json.dumps(key, ensure_ascii=False))
        found = re.compile(rf"{written}\s*:").search(text, start)
        at = found.start() if found else start
        yield (*above, key), text.count("\n", 0, at) + 1
        if isinstance(value, Mapping):
            yield from _keys(text, value, (*above, key), at)
