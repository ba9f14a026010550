"""Amazon Route 53 on loopback: as strict as its documentation, and failing on demand.

Written from the API reference (https://docs.aws.amazon.com/Route53/latest/APIReference/)
and its XML: a batch is carried out as a whole or not at all, a DELETE matches to the
last character, a CREATE is refused where something is, a CNAME stands alone and not at
the apex, an alias has no TTL, lists are sorted by the labels from the right. Requests
are signed (SigV4) and judged by the key's IAM policy. UPSERT is refused: it would
overwrite what somebody else has just written.

It has never been compared with Amazon's own.
"""

import itertools
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from typing import Any

from attrs import define, field, frozen

from fallback.core.records import RRset
from tests.fakes import route53_rules as rules
from tests.fakes.route53_http import Fault, Handler
from tests.servers import zones

ZONE_ID = "Z0123456789KWIATY"
KEY, SECRET = "AKIAFALLBACKEXAMPLE", "secret-of-the-whole-account"


@frozen
class User:
    """Who holds a key; without *policy* everything is allowed."""

    secret: str
    policy: Mapping[str, Any] | None = None


@define
class HostedZone:
    """One zone; ``sets`` are ``ResourceRecordSet`` values by name, type, identifier."""

    id: str
    name: str
    private: bool = False
    service: str = ""
    sets: dict[rules.Place, rules.Set] = field(factory=dict)
    protected: dict[tuple[str, str], str] = field(factory=dict)


@define
class FakeRoute53:
    """The account, and what tests want of it.

    ``faults`` holds, by operation, what its next calls meet; ``hit`` which were met.
    ``pending`` is how often a change is not yet everywhere when it is asked about.
    ``page`` is the longest page. ``changed`` is told after every change.
    """

    hosted: dict[str, HostedZone] = field(factory=dict)
    users: dict[str, User] = field(factory=lambda: {KEY: User(SECRET)})
    faults: dict[str, deque[Fault]] = field(factory=dict)
    hit: list[Fault] = field(factory=list)
    calls: list[str] = field(factory=list)
    batches: list[list[tuple[str, rules.Set]]] = field(factory=list)
    pending: int = 0
    page: int = rules.PAGE
    as_documented: bool = False
    changed: list[Callable[[HostedZone], None]] = field(factory=list)
    before_write: Callable[[], None] = lambda: None
    endpoint: str = ""
    lock: threading.RLock = field(factory=threading.RLock)
    _changes: dict[str, int] = field(factory=dict)
    _numbers: Iterator[int] = field(factory=lambda: itertools.count(1))

    def fail(self, operation: str, *faults: Fault) -> None:
        """Let the next calls of *operation* meet *faults*, one each."""
        self.faults.setdefault(operation, deque()).extend(faults)

    def met(self, operation: str) -> Fault | None:
        """Note the call, and return what it meets."""
        self.calls.append(operation)
        waiting = self.faults.get(operation)
        if not waiting:
            return None
        self.hit.append(fault := waiting.popleft())
        return fault

    def load(self, text: str = zones.TEXT, id: str = ZONE_ID) -> HostedZone:  # noqa: A002
        """Host the zone that *text* spells."""
        zone = HostedZone(id, zones.NAME + ".")
        values: dict[tuple[str, str, int], list[str]] = {}
        for name, rtype, ttl, data in zones.records(zones.parse(text)):
            values.setdefault((name, rtype, ttl), []).append(data)
        for (name, rtype, ttl), data in values.items():
            put(zone, plain(name, rtype, ttl, *sorted(data)))
        self.hosted[id] = zone
        return zone

    @property
    def zone(self) -> HostedZone:
        """Return the zone of the exam."""
        return self.hosted[ZONE_ID]

    def records(self) -> frozenset[zones.Record]:
        """Return every record, as spelled; an alias is one of type ``ALIAS A``."""
        with self.lock:
            return frozenset(rules.records(self.zone.sets.values()))

    def edit(self, name: str, rtype: str, rrset: RRset | None) -> None:
        """Somebody else makes the zone hold *rrset*."""
        with self.lock:
            self.zone.sets.pop((rules.spelled(name), rtype, ""), None)
            if rrset is not None:
                ttl = int(rrset.ttl.total_seconds())
                put(self.zone, plain(name, rtype, ttl, *rrset.rdatas))

    def change(self, zone: HostedZone, batch: list[tuple[str, rules.Set]]) -> str:
        """Carry out *batch* as a whole, or raise ``rules.Wrong``."""
        self.before_write()
        with self.lock:
            self.batches.append(batch)
            zone.sets = rules.carry_out(zone, batch)
            number = f"C{next(self._numbers):020d}"
            self._changes[number] = self.pending
        for told in self.changed:
            told(zone)
        return number

    def status(self, number: str) -> str | None:
        """Return how far the change is; it comes nearer with every question."""
        with self.lock:
            if number not in self._changes:
                return None
            left = self._changes[number]
            self._changes[number] = max(0, left - 1)
            return "PENDING" if left else "INSYNC"


def put(zone: HostedZone, made: rules.Set) -> None:
    """Let *zone* hold *made*, whatever the rules say."""
    zone.sets[rules.place(made)] = made


def plain(name: str, rtype: str, ttl: int, *values: str, **more: Any) -> rules.Set:
    """Return a set of *values*."""
    return {
        "Name": rules.spelled(name),
        "Type": rtype,
        "TTL": ttl,
        "ResourceRecords": list(values),
        **more,
    }


def alias(
    name: str, rtype: str, zone_id: str, host: str, *, health: bool = False
) -> rules.Set:
    """Return an alias set."""
    target = {
        "HostedZoneId": zone_id,
        "DNSName": host,
        "EvaluateTargetHealth": "true" if health else "false",
    }
    return {"Name": rules.spelled(name), "Type": rtype, "AliasTarget": target}


@contextmanager
def serving() -> Iterator[Callable[[], FakeRoute53]]:
    """Serve until the block ends; each call gives a fresh account with the exam's zone.

    At one address, so that clients, which take a second to make, can be kept.
    """
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    endpoint = f"http://127.0.0.1:{server.server_address[1]}"

    def fresh() -> FakeRoute53:
        account = FakeRoute53(endpoint=endpoint)
        account.load()
        server.account = account  # type: ignore[attr-defined]
        return account

    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield fresh
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def running() -> Iterator[FakeRoute53]:
    """Serve one account until the block ends."""
    with serving() as fresh:
        yield fresh()
