"""The rules for an owner's own web server, made for one site."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from fallback.core.check.workers import COMMON
from fallback.core.config import Config
from fallback.page.hosting import placed
from fallback.page.webserver import SERVERS, Site, rules
from fallback.wire import shipped


def server_files(
    config: Config, *, root: str, url: str, names: Sequence[str]
) -> dict[str, str]:
    """Return ``nginx.conf`` and ``Caddyfile`` for a page that lies at *root*.

    *url* is the status address or empty, *names* are the shop's own. Raises
    ``UsageError`` for what cannot stand in such a file.
    """
    known = config.shop.workers
    workers, _ = placed(COMMON if known is None else known)
    site = Site(
        shop=config.shop.name,
        root=root,
        names=names,
        workers=workers,
        status=urlsplit(url).hostname or "",
        secure=config.shop.secure,
        port=config.shop.port,
    )
    return rules(site, {name: shipped.server(name) for name in SERVERS})
