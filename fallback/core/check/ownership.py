"""Whether the addresses that are to show the page are those of our own hosts.

Told by a file that nobody can guess, put beside the page and asked for a moment later.
The page and its manifest are public: whoever copied them shows them as well as we do,
and only who holds our place has that file.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from urllib.parse import urlsplit

from attrs import frozen

from fallback.core.findings import Finding, Severity
from fallback.core.hosts.known import Known
from fallback.core.hosts.publishing import BESIDE
from fallback.core.text import Sayable, T

_LAID = "laid:"
_OURS = re.compile(rf"(?:.*/)?{re.escape(BESIDE)}[0-9a-f]+\.txt")


def laid_word(label: str, at: str) -> str:
    """Return under which word a file *at* a spot of *label* is remembered meanwhile."""
    return f"{_LAID}{label}:{at}"


def still_laid(label: str, dates: Mapping[str, datetime]) -> Iterator[str]:
    """Yield the spots of *label* where a proof that was cut off may have left a file.

    Others may write these words, too, so that nothing but a file of a proof is meant.
    """
    for word in dates:
        at = word.removeprefix(f"{_LAID}{label}:")
        if at != word and _OURS.fullmatch(at) and ".." not in at.split("/"):
            yield at


@frozen
class Sought:
    """What came from one address for a file that was put into our hosts.

    ``subject`` is the label of the host whose status address it is, or the zone whose
    ``target``, which may be any host's; ``where`` is the address as people write it.
    ``status`` is 0 without an answer, ``same``: it shows the page that we hold.
    """

    subject: str
    where: str
    ours: bool = False
    status: int = 0
    same: bool = False
    target: bool = False

    @property
    def strange(self) -> bool:
        """Whether somebody answered without our file."""
        return bool(self.status) and not self.ours


@frozen
class Refused:
    """A host that did not take the file, or give it back, or say which names it has."""

    label: str
    what: Sayable
    remedy: Sayable


@frozen
class Unasked:
    """A zone whose target was not asked for a file, and why not."""

    zone: str
    why: Sayable
    remedy: Sayable


@frozen
class Claim:
    """An address below a vendor's own domain, and what the vendor says of the host.

    ``subject`` is the label of the host whose status address it is, or the zone whose
    ``target``.
    """

    subject: str
    where: str
    known: Known
    ours: bool
    target: bool = False

    @classmethod
    def of(
        cls, subject: str, where: str, known: Iterable[Known], *, target: bool = False
    ) -> "Claim | None":
        """Return what *known* hosts tell of *where*, an address or a host name.

        ``None`` where none of them can: it is below no vendor's own domain.
        """
        name = urlsplit(where if "//" in where else f"//{where}").hostname or ""
        told = [each for each in known if each.has(name) is not None]
        ours = [each for each in told if each.has(name)]
        first = next(iter(ours or told), None)
        return cls(subject, where, first, bool(ours), target) if first else None


@frozen
class Proof:
    """How the proof ended; ``left`` are the files that could not be taken away.

    ``copied``: a host is a folder, which may be copied to its server later.
    """

    sought: tuple[Sought, ...] = ()
    refused: tuple[Refused, ...] = ()
    left: tuple[Refused, ...] = ()
    unasked: tuple[Unasked, ...] = ()
    claims: tuple[Claim, ...] = ()
    copied: bool = False

    @property
    def judged(self) -> frozenset[str]:
        """Return the subjects of which it is known whether they are ours."""
        strange = (one.subject for one in self.claims if not one.ours)
        answered = (one.subject for one in self.sought if one.status)
        return frozenset((*answered, *strange))


def ownership_findings(proof: Proof) -> Iterator[Finding]:
    """Yield what is not ours, what could not be asked, and what was left behind.

    Of the addresses of one target the first tells enough.
    """
    told = set()
    for one in proof.sought:
        if one.ours:
            continue
        found = _strange(one, copied=proof.copied) if one.strange else _silent(one)
        if (found.id, found.subject) not in told:
            told.add((found.id, found.subject))
            yield found
    yield from (_foreign(claim) for claim in proof.claims if not claim.ours)
    for host in proof.refused:
        yield Finding(
            "host-unproven",
            Severity.WARNING,
            host.label,
            T("nothing could be proven there: {what}", what=host.what),
            T("whether its address is its own is not known, and a deploy may fail"),
            T("{remedy}", remedy=host.remedy),
        )
    for zone in proof.unasked:
        yield Finding(
            "host-unproven",
            Severity.INFO,
            zone.zone,
            T("its target was not asked for a file of yours: {why}", why=zone.why),
            T("whether it is your own place is not known"),
            T("{remedy}", remedy=zone.remedy),
        )
    yield from left_findings(proof)


def left_findings(proof: Proof) -> Iterator[Finding]:
    """Yield what was left behind, which is so whatever else could be seen."""
    for host in proof.left:
        yield Finding(
            "proof-left",
            Severity.WARNING,
            host.label,
            T("a file of ours could not be taken away: {what}", what=host.what),
            T("it harms nobody; the next fallback check --write tries it again"),
            T("{remedy}", remedy=host.remedy),
        )


def _strange(one: Sought, *, copied: bool) -> Finding:
    waits = one.same and copied  # the folder's server may have all but the file
    return Finding(
        "host-not-ours",
        Severity.CRITICAL if one.target and not waits else Severity.WARNING,
        one.subject,
        T("{where} does not have a file that was put into your hosts a moment ago"
          " (HTTP {status})", where=one.where, status=one.status)
        if one.target
        else T("{where} does not have a file that was put into this host a moment ago"
               " (HTTP {status})", where=one.where, status=one.status),
        T("it shows the same page, and may be somebody's copy, who could change it")
        if one.same
        else T("the address may be somebody else's, who could show them anything"),
        T("compare it with the address that the host's panel shows; only a folder that"
          " is copied to its server later may be right all the same"),
    )  # fmt: skip


def _foreign(one: Claim) -> Finding:
    known = one.known
    return Finding(
        "host-not-ours",
        Severity.CRITICAL if one.target else Severity.WARNING,
        one.subject,
        T("{where} is another place: at {domain} your host has the name {own}",
          where=one.where, domain=known.domain, own=known.own)
        if known.own
        else T("{where} is another place: at {domain} your host has no name",
               where=one.where, domain=known.domain),
        T("the address may be somebody else's, who could show them anything"),
        T("compare it with the address that the host's panel shows"),
    )  # fmt: skip


def _silent(one: Sought) -> Finding:
    return Finding(
        "host-unproven",
        Severity.WARNING,
        one.subject,
        T("{where} gave no answer, so whether it is yours is not known",
          where=one.where),
        T("what was not seen is not known to be good"),
        T("run fallback check --write again, or from another network"),
    )  # fmt: skip
