"""Reads the tables of one file into our values, noting every complaint on the way.

The law of this room: reading goes on after a complaint, so that all are told at once,
and nothing is said about a place where a secret stands in the open, but that.
"""

import types
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import attrs
from attrs import define, field

from fallback.core.config import FILE_NAME, SecretRef
from fallback.core.errors import Problem
from fallback.core.leaks import leaks
from fallback.core.settings import values
from fallback.core.settings.places import Place
from fallback.core.settings.values import Reader, Wrong
from fallback.core.text import T, Text

REQUIRED = {
    ("shop", "name"): 'name = "Kwiaty u Ani"',
    ("shop", "url"): 'url = "https://shop.example"',
    ("contact", "email"): 'email = "name@provider.example"',
    ("contact", "phone"): 'phone = "+48600100200"',
    ("primary", "contains"): 'contains = "Add to cart"',
    ("hosts", "kind"): 'kind = "folder"',
    ("dns", "provider"): 'provider = "manual"',
    ("dns", "zone"): 'zone = "shop.example"',
    ("dns", "names"): 'names = ["shop.example", "www.shop.example"]',
    ("dns", "target"): 'target = "page.provider.example"',
}
"""What cannot be left out, with a line that shows how it is written."""


@define
class Reading:
    """One reading of one *file*: what is in it, where, and the complaints so far."""

    body: Mapping[str, Any]
    lines: Mapping[Place, int]
    root: Path
    file: str = FILE_NAME
    problems: list[Problem] = field(factory=list)
    leaked: set[Place] = field(factory=set)
    """Where a secret stands: nothing more is said about these, nor is it repeated."""

    def complain(
        self,
        place: Place,
        what: Text,
        remedy: Text | None = None,
        *,
        mended: str = "",
    ) -> None:
        """Note a problem at *place*, in the line of the nearest known place."""
        if any(place[:length] in self.leaked for length in range(1, len(place) + 1)):
            return
        near = place
        while near and near not in self.lines:
            near = near[:-1]
        self.problems.append(
            Problem(self.file, self.lines.get(near, 0), what, remedy, mended)
        )

    def refuse_leaks(self, value: Any, place: Place = ()) -> None:
        """Complain about every text that looks like a secret, and remember where."""
        if isinstance(value, Mapping):
            for key, one in value.items():
                self.refuse_leaks(one, (*place, key))
        elif isinstance(value, list):
            for index, one in enumerate(value):
                self.refuse_leaks(one, (*place, index))
        elif isinstance(value, str):
            names = [part for part in place if isinstance(part, str)]
            if leaks(names[-1], value):
                self.complain(
                    place,
                    T("{key} looks like a secret in the open", key=spelled(place)),
                    T(
                        'write "env:NAME" and put the secret into the environment'
                        " variable NAME; then replace the secret: it was written down"
                    ),
                )
                self.leaked.add(place)
            elif any(ord(letter) < 32 or ord(letter) == 127 for letter in value):
                self.complain(
                    place, T("{key} holds a control character", key=spelled(place))
                )

    def table(self, place: Place, value: Any) -> Mapping[str, Any]:
        """Return the table at *place*; what is none is complained of, and empty."""
        if isinstance(value, Mapping):
            return value
        header = f"[{place[0]}]" if len(place) == 1 else f"[[{place[0]}]]"
        self.complain(
            place,
            T("{key} is a table", key=spelled(place)),
            T("write {header} on a line of its own, its settings below", header=header),
        )
        return {}

    def array(self, name: str) -> list[tuple[Place, Mapping[str, Any]]]:
        """Return the tables of ``[[name]]``, each with its place."""
        found = self.body.get(name, [])
        if isinstance(found, list):
            return [
                ((name, i), self.table((name, i), one)) for i, one in enumerate(found)
            ]
        if isinstance(found, Mapping):
            self.complain(
                (name,),
                T("there can be several {name}, so each has two brackets", name=name),
                T("write {header}", header=f"[[{name}]]"),
                mended=f"[[{name}]]",
            )
            return [((name,), found)]
        self.table((name, 0), found)
        return []

    def read(
        self, place: Place, table: Mapping[str, Any], readers: Mapping[str, Reader]
    ) -> dict[str, Any]:
        """Return what *readers* understand of *table*; complain of the rest."""
        found: dict[str, Any] = {}
        for key, value in table.items():
            here = (*place, key)
            reader = readers.get(key)
            if reader is None:
                self.unknown(here, key, readers)
                continue
            try:
                found[key] = reader(value)
            except Wrong as wrong:
                at = here if wrong.at is None else (*here, wrong.at)
                what = T("{key}: {what}", key=spelled(at), what=wrong.what)
                self.complain(at, what, wrong.remedy, mended=wrong.mended)
        return found

    def unknown(self, place: Place, word: str, known: Mapping[str, Any]) -> None:
        """Complain about a key that nobody knows."""
        near = values.nearest(word, known)
        self.complain(
            place,
            T("there is no setting {key}", key=spelled(place)),
            T("did you mean {mended}", mended=near)
            if near
            else T("known here: {known}", known=", ".join(known)),
            mended=near or "",
        )

    def require(self, place: Place, table: Mapping[str, Any], *keys: str) -> None:
        """Complain about each of *keys* that *table* lacks."""
        for key in keys:
            if key not in table:
                example = REQUIRED.get((str(place[0]), key), f'{key} = "…"')
                self.complain(
                    place,
                    T("{key} is missing", key=spelled((*place, key))),
                    T("add: {example}", example=example),
                )


