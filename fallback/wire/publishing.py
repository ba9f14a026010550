"""One way to publish, for every kind of host: assets first, front page, manifest last.

A kind of host brings a ``Shelf`` with four small verbs. The order, the refusals and
what is deleted when are decided once, here and in ``fallback.core.hosts.publishing``.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from hashlib import sha256
from itertools import groupby
from threading import Lock
from typing import Protocol

from attrs import define, field

from fallback.core.errors import PartlyDone, Rejected
from fallback.core.hosts.publishing import (
    FRONT,
    LEFTOVERS,
    Facts,
    Manifest,
    leftovers_body,
    parse_leftovers,
    refuse_empty,
    refuse_foreign,
    refuse_older,
    removal,
)
from fallback.core.model import (
    MANIFEST,
    BuiltFile,
    BuiltSite,
    Digest,
    Receipt,
    Spot,
    publish_rank,
)
from fallback.core.text import T
from fallback.wire.parallel import counted, each

WIDTH = 16
"""How many files are on their way at once; more gains little at 40 ms round trips."""


Report = Callable[[int, int], None]
"""Is told how many files are written, and of how many; from any thread."""

_report: ContextVar[Report | None] = ContextVar("report", default=None)


@contextmanager
def reporting(to: Report) -> Iterator[None]:
    """Tell *to* how each ``publish`` in this block and thread gets on.

    A context, not an argument: no kind of host has to hand it on.
    """
    before = _report.set(to)
    try:
        yield
    finally:
        _report.reset(before)


class Readable(Protocol):
    """Where files lie on a host. Each verb raises ``AdapterError`` in its own words."""

    def get(self, path: str) -> bytes | None:
        """Return the bytes at *path*, or ``None``."""
        ...


class Shelf(Readable, Protocol):
    """Where files lie and are written."""

    def intact(self, files: Sequence[BuiltFile]) -> Collection[str]:
        """Return the paths of *files* that are still as the manifest says."""
        ...

    def put(self, files: Sequence[BuiltFile]) -> None:
        """Write *files*, in any order; all are there when it returns."""
        ...

    def remove(self, paths: Sequence[str]) -> Collection[str]:
        """Delete *paths*; return those that could not be deleted."""
        ...


def publish(site: BuiltSite, shelf: Shelf) -> Receipt:
    """Make *shelf* hold *site*; see ``fallback.core.ports.Host.publish``."""
    refuse_empty(site)
    manifest = shelf.get(MANIFEST)
    held = _not_newer(manifest, site)
    if held is None:
        refuse_foreign(site, shelf.get(FRONT))
    skipped = _unchanged(site, shelf, held)
    writing = [f for f in site if f.path not in skipped and f.path != MANIFEST]
    tally = _Tally(_report.get(), of=len(writing) + 1)
    for _, group in groupby(writing, key=publish_rank):
        _put(tally, shelf, list(group), site)
    deleted, kept = _clear_away(site, shelf, held)
    written = tuple(file.path for file in writing)
    if writing or manifest != site.file(MANIFEST).body:
        tally.put(shelf, [site.file(MANIFEST)])
        written += (MANIFEST,)
    else:
        skipped = {*skipped, MANIFEST}
    receipt = Receipt(
        written, tuple(f.path for f in site if f.path in skipped), deleted
    )
    if kept:
        raise PartlyDone(
            T("{paths} could not be deleted there", paths=", ".join(sorted(kept))),
            customers_see=T("the new page"),
            next=T("allow fallback to delete its own files, then deploy again"),
            receipt=receipt,
        )
    return receipt


@define
class _Tally:
    """Counts files as they are written; a shelf that does not use ``each`` by ranks."""

    report: Report | None
    of: int
    done: int = 0
    most: int = 0
    lock: Lock = field(factory=Lock)

    def put(self, shelf: Shelf, files: Sequence[BuiltFile]) -> None:
        self.most += len(files)
        with counted(self.one):
            shelf.put(files)
        self.reach(self.most)

    def one(self) -> None:
        with self.lock:  # a shelf may do more than one thing for a file
            self.reach(min(self.done + 1, self.most))

    def reach(self, done: int) -> None:
        if self.report is not None and done > self.done:
            self.report(done, self.of)
        self.done = done


def _put(
    tally: _Tally, shelf: Shelf, files: Sequence[BuiltFile], site: BuiltSite
) -> None:
    """Write *files*; raises ``Refused`` when somebody newer has come meanwhile.

    That is seen while a few files are on their way: it costs no round trip of its own.
    While many are, it may have changed, and is seen again before anything else is done.
    """

    def check() -> None:
        _not_newer(shelf.get(MANIFEST), site)

    works: list[Callable[[], None]] = [partial(tally.put, shelf, files), check]
    each(lambda work: work(), works, width=2)
    if len(files) > 2 * WIDTH:
        check()


def _not_newer(manifest: bytes | None, site: BuiltSite) -> Manifest | None:
    """Return the shelf's *manifest*; raises ``Refused`` when it is a newer one."""
    held = Manifest.parse(manifest)
    refuse_older(site, held)
    return held


def _unchanged(site: BuiltSite, shelf: Shelf, held: Manifest | None) -> set[str]:
    """Return what need not be written: same body, same headers, and really there."""
    known = held.files if held else {}
    same = [file for file in site.files if known.get(file.path) == Facts.of(file)]
    return set(shelf.intact(same)) if same else set()


def _clear_away(
    site: BuiltSite, shelf: Shelf, held: Manifest | None
) -> tuple[tuple[str, ...], Collection[str]]:
    """Delete last generation's leftovers and remember this one's.

    Happens before the manifest is written: a kill in between leaves the old manifest,
    from which the same publish decides the same again.
    """
    remembered = shelf.get(LEFTOVERS)
    plan = removal(site, held, parse_leftovers(remembered))
    kept = shelf.remove(plan.now) if plan.now else ()
    later = leftovers_body([*plan.later, *kept])
    if later != (remembered or leftovers_body(())):
        shelf.put([_leftovers_file(later)])
    return tuple(path for path in plan.now if path not in kept), kept


def _leftovers_file(body: bytes) -> BuiltFile:
    digest = Digest(sha256(body).hexdigest())
    return BuiltFile(LEFTOVERS, body, "application/json", "no-cache", digest)


def beside(shelf: Readable, at: str) -> Spot | None:
    """Return the spot *at* beside the page; see ``fallback.core.ports.Roomy``."""
    body = shelf.get(MANIFEST)
    return None if body is None else spot(body, at)


def spot(manifest: bytes, at: str) -> Spot | None:
    """Return the spot *at* beside the page with *manifest*, if that is one of ours."""
    if Manifest.peek(manifest) is None:
        return None
    return Spot(at, Digest(sha256(manifest).hexdigest()))


def not_lifted(at: str) -> Rejected:
    """Say that the file *at* a spot is still there."""
    return Rejected(
        T("{paths} could not be deleted there", paths=at),
        customers_see=T("the page, as before"),
        next=T("delete it by hand, and allow fallback to delete its own files"),
    )


def read_back(shelf: Readable) -> dict[str, Digest]:
    """Return the digest of each file on *shelf*, the manifest's own included.

    See ``fallback.core.ports.Host.read_back``.
    """
    body = shelf.get(MANIFEST)
    held = Manifest.parse(body)
    if body is None or held is None:
        return {}
    paths = list(held.files)
    bodies = dict(zip(paths, each(shelf.get, paths, width=WIDTH), strict=True))
    return {
        path: Digest(sha256(there).hexdigest())
        for path, there in {**bodies, MANIFEST: body}.items()
        if there is not None
    }
