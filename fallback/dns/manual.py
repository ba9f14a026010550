"""A DNS operator whose interface is a person in front of a panel.

Writing is a list of steps to type, in an order in which each is safe by itself. Reading
is asking every authoritative name server, because there is no control plane to ask: all
that answer must agree, else the zone is on its way from one state to another and
``Unavailable`` says so; whoever waits for the person just reads again. A server that
does not answer at all serves nobody, and is not waited for.

What a wildcard makes up cannot be told from a record by asking (RFC 4592). It is read
as if it were one, and the steps say what to do when the panel shows no such record.

dnspython is imported inside, see ``fallback.wire.dns.presentation``.
"""

from collections.abc import Collection, Iterator
from itertools import zip_longest

from attrs import field, frozen

from fallback.core.check.least_privilege import Rights
from fallback.core.config import Config, DnsTable, Network
from fallback.core.errors import Unavailable
from fallback.core.records import (
    Caps,
    Change,
    Commit,
    Key,
    Plan,
    RRset,
    Snapshot,
    absolute,
    as_typed,
    marker_key,
)
from fallback.core.text import T, Text
from fallback.wire.dns import presentation, zones
from fallback.wire.dns.nameservers import Server, ask, authoritative

CAPS = Caps(atomic="record", cas="person", apex=None, types=presentation.TYPES)

_NOBODY = "fallback-asks-for-nobody"
"""A label that nobody uses: what is answered there, a wildcard made up."""


@frozen
class Settings:
    """The keys of a ``[[dns]]`` table with ``provider = "manual"``.

    ``servers`` are the zone's name servers as ``address`` or ``address:port``; without
    them the parent's delegation is followed.
    """

    servers: tuple[str, ...] = ()

    def complaints(self) -> Iterator[tuple[str, Text]]:
        """Yield (key, complaint) for what is not right."""
        for text in self.servers:
            try:
                Server.parse(text)
            except ValueError:
                yield "servers", T("{server} is no address", server=text)


def connect(settings: Settings, config: Config) -> "Manual":
    """Return the provider."""
    return Manual(tuple(map(Server.parse, settings.servers)), config.network)


def rights(table: DnsTable) -> Rights:  # noqa: ARG001 - the same for each
    """See ``fallback.dns.rights``: there is no credential here to steal."""
    return Rights(())


@frozen
class Manual:
    """See ``fallback.core.ports.DnsProvider``."""

    servers: tuple[Server, ...] = ()
    network: Network = field(factory=Network)

    @property
    def caps(self) -> Caps:
        """See ``fallback.core.ports.DnsProvider``."""
        return CAPS

    def read(self, zone: str, names: Collection[str]) -> Snapshot:
        """See ``fallback.core.ports.DnsProvider``.

        Raises ``Unavailable`` when nobody answers, or when not all say the same: then
        it names both.
        """
        keys = zones.keys(zone, names)
        servers = self.servers or authoritative(zone, self.network)
        told = {
            server: answers
            for server in servers
            if (answers := self._all(server, keys)) is not None
        }
        if not told:
            raise Unavailable(
                T("no name server of the zone {zone} answers", zone=zone),
                next=T("set servers in fallback.toml to their addresses"),
            )
        first, *others = told
        for other in others:
            if told[other] != told[first]:
                both = (told[first], told[other])
                raise _disagreement(zone, (first, other), both)
        return Snapshot(absolute(zone), told[first])

    def commit(self, zone: str, plan: Plan) -> Commit:
        """Return the steps for a person. See ``fallback.core.ports.DnsProvider``."""
        marker = marker_key(zone)
        names = {change.name for change in plan.changes if change.key != marker}
        live = self.read(zone, sorted(names))
        zones.compare(plan, as_typed(live, plan.changes).get)
        return Commit(
            tuple(
                step
                for change in _in_safe_order(plan)
                for step in _steps(change, self._made_up(change, zone))
            )
        )

    def _made_up(self, change: Change, zone: str) -> RRset | None:
        """Return what a wildcard would make up at the key of *change*, if anything."""
        if change.key == marker_key(zone) or change.name == absolute(zone):
            return None
        nobody = f"{_NOBODY}.{change.name.partition('.')[2]}"
        for server in self.servers or authoritative(zone, self.network):
            answer = ask(server, nobody, change.type, self.network)
            if answer is not None:
                return answer.rrset
        return None

    def _all(self, server: Server, keys: Collection[Key]) -> dict[Key, RRset] | None:
        """Return what *server* holds at *keys*; ``None`` once it stays silent."""
        found: dict[Key, RRset] = {}
        for key in keys:
            answer = ask(server, *key, self.network)
            if answer is None or not answer.authoritative:
                return None
            if answer.rrset is not None:
                found[key] = answer.rrset
        return found


