"""What ``check`` wants to know of a hosted zone: everything in it, and our rights."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from secrets import token_hex
from typing import Any

from fallback.core.check.credential import MAIL, OTHERS
from fallback.core.check.inventory import Inventory, Listed
from fallback.core.errors import Conflict, CredentialsRefused, Rejected
from fallback.core.records import absolute
from fallback.core.text import Text
from fallback.wire.aws.route53_api import Door, Place

_PAGES = 40
_A_PAGE = "300"
"""The most that Route 53 gives at once."""


def listing(door: Door, place: Place) -> Inventory:
    """Return the sets of *place*'s zone; of a huge one only the beginning.

    Raises what ``Door.ask`` raises.
    """
    about = door.ask(place, "get_hosted_zone", "HostedZone", Id=place.id)
    note = str(about["HostedZone"].get("Config", {}).get("Comment", ""))
    given = about.get("DelegationSet", {}).get("NameServers", ())
    servers = tuple(absolute(server) for server in given)
    found: list[Listed] = []
    start: dict[str, str] = {}
    for _ in range(_PAGES):
        page = door.ask(
            place,
            "list_resource_record_sets",
            "ResourceRecordSets",
            HostedZoneId=place.id,
            MaxItems=_A_PAGE,
            **start,
        )
        found += map(_listed, page["ResourceRecordSets"])
        if not page.get("IsTruncated"):
            return Inventory(tuple(found), whole=True, note=note, servers=servers)
        start = {
            f"Start{key.removeprefix('Next')}": value
            for key, value in page.items()
            if key.startswith("NextRecord")
        }
    return Inventory(tuple(found), note=note, servers=servers)


def beyond(door: Door, place: Place) -> Iterator[Text]:
    """Yield what the key may do in *place*'s zone that no redirect needs.

    It asks for the removal of a record that nobody has: IAM judges a request before
    Route 53 looks for the record, and then finds none. The batch is refused either way;
    only that nothing was found (``Conflict``) says that the key may.
    """
    nonce = token_hex(8)
    for said, name, rtype, value in (
        (MAIL, f"nobody-{nonce}.{place.zone}", "MX", "0 nobody.invalid."),
        (OTHERS, f"nobody-{nonce}.{place.zone}", "A", "192.0.2.1"),
    ):
        record: dict[str, Any] = {"Name": name, "Type": rtype, "TTL": 60}
        record["ResourceRecords"] = [{"Value": value}]
        change = {"Action": "DELETE", "ResourceRecordSet": record}
        with suppress(CredentialsRefused, Rejected):
            try:
                door.send(place, "fallback check: removes nothing", [change])
            except Conflict:
                yield said.with_values(zone=place.zone.rstrip("."))


def _listed(each: Mapping[str, Any]) -> Listed:
    """Return one set; an alias of type A that leads to a name is read as a CNAME.

    Route 53 writes an asterisk in octal (RFC 1035 section 5.1).
    """
    name = absolute(each["Name"].replace("\\052", "*"))
    if "AliasTarget" in each:
        return Listed(name, "CNAME", (absolute(each["AliasTarget"]["DNSName"]),))
    values = tuple(sorted(one["Value"] for one in each.get("ResourceRecords", ())))
    return Listed(name, each["Type"], values)
