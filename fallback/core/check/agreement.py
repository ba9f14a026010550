"""What a zone, its parent and its servers must agree on, beyond their lists of servers.

The parent gives addresses of servers whose names lie in the zone itself (glue, RFC 1034
section 4.2.1) and, where it is signed, the digest of its key (DS, RFC 4034 section 5);
every server has the same SOA record, and answers over TCP (RFC 7766 section 5).
"""

from collections.abc import Collection, Iterator, Mapping

from attrs import field, frozen

from fallback.core.findings import Finding, Severity
from fallback.core.text import T

_PARTS = {0: "MNAME", 1: "RNAME", 3: "REFRESH", 4: "RETRY", 5: "EXPIRE", 6: "MINIMUM"}
"""The fields of a SOA record by their place, as RFC 1035 section 3.3.13 calls them. The
serial is not among them: that it lags behind is a thing of its own."""


@frozen
class Told:
    """What the server called *name* says of the zone's SOA over TCP.

    ``soa`` is canonical text; ``None``: there was no answer over TCP.
    """

    name: str
    address: str
    soa: str | None = None


@frozen
class Primary:
    """The server that the SOA names as the first one (MNAME, RFC 1035 section 3.3.13).

    ``alias``: its name is a CNAME. ``addresses``: ``None`` when nobody said. ``knows``
    says whether it answers for the zone; ``None``: it is silent, as one that is hidden
    on purpose is.
    """

    name: str
    alias: bool = False
    addresses: tuple[str, ...] | None = None
    knows: bool | None = None


@frozen
class Agreement:
    """What was heard. ``fits``: the zone has a key that the parent's digest is of.

    ``glue`` are addresses by name as the parent gives them, ``own`` as the zone does;
    a name that is not in ``own`` was not answered.
    """

    told: tuple[Told, ...] = ()
    glue: Mapping[str, tuple[str, ...]] = field(factory=dict)
    own: Mapping[str, tuple[str, ...]] = field(factory=dict)
    fits: bool | None = None
    primary: Primary | None = None

    @property
    def first(self) -> str:
        """Return the first server's name as the SOA has it; empty when nobody said."""
        return next((each.soa.split()[0] for each in self.told if each.soa), "")


def agreement_findings(
    zone: str, agreement: Agreement | None, answering: Collection[str]
) -> Iterator[Finding]:
    """Yield where they do not agree.

    *answering* are the addresses of the servers that answer for the zone at all: of the
    others it is said elsewhere that they do not.
    """
    if agreement is None:
        return
    told = [each for each in agreement.told if each.address in answering]
    yield from _over_tcp(told)
    yield from _one_soa(zone, [each for each in told if each.soa])
    yield from _glue(zone, agreement)
    yield from _primary(zone, agreement.primary)
    if agreement.fits is False:
        yield Finding(
            "dnssec-broken",
            Severity.CRITICAL,
            zone,
            T("the zone has no key that the zone above knows (DNSSEC)"),
            T("for many visitors neither the shop nor the page would be found"),
            T("enter the DS record of the zone's own key where the domain is"
              " registered"),
        )  # fmt: skip


def _over_tcp(told: Collection[Told]) -> Iterator[Finding]:
    for each in told:
        if each.soa is None:
            yield Finding(
                "ns-no-tcp",
                Severity.WARNING,
                each.name,
                T("the name server at {address} takes no TCP", address=each.address),
                T("an answer that is too long for one packet never arrives"),
                T("let TCP to port 53 through there"),
            )


def _one_soa(zone: str, told: list[Told]) -> Iterator[Finding]:
    for each in told[1:]:
        first, other = ((one.soa or "").lower().split() for one in (told[0], each))
        differs = [
            part for place, part in _PARTS.items() if first[place] != other[place]
        ]
        if differs:
            yield Finding(
                "soa-differs",
                Severity.WARNING,
                zone,
                T("{one} and {other} have different SOA records ({part})",
                  one=told[0].name.rstrip("."), other=each.name.rstrip("."),
                  part=differs[0]),
                T("they are kept apart: a change at one may never reach the other"),
                T("mend the transfer between the name servers"),
            )  # fmt: skip
            return


def _glue(zone: str, agreement: Agreement) -> Iterator[Finding]:
    for name, given in sorted(agreement.glue.items()):
        own = agreement.own.get(name)
        if own is not None and set(own) != set(given):
            yield Finding(
                "glue-differs",
                Severity.WARNING,
                zone,
                T("the zone above has other addresses of {name} than the zone itself",
                  name=name.rstrip(".")),
                T("some visitors are led to a server that is no more, or is another"),
                T("enter the name server's address where the domain is registered"),
            )  # fmt: skip


def _primary(zone: str, primary: Primary | None) -> Iterator[Finding]:
    if primary is None:
        return
    if primary.addresses == ():
        seen = T("{name} has no address", name=primary.name.rstrip("."))
    elif primary.alias:
        seen = T("{name} is an alias", name=primary.name.rstrip("."))
    elif primary.knows is False:
        seen = T("{name} does not know the zone", name=primary.name.rstrip("."))
    else:
        return
    yield Finding(
        "soa-primary",
        Severity.INFO,
        zone,
        T("the SOA record names no right first name server: {seen}", seen=seen),
        T("visitors do not ask it; programs that change the zone look for it there"),
        T("set the first name of the SOA record to the server that is written to"),
    )
