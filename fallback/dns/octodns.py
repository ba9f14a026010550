"""Any DNS operator that octoDNS has a provider for, behind our own engine.

octoDNS brings a whole zone to a wanted state; we ask it for a plan that may touch what
we named and nothing else. Read, compare, copy the zone, change the copy, let the class
plan, look at that plan, apply it, read again. The plan is refused when it touches a key
that we did not ask for, would store something else, changes settings of the zone, or
would make a zone that is not there.

The comparison is ours and comes before the write: an edit of the same moment is lost.
What the class cannot see (``SUPPORTS``) it leaves alone, and so do we: such types are
not among ``caps.types``. The class comes from a package of its own, which the owner
installs and names; it is loaded when the configuration names it and never otherwise.
Its time-outs are its own.

https://octodns.readthedocs.io/en/latest/zone_lifecycle.html
"""

import json
import logging
import random
import re
import time
from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from importlib import import_module
from typing import Any

from attrs import evolve, field, frozen

from fallback.core.check.least_privilege import MOVES, Rights
from fallback.core.config import Config, DnsTable, SecretRef
from fallback.core.errors import (
    Conflict,
    FallbackError,
    Refused,
    Rejected,
    Unavailable,
    Unknown,
)
from fallback.core.leaks import holds_a_secret
from fallback.core.records import (
    WEB_TYPES,
    Caps,
    Change,
    Commit,
    Key,
    Plan,
    RRset,
    Snapshot,
    absolute,
    keys_at,
    marker_key,
)
from fallback.core.text import T, Text
from fallback.wire import secrets
from fallback.wire.dns import octodns_errors, presentation, zones

_READS = 3
_INSTALL = 'pip install ".[octodns]"'
_CLASS = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")
_NOT_WRITTEN = T("no change: nothing was written")


@frozen
class Settings:
    """The keys of a ``[[dns]]`` table with ``provider = "octodns"``.

    ``class`` is the provider class as octoDNS's own configuration names it, such as
    ``octodns_powerdns.PowerDnsProvider``; ``options`` are that class's own, with
    secrets by reference.
    """

    class_: str
    options: Mapping[str, object] = field(factory=dict)

    def complaints(self) -> Iterator[tuple[str, Text]]:
        """Yield (key, complaint) for what is not right."""
        if not _CLASS.fullmatch(self.class_):
            yield "class", T("it is no class, like octodns_powerdns.PowerDnsProvider")
        for name, value in self.options.items():
            if holds_a_secret(name) and isinstance(value, str):
                yield (
                    "options",
                    T('{name} is a secret: write "env:NAME" instead', name=name),
                )


def connect(settings: Settings, config: Config) -> "Octodns":
    """Return the provider.

    Raises ``CredentialsRefused`` when there is no secret, ``Rejected`` when the class
    is not installed or does not take the options.
    """
    options = {
        name: secrets.reveal(value, config.root)
        if isinstance(value, SecretRef)
        else list(value)
        if isinstance(value, tuple)
        else value
        for name, value in settings.options.items()
    }
    made = _class(settings.class_)
    try:
        target = made("fallback", **options)
    except Exception as error:  # whatever a stranger's constructor thinks of
        raise Rejected(
            T("{name} cannot be made: {error}", name=settings.class_, error=str(error)),
            customers_see=_NOT_WRITTEN,
            next=T("compare the options in the dns table with the class's own page"),
        ) from error
    # whatever it would log is said by the error that follows
    for log in (target.log, *map(logging.getLogger, ("Plan", "Record", "Zone"))):
        log.addHandler(logging.NullHandler())
    return Octodns(target)


def _class(name: str) -> Any:
    """Return octoDNS's provider class called *name*. Raises ``Rejected``."""
    try:
        from octodns.provider.base import BaseProvider
    except ImportError as error:
        raise Rejected(
            T("a provider of kind octodns needs the package octodns"),
            next=T("run in the program's clone: {command}", command=_INSTALL),
        ) from error
    module, _, word = name.rpartition(".")
    package = module.partition(".")[0].replace("_", "-")
    try:
        found = getattr(import_module(module), word)
    except (ImportError, AttributeError) as error:
        raise Rejected(
            T("{name} cannot be loaded: {error}", name=name, error=str(error)),
            next=T("run: {command}", command=f"pip install {package}"),
        ) from error
    if not (isinstance(found, type) and issubclass(found, BaseProvider)):
        raise Rejected(
            T("{name} is no provider of octoDNS", name=name),
            next=T("name the class as octoDNS's own configuration does"),
        )
    return found


