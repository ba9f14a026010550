"""What else a zone holds: names that follow a redirected one, and who else writes.

A redirect moves the configured names and whatever leads to them by CNAME. Records that
a program keeps as its own files say are put back by it, at the worst moment.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from attrs import frozen

from fallback.core.findings import Finding, Severity
from fallback.core.records import absolute
from fallback.core.redirect.switch import within
from fallback.core.text import T

USUAL = (
    "ftp", "webmail", "poczta", "mail", "smtp", "imap", "pop", "panel", "cpanel",
    "admin", "shop", "sklep", "m", "blog", "cdn", "img", "static", "api",
    "autodiscover", "autoconfig",
)  # fmt: skip
"""Names that shops usually have: asked one by one where a zone cannot be listed."""

_MOST = 6
"""Names that one finding tells; the rest is a number."""


@frozen
class Listed:
    """One record set: canonical text, and the operator's comment on it."""

    name: str
    type: str
    rdatas: tuple[str, ...]
    note: str = ""


@frozen
class Inventory:
    """What is known of a zone. ``whole``: it was listed, not asked name by name.

    ``note`` is the comment on the zone itself, where the operator keeps one;
    ``servers`` are the name servers that the operator gives it, if it says so.
    """

    sets: tuple[Listed, ...] = ()
    whole: bool = False
    note: str = ""
    servers: tuple[str, ...] = ()


class Lister(Protocol):
    """A provider that can say everything that a zone holds."""

    def listing(self, zone: str) -> Inventory:
        """Return it; raises what ``DnsProvider.read`` raises."""
        ...


def inventory_findings(
    zone: str,
    names: Sequence[str],
    inventory: Inventory | None,
    servers: Sequence[str] = (),
) -> Iterator[Finding]:
    """Yield what a redirect of *names* does to the other names of *zone*.

    *servers* are those that the world asks for it; none: not known.
    """
    if inventory is None:
        return
    moved = {absolute(name) for name in names}
    given = {absolute(server) for server in inventory.servers}
    if given and servers and not given & {absolute(server) for server in servers}:
        yield Finding(
            "zone-elsewhere",
            Severity.WARNING,
            zone,
            T("the world asks {server} for it, which the provider does not give it",
              server=servers[0].rstrip(".")),
            T("a change here may be one that nobody sees"),
            T("enter the provider's name servers where the domain is registered; where"
              " yours are other names of the same servers, nothing"),
        )  # fmt: skip
    ends = _ends(inventory, moved)
    yield from _followers(ends, moved)
    yield from _wildcards(zone, inventory, {*moved, *(n for n in ends if ends[n])})
    yield from _managed(zone, inventory, moved)


def _ends(inventory: Inventory, moved: set[str]) -> dict[str, str]:
    """Return the moved name that each alias leads to; empty: to none of them."""
    aliases = {
        entry.name: absolute(entry.rdatas[0])
        for entry in inventory.sets
        if entry.type == "CNAME" and entry.rdatas
    }
    ends = {name: _end(name, aliases, moved) for name in aliases}
    return {name: end if end in moved else "" for name, end in ends.items()}


def _followers(ends: Mapping[str, str], moved: set[str]) -> Iterator[Finding]:
    by_end: dict[str, list[str]] = {}
    for name, end in sorted(ends.items()):
        if end and name not in moved:
            by_end.setdefault(end, []).append(name)
    for end, names in sorted(by_end.items()):
        yield Finding(
            "follows",
            Severity.WARNING,
            end,
            T("other names lead to it: {names}", names=_some(names)),
            T("they show the page, too; what works there by itself (mail, panel, files)"
              " stops"),
            T("give each that has to go on working an A record of its own"),
        )  # fmt: skip


def _end(name: str, aliases: Mapping[str, str], moved: set[str]) -> str:
    """Return the first moved name that *name* leads to, else where its way ends."""
    seen = {name}
    while name in aliases and aliases[name] not in seen:
        name = aliases[name]
        seen.add(name)
        if name in moved:
            break
    return name


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(name.rstrip(".") for name in names[:_MOST])
    return f"{shown} (+{len(names) - _MOST})" if len(names) > _MOST else shown


