"""Cloudflare's records and our record sets, both ways, nothing lost in between.

Cloudflare keeps records one by one, each with an id and with traits that no zone file
has: ``proxied``, an automatic TTL, a comment, tags, settings. A trait that is not the
default stands in ``RRset.extra``, as the JSON of {record data: value}; so a plain
record is equal to a planned one, and an adorned one comes back as it was.

Source: developers.cloudflare.com/api/resources/dns/subresources/records
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from attrs import frozen

from fallback.core.check.inventory import Inventory, Listed
from fallback.core.records import PROXIED, Key, RRset, absolute
from fallback.wire.dns import presentation

AUTOMATIC = 1
"""The TTL by which Cloudflare says "as you think best"."""
_AUTOMATIC_SECONDS = 300
"""What it then thinks best (``dns/manage-dns-records/reference/ttl``)."""
_PROXIABLE = ("A", "AAAA", "CNAME")
_TRAITS = ("comment", "tags", "settings", "private_routing")


@frozen
class Record:
    """One record as Cloudflare holds it.

    ``rdata`` is canonical (``wire.dns.presentation``), and empty for a type that is not
    ours to read. ``ttl`` is as stored. ``traits`` holds what is not the default.
    """

    id: str
    type: str
    rdata: str
    ttl: int
    traits: Mapping[str, Any]

    @property
    def seconds(self) -> int:
        """Return the TTL that name servers give out."""
        return _AUTOMATIC_SECONDS if self.ttl == AUTOMATIC else self.ttl


def record(given: Any) -> Record:
    """Return what the SDK read. Raises ``ValueError`` for data that is none."""
    body = _whole(given.model_dump(mode="json", warnings=False))
    traits = {name: body[name] for name in _TRAITS if _meant(body.get(name))}
    if "settings" in traits:
        traits["settings"] = {k: v for k, v in traits["settings"].items() if _meant(v)}
    if "tags" in traits:
        traits["tags"] = sorted(traits["tags"])
    if body.get("proxied"):
        traits[PROXIED] = True
    known = body["type"] in presentation.TYPES
    return Record(
        id=body["id"],
        type=body["type"],
        rdata=_rdata(body) if known else "",
        ttl=body["ttl"],
        traits={name: value for name, value in traits.items() if _meant(value)},
    )


def _meant(value: Any) -> bool:
    """Return whether *value* says more than the default; falsy ones all mean "no"."""
    return value not in (None, False, "", [], {})


def _whole(value: Any) -> Any:
    """Return *value* with 300.0 as 300: the SDK reads every number as a float."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_whole(each) for each in value]
    if isinstance(value, dict):
        return {name: _whole(each) for name, each in value.items()}
    return value


def _rdata(body: Mapping[str, Any]) -> str:
    """Return canonical data; Cloudflare writes names without the final dot."""
    import dns.exception
    import dns.name
    import dns.rdata

    text, rtype = str(body.get("content") or ""), body["type"]
    data = body.get("data") or {}
    if rtype in ("HTTPS", "SVCB") and "target" in data:
        value = data.get("value") or ""
        text = f"{data.get('priority', 0)} {data['target']} {value}".strip()
    if rtype == "TXT" and not text.startswith('"'):
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        text = f'"{escaped}"'
    try:
        read = dns.rdata.from_text(
            "IN", rtype, text, origin=dns.name.root, relativize=False
        )
    except dns.exception.DNSException as error:
        raise ValueError(f"{rtype} {text}: {error}") from error
    return presentation.text(read)


def rrset(records: Sequence[Record], *, but: Collection[str] = ()) -> RRset:
    """Return *records* of one key, at least one, as a set, *but* for some traits.

    Where their TTLs differ, the least is the set's, and the others are traits.
    """
    least = min(each.seconds for each in records)
    extra: dict[str, dict[str, Any]] = {}
    for each in records:
        traits = dict(each.traits)
        if each.ttl != least:
            traits["ttl"] = each.ttl
        for name, value in traits.items():
            if name not in but:
                extra.setdefault(name, {})[each.rdata] = value
    spelled = {
        name: json.dumps(values, ensure_ascii=False, sort_keys=True)
        for name, values in extra.items()
    }
    return RRset(
        timedelta(seconds=least),
        tuple(each.rdata for each in records),
        tuple(sorted(spelled.items())),
    )


def bodies(key: Key, rrset: RRset | None) -> dict[str, dict[str, Any]]:
    """Return what makes each record of *rrset*, by its data, as the API takes it."""
    if rrset is None:
        return {}
    name, rtype = key
    extra = {trait: json.loads(values) for trait, values in rrset.extra}
    found = {}
    for rdata in rrset.rdatas:
        traits = {
            trait: values[rdata] for trait, values in extra.items() if rdata in values
        }
        body = {
            "name": ascii_name(name),
            "type": rtype,
            "ttl": int(rrset.ttl.total_seconds()),
            **_content(rtype, rdata),
        }
        if rtype in _PROXIABLE:
            body[PROXIED] = False  # said, because the account may have another default
        found[rdata] = body | traits
    return found


def _content(rtype: str, rdata: str) -> dict[str, Any]:
    if rtype in ("HTTPS", "SVCB"):
        priority, target, *value = rdata.split(" ", 2)
        data = {"priority": int(priority), "target": target, "value": "".join(value)}
        return {"data": data}
    return {"content": rdata.rstrip(".") if rtype == "CNAME" else rdata}


def ascii_name(name: str) -> str:
    """Return *name* as the API takes it: in Punycode, without the final dot."""
    import dns.name

    return dns.name.from_text(name).to_text(omit_final_dot=True).lower()


def by_type(records: Iterable[Record]) -> dict[str, list[Record]]:
    """Return *records* of one name by type."""
    found: dict[str, list[Record]] = {}
    for each in records:
        found.setdefault(each.type, []).append(each)
    return found


def inventory(given: Iterable[Any], *, whole: bool) -> Inventory:
    """Return the records that the SDK read as what a zone holds, comments included.

    What cannot be read is left out: nothing is decided by it.
    """
    sets: dict[Key, list[Record]] = {}
    for each in given:
        with suppress(ValueError, KeyError, TypeError):
            found = record(each)
            sets.setdefault((absolute(each.name), found.type), []).append(found)
    return Inventory(
        tuple(
            Listed(
                *key,
                tuple(sorted(one.rdata for one in some if one.rdata)),
                " ".join(str(one.traits.get("comment", "")) for one in some).strip(),
            )
            for key, some in sorted(sets.items())
        ),
        whole=whole,
    )
