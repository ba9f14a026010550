"""The states in which an author previews the page, before any of them is true.

A scene changes what is told, never what is written: the owner's words stay, and only
how things stand is made up. It travels in an address as words between commas, such as
``?state=identified,eta-passed,20-messages``; ``as-written`` changes nothing.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from attrs import evolve, frozen

from fallback.core.model import Status, Update, Words
from fallback.page.content.words import Standing, Told

AS_WRITTEN = "as-written"
BEGUN = "begun"
ETAS = ("known", "unknown", "passed")
MESSAGES = (1, 20, 75)
"""Few, what one page holds, and more than it holds."""

KNOWN = (
    AS_WRITTEN,
    *(each.value for each in Status),
    BEGUN,
    *(f"eta-{each}" for each in ETAS),
    *(f"{each}-messages" for each in MESSAGES),
)
"""Every word that a scene is made of."""

_APART = timedelta(minutes=25)
_QUARTER = timedelta(minutes=15)


@frozen
class Scene:
    """What a preview makes up; ``None`` and ``""`` leave what is written.

    ``begun`` is said of planned work only: it is under way.
    """

    status: Status | None = None
    eta: str = ""
    messages: int = 0
    begun: bool = False

    @classmethod
    def read(cls, words: str) -> "Scene | None":
        """Return the scene that *words* name; ``None`` when one of them names none."""
        found = cls()
        for word in words.split(","):
            kind, _, rest = word.partition("-")
            if word == AS_WRITTEN:
                continue
            if word in list(Status):
                found = evolve(found, status=Status(word))
            elif word == BEGUN:
                found = evolve(found, begun=True)
            elif kind == "eta" and rest in ETAS:
                found = evolve(found, eta=rest)
            elif rest == "messages" and kind in map(str, MESSAGES):
                found = evolve(found, messages=int(kind))
            else:
                return None
        return found if found.status is Status.SCHEDULED else evolve(found, begun=False)

    @property
    def words(self) -> str:
        """Return the scene as an address holds it; ``read`` gives it back."""
        parts = [self.status.value] if self.status else []
        parts += [BEGUN] if self.begun else []
        parts += [f"eta-{self.eta}"] if self.eta else []
        parts += [f"{self.messages}-messages"] if self.messages else []
        return ",".join(parts) or AS_WRITTEN

    def staged(self, told: Told, now: datetime) -> Told:
        """Return *told* as it would be in this scene at *now*."""
        words = told.words
        if self.messages:
            updates = _as_many(words, told.standing, self.messages, now)
            words = evolve(words, updates=updates)
        if self.status and words.updates:
            newest = evolve(words.updates[0], status=self.status)
            words = evolve(words, updates=(newest, *words.updates[1:]))
        return evolve(told, words=words, standing=self._standing(told.standing, now))

    def _standing(self, standing: Standing, now: datetime) -> Standing:
        if self.status:
            standing = evolve(standing, status=self.status)
        if standing.status is Status.RESOLVED:
            return evolve(standing, eta=None, next_update=None)
        if self.status is Status.SCHEDULED:
            standing = self._planned(standing, now)
        return evolve(standing, eta=self._eta(standing, now))

    def _planned(self, standing: Standing, now: datetime) -> Standing:
        """Return *standing* with a beginning that fits, and an end after it."""
        begun = standing.started is not None and standing.started <= now
        if standing.started is None or begun != self.begun:
            begin = now + timedelta(hours=-1 if self.begun else 24)
            standing = evolve(standing, started=_next_quarter(begin))
        begin = standing.started or now
        if standing.eta is None or standing.eta > begin:
            return standing
        return evolve(standing, eta=_next_quarter(begin + timedelta(hours=3)))

    def _eta(self, standing: Standing, now: datetime) -> datetime | None:
        match self.eta:
            case "known":
                begin = max(now, standing.started or now)
                return _next_quarter(begin + timedelta(hours=2))
            case "passed":
                # past for a script that asks the clock, and for a page without one
                return min(now, standing.newest or now) - timedelta(minutes=40)
            case "unknown":
                return None
        return standing.eta


def _next_quarter(at: datetime) -> datetime:
    """Return *at* on the next quarter of an hour, as people say times."""
    hour = at.replace(minute=0, second=0, microsecond=0)
    return hour + (-(-(at - hour) // _QUARTER)) * _QUARTER


def _as_many(
    words: Words, standing: Standing, count: int, now: datetime
) -> tuple[Update, ...]:
    """Return *count* updates, newest first: those there are, then older copies."""
    own: Sequence[Update] = words.updates or _from_outage(words, standing, now)
    oldest = min((update.at for update in own), default=now)
    copies = [
        evolve(own[n % len(own)], stem=f"copy-{n}", at=oldest - _APART * (n + 1))
        for n in range(count - len(own))
    ]
    return (*own[:count], *copies)


def _from_outage(words: Words, standing: Standing, now: datetime) -> tuple[Update, ...]:
    """Return one update made of what the outage says: the only words there are."""
    texts = {told.language: ("", told.html) for told in words.announcements.values()}
    return (Update("copy", standing.newest or now, texts),)
