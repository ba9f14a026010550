"""A stranger's facts to findings: who holds what, what dies, how fast a name moves."""

from collections.abc import Collection, Iterator
from datetime import timedelta

from fallback.core.check.basket import Role, dying_with, network_of
from fallback.core.check.operators import operator_unknown
from fallback.core.check.server_readiness import all_with_shop
from fallback.core.check.shop_readiness import doubt
from fallback.core.check.zone_facts import NameServer, Service
from fallback.core.check.zone_readiness import LONGEST_TTL
from fallback.core.holders.companies import change_at, named
from fallback.core.outlook.facts import CHALLENGED, Front, Stranger
from fallback.core.outlook.grades import Grade, Graded, graded
from fallback.core.outlook.registered import login, registered
from fallback.core.outlook.visitors import browsers, certificates, to_know
from fallback.core.redirect.switch import spellings
from fallback.core.text import T, Text

HOUR = timedelta(hours=1)


def graded_findings(seen: Stranger, dead: Collection[Role]) -> tuple[Graded, ...]:
    """Return everything worth knowing about the shop, the gravest first.

    *dead* is what dies with it (``dying``).
    """
    found = [
        *_reach(seen),
        *_servers(seen),
        *_holders(seen, dead),
        *registered(seen, dead),
        *_mail(seen, dead),
        *_ttl(seen),
        *certificates(seen),
        *browsers(seen),
        *to_know(seen),
        *login(seen),
        *_unanswered(seen),
    ]
    order = list(Grade)
    return tuple(sorted(found, key=lambda each: -order.index(each.grade)))


def dying(seen: Stranger) -> tuple[Role, ...]:
    """Return what dies with the shop's own company or network."""
    roles = dying_with(Role.SHOP, tuple(seen.things()))
    beside = (Role.DNS,) if beside_shop(seen) else ()
    return tuple(role for role in Role if role in (*roles, *beside))


def beside_shop(seen: Stranger) -> bool:
    """Return whether every name server is in the shop's own network."""
    if any(company.front for company in seen.web):
        return False
    servers = {server.address for server in seen.servers or ()}
    return all_with_shop(servers, seen.addresses or ())


def stuck(seen: Stranger) -> bool:
    """Return whether nobody could move the name, whatever else works."""
    unheard = seen.servers is not None and not seen.answering
    silent = unheard and not seen.screened
    return silent or seen.landlord is not None or beside_shop(seen)


def mail_follows(seen: Stranger) -> bool:
    """Return whether mail would go where the name of the shop is led."""
    if seen.mail is None or not seen.mail.hosts:
        return False
    ours = spellings(seen.domain)
    if seen.mail.implicit:
        return seen.mail.domain.rstrip(".") in ours
    names = [name for host in seen.mail.hosts for name in host.names]
    return any(name.rstrip(".") in ours for name in names)


def mail_apart(seen: Stranger) -> bool:
    """Return whether it is known who has the shop and who the mail."""
    return bool(seen.behind and seen.post)


def _reach(seen: Stranger) -> Iterator[Graded]:
    front = seen.front
    if seen.addresses == ():
        yield graded(
            Grade.F,
            "name-empty",
            seen.domain,
            T("the name leads to no address"),
            T("nobody who types it comes to the shop"),
            T("look at the A records of {domain}", domain=seen.shown),
        )
    elif front is not None and seen.down:
        yield graded(
            Grade.F,
            "shop-down",
            seen.domain,
            T("the shop does not answer: {why}", why=_silence(front)),
            T("this is no rehearsal: customers get nothing right now"),
            T("ask its company, and make a page meanwhile: fallback init"),
        )
    elif front is not None and front.elsewhere:
        yield graded(
            Grade.A,
            "shop-elsewhere",
            seen.domain,
            T("the name leads to another site: {name}", name=front.elsewhere),
            T("what is said here is about the name, not about the shop there"),
            T("look at that one, too: fallback check {name}", name=front.elsewhere),
        )
    elif front is not None and (front.why or front.status >= 400):
        yield graded(
            Grade.A,
            "shop-not-read",
            seen.domain,
            T(
                "the shop does not look like itself: {why}",
                why=doubt(front.why or _strangeness(front)),
            ),
            T("what stands on its pages could not be read"),
            T("run it again from another network"),
        )


def _strangeness(front: Front) -> str:
    """Return the shop probe's word for an answer that is no shop."""
    if CHALLENGED in front.headers:
        return "challenge"
    refused = front.status in (401, 403, 407, 429, 451)
    return "blocked" if refused else f"HTTP {front.status}"


_SILENCES = {
    "refused": T("its server takes no connection"),
    "unreachable": T("there is no way to its server"),
    "private": T("its name leads to a private address"),
    "tcp_timeout": T("its server takes no connection in time"),
    "tls_timeout": T("its server says nothing in time"),
    "http_timeout": T("its server says nothing in time"),
    "tls": T("its server breaks off the secure connection"),
}


def _silence(front: Front) -> Text:
    """Return in a few words why customers get nothing."""
    if front.status:
        return T("it says HTTP {status}", status=front.status)
    return _SILENCES.get(front.why, T("its server sends no page"))


def _servers(seen: Stranger) -> Iterator[Graded]:
    if seen.servers is None:
        return
    if seen.screened:
        yield graded(
            Grade.C,
            "name-servers-unasked",
            seen.domain,
            T("its name servers cannot be asked directly from here"),
            T("whether each works, and how long visitors keep the old address, is not"
              " known"),
            T("run it again from another network"),
        )  # fmt: skip
    elif not seen.answering:
        yield graded(
            Grade.F,
            "no-name-servers",
            seen.domain,
            T("no name server of the domain answers"),
            T("nobody can find the shop, and no change would be seen"),
            T("look at the delegation where the domain is registered"),
        )
    else:
        yield from _each_server(seen, seen.servers)


