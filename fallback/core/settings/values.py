"""What one setting may hold: from a TOML value to ours, or a complaint with a remedy.

The law of this room: **nothing is coerced**. A phone number written as a number has
already lost its plus sign, so it is refused, and the remedy shows what to type.
A reader takes what ``tomllib`` gave and returns our value, or raises ``Wrong``.
"""

import difflib
import re
from base64 import b64decode
from collections.abc import Callable, Collection, Iterable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo, available_timezones

from fallback.core.config import SecretRef
from fallback.core.settings.colours import Colour
from fallback.core.text import T, Text

Reader: TypeAlias = Callable[[Any], Any]


class Wrong(Exception):
    """One value is not what its key wants. ``at`` is the item of a list it is about."""

    def __init__(
        self,
        what: Text,
        remedy: Text | None = None,
        *,
        mended: str = "",
        at: int | str | None = None,
    ) -> None:
        super().__init__(str(what))
        self.what = what
        self.remedy = remedy
        self.mended = mended
        self.at = at


def shown(value: object) -> str:
    """Return *value* as the owner wrote it, short enough for one line."""
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def sort_of(value: object) -> Text:
    """Return what kind of thing *value* is, in the owner's words."""
    match value:
        case bool():
            return T("true or false")
        case str():
            return T("a text")
        case int() | float():
            return T("a number")
        case datetime() | date() | time():
            return T("a date or a time")
        case list():
            return T("a list")
        case _:
            return T("a table")


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the word of *known* that was probably meant."""
    by_folded = {each.casefold(): each for each in known}
    folded = word.casefold().replace("-", "_")
    found = difflib.get_close_matches(folded, by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else None


def mixed_up(value: object, wanted: Text) -> Wrong:
    """Return the complaint about a value of the wrong sort."""
    return Wrong(
        T("{wanted} is expected, not {sort}", wanted=wanted, sort=sort_of(value))
    )


def text(value: Any) -> str:
    """Read a text that says something."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        mended = f'"{value}"'
        raise Wrong(
            T("a text is expected, not a number"),
            T("write it in quotes: {mended}", mended=mended),
            mended=mended,
        )
    if not isinstance(value, str):
        raise mixed_up(value, T("a text"))
    if not value.strip():
        raise Wrong(T("this is empty"))
    return value


def maybe_empty(value: Any) -> str:
    """Read a text that may be empty."""
    return "" if value == "" else text(value)


def whole_number(value: Any) -> int:
    """Read a whole number."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise mixed_up(value, T("a whole number without quotes"))
    return value


def truth(value: Any) -> bool:
    """Read ``true`` or ``false``."""
    if not isinstance(value, bool):
        raise mixed_up(value, T("true or false without quotes"))
    return value


_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_LOOSE_UNITS = {
    "s": ("s", "sec", "secs", "second", "seconds", "sek", "sekund", "sekundy"),
    "m": ("m", "min", "mins", "minute", "minutes", "minut", "minuty"),
    "h": ("h", "hr", "hrs", "hour", "hours", "godz", "godzin", "godziny", "godzina"),
    "d": ("d", "day", "days", "dzień", "dni"),
    "w": ("w", "week", "weeks", "tydzień", "tygodnie"),
}
_SECONDS_OF = {
    word: _UNITS.get(unit, 7 * 86400)
    for unit, words in _LOOSE_UNITS.items()
    for word in words
}
_LOOSE = re.compile(r"(\d{1,9}(?:[.,]\d{1,3})?)\s*([^\W\d]*)\.?")


def span(value: Any) -> timedelta:
    """Read a length of time: ``90s``, ``15m``, ``3h``, ``2d``; never zero."""
    found = (
        re.fullmatch(r"(\d{1,7})([smhd])", value) if isinstance(value, str) else None
    )
    if found is None or (found[2] == "d" and int(found[1]) > 3660):
        guess = _guessed_span(value)
        raise Wrong(
            T(
                "{value} is not a length of time such as 90s, 15m, 3h or 2d",
                value=shown(value),
            ),
            T("did you mean {mended}", mended=guess) if guess else None,
            mended=guess,
        )
    length = timedelta(seconds=int(found[1]) * _UNITS[found[2]])
    if not length:
        raise Wrong(T("a length of time must be more than nothing"))
    return length


def spelled_span(length: timedelta) -> str:
    """Return *length* as ``span`` reads it, in the largest unit that fits."""
    seconds = int(length.total_seconds())
    unit = next(u for u in ("d", "h", "m", "s") if seconds % _UNITS[u] == 0)
    return f"{seconds // _UNITS[unit]}{unit}"


def _guessed_span(value: object) -> str:
    """Return what ``3 hours``, ``1h30m``, ``1,5 h`` or 60 were meant to be, or ''."""
    if isinstance(value, int) and not isinstance(value, bool):
        return f'"{value}s"' if 0 < value < 10_000_000 else ""
    if not isinstance(value, str):
        return ""
    parts = _LOOSE.findall(value.strip().lower())
    rest = re.sub(r"[\s,]|and", "", _LOOSE.sub("", value.lower()))
    if not parts or rest or any(unit not in _SECONDS_OF for _, unit in parts):
        return ""
    seconds = sum(float(n.replace(",", ".")) * _SECONDS_OF[unit] for n, unit in parts)
    if not 1 <= seconds < 10 * 366 * 86400:
        return ""
    return f'"{spelled_span(timedelta(seconds=round(seconds)))}"'


def one_of(*known: str) -> Reader:
    """Return a reader that takes one of *known*."""

    def choice(value: Any) -> str:
        word = text(value)
        if word not in known:
            near = nearest(word, known)
            raise Wrong(
                T(
                    "{value} is not one of: {known}",
                    value=shown(word),
                    known=", ".join(known),
                ),
                T("did you mean {mended}", mended=f'"{near}"') if near else None,
                mended=f'"{near}"' if near else "",
            )
        return word

    return choice


def secret(value: Any) -> SecretRef:
    """Read a reference to a secret; a secret itself is refused and never repeated."""
    try:
        return SecretRef.parse(text(value))
    except ValueError:
        raise Wrong(
            T("a secret never stands in this file, only a reference to it"),
            T(
                'write "env:NAME" and put the secret into the environment variable NAME'
                ' ("file:PATH" and "keyring:NAME" work too)'
            ),
        ) from None


def public_key(value: Any) -> str:
    """Read the one line of an OpenSSH public key, such as ``id_ed25519.pub`` holds.

    The sort of key stands before it and in it (RFC 4253 section 6.6).
    """
    written = text(value).strip()
    sort, _, rest = written.partition(" ")
    try:
        blob = b64decode(rest.partition(" ")[0], validate=True)
    except ValueError:
        blob = b""
    fields = []
    while blob:  # each is its length in four bytes, then itself (RFC 4251 section 5)
        end = 4 + int.from_bytes(blob[:4], "big")
        fields.append(blob[4:end] if len(blob) >= end else b"")
        blob = blob[end:]
    if len(fields) < 2 or not all(fields) or fields[0] != sort.encode():
        raise Wrong(
            T("this is no public key of OpenSSH"),
            T("copy the one line of a file like id_ed25519.pub"),
        )
    return written


def option(value: Any) -> Any:
    """Read what only somebody else's program understands, or a reference to a secret.

    A text that has the form of a reference is one; numbers, ``true``, ``false`` and
    lists are taken as they stand.
    """
    if isinstance(value, str):
        try:
            return SecretRef.parse(value)
        except ValueError:
            return value
    if isinstance(value, list):
        return tuple(option(one) for one in value)
    if not isinstance(value, bool | int | float):
        raise mixed_up(value, T("a text, a number, true, false or a list"))
    return value


def path_under(root: Path) -> Reader:
    """Return a reader of paths, relative to *root*."""
    return lambda value: root / text(value)


def colour(value: Any) -> Colour:
    """Read a colour as style sheets spell it: ``#b3261e`` or ``#b32``."""
    written = text(value).strip()
    try:
        return Colour.parse(written)
    except ValueError:
        mended = f"#{written}" if re.fullmatch(r"[0-9a-fA-F]{6}", written) else ""
        raise Wrong(
            T("{value} is not a colour such as #b3261e", value=shown(written)),
            T("write # and six digits or letters from a to f"),
            mended=mended,
        ) from None


