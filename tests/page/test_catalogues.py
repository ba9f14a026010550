"""What customers read is whole in every language we ship, and any other can be added.

The tool is the real one: the commands of ``fallback/locales/README.md`` are run.
"""

import gettext
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.plurals import get_plural
from babel.messages.pofile import read_po, write_po

from fallback.core.model import Language
from fallback.core.text import N, Text
from fallback.page import languages, sentences
from fallback.page.languages import Speaker
from fallback.wire import shipped

PACKAGE = Path(languages.__file__).parents[1]
LOCALES = PACKAGE / "locales"
SHIPPED = (
    "ar",
    "cs",
    "de",
    "en",
    "es",
    "fr",
    "hu",
    "it",
    "nl",
    "pl",
    "pt",
    "ro",
    "sv",
    "uk",
)
COUNTS = (1, 2, 3, 4, 5, 11, 12, 20, 21, 22, 25, 100, 101, 1_000_000)
README = (LOCALES / "README.md").read_text("utf-8")


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.parts[-3])


def catalogue(language: str) -> Catalog:
    return read(LOCALES / language / "LC_MESSAGES" / "page.po")


def speaker(language: str) -> Speaker:
    return Speaker.of(Language(language), shipped.catalogue(language))


def messages() -> set[object]:
    keywords = {"T": None, "N": (1, 2)}
    found = extract_from_file("python", sentences.__file__, keywords=keywords)
    return {message for _, message, _, _ in found}


def entries(catalogue: Catalog) -> Iterator[tuple[Message, tuple[str, ...]]]:
    """Yield each entry with its forms; one that is no plural has a single form."""
    for entry in catalogue:
        if entry.id:
            said = entry.string
            yield entry, (said if isinstance(said, tuple) else (str(said),))


def test_fourteen_languages_are_shipped() -> None:
    assert shipped.languages() == SHIPPED


@pytest.mark.parametrize("language", SHIPPED)
def test_no_sentence_is_missing_doubtful_or_stale(language: str) -> None:
    found = catalogue(language)

    assert {entry.id for entry, _ in entries(found)} == messages()
    assert [entry.id for entry, forms in entries(found) if not all(forms)] == []
    assert [entry.id for entry, _ in entries(found) if entry.fuzzy] == []
    assert not found.obsolete


@pytest.mark.parametrize("language", SHIPPED)
def test_a_translation_has_the_places_and_the_end_of_its_sentence(
    language: str,
) -> None:
    """A form that is for one number only may say it as a word."""
    found = catalogue(language)
    form_of = gettext.c2py(found.plural_expr)

    for entry, forms in entries(found):
        english = entry.id if isinstance(entry.id, tuple) else (entry.id,)
        places = set(re.findall(r"{\w+}", english[-1]))
        for number, form in enumerate(forms):
            counted = [count for count in range(200) if form_of(count) == number]
            may_lack = {"{count}"} if len(forms) > 1 and len(counted) == 1 else set()
            said = set(re.findall(r"{\w+}", form))
            assert places - may_lack <= said <= places, form
            assert english[-1].endswith(".") == form.endswith("."), form
            assert form == form.strip(), form


@pytest.mark.parametrize("language", SHIPPED)
def test_marks_are_those_of_the_printed_page(language: str) -> None:
    """No typewriter quotes, no double spaces; French sets its colons apart."""
    for entry, forms in entries(catalogue(language)):
        for form in forms:
            assert not re.search("\"|'|  |\\.\\.\\.", form), form
            if language == "fr" and entry.id != sentences.TIME.template:
                assert not re.search("(?<![\u00a0\u202f])[:;!?]", form), form


@pytest.mark.parametrize("language", SHIPPED)
def test_plural_forms_follow_cldr(language: str) -> None:
    """Each category has its form. French, Italian, Portuguese and Spanish have one for
    whole millions in CLDR and none in Babel: nobody waits a million days."""
    found = catalogue(language)
    form_of = gettext.c2py(found.plural_expr)
    forms = defaultdict(set)
    for count in COUNTS:
        forms[Locale(language).plural_form(count)].add(form_of(count))

    assert found.plural_expr == get_plural(language).plural_expr
    assert all(len(each) == 1 for each in forms.values()), forms
    shared = len(forms) - len(set.union(*forms.values()))
    assert shared == (1 if language in ("es", "fr", "hu", "it", "pt") else 0)


@pytest.mark.parametrize("language", SHIPPED)
def test_every_count_is_said_in_the_form_of_its_category(language: str) -> None:
    told = speaker(language)
    said = [each for each in vars(sentences).values() if isinstance(each, Text)]
    plurals = [each for each in said if each.plural]
    index = gettext.c2py(catalogue(language).plural_expr)

    assert len(plurals) >= 4
    for text in plurals:
        forms = catalogue(language)[text.template].string
        for count in COUNTS:
            expected = forms[index(count)].format(count=count)
            assert told.say(text, count=count) == expected


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        (
            "pl",
            sentences.MINUTES,
            "1 minuta, 2 minuty, 5 minut, 12 minut, 22 minuty, 25 minut",
        ),
        (
            "ro",
            sentences.MINUTES,
            "1 minut, 2 minute, 19 minute, 20 de minute, 101 minute, 120 de minute",
        ),
        ("cs", sentences.DAYS, "1 den, 2 dny, 4 dny, 5 dní, 22 dní"),
        ("uk", sentences.HOURS, "1 година, 2 години, 5 годин, 11 годин, 21 година"),
        ("fr", sentences.DAYS, "1\u00a0jour, 2\u00a0jours"),
        ("nl", sentences.HOURS, "1 uur, 2 uur"),
        ("hu", sentences.DAYS, "1 nap, 2 nap"),
        (
            "ar",
            sentences.DAYS,
            "يوم واحد, يومين, 3 أيام, 10 أيام, 11 يومًا, 99 يومًا, 100 يوم, 103 أيام",
        ),
    ],
)
def test_counts_are_said_as_people_say_them(
    language: str, text: Text, said: str
) -> None:
    counts = {"واحد": 1, "يومين": 2}
    for each in said.split(", "):
        digits = re.match(r"\d+", each)
        count = int(digits[0]) if digits else counts[each.split()[-1]]
        assert speaker(language).say(text, count=count) == each


