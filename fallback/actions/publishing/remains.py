"""What the dead shop left in its customers' browsers, as far as anybody knows.

The owner's word counts first, then what ``check`` saw while the shop lived. Where a
build knows neither, as on a machine that has never looked, the usual names are used.
"""

from attrs import evolve

from fallback import stores
from fallback.core.config import Config
from fallback.core.errors import FallbackError
from fallback.stores import leftovers


def with_workers(config: Config) -> Config:
    """Return *config* with the workers that are remembered, unless it names any.

    Nothing here may stop a page: a memory that cannot be read is none. A store that is
    not on this machine is not asked, for a build reaches no network.
    """
    if config.shop.workers is not None or config.state.kind != "folder":
        return config
    try:
        known = leftovers.recall(stores.connect(config.state, config))
    except FallbackError:
        return config
    return evolve(config, shop=evolve(config.shop, workers=known)) if known else config
