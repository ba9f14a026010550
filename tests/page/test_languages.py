"""Days, times, durations and numbers are said as each language says them."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.localedata import locale_identifiers
from hypothesis import given
from hypothesis import strategies as st

from fallback.core.model import Language
from fallback.page import bidi, languages, sentences
from fallback.page.languages import Speaker
from fallback.wire import shipped
from tests.page.test_catalogues import SHIPPED, speaker

WARSAW = ZoneInfo("Europe/Warsaw")
FSI, PDI = "\u2068", "\u2069"
ENGLISH = Speaker.of(Language("en"), None)


@pytest.mark.parametrize(
    ("language", "at", "said"),
    [
        ("pl", "2026-11-22T13:30", "niedziela, 22 listopada 2026, 14:30 (CET)"),
        ("en", "2026-11-22T13:30", "Sunday, 22 November 2026, 14:30 (CET)"),
        ("de", "2026-11-22T13:30", "Sonntag, 22. November 2026, 14:30 Uhr (CET)"),
        ("hu", "2026-11-22T13:30", "2026. november 22., vasárnap, 14:30 (CET)"),
        ("sv", "2026-11-22T13:30", "söndag 22 november 2026 kl. 14:30 (CET)"),
        ("fr", "2026-11-01T13:30", "dimanche 1er novembre 2026, 14:30 (CET)"),
        ("pl", "2026-05-01T08:05", "piątek, 1 maja 2026, 10:05 (CEST)"),
        ("xx", "2026-05-01T08:05", "Friday, 1 May 2026, 10:05 (CEST)"),
    ],
)
def test_a_moment_is_said_as_people_say_it(language: str, at: str, said: str) -> None:
    """Day, date, time and zone, the month in its genitive."""
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)

    assert speaker(language).moment(moment, WARSAW)["text"] == said


@pytest.mark.parametrize("language", SHIPPED)
def test_every_day_of_a_year_is_said_as_cldr_says_it(language: str) -> None:
    """But for three things. English is that of Europe, day first, for customers who
    learned it. French writes "1er". Ukrainian has no "р." for the year, because the
    time follows and the stop would seem to end the sentence."""
    told = speaker(language)
    locale = {"en": "en_150"}.get(language, language)
    for number in range(366):
        day = date(2028, 1, 1) + timedelta(days=number)
        expected = format_date(day, "full", locale=locale).removesuffix("\u202fр.")
        if language == "fr" and day.day == 1:
            expected = expected.replace(" 1 ", " 1er ")
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        assert told.moment(noon, WARSAW)["date"] == expected


@pytest.mark.parametrize("language", SHIPPED)
def test_times_have_24_hours_and_two_digits_in_every_language(language: str) -> None:
    """CLDR's pattern for hours and minutes, but "09:05" where it has "9:05": a column
    of messages is easier to read, and nothing hangs on "a.m." at night. Arabic too
    has the digits that its readers know from phones and clocks everywhere."""
    told = speaker(language)
    for hour in range(24):
        at = datetime(2026, 11, 22, hour, 5, tzinfo=UTC)
        expected = format_skeleton("Hm", at, locale=language)
        assert told.moment(at, ZoneInfo("UTC"))["time"] == expected.zfill(5)


def test_a_zone_without_a_name_is_said_by_its_offset() -> None:
    at = datetime(2026, 11, 22, 12, tzinfo=UTC)

    assert ENGLISH.moment(at, ZoneInfo("America/Sao_Paulo"))["zone"] == "UTC\u221203:00"
    assert ENGLISH.moment(at, ZoneInfo("Asia/Kolkata"))["zone"] == "IST"


@pytest.mark.parametrize(
    ("lasted", "said"),
    [
        (timedelta(0), "1 minute"),
        (timedelta(seconds=-5), "1 minute"),
        (timedelta(seconds=59), "1 minute"),
        (timedelta(minutes=45), "45 minutes"),
        (timedelta(minutes=59, seconds=40), "1 hour"),
        (timedelta(hours=1, minutes=1), "1 hour and 1 minute"),
        (timedelta(hours=3, minutes=20), "3 hours and 20 minutes"),
        (timedelta(hours=23, minutes=59, seconds=40), "1 day"),
        (timedelta(days=1, minutes=20), "1 day"),
        (timedelta(days=2, hours=3, minutes=40), "2 days and 4 hours"),
        (timedelta(days=1, hours=23, minutes=40), "2 days"),
        (timedelta(days=400, hours=1), "400 days and 1 hour"),
    ],
)
def test_a_duration_is_told_in_two_units_at_most(lasted: timedelta, said: str) -> None:
    assert ENGLISH.duration(lasted) == said


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("pl", "3 godziny i 20 minut"),
        ("ro", "3 ore și 20 de minute"),
        ("uk", "3 години і 20 хвилин"),
        ("cs", "3 hodiny a 20 minut"),
        ("de", "3 Stunden und 20 Minuten"),
        ("ar", "3 ساعات و20 دقيقة"),
    ],
)
def test_a_duration_is_told_in_every_language(language: str, said: str) -> None:
    assert speaker(language).duration(timedelta(hours=3, minutes=20)) == said


def told_in_minutes(said: str) -> int:
    units = {"minute": 1, "hour": 60, "day": 24 * 60}
    parts = re.findall(r"(\d+) (minute|hour|day)s?", said)
    assert 1 <= len(parts) <= 2
    assert all(int(count) > 0 for count, _ in parts)
    return sum(int(count) * units[unit] for count, unit in parts)


LASTED = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=900))


@given(LASTED, LASTED)
def test_what_lasted_longer_is_never_told_as_shorter(
    one: timedelta, other: timedelta
) -> None:
    """Nor is anything told further from the truth than half of its smaller unit."""
    shorter, longer = sorted((one, other))
    told = told_in_minutes(ENGLISH.duration(shorter))

    assert told <= told_in_minutes(ENGLISH.duration(longer))
    step = timedelta(hours=1) if told >= 24 * 60 else timedelta(minutes=1)
    assert abs(timedelta(minutes=told) - shorter) <= max(
        step / 2, timedelta(minutes=1) - shorter
    )


@pytest.mark.parametrize(
    ("number", "spoken"),
    [
        ("+48600100200", "+48 600 100 200"),
        ("+15550123456", "+1 555 012 3456"),
        ("+380441234567", "+380 441 234 567"),
        ("+4930123456", "+49 301 234 56"),
        ("+442079460000", "+44 207 946 0000"),
    ],
)
def test_a_phone_number_can_be_read_aloud(number: str, spoken: str) -> None:
    assert languages.spaced_phone(number) == spoken


@pytest.mark.parametrize("language", sorted(languages.AUTONYMS))
def test_a_language_is_called_as_cldr_has_it_call_itself(language: str) -> None:
    """A script is only told where it is another one than usual."""
    name = languages.AUTONYMS[language]
    locale = Locale.parse(language.replace("-", "_"))

    if locale.script:
        assert name != languages.AUTONYMS[locale.language]
    else:
        assert name == locale.get_language_name(locale)


def test_every_language_we_ship_has_a_name_of_its_own() -> None:
    assert set(shipped.languages()) <= set(languages.AUTONYMS)
    assert speaker("pt-br").name == "português"
    assert speaker("tlh").name == "tlh"


def test_every_tag_that_cldr_knows_runs_in_its_direction() -> None:
    """The script decides, where one is named; else the language."""
    known = {name.lower().replace("_", "-"): name for name in locale_identifiers()}
    expected = {
        tag: "rtl" if Locale.parse(name).character_order == "right-to-left" else "ltr"
        for tag, name in known.items()
    }

    assert {tag: bidi.direction(tag) for tag in known} == expected


def test_what_runs_against_the_sentence_is_kept_from_mixing_with_it() -> None:
    """UAX 9: Latin letters or a phone number within Arabic, and the reverse."""
    arabic, english = speaker("ar"), speaker("en")
    flowers = "زهور 24"

    said = arabic.say(sentences.BACK, shop="Kwiaty!")
    assert said == f"متجر {FSI}Kwiaty!{PDI} مفتوح من جديد"
    assert arabic.say(sentences.BACK, shop=flowers) == f"متجر {flowers} مفتوح من جديد"
    spoken = arabic.say(sentences.NEWS_AT, address="+48 600 100 200")
    assert f"{FSI}+48 600 100 200{PDI}" in spoken
    assert (
        english.say(sentences.BACK, shop=flowers)
        == f"{FSI}{flowers}{PDI} is open again"
    )
    assert FSI not in english.say(sentences.BACK, shop="Kwiaty!")


def test_the_parts_of_a_time_are_never_torn_apart() -> None:
    moment = speaker("ar").moment(datetime(2026, 11, 22, 13, 30, tzinfo=UTC), WARSAW)

    assert moment["time"] == "14:30"
    assert moment["text"] == f"الأحد، 22 نوفمبر 2026، 14:30 ({FSI}CET{PDI})"


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        ("<p>اتصل بنا: +48 600 100 200.</p>", "+48 600 100 200"),
        ("<p>الحساب 12-3456-7890</p>", "12-3456-7890"),
        ('<a href="tel:+48600100200">+48600100200</a>', ">+48600100200<"),
        ("<p>10:30، 20 %، 1 200 zł</p>", ""),
    ],
)
def test_a_long_number_in_the_owners_words_keeps_its_order(
    html: str, kept: str
) -> None:
    number = kept.strip("<>")
    expected = kept.replace(number, f"{FSI}{number}{PDI}") if kept else ""

    assert bidi.in_order(html, "ar") == html.replace(kept, expected)
    assert bidi.in_order(html, "pl") == html


@given(st.text('<>a1 +-"=&;/.', max_size=60))
def test_putting_numbers_in_order_changes_nothing_else(html: str) -> None:
    ordered = bidi.in_order(html, "ar-eg")

    assert ordered.replace(FSI, "").replace(PDI, "") == html
    assert ordered.count(FSI) == ordered.count(PDI)
