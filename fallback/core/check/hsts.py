"""HSTS: what browsers have promised the shop, and what that asks of the page's host.

A browser that once saw the header shows no http page of that host for as long as it
says, and lets nobody past a bad certificate (RFC 6797 sections 8.3 and 8.4).
"""

import re
from collections.abc import Iterator
from datetime import timedelta

from attrs import frozen

from fallback.core.findings import Finding, Severity
from fallback.core.text import T


@frozen
class Hsts:
    """One ``Strict-Transport-Security`` header.

    ``preload``: its owner asks to be in the list that browsers are shipped with.
    """

    lasts: timedelta
    below: bool = False
    preload: bool = False

    @classmethod
    def parse(cls, header: str) -> "Hsts | None":
        """Return what *header* says; ``None`` for none, a broken one or "forget it"."""
        said: dict[str, str] = {}
        for part in header.split(";"):
            name, _, value = part.strip().partition("=")
            said.setdefault(name.strip().lower(), value.strip().strip('"'))
        age = said.get("max-age", "")
        if not re.fullmatch(r"[0-9]{1,10}", age) or int(age) == 0:
            return None
        span = timedelta(seconds=int(age))
        return cls(span, "includesubdomains" in said, "preload" in said)


def hsts_findings(
    domain: str, header: str, *, secure: bool, covered: bool
) -> Iterator[Finding]:
    """Yield what the shop's *header* means for the page.

    *secure*: the settings say that customers come by https. *covered*: every name was
    seen with a certificate at the page's host.
    """
    hsts = Hsts.parse(header)
    if hsts is None:
        return
    days = max(1, hsts.lasts // timedelta(days=1))
    seen = T(
        "browsers remember for {days} days to come by https only (HSTS)", days=days
    )
    if hsts.below:
        seen = T(
            "browsers remember for {days} days to come by https only (HSTS), to every"
            " name below it, too",
            days=days,
        )
    if not secure:
        yield Finding(
            "hsts-unsecured",
            Severity.CRITICAL,
            domain,
            seen,
            T("they never ask for an http page, and shop.url says http"),
            T("write https:// in shop.url, and give the page's host a certificate for"
              " each name"),
        )  # fmt: skip
        return
    yield Finding(
        "hsts",
        Severity.INFO if covered else Severity.WARNING,
        domain,
        seen,
        T("the list that browsers are shipped with may hold it for years; without a"
          " certificate for each name nobody sees the page")
        if hsts.preload
        else T("without a certificate for each name nobody sees the page, and there is"
               " no way past the error"),
        T("nothing: the page's host has one for each name")
        if covered
        else T("give the page's host a certificate for each name, before the day"),
    )  # fmt: skip
