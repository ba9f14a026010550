"""The hours after the hoster died on Saturday at eleven, told from what was seen.

The law of this room: only what follows from the facts is told, and in the order in
which customers meet it. Whoever decides does so at noon, an hour later; all else is the
clock of DNS and of mail. What is not known is left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from attrs import frozen

from fallback.core.check.basket import Role
from fallback.core.holders.companies import named
from fallback.core.holders.platforms import ANY_SHOP
from fallback.core.outlook.facts import Stranger
from fallback.core.outlook.findings import mail_follows, minutes, stuck
from fallback.core.text import T, Text

BEGINS = timedelta(hours=11)
"""On the clock of that Saturday."""
_DECIDED = timedelta(hours=1)
_MAIL_WAITS = timedelta(days=4)
"""A sender that keeps to RFC 5321 section 4.5.4.1 tries for four to five days."""
_DAYS = (
    T("Saturday"),
    T("Sunday"),
    T("Monday"),
    T("Tuesday"),
    T("Wednesday"),
    T("Thursday"),
    T("Friday"),
)


@frozen
class Moment:
    """What happens ``after`` the shop's end; ``id`` is a stable word for it."""

    id: str
    after: timedelta
    text: Text

    @property
    def clock(self) -> Text:
        """Return day and hour, as people say them."""
        hours = BEGINS + self.after
        left = int(hours.total_seconds()) % 86400
        return T(
            "{day} {hour}",
            day=_DAYS[hours.days % 7],
            hour=f"{left // 3600:02}:{left // 60 % 60:02}",
        )

    def as_json(self) -> Mapping[str, Any]:
        """Return the object in ``outlook.story``."""
        return {
            "id": self.id,
            "after_seconds": int(self.after.total_seconds()),
            "clock": str(self.clock),
            "text": str(self.text),
        }


def story(seen: Stranger, dying: Sequence[Role]) -> tuple[Moment, ...]:
    """Return what happens to the customers of the shop that was *seen*, in order.

    *dying* is what dies with it.
    """
    told = [*_first(seen), *_mail(seen, dying), *_noon(seen, dying)]
    return tuple(sorted(told, key=lambda moment: moment.after))


def _first(seen: Stranger) -> Iterator[Moment]:
    start = timedelta()
    shop = seen.shown
    yield Moment(
        "shop-dies",
        start,
        T("the server of {shop} at {company} stops answering",
          shop=shop, company=named(seen.behind))
        if seen.behind
        else T("the server of {shop} stops answering", shop=shop),
    )  # fmt: skip
    yield Moment(
        "customers-see",
        start,
        T("customers see an error, and not a word from you"),
    )
    if seen.workers:
        yield Moment(
            "workers",
            start,
            T("whoever was there before may see pages that the browser remembers, and"
              " cannot order"),
        )  # fmt: skip
    front = seen.front
    yield Moment(
        "orders",
        start,
        front.platform.orders if front and front.platform else ANY_SHOP,
    )


def _mail(seen: Stranger, dying: Sequence[Role]) -> Iterator[Moment]:
    if seen.mail is None or not seen.mail.hosts:
        return
    if Role.MAIL not in dying:
        if not seen.mail.implicit:
            yield Moment(
                "mail-survives",
                timedelta(),
                T("mail for {domain} still arrives: it is at {company}",
                  domain=seen.own_shown, company=named(seen.post))
                if seen.post and seen.behind
                else T("mail for {domain} is not seen to die with it",
                       domain=seen.own_shown),
            )  # fmt: skip
        return
    yield Moment(
        "mail-dies",
        timedelta(),
        T(
            "mail for {domain} stops, too; whoever writes hears nothing, and their mail"
            " servers keep it and try again",
            domain=seen.own_shown,
        ),
    )
    yield Moment(
        "mail-returned",
        _MAIL_WAITS,
        T("mail servers begin to give up: customers are told that their mail could not"
          " be delivered"),
    )  # fmt: skip


def _noon(seen: Stranger, dying: Sequence[Role]) -> Iterator[Moment]:
    company = named(seen.dns)
    if seen.landlord is not None:
        yield Moment(
            "stuck",
            _DECIDED,
            T("you want to lead customers to a page elsewhere, and cannot: the address"
              " is lent by {company}", company=seen.landlord.name),
        )  # fmt: skip
        return
    if stuck(seen):
        yield Moment(
            "stuck",
            _DECIDED,
            T("you want to lead customers to a page elsewhere, and cannot: the name"
              " servers are down with the shop"),
        )  # fmt: skip
        return
    if Role.DNS in dying:
        yield Moment(
            "panel",
            _DECIDED,
            T("you want to lead customers to a page elsewhere; the records are at"
              " {company}, too: while its panel is down, they cannot be changed",
              company=company),
        )  # fmt: skip
        yield from _arrivals(seen, if_possible=True)
        return
    yield Moment(
        "moved",
        _DECIDED,
        T("you lead the name to a page elsewhere: {company} has the records, and is"
          " still there", company=company)
        if company and seen.apart
        else T("you lead the name to a page elsewhere, if where the records are kept"
               " is not down, too"),
    )  # fmt: skip
    yield from _arrivals(seen, if_possible=False)


def _arrivals(seen: Stranger, *, if_possible: bool) -> Iterator[Moment]:
    if seen.strict:
        yield Moment(
            "hsts",
            _DECIDED,
            T("browsers insist on https: without a valid certificate for {domain} the"
              " page is not shown to them", domain=seen.shown),
        )  # fmt: skip
    if mail_follows(seen):
        yield Moment(
            "mail-bounces",
            _DECIDED,
            T("mail for {domain} follows the name to the page's host, and bounces",
              domain=seen.own_shown),
        )  # fmt: skip
    if seen.ttl is not None:
        count = minutes(seen.ttl)
        yield Moment(
            "last-visitor",
            _DECIDED + timedelta(minutes=count),
            T("if they were changed, the last visitors arrive at the page now: the old"
              " address could be remembered for {minutes} minutes", minutes=count)
            if if_possible
            else T("the last visitors arrive at the page: the old address could be"
                   " remembered for {minutes} minutes", minutes=count),
        )  # fmt: skip
