"""Whether the addresses that are to show the page are those of our own hosts.

Told by a file that nobody can guess, put beside the page and asked for a moment later.
The page and its manifest are public: whoever copied them shows them as well as we do,
and only who holds our place has that file.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from urllib.parse import urlsplit

from attrs import frozen

from fallback.core.findings import Finding, Severity
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
class Listed:
    """The ``names`` that a vendor lists for a host, whose status address is ``url``."""

    label: str
    url: str
    names: frozenset[str]

    @property
    def ours(self) -> bool:
        """Whether the status address is one of them."""
        return (urlsplit(self.url).hostname or "") in self.names


@frozen
class Proof:
    """How the proof ended; ``left`` are the files that could not be taken away.

    ``copied``: a host is a folder, which may be copied to its server later.
    """

    sought: tuple[Sought, ...] = ()
    refused: tuple[Refused, ...] = ()
    left: tuple[Refused, ...] = ()
    unasked: tuple[Unasked, ...] = ()
    listed: tuple[Listed, ...] = ()
    copied: bool = False

    @property
    def judged(self) -> frozenset[str]:
        """Return the subjects of which it is known whether they are ours.

        A vendor's list says whose a name is, and not what visitors get there.
        """
        strange = (one.label for one in self.listed if not one.ours)
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
    for each in proof.listed:
        if not each.ours:
            yield _unlisted(each)
    for host in proof.refused:
        yield Finding(
            "host-unproven",
            Severity.WARNING,
            host.label,
            T("it could not be asked for a proof: {what}", what=host.what),
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


def _unlisted(one: Listed) -> Finding:
    return Finding(
        "host-not-ours",
        Severity.WARNING,
        one.label,
        T("{where} is none of the addresses that this host has for you: {names}",
          where=one.url, names=", ".join(sorted(one.names)) or "–"),
        T("the address may be somebody else's, who could show them anything"),
        T("make one of them the url of this host, or add the name in its panel"),
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
