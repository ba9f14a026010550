"""Whose redirect is in force, when it is not the one that a command expects.

The gates that ask the zone and the journal alone; see ``fallback.core.redirect.gates``.
"""

from fallback.core.redirect.gates import Code, Refusal
from fallback.core.text import T


def foreign_marker(zone: str, said: str, *, restoring: bool) -> Refusal:
    """Return the refusal for a marker that this journal does not know.

    *said* is the marker's text: it holds the number of the decision that another
    machine made. Only a redirect can be taken over; ``restore`` would not know what
    to put back.
    """
    if restoring:
        remedy = T(
            "run fallback restore where the names were redirected, or type the records"
            " of the restore card that lies there"
        )
    else:
        remedy = T("run fallback restore where the names were redirected, first")
    return Refusal(
        Code.FOREIGN_MARKER,
        T(
            "{zone} was redirected by somebody else: its marker says {said}, and this"
            " journal knows no such decision",
            zone=zone,
            said=said,
        ),
        remedy,
        zone,
        acceptable=not restoring,
    )


def drilled_elsewhere(part: str, said: str) -> Refusal:
    """Return the refusal to drill in *part* beside another machine; *said* is its TXT.

    When nobody drills, that machine died in the middle, and the records are in its way.
    """
    return Refusal(
        Code.FOREIGN_MARKER,
        T(
            "another machine is drilling below {part}, or died while it was: {said}",
            part=part.rstrip("."),
            said=said,
        ),
        T(
            "run fallback drill there, which takes it back; when that machine is gone,"
            " run fallback drill --clear here, or delete every record below {part} in"
            " the panel of the DNS operator: nothing else lives there",
            part=part.rstrip("."),
        ),
        part,
        acceptable=False,
    )


def unknown_redirect(zone: str) -> Refusal:
    """Return the refusal to call a zone restored whose names lead to the page.

    Without a marker only the journal knows of a redirect, and this one knows of none.
    """
    return Refusal(
        Code.FOREIGN_MARKER,
        T(
            "the names of {zone} lead to the page, and this journal knows no redirect",
            zone=zone.rstrip("."),
        ),
        T(
            "run fallback restore where the names were redirected, or type the records"
            " of the restore card that lies there"
        ),
        zone,
        acceptable=False,
    )


def not_redirected(zone: str) -> Refusal:
    """Return the refusal to bring names to a new home that nobody redirected."""
    return Refusal(
        Code.NOT_REDIRECTED,
        T("no name of {zone} is redirected: nothing is brought home", zone=zone),
        T("change the records in the panel of the DNS operator, as on any other day"),
        zone,
        acceptable=False,
    )


def is_redirected(zone: str) -> Refusal:
    """Return the refusal to prepare records that are not the shop's own now."""
    return Refusal(
        Code.IS_REDIRECTED,
        T("the names of {zone} lead to the page now", zone=zone.rstrip(".")),
        T("when the shop is back: fallback restore, then fallback prepare"),
        zone,
        acceptable=False,
    )
