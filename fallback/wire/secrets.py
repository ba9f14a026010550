"""Turns references into secrets, at the last moment.

Each secret that was revealed is told to ``fallback.wire.scrubbing``, which keeps it out
of every output.
"""

import os
from pathlib import Path

from fallback.core.config import SecretRef
from fallback.core.errors import CredentialsRefused
from fallback.core.text import T, Text
from fallback.wire.scrubbing import remember


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
    remember(secret)
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
