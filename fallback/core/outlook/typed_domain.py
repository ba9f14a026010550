"""A shop as somebody types it: a domain, or the address from the browser's bar.

Whoever types more than a domain is understood: a scheme and a port are kept, a path is
dropped, and a name in any script is spelled as DNS knows it.
"""

import re
from urllib.parse import urlsplit

from attrs import frozen

from fallback.core.errors import UsageError
from fallback.core.settings.addresses import (
    ascii_host,
    dns_spelling,
    is_address,
    people_spelling,
)
from fallback.core.settings.values import Wrong
from fallback.core.text import T, Text

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_FORBIDDEN = re.compile(r"[\s\x00-\x1f\x7f@<>\"\\^`{|}%]")


@frozen
class TypedDomain:
    """``domain`` as DNS spells it, ``shown`` as people do, ``url`` where to look.

    ``mended``: more than a domain was typed, and only this was understood.
    """

    domain: str
    shown: str
    url: str
    port: int
    mended: bool = False

    @property
    def told(self) -> str:
        """Return the domain for people, with its other spelling where there is one."""
        same = self.shown == self.domain
        return self.shown if same else f"{self.shown} ({self.domain})"


def typed_domain(typed: str) -> TypedDomain:
    """Return what *typed* means. Raises ``UsageError`` for what is no domain."""
    written = typed.strip().strip("<>\"'„”").strip()
    whole = written if "://" in written else f"https://{written}"
    if _CONTROL.search(whole):
        raise _no_domain(typed)  # urlsplit would drop a line's end, and join the rest
    try:
        parts = urlsplit(whole)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _no_domain(typed) from None
    host = host.rstrip(".。")
    secure = parts.scheme == "https"
    if parts.scheme not in ("http", "https") or _FORBIDDEN.search(parts.netloc):
        raise _no_domain(typed)
    domain, shown = _spellings(host, typed)
    number = port or (443 if secure else 80)
    usual = number == (443 if secure else 80)
    url = f"{parts.scheme}://{domain}{'' if usual else f':{number}'}"
    same = (domain, shown, url, url.replace(domain, shown))
    mended = written.lower().rstrip("./") not in same
    return TypedDomain(domain, shown, url, number, mended=mended)


def _spellings(host: str, typed: str) -> tuple[str, str]:
    """Return *host* as DNS spells it, and as people do."""
    try:
        domain = dns_spelling(host)
        ascii_host(domain)
        shown = people_spelling(domain)
    except (UnicodeError, Wrong):
        raise _no_domain(typed) from None
    if is_address(domain) or "." not in domain:
        raise _no_domain(typed)
    return domain, shown


def _no_domain(typed: str) -> UsageError:
    return UsageError(
        T("{typed} is no domain", typed=typed.strip()[:80] or '""'),
        next=EXAMPLE,
    )


EXAMPLE: Text = T("name the shop as customers type it: kwiaty.example")
