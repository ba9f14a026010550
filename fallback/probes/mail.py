"""Where mail for a domain goes and who may send it: hosts, names, addresses.

Asked the way a sending server asks (RFC 5321 section 5.1), and a receiving one who
looks at SPF (RFC 7208), through the resolver.
"""

from collections.abc import Iterator

from fallback.core.check.spf import MOST, Sender, Term, joined, policy, terms
from fallback.core.check.zone_facts import Mail, MailHost
from fallback.core.config import Network
from fallback.core.records import absolute
from fallback.core.redirect.switch import within
from fallback.wire.dns import nameservers

_LONGEST_CHAIN = 8


def route(domain: str, network: Network) -> Mail | None:
    """Return where mail for *domain* goes; ``None`` when nobody gave an answer."""
    name = absolute(domain)
    answer = nameservers.resolve(name, "MX", network)
    if answer is None:
        return None
    exchanges = [absolute(rdata.split()[-1]) for rdata in answer.rdatas]
    if exchanges:
        named = [exchange for exchange in exchanges if exchange != "."]  # RFC 7505
        return Mail(domain, tuple(_host(each, network) for each in named))
    itself = _host(name, network)
    return Mail(domain, (itself,) if itself.addresses else (), implicit=True)


def reached(domain: str, network: Network) -> Mail | None:
    """Return what ``route`` does; ``None``, too, if nobody said where the hosts are."""
    found = route(domain, network)
    if found is None or any(host.addresses for host in found.hosts):
        return found
    silent = any(
        nameservers.resolve(host.name, "A", network) is None for host in found.hosts
    )
    return None if silent else found


def chain(name: str, network: Network) -> tuple[str, ...]:
    """Return *name* and every name that its CNAME records lead through, as known."""
    return way(name, network) or (absolute(name),)


def way(name: str, network: Network) -> tuple[str, ...] | None:
    """Return what ``chain`` does; ``None`` when nobody answers where *name* leads.

    Where the silence begins further on, the names up to there are known.
    """
    names = [absolute(name)]
    while len(names) <= _LONGEST_CHAIN:
        answer = nameservers.resolve(names[-1], "CNAME", network)
        if answer is None and len(names) == 1:
            return None
        following = absolute(answer.rdatas[0]) if answer and answer.rdatas else ""
        if not following or following in names:
            break
        names.append(following)
    return tuple(names)


def _host(name: str, network: Network) -> MailHost:
    found = (nameservers.resolve(name, rtype, network) for rtype in ("A", "AAAA"))
    addresses = (address for answer in found if answer for address in answer.rdatas)
    return MailHost(chain(name, network), tuple(addresses))


def senders(domain: str, zone: str, network: Network) -> tuple[Sender, ...] | None:
    """Return what the SPF policy of *domain* depends on; ``None``: nobody said.

    What it includes is read where it is in *zone*: others' policies move with nothing
    of ours.
    """
    first = nameservers.resolve(domain, "TXT", network)
    if first is None:
        return None
    found: list[Sender] = []
    waiting, seen = [absolute(domain)], set[str]()
    while waiting and len(seen) < MOST:
        owner = waiting.pop()
        seen.add(owner)
        answer = (
            first
            if owner == absolute(domain)
            else nameservers.resolve(owner, "TXT", network)
        )
        text = policy([joined(each) for each in (answer.rdatas if answer else ())])
        for term in terms(text, owner):
            if term.kind in ("a", "mx"):
                found.extend(_senders(term, owner, network))
            elif within(term.domain, zone) and term.domain not in seen:
                waiting.append(term.domain)
    return tuple(found)


def _senders(term: Term, owner: str, network: Network) -> Iterator[Sender]:
    own = term.domain == owner
    said = term.kind if own else f"{term.kind}:{term.domain.rstrip('.')}"
    if term.kind == "a":
        yield Sender(owner, said, chain(term.domain, network))
        return
    mail = route(term.domain, network)
    if mail is not None and not mail.implicit:  # an MX is needed (RFC 7208 5.4)
        names = dict.fromkeys(name for host in mail.hosts for name in host.names)
        yield Sender(owner, said, tuple(names))
