"""What hosts answered beside what their kind promises: what it means for the day.

Status addresses are judged as they are; under the shop's own names, asked at the target
before DNS leads there, the same answers are what customers and search engines will get.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from attrs import evolve, field, frozen

from fallback.core.findings import Finding, Severity
from fallback.core.hosts.capabilities import Capabilities
from fallback.core.hosts.handshakes import ENDS_SOON
from fallback.core.hosts.publishing import Manifest
from fallback.core.model import Digest
from fallback.core.text import T, Text

EXPIRED = "tls_expired"
"""What a probe calls a certificate that has ended."""


@frozen
class Visited:
    """One host, asked as a visitor asks it.

    ``served`` is the manifest that it shows; ``problem`` what it shows of it that is
    not as that manifest says. ``failure`` is the stable word for no answer at all.
    ``foreign`` says what comes in the page's place where that fails nothing. Without a
    ``url`` only ``promised`` is known. ``shown`` is the manifest that visitors get,
    ``held`` the one that the host holds by its own interface, each if it is known.
    """

    label: str
    kind: str
    url: str
    promised: Capabilities = field(factory=Capabilities)
    measured: Capabilities = field(factory=Capabilities)
    served: Manifest | None = None
    problem: Text | None = None
    notes: tuple[Text, ...] = ()
    remarks: tuple[Text, ...] = ()
    certificate_ends: datetime | None = None
    failure: str = ""
    foreign: Text | None = None
    shown: Digest | None = None
    held: Digest | None = None

    def as_json(self) -> Mapping[str, Any]:
        """Return the object of this host in ``check --json``."""
        ends = self.certificate_ends
        return {
            "host": self.label,
            "url": self.url,
            "caps": self.promised.as_json(),
            "measured": self.measured.as_json(),
            "certificate_ends": ends and ends.isoformat(),
            "problem": None if self.problem is None else str(self.problem),
        }


@frozen
class NameVisited:
    """What one of the shop's own names would get at one address of the target."""

    name: str
    address: str
    measured: Capabilities


def host_findings(
    visited: Sequence[Visited],
    local: Manifest | None,
    at: datetime,
    *,
    judged: Collection[str] = (),
) -> Iterator[Finding]:
    """Yield what the status addresses showed. *local*: what was last made here.

    *judged* are the labels of the hosts of which it is known whose they are.
    """
    well = [one for one in visited if one.served is not None and one.problem is None]
    for one in visited:
        yield from certificate_findings(one, at)
        yield from answer_findings(one.label, one.measured)
        if one.problem is not None:
            yield _wrong(one, alone=not well)
        if one.served is not None and local is not None:
            yield from _against_local(one, one.served, local)
        yield from _unnamed(one)
        if one.label not in judged:
            yield from _another(one)
        for note in one.notes:
            yield Finding(
                "not-as-its-kind",
                Severity.WARNING,
                one.label,
                note,
                T("something was changed there, or was never set up"),
                T("run again: fallback setup {host}", host=one.label),
            )
        yield from _lost(one)
        for remark in one.remarks:
            yield Finding(
                "served-headers",
                Severity.INFO,
                one.label,
                remark,
                T("the page is right, and reaches less than it could"),
                T("let the host send the headers that the published _headers names"),
            )


def _unnamed(one: Visited) -> Iterator[Finding]:
    """Yield that the settings name no distribution where there is one."""
    if _edges_unnamed(one):
        yield Finding(
            "distribution-unnamed",
            Severity.WARNING,
            one.label,
            T("its address is CloudFront's, and its table names no distribution"),
            T("CloudFront is not told of a new page, and shows the page before it"
              " for up to half a minute"),
            T("run: fallback setup {host}, and write down the line distribution",
              host=one.label),
        )  # fmt: skip


def _another(one: Visited) -> Iterator[Finding]:
    """Yield that the settings name another place than the host, as pages tell it."""
    if one.shown and one.held and one.shown != one.held:
        yield Finding(
            "host-not-ours",
            Severity.WARNING,
            one.label,
            T("what visitors get at {url} is not what this host holds",
              url=one.url),
            T("the address may be somebody else's, who could show them anything"),
            T("run it again in a minute, as a cache may be late; if it stays,"
              " compare url with the address that the host's panel shows"),
        )  # fmt: skip


def _lost(one: Visited) -> Iterator[Finding]:
    """Yield what a shop loses with such a host, where no measured answer says it."""
    if one.foreign is not None:
        yield Finding(
            "deep-foreign",
            Severity.INFO,
            one.label,
            one.foreign,
            T("who comes by an old link or a search engine does not see the page"),
            T("let every path but those of the page answer with the page there"),
        )
    known = one.measured
    unseen = evolve(
        one.promised,
        deep=one.promised.deep if known.deep is None else None,
        post=one.promised.post if known.post is None else None,
        retry_after=one.promised.retry_after if known.retry_after is None else None,
        tls_ahead=None,  # ahead_findings knows more of it
    )
    for what in unseen.shortcomings():
        yield Finding(
            "host-shortcoming",
            Severity.INFO,
            one.label,
            what,
            T("this kind of host can do no more"),
            T("nothing, or a host that answers 503 with Retry-After on every path"),
        )


