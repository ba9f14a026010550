"""How a zone is handed down by its parent, and kept alive by its servers.

The parent's list is what the world follows (RFC 1034 section 4.2.2); the zone's own
list is what it says of itself. Both are judged here with the SOA, which says for how
long servers that transfer the zone go on without the one that is written to.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from attrs import frozen

from fallback.core.findings import Finding, Severity
from fallback.core.text import T

SHORTEST_EXPIRE = timedelta(days=7)
"""RFC 1912 section 2.2 wants two to four weeks; less than one is a long weekend."""
LONGEST_NEGATIVE = timedelta(hours=1)


@frozen
class Soa:
    """What of a SOA record matters here (RFC 1035 section 3.3.13, RFC 2308 section 4).

    ``negative`` is how long an absence may be believed, ``names`` are the first server
    and the mailbox, written as a name, of whoever is responsible.
    """

    serial: int
    expire: timedelta
    negative: timedelta
    names: tuple[str, ...] = ()


@frozen
class Keeper:
    """One name server's own view of the zone; ``None``: it did not say."""

    name: str
    soa: Soa | None = None
    servers: tuple[str, ...] | None = None


@frozen
class Delegation:
    """What the parent says of a zone, and whether the zone is signed.

    ``servers`` is the parent's list of names, ``None`` where no parent was asked or
    none answered, empty where the parent knows no such zone. ``chained``: the parent
    has a DS record; ``signed``: the zone has a DNSKEY; ``None``: nobody said.
    """

    servers: tuple[str, ...] | None = None
    chained: bool | None = None
    signed: bool | None = None


def delegation_findings(
    zone: str,
    delegation: Delegation | None,
    keepers: Sequence[Keeper],
    *,
    operated: bool = False,
) -> Iterator[Finding]:
    """Yield what is amiss between the parent, the zone and its servers.

    *operated*: a DNS company keeps the zone. Its servers share it by ways of their own,
    and the SOA's times, which nobody there can set, move nothing.
    """
    if delegation is not None:
        yield from _handed_down(zone, delegation, keepers)
        yield from _signed(zone, delegation)
    yield from _serials(zone, keepers)
    for keeper in keepers[:1]:
        if keeper.soa is not None:
            yield from _times(
                zone, keeper.soa, several=len(keepers) > 1 and not operated
            )


def _handed_down(
    zone: str, delegation: Delegation, keepers: Sequence[Keeper]
) -> Iterator[Finding]:
    remedy = T("compare the name servers at the registrar with those in the zone")
    if delegation.servers is None:
        return
    if not delegation.servers:
        yield Finding(
            "no-delegation",
            Severity.CRITICAL,
            zone,
            T("the zone above does not lead to any name server of it"),
            T("nobody can find the shop, and no change would be seen"),
            T("enter the name servers where the domain is registered; see that it is"
              " paid for"),
        )  # fmt: skip
        return
    parent = set(delegation.servers)
    for keeper in keepers:
        if keeper.servers is None or set(keeper.servers) == parent:
            continue
        missing = sorted(set(keeper.servers) - parent)
        yield Finding(
            "ns-mismatch",
            Severity.WARNING,
            zone,
            T("the zone names the server {name}, and the registrar does not",
              name=missing[0])
            if missing
            else T("the registrar names the server {name}, and the zone does not",
                   name=min(parent - set(keeper.servers))),
            T("visitors are led by either list: a change must reach both"),
            remedy,
        )  # fmt: skip
        return


def _signed(zone: str, delegation: Delegation) -> Iterator[Finding]:
    if delegation.chained and delegation.signed is False:
        yield Finding(
            "dnssec-broken",
            Severity.CRITICAL,
            zone,
            T("the zone above says that it is signed, and it is not (DNSSEC)"),
            T("for many visitors neither the shop nor the page would be found"),
            T("take the DS record away where the domain is registered, or sign the"
              " zone"),
        )  # fmt: skip
    elif delegation.chained:
        yield Finding(
            "dnssec",
            Severity.INFO,
            zone,
            T("the zone is signed (DNSSEC)"),
            T("a changed record counts only when its server signs it at once, and no"
              " other operator can take the zone over within a day"),
            T("nothing to do where the operator signs by itself"),
        )  # fmt: skip


def _serials(zone: str, keepers: Sequence[Keeper]) -> Iterator[Finding]:
    told = [(keeper.name, keeper.soa.serial) for keeper in keepers if keeper.soa]
    for name, serial in told[1:]:
        first, other = told[0]
        if serial != other:
            yield Finding(
                "serial-differs",
                Severity.WARNING,
                zone,
                T("{one} has version {old} of the zone, {other} has {new}",
                  one=first.rstrip("."), old=other, other=name.rstrip("."), new=serial),
                T("a change reaches some of the visitors late, or never"),
                T("run fallback check again in an hour; if it stays, mend the transfer"
                  " between the name servers"),
            )  # fmt: skip
            return


def _times(zone: str, soa: Soa, *, several: bool) -> Iterator[Finding]:
    if several and soa.expire < SHORTEST_EXPIRE:
        yield Finding(
            "soa-expire",
            Severity.WARNING,
            zone,
            T("the other name servers give the zone up after {hours} hours without the"
              " first one (SOA expire)", hours=soa.expire // timedelta(hours=1)),
            T("an outage of the first server over a long weekend takes the domain away,"
              " mail included"),
            T("set expire in the SOA record to 1209600 (two weeks)"),
        )  # fmt: skip
    if soa.negative > LONGEST_NEGATIVE:
        yield Finding(
            "negative-ttl",
            Severity.WARNING,
            zone,
            T("that a record does not exist is believed for {minutes} minutes",
              minutes=soa.negative // timedelta(minutes=1)),
            T("whoever asked before a record was made does not see it for so long"),
            T("set the last number of the SOA record to 300"),
        )  # fmt: skip
