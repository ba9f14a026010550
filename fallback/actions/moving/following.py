"""A target that moves: the top of a zone that can follow no host name, and follows it.

Where the owner said ``follow = true``, the addresses of the target are written there.
They change without notice, so the watcher looks at them while the names are redirected,
and the same plan, gates and journal as ever take the names along.
"""

from ipaddress import ip_address

from fallback.actions.moving import evidence
from fallback.actions.moving.moved import Moved, State
from fallback.actions.moving.surveying import Job
from fallback.core.config import Config, DnsTable
from fallback.core.records import Addresses, Caps, Marker, absolute, marker_key
from fallback.core.redirect.gates import page_gate


def followed(config: Config, job: Job) -> Addresses:
    """Return the addresses to write at the top of the zone of *job*; empty for none.

    What is written there stays as long as the target still has it, or it still answers
    with the page: many hosts name other addresses each time they are asked.
    """
    found = addresses_now(config, job.table, job.caps)
    decision = job.in_force
    if not found or decision is None:
        return found
    at = [decision.get((job.zone, rtype)) for rtype in ("A", "AAAA")]
    written = tuple(
        ip_address(rdata)
        for change in at
        if change is not None and change.after is not None
        for rdata in change.after.rdatas
    )
    if not written or set(written) <= set(found):
        return written or found
    names = evidence.typed_names(config, job.table.zone, job.table.names)
    looks = evidence.page_looks(config, names, written)
    astray = any(page_gate(looks, evidence.expected_pages(config), names))
    return found if astray else written


def addresses_now(config: Config, table: DnsTable, caps: Caps) -> Addresses:
    """Return what the target's name leads to now, if *table* needs to know that."""
    top = absolute(table.zone) in map(absolute, table.names)
    if not (table.follow and top) or caps.apex or not isinstance(table.target, str):
        return ()
    return tuple(map(ip_address, evidence.addresses_of(table.target, config.network)))


def only_follows(plan: Moved) -> bool:
    """Say whether *plan* only follows a target, under a redirect in force."""
    for zone in plan.zones:
        if zone.state is not State.PLANNED:
            continue
        for change in zone.changes:
            if change.key == marker_key(zone.zone):
                marker = Marker.parse(change.before)
                if marker is None or marker.state != "redirected":
                    return False
            elif change.name != zone.zone or change.type not in ("A", "AAAA"):
                return False
    return True
