"""The ladder of switches: every way to lead customers to the page, the safest first.

A rung is safer the less it changes, the sooner it is seen, and the less it asks of a
person on the day. The last one moves nothing: it is there beside any other, for the day
when nothing of the shop's name can be moved. ``docs/ladder.md`` says how each is
prepared.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any

from attrs import frozen

from fallback.core.check.facts import Facts
from fallback.core.check.server_readiness import all_with_shop
from fallback.core.check.zone_facts import Zone
from fallback.core.records import absolute
from fallback.core.redirect.switch import leading, within
from fallback.core.text import Sayable, T, Text


class Rung(StrEnum):
    """The ways there are, the safest first."""

    WORKER = "worker-route"
    FAILOVER = "failover"
    SWITCH = "delegated-switch"
    RECORDS = "records"
    HAND = "by-hand"
    SPARE = "spare-address"


class Use(StrEnum):
    """What a rung is to a site.

    ``NOT_BUILT``: it would fit, and this program cannot do it yet. ``NO``: it does not
    fit what was seen.
    """

    NOW = "now"
    POSSIBLE = "possible"
    NOT_BUILT = "not-built"
    NO = "no"


@frozen
class Step:
    """One rung, and what it would save this site; ``needs``: the evening before."""

    rung: Rung
    use: Use
    saves: Text
    needs: Text

    def as_json(self) -> Mapping[str, Any]:
        """Return the object in ``check --json``."""
        return {
            "rung": self.rung.value,
            "use": self.use.value,
            "saves": str(self.saves),
            "needs": str(self.needs),
        }


_OPERATORS = (
    (".ns.cloudflare.com.", "cloudflare"),
    (".awsdns-", "route53"),
    (".ovh.net.", "octodns"),
    (".gandi.net.", "octodns"),
    (".ns.hetzner.com.", "octodns"),
    (".desec.io.", "octodns"),
    (".infomaniak.ch.", "octodns"),
    (".digitalocean.com.", "octodns"),
    (".azure-dns.", "octodns"),
    (".googledomains.com.", "octodns"),
)
"""What a name server's name says of the interface there, as providers are called."""


def operator(servers: tuple[tuple[str, str], ...]) -> str:
    """Return the provider that *servers* (name, address) can be written by, or ""."""
    for name, _ in servers:
        for part, provider in _OPERATORS:
            if part in f".{absolute(name)}":
                return provider
    return ""


def wait(facts: Facts) -> timedelta | None:
    """Return how long caches may keep what is moved today; ``None``: not known."""
    ttls = [
        rrset.ttl
        for zone in facts.zones
        for server in zone.answering[:1]
        for (name, _), rrset in server.rrsets.items()
        if name in {absolute(each) for each in zone.names}
    ]
    if not ttls and not facts.zones and facts.approach is not None:
        ttls = list(facts.approach.ttls.values())
    return max(ttls, default=None)


def ladder(facts: Facts) -> tuple[Step, ...]:
    """Return every rung, the safest first, with what it is to the site of *facts*."""
    site = _Site(facts)
    return (
        _worker(site),
        _failover(site),
        _switch(site),
        _records(site),
        _hand(site),
        _spare(site),
    )


@frozen
class _Site:
    """What the rungs want to know of *facts*."""

    facts: Facts

    @property
    def own(self) -> Zone | None:
        """Return the table of the zone that the shop's domain is in."""
        zones = self.facts.zones
        return next((z for z in zones if within(self.facts.domain, z.zone)), None)

    @property
    def provider(self) -> str:
        """Return what the shop's own zone is written by, or could be; else ""."""
        if self.own is not None and self.own.provider not in ("", "manual"):
            return self.own.provider
        approach = self.facts.approach
        return operator(approach.servers) if approach else ""

    @property
    def proxied(self) -> bool:
        control = self.own.control if self.own else None
        rrsets = control.snapshot.rrsets.values() if control else ()
        return any(rrset.proxied for rrset in rrsets)

    @property
    def switched(self) -> bool:
        """Whether the shop's own names lead into a table's zone that is not theirs."""
        ways = self.facts.approach.ways if self.facts.approach else {}
        return any(
            leading(name, ways)
            for zone in self.facts.zones
            if not within(self.facts.domain, zone.zone)
            for name in zone.names
        )

    @property
    def dies_with_shop(self) -> bool:
        """Whether every name server of the shop's own zone is in the shop's network."""
        approach = self.facts.approach
        at = [address for _, address in approach.servers] if approach else []
        return all_with_shop(at, self.facts.shop)

    def caches(self) -> Text:
        """Return the wait for caches, as an owner reads it."""
        known = wait(self.facts)
        return T("unknown") if known is None else _spoken(known)


