"""A plan that waits in a file: what will be done, exactly, and until when it may be.

The file is JSON that a person can read before they agree: records stand in it as
zone-file lines, as in the journal. Its last key is the SHA-256 of the rest in canonical
form (sorted keys, no blanks, UTF-8). There is one way to write a plan, byte for byte;
what is written in any other way was changed after it was saved, and is refused.

The digest notices damage and edits. It is no signature: who may write the file can make
it anew. Who agreed is told by a signature over the file, or by nobody.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address
from typing import Any, NoReturn

from attrs import frozen

from fallback.core.errors import Refused
from fallback.core.model import Digest
from fallback.core.records import Change, Target
from fallback.core.redirect.journal import Verb, change_json, read_change
from fallback.core.text import T

SCHEMA = 2
"""The newest form: 2 has a new home, and a plan without one is written as 1."""
LIFE = timedelta(hours=24)
"""How long a plan may be carried out unless its maker says otherwise."""

_DIGEST = "sha256"


@frozen
class Taken:
    """A refusal that the plan's maker took over; ``zone`` is empty for the site."""

    code: str
    zone: str
    why: str


@frozen
class ZonePlan:
    """What will be done to one zone, and what ``fallback.toml`` said about it.

    ``changes`` lead from what was live to what is wanted. ``decision`` is what the
    journal will hold: it speaks of equal keys, too, and its ``before`` is the way back,
    also when an earlier redirect was in force. ``theirs`` are names that somebody else
    had changed: they are left alone.
    """

    zone: str
    provider: str
    names: tuple[str, ...]
    target: Target
    ttl: timedelta
    epoch: int
    undoes: int | None
    theirs: tuple[str, ...]
    changes: tuple[Change, ...]
    decision: tuple[Change, ...]


@frozen
class SavedPlan:
    """Everything that a second person has to know, and that ``apply`` will do.

    ``domain`` is the host of ``shop.url``. ``gates`` were asked, and said yes but for
    what ``accepted`` holds. ``home`` is the new server that a restore leads to.
    """

    verb: Verb
    domain: str
    made_at: datetime
    expires_at: datetime
    operator: str
    reason: str
    gates: tuple[str, ...]
    accepted: tuple[Taken, ...]
    zones: tuple[ZonePlan, ...]
    home: Target | None = None

    @property
    def digest(self) -> Digest:
        """Return the plan's SHA-256, by which the journal names it."""
        return _digest(_body(self))

    def of(self, zone: str) -> ZonePlan:
        """Return the part about *zone*, an absolute name. Raises ``KeyError``."""
        for each in self.zones:
            if each.zone == zone:
                return each
        raise KeyError(zone)


def encode(plan: SavedPlan) -> bytes:
    """Return the file of *plan*: UTF-8, one way only."""
    body = _body(plan)
    text = json.dumps(body | {_DIGEST: _digest(body)}, ensure_ascii=False, indent=2)
    return f"{text}\n".encode()


def decode(text: bytes) -> SavedPlan:
    """Return the plan in *text*.

    Raises ``Refused`` for one of a newer schema, and for a single byte that is not as
    it was written.
    """
    try:
        body = json.loads(text)
        if body["schema"] > SCHEMA:
            _refuse_newer()
        plan = _plan(body)
        whole = encode(plan) == text
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError):
        whole = False
    except RecursionError:  # brackets in brackets, thousands deep
        whole = False
    if not whole:
        raise Refused(
            T("this is no saved plan, or it was changed after it was saved"),
            customers_see=T("no change: nothing was done"),
            next=T("copy the file again, unchanged, or save a new plan with --plan"),
        )
    return plan


def _refuse_newer() -> NoReturn:
    raise Refused(
        T("the plan was saved by a newer fallback"),
        customers_see=T("no change: nothing was done"),
        next=T("update fallback on this machine"),
    )


def _digest(body: Mapping[str, Any]) -> Digest:
    spelled = json.dumps(
        body, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    return Digest(sha256(spelled.encode()).hexdigest())


def _body(plan: SavedPlan) -> dict[str, Any]:
    home = {} if plan.home is None else {"home": _target_json(plan.home)}
    return {
        "schema": SCHEMA if home else 1,
        "verb": plan.verb.value,
        "shop": plan.domain,
        "made_at": plan.made_at.isoformat(),
        "expires_at": plan.expires_at.isoformat(),
        "operator": plan.operator,
        "reason": plan.reason,
        **home,
        "zones": [_zone_json(zone) for zone in plan.zones],
        "gates": list(plan.gates),
        "accepted": [
            {"code": each.code, "zone": each.zone, "why": each.why}
            for each in plan.accepted
        ],
    }


def _target_json(target: Target) -> str | list[str]:
    return target if isinstance(target, str) else [str(each) for each in target]


def _target(body: Any) -> Target:
    return body if isinstance(body, str) else tuple(ip_address(each) for each in body)


def _zone_json(zone: ZonePlan) -> dict[str, Any]:
    return {
        "zone": zone.zone,
        "provider": zone.provider,
        "names": list(zone.names),
        "target": _target_json(zone.target),
        "ttl": int(zone.ttl.total_seconds()),
        "epoch": zone.epoch,
        "undoes": zone.undoes,
        "theirs": list(zone.theirs),
        "changes": [change_json(change) for change in zone.changes],
        "decision": [change_json(change) for change in zone.decision],
    }


def _plan(body: Mapping[str, Any]) -> SavedPlan:
    return SavedPlan(
        verb=Verb(body["verb"]),
        domain=body["shop"],
        made_at=datetime.fromisoformat(body["made_at"]),
        expires_at=datetime.fromisoformat(body["expires_at"]),
        operator=body["operator"],
        reason=body["reason"],
        gates=tuple(body["gates"]),
        accepted=tuple(
            Taken(each["code"], each["zone"], each["why"]) for each in body["accepted"]
        ),
        zones=tuple(_zone(each) for each in body["zones"]),
        home=_target(body["home"]) if "home" in body else None,
    )


def _zone(body: Mapping[str, Any]) -> ZonePlan:
    return ZonePlan(
        zone=body["zone"],
        provider=body["provider"],
        names=tuple(body["names"]),
        target=_target(body["target"]),
        ttl=timedelta(seconds=body["ttl"]),
        epoch=body["epoch"],
        undoes=body["undoes"],
        theirs=tuple(body["theirs"]),
        changes=tuple(read_change(each) for each in body["changes"]),
        decision=tuple(read_change(each) for each in body["decision"]),
    )
