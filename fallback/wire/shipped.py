"""Finds what comes with the product: themes, the starter site, translations.

In an installed wheel everything lies inside the package; in a checkout themes and the
example site lie beside it, where people look for them.
"""

from functools import cache
from pathlib import Path

from fallback.core.model import Language

PACKAGE = Path(__file__).parent.parent
_CHECKOUT = PACKAGE.parent


def themes() -> Path:
    """Return the folder that holds one folder for each theme we ship."""
    packaged = PACKAGE / "themes"
    return packaged if packaged.is_dir() else _CHECKOUT / "themes"


def starter() -> Path:
    """Return the folder with the example site: words, settings, what publishes it."""
    packaged = PACKAGE / "starter"
    return packaged if packaged.is_dir() else _CHECKOUT


@cache
def languages() -> tuple[Language, ...]:
    """Return the languages whose ``page`` catalogue is here, compiled, sorted by tag.

    They are what the folder of catalogues holds: adding one adds its language.
    """
    return tuple(sorted(map(Language, _catalogues("page"))))


@cache
def script() -> str:
    """Return the live script of our pages, as small as the build hook could make it."""
    return (PACKAGE / "page" / "live.min.js").read_text("utf-8")


@cache
def preview(ending: str) -> str:
    """Return a part of the author's preview: its ``html``, ``css`` or ``js``."""
    return (PACKAGE / "page" / "sheets" / f"preview.{ending}").read_text("utf-8")


@cache
def outlook(ending: str) -> str:
    """Return a part of the outlook that one may share: its ``html`` or ``css``."""
    return (PACKAGE / "page" / "sheets" / f"outlook.{ending}").read_text("utf-8")


@cache
def emergency(ending: str) -> str:
    """Return a part of the emergency card: its ``html`` or ``css``."""
    return (PACKAGE / "page" / "sheets" / f"emergency.{ending}").read_text("utf-8")


@cache
def worker() -> str:
    """Return the script that answers on Cloudflare; it reads its site from a module."""
    return (PACKAGE / "hosts" / "cloudflare_worker.js").read_text("utf-8")


@cache
def server(name: str) -> str:
    """Return the rules for a web server of the owner's own, before they are filled."""
    return (PACKAGE / "page" / "servers" / name).read_text("utf-8")


@cache
def catalogue(language: str, domain: str = "page") -> bytes | None:
    """Return the compiled catalogue of *language*, if there is one.

    A tag with a region or a script (``pt-br``) falls back to its base (``pt``), as in
    RFC 4647 section 3.4. A tag is looked up among names, never made into a path.
    """
    known = _catalogues(domain)
    tag = language.lower().replace("_", "-")
    while tag and tag not in known:
        tag = tag.rpartition("-")[0]
    return known[tag].read_bytes() if tag else None


@cache
def _catalogues(domain: str) -> dict[str, Path]:
    """Return the compiled catalogues by tag; gettext writes ``pt-br`` as ``pt_BR``."""
    found = (PACKAGE / "locales").glob(f"*/LC_MESSAGES/{domain}.mo")
    return {path.parts[-3].replace("_", "-").lower(): path for path in found}