def _spoken(length: timedelta) -> Text:
    minutes = -(-int(length.total_seconds()) // 60)
    if minutes <= 1:
        return T("a minute")
    if minutes < 120:
        return T("{n} minutes", n=minutes)
    return T("{n} hours", n=-(-minutes // 60))


def _worker(site: _Site) -> Step:
    return Step(
        Rung.WORKER,
        Use.NOT_BUILT if site.provider == "cloudflare" else Use.NO,
        T("no DNS record changes, and no wait for caches (now up to: {wait})",
          wait=site.caches()),
        T("a Worker that shows the page, and a route that is switched on")
        if site.proxied
        else T("the zone at Cloudflare, with the shop's names behind its proxy"),
    )  # fmt: skip


def _failover(site: _Site) -> Step:
    return Step(
        Rung.FAILOVER,
        Use.NOT_BUILT if site.provider == "route53" else Use.NO,
        T("no key on the day; caches still wait (now up to: {wait})",
          wait=site.caches()),
        T("the zone at Route 53, and failover records that are made in peace"),
    )  # fmt: skip


def _switch(site: _Site) -> Step:
    use = Use.NO if site.dies_with_shop else Use.POSSIBLE
    by_hand = site.own is None or site.own.provider == "manual"
    return Step(
        Rung.SWITCH,
        Use.NOW if site.switched else use,
        T("nobody types records on the day, and the shop's own zone is not touched")
        if by_hand
        else T("a stolen key can change nothing else of the shop's zone"),
        T("a zone at another provider, and once: www as a CNAME into it"),
    )  # fmt: skip


def _records(site: _Site) -> Step:
    automatic = site.own is not None and site.own.provider not in ("", "manual")
    use = Use.POSSIBLE if site.provider and not site.dies_with_shop else Use.NO
    return Step(
        Rung.RECORDS,
        Use.NOW if automatic else use,
        T("nobody types records on the day; the top of the zone moves, too"),
        T("a key for the zone: provider = {provider} in its dns table",
          provider=f'"{site.provider}"')
        if site.provider
        else T("the zone at a DNS company with an interface for programs"),
    )  # fmt: skip


def _hand(site: _Site) -> Step:
    now = site.own is not None and site.own.provider == "manual"
    return Step(
        Rung.HAND,
        Use.NOW if now else Use.NO if site.dies_with_shop else Use.POSSIBLE,
        T("nothing to prepare: every panel will do"),
        T("the panel's password, and a dns table with provider manual"),
    )


def _spare(site: _Site) -> Step:
    there = site.facts.spare is not None and bool(site.facts.spare.url)
    return Step(
        Rung.SPARE,
        Use.NOW if there else Use.POSSIBLE,
        T("it is there when nothing of the shop's name can be moved"),
        T("a domain registered and served elsewhere, and customers who know it"),
    )


_NAMED = {
    Rung.WORKER: T("a Worker route at Cloudflare"),
    Rung.FAILOVER: T("failover records at Route 53"),
    Rung.SWITCH: T("a delegated switch"),
    Rung.RECORDS: T("records in the shop's own zone"),
    Rung.HAND: T("by hand, in a panel"),
    Rung.SPARE: T("a spare address, beside all of these"),
}

_SAID = {
    Use.NOW: T("  {rung}: used now"),
    Use.POSSIBLE: T("  {rung}: possible"),
    Use.NOT_BUILT: T("  {rung}: would fit, not built yet"),
}


def ladder_told(steps: tuple[Step, ...]) -> Iterator[Sayable]:
    """Yield the rungs that fit a site, as lines; those below the one in use are left.

    A less safe rung would save nothing. A spare address that there is not is a finding.
    """
    shown: list[Sayable] = []
    spare = [each for each in steps if each.rung is Rung.SPARE and each.use is Use.NOW]
    for step in steps:
        if step.use is Use.NO or step.rung is Rung.SPARE:
            continue
        shown.append(_SAID[step.use].with_values(rung=_NAMED[step.rung]))
        if step.use is Use.NOW:
            break
        shown.append(T("      saves: {saves}", saves=step.saves))
        shown.append(T("      needs: {needs}", needs=step.needs))
    shown += [_SAID[step.use].with_values(rung=_NAMED[step.rung]) for step in spare]
    if shown:
        yield T("ways to move the names, the safest first")
        yield from shown
