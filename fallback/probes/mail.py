"""Where mail for a domain goes: the MX hosts, the names on the way, their addresses.

Asked the way a sending server asks (RFC 5321 section 5.1), through the resolver.
"""

from fallback.core.config import Network
from fallback.core.records import absolute
from fallback.core.zone_facts import Mail, MailHost
from fallback.wire import dns

_LONGEST_CHAIN = 8


def route(domain: str, network: Network) -> Mail | None:
    """Return where mail for *domain* goes; ``None`` when nobody gave an answer."""
    name = absolute(domain)
    answer = dns.resolve(name, "MX", network)
    if answer is None:
        return None
    exchanges = [absolute(rdata.split()[-1]) for rdata in answer.rdatas]
    if exchanges:
        named = [exchange for exchange in exchanges if exchange != "."]  # RFC 7505
        return Mail(domain, tuple(_host(each, network) for each in named))
    itself = _host(name, network)
    return Mail(domain, (itself,) if itself.addresses else (), implicit=True)


def chain(name: str, network: Network) -> tuple[str, ...]:
    """Return *name* and every name that its CNAME records lead through, as known."""
    return way(name, network) or (absolute(name),)


def way(name: str, network: Network) -> tuple[str, ...] | None:
    """Return what ``chain`` does; ``None`` when nobody answers where *name* leads.

    Where the silence begins further on, the names up to there are known.
    """
    names = [absolute(name)]
    while len(names) <= _LONGEST_CHAIN:
        answer = dns.resolve(names[-1], "CNAME", network)
        if answer is None and len(names) == 1:
            return None
        following = absolute(answer.rdatas[0]) if answer and answer.rdatas else ""
        if not following or following in names:
            break
        names.append(following)
    return tuple(names)


def _host(name: str, network: Network) -> MailHost:
    found = (dns.resolve(name, rtype, network) for rtype in ("A", "AAAA"))
    addresses = (address for answer in found if answer for address in answer.rdatas)
    return MailHost(chain(name, network), tuple(addresses))
