"""Takes secrets out of whatever is about to be printed, logged or reported.

Whoever reveals a secret tells it here; it is kept for the life of the process, for this
one purpose. Everything that leaves the program goes through ``scrub``.
"""

import base64
import json
from urllib.parse import quote, quote_plus

_known: set[str] = set()
_SHORTEST = 4
"""A shorter secret would eat ordinary words."""


def remember(secret: str) -> None:
    """Take *secret* out of all output from now on, however it is spelled."""
    _known.update(
        spelling for spelling in _spellings(secret) if len(spelling) >= _SHORTEST
    )


def scrub(text: str) -> str:
    """Return *text* with every secret that was remembered taken out."""
    for spelling in sorted(_known, key=len, reverse=True):
        text = text.replace(spelling, "***")
    return text


def _spellings(secret: str) -> set[str]:
    """Return the forms in which a secret turns up in URLs, headers, JSON and reprs."""
    return {
        secret,
        quote(secret, safe=""),
        quote(secret),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
        *(_in_base64(secret.encode()) if len(secret) > 2 * _SHORTEST else ()),
    }


def _in_base64(secret: bytes) -> set[str]:
    """Return what of *secret* is always the same in base64, by how it is aligned.

    Inside a longer text ("user:secret") a letter of base64 holds bits of its neighbours
    too (RFC 4648 section 4); the outermost letters are therefore left aside.
    """
    found = set()
    for before in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            code = encode(b"\0" * before + secret).decode().rstrip("=")
            first = (8 * before + 5) // 6
            last = (8 * (before + len(secret))) // 6
            found.add(code[first:last])
    return found
