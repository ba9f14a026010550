"""How a TLS handshake with the page's host can end, and what each end asks for."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum

from attrs import frozen

from fallback.core.findings import Finding, Severity
from fallback.core.text import T, Text

ENDS_SOON = timedelta(days=14)
"""Certificates that renew by themselves do so a month ahead (ACME's usual third)."""


class TlsOutcome(StrEnum):
    """How a handshake with SNI ended; each asks for another remedy."""

    GOOD = "good"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    WRONG_NAME = "wrong_name"
    SELF_SIGNED = "self_signed"
    INCOMPLETE = "incomplete"
    UNTRUSTED = "untrusted"
    NAME_REFUSED = "name_refused"
    NOT_TLS = "not_tls"
    FAILED = "failed"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"


@frozen
class Handshake:
    """One handshake for *name* with *address*.

    ``ends`` and ``issuer`` (the organization that signed) are known for a good one.
    ``refused``: it was unreachable because nothing listens at the port.
    """

    name: str
    address: str
    outcome: TlsOutcome
    detail: str = ""
    ends: datetime | None = None
    issuer: str = ""
    refused: bool = False

    @property
    def speaks(self) -> bool:
        """Whether there is TLS, and a certificate, however bad."""
        return self.outcome not in (*_SILENT, TlsOutcome.NOT_TLS, _NAMELESS)

    @property
    def silent(self) -> bool:
        """Whether it tells nothing of the server: no answer came, or a broken one."""
        return self.outcome in _SILENT and not self.refused


_NAMELESS = TlsOutcome.NAME_REFUSED
_SILENT = (TlsOutcome.FAILED, TlsOutcome.TIMEOUT, TlsOutcome.UNREACHABLE)


def judged(handshake: Handshake, at: datetime) -> Iterator[Finding]:
    """Yield what *handshake* means for visitors, at the moment *at*."""
    if handshake.outcome is not TlsOutcome.GOOD:
        seen, remedy = _SEEN[handshake.outcome]
        yield Finding(
            "tls",
            Severity.CRITICAL,
            handshake.name,
            T(
                "{address}: {seen}{detail}",
                address=handshake.address,
                seen=seen,
                detail=f" ({handshake.detail})" if handshake.detail else "",
            ),
            T("browsers show an error instead of the page, and no way past it"),
            remedy,
        )
    elif handshake.ends is not None and handshake.ends - at < ENDS_SOON:
        yield Finding(
            "certificate-soon",
            Severity.WARNING,
            handshake.name,
            T("the page's certificate ends on {day}", day=f"{handshake.ends:%F}"),
            T("after that day browsers refuse the page"),
            T("renew it now, and see why it did not renew by itself"),
        )


_PUBLIC = T("issue a certificate from a public authority, by DNS validation")

_SEEN: dict[TlsOutcome, tuple[Text, Text]] = {
    TlsOutcome.EXPIRED: (
        T("the certificate has expired"),
        T("renew the certificate at the page's host"),
    ),
    TlsOutcome.NOT_YET_VALID: (
        T("the certificate is not valid yet"),
        T("look at the clocks of this machine and of the page's host"),
    ),
    TlsOutcome.WRONG_NAME: (
        T("the certificate is for other names"),
        T("issue a certificate for this name at the page's host, by DNS validation"),
    ),
    TlsOutcome.SELF_SIGNED: (T("the certificate is signed by itself"), _PUBLIC),
    TlsOutcome.INCOMPLETE: (
        T("the chain leads to no known authority; an intermediate may be missing"),
        T("let the page's host send the whole chain"),
    ),
    TlsOutcome.UNTRUSTED: (T("the certificate's authority is not trusted"), _PUBLIC),
    TlsOutcome.NAME_REFUSED: (
        T("the server refuses this name"),
        T("add the name to the page's host, with its certificate"),
    ),
    TlsOutcome.NOT_TLS: (
        T("the server does not speak TLS there"),
        T("put the page behind a host with HTTPS; a bare S3 website has none"),
    ),
    TlsOutcome.FAILED: (
        T("the handshake failed"),
        T("look at the TLS settings of the page's host"),
    ),
    TlsOutcome.TIMEOUT: (
        T("the handshake got no answer in time"),
        T("look at the page's host, and run fallback check again"),
    ),
    TlsOutcome.UNREACHABLE: (
        T("the server takes no connection"),
        T("look at the page's host; a bare S3 website has no HTTPS"),
    ),
}
