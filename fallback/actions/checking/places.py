"""Looks at every place where the page is published, and says whether it is there."""

from datetime import timedelta

from fallback.core.config import Config, HostTable, Network
from fallback.core.hosts.publishing import FRONT, is_our_page
from fallback.core.standing import Place
from fallback.hosts import folder
from fallback.wire import parallel
from fallback.wire.web.http import FetchFailed, ask

_LOOK = timedelta(seconds=5)
_WIDTH = 8


def places(config: Config) -> tuple[Place, ...]:
    """Return every host, each looked at for at most 5 seconds; it needs no secret."""

    def look(table: HostTable) -> Place:
        return Place(table.label, table.url, _live(table, config.network))

    return tuple(parallel.each(look, config.hosts, width=_WIDTH))


def spare(config: Config) -> Place | None:
    """Return the spare address, looked at in the same way; ``None``: there is none."""
    url = config.shop.spare
    return Place("spare", url, _seen(url, config.network)) if url else None


def unseen(config: Config) -> tuple[Place, ...]:
    """Return every host, not looked at."""
    return tuple(Place(table.label, table.url, live=None) for table in config.hosts)


def _live(table: HostTable, network: Network) -> bool | None:
    """Say whether our page is seen at *table*; ``None`` where only a secret could."""
    if table.url:
        return _seen(table.url, network)
    if isinstance(table.settings, folder.Settings):
        try:
            return is_our_page((table.settings.path / FRONT).read_bytes())
        except OSError:
            return False
    return None


def _seen(url: str, network: Network) -> bool:
    try:
        reply = ask(f"{url.rstrip('/')}/", network=network, deadline=_LOOK)
    except FetchFailed:
        return False
    # 503 is what the better hosts answer everywhere
    return reply.status in (200, 503) and is_our_page(reply.body)
