"""For how long a server asks to be left alone, whatever it writes into its headers.

The header is a stranger's, so a number of any length and a date of any century are
answers too: they mean ``LONGEST``, which nobody waits for.
"""

from datetime import UTC, datetime, timedelta

LONGEST = timedelta(days=1)
_DIGITS = len(str(int(LONGEST.total_seconds())))


def asked(header: str, now: datetime | None) -> timedelta:
    """Return what ``Retry-After`` asks for, in seconds or as a date, zero if nothing.

    *now* is the server's own clock, or ``None`` where it is not known. RFC 9110 section
    10.2.3.
    """
    header = header.strip()
    if header.isascii() and header.isdigit():
        # Python would not even read some thousands of digits
        number = header.lstrip("0") or "0"
        short = len(number) <= _DIGITS
        return min(timedelta(seconds=int(number)), LONGEST) if short else LONGEST
    return until(date(header), now)


def until(moment: datetime | None, now: datetime | None) -> timedelta:
    """Return the time from *now* to *moment*, zero where there is no such time."""
    if moment is None or now is None:
        return timedelta()
    return min(max(moment - now, timedelta()), LONGEST)


def epoch(header: str) -> datetime | None:
    """Return the moment that *header* gives in seconds since 1970, if it gives one."""
    if not (header.isascii() and header.isdigit()):
        return None
    try:
        return datetime.fromtimestamp(int(header[:15]), UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.max.replace(tzinfo=UTC)


def date(header: str) -> datetime | None:
    """Return the moment that *header* gives as an HTTP date, if it gives one."""
    from email.utils import parsedate_to_datetime  # costs more than most deploys need

    try:
        return parsedate_to_datetime(header).astimezone(UTC)
    except (ValueError, OverflowError, IndexError, TypeError):
        return None  # the library's parser stumbles in all of these ways
