"""Amazon Route 53, through boto3.

Writing is **one** batch: DELETE of each set exactly as it was read, then CREATE of the
new one. Route 53 carries out all of it or nothing, refuses a DELETE that does not match
to the last character and a CREATE of what is there: the strictest comparison that any
operator offers. UPSERT would throw it away, and is never sent.

A write is sent once; what became of a lost one is read. Whatever Route 53 decides by
other means than the data (routing policies, traffic policies, health checks) is
somebody's own way to survive, and is refused.

https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html
"""

import json
import re
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, cast

from attrs import field, frozen

from fallback.core.check.credential import Powers
from fallback.core.check.inventory import Inventory
from fallback.core.check.least_privilege import (
    MOVES,
    Grant,
    Rights,
    route53_drill,
    route53_policy,
)
from fallback.core.config import Config, DnsTable, SecretRef, key_complaints
from fallback.core.errors import FallbackError, Refused, Rejected
from fallback.core.records import (
    Caps,
    Commit,
    Key,
    Plan,
    Snapshot,
    absolute,
    keys_at,
    marker_key,
)
from fallback.core.text import T, Text
from fallback.wire.aws import route53_sets as record_sets
from fallback.wire.aws.clients import Aws, Login, log_in
from fallback.wire.aws.route53_api import Door, Place
from fallback.wire.aws.route53_checks import beyond, listing
from fallback.wire.aws.route53_sets import Set
from fallback.wire.dns import presentation, zones

_PAGES = 10
_STAYS = T("no change: nothing was written")
_ID = re.compile(r"Z[0-9A-Z]{1,31}")

CAPS = Caps(
    atomic="batch",
    cas="server",
    apex="alias",
    types=presentation.TYPES | {"ALIAS"},
    aliases=record_sets.ALIASES,
)


@frozen
class Settings:
    """The keys of a ``[[dns]]`` table with ``provider = "route53"``.

    Without ``access_key`` the key is where boto3 looks for it: the environment, the AWS
    profile, the machine's role. ``zone_id`` is only needed when the account has several
    public zones of the name, or the key may not list them.
    """

    zone_id: str = ""
    endpoint: str = ""
    access_key: SecretRef | None = None
    secret_key: SecretRef | None = None
    session_token: SecretRef | None = None

    def complaints(self) -> Iterator[tuple[str, Text]]:
        """Yield (key, complaint) for what is not right."""
        if self.zone_id and not _ID.fullmatch(self.zone_id):
            yield "zone_id", T("a hosted zone's id looks like Z1D633PJN98FT9")
        if self.endpoint and not self.endpoint.startswith(("https://", "http://")):
            yield "endpoint", T("an endpoint begins with https://")
        yield from key_complaints(self.access_key, self.secret_key, self.session_token)


def connect(settings: Settings, config: Config) -> "Route53":
    """Return the provider. Raises ``CredentialsRefused`` when a secret is not there."""
    login = Login(
        endpoint=settings.endpoint,
        access_key=settings.access_key,
        secret_key=settings.secret_key,
        session_token=settings.session_token,
    )
    return Route53(log_in(login, config), settings.zone_id)


def rights(table: DnsTable) -> Rights:
    """See ``fallback.dns.rights``."""
    settings = cast(Settings, table.settings)
    policy = route53_policy(table.zone, table.names, settings.zone_id)
    more = route53_drill(table.zone, settings.zone_id)
    return Rights(
        (MOVES, T("write TXT at these names, where SPF stands")),
        (
            Grant(T("IAM: the policy of a user of its own"), _spelt(policy)),
            Grant(T("IAM, one statement more in that policy: to drill"), _spelt(more)),
        ),
    )


def _spelt(policy: dict[str, Any]) -> str:
    return json.dumps(policy, indent=2) + "\n"


