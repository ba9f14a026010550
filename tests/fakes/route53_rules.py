"""What Route 53 takes and what it refuses, as pure functions.

Each sentence of a refusal is Amazon's own, as users have reported it.
https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from ipaddress import IPv4Address, IPv6Address
from typing import Any, TypeAlias

from tests.servers.zones import Record

Set: TypeAlias = dict[str, Any]
Place: TypeAlias = tuple[str, str, str]

PAGE = 300
MOST = 1000
CLOUDFRONT = "Z2FDTNDATAQYW2"
TYPES = {"SOA", "A", "TXT", "NS", "CNAME", "MX", "NAPTR", "PTR", "SRV", "SPF", "AAAA"}
TYPES |= {"CAA", "DS", "TLSA", "SSHFP", "SVCB", "HTTPS"}


class Wrong(Exception):
    """What Amazon answers instead: status, code, messages."""

    def __init__(self, code: str, *messages: str, status: int = 400) -> None:
        super().__init__(code)
        self.code, self.messages, self.status = code, messages, status


def spelled(name: str) -> str:
    """Return *name* as Route 53 returns it: escapes are octal."""
    low = name.lower().rstrip(".") + "."
    return re.sub(r"[^a-z0-9._\\-]", lambda m: f"\\{ord(m[0]):03o}", low)


def place(made: Set) -> Place:
    return (spelled(made["Name"]), made["Type"], made.get("SetIdentifier", ""))


def order(at: Place) -> tuple[list[str], str, str]:
    """Sort by the labels from the right, then by type."""
    return (at[0].rstrip(".").split(".")[::-1], at[1], at[2])


def carry_out(zone: Any, batch: list[tuple[str, Set]]) -> dict[Place, Set]:
    """Return the sets of *zone* after *batch*. Raises ``Wrong`` with every reason."""
    if not batch:
        raise Wrong("InvalidInput", "ChangeBatch must contain at least one change")
    if len(batch) > MOST:
        raise Wrong("InvalidChangeBatch", "Number of records limit of 1000 exceeded")
    for action, made in batch:
        well_formed(action, made)
    sets, reasons = dict(zone.sets), []
    for action, made in batch:
        reasons += refusals(zone, sets, action, made)
        if action == "DELETE":
            sets.pop(place(made), None)
        else:
            sets[place(made)] = made
    if reasons:
        raise Wrong("InvalidChangeBatch", *reasons)
    return sets


def well_formed(action: str, made: Set) -> None:
    """Raise ``Wrong`` for what does not depend on the zone."""
    if action == "UPSERT":
        raise Wrong("InvalidInput", "UPSERT is not for us: it compares nothing")
    if action not in ("CREATE", "DELETE") or made["Type"] not in TYPES:
        raise Wrong("InvalidInput", f"1 validation error: {action} {made['Type']}")
    records = "ResourceRecords" in made and "TTL" in made
    if "AliasTarget" in made:
        records = "ResourceRecords" in made or "TTL" in made
        if records:
            raise Wrong("InvalidInput", _EXACTLY_ONE + "but found more than one")
    elif not records:
        raise Wrong("InvalidInput", _EXACTLY_ONE + "but found none")
    values = made.get("ResourceRecords", [])
    if not values and "AliasTarget" not in made:
        raise Wrong("InvalidInput", "ResourceRecords must contain 1 or more elements")
    if not 0 <= made.get("TTL", 0) <= 2147483647:
        raise Wrong("InvalidInput", "TTL is out of range")


_EXACTLY_ONE = (
    "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and"
    " ResourceRecords], or TrafficPolicyInstanceId], "
)


def refusals(
    zone: Any, sets: Mapping[Place, Set], action: str, made: Set
) -> Iterator[str]:
    """Yield why *action* is refused in the state that the batch has come to."""
    name, rtype, _ = at = place(made)
    what = f"resource record set [name='{name}', type='{rtype}']"
    if (name, rtype) in zone.protected:
        comment = zone.protected[name, rtype]
        yield f"The {what} is protected from changes: {comment}"
    if action == "DELETE":
        if at not in sets:
            yield f"Tried to delete {what} but it was not found"
        elif not same(sets[at], made):
            yield (
                f"Tried to delete {what} but the values provided do not match the"
                " current values"
            )
        if (name, rtype) in ((zone.name, "SOA"), (zone.name, "NS")):
            yield f"A HostedZone must contain exactly one {rtype} record."
        return
    if not f".{name}".endswith(f".{zone.name}"):
        yield f"RRSet with DNS name {name} is not permitted in zone {zone.name}"
    if at in sets:
        yield f"Tried to create {what} but it already exists"
    yield from _beside(zone, sets, name, rtype)
    yield from _values(made)
    if "AliasTarget" in made:
        yield from _alias(zone, sets, made)


def same(held: Set, given: Set) -> bool:
    """Compare every attribute; only the order of the values does not count."""

    def whole(made: Set) -> Set:
        values = made.get("ResourceRecords")
        return made | {
            "Name": spelled(made["Name"]),
            "ResourceRecords": sorted(values) if values else None,
        }

    return whole(held) == whole(given)


def _beside(
    zone: Any, sets: Mapping[Place, Set], name: str, rtype: str
) -> Iterator[str]:
    there = {kind for at, kind, _ in sets if at == name}
    others = there - {"CNAME"} if rtype == "CNAME" else there & {"CNAME"}
    if others:
        yield (
            f"RRSet of type {rtype} with DNS name {name} is not permitted as it"
            f" conflicts with other records with the same DNS name in zone {zone.name}"
        )
    if rtype == "CNAME" and name == zone.name:
        yield (
            f"RRSet of type CNAME with DNS name {name} is not permitted at apex in"
            f" zone {zone.name}"
        )


def _values(made: Set) -> Iterator[str]:
    values = made.get("ResourceRecords", [])
    for value in values:
        if values.count(value) > 1:
            yield f"Duplicate Resource Record: '{value}'"
        try:
            if made["Type"] == "A":
                IPv4Address(value)
            elif made["Type"] == "AAAA":
                IPv6Address(value)
        except ValueError:
            yield f"Invalid Resource Record: 'FATAL problem: illegal address '{value}''"
        if made["Type"] == "TXT" and not re.fullmatch(r'("[^"]*"\s*)+', value):
            yield f"Invalid Resource Record: 'InvalidCharacterString: '{value}''"
    if made["Type"] == "CNAME" and len(values) > 1:
        yield "Invalid Resource Record: 'FATAL problem: more than one CNAME'"


def _alias(zone: Any, sets: Mapping[Place, Set], made: Set) -> Iterator[str]:
    """Yield why the target of *made* is none."""
    target, rtype = made["AliasTarget"], made["Type"]
    host, where = target["DNSName"], target["HostedZoneId"]
    what = f"Tried to create an alias that targets {host}, type {rtype} in zone {where}"
    cloudfront = host.rstrip(".").endswith(".cloudfront.net")
    if cloudfront != (where == CLOUDFRONT):
        yield f"{what}, but the alias target name does not lie within the target zone"
    if cloudfront and target["EvaluateTargetHealth"] == "true":
        yield f"EvaluateTargetHealth cannot be true for {host}"
    if cloudfront and rtype not in ("A", "AAAA", "HTTPS"):
        yield f"{what}, but that type is not permitted"
    if where == zone.id and (spelled(host), rtype) not in {at[:2] for at in sets}:
        yield f"{what}, but that target was not found"


def records(sets: Iterable[Set]) -> Iterator[Record]:
    """Yield every record of *sets* as it is spelled."""
    for made in sets:
        name = made["Name"]
        if "AliasTarget" in made:
            yield (
                name,
                f"ALIAS {made['Type']}",
                0,
                " ".join(made["AliasTarget"].values()),
            )
        for value in made.get("ResourceRecords", ()):
            yield name, made["Type"], made["TTL"], value


def allows(
    policy: Mapping[str, Any] | None,
    action: str,
    resource: str,
    batch: list[tuple[str, Set]],
) -> bool:
    """Say whether an IAM *policy* allows *action*: some statement, every condition.

    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/specifying-conditions-route53.html
    """
    if policy is None:
        return True
    prefix = "route53:ChangeResourceRecordSets"
    context = {
        f"{prefix}NormalizedRecordNames": {place(s)[0].rstrip(".") for _, s in batch},
        f"{prefix}RecordTypes": {made["Type"] for _, made in batch},
        f"{prefix}Actions": {action for action, _ in batch},
    }
    for statement in policy["Statement"]:
        assert statement["Effect"] == "Allow"
        conditions = statement.get("Condition", {})
        exact, alike = "ForAllValues:StringEquals", "ForAllValues:StringLike"
        assert set(conditions) <= {exact, alike}
        only, like = conditions.get(exact, {}), conditions.get(alike, {})
        if (
            f"route53:{action}" in statement["Action"]
            and fnmatchcase(resource, statement["Resource"])
            and all(context[key] <= set(values) for key, values in only.items())
            and all(
                any(fnmatchcase(word, form) for form in forms)
                for key, forms in like.items()
                for word in context[key]
            )
        ):
            return True
    return False
