"""What every channel has to say: the page's own sentences, at one moment.

The clock is no input of a build, so that files say what the page says without a script.
A person who asks for the messages now gets what the open page shows now.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from attrs import field, frozen

from fallback.core.config import Config
from fallback.core.model import Language, Status
from fallback.core.text import Text
from fallback.core.words.lexicon import hits
from fallback.page import sentences
from fallback.page.content.prose import plain
from fallback.page.content.reading import clean_line
from fallback.page.content.ready import ended
from fallback.page.content.words import Told
from fallback.page.languages import Speaker, spaced_phone
from fallback.page.view import Viewer, front_path, status_address

_PLAIN_MARKS = dict.fromkeys(map(ord, "\u2066\u2067\u2068\u2069"))


@frozen
class Message:
    """One message, ready to be sent. ``subject`` is empty where there is none.

    ``public``: it may stand where everybody can read it.
    """

    channel: str
    language: Language
    text: str
    subject: str = ""
    public: bool = True


class Voice(Speaker):
    """A speaker who says moments as they are said aloud: no year, no zone."""

    def moment(self, at: datetime, zone: ZoneInfo) -> Mapping[str, str]:
        """Return *at* as ``Speaker.moment`` does, its text without year and zone."""
        return {**super().moment(at, zone), "text": self.spoken(at, zone)}


@frozen
class Telling:
    """What is told in one language. *now* is ``None`` for what is built to last."""

    config: Config
    told: Told
    speakers: Sequence[Speaker] = field(repr=False)
    speaker: Speaker
    now: datetime | None = None

    @cached_property
    def aloud(self) -> "Telling":
        """The same with moments as they are said aloud."""
        voice = Voice(
            self.speaker.language, self.speaker.translate, self.speaker.speaks
        )
        return Telling(self.config, self.told, self.speakers, voice, self.now)

    @cached_property
    def _said(self) -> Mapping[str, str]:
        viewer = Viewer(self.config, self.told, self.speakers, self.speaker)
        said = viewer.said
        strings = {**said.now, "line": said.line}
        for moment, later in said.after:
            if self.now and moment <= self.now:
                strings |= later
                # an ETA that has passed is said in another line
                strings["line"] = later.get("eta_line") or strings["line"]
        return strings

    @property
    def over(self) -> bool:
        """Whether the shop is back."""
        return self.told.standing.status is Status.RESOLVED

    @property
    def shop(self) -> str:
        """The shop's name."""
        return clean_line(self.config.shop.name)

    @property
    def title(self) -> str:
        """What is the matter, as the page's title says it."""
        return self._said["title"]

    @property
    def status(self) -> str:
        """How far the repair has come, as a sentence."""
        return ended(self._said["status"])

    @property
    def since(self) -> str:
        """Since when, or how long it was; ``""`` if nobody said."""
        return ended(self._said["since"])

    @property
    def eta(self) -> str:
        """When the shop is expected back, as far as that is known; ``""``: it is."""
        return "" if self.over else ended(self._said["line"])

    @property
    def next(self) -> str:
        """When the next message comes; ``""`` if none was promised."""
        return ended(self._said["next"])

    @property
    def times(self) -> tuple[str, ...]:
        """Return since, ETA and next message, as far as they are said."""
        return tuple(each for each in (self.since, self.eta, self.next) if each)

    @property
    def address(self) -> str:
        """Where the page is while the shop's own name leads nowhere; ``""``: nowhere.

        The spare address if there is one: it was made to be told, and customers may
        know it. Never below the shop's own host, whatever the configuration says.
        """
        base = self.config.shop.spare.rstrip("/") or status_address(self.config)
        if not base or urlsplit(base).hostname == self.config.shop.domain:
            return ""
        own = next(
            (s for s in self.speakers if s.language == self.speaker.language),
            self.speaker,
        )
        return base + front_path(own, self.speakers)

    @property
    def news(self) -> str:
        """A line that leads to the newest messages; ``""`` if there is no address."""
        if not self.address:
            return ""
        # a mark behind an address would become a part of it
        return unmarked(self.say(sentences.NEWS_AT, address=self.address))

    @property
    def phone(self) -> str:
        """The number in groups that can be read aloud."""
        return spaced_phone(self.config.contact.phone)

    @property
    def contact(self) -> tuple[str, ...]:
        """Return how to reach a human: a line to write to, a line to call."""
        email, phone = self.say(sentences.EMAIL), self.say(sentences.PHONE)
        hours = f" ({self.hours})" if self.hours else ""
        return (
            f"{email}: {self.config.contact.email}",
            f"{phone}: {self.phone}{hours}",
        )

    @property
    def hours(self) -> str:
        """When the phone is answered; ``""`` if that is not known."""
        hours = self.config.contact.hours
        return clean_line(hours.get(self.speaker.language) or hours.get("", ""))

    @property
    def headline(self) -> str:
        """The newest update's title in this language, else the status.

        ``""`` when the shop is back: the title has said it.
        """
        if self.over:
            return ""
        updates = self.told.words.updates
        title, _ = (
            updates[0].texts.get(self.speaker.language, ("", ""))
            if updates
            else ("", "")
        )
        return ended(title) if title else self.status

    @property
    def words(self) -> str:
        """The newest update as plain text, else the outage's own words.

        In another language of the shop, and saying so, when there are none in this.
        A time that every message says anyway is not said twice.
        """
        updates = self.told.words.updates
        texts = (
            updates[0].texts
            if updates
            else {
                language: ("", announced.html)
                for language, announced in self.told.words.announcements.items()
            }
        )
        language = self.speaker.language
        if language not in texts:
            language = next(iter(texts))
        title, html = texts[language]
        lines = (" ".join(line.split()) for line in plain(html).split("\n"))
        parts = [ended(title) if title else "", *lines]
        if language != self.speaker.language:
            named = next(s for s in self.speakers if s.language == language).name
            parts.insert(0, self.say(sentences.SPOKEN_ONLY, language=named))
        for time in self.aloud.times:
            parts = [part.replace(time, "").strip() for part in parts]
        return "\n\n".join(part for part in parts if part)

    def regret(self, *said: str) -> str:
        """Return that we are sorry, unless it is over or *said* has said so."""
        language = self.speaker.speaks
        if self.over or any(hits("apology", language, text) for text in said):
            return ""
        return self.say(sentences.REGRET)

    def say(self, text: Text, **values: str) -> str:
        """Return *text* in this language."""
        return self.speaker.say(text, **values)


def unmarked(text: str) -> str:
    """Return *text* without the marks that only a screen needs to order it."""
    return text.translate(_PLAIN_MARKS)