@frozen
class Route53:
    """See ``fallback.core.ports.DnsProvider``."""

    aws: Aws
    zone_id: str = ""
    _known: dict[str, str] = field(factory=dict, repr=False)

    @property
    def _door(self) -> Door:
        return Door(self.aws)

    @property
    def caps(self) -> Caps:
        """See ``fallback.core.ports.DnsProvider``."""
        return CAPS

    def read(self, zone: str, names: Collection[str]) -> Snapshot:
        """See ``fallback.core.ports.DnsProvider``.

        Raises ``Refused`` for names that a routing policy or a protection governs.
        """
        place = self._place(zone, names)
        keys = [key for name in names for key in keys_at(name)]
        keys.append(marker_key(zone))
        live = self._live(place, keys)
        self._refuse_protected(place, keys)
        found = record_sets.by_key(live)
        return Snapshot(absolute(zone), {k: found[k] for k in keys if k in found})

    def listing(self, zone: str) -> Inventory:
        """See ``fallback.core.check.inventory.Lister``."""
        return listing(self._door, self._place(zone, ()))

    def tempt(self, zone: str, names: Collection[str]) -> Powers:
        """See ``fallback.core.check.credential.Tempted``."""
        return Powers(tuple(beyond(self._door, self._place(zone, names))))

    def commit(self, zone: str, plan: Plan) -> Commit:
        """See ``fallback.core.ports.DnsProvider``.

        Waits until every server of Route 53 has the change, at most half a minute.
        """
        place = self._place(zone, [change.name for change in plan.changes])
        live = self._live(place, plan.keys)
        zones.compare(plan, record_sets.by_key(live).get)
        batch = record_sets.batch(plan, live)
        try:
            number = self._door.send(place, f"fallback epoch={plan.epoch}", batch)
        except Rejected:
            # refused as a whole: because of somebody else's edit, or of what we asked
            again = self._live(place, plan.keys)
            zones.compare(plan, record_sets.by_key(again).get)
            raise
        begun = time.monotonic()
        late = self._door.late(place, number)
        waited = timedelta(seconds=time.monotonic() - begun)
        return Commit(late=late, waited=waited)

    # the zone

    def _place(self, zone: str, names: Collection[str]) -> Place:
        wire = record_sets.wired(zone)
        place = Place(
            self.zone_id, wire, tuple(dict.fromkeys(map(record_sets.wired, names)))
        )
        if wire not in self._known:
            found = self._given(place) if self.zone_id else self._named(place)
            self._known[wire] = _editable(found, wire)
        return Place(self._known[wire], wire, place.names)

    def _given(self, place: Place) -> Mapping[str, Any]:
        """Return the zone whose id is in the settings."""
        answer = self._door.ask(place, "get_hosted_zone", "HostedZone", Id=self.zone_id)
        found: Mapping[str, Any] = answer["HostedZone"]
        if found["Name"].lower() != place.zone:
            raise Rejected(
                T(
                    "the hosted zone {id} is {name}, and not {zone}",
                    id=self.zone_id,
                    name=found["Name"],
                    zone=place.zone,
                ),
                customers_see=_STAYS,
                next=T("mend zone_id in fallback.toml, or leave it out"),
            )
        return found

    def _named(self, place: Place) -> Mapping[str, Any]:
        """Return the only public zone of exactly this name."""
        found = [each for each in self._same_name(place) if not _private(each)]
        if not found:
            raise Rejected(
                T("there is no public hosted zone {zone}", zone=place.zone),
                customers_see=_STAYS,
                next=T("use the key of the account that the zone {zone} is in",
                       zone=place.zone),
            )  # fmt: skip
        if len(found) > 1:
            raise Refused(
                T(
                    "there are several public hosted zones {zone}: {ids}",
                    zone=place.zone,
                    ids=", ".join(_id(each) for each in found),
                ),
                customers_see=_STAYS,
                next=T(
                    "set zone_id in fallback.toml to the one whose name servers the"
                    " registrar has"
                ),
            )
        return found[0]

    def _same_name(self, place: Place) -> Iterator[Mapping[str, Any]]:
        """Yield the zones of this name; they are listed side by side."""
        start: dict[str, str] = {"DNSName": place.zone}
        for _ in range(_PAGES):
            page = self._door.ask(
                place, "list_hosted_zones_by_name", "HostedZones", **start
            )
            for each in page["HostedZones"]:
                if each["Name"].lower() != place.zone:
                    return
                yield each
            if not page.get("IsTruncated"):
                return
            start = {
                "DNSName": page["NextDNSName"],
                "HostedZoneId": page["NextHostedZoneId"],
            }

    # reading

    def _live(self, place: Place, keys: Collection[Key]) -> dict[str, list[Set]]:
        """Return every set of the names in *keys*, exactly as Route 53 has it."""
        names = dict.fromkeys(name for name, _ in keys)
        found = {name: self._at(place, name) for name in names}
        for name, sets in found.items():
            for each in sets:
                why = record_sets.routed(each)
                if why is not None and record_sets.key(name, each) in keys:
                    raise Refused(
                        T(
                            "{type} at {name} is governed by {why}",
                            type=each["Type"],
                            name=name,
                            why=why,
                        ),
                        customers_see=_STAYS,
                        next=T(
                            "move the other names only, or make it one simple record"
                            " in peace time"
                        ),
                    )
        return found

    def _at(self, place: Place, name: str) -> list[Set]:
        """Return every set of *name*, page by page, and of no name after it."""
        wire = record_sets.wired(name)
        found: list[Set] = []
        start: dict[str, str] = {"StartRecordName": wire}
        for _ in range(_PAGES):
            page = self._door.ask(
                place,
                "list_resource_record_sets",
                "ResourceRecordSets",
                HostedZoneId=place.id,
                MaxItems="100",
                **start,
            )
            for each in page["ResourceRecordSets"]:
                if each["Name"].lower() != wire:
                    return found
                found.append(each)
            if not page.get("IsTruncated"):
                return found
            start = {
                f"Start{key.removeprefix('Next')}": value
                for key, value in page.items()
                if key.startswith("NextRecord")
            }
        raise Rejected(
            T("there are more than {n} records at {name}", n=_PAGES * 100, name=name),
            customers_see=_STAYS,
        )

    def _refuse_protected(self, place: Place, keys: Sequence[Key]) -> None:
        """Raise ``Refused`` for a key that Route 53 will let nobody change.

        An older boto3 does not know protections, nor does every endpoint, and the key
        may not be allowed to list them: then the batch itself will be refused.
        """
        if not hasattr(
            self.aws.client("route53"), "list_resource_record_set_protections"
        ):
            return
        wanted = {(record_sets.wired(name), rtype): name for name, rtype in keys}
        start: dict[str, str] = {}
        for _ in range(_PAGES):
            try:
                page = self._door.ask(
                    place,
                    "list_resource_record_set_protections",
                    "ResourceRecordSetProtections",
                    HostedZoneId=place.id,
                    **start,
                )
            except FallbackError:
                return
            for each in page["ResourceRecordSetProtections"]:
                key = each["RecordName"].lower(), each["RecordType"]
                if key in wanted:
                    raise _protected(*key)
            if not page.get("NextToken"):
                return
            start = {"NextToken": page["NextToken"]}


def _id(zone: Mapping[str, Any]) -> str:
    return str(zone["Id"]).removeprefix("/hostedzone/")


def _private(zone: Mapping[str, Any]) -> bool:
    return bool(zone.get("Config", {}).get("PrivateZone"))


def _editable(zone: Mapping[str, Any], name: str) -> str:
    """Return the id of *zone*. Raises ``Refused`` when it is not ours to edit."""
    if _private(zone):
        why = T("it is private: customers do not ask it")
    elif owner := zone.get("LinkedService"):
        what = owner.get("Description") or owner.get("ServicePrincipal", "")
        why = T("another service of Amazon's made it ({what})", what=what)
    else:
        return _id(zone)
    raise Refused(
        T("the hosted zone {zone} cannot be edited: {why}", zone=name, why=why),
        customers_see=_STAYS,
        next=T("set zone_id in fallback.toml to the public zone"),
    )


def _protected(name: str, rtype: str) -> Refused:
    return Refused(
        T("{type} at {name} has a protection in Route 53", type=rtype, name=name),
        customers_see=_STAYS,
        next=T(
            "delete that protection; MX and NS are the ones to protect, the names that"
            " are to be redirected are not"
        ),
    )
