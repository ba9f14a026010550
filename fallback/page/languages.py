"""Says the page's own sentences, dates and phone numbers in a customer's language.

A language without a catalogue gets English sentences, and the page says so to machines
too: ``speaks`` is the language that the sentences are really in.
"""

import gettext
import io
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from attrs import field, frozen

from fallback.core.model import Language
from fallback.core.text import Sayable, Text, Translate, english
from fallback.page import sentences
from fallback.page.bidi import direction, isolated
from fallback.page.content.dialling import country, national

AUTONYMS = {
    "af": "Afrikaans",
    "ar": "العربية",
    "be": "беларуская",
    "bg": "български",
    "bn": "বাংলা",
    "bs": "bosanski",
    "ca": "català",
    "ckb": "کوردیی ناوەندی",
    "cs": "čeština",
    "cy": "Cymraeg",
    "da": "dansk",
    "de": "Deutsch",
    "el": "Ελληνικά",
    "en": "English",
    "es": "español",
    "et": "eesti",
    "eu": "euskara",
    "fa": "فارسی",
    "fi": "suomi",
    "fr": "français",
    "ga": "Gaeilge",
    "gl": "galego",
    "he": "עברית",
    "hi": "हिन्दी",
    "hr": "hrvatski",
    "hu": "magyar",
    "hy": "հայերեն",
    "id": "Indonesia",
    "is": "íslenska",
    "it": "italiano",
    "ja": "日本語",
    "ka": "ქართული",
    "kk": "қазақ тілі",
    "ko": "한국어",
    "lb": "Lëtzebuergesch",
    "lt": "lietuvių",
    "lv": "latviešu",
    "mk": "македонски",
    "ms": "Melayu",
    "mt": "Malti",
    "nb": "norsk bokmål",
    "nl": "Nederlands",
    "nn": "norsk nynorsk",
    "no": "norsk",
    "pl": "polski",
    "ps": "پښتو",
    "pt": "português",
    "ro": "română",
    "ru": "русский",
    "sk": "slovenčina",
    "sl": "slovenščina",
    "sq": "shqip",
    "sr": "српски",
    "sr-latn": "srpski",
    "sv": "svenska",
    "sw": "Kiswahili",
    "ta": "தமிழ்",
    "th": "ไทย",
    "tr": "Türkçe",
    "uk": "українська",
    "ur": "اردو",
    "vi": "Tiếng Việt",
    "yi": "ייִדיש",
    "zh": "中文",
    "zh-hans": "简体中文",
    "zh-hant": "繁體中文",
}


def autonym(language: str) -> str:
    """Return the name that *language* has for itself; its code if that is unknown."""
    base = language.partition("-")[0]
    return AUTONYMS.get(language) or AUTONYMS.get(base, language)


@frozen
class Speaker:
    """One language of the shop, and how to say our own sentences in it."""

    language: Language
    translate: Translate = field(repr=False)
    speaks: Language
    # said once: ten thousand messages fall on few days, and a day has few minutes
    _dates: dict[date, str] = field(factory=dict, init=False, repr=False, eq=False)
    _times: dict[time, str] = field(factory=dict, init=False, repr=False, eq=False)

    @classmethod
    def of(cls, language: Language, catalogue: bytes | None) -> "Speaker":
        """Return the speaker of *language* with the compiled *catalogue* (``.mo``)."""
        if catalogue is None:
            return cls(language, english, Language("en"))
        found = gettext.GNUTranslations(io.BytesIO(catalogue))

        def translate(template: str, plural: str = "", count: int = 1) -> str:
            if plural:
                return found.ngettext(template, plural, count)
            return found.gettext(template)

        return cls(language, translate, language)

    def say(self, text: Text, **values: Sayable) -> str:
        """Return *text* in this language, its places filled with *values*.

        Names and numbers that run against the sentence are kept from mixing with it.
        """
        runs = self.direction
        kept = {
            name: isolated(value, runs) if isinstance(value, str) else value
            for name, value in values.items()
        }
        return text.with_values(**kept).said_by(self.translate)

    @property
    def name(self) -> str:
        """Return the language's own name for itself."""
        return autonym(self.language)

    @property
    def direction(self) -> str:
        """Return ``rtl`` for scripts that run from right to left, else ``ltr``."""
        return direction(self.speaks)

    def moment(self, at: datetime, zone: ZoneInfo) -> Mapping[str, str]:
        """Return *at* on the shop's clock: as one text, and in the parts of it.

        ``iso`` is for machines; the year has four digits and the offset is given.
        """
        local = at.astimezone(zone)
        said, clock = self._date(local.date()), self._time(local)
        name = zone_name(local)
        return {
            "iso": local.isoformat(timespec="seconds"),
            "text": self.say(sentences.MOMENT, date=said, time=clock, zone=name),
            "date": said,
            "time": clock,
            "zone": name,
        }

    def spoken(self, at: datetime, zone: ZoneInfo) -> str:
        """Return *at* as it is said within a text: without the year and the zone."""
        local = at.astimezone(zone)
        return self.say(
            sentences.SPOKEN_MOMENT,
            weekday=sentences.WEEKDAYS[local.weekday()],
            day=sentences.FIRST_DAY if local.day == 1 else local.day,
            month=sentences.MONTHS[local.month - 1],
            time=self._time(local),
        )

    def _time(self, local: datetime) -> str:
        minute = time(local.hour, local.minute)
        if minute not in self._times:
            self._times[minute] = self.say(
                sentences.TIME, hour=f"{local:%H}", minute=f"{local:%M}"
            )
        return self._times[minute]

    def _date(self, day: date) -> str:
        if day not in self._dates:
            self._dates[day] = self.say(
                sentences.DATE,
                weekday=sentences.WEEKDAYS[day.weekday()],
                day=sentences.FIRST_DAY if day.day == 1 else day.day,
                month=sentences.MONTHS[day.month - 1],
                year=day.year,
            )
        return self._dates[day]

    def duration(self, lasted: timedelta) -> str:
        """Return how long *lasted* is, as people tell it: 2 days and 4 hours.

        At most two units, so that a day or more is rounded to hours; never nothing:
        what took less than a minute took one.
        """
        minutes = max(1, round(lasted / timedelta(minutes=1)))
        if minutes < 24 * 60:
            longer, shorter = divmod(minutes, 60)
            parts = (sentences.HOURS, longer), (sentences.MINUTES, shorter)
        else:
            longer, shorter = divmod(round(lasted / timedelta(hours=1)), 24)
            parts = (sentences.DAYS, longer), (sentences.HOURS, shorter)
        said = [self.say(unit, count=count) for unit, count in parts if count]
        if len(said) == 1:
            return said[0]
        return self.say(sentences.LASTED_PARTS, longer=said[0], shorter=said[1])


def zone_name(local: datetime) -> str:
    """Return the zone as people write it: ``CET``, else ``UTC+03:00``.

    West of Greenwich with a minus sign, because no line ever ends after one.
    """
    name = local.tzname() or ""
    if name.isalpha():
        return name
    offset = f"{local:%z}".replace("-", "\u2212")
    return f"UTC{offset[:3]}:{offset[3:5]}"


def spaced_phone(number: str) -> str:
    """Return the E.164 *number* in groups that can be read aloud: +48 600 100 200."""
    rest = national(number)
    groups = []
    while len(rest) > 4:
        groups.append(rest[:3])
        rest = rest[3:]
    return " ".join(["+" + country(number), *groups, rest]).strip()
