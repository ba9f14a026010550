"""Reads the front matter of a Hugo page: all values as strings, whatever they are.

YAML turns a phone number into another number and ``no`` into nothing, and follows
aliases without end. So this reads the part of it that people and editors write there
(scalars, lists, quotes, folded texts), and says of every other line that it was left
out. TOML, between ``+++`` lines, is read by ``tomllib``.
"""

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import define, field, frozen

from fallback.core.errors import Problem
from fallback.core.text import T

_KEY = re.compile(r"([A-Za-z_][\w-]*)\s*:(?:\s+(.*))?$")
_ITEM = re.compile(r"\s*-(?:\s+(.*))?$")
_COMMENT = re.compile(r"(?:^|\s)#.*$")
_BLOCK = re.compile(r"([|>])[+-]?\d?$")
_LONGEST_LIST = 10_000  # of one line: a longer one would be slow to take apart
_UNREAD = ("&", "*", "!", "{", "?", "@", "`", "%")
_DOUBLE = re.compile(r'"((?:[^"\\]|\\.)*)"\s*(?:#.*)?$')
_SINGLE = re.compile(r"'((?:[^']|'')*)'\s*(?:#.*)?$")


@frozen
class Value:
    """One value, always text: a list is several of them. ``line`` counts from 1."""

    texts: tuple[str, ...]
    line: int

    @property
    def text(self) -> str:
        """Return the value as one line of text."""
        return ", ".join(self.texts)


@frozen
class Page:
    """A Hugo page, taken apart; keys are in lower case, as Hugo compares them.

    ``there`` is false when it does not begin with front matter at all.
    """

    values: Mapping[str, Value]
    body: str
    body_line: int
    problems: tuple[Problem, ...] = ()
    there: bool = True

    def text(self, key: str) -> str:
        """Return what *key* says; empty when it says nothing."""
        found = self.values.get(key)
        return found.text if found else ""

    def line(self, key: str) -> int:
        """Return where *key* stands."""
        found = self.values.get(key)
        return found.line if found else 1

    def says(self, key: str) -> bool:
        """Return whether *key* is true in the sense of YAML and TOML."""
        return self.text(key).casefold() in ("true", "yes", "on")


def read(text: str) -> Page:
    """Return the page *text*, whose newlines are its only line ends."""
    lines = text.split("\n")
    fence = lines[0].rstrip()
    end = next(
        (n for n, line in enumerate(lines[1:], 1) if line.rstrip() == fence), None
    )
    if fence not in ("---", "+++") or end is None:
        return Page({}, text, 1, there=False)
    inside, body = lines[1:end], "\n".join(lines[end + 1 :])
    if fence == "+++":
        values, problems = _toml(inside)
    else:
        reader = _Yaml(inside)
        reader.read()
        values, problems = reader.values, reader.problems
    return Page(values, body, end + 2, tuple(problems))


def _toml(lines: Sequence[str]) -> tuple[dict[str, Value], list[Problem]]:
    try:
        found = tomllib.loads("\n".join(lines))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        why = T("this front matter is no TOML: {why}", why=str(error))
        return {}, [Problem("", 1, why, T("mend it and import again"))]
    return {
        key.lower(): Value(_texts(value), _line_of(key, lines))
        for key, value in found.items()
    }, []


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, list):
        return tuple(text for each in value for text in _texts(each))
    if isinstance(value, dict):
        return (json.dumps(value, default=str, ensure_ascii=False),)
    if isinstance(value, bool):
        return (str(value).lower(),)
    return (str(value),)


def _line_of(key: str, lines: Sequence[str]) -> int:
    begins = re.compile(rf"\s*\[*\s*[\"']?{re.escape(key)}\b")
    return next((n for n, line in enumerate(lines, 2) if begins.match(line)), 1)


@define
class _Yaml:
    lines: Sequence[str]
    at: int = 0
    values: dict[str, Value] = field(factory=dict)
    problems: list[Problem] = field(factory=list)

    def read(self) -> None:
        while self.at < len(self.lines):
            line, number = self.lines[self.at], self.at + 2
            self.at += 1
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            found = _KEY.match(line)
            if not found:
                self._leave_out(number, line)
                continue
            key, written = found[1].lower(), (found[2] or "").strip()
            texts = self._value(written)
            if texts is None or key in self.values:
                self._leave_out(number, line)
            else:
                self.values[key] = Value(texts, number)

    def _leave_out(self, number: int, line: str) -> None:
        self.problems.append(
            Problem(
                "",
                number,
                T("this line of the front matter was left out: {line}", line=line),
                T("write it as key: value, once"),
            )
        )

    def _value(self, written: str) -> tuple[str, ...] | None:
        """Return what *written*, and the lines that go on with it, hold."""
        if not written or written.startswith("#"):
            return self._items()
        block = _BLOCK.match(written)
        if block:
            joint = "\n" if block[1] == "|" else " "
            return (joint.join(line.strip() for line in self._deeper()).strip(),)
        if written.startswith("[") and not written.endswith("]"):
            written = " ".join([written, *(line.strip() for line in self._deeper())])
        if written.startswith("["):
            return _flow(written)
        more = [line.strip() for line in self._deeper()]
        text = _scalar(" ".join([written, *more]))
        return None if text is None else (text,)

    def _items(self) -> tuple[str, ...] | None:
        """Return the list that stands on the next lines; none is an empty value."""
        items = []
        while self.at < len(self.lines):
            line = self.lines[self.at]
            found = _ITEM.match(line)
            if not found:
                break
            self.at += 1
            text = _scalar((found[1] or "").strip())
            if text is None:
                self._leave_out(self.at + 1, line)
            else:
                items.append(text)
        return tuple(items)

    def _deeper(self) -> list[str]:
        """Take the lines that are indented: they belong to the value before them."""
        taken = []
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if line.strip() and not line.startswith((" ", "\t")):
                break
            taken.append(line)
            self.at += 1
        return taken


def _scalar(written: str) -> str | None:
    """Return the text of one scalar; ``None`` for what is none that we read."""
    double, single = _DOUBLE.match(written), _SINGLE.match(written)
    if double:
        return _unescaped(double[1])
    if single:
        return single[1].replace("''", "'")
    if written.startswith(_UNREAD):
        return None
    return _COMMENT.sub("", written).strip()


def _unescaped(text: str) -> str:
    """Return *text* without the escapes that YAML shares with JSON."""
    try:
        return str(json.loads(f'"{text}"', strict=False))
    except ValueError:
        return re.sub(r"\\(.)", r"\1", text)


def _flow(written: str) -> tuple[str, ...] | None:
    """Return the items of ``[a, "b, c"]``."""
    inner = _COMMENT.sub("", written).strip()
    if not inner.endswith("]") or len(inner) > _LONGEST_LIST:
        return None
    parts = re.findall(
        r"""\s*("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^,\[\]]+)\s*(?:,|$)""", inner[1:-1]
    )
    texts = [_scalar(part.strip()) for part in parts]
    found = tuple(text for text in texts if text)
    return None if None in texts else found
