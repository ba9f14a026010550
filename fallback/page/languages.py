"""Says the page's own sentences, dates and phone numbers in a customer's language.

A language without a catalogue gets English sentences, and the page says so to machines
too: ``speaks`` is the language that the sentences are really in.
"""

import gettext
import io
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from attrs import field, frozen

from fallback.core.model import Language
from fallback.core.text import Sayable, Text, Translate, english
from fallback.page import sentences

AUTONYMS = {
    "ar": "العربية",
    "be": "беларуская",
    "bg": "български",
    "ca": "català",
    "cs": "čeština",
    "da": "dansk",
    "de": "Deutsch",
    "el": "Ελληνικά",
    "en": "English",
    "es": "español",
    "et": "eesti",
    "fa": "فارسی",
    "fi": "suomi",
    "fr": "français",
    "he": "עברית",
    "hr": "hrvatski",
    "hu": "magyar",
    "it": "italiano",
    "ja": "日本語",
    "ko": "한국어",
    "lt": "lietuvių",
    "lv": "latviešu",
    "nb": "norsk",
    "nl": "Nederlands",
    "pl": "polski",
    "pt": "português",
    "ro": "română",
    "ru": "русский",
    "sk": "slovenčina",
    "sl": "slovenščina",
    "sr": "српски",
    "sv": "svenska",
    "tr": "Türkçe",
    "uk": "українська",
    "ur": "اردو",
    "vi": "Tiếng Việt",
    "zh": "中文",
}
_RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur", "yi", "ps", "ckb", "dv"})
# country calling codes of one and two digits (ITU-T E.164); all others have three
_CODES = (
    "1 7 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58"
    " 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98"
)
_SHORT_CODES = frozenset(_CODES.split())


@frozen
class Speaker:
    """One language of the shop, and how to say our own sentences in it."""

    language: Language
    translate: Translate = field(repr=False)
    speaks: Language

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
        """Return *text* in this language, its places filled with *values*."""
        return text.with_values(**values).said_by(self.translate)

    @property
    def name(self) -> str:
        """Return the language's own name for itself."""
        base = self.language.partition("-")[0]
        return AUTONYMS.get(self.language) or AUTONYMS.get(base, self.language)

    @property
    def direction(self) -> str:
        """Return ``rtl`` for scripts that run from right to left, else ``ltr``."""
        return direction(self.speaks)

    def moment(self, at: datetime, zone: ZoneInfo) -> Mapping[str, str]:
        """Return *at* on the shop's clock: as one text, and in the parts of it.

        ``iso`` is for machines; the year has four digits and the offset is given.
        """
        local = at.astimezone(zone)
        date = self.say(
            sentences.DATE,
            weekday=sentences.WEEKDAYS[local.weekday()],
            day=local.day,
            month=sentences.MONTHS[local.month - 1],
            year=local.year,
        )
        time = f"{local:%H:%M}"
        name = zone_name(local)
        return {
            "iso": local.isoformat(timespec="seconds"),
            "text": self.say(sentences.MOMENT, date=date, time=time, zone=name),
            "date": date,
            "time": time,
            "zone": name,
        }


def direction(language: str) -> str:
    """Return ``rtl`` or ``ltr`` for *language*."""
    return "rtl" if language.partition("-")[0] in _RIGHT_TO_LEFT else "ltr"


def zone_name(local: datetime) -> str:
    """Return the zone as people write it: ``CET``, else ``UTC+03:00``."""
    name = local.tzname() or ""
    if name.isalpha():
        return name
    return f"UTC{local:%z}"[:6] + ":" + f"{local:%z}"[3:5]


def spaced_phone(number: str) -> str:
    """Return the E.164 *number* in groups that can be read aloud: +48 600 100 200."""
    digits = number.removeprefix("+")
    code = next((digits[:n] for n in (1, 2) if digits[:n] in _SHORT_CODES), digits[:3])
    rest = digits[len(code) :]
    groups = []
    while len(rest) > 4:
        groups.append(rest[:3])
        rest = rest[3:]
    return " ".join(["+" + code, *groups, rest]).strip()
