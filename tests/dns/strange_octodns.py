"""Classes as octoDNS loads them, each with one habit that a stranger's could have.

They speak to a real PowerDNS; what they do beside is done through its API.
"""

from typing import Any, ClassVar

from octodns.record import Create, Record
from octodns_powerdns import PowerDnsProvider
from requests import ConnectionError as Cut

MAIL = "mail"


class Blind(PowerDnsProvider):
    """Knows nothing of HTTPS, like octoDNS's classes for Hetzner and Gandi."""

    SUPPORTS = PowerDnsProvider.SUPPORTS - {"HTTPS", "SVCB", "ALIAS"}


class BlindToText(PowerDnsProvider):
    SUPPORTS = PowerDnsProvider.SUPPORTS - {"TXT"}


class Overtaken(PowerDnsProvider):
    """Somebody else edits ``mail`` after our look, and before octoDNS's own."""

    def plan(self, desired: Any, **more: Any) -> Any:
        record = {"content": "192.0.2.26", "disabled": False}
        self._patch(
            f"zones/{desired.name}",
            data={
                "rrsets": [
                    {
                        "name": f"{MAIL}.{desired.name}",
                        "type": "A",
                        "ttl": 300,
                        "changetype": "REPLACE",
                        "records": [record],
                    }
                ]
            },
        )
        return super().plan(desired, **more)


class Meddling(PowerDnsProvider):
    def _extra_changes(self, existing: Any, desired: Any, changes: Any) -> list[Any]:
        data = {"type": "A", "ttl": 60, "value": "192.0.2.66"}
        return [Create(Record.new(desired, "extra", data))]


class Reconfiguring(PowerDnsProvider):
    def _plan_meta(self, existing: Any, desired: Any, changes: Any) -> Any:
        return {"dnssec": True}


class SlowestTtl(PowerDnsProvider):
    """An operator that knows no TTL below an hour, and says so nowhere."""

    def _process_desired_zone(self, desired: Any) -> Any:
        for record in list(desired.records):
            if record.ttl < 3600 and record._type == "A":
                slow = record.copy()
                slow.ttl = 3600
                desired.add_record(slow, replace=True)
        return super()._process_desired_zone(desired)


class Unwilling(PowerDnsProvider):
    """Sees no difference worth writing."""

    def _include_change(self, change: Any) -> bool:
        return False


class Losing(PowerDnsProvider):
    """The line is cut when everything is written."""

    def _apply(self, plan: Any) -> None:
        super()._apply(plan)
        raise Cut("the line was cut")


class Stopping(PowerDnsProvider):
    """Writes one record at a time, and is refused after the first."""

    def _apply(self, plan: Any) -> None:
        rest = plan.changes[1:]
        del plan.changes[1:]
        super()._apply(plan)
        assert rest
        self._get("zones/not.there.")


class Died(BaseException):
    """The process ends here: nothing may catch it."""


class RecordByRecord(PowerDnsProvider):
    """Writes one record at a time; call number ``at`` meets ``fault``.

    failed (nothing is sent) · lost (carried out, and no answer) · died before, died
    after (it was carried out). ``seen`` is called after each call that changes.
    """

    at = 0
    fault = ""
    calls = 0
    hit = 0

    @staticmethod
    def seen() -> None:
        """Be replaced."""

    def begin(self, at: int = 0, fault: str = "") -> None:
        self.at, self.fault, self.calls, self.hit = at, fault, 0, 0

    def _apply(self, plan: Any) -> None:
        changes = list(plan.changes)
        for change in changes:
            plan.changes[:] = [change]
            super()._apply(plan)

    def _request(self, method: str, path: str, data: Any = None) -> Any:
        self.calls += 1
        now = self.fault if self.calls == self.at else ""
        self.hit += bool(now)
        if now == "failed":
            raise Cut("there is no line")
        if now == "died before":
            raise Died
        answer = super()._request(method, path, data)
        if method != "GET":
            self.seen()
        if now == "lost":
            raise Cut("the line was cut")
        if now == "died after":
            raise Died
        return answer


class Idle(PowerDnsProvider):
    """Says that it is done, and did nothing."""

    def _apply(self, plan: Any) -> None:
        pass


class Annotating(PowerDnsProvider):
    """An operator with more than DNS knows at each record: proxied, say."""

    written: ClassVar[list[tuple[str, str, Any]]] = []

    def populate(self, zone: Any, **more: Any) -> Any:
        exists = super().populate(zone, **more)
        for record in zone.records:
            if record.name == "" and record._type == "A" and record.ttl == 300:
                record.octodns = {"operator": {"proxied": True}}
        return exists

    def _apply(self, plan: Any) -> None:
        self.written += [
            (c.new.fqdn, c.new._type, c.new.octodns) for c in plan.changes if c.new
        ]
        super()._apply(plan)


class Routing(PowerDnsProvider):
    def populate(self, zone: Any, **more: Any) -> Any:
        exists = super().populate(zone, **more)
        for record in zone.records:
            if record._type == "A":
                record.dynamic = {"pools": {}}
        return exists


class NoRootNs(PowerDnsProvider):
    SUPPORTS_ROOT_NS = False
