"""Reads the header of a content file: ``key: value`` lines at the top, as strings.

It is written for thumbs at 3 a.m., not for YAML: no value is ever coerced, a phone's
long dashes are dashes, and whatever looks like a header line never reaches the page.

The header stands between two lines of dashes, or ends at the first empty line.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches

from attrs import frozen

from fallback.core.errors import Problem
from fallback.core.settings.values import nearest
from fallback.core.text import T

KEYS = ("title", "started", "eta", "next", "status", "at")
"""Every key there is."""
MOST_PROBLEMS = 20
"""Complaints about one header: whoever has more did not mean to write one."""

# what phones and word processors make of "---"
_FENCE = re.compile(r"[-\u2010-\u2015\u2212]{2,}|[\u2014\u2015]")
_LINE = re.compile(r"([^\W\d_][\w -]{0,30}?)\s*[:\uff1a]\s*(.*)")
_QUOTED = re.compile(r'"(.*)"|\'(.*)\'|[\u201c-\u201f\u00ab](.*)[\u201c-\u201f\u00bb]')
# "eta 18:00", and not "At 18:00 we saw": a key, and nothing else but a moment
_MOMENT = re.compile(
    r"(?:started|eta|next|at) \d[\d.:T+-]*(?: \d\d?[:.]\d\d)?", re.IGNORECASE
)
_SPACES = re.compile(r"[^\S\n]|[\u200b\u2060]")


@frozen
class Field:
    """One value as it was written, and the line it stands on (from 1)."""

    value: str
    line: int


@frozen
class Document:
    """A content file, taken apart. ``body_line`` is where the body starts."""

    file: str
    fields: Mapping[str, Field]
    body: str
    body_line: int
    problems: tuple[Problem, ...] = ()

    def field(self, key: str) -> Field | None:
        """Return what the header says for *key*."""
        return self.fields.get(key)


def parse(file: str, text: str) -> Document:
    """Return *text* taken apart; what is wrong with its header is in ``problems``."""
    lines = text.split("\n")
    start = next((n for n, line in enumerate(lines) if line.strip()), len(lines))
    fenced = start < len(lines) and _is_fence(lines[start])
    first = start + 1 if fenced else start
    end, body = _extent(lines, first, fenced=fenced)
    fields, problems = _fields(file, lines, first, end)
    while body < len(lines) and not lines[body].strip():
        body += 1
    rest = "\n".join(lines[body:]).rstrip()
    return Document(file, fields, rest, body + 1, problems)


def _is_fence(line: str) -> bool:
    return _FENCE.fullmatch(_SPACES.sub("", line)) is not None


def _extent(lines: Sequence[str], first: int, *, fenced: bool) -> tuple[int, int]:
    """Return where the header ends and where the body starts, as line indices."""
    blank = next(
        (n for n in range(first, len(lines)) if not lines[n].strip()), len(lines)
    )
    if fenced:
        fence = next((n for n in range(first, len(lines)) if _is_fence(lines[n])), None)
        # a fence behind an empty line may be a rule in the text: the end was forgotten
        if fence is not None and (
            fence <= blank or all(_headerlike(line) for line in lines[blank:fence])
        ):
            return fence, fence + 1
    known = [n for n in range(first, blank) if _known(lines[n])]
    if not known:
        return first, first
    end = known[-1] + 1
    forgotten = not fenced and end < len(lines) and _is_fence(lines[end])
    if not fenced and known[0] != first and not _split(lines[first]):
        notes = all(line.lstrip().startswith("#") for line in lines[first : known[0]])
        if not (notes and forgotten):
            return first, first  # prose that happens to hold "at: …" is prose
    return end, end + 1 if forgotten else end


def _headerlike(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#") or _known(line)


def _split(line: str) -> tuple[str, str] | None:
    found = _LINE.fullmatch(_SPACES.sub(" ", line).strip())
    return (found[1].casefold(), found[2].strip()) if found else None


def _known(line: str) -> bool:
    """Return whether *line* is a header line: its key is one of ours, or nearly."""
    if _MOMENT.fullmatch(_SPACES.sub(" ", line).strip()):
        return True
    parts = _split(line)
    if parts is None or parts[0] in KEYS:
        return parts is not None
    # a slip of the thumb (0.75: "statsu", "titel"), not any word that looks alike
    return bool(get_close_matches(parts[0], KEYS, 1, 0.75))


def _fields(
    file: str, lines: Sequence[str], first: int, end: int
) -> tuple[dict[str, Field], tuple[Problem, ...]]:
    fields: dict[str, Field] = {}
    problems = []
    for number in range(first, end):
        line = lines[number]
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        parts = _split(line)
        if parts is None:
            problems.append(_malformed(file, number + 1, line))
        elif parts[0] not in KEYS:
            problems.append(_unknown(file, number + 1, line, *parts))
        elif parts[0] in fields:
            problems.append(_twice(file, number + 1, parts[0], fields[parts[0]].line))
        else:
            fields[parts[0]] = Field(_unquoted(parts[1]), number + 1)
    return fields, tuple(_few(problems))


def _few(problems: Sequence[Problem]) -> Iterator[Problem]:
    """Yield as many of *problems* as anybody reads, and what the others are."""
    yield from problems[:MOST_PROBLEMS]
    more = problems[MOST_PROBLEMS:]
    if more:
        yield Problem(
            more[0].file,
            more[0].line,
            T("{count} more lines of the header were left out", count=len(more)),
            T("begin the text with an empty line above it"),
        )


def _unquoted(value: str) -> str:
    found = _QUOTED.fullmatch(value)
    return (
        next(group for group in found.groups() if group is not None).strip()
        if found
        else value
    )


def _malformed(file: str, line: int, text: str) -> Problem:
    words = text.strip(" \t-*\u00a0").split(maxsplit=1)
    key = nearest(words[0].casefold(), KEYS) if words else None
    return Problem(
        file,
        line,
        T("this line of the header was left out: it is not key: value"),
        T("known keys: {keys}", keys=" ".join(KEYS)),
        f"{key}: {words[1] if len(words) > 1 else ''}" if key else "",
    )


def _unknown(file: str, line: int, raw: str, key: str, value: str) -> Problem:
    if key.partition(" ")[0] in KEYS:
        return _malformed(file, line, raw)
    near = nearest(key, KEYS)
    return Problem(
        file,
        line,
        T("{key} is no known key, and this line was left out", key=key),
        T("did you mean {near}", near=near)
        if near
        else T("known keys: {keys}", keys=" ".join(KEYS)),
        f"{near}: {value}" if near else "",
    )


def _twice(file: str, line: int, key: str, earlier: int) -> Problem:
    return Problem(
        file,
        line,
        T("{key} stands here twice, and this line was left out", key=key),
        T("line {line} says it already: keep one of the two", line=earlier),
    )
