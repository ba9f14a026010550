"""What a look at the shop means to its owner: one sentence, and what to do about it.

The reasons are the stable words of ``fallback.probes.shop``; whatever has no words of
its own here is said as it was seen.
"""

import json
from collections.abc import Collection, Iterator

from fallback.core.findings import Finding, Severity
from fallback.core.holders.platforms import Platform
from fallback.core.model import Observation, Verdict
from fallback.core.text import T, Text
from fallback.core.wizard.starter import PLACEHOLDER

_PROBE = T("look at shop.url and primary.probe in fallback.toml")
_LET_IN = T("let this machine through there, or watch another page: primary.probe")
_CERTIFICATE = T("renew the shop's certificate; customers see a warning, too")

_DOUBTS: dict[str, tuple[Text, Text]] = {
    "keyword": (
        T("the words of primary.contains are not on the page"),
        T("set primary.contains to words that every visitor of the shop sees"),
    ),
    "dns": (
        T("its name leads to no address, as seen from here"),
        _PROBE,
    ),
    "private": (
        T("its name leads to a private address"),
        T("look from outside, or set network.allow_private in a lab"),
    ),
    "our_page": (
        T("our own page answers there"),
        T("see where things stand: fallback status"),
    ),
    "blocked": (T("its server turns this machine away"), _LET_IN),
    "ratelimited": (T("its server turns this machine away"), _LET_IN),
    "challenge": (T("its server turns this machine away"), _LET_IN),
    "redirect_away": (T("it leads to another site"), _PROBE),
    "redirect_loop": (T("it leads round in a circle"), _PROBE),
    "tls_expired": (T("its certificate has expired"), _CERTIFICATE),
    "tls_name": (T("its certificate is for other names"), _CERTIFICATE),
    "tls_untrusted": (T("its certificate is not trusted"), _CERTIFICATE),
}


def doubt(why: str) -> Text:
    """Return what the reason *why* means, in a few words."""
    known = _DOUBTS.get(why)
    return known[0] if known else T("it answers strangely ({why})", why=why)


def shop_findings(
    look: Observation | None, domain: str, contains: str
) -> Iterator[Finding]:
    """Yield what hinders the watcher from knowing the shop at *domain*.

    *contains* are the words that only the real shop shows. No *look*: not known.
    """
    if contains == PLACEHOLDER:
        yield _hindered(
            domain,
            T("nobody has said yet which words only the real shop shows"),
            _DOUBTS["keyword"][1],
        )
    elif look is not None and look.verdict is Verdict.DOWN:
        detail = look.detail or look.why
        yield _hindered(
            domain,
            T("the shop does not answer: {why}", why=detail),
            T("if this is the day: fallback deploy; if not, look at shop.url"),
        )
    elif look is not None and look.verdict is not Verdict.UP:
        known = _DOUBTS.get(look.why)
        yield _hindered(
            domain,
            T("the shop does not look like itself: {why}", why=doubt(look.why)),
            known[1] if known else _PROBE,
        )


def order_findings(platform: Platform | None, domain: str) -> Iterator[Finding]:
    """Yield where orders can be read when the shop at *domain* is dead.

    Only of software that was recognised while it lived: the rest is the owner's to say.
    """
    if platform is not None:
        yield Finding(
            "orders",
            Severity.INFO,
            domain,
            T("the shop runs on {platform}", platform=platform.name),
            platform.orders,
            T("try today whether you can read them there without the shop, and keep"
              " the logins where you find them on the day"),
        )  # fmt: skip


def worker_findings(
    seen: Collection[str], placed: Collection[str] | None, domain: str
) -> Iterator[Finding]:
    """Yield what the settings do not say about the workers *seen* at the shop.

    *placed* are those that they name; ``None``: they name none and deny none. Then
    what was seen is used wherever it is remembered, which is not everywhere.
    """
    missing = sorted(set(seen) - set(placed or ()))
    if not missing:
        return
    line = f"workers = {json.dumps(sorted({*seen, *(placed or ())}))}"
    shown = " ".join(missing)
    why = T("browsers keep them, and would go on showing the dead shop")
    remedy = T("write below [shop] in fallback.toml: {line}", line=line)
    yield Finding(
        "workers-not-written",
        Severity.INFO if placed is None else Severity.WARNING,
        domain,
        T("the shop has service workers that only this machine knows: {paths}",
          paths=shown)
        if placed is None
        else T("the shop has service workers that the settings do not name: {paths}",
               paths=shown),
        why,
        remedy,
    )  # fmt: skip


def _hindered(domain: str, seen: Text, remedy: Text) -> Finding:
    why = T("a shop that was never seen healthy is not looked after")
    return Finding("shop-not-seen", Severity.WARNING, domain, seen, why, remedy)
