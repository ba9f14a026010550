"""The way back in words, for a day on which no tool works.

The exact records to delete and to add, as zone-file lines: what a person types into
any provider's panel. The same lines stand in every refusal.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from fallback.core.records import Change, RRset, Target, absolute
from fallback.core.redirect.journal import Entry, zone_lines
from fallback.core.text import Sayable, T, Text


def by_hand(changes: Iterable[Change]) -> Iterator[Sayable]:
    """Yield what to type for *changes*, deletions first; nothing for equal ones."""
    changed = [change for change in changes if change.before != change.after]
    proxied = {c.name for c in changed if c.before is not None and c.before.proxied}
    for change in changed:
        if change.before is not None:
            for line in zone_lines(change.key, change.before):
                yield T("delete: {line}", line=line)
            yield from asides(change.before)
    for change in changed:
        if change.after is not None:
            for line in zone_lines(change.key, change.after):
                yield T("add:    {line}", line=line)
            yield from asides(change.after)
            if change.name in proxied and not change.after.proxied:
                yield T("        without the proxy: DNS only")


def asides(rrset: RRset) -> Iterator[Sayable]:
    """Yield what a panel has beside the record: its proxy, a comment, tags."""
    for name, value in rrset.extra:
        yield T("        with {name}: {value}", name=name, value=value)


def restore_card(shop: str, decisions: Sequence[Entry]) -> Iterator[Sayable]:
    """Yield the lines of the card for the redirects that are not taken back.

    *decisions* holds the redirect of each zone; without any, the card says so.
    """
    yield T("the way back for {shop}", shop=shop)
    yield ""
    if not decisions:
        yield T("no name is redirected: there is nothing to put back")
        return
    yield T("when the shop is back, run: fallback restore")
    yield T("if that cannot be done, type this into the panel of the DNS operator")
    for decision in decisions:
        yield ""
        yield T(
            "zone {zone} at {provider}, redirected to {target} on {at}",
            zone=decision.zone,
            provider=decision.provider,
            target=decision.target,
            at=decision.at.strftime("%Y-%m-%d %H:%M UTC"),
        )
        yield from by_hand(change.reverse() for change in decision.changes)


def wishes(
    names: Iterable[str], target: Target, ttl: timedelta, zone: str
) -> tuple[Change, ...]:
    """Return what should stand at *names* when nobody can say what stands there now.

    Nothing for the top of *zone* when *target* is a host name: no CNAME may stand there
    (RFC 1034 section 3.6.2), and ``by_addresses`` says what does.
    """
    wanted: dict[str, list[str]] = {}
    if isinstance(target, str):
        names = [name for name in names if absolute(name) != absolute(zone)]
        wanted["CNAME"] = [absolute(target)]
    else:
        for address in target:
            rtype = "A" if address.version == 4 else "AAAA"
            wanted.setdefault(rtype, []).append(str(address))
    return tuple(
        Change(absolute(name), rtype, None, RRset(ttl, tuple(rdatas)))
        for name in names
        for rtype, rdatas in wanted.items()
    )


def by_addresses(
    names: Iterable[str], target: Target, changes: Iterable[Change]
) -> Iterator[Text]:
    """Yield what to type at those of *names* for which *changes* hold no way there."""
    led = {change.name for change in changes if change.after is not None}
    if isinstance(target, str):
        for name in map(absolute, names):
            if name not in led:
                yield _ADDRESSES.with_values(name=name.rstrip("."), target=target)


_ADDRESSES = T(
    "A and AAAA at {name}: the addresses of {target}, which a resolver tells; or an"
    " ALIAS, where the operator has it. No CNAME may stand there"
)
