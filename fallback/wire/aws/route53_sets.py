"""Route 53's record sets and ours, as boto3 writes them: nothing is lost on the way.

A plain set is our set under its own key. Route 53 keeps a value as it was typed, maybe
without the final dot, and deletes only what is spelled exactly so: a spelling that is
not ours stands in ``extra``. All alias sets of a name together are the one key
``ALIAS``, because a name has A or an alias of type A and never both. What ``redirect``
writes, an alias to CloudFront for A and AAAA, is just the host name; any other alias
has its type, its zone, ``EvaluateTargetHealth`` and its spelling in ``extra``.

https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, TypeAlias

from fallback.core.errors import Rejected
from fallback.core.records import (
    SPELLED,
    WEB_TYPES,
    Aliases,
    Key,
    Plan,
    RRset,
    absolute,
)
from fallback.core.text import T, Text
from fallback.wire.dns import presentation

Set: TypeAlias = dict[str, Any]
"""One ``ResourceRecordSet``."""

_CLOUDFRONT = ".cloudfront.net."
_CLOUDFRONT_ZONE = "Z2FDTNDATAQYW2"
_WEBSITES = {
    "s3-website-us-east-1.amazonaws.com.": "Z3AQBSTGFYJSTF",
    "s3-website.us-east-2.amazonaws.com.": "Z2O1EMRO9K5GLX",
    "s3-website-us-west-1.amazonaws.com.": "Z2F56UZL2M1ACD",
    "s3-website-us-west-2.amazonaws.com.": "Z3BJ6K6RIION7M",
    "s3-website.ca-central-1.amazonaws.com.": "Z1QDHH18159H29",
    "s3-website.eu-central-1.amazonaws.com.": "Z21DNDUVLTQW6Q",
    "s3-website-eu-west-1.amazonaws.com.": "Z1BKCTXD74EZPE",
    "s3-website.eu-west-2.amazonaws.com.": "Z3GKZC51ZF0DB4",
    "s3-website.eu-west-3.amazonaws.com.": "Z3R1K369G5AVDG",
    "s3-website.eu-north-1.amazonaws.com.": "Z3BAZG2TWCNX0D",
}
"""https://docs.aws.amazon.com/general/latest/gr/s3.html#s3_website_region_endpoints"""

ALIASES = Aliases(
    ttl=timedelta(seconds=60),
    below=(_CLOUDFRONT,),
    named=tuple(_WEBSITES),
)
"""What has an alias at all: only where its hosted zone is known, can we write one.

An alias has no TTL; these targets answer with a minute
(https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-choosing-alias-non-alias.html).
"""

_SIMPLE = {"Name", "Type", "TTL", "ResourceRecords", "AliasTarget"}
_ROUTED = {
    "TrafficPolicyInstanceId": T("a traffic policy"),
    "Failover": T("failover routing"),
    "Weight": T("weighted routing"),
    "Region": T("latency routing"),
    "GeoLocation": T("geolocation routing"),
    "GeoProximityLocation": T("geoproximity routing"),
    "CidrRoutingConfig": T("IP-based routing"),
    "MultiValueAnswer": T("multivalue answers"),
    "HealthCheckId": T("a health check"),
}


def routed(found: Set) -> Text | None:
    """Return what decides over *found* besides its data; ``None`` for a simple set.

    Such a set is one of several, and a part of somebody's own way to survive.
    """
    for key, why in _ROUTED.items():
        if key in found:
            return why
    others = sorted(set(found) - _SIMPLE)
    return T("{what}", what=", ".join(others)) if others else None


def by_key(sets: Mapping[str, Iterable[Set]]) -> dict[Key, RRset]:
    """Return the simple *sets* of each name under our keys; the others are left out."""
    found: dict[Key, RRset] = {}
    for name, all_of_them in sets.items():
        simple = [each for each in all_of_them if routed(each) is None]
        for each in simple:
            if not each.get("AliasTarget"):
                found[name, each["Type"]] = _plain(each)
        if aliases := [each for each in simple if key(name, each)[1] == "ALIAS"]:
            found[name, "ALIAS"] = _alias(name, aliases)
    return found


def key(name: str, found: Set) -> Key:
    """Return under which key of ours *found* stands."""
    ours = found.get("AliasTarget") and found["Type"] in WEB_TYPES
    return (name, "ALIAS" if ours else found["Type"])


def sets(key: Key, rrset: RRset) -> list[Set]:
    """Return *rrset* as Route 53 will keep it.

    Raises ``Rejected`` for an alias to what has no known hosted zone.
    """
    name, rtype = key
    if rtype != "ALIAS":
        spelled = [value for kind, value in rrset.extra if kind == SPELLED]
        return [
            {
                "Name": name,
                "Type": rtype,
                "TTL": int(rrset.ttl.total_seconds()),
                "ResourceRecords": [{"Value": v} for v in spelled or rrset.rdatas],
            }
        ]
    if rrset.extra:
        return [_spelled_alias(name, kind, value) for kind, value in rrset.extra]
    if len(rrset.rdatas) == 1 and (made := _ours(name, rrset.rdatas[0])):
        return made
    raise Rejected(
        T(
            "an alias at {name} cannot lead to {target}: its hosted zone is not known",
            name=name,
            target=", ".join(rrset.rdatas),
        ),
        customers_see=T("no change: nothing was written"),
        next=T("put CloudFront in front of it, or give fixed addresses as target"),
    )


