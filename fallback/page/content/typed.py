"""Moments as an owner types them in a hurry: from now, or by the clock on the wall.

Content files hold whole moments (``fallback.page.content.moments``), because a file is
read long after it was written. A command line is read at once, so it may be short.
"""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from fallback.core.settings.values import Wrong, shown, span
from fallback.core.text import T
from fallback.page.content import moments


def moment(written: str, *, now: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment that *written* names, on *zone*'s clock, to the minute.

    ``+2h`` from *now*; ``14:30`` the next time the clock shows it; else a date with a
    time, as in content files. Raises ``Wrong`` for what is no moment, and for a time
    that a change of the clocks leaves out or repeats.
    """
    text = written.strip()
    if text.startswith("+"):
        at = (now.astimezone(UTC) + span(text[1:].strip())).astimezone(zone)
        return at.replace(second=0, microsecond=0)
    clock = re.fullmatch(r"([01]?\d|2[0-3])[:.]([0-5]\d)", text)
    here = now.astimezone(zone)
    if clock:
        day = here.date()
        if (int(clock[1]), int(clock[2])) <= (here.hour, here.minute):
            day += timedelta(days=1)
        text = f"{day} {clock[1]}:{clock[2]}"
    found = moments.read(text, zone)
    if found is None:
        raise Wrong(
            T("{value} is not a moment", value=shown(written)),
            T('write "14:30", "+2h" or "{form}"', form=moments.FORM),
        )
    if found.doubt in ("gap", "fold"):
        raise Wrong(
            T("the clocks change then: {value} happens twice or never",
              value=shown(written)),
            T("name a time two hours earlier or later"),
        )  # fmt: skip
    return found.at.astimezone(zone)


def earlier(written: str, *, now: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment that *written* names, as ``moment`` does, but looking back.

    ``-20m`` is before *now*; ``09:40`` the last time the clock showed it.
    """
    text = written.strip()
    if text.startswith(("-", "\u2013", "\u2212")):
        at = (now.astimezone(UTC) - span(text[1:].strip())).astimezone(zone)
        return at.replace(second=0, microsecond=0)
    at = moment(text, now=now, zone=zone)
    if at > now and re.fullmatch(r"\d?\d[:.]\d\d", text):
        here = at.replace(tzinfo=None) - timedelta(days=1)
        return moment(f"{here:%Y-%m-%d %H:%M}", now=now, zone=zone)
    return at


def spelled(at: datetime) -> str:
    """Return *at* as a header line holds it, with its offset."""
    return at.isoformat(timespec="minutes" if not at.second else "seconds")
