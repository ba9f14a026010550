"""Rules for a web server of the owner's own that shows the built page.

What nginx and Caddy are told here is what ``_headers`` and ``_redirects`` tell other
hosts: 503 with the page at every address and to every method, 200 only for what is
ours and for what browsers of returning customers ask for. Nothing is ever redirected.
Neither server has to be reloaded when the page is published anew.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from fallback.core.errors import UsageError
from fallback.core.text import T
from fallback.page.hosting import CACHE, RETRY_AFTER

SERVERS = ("nginx.conf", "Caddyfile")
"""The files that are written, by the name that each server's owners expect."""

_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", re.IGNORECASE)
_PLAIN = re.compile(r"[^\x00-\x1f\x7f\"\\${}]+")
"""What means itself between the quotes of both languages."""
_NOT_PRINTED = re.compile(r"[\x00-\x1f\x7f]+")


@frozen
class Site:
    """What the rules are for.

    ``root`` is where the published page lies on the server, ``names`` are the shop's
    own, ``status`` is the host of the status address, where the front page is 200.
    """

    shop: str
    root: str
    names: Sequence[str]
    workers: Sequence[str]
    status: str = ""
    secure: bool = True
    port: int = 443


def rules(site: Site, templates: Mapping[str, str]) -> dict[str, str]:
    """Return each of ``SERVERS`` filled in from its text in *templates*.

    Raises ``UsageError`` for a name or a path that would mean more than itself there.
    """
    # building a page never needs this
    from jinja2 import Environment, StrictUndefined

    view = _view(site)
    environment = Environment(  # noqa: S701 - neither language is HTML
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return {
        name: environment.from_string(templates[name]).render(view) + "\n"
        for name in SERVERS
    }


def _view(site: Site) -> dict[str, Any]:
    shops = [_name(name) for name in site.names if name.lower() != site.status.lower()]
    groups = [(shops, False), ([_name(site.status)] if site.status else [], True)]
    usual = site.port == (443 if site.secure else 80)
    return {
        "shop": _NOT_PRINTED.sub(" ", site.shop),
        "root": _plain(site.root),
        "workers": [_plain(worker) for worker in site.workers],
        "servers": [
            {
                "names": names,
                "addresses": [
                    address
                    for name in names
                    for address in _addresses(site, name, usual=usual)
                ],
                "status": status,
            }
            for names, status in groups
            if names
        ],
        "http": 80 if site.secure else site.port,
        "https": site.secure,
        "cache": CACHE,
        "retry_after": RETRY_AFTER,
    }


def _addresses(site: Site, name: str, *, usual: bool) -> list[str]:
    """Return how Caddy is told of *name*: by both schemes, or it redirects from one."""
    if not site.secure:
        return [f"http://{name}" if usual else f"http://{name}:{site.port}"]
    return [
        f"http://{name}",
        f"https://{name}" if usual else f"https://{name}:{site.port}",
    ]


def _name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise _unfit(name)
    return name.lower()


def _plain(path: str) -> str:
    if not _PLAIN.fullmatch(path):
        raise _unfit(path)
    return path


def _unfit(text: str) -> UsageError:
    return UsageError(
        T("{text} cannot stand in a web server's configuration", text=text),
        next=T("use letters, digits, dots, hyphens and slashes"),
    )