def _wildcards(zone: str, inventory: Inventory, moved: set[str]) -> Iterator[Finding]:
    for star in sorted({e.name for e in inventory.sets if e.name.startswith("*.")}):
        if star in moved or not within(star, zone):
            continue
        kinds = {e.type for e in inventory.sets if e.name == star}
        if kinds & {"A", "AAAA", "CNAME"}:
            yield Finding(
                "wildcard",
                Severity.INFO,
                star,
                T("every name that has no record of its own is answered by it"),
                T("a redirect leaves those names with the dead shop"),
                T("add each name that customers use to names in the dns table"),
            )


_TOOLS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("octoDNS", re.compile(r"\boctodns\b", re.IGNORECASE)),
    ("Terraform", re.compile(r"\bterraform\b|\bopentofu\b", re.IGNORECASE)),
    ("Pulumi", re.compile(r"\bpulumi\b", re.IGNORECASE)),
    ("DNSControl", re.compile(r"\bdnscontrol\b", re.IGNORECASE)),
    ("Ansible", re.compile(r"\bansible\b", re.IGNORECASE)),
    ("Crossplane", re.compile(r"\bcrossplane\b", re.IGNORECASE)),
)
"""What programs write into the comments of what they keep.

"Managed by Terraform" and "Managed by Pulumi" are the default comments of a zone.
"""

_EXTERNAL_DNS = "heritage=external-dns"
"""https://kubernetes-sigs.github.io/external-dns/latest/docs/registry/txt/"""

_META = re.compile(r'^"?(time|uuid|provider|octodns-version)=')


def _managed(zone: str, inventory: Inventory, moved: set[str]) -> Iterator[Finding]:
    told: dict[str, str] = {}
    for tool, mark in _TOOLS:
        if mark.search(inventory.note):
            told.setdefault(tool, absolute(zone))
        for entry in inventory.sets:
            if entry.name in moved and mark.search(entry.note):
                told.setdefault(tool, entry.name)
    for entry in inventory.sets:
        if entry.type == "TXT":
            if _EXTERNAL_DNS in " ".join(entry.rdatas) and _about(entry, moved):
                told.setdefault("external-dns", entry.name)
            if _is_meta(entry, zone):
                told.setdefault("octoDNS", entry.name)
    for tool, at in sorted(told.items()):
        yield Finding(
            "managed-elsewhere",
            Severity.WARNING,
            zone,
            T("{tool} keeps records of this zone ({name} says so)",
              tool=tool, name=at.rstrip(".")),
            T("while redirected it may put the shop's records back, and nobody knows"
              " why"),
            T("stop {tool} for the names before you redirect, or let it leave them out",
              tool=tool),
        )  # fmt: skip


def _about(entry: Listed, moved: set[str]) -> bool:
    """Say whether the TXT record *entry* of external-dns is about a moved name.

    It stands at the name, or at the name with the type before it (``a-www``).
    """
    label, _, rest = entry.name.partition(".")
    bare = label.partition("-")[2]
    below = label in ("a", "aaaa", "cname")
    return bool({entry.name, f"{bare}.{rest}", rest if below else ""} & moved)


def _is_meta(entry: Listed, zone: str) -> bool:
    """Say whether *entry* is octoDNS's meta record (``octodns.processor.meta``)."""
    return (
        entry.type == "TXT"
        and entry.name == absolute(f"meta.{zone}")
        and bool(entry.rdatas)
        and all(_META.match(rdata) for rdata in entry.rdatas)
    )


def marker_names(zone: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return where programs leave their marks about *names*, to be asked for TXT."""
    found = [absolute(f"meta.{zone}")]
    for name in map(absolute, names):
        kinds = ("a", "aaaa", "cname")
        below = "." if name == absolute(zone) else "-"
        found += [name, *(f"{kind}{below}{name}" for kind in kinds)]
    return tuple(dict.fromkeys(found))
