"""What a theme is given: strings, numbers, lists and dictionaries, nothing else.

Every sentence is already in the page's language, so that a theme holds no words.
``lang`` on a part is empty when the part is in the page's own language.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlsplit

from attrs import field, frozen

from fallback.core.config import Config
from fallback.core.model import Language, Status, Update
from fallback.core.text import Text
from fallback.page import sentences, sharing
from fallback.page.bidi import direction, in_order, isolated
from fallback.page.content.names import slug
from fallback.page.content.pictures import Picture
from fallback.page.content.reading import clean_line
from fallback.page.content.words import Standing, Told
from fallback.page.languages import Speaker, spaced_phone
from fallback.page.live import live
from fallback.page.said import Said, Teller

View = dict[str, Any]

FOLDER = "_fallback"


@frozen
class Viewer:
    """Makes views of one site in one of its languages.

    ``speakers`` are the shop's own languages. ``elsewhere`` are those that only we
    speak: they have a page too, with the owner's words in a language of the shop.
    ``picture`` stands beside links to the page.
    """

    config: Config
    told: Told
    speakers: Sequence[Speaker]
    speaker: Speaker
    elsewhere: Sequence[Speaker] = ()
    picture: Picture | None = None
    _marks: dict[Language, View] = field(factory=dict, init=False, repr=False, eq=False)

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
        said = self.said
        path = f"/{feed_path(self.speaker, self.speakers, 'json')}"
        feed = status_address(self.config, asked_by_pages=True) + path
        parts_of_script = live(self._say, said, feed)
        return {
            **self._frame(self.title(), front_path(self.speaker, self.speakers)),
            "kind": "front",
            "said": said.now,
            "shop_url": self.config.shop.url,
            "notice": parts_of_script.notice,
            "controls": parts_of_script.controls,
            "check": parts_of_script.check,
            "contact": self._contact(),
            "body": self._body(),
            "log": self._log(shown, parts, len(self.told.words.log) - len(shown)),
            "others": [
                Viewer(self.config, self.told, self.speakers, other).block()
                for other in self._others()
            ]
            if self.own
            else [],
            "report": {
                "href": f"/{report_path(self.teller, self.speakers)}",
                "text": self._say(sentences.REPORT),
            }
            if self.told.words.report
            else {},
        }

    @property
    def own(self) -> bool:
        """Whether this is one of the shop's own languages."""
        return any(self.speaker is each for each in self.speakers)

    @property
    def teller(self) -> Speaker:
        """In whose language all is told: one that is not the shop's has no log."""
        return self.speaker if self.own else self.speakers[0]

    @cached_property
    def said(self) -> Said:
        """What may change while the page is open."""
        announced = self.told.words.announcements.get(self.speaker.language)
        return Teller(
            self.shop,
            self.speaker,
            self.config.shop.timezone,
            self.standing,
            self.told.words.updates,
            announced.title if announced else "",
        ).said()

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

    def older(self, number: int, entries: Sequence[View], earlier: int) -> View:
        """Return the view of page *number* of the log, *earlier* messages before it."""
        title = self._say(sentences.OLDER_PART, shop=self.shop, number=number)
        return {
            **self._frame(title, f"/{log_path(self.speaker, self.speakers, number)}"),
            "kind": "older",
            "state": "",  # it stays as it is, whatever comes after it
            "log": self._log(entries, number - 1, earlier),
            "back": self._back(),
        }

    def report(self) -> View:
        """Return the view of what is told afterwards; there must be such words."""
        language, (title, html) = self._chosen(self.told.words.report)
        title = title or self._say(sentences.REPORT_TITLE, shop=self.shop)
        return {
            **self._frame(title, f"/{report_path(self.speaker, self.speakers)}"),
            "kind": "report",
            "contact": self._contact(),
            "body": {"html": html, **self._foreign(language)},
            "back": self._back(),
        }

    def _back(self) -> View:
        return {
            "href": front_path(self.speaker, self.speakers),
            "text": self._say(sentences.CURRENT),
        }

    def block(self) -> View:
        """Return the essentials in this language, for the pages in other ones."""
        said = self.said
        return {
            "lang": self.speaker.speaks,
            "dir": self.speaker.direction,
            "title": said.now["title"],
            "eta": said.line,
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
            "html": in_order(html, language),
            **self._foreign(language),
        }

    def title(self) -> str:
        """Return what is the matter: the title and the first heading of the page."""
        return self.said.now["title"]

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
            "shop": isolated(self.shop, self.speaker.direction),
            "description": sharing.description(self.speaker),
            "share": {
                "url": status_url + path,
                "image": sharing.picture_of(status_url, self.shop, self.picture),
            }
            if status_url
            else {},
            # search engines take no path for the address of a translation
            "home": status_url or self.config.shop.url.rstrip("/"),
            "languages_label": self._say(sentences.LANGUAGES),
            "languages": [
                self._language(speaker)
                for speaker in (*self.speakers, *(() if self.own else [self.speaker]))
            ],
            "elsewhere_label": self._say(sentences.ELSEWHERE),
            "elsewhere": [
                self._language(speaker)
                for speaker in self.elsewhere
                if speaker is not self.speaker
            ],
            "feeds": {
                "label": self._say(sentences.FEEDS),
                "atom": f"/{feed_path(self.teller, self.speakers, 'xml')}",
                "json": f"/{feed_path(self.speaker, self.speakers, 'json')}",
            },
            "harmless": self._say(sentences.HARMLESS),
        }

    def _language(self, speaker: Speaker) -> View:
        return {
            "code": speaker.language,
            "name": speaker.name,
            "dir": direction(speaker.language),
            "href": front_path(speaker, self.speakers),
            "current": speaker is self.speaker,
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
        announcements = self.told.words.announcements
        texts = {language: ("", told.html) for language, told in announcements.items()}
        language, (_, html) = self._chosen(texts)
        over = self.standing.status is Status.RESOLVED
        if over and announcements[language].status is not Status.RESOLVED:
            html = ""  # written when the shop was down: "nothing can be ordered now"
        return {"html": in_order(html, language), **self._foreign(language)}

    def _log(self, entries: Sequence[View], older: int, count: int) -> View:
        """Return the log. *count* messages stand on page *older* and before it."""
        path = log_path(self.teller, self.speakers, older)
        return {
            "heading": self._say(sentences.LOG),
            "entries": list(entries),
            "older": {
                "href": f"/{path}",
                "text": self._say(sentences.OLDER, count=count),
            }
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
        if language not in self._marks:  # few languages, and ten thousand messages
            self._marks[language] = self._mark(language)
        return self._marks[language]

    def _mark(self, language: Language) -> View:
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


def status_address(config: Config, *, asked_by_pages: bool = False) -> str:
    """Return the first host's own address without a slash at the end, or ``""``.

    Only one that a page of the shop may ask counts when it is *asked_by_pages*: no
    browser lets a secure page ask an insecure address (W3C Mixed Content).
    """
    return next(
        (
            host.url.rstrip("/")
            for host in config.hosts
            if host.url
            and (not asked_by_pages or not config.shop.secure or _is_secure(host.url))
        ),
        "",
    )


def feeds_origin(config: Config) -> str:
    """Return the origin that open pages ask for news besides their own, or ``""``."""
    parts = urlsplit(status_address(config, asked_by_pages=True))
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def _is_secure(url: str) -> bool:
    return urlsplit(url).scheme == "https"


def front_path(speaker: Speaker, speakers: Sequence[Speaker]) -> str:
    """Return where the page in *speaker*'s language stands, root-absolute."""
    default = speaker is speakers[0]
    return "/" if default else f"/{FOLDER}/{speaker.language}.html"


def feed_path(speaker: Speaker, speakers: Sequence[Speaker], ending: str) -> str:
    """Return the path of the feed in *speaker*'s language."""
    middle = "" if speaker is speakers[0] else f".{speaker.language}"
    return f"{FOLDER}/feed{middle}.{ending}"


def report_path(speaker: Speaker, speakers: Sequence[Speaker]) -> str:
    """Return where what is told afterwards stands in *speaker*'s language."""
    middle = "" if speaker is speakers[0] else f".{speaker.language}"
    return f"{FOLDER}/report{middle}.html"


def log_path(speaker: Speaker, speakers: Sequence[Speaker], number: int) -> str:
    """Return the path of a page of earlier messages; page 1 holds the oldest."""
    middle = "" if speaker is speakers[0] else f"{speaker.language}/"
    return f"{FOLDER}/log/{middle}{number}.html"
