"""What happens to a shop's customers if its hoster dies on Saturday at eleven.

Decided from what anybody can see (``facts``): what dies together, whether the
shop's name could be moved and how fast, whether mail survives, a grade, and the one
next thing. The grades' rule stands in ``grades``, the hours in ``story``.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import groupby, islice
from typing import Any

from attrs import frozen

from fallback.core.check.basket import Role
from fallback.core.findings import Finding
from fallback.core.holders.companies import Company, change_at, named
from fallback.core.holders.platforms import ANY_SHOP
from fallback.core.outlook.facts import Stranger
from fallback.core.outlook.findings import (
    dying,
    graded_findings,
    mail_apart,
    mail_follows,
    minutes,
    stuck,
)
from fallback.core.outlook.grades import Grade, Graded
from fallback.core.outlook.story import Moment, story
from fallback.core.text import Sayable, T, Text


class Move(StrEnum):
    """Whether the shop's name could be led elsewhere on the day; stable words."""

    YES = "yes"
    WHILE_PANEL = "while-its-panel-works"
    NO = "no"
    UNKNOWN = "unknown"


class Post(StrEnum):
    """What becomes of mail to the domain; stable words.

    ``BOUNCES``: it survives the hoster's end, and bounces once the name is moved.
    """

    SURVIVES = "survives"
    DIES = "dies"
    BOUNCES = "bounces-when-moved"
    NONE = "takes-no-mail"
    UNKNOWN = "unknown"


@frozen
class Outlook:
    """What is to be said about the shop that was *seen*."""

    seen: Stranger
    grade: Grade
    findings: tuple[Finding, ...]
    dying: tuple[Role, ...]
    move: Move
    post: Post
    story: tuple[Moment, ...]

    @property
    def next(self) -> Text:
        """Return the one next thing to do."""
        if self.grade is Grade.A:
            return T("make the page while all is well: fallback init")
        return self.findings[0].remedy

    @property
    def orders(self) -> Text:
        """Return where orders can be read while the shop is dead."""
        front = self.seen.front
        return front.platform.orders if front and front.platform else ANY_SHOP

    @property
    def verdict(self) -> Text:
        """Return the grade in one sentence."""
        return _VERDICTS[self.grade]

    def about(self, found: Finding) -> str:
        """Return what *found* is about, as people spell it."""
        bare, seen = found.subject.rstrip("."), self.seen
        return {seen.own: seen.own_shown, seen.domain: seen.shown}.get(bare, bare)

    def hours(self) -> Iterator[tuple[Text, Sequence[Moment]]]:
        """Yield each moment of the story once, with all that happens then."""
        for _, moments in groupby(self.story, key=lambda moment: moment.after):
            together = tuple(moments)
            yield together[0].clock, together

    def holders(self) -> Iterator[tuple[Text, Sayable]]:
        """Yield who holds the parts, what the shop runs on, and what dies with it."""
        seen = self.seen
        hosts = seen.mail.hosts if seen.mail else ()
        post = _servers(host.name for host in hosts)
        if seen.registrars:
            yield _ROLES[Role.REGISTRAR], named(seen.registrars)
        yield _ROLES[Role.DNS], named(seen.dns) or _servers(seen.delegated or ())
        yield T("web"), named(seen.web) or _servers(seen.addresses or ())
        yield _ROLES[Role.MAIL], _NO_MAIL if self.post is Post.NONE else (
            named(seen.post) or post
        )  # fmt: skip
        if seen.front and seen.front.platform:
            yield T("software"), seen.front.platform.name
        if self.dying:
            yield T("dies with the shop"), _together(self.dying)

    def lead(self) -> Iterator[Text]:
        """Yield how the name would be moved: whether, where, and how fast."""
        company = named(self.seen.dns)
        yield _MOVES[self.move].with_values(company=company)
        if self.seen.dns and self.move is not Move.NO:
            yield T(
                "the records are changed {where}",
                where=change_at(self.seen.dns[0], self.seen.own_shown),
            )
            provider = self.seen.dns[0].desk.provider
            yield (
                T("fallback can do it there by itself: provider = {provider}",
                  provider=provider)
                if provider
                else T("fallback has no way into that panel: it prints what to type")
            )  # fmt: skip
        if self.seen.ttl is not None and self.move is not Move.NO:
            yield T(
                "after the change the last visitors arrive within {minutes} minutes",
                minutes=minutes(self.seen.ttl),
            )

    def as_json(self) -> Mapping[str, Any]:
        """Return the object ``outlook`` in ``check DOMAIN --json``."""
        seen = self.seen
        platform = seen.front.platform if seen.front else None
        return {
            "domain": seen.domain,
            "shown": seen.shown,
            "grade": self.grade.value,
            "verdict": str(self.verdict),
            "zone": seen.zone.rstrip("."),
            "holders": {
                "dns": [_company(each) for each in seen.dns],
                "web": [_company(each) for each in seen.web],
                "mail": [_company(each) for each in seen.post],
                "registrar": [_company(each) for each in seen.registrars],
            },
            "registration": (
                seen.registration.as_json() if seen.registration else None
            ),
            "name_servers": [name.rstrip(".") for name in seen.delegated or ()],
            "addresses": list(seen.addresses or ()),
            "mail_hosts": [
                host.name.rstrip(".") for host in (seen.mail.hosts if seen.mail else ())
            ],
            "dies_together": [role.value for role in self.dying],
            "move": self._moving(),
            "mail": self.post.value,
            "hsts": [
                {
                    "name": name,
                    "seconds": int(strict.lasts.total_seconds()),
                    "subdomains": strict.below,
                    "preload": strict.preload,
                }
                for name, strict in seen.strict.items()
            ],
            "workers": list(seen.workers or ()),
            "caa": list(seen.authorities or ()),
            "caa_forbids_all": seen.forbidden,
            "platform": platform.id if platform else None,
            "orders": str(self.orders),
            "story": [moment.as_json() for moment in self.story],
            "next": str(self.next),
            "unanswered": [str(question) for question in seen.unanswered],
        }

    def _moving(self) -> Mapping[str, Any]:
        """Return the object ``move``: whether the name can be led away, and how."""
        ttl = self.seen.ttl
        desk = self.seen.dns[0].desk if self.seen.dns else None
        return {
            "possible": self.move.value,
            "ttl_seconds": None if ttl is None else int(ttl.total_seconds()),
            "provider": desk.provider if desk else "",
            "package": desk.package if desk else "",
            "apex": desk.apex.value if desk else "unknown",
            "told": [str(each) for each in self.lead()],
        }


