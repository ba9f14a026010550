"""What customers read is complete in English and Polish."""

import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from fallback.core.model import Language
from fallback.page import languages, sentences
from fallback.page.languages import Speaker
from fallback.wire import shipped

LOCALES = Path(languages.__file__).parents[1] / "locales"
WARSAW = ZoneInfo("Europe/Warsaw")


def messages() -> set[object]:
    keywords = {"T": None, "N": (1, 2)}
    found = extract_from_file("python", sentences.__file__, keywords=keywords)
    return {message for _, message, _, _ in found}


@pytest.mark.parametrize("language", ["en", "pl"])
def test_no_sentence_is_missing_or_doubtful(language: str) -> None:
    """Nor is there one that nobody says any more."""
    with (LOCALES / language / "LC_MESSAGES" / "page.po").open("rb") as file:
        catalogue = read_po(file, locale=language)

    entries = {entry.id: entry for entry in catalogue if entry.id}
    assert set(entries) == messages()
    for said, entry in entries.items():
        forms = entry.string if isinstance(entry.string, tuple) else (entry.string,)
        assert all(forms), said
        assert not entry.fuzzy, said
        places = set(re.findall(r"{\w+}", str(said)))
        for form in forms:
            assert set(re.findall(r"{\w+}", form)) == places, said


@pytest.mark.parametrize(
    ("language", "at", "said"),
    [
        ("pl", "2026-11-22T13:30", "niedziela, 22 listopada 2026, 14:30 (CET)"),
        ("en", "2026-11-22T13:30", "Sunday, 22 November 2026, 14:30 (CET)"),
        ("pl", "2026-05-01T08:05", "piątek, 1 maja 2026, 10:05 (CEST)"),
        ("xx", "2026-05-01T08:05", "Friday, 1 May 2026, 10:05 (CEST)"),
    ],
)
def test_a_moment_is_said_as_people_say_it(language: str, at: str, said: str) -> None:
    """Day, date, time and zone, the month in its genitive."""
    speaker = Speaker.of(Language(language), shipped.catalogue(language))
    moment = speaker.moment(datetime.fromisoformat(at).replace(tzinfo=UTC), WARSAW)

    assert moment["text"] == said


def test_a_zone_without_a_name_is_said_by_its_offset() -> None:
    speaker = Speaker.of(Language("en"), None)
    at = datetime(2026, 11, 22, 12, tzinfo=UTC)

    assert speaker.moment(at, ZoneInfo("America/Sao_Paulo"))["zone"] == "UTC-03:00"
    assert speaker.moment(at, ZoneInfo("Asia/Kolkata"))["zone"] == "IST"


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


def test_a_catalogue_is_never_looked_for_outside_its_folder() -> None:
    """A language is a word, not a path."""
    for name in ("../../pl", "pl/..", "", ".", "/etc", "pl\x00"):
        assert shipped.catalogue(name) is None
    assert shipped.catalogue("pl-pl") == shipped.catalogue("pl")