def _disagreement(
    zone: str,
    servers: tuple[Server, Server],
    told: tuple[dict[Key, RRset], dict[Key, RRset]],
) -> Unavailable:
    one, other = told
    key = next(k for k in sorted(one | other) if one.get(k) != other.get(k))
    return Unavailable(
        T(
            "the name servers of {zone} do not agree on {type} {name}: {one} says"
            " {said}, {other} says {contrary}",
            zone=zone,
            type=key[1],
            name=key[0].rstrip("."),
            one=str(servers[0]),
            said=_said(one.get(key)),
            other=str(servers[1]),
            contrary=_said(other.get(key)),
        ),
        next=T("wait until the panel's change has reached all of them, then try again"),
    )


def _said(rrset: RRset | None) -> Text:
    if rrset is None:
        return T("that there is none")
    return T("{data} (TTL {ttl} s)", data=", ".join(rrset.rdatas), ttl=_seconds(rrset))


def _seconds(rrset: RRset) -> int:
    return int(rrset.ttl.total_seconds())


def _in_safe_order(plan: Plan) -> Iterator[Change]:
    """Yield the changes so that stopping after any of them does the least harm.

    The marker comes first and goes last. Name by name, what would lead visitors past
    the new address (HTTPS, AAAA) goes before that address comes.
    """
    marker = marker_key(plan.zone)
    ours = [change for change in plan.changes if change.key == marker]
    leaving = any(change.after is None for change in ours)
    if not leaving:
        yield from ours
    for name in dict.fromkeys(c.name for c in plan.changes if c.key != marker):
        yield from (change for change in plan.steps() if change.name == name)
    if leaving:
        yield from ours


def _steps(change: Change, made_up: RRset | None) -> Iterator[Text]:
    """Yield what to type for one change, record by record.

    *made_up* is what a wildcard answers there: then the panel may show no such record.
    """
    before, after = change.before, change.after
    if before is None and after is not None:
        note = _ONLY_IF_DELETED if after == made_up else _ADD
        yield from (_step(note, change, new=data) for data in after.rdatas)
    elif after is None and before is not None:
        note = _IF_IT_IS_THERE if before == made_up else _DELETE
        yield from (_step(note, change, old=data) for data in before.rdatas)
    elif before is not None and after is not None and before != after:
        staying = [data for data in before.rdatas if data in after.rdatas]
        if before.ttl != after.ttl:
            yield from (_step(_SET_TTL, change, new=data) for data in staying)
        for old, new in zip_longest(
            (data for data in before.rdatas if data not in staying),
            (data for data in after.rdatas if data not in staying),
        ):
            form = _DELETE if new is None else _ADD if old is None else _CHANGE
            yield _step(form, change, old=old or "", new=new or "")


_ADD = T("add {type} {name} {new}, TTL {ttl} s")
_DELETE = T("delete {type} {name} {old}")
_CHANGE = T("change {type} {name} from {old} to {new}, TTL {ttl} s")
_SET_TTL = T("set the TTL of {type} {name} {new} to {ttl} s")
_IF_IT_IS_THERE = T(
    "delete {type} {name} {old} – if the panel shows it; else it comes from the record"
    " *, and there is nothing to delete"
)
_ONLY_IF_DELETED = T(
    "add {type} {name} {new}, TTL {ttl} s – only if you deleted it before; else the"
    " record * brings it back"
)


def _step(form: Text, change: Change, *, old: str = "", new: str = "") -> Text:
    return form.with_values(
        type=change.type,
        name=change.name.rstrip("."),
        old=old,
        new=new,
        ttl=0 if change.after is None else _seconds(change.after),
    )