def test_a_count_without_a_translation_is_said_in_english() -> None:
    unknown = N("{count} parcel", "{count} parcels")

    assert speaker("pl").say(unknown, count=1) == "1 parcel"
    assert speaker("pl").say(unknown, count=5) == "5 parcels"


def test_a_region_speaks_the_language_that_it_is_a_region_of() -> None:
    for tag in ("pt-br", "pt-pt", "pl-pl", "de-at-1996", "en-gb", "ar-eg"):
        assert shipped.catalogue(tag) == shipped.catalogue(tag[:2]), tag
        assert shipped.catalogue(tag) is not None
    assert speaker("pt-br").say(sentences.BACK_LINE) == "A loja voltou a funcionar."
    for tag in ("xx", "zh-hant", "plx"):
        assert shipped.catalogue(tag) is None, tag


def test_a_catalogue_is_never_looked_for_outside_its_folder() -> None:
    """A language is a word, not a path."""
    for name in ("../../pl", "pl/..", "", ".", "/etc", "pl\x00"):
        assert shipped.catalogue(name) is None


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what the translators' commands read and write."""
    for name in ("fallback", "themes"):
        shutil.copytree(
            PACKAGE.parent / name,
            tmp_path / name,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
    return tmp_path


def documented(checkout: Path, tool: str) -> None:
    """Run the command of the README whose first words are *tool*."""
    line = next(each for each in README.splitlines() if each.startswith(tool))
    words = shlex.split(line.replace("/tmp/", f"{checkout.as_posix()}/"))
    program = [sys.executable, "-m", "babel.messages.frontend", *words[1:]]
    subprocess.run(program, cwd=checkout, check=True, capture_output=True)


def page_po(checkout: Path, language: str) -> Path:
    return checkout / "fallback" / "locales" / language / "LC_MESSAGES" / "page.po"


def test_the_documented_commands_leave_complete_catalogues_as_they_are(
    checkout: Path,
) -> None:
    documented(checkout, "pybabel extract")
    documented(checkout, "pybabel update")

    for language in SHIPPED:
        kept, updated = (
            re.sub('"Generated-By.*', "", page_po(each, language).read_text("utf-8"))
            for each in (PACKAGE.parent, checkout)
        )
        assert kept == updated, language


def test_a_new_sentence_arrives_empty_and_an_old_one_leaves(checkout: Path) -> None:
    source = checkout / "fallback" / "page" / "sentences.py"
    changed = source.read_text("utf-8").replace(
        'T("The shop is working again.")', 'T("The shop is working once again.")'
    )
    source.write_text(changed, "utf-8")

    documented(checkout, "pybabel extract")
    documented(checkout, "pybabel update")

    for language in SHIPPED:
        updated = read(page_po(checkout, language))
        assert updated["The shop is working once again."].string == ""
        assert "The shop is working again." not in updated
        assert not updated.obsolete
        assert [entry.id for entry, forms in entries(updated) if not all(forms)] == [
            "The shop is working once again."
        ]


FINNISH = {
    "{weekday}, {day} {month} {year}": "{weekday} {day}. {month} {year}",
    "{hour}:{minute}": "{hour}.{minute}",
    "{date}, {time} ({zone})": "{date} klo {time} ({zone})",
    "Sunday": "sunnuntai",
    "November": "marraskuuta",
    "Not available since: {moment}": "Poissa käytöstä: {moment}",
}
SITE = """
[shop]
name = "Kukkakauppa"
url = "https://kukat.example"
timezone = "Europe/Helsinki"
languages = ["fi"]
[contact]
email = "kukat@elsewhere.example"
phone = "+358401234567"
[primary]
contains = "Lisää ostoskoriin"
[[hosts]]
kind = "folder"
path = "copy"
"""


def test_any_other_language_is_had_by_adding_a_catalogue_alone(checkout: Path) -> None:
    """What it lacks, or is not sure of, is said in English and never left out."""
    documented(checkout, "pybabel extract")
    documented(checkout, "pybabel init")
    started = read(page_po(checkout, "fi"))
    for english, finnish in FINNISH.items():
        started[english].string = finnish
    started["Talk to us"].string = "Hattu"
    started["Talk to us"].flags.add("fuzzy")
    with page_po(checkout, "fi").open("wb") as file:
        write_po(file, started)
    documented(checkout, "pybabel compile")
    site = checkout / "site"
    (site / "content").mkdir(parents=True)
    (site / "fallback.toml").write_text(SITE, "utf-8")
    words = "started: 2026-11-22T14:30\n\nPalvelin on rikki."
    (site / "content" / "outage.md").write_text(words, "utf-8")

    subprocess.run(
        [sys.executable, "-m", "fallback", "build", "-C", str(site)],
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": str(checkout)},
        check=True,
        capture_output=True,
    )

    page = (site / "public" / "index.html").read_text("utf-8")
    assert '<html lang="fi"' in page
    assert "Poissa käytöstä: sunnuntai 22. marraskuuta 2026 klo 14.30 (EET)" in page
    assert "Talk to us" in page
    assert "Hattu" not in page
