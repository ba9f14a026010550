"""The narrowest rights that a credential needs: for a zone, and for a shared state.

Whoever steals a zone's key that has these can point the configured names elsewhere, and
can do nothing else: mail, name servers and certificates' records are out of its reach.
The key of a state moves no name by itself, but decides where the next restore leads
them. The texts are configuration of the server in question, ready to be pasted.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from attrs import frozen

from fallback.core.records import MARKER_LABEL, WEB_TYPES, absolute, marker_key
from fallback.core.redirect.drill import part_of
from fallback.core.text import T, Text

KNOT_TYPES = ("A", "AAAA", "CNAME", "HTTPS", "SVCB", "TXT", "RRSIG", "NSEC")
"""What a key must be allowed to update on Knot. The signatures are among them because
Knot wants them deleted before it gives a name a CNAME, see ``wire.dns.updates``."""

MOVES = T(
    "point the configured names elsewhere, which no right can be without; keep it where"
    " nobody else reads it"
)
"""What every credential that can redirect can do in a thief's hands."""


@frozen
class Grant:
    """A right in the operator's own language, and ``where`` it is to be put."""

    where: Text
    text: str


@frozen
class Rights:
    """What a stolen credential could do, and the narrowest one that is enough.

    ``stolen`` are the ends of the sentence "whoever steals it can …" for the narrowest
    one. No ``narrowest`` means that the operator knows no rights.
    """

    stolen: tuple[Text, ...]
    narrowest: tuple[Grant, ...] = ()


def bind_grants(zone: str, names: Collection[str], key: str) -> tuple[str, ...]:
    """Return the rules by which *key* may move *names*, one name a line.

    For the ``update-policy`` of BIND 9 (its reference manual, "Dynamic Update
    Policies"): the top of a zone is granted no CNAME, which could not stand there.
    """
    return tuple(
        f"grant {key} name {name.rstrip('.')} {' '.join(types)};"
        for name, types in _rights(zone, names)
    )


def bind_policy(zone: str, names: Collection[str], key: str) -> str:
    """Return the lines for the zone's clause in ``named.conf``."""
    rules = "".join(f"  {rule}\n" for rule in bind_grants(zone, names, key))
    return (
        f'allow-transfer {{ key "{key}"; }};\n' + "update-policy {\n" + rules + "};\n"
    )


def knot_acl(zone: str, names: Collection[str], key: str) -> str:
    """Return the rules for the ``acl`` section of Knot's ``knot.conf``.

    An update must be allowed by one rule as a whole, so that Knot cannot give each name
    its own types: this key may also write a TXT record at a redirected name.
    """
    owners = ", ".join(name for name, _ in _rights(zone, names))
    return (
        f"  - id: {key}-transfer\n"
        f"    key: {key}\n"
        f"    action: transfer\n"
        f"  - id: {key}-update\n"
        f"    key: {key}\n"
        f"    action: update\n"
        f"    update-owner: name\n"
        f"    update-owner-match: equal\n"
        f"    update-owner-name: [{owners}]\n"
        f"    update-type: [{', '.join(KNOT_TYPES)}]\n"
    )


_DRILLED = ("A", "AAAA", "CNAME", "HTTPS", "SVCB", "TXT")


def bind_drill(zone: str, key: str) -> str:
    """Return the rule of BIND's by which *key* may drill: everything below one name."""
    part = part_of(zone)
    return f"grant {key} subdomain {part} {' '.join(_DRILLED)};"


def knot_drill(zone: str, key: str) -> str:
    """Return Knot's rule for the same."""
    return (
        f"  - id: {key}-drill\n"
        f"    key: {key}\n"
        f"    action: update\n"
        f"    update-owner: name\n"
        f"    update-owner-match: sub\n"
        f"    update-owner-name: [{absolute(part_of(zone))}]\n"
        f"    update-type: [{', '.join(KNOT_TYPES)}]\n"
    )


def route53_drill(zone: str, zone_id: str = "") -> dict[str, Any]:
    """Return the statement that an IAM policy for drills has more."""
    prefix = "route53:ChangeResourceRecordSets"
    below = {f"{prefix}NormalizedRecordNames": [f"*.{part_of(zone)}"]}
    only = {
        f"{prefix}RecordTypes": [*_DRILLED],
        f"{prefix}Actions": ["CREATE", "DELETE"],
    }
    here = f"arn:aws:route53:::hostedzone/{zone_id or 'ZONE_ID'}"
    return _allow(here, "ChangeResourceRecordSets") | {
        "Condition": {
            "ForAllValues:StringLike": below,
            "ForAllValues:StringEquals": only,
        }
    }


def route53_policy(
    zone: str, names: Iterable[str], zone_id: str = ""
) -> dict[str, Any]:
    """Return the IAM policy for moving *names* of *zone*, as a JSON object.

    Without *zone_id* the policy lets the zone be looked up by name, and a person has to
    put its id in the place of ``ZONE_ID``. Names and types are judged apart, so whoever
    has the key could also write TXT at *names*, where SPF stands, and A at the marker;
    MX, NS, CAA and every other name are out of reach. *names* are in ASCII.

    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/specifying-conditions-route53.html
    """
    here = f"arn:aws:route53:::hostedzone/{zone_id or 'ZONE_ID'}"
    marker = absolute(f"{MARKER_LABEL}.{zone}").rstrip(".")
    touched = dict.fromkeys(absolute(name).rstrip(".") for name in names)
    touched.pop(marker, None)
    prefix = "route53:ChangeResourceRecordSets"
    only = {
        f"{prefix}NormalizedRecordNames": [*touched, marker],
        f"{prefix}RecordTypes": ["A", "AAAA", "CNAME", "HTTPS", "SVCB", "TXT"],
        f"{prefix}Actions": ["CREATE", "DELETE"],
    }
    statements: list[dict[str, Any]] = [
        _allow(here, "ChangeResourceRecordSets")
        | {"Condition": {"ForAllValues:StringEquals": only}},
        _allow(
            here,
            "GetHostedZone",
            "ListResourceRecordSets",
            "ListResourceRecordSetProtections",
        ),
        _allow("arn:aws:route53:::change/*", "GetChange"),
    ]
    if not zone_id:
        statements.append(_allow("*", "ListHostedZonesByName"))
    return {"Version": "2012-10-17", "Statement": statements}


def state_policy(bucket: str, prefix: str) -> dict[str, Any]:
    """Return the IAM policy for the state below *prefix* of *bucket*, a JSON object.

    *prefix* is empty or ends with a slash. Values are read and written, never listed or
    deleted; ``ListBucket`` is there because without it S3 answers 403 instead of 404
    for a value that is not there yet, and gives no way to tell the two apart.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    """
    values = ["s3:GetObject", "s3:PutObject"]
    here = f"arn:aws:s3:::{bucket}"
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": values, "Resource": f"{here}/{prefix}*"},
            {"Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": here},
        ],
    }


def _allow(resource: str, *actions: str) -> dict[str, Any]:
    named = [f"route53:{action}" for action in actions]
    return {"Effect": "Allow", "Action": named, "Resource": resource}


def _rights(zone: str, names: Collection[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each name with the types a redirect may touch there, the marker last."""
    top = absolute(zone)
    for name in dict.fromkeys(absolute(name) for name in names):
        barred = {"ALIAS", "CNAME"} if name == top else {"ALIAS"}
        yield name, tuple(rtype for rtype in WEB_TYPES if rtype not in barred)
    marker, rtype = marker_key(zone)
    yield marker, (rtype,)