def outlook(seen: Stranger) -> Outlook:
    """Return what is to be said about the shop as it was *seen*."""
    dead = dying(seen)
    found = graded_findings(seen, dead)
    return Outlook(
        seen,
        _grade(seen, found),
        tuple(each.finding for each in found),
        dead,
        _move(seen, dead),
        _post(seen, dead),
        story(seen, dead),
    )


def _grade(seen: Stranger, found: Sequence[Graded]) -> Grade:
    """Return what the worst finding allows; what was not seen allows no more than C."""
    asked = (seen.servers, seen.addresses, seen.mail, seen.front)
    grades = [each.grade for each in found]
    if seen.uncertified or any(answer is None for answer in asked):
        grades.append(Grade.C)
    return max(grades, key=list(Grade).index)


def _move(seen: Stranger, dead: Collection[Role]) -> Move:
    if stuck(seen):
        return Move.NO
    if Role.DNS in dead:
        return Move.WHILE_PANEL
    return Move.YES if seen.answering and seen.apart else Move.UNKNOWN


def _post(seen: Stranger, dead: Collection[Role]) -> Post:
    mail = seen.mail
    if mail is None:
        return Post.UNKNOWN
    if not mail.hosts:
        return Post.NONE
    if Role.MAIL in dead:
        return Post.DIES
    if mail_follows(seen):
        return Post.BOUNCES
    return Post.SURVIVES if mail_apart(seen) else Post.UNKNOWN


def _servers(names: Iterable[str]) -> Sayable:
    """Return the names of servers that tell of no company we know."""
    return ", ".join(islice((name.rstrip(".") for name in names), 3)) or _UNSEEN


def _together(roles: Sequence[Role]) -> Text:
    """Return *roles* as people list them."""
    *others, last = (_ROLES[role] for role in roles)
    if not others:
        return last
    listed = others[0]
    for other in others[1:]:
        listed = T("{one}, {other}", one=listed, other=other)
    return T("{one} and {other}", one=listed, other=last)


def _company(company: Company) -> Mapping[str, Any]:
    return {
        "id": company.id,
        "name": company.name,
        "known": company.known,
        "front": company.front,
    }


WHO_HOLDS_WHAT = T("who holds what")
THAT_SATURDAY = T("that Saturday")
MOVED = T("could the name be moved")
"""What stands above each part, wherever people read it."""

_ROLES = {
    Role.REGISTRAR: T("registrar"),
    Role.DNS: T("name servers"),
    Role.MAIL: T("mail"),
}
_NO_MAIL = T("takes none")
_UNSEEN = T("not seen from outside")
_VERDICTS = {
    Grade.A: T("the shop's name can be moved at once, and nothing else is seen to die"),
    Grade.B: T(
        "nothing seen would stop a move, but something slows it or is not known"
    ),
    Grade.C: T("something beside the shop would fail, or could not be seen"),
    Grade.D: T("on the day the name may be stuck, or its move would lose mail"),
    Grade.E: T("the name dies with the shop: nobody can be sent elsewhere"),
    Grade.F: T("customers cannot reach the shop now, as seen from here"),
}
_MOVES = {
    Move.YES: T("the shop's name can be led to a page elsewhere"),
    Move.WHILE_PANEL: T(
        "the name can be moved only while the panel of {company} works"
    ),
    Move.NO: T("the name cannot be moved on the day"),
    Move.UNKNOWN: T(
        "nothing is seen that would hold the name, and not everything was seen"
    ),
}
