"""What is remembered of drills, and the site that a drill moves."""

from attrs import evolve

from fallback import stores
from fallback.core.check.drill_readiness import Drilled
from fallback.core.config import Config, State
from fallback.core.errors import FallbackError
from fallback.core.redirect.drill import part_of, throw_away
from fallback.core.redirect.journal import fold
from fallback.stores import drills, folder, journal

FOLDER = "drill"
"""In the site's state folder: the drill's own journal, way back and lock."""

_ANY = "x"
"""A label that nothing is done with: the journal is the same for every name."""


def rehearsal(config: Config, label: str = _ANY) -> Config:
    """Return the site that the engine moves in a drill: other zones, another journal.

    Its domain is the part's, so that the second copy of its journal is apart, too.
    """
    tables = tuple(throw_away(table, label) for table in config.dns)
    state = journal.state_folder(config) / FOLDER
    scheme = "https" if config.shop.secure else "http"
    url = f"{scheme}://{part_of(config.shop.domain)}:{config.shop.port}"
    return evolve(
        config,
        shop=evolve(config.shop, name=f"{config.shop.name} (fallback drill)", url=url),
        dns=tables,
        state=State("folder", folder.Settings(state)),
    )


def drilled(config: Config) -> Drilled | None:
    """Return the last real drill; ``None`` where none can be, or none be read."""
    if not config.dns:
        return None
    try:
        kept = drills.last(stores.connect(config.state, config))
        entries = journal.connect(rehearsal(config)).read().entries
    except FallbackError:
        return None
    begun = any(zone.open for zone in fold(entries).zones.values())
    return Drilled(kept, begun, automatic=config.primary.mode == "auto")