def rights(table: DnsTable) -> Rights:
    """See ``fallback.dns.rights``: the class's operator alone knows its rights."""
    return Rights(
        (
            MOVES,
            T("do whatever else that operator lets it: look for a token that may change"
              " {zone} alone", zone=table.zone),
        )
    )  # fmt: skip


@frozen
class Octodns:
    """See ``fallback.core.ports.DnsProvider``; *target* is octoDNS's provider."""

    target: Any = field(repr=False)

    @property
    def caps(self) -> Caps:
        """See ``fallback.core.ports.DnsProvider``."""
        types = frozenset({*WEB_TYPES, "TXT"} & set(self.target.SUPPORTS))
        return Caps(
            atomic="record",
            cas="check-then-write",
            apex="alias" if "ALIAS" in types else None,
            types=types,
        )

    def read(self, zone: str, names: Collection[str]) -> Snapshot:
        """See ``fallback.core.ports.DnsProvider``; tried three times.

        Raises ``Refused`` for a name that answers by place or by health.
        """
        found = _by_key(self._zone(zone))
        wanted = [key for name in names for key in keys_at(name)]
        rrsets = {
            key: _rrset(found[key])
            for key in (*wanted, marker_key(zone))
            if key in found
        }
        return Snapshot(absolute(zone), rrsets)

    def commit(self, zone: str, plan: Plan) -> Commit:
        """See ``fallback.core.ports.DnsProvider``."""
        if self.target.apply_disabled:
            raise Rejected(
                T("apply_disabled forbids every change"),
                customers_see=_NOT_WRITTEN,
                next=T("remove apply_disabled from the options in the dns table"),
            )
        existing = self._zone(zone)
        found = _by_key(existing)
        zones.compare(plan, lambda key: _at(found, key))
        for name in dict.fromkeys(change.name for change in plan.changes):
            zones.admit_beside(plan, name, {key[1] for key in found if key[0] == name})
        try:
            theirs = self.target.plan(self._wanted(existing, plan))
        except Exception as error:  # a stranger's class may raise anything
            raise octodns_errors.refusal(error, zone) from error
        _examine(theirs, plan, found)
        if theirs is not None:
            self._apply(theirs, plan)
        return Commit()

    def _zone(self, name: str) -> Any:
        """Return octoDNS's zone as the operator has it. Raises like ``read``."""
        from octodns.zone import Zone

        for attempt in range(_READS):
            zone = Zone(absolute(name), [])
            try:
                exists = self.target.populate(zone, target=True, lenient=True)
                break
            except Exception as error:  # a stranger's class may raise anything
                refusal = octodns_errors.refusal(error, name)
                if not isinstance(refusal, Unavailable) or attempt == _READS - 1:
                    raise refusal from error
            time.sleep(random.uniform(0.1, 0.4) * (attempt + 1))  # noqa: S311
        if not exists:
            raise Rejected(
                T("the operator has no zone {zone}", zone=absolute(name)),
                customers_see=_NOT_WRITTEN,
                next=T("look whether the account and the zone in the dns table fit"),
            )
        return zone

    def _wanted(self, existing: Any, plan: Plan) -> Any:
        """Return a copy of the zone *existing* that is as *plan* wants it."""
        want = existing.copy()
        found = _by_key(existing)
        for change in plan.steps():
            if change.key in found:
                want.remove_record(found[change.key])
            if change.after is not None:
                want.add_record(self._record(existing, change, change.after))
        if want.root_ns and not self.target.SUPPORTS_ROOT_NS:
            want.remove_record(want.root_ns)  # theirs to keep, and not ours to ask for
        return want

    def _record(self, zone: Any, change: Change, after: RRset) -> Any:
        from octodns.record import Record
        from octodns.record.rr import Rrset

        seconds = int(after.ttl.total_seconds())
        rrset = Rrset(change.name, change.type, seconds, after.rdatas)
        record = Record.from_rrset(zone, rrset, lenient=True, source=self.target)
        record.octodns = json.loads(dict(after.extra).get("octodns", "{}"))
        return record

    def _apply(self, theirs: Any, plan: Plan) -> None:
        """Carry out octoDNS's plan, and see that it is. Raises like ``commit``."""
        try:
            self.target.apply(theirs)
        except Exception as error:  # a stranger's class may raise anything
            refusal = octodns_errors.refusal(error, plan.zone)
            # said no to the first record, or to the tenth?
            if not isinstance(refusal, Unavailable) and self._stands(plan, "before"):
                raise refusal from error
            raise _lost(plan, str(error)) from error
        if not self._stands(plan, "after"):
            raise _lost(plan, "the records are not there")

    def _stands(self, plan: Plan, side: str) -> bool:
        """Say whether the operator now has each key of *plan* as on that side."""
        try:
            found = _by_key(self._zone(plan.zone))
            return all(_at(found, c.key) == getattr(c, side) for c in plan.changes)
        except FallbackError:
            return False


