"""Asks the spare address what a customer of it gets, and who answers for its domain.

It needs no account: the page is looked at as a visitor does, and the domain's own name
servers are found as anybody finds them.
"""

from datetime import timedelta
from urllib.parse import urlsplit

from fallback.actions.checking.approach import home
from fallback.actions.checking.visiting import WITHIN, look_at
from fallback.core.check.spare import Spare
from fallback.core.config import Config, HostTable
from fallback.core.records import absolute
from fallback.core.settings.addresses import is_address
from fallback.probes import resolver


def spare(config: Config, within: timedelta = WITHIN) -> Spare | None:
    """Return what is seen of ``shop.spare``, asked for at most *within*.

    Without the setting nobody is asked, and ``url`` is empty. ``None``: nobody says
    where its name leads, which is not the same as nowhere.
    """
    url = config.shop.spare.rstrip("/")
    if not url:
        return Spare()
    host = urlsplit(url).hostname or ""
    if not is_address(host) and resolver.resolve(host, "A", config.network) is None:
        return None
    zone, servers = home(host, config.network)
    table = HostTable("spare", url, None, url=url)
    heard, expected, seen = look_at(table, config, within=within)
    front = heard["front"]
    return Spare(
        url,
        host,
        absolute(zone),
        tuple((server.name, server.address) for server in servers),
        resolver.addresses(host, config.network),
        front.status,
        front.kind,
        front.failure,
        expected.manifest if expected else None,
        seen.problem if seen else None,
        front.certificate_ends,
    )
