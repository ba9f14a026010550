"""Finds what comes with the product: themes, the starter site, translations.

In an installed wheel everything lies inside the package; in a checkout themes and the
example site lie beside it, where people look for them.
"""

from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parent.parent
_CHECKOUT = PACKAGE.parent


def themes() -> Path:
    """Return the folder that holds one folder for each theme we ship."""
    packaged = PACKAGE / "themes"
    return packaged if packaged.is_dir() else _CHECKOUT / "themes"


def starter() -> Path:
    """Return the folder with the example site's ``content/`` and ``fallback.toml``."""
    packaged = PACKAGE / "starter"
    return packaged if packaged.is_dir() else _CHECKOUT


@cache
def catalogue(language: str, domain: str = "page") -> bytes | None:
    """Return the compiled catalogue of *language*, if there is one.

    A regional language (``pt-br``) falls back to its base (``pt``). *language* comes
    from a checked configuration and cannot lead out of the folder of catalogues.
    """
    for name in (language.replace("-", "_"), language.partition("-")[0]):
        if not name.replace("_", "").isalnum():
            continue
        path = PACKAGE / "locales" / name / "LC_MESSAGES" / f"{domain}.mo"
        try:
            return path.read_bytes()
        except OSError:
            continue
    return None
