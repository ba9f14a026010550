"""Reads the owner's words by the checklist, as they stand in the site folder now."""

from datetime import datetime

from fallback.actions.scribe import Scribe
from fallback.actions.sources import sources
from fallback.core.config import Config
from fallback.core.errors import FallbackError
from fallback.core.findings import Finding
from fallback.page import proof
from fallback.page.languages import Speaker
from fallback.page.leaves import Reader
from fallback.page.names import UPDATES
from fallback.page.words import Told, tell
from fallback.wire import shipped

MOST = 300
"""Files of updates that are read, the last by name: names begin with the time."""


def proofread(config: Config, *, now: datetime) -> tuple[Finding, ...]:
    """Return what the words of *config*'s site could say better, the gravest first.

    A site that cannot be built yet has nothing to judge: ``build`` says why.
    """
    read = _newest(config)
    try:
        told = tell(config, read, Scribe(Reader.of(config)))
    except FallbackError:
        return ()
    speakers = [
        Speaker.of(language, shipped.catalogue(language))
        for language in config.shop.languages
    ]
    return proof.findings(config, read, told, speakers, now=now)


def as_told(config: Config) -> Told:
    """Return what the words of *config*'s site say, a long log by its newest part.

    Raises ``ContentError`` when there are none.
    """
    return tell(config, _newest(config), Scribe(Reader.of(config)))


def _newest(config: Config) -> dict[str, bytes]:
    """Return the content without the updates of a long log that nobody mends now."""
    found, _ = sources(config.root)
    updates = sorted(path for path in found if path.startswith(UPDATES))
    old = set(updates[:-MOST])
    return {path: body for path, body in found.items() if path not in old}