def _by_key(zone: Any) -> dict[Key, Any]:
    return {_key(record): record for record in zone.records}


def _key(record: Any) -> Key:
    return (absolute(record.fqdn), record._type)  # noqa: SLF001 - has no other name


def _at(found: Mapping[Key, Any], key: Key) -> RRset | None:
    return _rrset(found[key]) if key in found else None


def _rrset(record: Any) -> RRset:
    """Return octoDNS's record as our value; what an operator adds is its ``extra``.

    Raises ``Refused`` for a record that answers by place or by health.
    """
    import dns.rdataset

    name, rtype = _key(record)
    if getattr(record, "dynamic", None) or getattr(record, "geo", None):
        raise Refused(
            T(
                "{type} {name} follows a routing policy, which would not come back",
                type=rtype,
                name=name,
            ),
            customers_see=_NOT_WRITTEN,
            next=T("remove the policy, or take the name out of the dns table"),
        )
    texts = record.to_rrset().rdatas
    if rtype == "ALIAS":  # no type of DNS, so dnspython does not know it
        found = RRset(timedelta(seconds=record.ttl), tuple(map(absolute, texts)))
    else:
        found = presentation.rrset(
            dns.rdataset.from_text_list("IN", rtype, record.ttl, texts)
        )
    if not record.octodns:
        return found
    extra = json.dumps(record.octodns, sort_keys=True)
    return evolve(found, extra=(("octodns", extra),))


def _examine(theirs: Any, plan: Plan, found: Mapping[Key, Any]) -> None:
    """Return when octoDNS's plan is ours and nothing more.

    Raises ``Conflict`` when somebody has edited the zone since we read *found*, else
    ``Rejected`` for a plan that we must not apply.
    """
    ours = {c.key: c for c in plan.changes if c.before != c.after}
    changes = {
        _key(change.record): change
        for change in (theirs.changes if theirs is not None else ())
    }
    if theirs is not None:
        now = _by_key(theirs.existing)
        zones.compare(plan, lambda key: _at(now, key))
        if edited := [k for k in changes if _data(now.get(k)) != _data(found.get(k))]:
            raise Conflict(
                T("somebody else has just changed {records}", records=_said(edited)),
                customers_see=_NOT_WRITTEN,
                next=T("run the same command again: it looks before it acts"),
            )
    wrong = [
        *(key for key in changes if key not in ours),
        *(k for k, c in ours.items() if not _does(changes.get(k), c)),
    ]
    if wrong:
        raise _not_ours(T("it does not do what we want at {keys}", keys=_said(wrong)))
    if theirs is not None and (theirs.meta or not theirs.exists):
        raise _not_ours(T("it would change the zone itself, not only records"))


def _data(record: Any) -> Any:
    """Return all of a record: octoDNS's own equality is that of name and type."""
    return None if record is None else record.data


def _does(theirs: Any, ours: Change) -> bool:
    """Say whether octoDNS's change leads to what *ours* wants there."""
    if theirs is None:
        return False
    return (None if theirs.new is None else _rrset(theirs.new)) == ours.after


def _said(keys: Collection[Key]) -> str:
    return ", ".join(f"{rtype} {name}" for name, rtype in keys)


def _not_ours(why: Text) -> Rejected:
    return Rejected(
        T("the plan that octoDNS's class makes is not ours: {why}", why=why),
        customers_see=_NOT_WRITTEN,
        next=T('type the records by hand: provider = "manual" prints them'),
    )


def _lost(plan: Plan, said: str) -> Unknown:
    return Unknown(
        T(
            "the change of {zone} may be done in part: {said}",
            zone=plan.zone,
            said=said,
        ),
        customers_see=T("either the records before or those after the change"),
        next=T("run the same command again: it looks before it acts"),
    )
