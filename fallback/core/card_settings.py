"""What may stand in ``[card]``: people, and where logins are kept, never a login.

The card is printed, carried about and photographed: whatever could open a door is
refused here, without being repeated.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from fallback.core import addresses, values
from fallback.core.config import Person
from fallback.core.leaks import leaks, random_part
from fallback.core.text import T
from fallback.core.values import Reader, Wrong

LOGINS = ("registrar", "dns", "hosting", "mail", "payments")
"""Whose logins are needed on the day, in the order of the card."""

_LONGEST, _LONGEST_NAME = 90, 40
"""Letters of one line of the card, which is one page."""
_SPELT_OUT = re.compile(
    r"\b(?:password|passwd|pass|pwd|pin|token|hasło|haslo|kod|parol[aă]|contraseña"
    r"|clave|passwort|kennwort|mot de passe)\s*(?:[:=]|is\b|to\b)\s*\S",
    re.IGNORECASE,
)

_LONE_WORD = re.compile(r"(?=\S*\d)(?=\S*[^\W\d])\S{8,}")
"""A place takes words to tell; one word of letters and digits is a password."""


def person(value: Any) -> Person:
    """Read ``name, phone``; the phone is as in ``[contact]``."""
    written = values.text(value)
    name, comma, number = (part.strip() for part in written.rpartition(","))
    if not comma or not name:
        raise Wrong(
            T("{value} is not a name and a phone number", value=values.shown(written)),
            T('write it like "Ania Nowak, +48600100200"'),
        )
    try:
        return Person(short(name, _LONGEST_NAME), addresses.phone(number))
    except Wrong as wrong:
        if wrong.mended:
            wrong.mended = f'"{name}, {wrong.mended.strip(chr(34))}"'
            wrong.remedy = T("did you mean {mended}", mended=wrong.mended)
        raise


def short(value: Any, most: int = _LONGEST) -> str:
    """Read a text that has room on the card: *most* letters."""
    written = values.text(value)
    if len(written) > most:
        raise Wrong(
            T("this is too long for the card, which is one page"),
            T("{n} letters are the most", n=most),
        )
    return written


def kept_where(value: Any) -> str:
    """Read where a login is kept; what looks like the login itself is refused."""
    written = values.text(value)
    if (
        _SPELT_OUT.search(written)
        or _LONE_WORD.fullmatch(written.strip())
        or leaks("password", written)
    ):
        raise Wrong(
            T("this looks like a secret in the open"),
            T(
                "write where it is kept, such as a page of your password book; then"
                " replace the secret: it was written down"
            ),
        )
    return short(written)


def logins(value: Any) -> Mapping[str, str]:
    """Read where each of ``LOGINS`` is kept."""
    found: dict[str, str] = values.by_name(kept_where)(value)
    for key in found:
        if key not in LOGINS:
            near = values.nearest(key, LOGINS)
            raise Wrong(
                T("there is no setting {key}", key=f"card.logins.{key}"),
                T("did you mean {mended}", mended=near)
                if near
                else T("known here: {known}", known=", ".join(LOGINS)),
                at=key,
            )
    return found


def form(value: Any) -> str:
    """Read the address of a form; one that holds a key is refused: it is printed."""
    address = str(addresses.url(value))
    parts = urlsplit(address)
    if random_part(f"{parts.query}#{parts.fragment}"):
        raise Wrong(
            T("this address holds a key, and the card is printed"),
            T("give the address of a form that asks who you are"),
        )
    return address


READERS: Mapping[str, Reader] = {
    "decides": values.each(person),
    "logins": logins,
    "update_url": form,
}
"""The readers of the keys of ``[card]``."""