def each(reader: Reader) -> Reader:
    """Return a reader of lists whose items *reader* reads; an item may stand once."""

    def items(value: Any) -> tuple[Any, ...]:
        if isinstance(value, str):
            mended = f'["{value}"]'
            raise Wrong(
                T("a list is expected, not a text"),
                T("write it in brackets: {mended}", mended=mended),
                mended=mended,
            )
        if not isinstance(value, list):
            raise mixed_up(value, T("a list"))
        found: list[Any] = []
        for index, item in enumerate(value):
            try:
                one = reader(item)
            except Wrong as wrong:
                wrong.at = index
                raise
            if one in found:
                raise Wrong(T("{value} stands here twice", value=shown(item)), at=index)
            found.append(one)
        return tuple(found)

    return items


def not_empty(reader: Reader) -> Reader:
    """Return a reader of the same lists, which refuses the empty one."""

    def items(value: Any) -> Any:
        found = reader(value)
        if not found:
            raise Wrong(T("this list is empty"))
        return found

    return items


def timezone(value: Any) -> ZoneInfo:
    """Read the name of a time zone (IANA)."""
    name = text(value)
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        known = available_timezones()
        near = nearest(name, known) or _zone_of_city(name, known)
        raise Wrong(
            T("there is no time zone {value}", value=shown(name)),
            T("did you mean {mended}", mended=f'"{near}"')
            if near
            else T('write it like "Europe/Warsaw"'),
            mended=f'"{near}"' if near else "",
        ) from None


def _zone_of_city(name: str, known: Collection[str]) -> str | None:
    city = name.rpartition("/")[2]
    cities = {zone.rpartition("/")[2]: zone for zone in sorted(known)}
    found = nearest(city, cities)
    return cities[found] if found else None


def language(value: Any) -> str:
    """Read a language code (BCP 47), in lower case."""
    code = text(value)
    if not re.fullmatch(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", code):
        raise Wrong(
            T('{value} is not a language code such as "pl" or "en"', value=shown(code)),
        )
    return code


def word(value: Any) -> str:
    """Read one plain word that is also the name of a folder."""
    name = text(value)
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", name):
        raise Wrong(T("{value} is not one plain word", value=shown(name)))
    return name


def by_name(reader: Reader) -> Reader:
    """Return a reader of tables with free keys, whose values *reader* reads."""

    def table(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise mixed_up(value, T("a table"))
        found = {}
        for key, one in value.items():
            try:
                found[key] = reader(one)
            except Wrong as wrong:
                wrong.at = key
                raise
        return found

    return table


def hours(value: Any) -> dict[str, str]:
    """Read opening hours: one text for every language, or a table by language."""
    if isinstance(value, dict):
        found: dict[str, str] = by_name(text)(value)
        return found
    return {"": text(value)}