def bare(found: Set) -> Set:
    """Return *found* without what is empty: as it must be written to be deleted."""
    return {key: value for key, value in found.items() if value not in (None, [])}


def in_order(made: Sequence[Set]) -> list[Set]:
    """Return *made* so that each alias comes after what it leads to."""
    at = {(absolute(each["Name"]), each["Type"]): each for each in made}

    def depth(each: Set, seen: int = 0) -> int:
        target = each.get("AliasTarget")
        if not target or seen > len(made):
            return seen
        found = at.get((absolute(target["DNSName"]), each["Type"]))
        return depth(found, seen + 1) if found else seen + 1

    return sorted(made, key=depth)


def _plain(found: Set) -> RRset:
    values = [record["Value"] for record in found["ResourceRecords"]]
    rdatas = tuple(_canonical(found["Type"], value) for value in values)
    ours = sorted(set(rdatas)) == sorted(values)
    extra = () if ours else tuple((SPELLED, value) for value in sorted(values))
    return RRset(timedelta(seconds=found["TTL"]), rdatas, extra)


def _canonical(rtype: str, value: str) -> str:
    """Return *value* as every adapter spells it.

    Route 53 writes escapes in octal, and everybody else in decimal: such a value, and a
    string of text, is left as it is.
    """
    import dns.exception
    import dns.name
    import dns.rdata

    if rtype == "TXT" or "\\" in value:
        return value
    try:
        # a name without its final dot is still the whole name
        return presentation.text(
            dns.rdata.from_text(
                "IN", rtype, value, origin=dns.name.root, relativize=False
            )
        )
    except dns.exception.DNSException:
        return value


def _alias(name: str, found: Sequence[Set]) -> RRset:
    """Return all alias sets of *name* as one."""
    host = absolute(found[0]["AliasTarget"]["DNSName"])
    host = name + host if host in _WEBSITES else host
    simple = [bare(each) | {"Name": name} for each in found]
    if _by_type(_ours(name, host)) == _by_type(simple):
        return RRset(ALIASES.ttl, (host,))
    extra = []
    for each in _by_type(found):
        target = each["AliasTarget"]
        health = "health" if target["EvaluateTargetHealth"] else "always"
        words = target["HostedZoneId"], health, target["DNSName"]
        extra.append((each["Type"], " ".join(words)))
    hosts = tuple(absolute(each["AliasTarget"]["DNSName"]) for each in found)
    return RRset(ALIASES.ttl, hosts, tuple(extra))


def _by_type(found: Sequence[Set]) -> list[Set]:
    return sorted(found, key=lambda each: str(each["Type"]))


def _spelled_alias(name: str, rtype: str, words: str) -> Set:
    zone, health, host = words.split(" ", 2)
    return _alias_set(name, rtype, zone, host, health=health == "health")


def _ours(name: str, host: str) -> list[Set]:
    """Return the alias that ``redirect`` writes; empty when it can write none.

    CloudFront answers over IPv6 too; a bucket website does not.
    """
    if host.endswith(_CLOUDFRONT):
        return [
            _alias_set(name, rtype, _CLOUDFRONT_ZONE, host) for rtype in ("A", "AAAA")
        ]
    website = host.removeprefix(name)
    if website != host and website in _WEBSITES:
        return [_alias_set(name, "A", _WEBSITES[website], website)]
    return []


def _alias_set(
    name: str, rtype: str, zone: str, host: str, *, health: bool = False
) -> Set:
    target = {"HostedZoneId": zone, "DNSName": host, "EvaluateTargetHealth": health}
    return {"Name": name, "Type": rtype, "AliasTarget": target}


def batch(plan: Plan, live: Mapping[str, Sequence[Set]]) -> list[dict[str, Any]]:
    """Return the one batch: what was read goes, word for word, before anything comes.

    An alias goes before what it leads to, and comes after it.
    """
    gone = [
        bare(each)
        for change in plan.changes
        for each in live[change.name]
        if change.before and key(change.name, each) == change.key
    ]
    come = [
        each
        for change in plan.changes
        if change.after
        for each in sets((wired(change.name), change.type), change.after)
    ]
    return [
        *_changes("DELETE", reversed(in_order(gone))),
        *_changes("CREATE", in_order(come)),
    ]


def _changes(action: str, sets: Iterable[Set]) -> Iterator[dict[str, Any]]:
    for each in sets:
        yield {"Action": action, "ResourceRecordSet": each}


def wired(name: str) -> str:
    """Return *name* as Route 53 writes it: in ASCII (RFC 5891), with the final dot."""
    import dns.name

    return dns.name.from_text(name).to_text().lower()
