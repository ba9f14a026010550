"""What a theme is given: strings, numbers, lists and dictionaries, nothing else.

Every sentence is already in the page's language, so that a theme holds no words.
``lang`` on a part is empty when the part is in the page's own language.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

from attrs import frozen

from fallback.core.config import Config
from fallback.core.model import Language, Status, Update
from fallback.core.text import Text
from fallback.page import sentences
from fallback.page.languages import Speaker, direction, spaced_phone
from fallback.page.names import slug
from fallback.page.reading import clean_line
from fallback.page.words import Standing, Told

View = dict[str, Any]

FOLDER = "_fallback"
_FINAL = frozenset({Status.RESOLVED})


@frozen
class Viewer:
    """Makes views of one site in one of its languages."""

    config: Config
    told: Told
    speakers: Sequence[Speaker]
    speaker: Speaker

    @property
    def standing(self) -> Standing:
        """How things stand."""
        return self.told.standing

    @property
    def shop(self) -> str:
        """The shop's name, as one line."""
        return clean_line(self.config.shop.name)

    def front(self, shown: Sequence[View], *, parts: int) -> View:
        """Return the view of the page itself, with the entries *shown*.

        *parts* is how many pages of earlier messages there are.
        """
        return {
            **self._frame(self.title(), front_path(self.speaker, self.speakers)),
            "kind": "front",
            "status": self._say(sentences.STATUS[self.standing.status]),
            "since": self._since(),
            "eta": self._eta(),
            "contact": self._contact(),
            "body": self._body(),
            "log": self._log(shown, parts),
            "others": [
                Viewer(self.config, self.told, self.speakers, other).block()
                for other in self._others()
            ],
        }

    def _others(self) -> Iterator[Speaker]:
        """Yield the languages that say something which this page does not yet hold.

        One without sentences or words of its own would only repeat the English.
        """
        said = {self.speaker.speaks}
        for other in self.speakers:
            if other is self.speaker:
                continue
            own = other.language in self.told.words.announcements
            if own or other.speaks not in said:
                said.add(other.speaks)
                yield other

    def older(self, number: int, entries: Sequence[View]) -> View:
        """Return the view of page *number* of the earlier messages."""
        title = self._say(sentences.OLDER_PART, shop=self.shop, number=number)
        return {
            **self._frame(title, f"/{log_path(self.speaker, self.speakers, number)}"),
            "kind": "older",
            "log": self._log(entries, number - 1),
            "back": {
                "href": front_path(self.speaker, self.speakers),
                "text": self._say(sentences.CURRENT),
            },
        }

    def block(self) -> View:
        """Return the essentials in this language, for the pages in other ones."""
        eta = self._eta()
        return {
            "lang": self.speaker.speaks,
            "dir": self.speaker.direction,
            "title": self.title(),
            "eta": eta["line"],
            "href": front_path(self.speaker, self.speakers),
            "link": self._say(sentences.IN_FULL, language=self.speaker.name),
            "hours": self._hours(),
        }

    def entry(self, update: Update) -> View:
        """Return one message of the log."""
        language, (title, html) = self._chosen(update.texts)
        status = self._say(sentences.STATUS[update.status]) if update.status else ""
        return {
            "id": slug(update.stem),
            "at": self._moment(update.at),
            "status": "" if status == title else status,
            "state": update.status.value if update.status else "",
            "title": title,
            "html": html,
            **self._foreign(language),
        }

    def title(self) -> str:
        """Return what is the matter: the title and the first heading of the page."""
        status = self.standing.status
        if status is Status.RESOLVED:
            return self._say(sentences.BACK, shop=self.shop)
        own = self.told.words.announcements.get(self.speaker.language)
        if own and own.title:
            return own.title
        sentence = (
            sentences.PLANNED if status is Status.SCHEDULED else sentences.UNAVAILABLE
        )
        return self._say(sentence, shop=self.shop)

    def _say(self, text: Text, **values: str | int) -> str:
        return self.speaker.say(text, **values)

    def _moment(self, at: Any) -> Mapping[str, str]:
        return self.speaker.moment(at, self.config.shop.timezone)

    def _frame(self, title: str, path: str) -> View:
        status_url = status_address(self.config)
        return {
            "lang": self.speaker.speaks,
            "dir": self.speaker.direction,
            "state": self.standing.status.value,
            "title": title,
            "shop": self.shop,
            "share": f"{status_url}{path}" if status_url else "",
            "languages_label": self._say(sentences.LANGUAGES),
            "languages": [
                {
                    "code": speaker.language,
                    "name": speaker.name,
                    "dir": direction(speaker.language),
                    "href": front_path(speaker, self.speakers),
                    "current": speaker is self.speaker,
                }
                for speaker in self.speakers
            ],
            "feeds": {
                "label": self._say(sentences.FEEDS),
                "atom": f"/{feed_path(self.speaker, self.speakers, 'xml')}",
                "json": f"/{feed_path(self.speaker, self.speakers, 'json')}",
            },
            "harmless": self._say(sentences.HARMLESS),
        }

    def _since(self) -> View:
        started = self.standing.started
        if started is None or self.standing.status in _FINAL:
            return {}
        planned = self.standing.status is Status.SCHEDULED
        sentence = sentences.PLANNED_START if planned else sentences.SINCE
        moment = self._moment(started)
        return {"text": self._say(sentence, moment=moment["text"]), "at": moment}

    def _eta(self) -> View:
        """Return when the shop is expected back, as far as that is known."""
        standing = self.standing
        coming = standing.next_update and self._moment(standing.next_update)
        view: View = {
            "next": self._say(sentences.NEXT, moment=coming["text"]) if coming else "",
            "at": {},
            "label": "",
        }
        if standing.status in _FINAL:
            return view | {
                "kind": "back",
                "line": self._say(sentences.BACK_LINE),
                "href": self.config.shop.url,
                "link": self._say(sentences.TO_THE_SHOP),
                "next": "",
            }
        if standing.eta is None:
            return view | {"kind": "unknown", "line": self._say(sentences.ETA_UNKNOWN)}
        at = self._moment(standing.eta)
        if standing.late:
            line = self._say(sentences.ETA_PASSED, moment=at["text"])
            return view | {"kind": "late", "line": line}
        return view | {
            "kind": "known",
            "label": self._say(sentences.ETA),
            "line": self._say(sentences.ETA_LINE, moment=at["text"]),
            "at": at,
        }

    def _contact(self) -> View:
        contact = self.config.contact
        subject = self._say(sentences.MAIL_SUBJECT, shop=self.shop)
        return {
            "heading": self._say(sentences.CONTACT),
            "email_label": self._say(sentences.EMAIL),
            "email": contact.email,
            "mailto": f"mailto:{quote(contact.email, '@+')}?subject={quote(subject)}",
            "phone_label": self._say(sentences.PHONE),
            "phone": spaced_phone(contact.phone),
            "tel": f"tel:{contact.phone}",
            "hours": self._hours(),
            "links_label": self._say(sentences.FIND_US),
            "links": [
                {"name": clean_line(name), "href": address}
                for name, address in contact.links.items()
                if urlsplit(address).scheme in ("http", "https")
            ],
        }

    def _hours(self) -> str:
        hours = self.config.contact.hours
        return clean_line(hours.get(self.speaker.language) or hours.get("", ""))

    def _body(self) -> View:
        texts = {
            language: ("", told.html)
            for language, told in self.told.words.announcements.items()
        }
        language, (_, html) = self._chosen(texts)
        return {"html": html, **self._foreign(language)}

    def _log(self, entries: Sequence[View], older: int) -> View:
        """Return the log; *older* is the page where it goes on, 0 if it ends here."""
        path = log_path(self.speaker, self.speakers, older)
        return {
            "heading": self._say(sentences.LOG),
            "entries": list(entries),
            "older": {"href": f"/{path}", "text": self._say(sentences.OLDER, count=0)}
            if older
            else {},
        }

    def _chosen(
        self, texts: Mapping[Language, tuple[str, str]]
    ) -> tuple[Language, tuple[str, str]]:
        """Return the text in this language, else in the shop's first that there is."""
        language = self.speaker.language
        if language not in texts:
            language = next(iter(texts))
        return language, texts[language]

    def _foreign(self, language: Language) -> View:
        """Return how to mark a part in *language*: for machines and for readers."""
        named = next(each for each in self.speakers if each.language == language)
        translated = language == self.speaker.language
        same = language == self.speaker.speaks
        return {
            "lang": "" if same else language,
            "dir": "" if same else direction(language),
            "note": ""
            if translated
            else self._say(sentences.SPOKEN_ONLY, language=named.name),
        }


def status_address(config: Config) -> str:
    """Return the first host's own address without a slash at the end, or ``""``."""
    return next((host.url.rstrip("/") for host in config.hosts if host.url), "")


def front_path(speaker: Speaker, speakers: Sequence[Speaker]) -> str:
    """Return where the page in *speaker*'s language stands, root-absolute."""
    default = speaker is speakers[0]
    return "/" if default else f"/{FOLDER}/{speaker.language}.html"


def feed_path(speaker: Speaker, speakers: Sequence[Speaker], ending: str) -> str:
    """Return the path of the feed in *speaker*'s language."""
    middle = "" if speaker is speakers[0] else f".{speaker.language}"
    return f"{FOLDER}/feed{middle}.{ending}"


def log_path(speaker: Speaker, speakers: Sequence[Speaker], number: int) -> str:
    """Return the path of a page of earlier messages; page 1 holds the oldest."""
    middle = "" if speaker is speakers[0] else f"{speaker.language}/"
    return f"{FOLDER}/log/{middle}{number}.html"
