"""A DNS operator in memory: strict like BIND, and failing at the call one asks for."""

from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from enum import StrEnum

from fallback.core.errors import Conflict, Rejected, Unavailable, Unknown
from fallback.core.records import (
    Caps,
    Commit,
    Key,
    Plan,
    RRset,
    Snapshot,
    absolute,
    keys_at,
    marker_key,
)
from fallback.core.text import T
from fallback.wire.dns import presentation
from tests.servers import zones

CAPS = Caps(atomic="batch", cas="server", apex=None, types=presentation.TYPES)


class Fault(StrEnum):
    """What can go wrong with one call."""

    UNAVAILABLE = "unavailable"
    CONFLICT = "conflict"
    REJECTED = "rejected"
    LOST_BEFORE_WRITE = "lost before write"
    LOST_AFTER_WRITE = "lost after write"
    KILLED_BEFORE_WRITE = "killed before write"
    KILLED_AFTER_WRITE = "killed after write"


class Killed(BaseException):
    """The process dies here: nothing may catch it."""


class FakeDns:
    """See ``fallback.core.ports.DnsProvider``.

    ``faults`` says which call (counted from 1, reads and commits together) meets which
    fault; ``calls`` is what was called, ``hit`` which faults were met. ``waited`` is
    what every commit says of the operator's servers.
    """

    def __init__(
        self,
        rrsets: Mapping[Key, RRset] | None = None,
        *,
        zone: str = zones.NAME,
        caps: Caps = CAPS,
        faults: Mapping[int, Fault] | None = None,
    ) -> None:
        self.zone = absolute(zone)
        self.rrsets = dict(example() if rrsets is None else rrsets)
        self.caps = caps
        self.faults = dict(faults or {})
        self.calls: list[str] = []
        self.hit: list[Fault] = []
        self.version = 1
        self.waited = timedelta()

    def read(self, zone: str, names: Collection[str]) -> Snapshot:
        fault = self._call("read", zone)
        if fault in (Fault.KILLED_BEFORE_WRITE, Fault.KILLED_AFTER_WRITE):
            raise Killed
        if fault is not None:
            raise Unavailable(T("no answer to a question"))
        wanted = {key for name in names for key in keys_at(name)}
        wanted.add(marker_key(zone))
        found = {key: self.rrsets[key] for key in wanted if key in self.rrsets}
        return Snapshot(self.zone, found, str(self.version))

    def commit(self, zone: str, plan: Plan) -> Commit:
        fault = self._call("commit", zone)
        match fault:
            case Fault.UNAVAILABLE:
                raise Unavailable(T("nothing was sent"))
            case Fault.CONFLICT:
                raise Conflict(T("somebody was faster"))
            case Fault.REJECTED:
                raise Rejected(T("not allowed"))
            case Fault.LOST_BEFORE_WRITE:
                raise Unknown(T("sent, and no answer"))
            case Fault.KILLED_BEFORE_WRITE:
                raise Killed
        self._write(plan)
        match fault:
            case Fault.LOST_AFTER_WRITE:
                raise Unknown(T("sent, and no answer"))
            case Fault.KILLED_AFTER_WRITE:
                raise Killed
        return Commit(waited=self.waited)

    def edit(self, name: str, rtype: str, rrset: RRset | None) -> None:
        """Somebody else makes *name* hold *rrset*."""
        self.version += 1
        if rrset is None:
            self.rrsets.pop((absolute(name), rtype), None)
        else:
            self.rrsets[(absolute(name), rtype)] = rrset

    def records(self) -> frozenset[zones.Record]:
        """Return every record of the zone."""
        return frozenset(
            (name, rtype, int(rrset.ttl.total_seconds()), rdata)
            for (name, rtype), rrset in self.rrsets.items()
            for rdata in rrset.rdatas
        )

    def _call(self, verb: str, zone: str) -> Fault | None:
        assert absolute(zone) == self.zone
        self.calls.append(verb)
        fault = self.faults.get(len(self.calls))
        if fault is not None:
            self.hit.append(fault)
        return fault

    def _write(self, plan: Plan) -> None:
        for change in plan.changes:
            if self.rrsets.get(change.key) != change.before:
                raise Conflict(T("{name} is not as it was", name=change.name))
        fresh = dict(self.rrsets)
        for change in plan.steps():
            fresh.pop(change.key, None)
            if change.after is not None:
                fresh[change.key] = change.after
        for name, rtype in fresh:
            beside = {other for at, other in fresh if at == name} - {"CNAME"}
            if rtype == "CNAME" and beside:
                raise Rejected(T("a CNAME cannot stand at {name}", name=name))
        self.rrsets = fresh
        self.version += 1


def example() -> dict[Key, RRset]:
    """Return every record of the shared test zone; the SOA's serial is 0."""
    return grouped(zones.records(zones.parse(zones.TEXT)))


def grouped(records: Iterable[zones.Record]) -> dict[Key, RRset]:
    """Return *records* as sets, by name and type."""
    found: dict[Key, tuple[int, list[str]]] = {}
    for name, rtype, ttl, rdata in records:
        found.setdefault((name, rtype), (ttl, []))[1].append(rdata)
    return {
        key: RRset(timedelta(seconds=ttl), tuple(rdatas))
        for key, (ttl, rdatas) in found.items()
    }
