"""The narrowest right that moving a site needs, in the operator's own language.

A credential that is stolen can do what it may do, on the day and every other day.
"""

from collections.abc import Iterable
from typing import Any

from fallback.core.records import MARKER_LABEL, absolute


def route53(zone: str, names: Iterable[str], zone_id: str = "") -> dict[str, Any]:
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


def _allow(resource: str, *actions: str) -> dict[str, Any]:
    named = [f"route53:{action}" for action in actions]
    return {"Effect": "Allow", "Action": named, "Resource": resource}