def spelled(place: Place) -> str:
    """Return *place* as the owner would say it: ``hosts[2].path``, counted from 1."""
    said = ""
    for part in place:
        if isinstance(part, int):
            said += f"[{part + 1}]"
        else:
            said += f".{part}" if said else part
    return said


def fill(
    reading: Reading,
    place: Place,
    table: Mapping[str, Any],
    cls: type,
    common: Mapping[str, Reader],
) -> object | None:
    """Return *cls* filled from *table*; ``None`` when there were complaints."""
    before = len(reading.problems)
    fields = _fields(cls)
    own = readers(cls, reading.root)
    for key in table:
        if key not in own:
            reading.unknown((*place, key), key, {**common, **own})
    known = {key: value for key, value in table.items() if key in own}
    needed = [key for key, f in fields.items() if f.default is attrs.NOTHING]
    reading.require(place, table, *needed)
    found = reading.read(place, known, own)
    leaked = any(each[: len(place)] == place for each in reading.leaked)
    if len(reading.problems) > before or leaked:
        return None
    settings: object = cls(**{fields[key].name: one for key, one in found.items()})
    settings = attrs.evolve(settings, **_rooted(settings, reading.root))  # type: ignore[misc]
    complaints: Callable[[], Iterator[tuple[str, Text]]] | None
    complaints = getattr(settings, "complaints", None)
    for key, what in complaints() if complaints else ():
        reading.complain(
            (*place, key), T("{key}: {what}", key=spelled((*place, key)), what=what)
        )
    return settings if len(reading.problems) == before else None


def readers(cls: type, root: Path) -> dict[str, Reader]:
    """Return what reads each setting of *cls*, by the key that the owner writes."""
    hints = get_type_hints(cls)
    return {key: _reader(hints[f.name], root) for key, f in _fields(cls).items()}


def _fields(cls: type) -> dict[str, Any]:
    return {f.name.removesuffix("_"): f for f in attrs.fields(cls)}  # `class_`


def _rooted(settings: object, root: Path) -> dict[str, Path]:
    """Return the paths that defaults left relative, made absolute."""
    own = attrs.asdict(settings, recurse=False)  # type: ignore[arg-type]
    return {
        name: root / value
        for name, value in own.items()
        if isinstance(value, Path) and not value.is_absolute()
    }


def _reader(hint: Any, root: Path) -> Reader:
    """Return the reader for a settings field of the type *hint*."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _reader(next(a for a in arguments if a is not type(None)), root)
    if origin is Literal:
        return values.one_of(*arguments)
    if origin is tuple:
        return values.each(_reader(arguments[0], root))
    if origin is Mapping:
        return values.by_name(_reader(arguments[1], root))
    readers: dict[Any, Reader] = {
        str: values.text,
        int: values.whole_number,
        bool: values.truth,
        timedelta: values.span,
        SecretRef: values.secret,
        object: values.option,
        Path: values.path_under(root),
    }
    return readers[hint]
