"""What is remembered of drills, the site that a drill moves, and when none may be."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

from attrs import evolve

from fallback import stores
from fallback.core.check.drill_readiness import Drilled
from fallback.core.config import Config, State
from fallback.core.errors import FallbackError, Refused
from fallback.core.redirect.drill import part_of, throw_away
from fallback.core.redirect.journal import fold
from fallback.core.text import Sayable, T
from fallback.stores import drills, folder, journal
from fallback.wire import durable

FOLDER = "drill"
"""In the site's state folder: the drill's own journal, way back and lock."""

Agree = Callable[[Sequence[Sayable]], None]
"""Shown what the drill is going to do; raises to stop it."""

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


@contextmanager
def alone(moved: Config) -> Iterator[None]:
    """Keep a second drill from taking back what this one is in the middle of.

    A real redirect waits for no drill: it has a lock of its own. Raises ``Locked``, and
    ``Refused`` where nothing can be kept.
    """
    lock = journal.state_folder(moved) / "drilling"
    with ExitStack() as held:
        try:
            held.enter_context(durable.lock(lock))
        except OSError as error:
            raise journal.unsafe(lock, error) from error
        yield


def refuse_while_redirected(config: Config) -> None:
    """Raise ``Refused`` while the journal knows a redirect that is not taken back."""
    history = fold(journal.connect(config).read().entries)
    names = [name for zone in history.zones.values() if zone.open
             for name in zone.open.names]  # fmt: skip
    if names:
        raise Refused(
            T("this is no drill: {names} are redirected", names=", ".join(names)),
            customers_see=T("no change: nothing was done"),
            next=T("when the shop is back: fallback restore; then: fallback drill"),
        )
