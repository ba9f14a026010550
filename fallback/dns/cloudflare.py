"""A zone at Cloudflare: one transactional batch, each record deleted by its id.

Cloudflare compares nothing for us, but a record that somebody deleted or replaced has
no longer the id we read, and then the whole batch is refused. An edit *in place* keeps
the id; what was deleted comes back in the answer, and is compared: such an edit is
reported in ``Commit.overwrote``. Therefore records are deleted and added, never
overwritten (PUT), which would answer with our own values; the price is a new id.

Only records that differ are touched. Where the names lead to the page they are not
proxied (``proxied: false``); on the way back they are again what they were.

The edge takes a batch record by record: for a moment a visitor may get one name's new
records and another's old (``api/resources/dns/subresources/records/methods/batch``).
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any, TypeAlias

from attrs import field, frozen

from fallback.core.check.credential import Powers
from fallback.core.check.inventory import Inventory
from fallback.core.check.least_privilege import MOVES, Grant, Rights
from fallback.core.config import Config, DnsTable, Network, SecretRef
from fallback.core.errors import FallbackError, Refused, Rejected, Unavailable, Unknown
from fallback.core.records import (
    Caps,
    Change,
    Commit,
    Key,
    Plan,
    RRset,
    Snapshot,
    absolute,
    marker_key,
)
from fallback.core.text import T, Text
from fallback.wire import parallel, secrets
from fallback.wire.cloudflare import records
from fallback.wire.cloudflare.sdk import ENDPOINT, Desk, opened, token_url
from fallback.wire.dns import presentation, zones

CAPS = Caps(atomic="batch", cas="ids", apex="flatten", types=presentation.TYPES)

_READ, _EDIT = "Zone:Read", "DNS:Edit"
_AT_ONCE = 4
_PER_PAGE = 100
_PAGES = 20
_TOLD = 3
_COMMENT = 100
"""Characters that a comment may have on every plan of Cloudflare's."""

Live: TypeAlias = Mapping[str, Mapping[str, list[records.Record]]]
"""The records of each name (absolute), by type."""


@frozen
class Settings:
    """The keys of a ``[[dns]]`` table with ``provider = "cloudflare"``.

    The token needs Zone:Read and DNS:Edit for this zone, and nothing else.
    """

    token: SecretRef
    endpoint: str = ENDPOINT

    def complaints(self) -> Iterator[tuple[str, Text]]:
        """Yield (key, complaint) for what is not right."""
        if not self.endpoint.startswith(("https://", "http://")):
            yield "endpoint", T("an endpoint begins with https://")


def connect(settings: Settings, config: Config) -> "Cloudflare":
    """Return the provider. Raises ``CredentialsRefused`` when there is no secret."""
    token = secrets.reveal(settings.token, config.root)
    return Cloudflare(settings, token, config.network)


def rights(table: DnsTable) -> Rights:
    """See ``fallback.dns.rights``. Cloudflare knows rights for whole zones only."""
    return Rights(
        (
            MOVES,
            T("change every other record of {zone}, mail included: Cloudflare knows no"
              " right for single records", zone=table.zone),
        ),
        (
            Grant(
                T("make a token for {zone} alone here; the form is filled in",
                  zone=table.zone),
                f"Zone:Read, DNS:Edit\n{token_url()}\n",
            ),
        ),
    )  # fmt: skip


