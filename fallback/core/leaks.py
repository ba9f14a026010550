"""Does this look like a secret? Asked of every word that stands in the open.

The law of this room: it answers yes or no, and never repeats what it looked at.
"""

import math
import re
from collections import Counter

_SHAPES = re.compile(
    r"""
      \b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}\b               # AWS
    | \bgh[pousr]_[A-Za-z0-9]{20,} | \bgithub_pat_\w{20,}   # GitHub
    | \bglpat-[\w-]{16,}                                    # GitLab
    | \bxox[abeprs]-[\w-]{8,} | \bxapp-[\w-]{8,}           # Slack
    | hooks\.slack\.com/services/T\w+/B\w+/\w+
    | discord(?:app)?\.com/api/webhooks/\d+/[\w-]{20,}
    | \b\d{8,10}:[A-Za-z0-9_-]{35}\b                        # Telegram
    | \b[sr]k_(?:live|test)_\w{16,} | \bsk-[\w-]{20,}       # Stripe and others
    | \bnf[pc]_\w{20,}                                      # Netlify
    | \bAIza[\w-]{35}\b                                     # Google
    | \bSG\.[\w-]{16,}\.[\w-]{16,}                          # SendGrid
    | \bdop_v1_[0-9a-f]{32,}                                # DigitalOcean
    | \beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.                      # JSON Web Token
    | -----BEGIN\ [A-Z ]*(?:PRIVATE\ KEY|SECRET)            # PEM
    | \b[a-z][a-z0-9+.-]*://[^/\s:@]*:[^/\s@]+@             # a password in a URL
    """,
    re.VERBOSE,
)
_SECRET_KEY = re.compile(
    r"token|secret|passw|credential|api_?key|(?:^|_)key$", re.IGNORECASE
)
_REFERENCE = re.compile(r"(?:env|file|keyring):[^\s]+")
_TEXT_OF_KEYS = re.compile(r"[A-Za-z0-9+/=_.~-]{16,}")
_PRIVATE_FILE = re.compile(r"(?:~|\.{1,2}|/[A-Za-z]+|[A-Za-z]:)[/\\].*")
"""Where a private key is: ``key = "~/.ssh/id_ed25519"`` has letters and digits, too."""


def leaks(key: str, value: str) -> bool:
    """Return whether *value*, standing at *key*, looks like a secret in the open."""
    if _SHAPES.search(value) or _SHAPES.search(key):
        return True
    if not _SECRET_KEY.search(key) or _REFERENCE.fullmatch(value):
        return False
    if key == "key" and _PRIVATE_FILE.fullmatch(value):
        return False
    return any(_is_random(word) for word in _TEXT_OF_KEYS.findall(value))


def holds_a_secret(key: str) -> bool:
    """Return whether whatever stands at *key* is meant to be a secret."""
    return bool(_SECRET_KEY.search(key))


def random_part(url: str) -> bool:
    """Return whether a part of *url* is too random to be a word (a webhook's key)."""
    return any(_is_random(word) for word in re.findall(r"[A-Za-z0-9_-]{16,}", url))


def _is_random(word: str) -> bool:
    """Return whether *word* has letters and digits, and more entropy than a name.

    3 bits a character: English words stay below it, hexadecimal keys are near 4.
    """
    counts = Counter(word).values()
    entropy = -sum(n / len(word) * math.log2(n / len(word)) for n in counts)
    mixed = re.search(r"\d", word) and re.search(r"[A-Za-z]", word)
    return bool(mixed) and entropy > 3.0
