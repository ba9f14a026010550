"""CAA: whether the authority of the page's certificate may sign for the shop's names.

The set that counts is found by climbing from the name (RFC 8659 section 3), and at a
name with a CNAME it is the target's: a redirect can change which set that is. Whoever
ignores it finds out when the certificate does not renew.
"""

import re
from collections.abc import Collection, Iterator, Mapping

from attrs import frozen

from fallback.core.findings import Finding, Severity
from fallback.core.records import Target, absolute
from fallback.core.text import T

_PROPERTY = re.compile(r'(\d+) ([A-Za-z0-9]+) "([^"]*)"')

AUTHORITIES: Mapping[str, tuple[str, ...]] = {
    "let's encrypt": ("letsencrypt.org",),
    "amazon": ("amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com"),
    "google trust services": ("pki.goog",),
    "digicert": ("digicert.com", "www.digicert.com", "digicert.ne.jp"),
    "sectigo": ("sectigo.com", "comodoca.com", "comodo.com", "usertrust.com"),
    "zerossl": ("sectigo.com", "comodoca.com"),
    "globalsign": ("globalsign.com",),
    "ssl corp": ("ssl.com",),
    "ssl.com": ("ssl.com",),
    "godaddy": ("godaddy.com", "starfieldtech.com"),
    "starfield": ("starfieldtech.com", "godaddy.com"),
    "unizeto": ("certum.pl", "certum.eu"),
    "asseco data systems": ("certum.pl", "certum.eu"),
    "buypass": ("buypass.com", "buypass.no"),
    "actalis": ("actalis.it",),
    "entrust": ("entrust.net", "affirmtrust.com"),
    "identrust": ("identrust.com",),
    "harica": ("harica.gr",),
    "certigna": ("certigna.fr",),
}
"""What authorities want to read in CAA, by how their certificates name them.

The Common CA Database's list of CAA identifiers; Amazon's: "Configure a CAA record" in
the user guide of AWS Certificate Manager.
"""

_VENDORS: tuple[tuple[str, str], ...] = (
    (".cloudfront.net.", "amazon"),
    (".netlify.app.", "let's encrypt"),
    (".netlify.com.", "let's encrypt"),
)
"""Whose certificates a vendor's own service uses, where none was seen yet."""


@frozen
class CaaSet:
    """The records that count for a name, and the name at which they stand."""

    owner: str
    rdatas: tuple[str, ...]


@frozen
class Caa:
    """The set that counts for *name* today, and the one while it is redirected.

    ``None``: there is none, so that every authority may sign.
    """

    name: str
    today: CaaSet | None = None
    redirected: CaaSet | None = None


def allowed(rdatas: Collection[str]) -> frozenset[str] | None:
    """Return the authorities that may sign; ``None``: any (RFC 8659 section 4.2)."""
    issue = [
        found[3].partition(";")[0].strip().lower()
        for rdata in rdatas
        if (found := _PROPERTY.fullmatch(rdata)) and found[2].lower() == "issue"
    ]
    return frozenset(filter(None, issue)) if issue else None


def authority(issuer: str, target: Target) -> str:
    """Return how ``AUTHORITIES`` calls who signs at *target*; empty: not known.

    *issuer* is the organization in a certificate that was seen there, if any was.
    """
    spelled = issuer.lower()
    for name in AUTHORITIES:
        if spelled.startswith(name):
            return name
    if issuer or not isinstance(target, str):
        return ""
    host = absolute(target)
    return next((name for end, name in _VENDORS if host.endswith(end)), "")


def caa_findings(caa: Caa, signer: str, *, good: bool) -> Iterator[Finding]:
    """Yield that *signer* may not sign for a name; empty: nobody knows who signs.

    *good*: the name has a valid certificate there now.
    """
    wanted = AUTHORITIES.get(signer, ())
    for found in (caa.today, caa.redirected):
        may = allowed(found.rdatas) if found else None
        if not wanted or found is None or may is None or may & set(wanted):
            continue
        yield Finding(
            "caa-blocks",
            Severity.WARNING if good else Severity.CRITICAL,
            caa.name,
            T("CAA records at {owner} forbid {authority} to sign for it",
              owner=found.owner.rstrip("."), authority=wanted[0]),
            T("the page's certificate cannot be renewed, and then browsers refuse the"
              " page")
            if good
            else T("the page's host cannot get a certificate, and without one browsers"
                   " refuse the page"),
            T('add the record: {owner} CAA 0 issue "{authority}"',
              owner=found.owner, authority=wanted[0]),
        )  # fmt: skip
        return
