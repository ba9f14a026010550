"""What each zone holds for the card and the kit: read now, remembered, or unknown.

The control plane is asked when it can be, and what it says is remembered; on the day
it may be as dead as the shop, and then what was seen last is better than nothing, with
its date. Whoever is asked has fifteen seconds and may fail: the card comes anyhow.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, TypeVar

from attrs import evolve

from fallback import dns
from fallback.actions.moving.following import addresses_now
from fallback.core.config import Config, DnsTable
from fallback.core.errors import Conflict, FallbackError, Refused
from fallback.core.ports import Store, Version
from fallback.core.records import (
    WEB_TYPES,
    Addresses,
    Caps,
    Change,
    Snapshot,
    absolute,
    plan_redirect,
)
from fallback.core.redirect.card import by_addresses, wishes
from fallback.core.redirect.journal import Entry, change_json, fold, read_change
from fallback.core.result import Talk
from fallback.core.text import Sayable, T, Text
from fallback.core.wizard.offers import NOWHERE
from fallback.page.sheets.emergency import ZoneRecords
from fallback.stores import folder, journal
from fallback.wire import parallel

Made = TypeVar("Made")

KEY = "records-seen.json"
PATIENCE = timedelta(seconds=15)
"""How long one operator's control plane is waited for."""
_SCHEMA = 1
_WIDTH = 8
_TRIES = 5


def records_seen(
    config: Config, *, now: datetime, say: Talk, ask: bool
) -> tuple[ZoneRecords, ...]:
    """Return the records of every zone of *config*, in its order.

    Without *ask* nobody is asked. A zone that is redirected has its way back from the
    journal. Never raises for what cannot be read: that is told by *say*.
    """
    known = _recalled(config)
    redirects = in_force(config, say, ask=ask)
    wanted = [t for t in config.dns if ask and absolute(t.zone) not in redirects]
    fresh = dict(
        parallel.each(
            lambda table: (absolute(table.zone), _read(config, table, now, say)),
            wanted,
            width=_WIDTH,
        )
    )
    found = {zone: one for zone, one in fresh.items() if one is not None}
    if found:
        _remember(config, found)
    return tuple(_of(table, redirects, found, known) for table in config.dns)


def _of(
    table: DnsTable,
    redirects: Mapping[str, Entry],
    found: Mapping[str, ZoneRecords],
    known: Mapping[str, ZoneRecords],
) -> ZoneRecords:
    zone = absolute(table.zone)
    if decision := redirects.get(zone):
        since, changes = decision.at, _web(decision.changes)
        return ZoneRecords(zone, table.provider, changes, redirected=since)
    seen = found.get(zone) or known.get(zone)
    if seen is not None and _as_set(seen, table):
        return evolve(seen, besides=_besides(table, seen.changes))
    if table.target == NOWHERE:  # nobody may ever type that
        return ZoneRecords(zone, table.provider, ())
    changes = wishes(table.names, table.target, table.ttl, table.zone)
    besides = _besides(table, changes)
    return ZoneRecords(zone, table.provider, changes, besides=besides)


def _besides(table: DnsTable, changes: tuple[Change, ...]) -> tuple[Sayable, ...]:
    """Return what is to be typed for names whose way to the page cannot be planned."""
    if table.target == NOWHERE:
        return ()
    return tuple(by_addresses(table.names, table.target, changes))


def _as_set(seen: ZoneRecords, table: DnsTable) -> bool:
    """Say whether *seen* was about the names that *table* has now."""
    return {change.name for change in seen.changes} == set(map(absolute, table.names))


def in_force(config: Config, say: Talk, *, ask: bool) -> dict[str, Entry]:
    """Return the redirects that are not taken back, by zone.

    What machines share is asked for as long as a control plane is, if it is to be asked
    at all; else the copies on this machine tell what it knows itself.
    """
    entries: tuple[Entry, ...] | None = None
    if ask:
        read = lambda: journal.connect(config).read().entries  # noqa: E731
        entries = _bounded(read, lambda why: say("journal-unread", _unread(why)))
    if entries is None:
        try:
            entries = journal.here(config).read().entries
        except FallbackError as error:
            say("journal-unread", _unread(error.what))
            return {}
    history = fold(entries)
    zones = ((zone, history.of(zone).open) for zone in history.zones)
    return {zone: decision for zone, decision in zones if decision is not None}


