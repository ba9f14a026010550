"""Questions to registries by RDAP (RFC 7480, RFC 9082): whose they are is IANA's list.

A registry is nobody's duty to answer: every way of not answering is ``None``, within
what ``fallback.wire.deadline`` leaves. One run asks for the list once, and leaves a
registry alone that has asked for that, because thousands of shops may be looked at in a
row.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from threading import Lock
from time import monotonic
from typing import Any
from urllib.parse import quote

from attrs import define, field

from fallback.core.config import IANA, Network
from fallback.wire import deadline
from fallback.wire.web import retry_after
from fallback.wire.web.bodies import decoded
from fallback.wire.web.following import resolved
from fallback.wire.web.http import FetchFailed, Reply, ask

_LIST_BYTES = 1024 * 1024
_ANSWER_BYTES = 256 * 1024
PATIENCE = timedelta(seconds=4)
"""How long one server may take: what it says is good to know, and worth no waiting."""
_HOPS = 3
_REDIRECTS = (301, 302, 303, 307, 308)
_UNKNOWN = (400, 404, 422)
"""How registries say that nobody may have registered this name."""
_ACCEPT = {"Accept": "application/rdap+json, application/json"}
_AGAIN = timedelta(minutes=1)

_BESIDE: Mapping[str, str] = {
    "co": "https://rdap.registry.co/co/",
    "io": "https://rdap.identitydigital.services/rdap/",
    "me": "https://rdap.identitydigital.services/rdap/",
}
"""Registries that answer and are not in IANA's list, as of January 2026."""
_NOBODYS = frozenset({"test", "example", "invalid", "localhost", "local", "internal"})
"""Ends of names that no registry has (RFC 6761): IANA need not be asked for them."""


@define
class _Run:
    """What one run of the program remembers, by address.

    ``lists`` are registries by the end of names, ``quiet`` says until when nobody is
    asked there.
    """

    lists: dict[str, Mapping[str, str]] = field(factory=dict)
    quiet: dict[str, float] = field(factory=dict)
    lock: Lock = field(factory=Lock)

    def hush(self, address: str, span: timedelta) -> None:
        self.quiet[address] = monotonic() + span.total_seconds()

    def is_quiet(self, address: str) -> bool:
        return monotonic() < self.quiet.get(address, 0.0)


_RUN = _Run()


def domain(name: str, network: Network) -> Mapping[str, Any] | None:
    """Return what the registry of *name* says about it, as it says it.

    *name* is in ASCII and without a final dot. Empty: the registry knows no such
    domain. ``None``: there is no registry to ask, or none that answers. It never
    raises. Not for use inside asyncio.
    """
    base = _registry(name, network)
    if base is None or _RUN.is_quiet(base):
        return None
    url = f"{base.rstrip('/')}/domain/{quote(name)}"
    reply = _got(url, network, _ANSWER_BYTES)
    if reply is None:
        return None
    if reply.status in _UNKNOWN:
        return {}
    if reply.status in (429, 503):
        asked = retry_after.asked(reply.header("retry-after"), datetime.now(UTC))
        _RUN.hush(base, max(asked, _AGAIN))
    return _object(reply, _ANSWER_BYTES) if reply.status == 200 else None


def _registry(name: str, network: Network) -> str | None:
    """Return the base address of the registry with the longest end of *name*."""
    where = network.rdap
    last = name.rpartition(".")[2]
    if not where or (where == IANA and last in _NOBODYS):
        return None
    known = _list(where, network) or {}
    labels = name.split(".")
    ends = [".".join(labels[depth:]) for depth in range(1, len(labels))]
    found = next((known[end] for end in ends if end in known), None)
    return found or (_BESIDE.get(last) if where == IANA else None)


def _list(where: str, network: Network) -> Mapping[str, str] | None:
    """Return the registries by the end of their names; asked for once in a run."""
    if not _RUN.lock.acquire(timeout=deadline.left(_AGAIN).total_seconds()):
        return None
    try:
        if where not in _RUN.lists and not _RUN.is_quiet(where):
            in_full = deadline.left(PATIENCE) == PATIENCE
            reply = _got(where, network, _LIST_BYTES)
            good = reply is not None and reply.status == 200
            read = _object(reply, _LIST_BYTES) if reply and good else None
            if read is not None:
                _RUN.lists[where] = _services(read, where)
            elif (
                reply or in_full or deadline.left(PATIENCE)
            ):  # else it was only our haste
                _RUN.hush(where, _AGAIN)
    finally:
        _RUN.lock.release()
    return _RUN.lists.get(where)


def _services(read: Mapping[str, Any], where: str) -> Mapping[str, str]:
    """Return the list of RFC 9224 section 4, with one address for each end of names."""
    found: dict[str, str] = {}
    services = read.get("services")
    for service in services if isinstance(services, list) else ():
        match service:
            case [[*ends], [*urls]]:
                good = [url for url in urls if _no_worse(url, where)]
                for end in ends if good else ():
                    found[str(end).lower()] = good[0]
    return found


def _no_worse(url: Any, before: str) -> bool:
    """Say whether *url* is https, or http where *before* was no better."""
    if not isinstance(url, str):
        return False
    return url.startswith("https://") or (
        url.startswith("http://") and before.startswith("http://")
    )


def _got(url: str, network: Network, cap: int) -> Reply | None:
    """Return the whole answer at *url*, redirects followed (RFC 7480 section 5.2)."""
    for _ in range(_HOPS + 1):
        left = deadline.left(PATIENCE)
        if not left:
            return None
        try:
            reply = ask(
                url,
                network=network,
                headers=_ACCEPT,
                deadline=left,
                cap=cap,
            )
        except (FetchFailed, ValueError):  # no answer, or no address to ask at
            return None
        if reply.status not in _REDIRECTS:
            return None if reply.truncated else reply
        where = resolved(url, reply.header("location"))
        if not _no_worse(where, url):
            return None
        url = where
    return None


def _object(reply: Reply, cap: int) -> Mapping[str, Any] | None:
    """Return the JSON object in *reply*; ``None`` for anything else."""
    whole, readable = decoded(reply, cap)
    if not readable:
        return None
    try:
        read = json.loads(whole.body)
    except (ValueError, RecursionError):  # nested deeper than anybody means
        return None
    return read if isinstance(read, dict) else None
