"""Another way home: the names go to a new server, not back to the one that died.

The new server's records take the place of the way back, and nothing else of the
decision changes; so the gates, the marker, the journal and the restore card of every
other restore serve this one too.
"""

from collections.abc import Mapping
from datetime import timedelta

from attrs import evolve

from fallback.core.records import Caps, Change, Key, RRset, Target, pointed_at
from fallback.core.redirect.journal import Entry

_ADDRESSED = ("A", "AAAA", "CNAME", "ALIAS")


def home_changes(decision: Entry, home: Target, caps: Caps) -> tuple[Change, ...]:
    """Return the changes of *decision*, with a way back that leads to *home*.

    A name leads to *home* with the TTL that it had. A CNAME onto another of the names
    comes back as it was, because that name leads to *home* too. HTTPS and SVCB records
    do not come back: they hold the old server's addresses, protocols and keys (RFC
    9460 section 7; a browser that is told a wrong ECH key shows an error), and a name
    without them is served as well. Raises ``Refused`` when *home* cannot be written.
    """
    before = {c.key: c.before for c in decision.changes if c.before is not None}
    wanted: dict[str, Mapping[str, RRset]] = {}
    for name in dict.fromkeys(c.name for c in decision.changes if c.type != "TXT"):
        alias = before.get((name, "CNAME"))
        wanted[name] = (
            {"CNAME": alias}
            if alias is not None and _ends_at_a_name(name, decision, before)
            else pointed_at(name, decision.zone, home, _ttl(name, decision), caps)
        )
    return tuple(
        change
        if change.type == "TXT"
        else evolve(change, before=wanted[change.name].get(change.type))
        for change in decision.changes
    )


def _ends_at_a_name(name: str, decision: Entry, before: Mapping[Key, RRset]) -> bool:
    """Say whether the CNAME at *name* ends at another name, which has addresses."""
    names = {change.name for change in decision.changes}
    seen = {name}
    while (alias := before.get((name, "CNAME"))) is not None:
        name = alias.rdatas[0]
        if name in seen or name not in names:
            return False
        seen.add(name)
    return True


def _ttl(name: str, decision: Entry) -> timedelta:
    """Return the TTL that *name* had; that of the page for a wildcard's name."""
    web = [c for c in decision.changes if c.name == name and c.type in _ADDRESSED]
    had = [change.before.ttl for change in web if change.before is not None]
    has = [change.after.ttl for change in web if change.after is not None]
    return max(had or has)


def dropped(first: Entry, decision: Entry) -> tuple[tuple[Key, RRset], ...]:
    """Return the HTTPS and SVCB records of *first* that its way back no longer has."""
    now = {change.key: change.before for change in decision.changes}
    return tuple(
        (change.key, change.before)
        for change in first.changes
        if change.type in ("HTTPS", "SVCB")
        and change.before is not None
        and now.get(change.key) is None
    )
