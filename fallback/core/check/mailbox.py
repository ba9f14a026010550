"""The emergency mailbox: it must not die with the shop, and must take mail today."""

from collections.abc import Collection, Iterator, Sequence
from enum import StrEnum

from fallback.core.check.basket import network_of
from fallback.core.check.zone_facts import Mail, MailHost
from fallback.core.findings import Finding, Severity
from fallback.core.records import absolute
from fallback.core.text import T


class Knock(StrEnum):
    """What a mail server said when it was knocked at; stable English words.

    ``SILENT`` tells little: many networks let nobody out to port 25.
    """

    ANSWERS = "answers"
    REFUSES = "refuses"
    SILENT = "silent"


def on_shop(mail: Mail, shop: Sequence[str]) -> MailHost | None:
    """Return a mail host on the shop's server, when no other one could take over."""
    there = [host for host in mail.hosts if set(host.addresses) & set(shop)]
    return there[0] if there and len(there) == len(mail.hosts) else None


_ELSEWHERE = T("use an address at another company as contact.email")


def near_shop(mail: Mail, shop: Sequence[str]) -> bool:
    """Say whether each address that takes the mail is in a network of the shop's."""
    networks = {network_of(address) for address in shop}
    addresses = [address for host in mail.hosts for address in host.addresses]
    return bool(addresses) and all(network_of(each) in networks for each in addresses)


def mailbox_findings(
    email: str,
    mail: Mail | None,
    knock: Knock | None,
    *,
    shop: Sequence[str],
    domains: Collection[str],
) -> Iterator[Finding]:
    """Yield what is wrong with the address *email*; ``None``: nobody could be asked.

    *shop* holds the shop's addresses, *domains* its own domains.
    """
    domain = absolute(email.rpartition("@")[2])
    if any(f".{domain}".endswith(f".{absolute(own)}") for own in domains):
        yield Finding(
            "email-same-domain",
            Severity.CRITICAL,
            email,
            T("the emergency address is inside the shop's own domain"),
            T("it may die with the shop, on the one day it is needed"),
            _ELSEWHERE,
        )
        return
    if mail is None:
        return
    if not any(host.addresses for host in mail.hosts):
        yield Finding(
            "email-no-mail",
            Severity.CRITICAL,
            email,
            T("the domain {domain} takes no mail", domain=domain.rstrip(".")),
            T("what customers write to the emergency address comes back to them"),
            _ELSEWHERE,
        )
        return
    yield from _beside(email, mail, shop)
    yield from _knocked(email, knock)


def _beside(email: str, mail: Mail, shop: Sequence[str]) -> Iterator[Finding]:
    """Yield that the mail of *email* is taken where the shop is."""
    if (shared := on_shop(mail, shop)) is not None:
        yield Finding(
            "email-on-shop",
            Severity.CRITICAL,
            email,
            T("its mail server {host} is on the shop's server", host=shared.name),
            T("it dies with the shop, on the one day it is needed"),
            _ELSEWHERE,
        )
    elif near_shop(mail, shop):
        yield Finding(
            "email-near-shop",
            Severity.WARNING,
            email,
            T("its mail servers are in the shop's own network"),
            T("when the shop's company fails, it fails, too"),
            _ELSEWHERE,
        )


def _knocked(email: str, knock: Knock | None) -> Iterator[Finding]:
    if knock is Knock.REFUSES:
        yield Finding(
            "email-refuses",
            Severity.INFO,
            email,
            T("its mail server answers, and refuses this machine"),
            T("many refuse whoever is no mail server, so this tells little"),
            T("send yourself a message from another company's address, and see"),
        )
    elif knock is Knock.SILENT:
        yield Finding(
            "email-silent",
            Severity.INFO,
            email,
            T("no mail server of it answered at port 25 or 587, as seen from here"),
            T("many networks let nobody out there, so this tells little"),
            T("send yourself a message from another company's address, and see"),
        )