@frozen
class Cloudflare:
    """See ``fallback.core.ports.DnsProvider``."""

    settings: Settings
    token: str = field(repr=False)
    network: Network = field(factory=Network)

    @property
    def caps(self) -> Caps:
        """See ``fallback.core.ports.DnsProvider``."""
        return CAPS

    def read(self, zone: str, names: Collection[str]) -> Snapshot:
        """See ``fallback.core.ports.DnsProvider``; every request is tried three times.

        Raises ``Refused`` for a zone that is not served by Cloudflare.
        """
        desk = self._desk(zone)
        found = self._zone(desk)
        keys = zones.keys(zone, names)
        live = self._live(desk, found.id, (name for name, _ in keys))
        rrsets = {key: rrset for key in keys if (rrset := _at(live, key, zone))}
        servers = (*found.name_servers, *(found.vanity_name_servers or ()))
        return Snapshot(
            absolute(zone), rrsets, servers=tuple(absolute(name) for name in servers)
        )

    def listing(self, zone: str) -> Inventory:
        """See ``core.check.inventory.Lister``; of a huge zone only the beginning."""
        desk = self._desk(zone)
        lists = partial(desk.client.dns.records.list, zone_id=self._zone(desk).id)
        given: dict[str, Any] = {}
        whole = False
        with suppress(Unavailable):
            for page in self._pages(desk, lists):
                given |= {each.id: each for each in page}
            whole = True
        return records.inventory(given.values(), whole=whole)

    def powers(self, zone: str, names: Collection[str]) -> Powers:  # noqa: ARG002
        """See ``fallback.core.check.credential.Examined``.

        That it can change all of the zone, no token at Cloudflare is without. A token
        that belongs to an account, and not to a user, does not say when it ends.
        """
        desk = self._desk(zone)
        seen = desk.read(lambda: desk.client.zones.list(per_page=50), _READ)
        own = records.ascii_name(desk.zone)
        others = sorted(each.name for each in seen.result or () if each.name != own)
        ends: datetime | None = None
        with suppress(FallbackError):
            ends = desk.read(desk.client.user.tokens.verify, _READ).expires_on
        beyond = (
            T("change other zones, too: {zones}", zones=", ".join(others[:_TOLD])),
        )
        return Powers(beyond if others else (), ends)

    def commit(self, zone: str, plan: Plan) -> Commit:
        """See ``fallback.core.ports.DnsProvider``.

        A lost answer is ``Unknown``: what became of it is for the caller to read.
        """
        desk = self._desk(zone)
        found = self._zone(desk)
        live = self._live(desk, found.id, (change.name for change in plan.changes))
        zones.compare(plan, lambda key: _at(live, key, zone))
        for name, there in live.items():
            zones.admit_beside(plan, name, there, flatten=True)
        deletes, posts = _batch(plan, live)
        if not deletes and not posts:
            return Commit()
        answer = desk.write(
            lambda: desk.client.dns.records.batch(
                zone_id=found.id,
                deletes=[{"id": each.id} for each in deletes],
                posts=posts,
            ),
            _EDIT,
        )
        if answer is None:
            raise Unknown(T("Cloudflare's answer to the batch is empty"))
        return Commit(overwrote=_overwrote(plan, live, answer.deletes or ()))

    def _desk(self, zone: str) -> Desk:
        client = opened(self.token, self.settings.endpoint, self.network)
        return Desk(client, str(self.settings.token), zone.rstrip("."))

    def _zone(self, desk: Desk) -> Any:
        """Return the SDK's zone, which is active and wholly at Cloudflare."""
        name = records.ascii_name(desk.zone)
        page = desk.read(lambda: desk.client.zones.list(name=name), _READ)
        seen = [zone for zone in page.result or () if zone.name == name]
        if not seen:
            raise Rejected(
                T(
                    "{credential} sees no zone {zone} at Cloudflare",
                    credential=desk.credential,
                    zone=desk.zone,
                ),
                next=T(
                    "check the zone's name, or make a token with Zone:Read and DNS:Edit"
                    " for it at {url}",
                    url=token_url(),
                ),
            )
        # somebody else's account may hold the same zone, pending for ever
        zone = min(seen, key=lambda each: each.status != "active")
        if zone.status != "active" or zone.type not in (None, "full"):
            raise Refused(
                T(
                    "the zone {zone} is not served by Cloudflare (status {status},"
                    " type {type}): nobody would see a change",
                    zone=desk.zone,
                    status=zone.status,
                    type=zone.type,
                ),
                next=T(
                    "set the name servers {servers} at the registrar, or name the"
                    " provider that serves the zone",
                    servers=", ".join(zone.name_servers),
                ),
            )
        return zone

    def _live(self, desk: Desk, zone_id: str, names: Iterable[str]) -> Live:
        """Return every record at *names*, of any type; they are asked side by side."""
        asked = tuple(dict.fromkeys(names))
        lists = desk.client.dns.records.list  # imports, before there are threads
        found = parallel.each(
            lambda name: self._records(desk, partial(lists, zone_id=zone_id), name),
            asked,
            width=_AT_ONCE,
        )
        return dict(zip(asked, map(records.by_type, found), strict=True))

    def _records(
        self, desk: Desk, lists: Callable[..., Any], name: str
    ) -> list[records.Record]:
        """Return the records at *name*. Records may move between pages: once each."""
        wanted = records.ascii_name(name)
        ask = partial(lists, name={"exact": wanted})
        found: dict[str, records.Record] = {}
        for page in self._pages(desk, ask):
            for given in page:
                if given.name.lower() == wanted:
                    found[given.id] = _read(given)
        return list(found.values())

    def _pages(self, desk: Desk, lists: Callable[..., Any]) -> Iterator[list[Any]]:
        """Yield pages; they end with an empty one, or when counted.

        Raises ``Unavailable`` when they do not end.
        """
        for number in range(1, _PAGES + 1):
            ask = partial(lists, page=number, per_page=_PER_PAGE)
            page = desk.read(ask, _EDIT)
            yield page.result or []
            pages = getattr(page.result_info, "total_pages", None)
            if not page.result or (pages is not None and number >= pages):
                return
        raise Unavailable(
            T("the list of records in {zone} does not end", zone=desk.zone)
        )


