"""Proves that the addresses which are to show the page are those of our own hosts.

A file that nobody can guess is put beside the page, asked for as a visitor asks, and
taken away, whatever happens meanwhile. It is in no manifest, so that no publish sees
it; everything is written and deleted one by one and in this thread, so that a Ctrl-C
leaves nothing on its way. A vendor that takes no single file is asked by which name it
knows the host.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from hashlib import sha256
from time import monotonic
from typing import cast

from attrs import evolve, field, frozen

from fallback import hosts, stores
from fallback.actions.checking import naming
from fallback.actions.moving.evidence import addresses_of, typed_names
from fallback.core.check.ownership import (
    Claim,
    Proof,
    Refused,
    Sought,
    Unasked,
    laid_word,
    still_laid,
)
from fallback.core.clock import Clock
from fallback.core.config import Config, DnsTable
from fallback.core.errors import FallbackError, Unavailable
from fallback.core.hosts.known import Known
from fallback.core.hosts.publishing import BESIDE
from fallback.core.hosts.visitor import Group, Heard, Question
from fallback.core.model import MANIFEST, Digest, Spot
from fallback.core.ports import Host, Roomy, Store
from fallback.core.result import Talk
from fallback.core.text import T
from fallback.probes import visitor
from fallback.stores import dated
from fallback.wire import deadline, parallel

DEADLINE = timedelta(seconds=30)
"""For both rounds together; what lies somewhere is taken away after it all the same."""

_WITHIN = timedelta(seconds=10)
_AT_ONCE = 8
_MOST = 4
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


@frozen
class _Desk:
    """What each round works with; ``ends`` is the moment by which all are to end."""

    config: Config
    clock: Clock
    say: Talk
    ends: float
    known: dict[str, Known] = field(factory=dict)

    @property
    def left(self) -> timedelta:
        return timedelta(seconds=max(0.0, self.ends - monotonic()))

    def store(self) -> Store:
        return stores.connect(self.config.state, self.config)

    def remember(self, label: str, at: str) -> None:
        dated.remember(self.store(), laid_word(label, at), self.clock.now())

    def forget(self, label: str, at: str) -> None:
        with suppress(FallbackError):  # then the next proof finds nothing there
            dated.forget(self.store(), laid_word(label, at))


@frozen
class _Notes:
    """What a round met; ``without`` says of each host without a file why."""

    refused: list[Refused] = field(factory=list)
    without: list[Refused] = field(factory=list)
    unasked: list[Unasked] = field(factory=list)
    claims: list[Claim] = field(factory=list)

    def refuse(self, label: str, error: FallbackError) -> None:
        said = _said(label, error)
        self.refused.append(said)
        why = T("{host} took no file, and it may lead there", host=label)
        self.without.append(evolve(said, what=why))


def prove_hosts(
    config: Config, *, clock: Clock, say: Talk, within: timedelta = DEADLINE
) -> Proof:
    """Put a file into each host that can take one, and ask each address for it.

    Whoever answers without it is asked once more for another file: a publish may have
    come in between. A target is asked only where each host took one: it may be any's.
    What is not answered *within* is unproven.
    """
    desk = _Desk(config, clock, say, monotonic() + within.total_seconds())
    with deadline.within(desk.left):
        left = list(_cleared(desk))
    proof = _round(desk)
    if any(one.strange for one in proof.sought) and desk.left:
        again = _round(desk)
        sought = _better(proof.sought, again.sought)
        asked = {one.subject for one in sought}
        proof = Proof(
            sought,
            again.refused,
            (*proof.left, *again.left),
            tuple(each for each in again.unasked if each.zone not in asked),
            proof.claims or again.claims,
        )
    copied = any(table.kind == "folder" for table in config.hosts)
    return evolve(proof, left=(*left, *proof.left), copied=copied)


def _better(first: Sequence[Sought], again: Sequence[Sought]) -> tuple[Sought, ...]:
    """Return the later answers, and the earlier ones that they do not outdo.

    What was proven stays so, and silence takes no earlier answer back.
    """
    known = {(one.subject, one.where): one for one in first}
    for one in again:
        before = known.get((one.subject, one.where))
        if before is None or (one.status and not before.ours):
            known[one.subject, one.where] = one
    return tuple(known.values())


def _cleared(desk: _Desk) -> Iterator[Refused]:
    """Take away what a proof left that was killed, and yield what cannot be."""
    try:
        dates = dated.recall(desk.store())
    except FallbackError:
        return  # this proof can remember nothing either, and each host will say so
    for table in desk.config.hosts:
        for at in still_laid(table.label, dates):
            try:
                if host := _roomy(hosts.connect(table, desk.config)):
                    host.lift(Spot(at, Digest("")))
                    desk.forget(table.label, at)
            except FallbackError as error:
                yield _said(table.label, error)
            except (ImportError, OSError):
                continue  # what is missing on this machine is deploy's to tell


def _roomy(host: Host) -> Roomy | None:
    return cast(Roomy, host) if hasattr(host, "beside") else None


def _round(desk: _Desk) -> Proof:
    notes = _Notes()
    begun: list[_Laid] = []
    left: list[Refused] = []
    try:
        with deadline.within(desk.left):
            laid = _lay_all(desk, begun, notes)
            sought = _sought(desk, laid, notes)
    finally:
        for one in begun:
            try:
                one.host.lift(one.spot)
                desk.forget(one.label, one.spot.at)
            except FallbackError as error:
                left.append(_said(one.label, error))
                desk.say("left", T("{host}: {what}", host=one.label, what=error.what))
    return Proof(
        sought,
        tuple(notes.refused),
        tuple(left),
        tuple(notes.unasked),
        tuple(notes.claims),
    )


def _lay_all(desk: _Desk, begun: list[_Laid], notes: _Notes) -> list[_Laid]:
    """Put a file into each host, and return those that arrived.

    *begun* takes each one before it is written: even a write that fails may arrive.
    """
    laid = []
    for one in list(_planned(desk, notes)):
        try:
            if not deadline.left(_WITHIN):
                raise Unavailable(T("no time was left for it"), next=naming.AGAIN)
            desk.remember(one.label, one.spot.at)
            begun.append(one)
            one.host.lay(one.spot, one.body)
            laid.append(one)
        except FallbackError as error:
            notes.refuse(one.label, error)
    return laid


def _said(label: str, error: FallbackError) -> Refused:
    return Refused(label, error.what, error.next or _ANYWAY)


def _planned(desk: _Desk, notes: _Notes) -> Iterator[_Laid]:
    """Yield a file for each host that has a page of ours; nothing is written yet.

    By what name a vendor knows a host is asked on the way, and only once.
    """
    config = desk.config
    for table in config.hosts:
        if not (table.url or config.dns):
            continue  # nobody could be asked for it
        path = f"{BESIDE}{visitor.token()}.txt"
        try:
            place = hosts.connect(table, config)
            host = _roomy(place)
            spot = host.beside(path) if host else None
            if table.label not in desk.known and (known := naming.known_as(place)):
                desk.known[table.label] = known
        except FallbackError as error:
            notes.refuse(table.label, error)
            continue
        except (ImportError, OSError):
            notes.without.append(_missing(table.label))
            continue
        if host is None or spot is None:
            notes.without.append(_without(table.label, roomy=host is not None))
            continue
        # no part of the address: whoever echoes that has not got it
        body = f"fallback check {visitor.token()}\n".encode()
        yield _Laid(table.label, host, path, spot, body)


def _missing(label: str) -> Refused:
    return Refused(
        label,
        T("{host} cannot be reached from this machine, and it may lead there",
          host=label),
        T("run fallback deploy, which says what is missing"),
    )  # fmt: skip


def _without(label: str, *, roomy: bool) -> Refused:
    if roomy:
        return Refused(
            label,
            T("{host} has no page of yours yet, and it may lead there", host=label),
            T("publish the page: fallback deploy"),
        )
    return Refused(
        label,
        T("{host} takes no single file, and it may lead there", host=label),
        T("compare it with the address that the host's panel shows"),
    )


def _sought(desk: _Desk, laid: Sequence[_Laid], notes: _Notes) -> tuple[Sought, ...]:
    """Ask everybody who is to have one of *laid*."""
    config = desk.config
    by_label = {one.label: [one] for one in laid}
    asked: list[tuple[_Address, Sequence[_Laid]]] = []
    for table in config.hosts:
        if table.url and table.label in by_label:
            url = table.url.rstrip("/")
            asked.append((_Address(table.label, url, url), by_label[table.label]))
        known = desk.known.get(table.label)
        if known and (claim := Claim.of(table.label, table.url, [known])):
            notes.claims.append(claim)
    for zone in config.dns:
        claim, unasked = naming.of_target(config, zone, desk.known, by_label)
        notes.claims.extend([claim] if claim else [])
        notes.unasked.extend([unasked] if unasked else [])
        if claim:
            continue
        if notes.without:
            first = notes.without[0]
            notes.unasked.append(Unasked(zone.zone, first.what, first.remedy))
        elif targets := _targets(config, zone):
            asked += [(address, laid) for address in targets]
        else:
            why = T("nobody says from here where it leads")
            notes.unasked.append(Unasked(zone.zone, why, naming.AGAIN))
    return tuple(
        parallel.each(lambda pair: _answer(config, *pair), asked, width=_AT_ONCE)
    )


def _targets(config: Config, table: DnsTable) -> list[_Address]:
    """Return where the target of *table* is asked, by the names that people type.

    Each address is asked by one name at least: one of them may be a stranger's.
    """
    shop = config.shop
    scheme = "https" if shop.secure else "http"
    names = [n.rstrip(".") for n in typed_names(config, table.zone, table.names)]
    addresses = addresses_of(table.target, config.network)
    pairs = [(name, address) for name in names for address in addresses]
    return [
        _Address(
            table.zone,
            f"{scheme}://{name}:{shop.port}",
            f"{name} ({address})",
            (address, shop.port),
            target=True,
        )
        for name, address in pairs[: max(_MOST, len(addresses))]
    ]


def _answer(config: Config, address: _Address, laid: Sequence[_Laid]) -> Sought:
    """Return what *address* has of *laid*."""
    files = [Question(one.path, Group.DEEP, f"/{one.path}") for one in laid]
    asked = [*files, Question(MANIFEST, Group.MANIFEST, f"/{MANIFEST}")]
    heard = visitor.ask_all(
        address.base,
        asked,
        config.network,
        within=deadline.left(_WITHIN),
        at=address.at,
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