def _edges_unnamed(one: Visited) -> bool:
    """Return whether a bucket that promises no edges is asked at CloudFront's.

    A distribution answers by a name of its own as well, which tells nothing here.
    """
    host = urlsplit(one.url).hostname or ""
    return host.endswith(".cloudfront.net") and one.promised.retry_after is False


def certificate_findings(one: Visited, at: datetime) -> Iterator[Finding]:
    """Yield what the certificate of the status address of *one* means at *at*."""
    if one.failure == EXPIRED:
        yield Finding(
            "certificate-ended",
            Severity.CRITICAL,
            one.label,
            T("the certificate of {url} has ended", url=one.url),
            T("browsers show an error instead of the page"),
            T("renew it now, and see why it did not renew by itself"),
        )
    elif one.certificate_ends is not None and one.certificate_ends - at <= ENDS_SOON:
        yield Finding(
            "certificate-soon",
            Severity.WARNING,
            one.label,
            T("the certificate of {url} ends on {day}",
              url=one.url, day=f"{one.certificate_ends:%F}"),
            T("after that day browsers refuse the page"),
            T("renew it now, and see why it did not renew by itself"),
        )  # fmt: skip


def answer_findings(subject: str, measured: Capabilities) -> Iterator[Finding]:
    """Yield what a shop loses with answers like these; the worst first."""
    if measured.post is not None and 200 <= measured.post < 300:
        yield Finding(
            "post-accepted",
            Severity.CRITICAL,
            subject,
            T("a POST is answered with {status}", status=measured.post),
            T("a payment provider would believe that it had delivered its message"),
            T("let everything but GET and HEAD answer 503 there, or use another host"),
        )
    if measured.deep == 200:
        yield Finding(
            "deep-200",
            Severity.WARNING,
            subject,
            T("a deep link is answered with 200"),
            T("search engines may take the page for the shop"),
            T("let every path but those of the page answer 503 there"),
        )
    if measured.retry_after is False:
        yield Finding(
            "retry-after-missing",
            Severity.INFO,
            subject,
            T("it answers 503 without Retry-After"),
            T("search engines are not told when to come back"),
            T("let the host send the headers that the published _headers names"),
        )


def _wrong(one: Visited, *, alone: bool) -> Finding:
    return Finding(
        "served-wrong",
        Severity.CRITICAL if alone else Severity.WARNING,
        one.label,
        one.problem or T("it shows something else than was published"),
        T("visitors get something that was not published"),
        T("publish it again: fallback deploy; if it stays, see who else writes there"),
    )


def _against_local(
    one: Visited, served: Manifest, local: Manifest
) -> Iterator[Finding]:
    if served.build == local.build:
        return
    if served.sequence > local.sequence:
        yield Finding(
            "served-newer",
            Severity.INFO,
            one.label,
            T("it shows newer words than this folder has"),
            T("somebody else has published; a deploy from here would be refused"),
            T("fetch the newest words before you write others"),
        )
        return
    older = served.sequence < local.sequence
    yield Finding(
        "served-older" if older else "served-differs",
        Severity.WARNING,
        one.label,
        T("it shows older words than this folder has")
        if older
        else T("it shows another page than this folder has, with words of one age"),
        T("customers there read what you have already replaced")
        if older
        else T("what customers read there was not published from here"),
        T("publish the page: fallback deploy"),
    )


def name_findings(visited: Sequence[NameVisited]) -> Iterator[Finding]:
    """Yield what customers and search engines would get under the shop's own names."""
    told = set()
    for one in visited:
        found = [*answer_findings(one.name, one.measured)]
        if one.measured.deep in (403, 404, 410):
            found.append(_gone(one.name, one.measured.deep))
        for finding in found:
            if (finding.id, finding.subject) not in told:
                told.add((finding.id, finding.subject))
                yield finding


def _gone(name: str, status: int) -> Finding:
    return Finding(
        "deep-gone",
        Severity.INFO,
        name,
        T("a deep link is answered with {status}", status=status),
        T("within days search engines forget such addresses; 503 makes them wait"),
        T("lead the names to a host that can answer 503 on every path"),
    )


def ahead_findings(
    visited: Sequence[Visited], *, secure: bool, redirectable: bool, proven: bool
) -> Iterator[Finding]:
    """Yield which hosts cannot have https for the shop's names before DNS moves.

    *secure*: customers come by https. *redirectable*: names are configured. *proven*: a
    handshake for one of them at the target was good, which counts more than a promise.
    """
    for one in visited:
        if not secure or proven or one.promised.tls_ahead is not False:
            continue
        yield Finding(
            "https-not-ahead",
            Severity.WARNING if redirectable else Severity.INFO,
            one.label,
            T("https for the shop's own name works there only after DNS has moved"),
            T("until then browsers show an error instead of the page"),
            _AHEAD.get(one.kind, _ANY),
        )


_ANY = T("use a host that can have the certificate beforehand, by DNS validation")
_AHEAD: Mapping[str, Text] = {
    "s3": T("put a CloudFront distribution in front, with a certificate for the names"),
    "netlify": T("issue a certificate by DNS validation and upload it to the site"),
    "cloudflare_worker": T("add the names as custom domains, in a zone at Cloudflare"),
    "sftp": T("issue a certificate by DNS validation, and put it on that server"),
    "folder": T("issue a certificate by DNS validation, and put it on that server"),
}
