"""What visitors' browsers meet and remember, and what the page's host has to know."""

from collections.abc import Iterator

from fallback.core.check.shop_readiness import doubt
from fallback.core.holders.companies import Apex
from fallback.core.hosts.handshakes import ENDS_SOON, TlsOutcome
from fallback.core.outlook.facts import Stranger
from fallback.core.outlook.grades import Grade, Graded, graded
from fallback.core.text import T

_DISTRUSTED = {
    TlsOutcome.EXPIRED: "tls_expired",
    TlsOutcome.WRONG_NAME: "tls_name",
    TlsOutcome.NOT_YET_VALID: "tls_untrusted",
    TlsOutcome.SELF_SIGNED: "tls_untrusted",
    TlsOutcome.INCOMPLETE: "tls_untrusted",
    TlsOutcome.UNTRUSTED: "tls_untrusted",
}


def certificates(seen: Stranger) -> Iterator[Graded]:
    """Yield what is wrong with https at the shop today."""
    if seen.down or not seen.handshakes:
        return  # said already, or nobody answered
    if seen.encrypted is None:
        return  # a question without an answer
    if not seen.encrypted:
        yield graded(
            Grade.B,
            "no-https",
            seen.domain,
            T("the shop has no https"),
            T("browsers warn of it, and a page under its name has no certificate"),
            T("let its company issue a certificate; most do it for free"),
        )
        return
    for shake in seen.handshakes:
        if shake.outcome in _DISTRUSTED:
            yield graded(
                Grade.C,
                "tls",
                shake.name,
                T("{problem}", problem=doubt(_DISTRUSTED[shake.outcome])),
                T("browsers show an error instead of the shop"),
                T("renew the shop's certificate; customers see a warning, too"),
            )
        elif shake.ends is not None and shake.ends - seen.at < ENDS_SOON:
            yield graded(
                Grade.C,
                "certificate-soon",
                shake.name,
                T("the shop's certificate ends on {day}", day=f"{shake.ends:%F}"),
                T("after that day browsers refuse the shop"),
                T("renew it now, and see why it did not renew by itself"),
            )


def browsers(seen: Stranger) -> Iterator[Graded]:
    """Yield what browsers remember of the shop."""
    if seen.workers:
        yield graded(
            Grade.B,
            "workers",
            seen.domain,
            T("the shop has service workers: {paths}", paths=" ".join(seen.workers)),
            T("browsers keep them, and would go on showing the dead shop"),
            T("let the page answer at their addresses: fallback build does"),
        )
    if seen.strict:
        preload = any(each.preload for each in seen.strict.values())
        yield graded(
            Grade.A,
            "hsts",
            seen.domain,
            T("browsers may have been told to insist on https for years (preload)")
            if preload
            else T("browsers that were here insist on https (HSTS)"),
            T("without a valid certificate for {domain} they show an error instead of"
              " the page, and no way past it", domain=seen.shown),
            T("have the page's certificate ready before the name is moved"),
        )  # fmt: skip


def to_know(seen: Stranger) -> Iterator[Graded]:
    """Yield what is no fault, and has to be known before the day."""
    if seen.forbidden:
        yield graded(
            Grade.B,
            "caa-nobody",
            seen.domain,
            T("CAA records forbid everybody to issue a certificate"),
            T("the page's host cannot get one, and without it browsers refuse the"
              " page"),
            T("add the authority of the page's host to the CAA records"),
        )  # fmt: skip
    elif seen.authorities:
        yield graded(
            Grade.A,
            "caa",
            seen.domain,
            T("certificates may come only from: {authorities}",
              authorities=", ".join(seen.authorities)),
            T("the page's host cannot get one from anybody else"),
            T("add the authority of the page's host to the CAA records"),
        )  # fmt: skip
    if seen.dns and seen.dns[0].desk.apex in (Apex.UNKNOWN, Apex.OWN):
        yield graded(
            Grade.A,
            "apex",
            seen.own,
            T(
                "at {domain} itself there may be only addresses, no host name",
                domain=seen.own_shown,
            ),
            T("many places for a page have a host name, and no fixed address"),
            T("choose a place with fixed addresses, or lead customers to www"),
        )
