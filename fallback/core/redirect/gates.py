"""The gates: closed lists of what must be true before names move, and nothing else.

Facts go in, refusals come out. A refusal carries a stable code, which ``--accept``
takes over into the owner's responsibility. Whatever else may be wrong is a finding of
``check``: it informs, and never blocks.

What could not be asked counts as not true: a move is made on what was seen.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import TypeAlias

from attrs import frozen

from fallback.core.model import Digest
from fallback.core.records import WEB_TYPES, Snapshot, absolute
from fallback.core.text import T, Text


class Code(StrEnum):
    """Every refusal there is.

    The first ten guard ``redirect``, the next ``restore``; ``NOT_REDIRECTED`` guards
    ``restore --to``, ``IS_REDIRECTED`` ``prepare``, ``UNSIGNED`` both moves where
    signers are configured, and the rest the carrying out of a saved plan. Those but
    ``UNSIGNED``, ``TARGET_UNFIT`` and a foreign marker met by ``restore`` cannot be
    accepted: there is no record that could be written.
    """

    TARGET_NOT_PAGE = "target-not-page"
    TLS = "tls"
    PAGE_DIFFERS = "page-differs"
    MX_FOLLOWS = "mx-follows"
    NS_FOLLOWS = "ns-follows"
    PROVIDER_BLIND = "provider-blind"
    NOT_DELEGATED = "not-delegated"
    FOREIGN_MARKER = "foreign-marker"
    SHOP_ANSWERS = "shop-answers"
    TARGET_UNFIT = "target-unfit"
    SHOP_NOT_BACK = "shop-not-back"
    NOT_REDIRECTED = "not-redirected"
    IS_REDIRECTED = "is-redirected"
    UNSIGNED = "unsigned"
    PLAN_ELSEWHERE = "plan-elsewhere"
    PLAN_EXPIRED = "plan-expired"
    PLAN_OVERTAKEN = "plan-overtaken"
    PLAN_DRIFT = "plan-drift"


PAGE_GATES = (Code.TARGET_NOT_PAGE, Code.TLS, Code.PAGE_DIFFERS)
ZONE_GATES = (
    Code.MX_FOLLOWS,
    Code.NS_FOLLOWS,
    Code.PROVIDER_BLIND,
    Code.NOT_DELEGATED,
)
REDIRECT_GATES = (
    *PAGE_GATES,
    *ZONE_GATES,
    Code.FOREIGN_MARKER,
    Code.SHOP_ANSWERS,
    Code.TARGET_UNFIT,
)
RESTORE_GATES = (Code.SHOP_NOT_BACK, Code.FOREIGN_MARKER)
PREPARE_GATES = (Code.IS_REDIRECTED, Code.FOREIGN_MARKER, Code.NOT_DELEGATED)
PREPARE_ACCEPTS = (Code.NOT_DELEGATED,)
APPLY_ACCEPTS = (Code.UNSIGNED,)
REDIRECT_ACCEPTS = (
    *(code for code in REDIRECT_GATES if code is not Code.TARGET_UNFIT),
    Code.UNSIGNED,
)
RESTORE_ACCEPTS = (Code.SHOP_NOT_BACK, Code.UNSIGNED)


@frozen
class Refusal:
    """One gate said no, about one zone or name; ``remedy`` is what to do instead."""

    code: Code
    why: Text
    remedy: Text
    zone: str = ""
    acceptable: bool = True


@frozen
class PageLook:
    """One name asked at one final address of the target, with SNI.

    ``failure`` is empty when there was an answer, else a stable English word of
    ``fallback.wire.web.http.FailureKind``. ``ours`` says that the body carries our
    generator; ``digest`` is that of the body.
    """

    name: str
    address: str
    failure: str = ""
    detail: str = ""
    status: int = 0
    ours: bool = False
    digest: Digest | None = None


def page_gate(
    looks: Sequence[PageLook], expected: Collection[Digest], names: Sequence[str]
) -> Iterator[Refusal]:
    """Yield why the target is not ready for *names*; one refusal a name and reason.

    *expected* holds the digest of the front page in the newest manifest; empty when no
    manifest was found anywhere. Every address has to answer, because any visitor may
    be sent to any of them, except those of a family that this machine cannot route.
    """
    told: set[tuple[str, Code]] = set()
    for name in names:
        asked = [look for look in looks if look.name == name]
        routed = [look for look in asked if look.failure != "unreachable"]
        if not routed:
            yield _nobody_home(name, asked)
        for look in routed:
            refusal = _look_refused(look, expected)
            if refusal is not None and (name, refusal.code) not in told:
                told.add((name, refusal.code))
                yield refusal


def _nobody_home(name: str, asked: Sequence[PageLook]) -> Refusal:
    if asked:
        why = T("no address of the target can be reached for {name}", name=name)
        remedy = T("publish the page first: fallback deploy")
    else:
        why = T("the target of {name} has no address", name=name)
        remedy = T(
            "make the place with fallback setup, and write what it prints as target"
        )
    return Refusal(Code.TARGET_NOT_PAGE, why, remedy)


def _look_refused(look: PageLook, expected: Collection[Digest]) -> Refusal | None:
    name, address = look.name, look.address
    if look.failure.startswith("tls"):
        return Refusal(
            Code.TLS,
            T(
                "{address} shows no valid certificate for {name} ({why})",
                address=address,
                name=name,
                why=look.detail or look.failure,
            ),
            T(
                "give the target a certificate for {name}: browsers refuse the page"
                " without one",
                name=name,
            ),
        )
    if look.failure or not look.ours:
        answer = look.detail or look.failure or T("status {n}", n=look.status)
        return Refusal(
            Code.TARGET_NOT_PAGE,
            T(
                "{address} does not answer {name} with the page ({why})",
                address=address,
                name=name,
                why=answer,
            ),
            T("publish the page first: fallback deploy"),
        )
    if look.digest in expected:
        return None
    if not expected:
        why = T("no manifest was found that says which page {name} has to show")
    else:
        why = T("{address} shows another page for {name} than was built last")
    return Refusal(
        Code.PAGE_DIFFERS,
        why.with_values(address=address, name=name),
        T("publish the page again: fallback deploy"),
    )


@frozen
class ZoneLook:
    """What the delegated name servers of a zone answer.

    ``mail`` and ``servers`` lead from each mail exchange and each name server through
    its CNAME chain to the names it depends on, itself the first; ``None`` means that
    nobody could be asked. ``served`` holds the record data of each name server, by
    server, name and type, only of those that answered.
    """

    mail: Mapping[str, Sequence[str]] | None = None
    servers: Mapping[str, Sequence[str]] | None = None
    served: Mapping[str, Mapping[tuple[str, str], tuple[str, ...]]] | None = None


def zone_gate(
    look: ZoneLook, snapshot: Snapshot, names: Sequence[str], types: Collection[str]
) -> Iterator[Refusal]:
    """Yield why the zone must not be changed through this provider.

    *types* are those that the provider sees and writes.
    """
    yield from _follows(look, {absolute(name) for name in names})
    served = look.served or {}
    yield from _blind(served, types)
    yield from _strangers(look.servers or {}, snapshot)
    yield from _delegated(served, snapshot, {absolute(name) for name in names})


def _follows(look: ZoneLook, moved: Collection[str]) -> Iterator[Refusal]:
    for host, chain in sorted((look.mail or {}).items()):
        if on := [name for name in chain if name in moved]:
            yield Refusal(
                Code.MX_FOLLOWS,
                T(
                    "mail would follow: the mail exchange {host} depends on {name}",
                    host=host,
                    name=on[0],
                ),
                T("give the mail exchange a name of its own that is not redirected"),
            )
    if look.mail is None:
        yield Refusal(
            Code.MX_FOLLOWS,
            T("the mail exchanges of the zone could not be asked"),
            T("set network.resolvers in fallback.toml, or look yourself"),
        )
    for host, chain in sorted((look.servers or {}).items()):
        if on := [name for name in chain if name in moved]:
            yield Refusal(
                Code.NS_FOLLOWS,
                T(
                    "the zone would follow: its name server {host} depends on {name}",
                    host=host,
                    name=on[0],
                ),
                T("give the name server a name of its own that is not redirected"),
            )


Served: TypeAlias = Mapping[str, Mapping[tuple[str, str], tuple[str, ...]]]


def _blind(served: Served, types: Collection[str]) -> Iterator[Refusal]:
    there = {key for answers in served.values() for key in answers}
    for name, rtype in sorted(there):
        if rtype in WEB_TYPES and rtype not in types:
            yield Refusal(
                Code.PROVIDER_BLIND,
                T(
                    "{name} has an {type} record that this provider cannot see or"
                    " write: browsers would follow it past the page",
                    name=name,
                    type=rtype,
                ),
                T("delete {name} {type} in the panel", name=name, type=rtype),
            )


def _strangers(servers: Collection[str], snapshot: Snapshot) -> Iterator[Refusal]:
    given = {absolute(server) for server in snapshot.servers}
    others = sorted({absolute(server) for server in servers} - given)
    if given and others:
        yield Refusal(
            Code.NOT_DELEGATED,
            T(
                "{zone} is delegated to {server}, and not only to the name servers that"
                " this provider gives it",
                zone=snapshot.zone.rstrip("."),
                server=others[0],
            ),
            T("compare the name servers at the registrar with those of the provider"),
        )


_COMPARED = ("A", "AAAA", "CNAME")


def _delegated(
    served: Served, snapshot: Snapshot, names: Collection[str]
) -> Iterator[Refusal]:
    """Compare what the provider holds with what each name server says.

    Only keys that the provider has are compared: else a wildcard may answer. What a
    proxy answers, an ALIAS or a CNAME at the zone's top stands for, it knows alone.
    """
    known = {
        key: rrset.rdatas
        for key, rrset in snapshot.rrsets.items()
        if key[0] in names
        and key[1] in _COMPARED
        and key != (absolute(snapshot.zone), "CNAME")
        and rrset.plain
    }
    if not served:
        yield Refusal(
            Code.NOT_DELEGATED,
            T("no name server of {zone} could be asked", zone=snapshot.zone),
            T("set network.resolvers in fallback.toml, or look yourself"),
        )
    for server, answers in sorted(served.items()):
        differs = [key for key, rdatas in known.items() if answers.get(key) != rdatas]
        if differs:
            name, rtype = min(differs)
            yield Refusal(
                Code.NOT_DELEGATED,
                T(
                    "the name server {server} does not answer {name} {type} as this"
                    " provider has it: customers do not ask this zone",
                    server=server,
                    name=name,
                    type=rtype,
                ),
                T(
                    "compare the name servers at the registrar with those of the"
                    " provider"
                ),
            )
            return


def sort_out(
    refusals: Iterable[Refusal], accepted: Collection[str]
) -> tuple[tuple[Refusal, ...], tuple[Refusal, ...]]:
    """Return what still refuses, and what the owner took over by *accepted* codes."""
    stands: list[Refusal] = []
    taken: list[Refusal] = []
    for refusal in refusals:
        takes = refusal.acceptable and refusal.code in accepted
        (taken if takes else stands).append(refusal)
    return tuple(stands), tuple(taken)
