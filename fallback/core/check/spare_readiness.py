"""The spare address to findings: would it be there when nothing of the shop's name is.

The less it shares with the shop, the more it is worth: in the shop's own zone, at its
DNS company or in its network it dies on the same day, however many receipts name it.
"""

from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from fallback.core.check.facts import Facts
from fallback.core.check.registration import Registration
from fallback.core.check.server_readiness import all_with_shop
from fallback.core.check.spare import Spare
from fallback.core.findings import Finding, Severity
from fallback.core.holders.companies import Company, dns_companies, named, same
from fallback.core.hosts.handshakes import ENDS_SOON
from fallback.core.redirect.switch import within
from fallback.core.settings.addresses import is_address
from fallback.core.text import T, Text

_TRUST = ("tls_expired", "tls_name", "tls_untrusted", "tls")
_ELSEWHERE = T("register a domain at another company, and serve it from there")
_DIES = T("it is of no use on the one day it is for")


def spare_findings(facts: Facts) -> Iterator[Finding]:
    """Yield what is wrong with the spare address, or that there is none."""
    spare = facts.spare
    if spare is None:
        return
    if not spare.url:
        yield Finding(
            "spare-none",
            Severity.INFO,
            facts.domain,
            T("there is no spare address"),
            T("if nothing of the shop's name can be moved, customers know no other"),
            T("lead a domain of another company to a host, and set shop.spare"),
        )
        return
    yield from _shared(spare, facts)
    yield from _certificate(spare, facts)
    yield from _shown(spare, facts)


def _shared(spare: Spare, facts: Facts) -> Iterator[Finding]:
    """Yield what the spare address has in common with the shop; the worst alone."""
    approach = facts.approach
    zones = [*(zone.zone for zone in facts.zones), facts.domain.removeprefix("www.")]
    if approach is not None:
        zones.append(approach.zone)
    inside = [zone for zone in zones if within(spare.host, zone)]
    if inside:
        yield _critical(
            "spare-in-zone",
            spare,
            T("it is inside the shop's own zone {zone}", zone=inside[0].rstrip(".")),
            _ELSEWHERE,
        )
        return
    shops = approach.servers if approach is not None else ()
    if common := _one_company(spare, tuple(name for name, _ in shops)):
        yield _critical(
            "spare-with-shop",
            spare,
            T("its name servers are with {company}, as the shop's are", company=common),
            _ELSEWHERE,
        )
    elif all_with_shop([address for _, address in spare.servers], facts.shop):
        yield _critical(
            "spare-with-shop",
            spare,
            T("its name servers are in the shop's own network"),
            _ELSEWHERE,
        )
    elif all_with_shop(spare.addresses, facts.shop):
        yield _critical(
            "spare-with-shop",
            spare,
            T("it leads into the shop's own network"),
            T("lead it to a host of yours: its target in the dns table would do"),
        )
    elif company := _one_registrar(spare, facts.registration):
        yield Finding(
            "spare-same-registrar",
            Severity.WARNING,
            spare.url,
            T("its domain is registered with {company}, as the shop's is",
              company=company),
            T("whoever locks you out there, or closes, takes both names at once"),
            T("transfer one of them to another registrar"),
        )  # fmt: skip


def _one_registrar(spare: Spare, shop: Registration | None) -> str:
    """Return the company that both domains are registered with, or ""."""
    if spare.registration is None or shop is None:
        return ""
    return named(same(spare.registration.companies, shop.companies))


def registrars_known(facts: Facts) -> bool:
    """Return whether nobody has to be asked if the spare has a registrar of its own.

    Without a spare address there is nothing to ask, nor where it is a bare IP address.
    """
    spare = facts.spare
    if spare is None or not spare.url or is_address(spare.host):
        return True
    told = (spare.registration, facts.registration)
    return all(each is not None and each.parties for each in told)


def _one_company(spare: Spare, shops: tuple[str, ...]) -> str:
    """Return the DNS company of both when the spare's domain has no other, or ""."""
    own = _companies(name for name, _ in spare.servers)
    common = same(own, _companies(shops))
    return common[0].name if common and len(common) == len(own) else ""


def _companies(servers: Iterable[str]) -> tuple[Company, ...]:
    """Return who runs *servers*; those of ``network.resolvers`` are nameless here."""
    return dns_companies(name for name in servers if name.endswith("."))


def _certificate(spare: Spare, facts: Facts) -> Iterator[Finding]:
    renew = T("renew it now, and see why it did not renew by itself")
    if urlsplit(spare.url).scheme != "https":
        yield Finding(
            "spare-certificate",
            Severity.WARNING,
            spare.url,
            T("it is an address without https"),
            T("browsers try https first, and warn of an insecure page"),
            T("give it a certificate at the host that it leads to, and write https://"),
        )
    elif spare.failed in _TRUST:
        yield _critical(
            "spare-certificate",
            spare,
            T("its certificate has ended")
            if spare.failed == "tls_expired"
            else T("browsers do not accept its certificate"),
            renew
            if spare.failed == "tls_expired"
            else T("add its name to the host that it leads to, with a certificate"),
            T("browsers show an error instead of the page, and no way past it"),
        )
    elif spare.certificate_ends and spare.certificate_ends - facts.at <= ENDS_SOON:
        yield Finding(
            "spare-certificate",
            Severity.WARNING,
            spare.url,
            T("its certificate ends on {day}", day=f"{spare.certificate_ends:%F}"),
            T("after that day browsers refuse the page"),
            renew,
        )


def _shown(spare: Spare, facts: Facts) -> Iterator[Finding]:
    if spare.failed in _TRUST:
        return  # said already: behind it nothing was seen
    if spare.failure is not None:
        yield _critical(
            "spare-silent",
            spare,
            T("{why}", why=spare.failure),
            T("lead it to a host of yours, and run fallback check again"),
        )
    elif 300 <= spare.status < 400:
        yield Finding(
            "spare-redirects",
            Severity.WARNING,
            spare.url,
            T("it redirects to another address ({status})", status=spare.status),
            T("then both have to live, and browsers may keep the redirect for ever"),
            T("let it show the page itself: add its name to the host"),
        )
    elif spare.served is None:
        yield _critical(
            "spare-not-page",
            spare,
            T("it does not show the page"),
            T("lead it to a host of yours: its whole site, from the top"),
        )
    elif spare.problem is not None:
        yield _critical(
            "spare-not-page",
            spare,
            spare.problem,
            T("publish the page: fallback deploy; if it stays, lead it elsewhere"),
        )
    elif _nobody_publishes(spare, facts):
        yield Finding(
            "spare-differs",
            Severity.WARNING,
            spare.url,
            T("it shows another page than every one of your hosts"),
            T("customers there would not read what you publish"),
            T("lead it to a host of yours that is in fallback.toml"),
        )


def _nobody_publishes(spare: Spare, facts: Facts) -> bool:
    """Say whether what is shown is on none of the hosts, as far as those were seen."""
    known = {one.served.build for one in facts.visits if one.served is not None}
    if facts.local is not None:
        known.add(facts.local.build)
    return bool(known) and spare.served is not None and spare.served.build not in known


def _critical(
    id_: str, spare: Spare, seen: Text, remedy: Text, why: Text = _DIES
) -> Finding:
    return Finding(id_, Severity.CRITICAL, spare.url, seen, why, remedy)
