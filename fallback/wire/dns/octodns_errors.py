"""What an exception of somebody else's octoDNS class means to our engine.

The classes agree on no exceptions: most carry an HTTP answer somewhere in their chain,
some only words, and octoDNS itself raises its own for what a class cannot do.
"""

import re

from fallback.core.errors import (
    CredentialsRefused,
    FallbackError,
    Rejected,
    Unavailable,
)
from fallback.core.text import T

_NOT_WRITTEN = T("no change: nothing was written")


def refusal(error: Exception, zone: str) -> FallbackError:
    """Return what *error* means, when nothing was written.

    One of ours is returned as it is: a class of the owner's own may raise it.
    """
    if isinstance(error, FallbackError):
        return error
    status = _status(error)
    said = str(error) or type(error).__name__
    if status in (401, 403) or re.search(r"(?i)unauthori[sz]ed|forbidden", said):
        return CredentialsRefused(
            T("the operator of {zone} refuses our credentials: {said}",
              zone=zone, said=said),
            customers_see=_NOT_WRITTEN,
            next=T("compare the options in the dns table with the operator's panel"),
        )  # fmt: skip
    # octoDNS says so itself of what a class cannot do
    cannot = type(error).__module__.startswith("octodns.")
    if cannot or (400 <= status < 500 and status not in (408, 425, 429)):
        return Rejected(
            T("the operator of {zone} says no: {said}", zone=zone, said=said),
            customers_see=_NOT_WRITTEN,
            next=T('type the records by hand: provider = "manual" prints them'),
        )
    return Unavailable(
        T("the operator of {zone} does not answer: {said}", zone=zone, said=said),
        customers_see=_NOT_WRITTEN,
        next=T("see whether it can be reached, then try again"),
    )


def _status(error: BaseException | None) -> int:
    """Return the HTTP status in *error* or what it came from; 0 when there is none."""
    while error is not None:
        for holder in (getattr(error, "response", None), error):
            status = getattr(holder, "status_code", None)
            if isinstance(status, int):
                return status
        error = error.__cause__ or error.__context__
    return 0
