"""A small configuration, as ``fallback.toml`` would give it."""

from fallback.core.config import (
    Config,
    Contact,
    HostTable,
    Network,
    Primary,
    Shop,
    State,
)
from fallback.hosts.folder import Settings as Folder


def small_config(root, hosts=None, **changes):
    """Return the configuration of a shop at *root*, its page in ``public-copy``."""
    if hosts is None:
        hosts = (HostTable("folder", "public-copy", Folder(root / "public-copy")),)
    return Config(
        **{
            "root": root,
            "shop": Shop("Kwiaty u Ani", "https://kwiaty.example"),
            "contact": Contact("kwiaty@elsewhere.example", "+48600100200"),
            "primary": Primary("https://kwiaty.example/", "Dodaj do koszyka"),
            "hosts": tuple(hosts),
            "dns": (),
            "state": State("folder", None),
            "network": Network(allow_private=True, canaries=()),
            **changes,
        }
    )
