"""Turns references into secrets at the last moment, and keeps them out of every output.

A secret that was revealed is remembered for the life of the process, for one purpose:
``scrub`` takes it out of whatever is about to be printed or logged.
"""

import base64
import os
from pathlib import Path
from urllib.parse import quote, quote_plus

from fallback.core.config import SecretRef
from fallback.core.errors import CredentialsRefused
from fallback.core.text import T, Text

_revealed: set[str] = set()


def reveal(reference: SecretRef, root: Path) -> str:
    """Return the secret that *reference* names; ``file:`` is relative to *root*.

    Raises ``CredentialsRefused`` naming the reference when it is not there.
    """
    secret = _look_up(reference, root)
    if not secret:
        raise CredentialsRefused(
            T("the secret {reference} is not there", reference=str(reference)),
            next=_remedy(reference),
        )
    for spelling in _spellings(secret):
        _revealed.add(spelling)
    return secret


def _look_up(reference: SecretRef, root: Path) -> str:
    match reference.scheme:
        case "env":
            return os.environ.get(reference.name, "").strip()
        case "file":
            try:
                return (root / reference.name).read_text("utf-8").strip()
            except OSError:
                return ""
        case "keyring":
            try:
                import keyring  # an extra: most sites never need it
            except ImportError:
                return ""
            return keyring.get_password("fallback", reference.name) or ""


def _remedy(reference: SecretRef) -> Text:
    match reference.scheme:
        case "env":
            return T("set the environment variable {name}", name=reference.name)
        case "file":
            return T("write the secret into the file {name}", name=reference.name)
        case "keyring":
            return T(
                "pip install keyring, then: keyring set fallback {name}",
                name=reference.name,
            )


def _spellings(secret: str) -> set[str]:
    """Return the forms in which a secret turns up in URLs, headers and JSON."""
    encoded = base64.b64encode(secret.encode()).decode().rstrip("=")
    return {secret, quote(secret, safe=""), quote(secret), quote_plus(secret), encoded}


def scrub(text: str) -> str:
    """Return *text* with every secret that this process revealed taken out."""
    for spelling in sorted(_revealed, key=len, reverse=True):
        if len(spelling) > 3:  # a shorter one would eat ordinary words
            text = text.replace(spelling, "***")
    return text
