"""Reads moments as people write them, never guessing a date or a half of the day.

A moment carries an offset or is on the shop's clock. On the two nights when that clock
is changed it may name no moment or two (PEP 495): we take the offset that held before
the change, and say so.
"""

import re
from collections import defaultdict
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from attrs import frozen

FORM = "2026-11-22T14:30"
"""How a moment is written, as an example for people."""

_DATE = r"(?P<year>\d{4})-(?P<month>\d\d?)-(?P<day>\d\d?)"
_EUROPEAN = r"(?P<d>\d\d?)\.(?P<m>\d\d?)\.(?P<y>\d{4})"
_TIME = r"(?P<hour>\d\d?):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d+)?)?"
_ZONE = r"(?P<zone>z|[+-]\d\d(?::?\d\d)?|utc|gmt|[a-z]{3,5})?"
_MOMENT = re.compile(
    rf"(?:{_DATE}|{_EUROPEAN})(?:\s*[t,]\s*|\s+){_TIME}\s*{_ZONE}", re.IGNORECASE
)
_IN_NAME = re.compile(
    r"(?P<year>\d{4})-?(?P<month>\d\d)-?(?P<day>\d\d)"
    r"(?:[t_ -]+(?P<hour>[01]\d|2[0-3])[-:.h_]?(?P<minute>[0-5]\d)"
    r"(?:[-:._]?(?P<second>[0-5]\d))?(?P<zone>z|[+-]\d{4})?)?(?!\d)",
    re.IGNORECASE,
)
_DASHES = re.compile("[\u2010-\u2015\u2212]")


@frozen
class Read:
    """A moment that was read. ``doubt`` says what had to be decided (``""``: nothing).

    ``gap``: the shop's clock skipped it; ``fold``: it happened twice; ``day``: only
    the day was given, and midnight was taken.
    """

    at: datetime
    doubt: str = ""


def read(text: str, zone: ZoneInfo) -> Read | None:
    """Return the moment that *text* names on *zone*'s clock, or ``None``."""
    found = _MOMENT.fullmatch(" ".join(_DASHES.sub("-", text).split()))
    return _moment(found, zone) if found else None


def read_name(stem: str, zone: ZoneInfo) -> Read | None:
    """Return the moment at the head of a file's name, as in ``2026-11-22T1015``."""
    found = _IN_NAME.match(_DASHES.sub("-", stem))
    return _moment(found, zone) if found else None


def mended(text: str, day: datetime | None) -> str:
    """Return what *text* probably meant, in a form that can be read; else ``""``.

    A time without a date is given the date of *day*.
    """
    plain = " ".join(_DASHES.sub("-", text).split())
    time = re.fullmatch(r"(?:at )?([01]?\d|2[0-3])[:.h]([0-5]\d)", plain, re.IGNORECASE)
    if time and day:
        return f"{day:%Y-%m-%d}T{int(time[1]):02}:{time[2]}"
    slashed = re.fullmatch(r"(\d\d?)/(\d\d?)/(\d{4})\s+(\d\d?):(\d\d)", plain)
    if slashed and int(slashed[1]) > 12 >= int(slashed[2]):
        return (
            f"{slashed[3]}-{int(slashed[2]):02}-{int(slashed[1]):02}"
            f"T{int(slashed[4]):02}:{slashed[5]}"
        )
    return ""


def _moment(found: re.Match[str], zone: ZoneInfo) -> Read | None:
    part = defaultdict(lambda: None, found.groupdict())
    year = part["year"] or part["y"]
    month = part["month"] or part["m"]
    day = part["day"] or part["d"]
    try:
        local = datetime(  # noqa: DTZ001 - the zone is settled below
            int(year),
            int(month),
            int(day),
            int(part["hour"] or 0),
            int(part["minute"] or 0),
            int(part["second"] or 0),
        )
        return _placed(local, (part["zone"] or "").upper(), part["hour"], zone)
    except (ValueError, OverflowError):
        return None


def _placed(local: datetime, suffix: str, hour: str | None, zone: ZoneInfo) -> Read:
    """Return *local* with its zone; raises ``ValueError`` for an unknown zone."""
    if suffix in ("Z", "UTC", "GMT"):
        return Read(_checked(local.replace(tzinfo=UTC)))
    if suffix[:1] in ("+", "-") and suffix:
        hours, minutes = int(suffix[1:3]), int(suffix[3:].lstrip(":") or 0)
        offset = timedelta(hours=hours, minutes=minutes)
        sign = -1 if suffix[0] == "-" else 1
        return Read(_checked(local.replace(tzinfo=timezone(sign * offset))))
    earlier, later = (local.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if suffix:
        named = [at for at in (earlier, later) if at.tzname() == suffix]
        if not named:
            raise ValueError(suffix)
        return Read(_checked(named[0]))
    if hour is None:
        return Read(_checked(earlier), "day")
    if earlier.utcoffset() == later.utcoffset():
        return Read(_checked(earlier))
    there_and_back = earlier.astimezone(UTC).astimezone(zone).replace(tzinfo=None)
    return Read(_checked(earlier), "fold" if there_and_back == local else "gap")


def _checked(at: datetime) -> datetime:
    """Return *at* in UTC, so that comparing and hashing never depend on a fold."""
    if not 1970 <= at.year <= 9000:
        raise ValueError(at.year)
    return at.astimezone(UTC)
