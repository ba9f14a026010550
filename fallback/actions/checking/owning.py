"""Proves that the addresses which are to show the page are those of our own hosts.

A file that nobody can guess is put beside the page, asked for as a visitor asks, and
taken away, whatever happens meanwhile. It is in no manifest, so that no publish sees
it; everything is written and deleted one by one and in this thread, so that a Ctrl-C
leaves nothing on its way.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from hashlib import sha256
from typing import cast

from attrs import frozen

from fallback import hosts
from fallback.actions.moving.evidence import addresses_of, typed_names
from fallback.core.check.ownership import Proof, Refused, Sought
from fallback.core.config import Config, DnsTable
from fallback.core.errors import FallbackError
from fallback.core.hosts.publishing import BESIDE
from fallback.core.hosts.visitor import Group, Heard, Question
from fallback.core.model import MANIFEST, Spot
from fallback.core.ports import Roomy
from fallback.core.result import Talk
from fallback.core.text import T
from fallback.probes import visitor
from fallback.wire import parallel

_WITHIN = timedelta(seconds=10)
_AT_ONCE = 8
_MOST_NAMES = 4
_ANYWAY = T("look at what that host says, and run it again")


@frozen
class _Laid:
    """One of our files: at ``path`` for visitors, where ``spot`` says for ``host``."""

    label: str
    host: Roomy
    path: str
    spot: Spot
    body: bytes

    @property
    def digest(self) -> str:
        return sha256(self.body).hexdigest()


@frozen
class _Address:
    """Where our files are asked for; ``at`` is an IP literal and a port, if pinned."""

    subject: str
    base: str
    where: str
    at: tuple[str, int] | None = None
    target: bool = False


def prove_hosts(config: Config, *, say: Talk) -> Proof:
    """Put a file into each host that can take one, and ask each address for it.

    Whoever answers without it is asked once more for another file: a publish may have
    come in between. A target is asked only where each host took one: it may be any's.
    """
    proof = _round(config, say)
    if any(one.strange for one in proof.sought):
        again = _round(config, say)
        proof = Proof(
            tuple(_better(proof.sought, again.sought)),
            again.refused,
            (*proof.left, *again.left),
        )
    return proof


def _better(first: Sequence[Sought], again: Sequence[Sought]) -> Iterator[Sought]:
    """Yield the later answers, and of what was proven before the earlier ones."""
    proven = {(one.subject, one.where): one for one in first if one.ours}
    for one in again:
        yield proven.get((one.subject, one.where), one)


def _round(config: Config, say: Talk) -> Proof:
    refused: list[Refused] = []
    left: list[Refused] = []
    planned = list(_planned(config, refused))
    begun: list[_Laid] = []
    laid: list[_Laid] = []
    try:
        for one in planned:
            begun.append(one)  # even a write that fails may have arrived
            try:
                one.host.lay(one.spot, one.body)
                laid.append(one)
            except FallbackError as error:
                refused.append(_said(one.label, error))
        sought = _sought(config, laid)
    finally:
        for one in begun:
            try:
                one.host.lift(one.spot)
            except FallbackError as error:
                left.append(_said(one.label, error))
                say("left", T("{host}: {what}", host=one.label, what=error.what))
    return Proof(sought, tuple(refused), tuple(left))


def _said(label: str, error: FallbackError) -> Refused:
    return Refused(label, error.what, error.next or _ANYWAY)


def _planned(config: Config, refused: list[Refused]) -> Iterator[_Laid]:
    """Yield a file for each host that has a page of ours; nothing is written yet.

    What cannot be reached goes to *refused*.
    """
    for table in config.hosts:
        if not (table.url or config.dns):
            continue  # nobody could be asked for it
        try:
            host = hosts.connect(table, config)
            if not hasattr(host, "beside"):
                continue
            roomy = cast(Roomy, host)
            path = f"{BESIDE}{visitor.token()}.txt"
            spot = roomy.beside(path)
        except FallbackError as error:
            refused.append(_said(table.label, error))
            continue
        except (ImportError, OSError):
            continue  # what is missing on this machine is deploy's to tell
        if spot is not None:
            # no part of the address: whoever echoes that has not got it
            body = f"fallback check {visitor.token()}\n".encode()
            yield _Laid(table.label, roomy, path, spot, body)


def _sought(config: Config, laid: Sequence[_Laid]) -> tuple[Sought, ...]:
    """Ask everybody who is to have one of *laid*."""
    by_label = {one.label: [one] for one in laid}
    asked: list[tuple[_Address, Sequence[_Laid]]] = []
    for table in config.hosts:
        if table.url and table.label in by_label:
            url = table.url.rstrip("/")
            asked.append((_Address(table.label, url, url), by_label[table.label]))
    if laid and len(laid) == len(config.hosts):
        for zone in config.dns:
            asked += [(address, laid) for address in _targets(config, zone)]
    return tuple(
        parallel.each(lambda pair: _answer(config, *pair), asked, width=_AT_ONCE)
    )


def _targets(config: Config, table: DnsTable) -> Iterator[_Address]:
    """Yield where the target of *table* is asked, by the names that people type."""
    shop = config.shop
    scheme = "https" if shop.secure else "http"
    names = [n.rstrip(".") for n in typed_names(config, table.zone, table.names)]
    addresses = addresses_of(table.target, config.network)
    pairs = [(name, address) for address in addresses for name in names]
    for name, address in pairs[:_MOST_NAMES]:
        yield _Address(
            table.zone,
            f"{scheme}://{name}:{shop.port}",
            f"{name} ({address})",
            (address, shop.port),
            target=True,
        )


def _answer(config: Config, address: _Address, laid: Sequence[_Laid]) -> Sought:
    """Return what *address* has of *laid*."""
    files = [Question(one.path, Group.DEEP, f"/{one.path}") for one in laid]
    asked = [*files, Question(MANIFEST, Group.MANIFEST, f"/{MANIFEST}")]
    heard = visitor.ask_all(
        address.base, asked, config.network, within=_WITHIN, at=address.at
    )
    return _judged(address, laid, heard)


def _judged(
    address: _Address, laid: Sequence[_Laid], heard: Mapping[str, Heard]
) -> Sought:
    answers = [(one, heard[one.path]) for one in laid if one.path in heard]
    shown = heard.get(MANIFEST)
    return Sought(
        address.subject,
        address.where,
        any(answer.digest == one.digest for one, answer in answers),
        max((answer.status for _, answer in answers), default=0),
        shown is not None and any(shown.digest == one.spot.manifest for one in laid),
        address.target,
    )