def _unread(why: Sayable) -> Text:
    return T("the journal cannot be read: {why}", why=why)


def _bounded(
    work: Callable[[], Made], complain: Callable[[Sayable], None]
) -> Made | None:
    """Return what *work* makes; ``None`` when it fails, of which *complain* is told."""
    try:
        return parallel.bounded(work, PATIENCE)
    except FallbackError as error:
        complain(error.what)
    except TimeoutError:
        complain(T("no answer in {n} s", n=int(PATIENCE.total_seconds())))
    except ImportError as error:  # an extra that is not installed, or a broken one
        complain(str(error))
    return None


def _read(
    config: Config, table: DnsTable, now: datetime, say: Talk
) -> ZoneRecords | None:
    def ask() -> tuple[Change, ...]:
        provider = dns.connect(table, config)
        there = provider.read(table.zone, table.names)
        caps = provider.caps
        followed = addresses_now(config, table, caps)
        found: list[Change] = []
        for name in table.names:
            found += _planned(there, name, table, caps, followed)
        return tuple(found)

    zone = table.zone.rstrip(".")
    unread = T("{zone}: the records cannot be read: {why}", zone=zone)
    changes = _bounded(ask, lambda why: say("zone-unread", unread.with_values(why=why)))
    if changes is None:
        return None
    return ZoneRecords(absolute(zone), table.provider, changes, seen=now, fresh=True)


def _planned(
    there: Snapshot, name: str, table: DnsTable, caps: Caps, followed: Addresses
) -> Iterator[Change]:
    """Yield what changes at *name*; where no way can be planned, what stands there."""
    try:
        plan = plan_redirect(
            there,
            (name,),
            table.target,
            table.ttl,
            epoch=0,
            caps=caps,
            followed=followed,
        )
    except Refused:
        at = absolute(name)
        rrsets = {key: held for key, held in there.rrsets.items() if key[0] == at}
        for _, rtype in sorted(key for key in rrsets if key[1] in WEB_TYPES):
            yield Change(at, rtype, rrsets[at, rtype], None)
        if not rrsets:
            yield Change(at, "A", None, None)
    else:
        yield from _web(plan.changes)


def _web(changes: tuple[Change, ...]) -> tuple[Change, ...]:
    """Return what a person types: the marker is the program's own."""
    return tuple(change for change in changes if change.type != "TXT")


def _here(config: Config) -> Store:
    """Return where records are remembered: on this machine, which needs no answer."""
    return folder.Folder(journal.state_folder(config))


def _recalled(config: Config) -> dict[str, ZoneRecords]:
    """Return what was seen last; nothing when that cannot be understood."""
    with suppress(FallbackError):
        return _understood(_here(config).get(KEY))
    return {}


def _understood(kept: tuple[bytes, Version] | None) -> dict[str, ZoneRecords]:
    with suppress(ValueError, LookupError, TypeError, AttributeError):
        body = json.loads(kept[0]) if kept else {}
        if body.get("schema") == _SCHEMA:
            return {zone: _parsed(zone, one) for zone, one in body["zones"].items()}
    return {}


def _parsed(zone: str, body: Mapping[str, Any]) -> ZoneRecords:
    changes = tuple(read_change(change) for change in body["changes"])
    seen = datetime.fromisoformat(body["seen"])
    return ZoneRecords(zone, body["provider"], changes, seen=seen)


def _remember(config: Config, found: Mapping[str, ZoneRecords]) -> None:
    """Keep *found* beside what is known of other zones, whoever else does so now."""
    store = _here(config)
    with suppress(FallbackError):  # the next card reads them again
        for _ in range(_TRIES):
            kept = store.get(KEY)
            with suppress(Conflict):
                text = _written({**_understood(kept), **found})
                store.put(KEY, text, kept and kept[1])
                return


def _written(zones: Mapping[str, ZoneRecords]) -> bytes:
    body = {
        "schema": _SCHEMA,
        "zones": {
            zone: {
                "provider": one.provider,
                "seen": one.seen and one.seen.isoformat(),
                "changes": [change_json(change) for change in one.changes],
            }
            for zone, one in zones.items()
        },
    }
    return json.dumps(body, indent=1).encode()