def _read(given: Any) -> records.Record:
    try:
        return records.record(given)
    except (ValueError, KeyError, TypeError) as error:
        raise Unavailable(
            T("a record of Cloudflare's cannot be read: {why}", why=str(error))
        ) from error


def _at(live: Live, key: Key, zone: str) -> RRset | None:
    """Return what *live* holds at *key*; the marker's comment is for people only."""
    found = live.get(key[0], {}).get(key[1])
    if not found:
        return None
    return records.rrset(found, but=("comment",) if key == marker_key(zone) else ())


def _batch(plan: Plan, live: Live) -> tuple[list[records.Record], list[dict[str, Any]]]:
    """Return the records to delete, and the bodies of those to add."""
    deletes: list[records.Record] = []
    posts: list[dict[str, Any]] = []
    for change in plan.changes:
        before = records.bodies(change.key, change.before)
        after = records.bodies(change.key, change.after)
        here = live[change.name].get(change.type, ())
        deletes += [r for r in here if after.get(r.rdata) != before[r.rdata]]
        fresh = [body for rdata, body in after.items() if before.get(rdata) != body]
        posts += [body | _comment(plan, change) for body in fresh]
    return deletes, posts


def _comment(plan: Plan, change: Change) -> dict[str, str]:
    """Return the words beside our marker: who decided, for whoever opens the panel."""
    if change.key != marker_key(plan.zone):
        return {}
    words = f"fallback, decision {plan.epoch}, {plan.by}".rstrip(", ")
    return {"comment": "".join(c for c in words if c.isprintable())[:_COMMENT]}


def _overwrote(
    plan: Plan, live: Live, deleted: Collection[Any]
) -> tuple[tuple[Key, RRset], ...]:
    """Return the true BEFORE of each key that was edited in place as we wrote.

    An answer that names the deleted records by their ids alone tells nothing.
    """
    told = {
        each.id: _read(each)
        for each in deleted
        if getattr(each, "type", None) and getattr(each, "ttl", None)
    }
    found = []
    for change in plan.changes:
        here = live[change.name].get(change.type, ())
        if any(each.id in told for each in here):
            true = {change.type: [told.get(each.id, each) for each in here]}
            rrset = _at({change.name: true}, change.key, plan.zone)
            if rrset is not None and rrset != change.before:
                found.append((change.key, rrset))
    return tuple(found)
