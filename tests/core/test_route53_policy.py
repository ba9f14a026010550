"""The narrowest right, as the operators' own judges read it."""

import json

import pytest

from fallback.core.check.least_privilege import route53_policy
from tests.fakes.route53 import plain
from tests.fakes.route53_rules import allows

POLICY = route53_policy("Kwiaty.example", ["kwiaty.example.", "www.kwiaty.example"])
ZONE = "arn:aws:route53:::hostedzone/ZONE_ID"
CHANGE = "ChangeResourceRecordSets"


def judged(action: str, name: str, rtype: str) -> bool:
    return allows(POLICY, CHANGE, ZONE, [(action, plain(name, rtype, 60, "x"))])


def test_it_moves_the_names_and_the_marker() -> None:
    assert judged("CREATE", "kwiaty.example", "A")
    assert judged("DELETE", "WWW.kwiaty.example.", "CNAME")
    assert judged("CREATE", "_fallback.kwiaty.example", "TXT")


@pytest.mark.parametrize(
    ("action", "name", "rtype"),
    [
        ("UPSERT", "kwiaty.example", "A"),
        ("CREATE", "kwiaty.example", "MX"),
        ("DELETE", "kwiaty.example", "NS"),
        ("CREATE", "kwiaty.example", "CAA"),
        ("CREATE", "mail.kwiaty.example", "A"),
    ],
)
def test_it_moves_nothing_else(action: str, name: str, rtype: str) -> None:
    assert not judged(action, name, rtype)


def test_one_foreign_change_spoils_the_batch() -> None:
    batch = [
        ("CREATE", plain("kwiaty.example", "A", 60, "x")),
        ("DELETE", plain("mail.kwiaty.example", "A", 60, "x")),
    ]
    assert not allows(POLICY, CHANGE, ZONE, batch)


def test_the_zone_is_looked_up_only_when_its_id_is_not_known() -> None:
    known = route53_policy("kwiaty.example", ["kwiaty.example"], "Z1")
    assert "ListHostedZonesByName" in json.dumps(POLICY)
    assert "ListHostedZonesByName" not in json.dumps(known)
    assert allows(known, "GetHostedZone", "arn:aws:route53:::hostedzone/Z1", [])
    assert not allows(known, "GetHostedZone", "arn:aws:route53:::hostedzone/Z2", [])
