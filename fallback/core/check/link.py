"""A link that customers have, such as a newsletter's: every host on its way counts.

Whoever sends newsletters leads each link through a host of theirs, or through one of
the shop's own that nobody thinks of. A host that is not redirected may be as dead as
the shop. Only hosts are told: what else is in such a link may be a customer's own.
"""

from collections.abc import Iterator, Sequence

from attrs import frozen

from fallback.core.check.basket import network_of
from fallback.core.findings import Finding, Severity
from fallback.core.records import absolute
from fallback.core.redirect.switch import within
from fallback.core.text import T, Text


@frozen
class Hop:
    """One host that was asked; without an ``address`` it gave no answer."""

    host: str
    address: str = ""


@frozen
class Trail:
    """Where a link leads, hop by hop; ``broken`` says why it does not end well."""

    hops: tuple[Hop, ...]
    broken: Text | None = None


def link_findings(
    trail: Trail, names: Sequence[str], domain: str, shop: Sequence[str]
) -> Iterator[Finding]:
    """Yield each host on the way that a redirect of *names* does not move.

    *domain* is the shop's, *shop* its addresses.
    """
    moved = {absolute(name) for name in names}
    own = domain.removeprefix("www.")
    networks = {network_of(address) for address in shop}
    for host in dict.fromkeys(hop.host for hop in trail.hops):
        if absolute(host) in moved:
            continue
        at = {hop.address for hop in trail.hops if hop.host == host and hop.address}
        near = any(network_of(address) in networks for address in at)
        if near or within(host, own):
            yield Finding(
                "link-not-redirected",
                Severity.WARNING,
                host,
                T("a link of yours goes through it, and it is not redirected"),
                T("it dies with the shop, and whoever clicks sees an error"),
                T("add {host} to names in the dns table, or let the link go without it",
                  host=host),
            )  # fmt: skip
        else:
            yield Finding(
                "link-through",
                Severity.INFO,
                host,
                T("a link of yours goes through it; it is not yours to redirect"),
                T("the link works for as long as that company lives"),
                T("nothing, as long as it is not the shop's own hoster"),
            )
    if trail.broken is not None:
        last = trail.hops[-1].host if trail.hops else domain
        yield Finding(
            "link-broken",
            Severity.WARNING,
            last,
            T("a link of yours does not lead to a page: {why}", why=trail.broken),
            T("whoever clicks it sees an error today"),
            T("try it in a browser, and mend it where it is made"),
        )
