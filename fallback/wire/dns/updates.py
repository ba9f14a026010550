"""One UPDATE message (RFC 2136) that is a plan: what must stand, what goes, what comes.

The server compares every key of the plan, absence included, and carries out all of it
or nothing. Its comparison ignores TTL, so the SOA of the zone that we compared with
stands among the prerequisites: any edit in between changes its serial.
"""

from datetime import timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING

from attrs import evolve

from fallback.core.records import Plan
from fallback.wire.dns import presentation, zones

if TYPE_CHECKING:
    import dns.tsig
    import dns.update
    import dns.zone


class Pin(Enum):
    """What the server compares with beside the absence of what was absent.

    In the order of strength; a weaker one is for a server that cannot do the stronger.
    """

    SOA = auto()
    """The SOA, and with it every edit of the zone."""
    DATA = auto()
    """The plan's keys, blind to their TTL: the SOA that the server shows is not its."""
    MOST_DATA = auto()
    """So, but of HTTPS and SVCB only that there are some: PowerDNS 4.7 finds an equal
    set of them different."""


def message(
    live: "dns.zone.Zone",
    plan: Plan,
    key: "dns.tsig.Key",
    *,
    pin: Pin = Pin.SOA,
    bare: tuple[str, ...] = (),
) -> "dns.update.UpdateMessage":
    """Return the message; removals stand before additions.

    At the names *bare* it also removes what the server has signed, see ``to_be_bared``.
    """
    import dns.rdataset
    import dns.update

    origin = live.origin or plan.zone
    made = dns.update.UpdateMessage(origin, keyring=key)
    if pin is Pin.SOA:
        made.present(origin, dns.rdataset.from_rdata(0, zones.soa(live)))
    for change in plan.changes:
        if change.before is None:
            made.absent(change.name, change.type)
        elif pin is not Pin.DATA and change.type in ("HTTPS", "SVCB"):
            made.present(change.name, change.type)
        else:
            # the TTL of a prerequisite is zero (RFC 2136 section 2.4.2)
            value = evolve(change.before, ttl=timedelta())
            made.present(change.name, presentation.rdataset(change.type, value))
    for change in plan.changes:
        if change.before is not None:
            made.delete(change.name, change.type)
    for name in bare:
        made.delete(name, "RRSIG")
        made.delete(name, "NSEC")
    for change in plan.changes:
        if change.after is not None:
            after = presentation.rdataset(change.type, change.after)
            made.add(change.name, after)
    return made


def to_be_bared(live: "dns.zone.Zone", plan: Plan) -> tuple[str, ...]:
    """Return the names whose signatures must go before *plan* can be carried out.

    Knot 3.2 takes the signatures of what the same message has just removed for records
    that are still there: it silently leaves a CNAME out and answers NOERROR. With the
    signatures removed too it takes the CNAME, and signs anew. The name where a CNAME
    goes is among them, because the way back will need the same right.
    """
    import dns.name

    names = dict.fromkeys(c.name for c in plan.changes if c.type == "CNAME")
    return tuple(
        name
        for name in names
        if live.get_rdataset(dns.name.from_text(name), "RRSIG", "NSEC") is not None
    )
