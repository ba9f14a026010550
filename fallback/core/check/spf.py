"""SPF: who may send mail for a domain, and what a redirect does to that (RFC 7208).

Only what names a host by its address records matters here: ``a`` and ``mx`` move with
a redirected name, ``ip4`` and foreign ``include`` do not.
"""

import re
from collections.abc import Collection, Iterator, Sequence

from attrs import frozen

from fallback.core.findings import Finding, Severity
from fallback.core.records import absolute
from fallback.core.redirect.switch import within
from fallback.core.text import T

MOST = 10
"""Records that are looked up for one policy (RFC 7208 section 4.6.4)."""

_TERM = re.compile(
    r"([+?~-]?)(a|mx|include|redirect)(?:[:=]([^/]+))?(?:/.*)?", re.IGNORECASE
)


@frozen
class Term:
    """One mechanism of a policy that depends on *domain*'s records.

    ``kind`` is ``a``, ``mx``, ``include`` or ``redirect``.
    """

    kind: str
    domain: str


@frozen
class Sender:
    """A mechanism of the policy at *policy*, as it stands there, and what it needs.

    ``names`` are the names whose addresses it allows, and all they lead through.
    """

    policy: str
    mechanism: str
    names: tuple[str, ...]


def policy(texts: Collection[str]) -> str:
    """Return the SPF policy among the strings of a TXT record set; empty: none."""
    for text in texts:
        if text.lower().split(" ")[0] == "v=spf1":
            return text
    return ""


def joined(rdata: str) -> str:
    """Return the strings of one TXT record, in presentation format, as one."""
    parts = re.findall(r'"((?:[^"\\]|\\.)*)"', rdata) or [rdata]
    return re.sub(r"\\(.)", r"\1", "".join(parts))


def terms(text: str, domain: str) -> Iterator[Term]:
    """Yield what the policy *text* of *domain* depends on; "no" counts for nothing.

    A macro (``%{i}``) depends on who asks: it is left out.
    """
    for word in text.split()[1:]:
        found = _TERM.fullmatch(word)
        if found is None or found[1] == "-" or "%" in word:
            continue
        kind, name = found[2].lower(), found[3]
        if name or kind in ("a", "mx"):
            yield Term(kind, absolute(name or domain))


def spf_findings(
    zone: str, names: Sequence[str], senders: Sequence[Sender]
) -> Iterator[Finding]:
    """Yield each policy whose allowed senders change with a redirect of *names*."""
    moved = {absolute(name) for name in names}
    told = set()
    for sender in senders:
        on = [name for name in sender.names if name in moved]
        if on and within(sender.policy, zone) and sender not in told:
            told.add(sender)
            yield Finding(
                "spf-follows",
                Severity.WARNING,
                sender.policy,
                T('its SPF record allows "{mechanism}", which follows {name}',
                  mechanism=sender.mechanism, name=on[0].rstrip(".")),
                T("while redirected, mail that your own server sends looks forged, and"
                  " the page's host may send in your name"),
                T("write the mail server's address instead: ip4:ADDRESS"),
            )  # fmt: skip