def _each_server(seen: Stranger, servers: tuple[NameServer, ...]) -> Iterator[Graded]:
    for server in servers:
        if server.service is not Service.ANSWERS:
            yield graded(
                Grade.C,
                "ns-lame" if server.service is Service.LAME else "ns-unreachable",
                server.name,
                T("the name server at {address} does not know the zone",
                  address=server.address)
                if server.service is Service.LAME
                else T("the name server at {address} does not answer",
                       address=server.address),
                T("some visitors wait longer, or see nothing"),
                T("mend it, or take it out of the delegation where the domain is"
                  " registered"),
            )  # fmt: skip
    networks = {network_of(server.address) for server in servers}
    whole = len(servers) >= len(seen.delegated or ())
    if len(networks) == 1 and whole and not beside_shop(seen):
        yield graded(
            Grade.C,
            "ns-one-network",
            seen.domain,
            T("all name servers are in one network"),
            T("one broken network takes them all away"),
            T("add a name server at another company"),
        )


def _holders(seen: Stranger, dead: Collection[Role]) -> Iterator[Graded]:
    elsewhere = T("move the zone to a DNS company that is not the shop's hoster")
    if seen.landlord is not None:
        yield graded(
            Grade.E,
            "name-lent",
            seen.domain,
            T("the address belongs to {company}", company=seen.landlord.name),
            T("only that company could lead it elsewhere"),
            T("register a domain of your own, elsewhere, and give customers that one"),
        )
    elif beside_shop(seen):
        yield graded(
            Grade.E,
            "ns-with-shop",
            seen.domain,
            T("every name server is in the shop's own network"),
            T("when the shop's company fails, nobody can be sent anywhere else"),
            elsewhere,
        )
    elif Role.DNS in dead:
        yield graded(
            Grade.D,
            "dns-with-web",
            seen.domain,
            T(
                "the shop and its name servers are at {company}",
                company=named(seen.dns),
            ),
            T("if its panel fails with the shop, nobody can be sent anywhere else"),
            elsewhere,
        )
    else:
        yield from _untold(seen)


def _untold(seen: Stranger) -> Iterator[Graded]:
    """Yield who holds what, as far as no stranger can tell; the first of it alone."""
    ask = T("ask whether the name servers and mail are at the same company")
    if seen.delegated and not seen.dns:
        yield Graded(Grade.B, operator_unknown(seen.domain))
    elif not seen.web and seen.front is not None:
        yield graded(
            Grade.B,
            "web-unknown",
            seen.domain,
            T("who has the shop's server cannot be told from outside"),
            T("what dies with that company is not known"),
            ask,
        )
    elif seen.web and not seen.behind:
        yield graded(
            Grade.A if seen.apart else Grade.B,
            "web-hidden",
            seen.domain,
            T("the shop's own server stands behind {company}", company=named(seen.web)),
            T("which company it is at, and what dies with it, is not seen from here"),
            ask,
        )


def _mail(seen: Stranger, dead: Collection[Role]) -> Iterator[Graded]:
    mail = seen.mail
    if mail is None:
        return
    if mail_follows(seen):
        yield graded(
            Grade.D,
            "mx-implicit" if mail.implicit else "mx-follows",
            seen.domain,
            T("there is no MX record, so mail goes where the name itself leads")
            if mail.implicit
            else T("mail goes to the very name that customers type"),
            T("mail would reach the page's host and bounce, not wait"),
            T("add an MX record; for a domain that takes no mail: 0 . (RFC 7505)")
            if mail.implicit
            else T("give the mail server a name of its own, and let MX lead there"),
        )
    elif Role.MAIL in dead:
        yield graded(
            Grade.C,
            "mail-with-shop",
            seen.domain,
            T("mail is where the shop is: {host}", host=mail.hosts[0].name.rstrip(".")),
            T("mail dies with the shop, and comes late or not at all"),
            T("tell customers an address elsewhere, or move the mail"),
        )
    elif mail.hosts and not mail_apart(seen):
        yield graded(
            Grade.B,
            "mail-unknown",
            seen.domain,
            T("whether mail dies with the shop is not seen from here"),
            T("it may be at the company of the shop's own server"),
            T("ask whether the name servers and mail are at the same company"),
        )


def _ttl(seen: Stranger) -> Iterator[Graded]:
    if seen.ttl is None or seen.ttl <= LONGEST_TTL:
        return
    yield graded(
        Grade.B if seen.ttl <= HOUR else Grade.C,
        "ttl-high",
        seen.domain,
        T("the TTL is {seconds} seconds", seconds=int(seen.ttl.total_seconds())),
        T(
            "visitors keep the dead address for up to {minutes} minutes",
            minutes=minutes(seen.ttl),
        ),
        T(
            "lower it to {seconds} seconds {where}",
            seconds=int(LONGEST_TTL.total_seconds()),
            where=change_at(seen.dns[0], seen.own_shown)
            if seen.dns
            else T("where the zone is kept"),
        ),
    )


def minutes(span: timedelta) -> int:
    """Return how many minutes *span* lasts, a begun one counted as whole."""
    return -(-int(span.total_seconds()) // 60)


def _unanswered(seen: Stranger) -> Iterator[Graded]:
    for question in seen.unanswered:
        yield graded(
            Grade.C,
            "unanswered",
            seen.domain,
            T("no answer in time: {question}", question=question),
            T("what was not seen is not known to be good"),
            T("run fallback check again, or from another network"),
        )
