"""What may stand in ``[card]``: people, and where logins are kept, never a login.

The card is printed, carried about and photographed: whatever could open a door is
refused here, without being repeated.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from fallback.core.config import Person
from fallback.core.leaks import holds_a_secret, leaks, random_part
from fallback.core.settings import addresses, values
from fallback.core.settings.values import Reader, Wrong
from fallback.core.text import T

LOGINS = ("registrar", "dns", "hosting", "mail", "payments")
"""Whose logins are needed on the day, in the order of the card."""

_LONGEST, _LONGEST_NAME = 90, 40
"""Letters of one line of the card, which is one page."""
_SHORTEST, _SHORTEST_MIXED = 8, 6
"""Letters of a password: of letters and digits, and with a sign such as ``#``."""
_LABEL = (
    r"\b(?:password|passwd|pass|pwd|pin|token|hasło|haslo|hasla|hasłem|kod|parol[aă]"
    r"|contraseña|clave|passwort|kennwort|mot de passe)\b"
)
_SPELT_OUT = re.compile(
    # "hasło: tulipan", and "PIN 4711" or "PIN do karty 4711", but not "hasła, strona 3"
    rf"{_LABEL}\s*(?:[:=]|is\b|to\b)\s*\S"
    rf"|{_LABEL}[\s/-]+\S*\d"
    rf"|{_LABEL}(?:\s+[^\W\d]+){{1,2}}\s+(?:\S*\d){{4}}",
    re.IGNORECASE,
)
_LONE_WORD = re.compile(r"(?=\S*\d)(?=\S*[^\W\d])\S{8,}")
"""A place takes words to tell; one word of letters and digits is a password."""
_ACCOUNT = re.compile(
    r"login|user|konto|account|klient|client|customer|cont|cuenta", re.IGNORECASE
)
"""Whose next word is a name, however much it looks like ``ab12345-ovh``."""
_KNOWN_SHAPE = re.compile(
    r"[\w.+-]+@(?:[\w-]+\.)+[a-z]{2,}"  # an e-mail address
    r"|(?:[a-z]+:/)?/?(?:[\w-]+\.)+[a-z]{2,}(?:[:/]\S*)?"  # a host, a web address
    r"|(?:[^\W\d]{1,4}[.:])?\+?[\d().-]+",  # a telephone number
    re.IGNORECASE,
)
_STRONG = re.compile(r"[!@#$%^&*+=?~|<>{}\\]")
_EDGES = ".:()[]\"'„”“«»"
_OPENS = re.compile(r"^(?:sig|signature|pass|pwd|auth)$", re.IGNORECASE)
"""Names in an address beside those of ``holds_a_secret`` whose value opens a door."""
_SLUG = re.compile(r"(?:[^\W\d_]+|\d+)(?:[-_.](?:[^\W\d_]+|\d+))*")
"""Words and numbers in an address, such as ``kwiaty-u-ani-2026``: no key."""


def looks_open(written: str) -> bool:
    """Say whether a line of the card seems to hold what opens a door."""
    if _SPELT_OUT.search(written) or leaks("password", written):
        return True
    before = ""
    for raw in re.split(r"[\s,;]+", written):
        word = raw.strip(_EDGES)
        named = bool(_ACCOUNT.fullmatch(before)) and not _STRONG.search(word)
        if not named and _is_password(word):
            return True
        before = word
    return False


def _is_password(word: str) -> bool:
    """Say whether *word* mixes letters, digits and signs as only passwords do.

    ``koperta3``, ``KeePass2`` and ``1Password`` do not.
    """
    letters, digits = len(re.findall(r"[^\W\d_]", word)), len(re.findall(r"\d", word))
    if not letters or not digits or _KNOWN_SHAPE.fullmatch(word):
        return False
    if _STRONG.search(word):
        return len(word) >= _SHORTEST_MIXED
    if len(word) < _SHORTEST:
        return False
    if not word.isalnum():
        return letters > 2 and digits > 1
    turns = len(re.findall(r"(?<=\d)(?=\D)|(?<=\D)(?=\d)", word))
    return turns > 1 or digits > 2


def person(value: Any) -> Person:
    """Read ``name, phone``; the phone is as in ``[contact]``."""
    written = values.text(value)
    name, comma, number = (part.strip() for part in written.rpartition(","))
    if looks_open(name if comma else written):
        raise Wrong(
            T("this looks like a secret in the open"),
            T("write a name and a phone number only; then replace the secret: it was"
              " written down"),
        )  # fmt: skip
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
    if _LONE_WORD.fullmatch(written.strip()) or looks_open(written):
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
    asked = parse_qsl(parts.query, keep_blank_values=True)
    if (
        leaks("", address)
        or random_part(f"{parts.query}#{parts.fragment}")
        or any(holds_a_secret(n) or _OPENS.match(n) or _is_password(v)
               for n, v in (*asked, *parse_qsl(parts.fragment)))
        or any(random_part(part) and not _SLUG.fullmatch(part)
               for part in unquote(parts.path).split("/"))
    ):  # fmt: skip
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
