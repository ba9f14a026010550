"""What an owner reads is in the owner's language, whole."""

import string
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo

from fallback.cli import language
from fallback.core.text import T
from tests import catalogue
from tests.cli.conftest import Fallback, fallback  # noqa: F401 - a fixture

POLISH = catalogue.read("pl")


def places(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def pairs() -> list[tuple[str, str]]:
    """Return each sentence with its translation, plural forms one by one."""
    found = []
    for message in POLISH:
        if not message.id:
            continue
        if isinstance(message.id, str):
            found.append((message.id, str(message.string)))
        else:
            singular, plural = message.id
            forms = message.string
            found += [(singular, forms[0]), *((plural, form) for form in forms[1:])]
    return found


def test_no_sentence_is_missing_in_polish() -> None:
    """Mend it with ``python -m tests.catalogue``, then translate what is empty."""
    said = {said for said, _, _ in catalogue.sentences()}
    known = {message.id for message in POLISH if message.id}
    translated = {message.id for message in POLISH if message.id and message.string}

    assert sorted(map(str, said - known)) == []
    assert sorted(map(str, said - translated)) == []


def test_nothing_is_kept_that_is_no_longer_said_and_nothing_is_guessed() -> None:
    said = {said for said, _, _ in catalogue.sentences()}

    assert [m.id for m in POLISH if m.id and m.id not in said] == []
    assert [m.id for m in POLISH if m.id and m.fuzzy] == []


def test_a_translation_has_the_same_places_and_the_same_form() -> None:
    different = [
        (english, polish)
        for english, polish in pairs()
        if places(english) != places(polish)
        # the margin of a line is part of the layout
        or len(english) - len(english.lstrip()) != len(polish) - len(polish.lstrip())
        or (
            english.endswith(".") != polish.endswith(".") and not said_by_click(english)
        )
    ]

    assert different == []


def said_by_click(english: str) -> bool:
    return any(english in each for each in catalogue.CLICK)


@pytest.fixture
def in_polish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = BytesIO()
    write_mo(out, POLISH)
    path = tmp_path / "pl" / "LC_MESSAGES" / "owner.mo"
    path.parent.mkdir(parents=True)
    path.write_bytes(out.getvalue())
    monkeypatch.setattr(language, "LOCALES", tmp_path)


def test_help_and_errors_speak_polish(
    in_polish: None,
    fallback: Fallback,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FALLBACK_LANG", "pl")

    shown, wrong, unknown = fallback("--help"), fallback("--nope"), fallback("depoly")

    assert "Użycie: fallback" in shown.out
    assert "opublikuj stronę i obejrzyj ją" in shown.out
    assert "pokaż tę pomoc" in shown.out
    assert wrong.err.startswith("fallback: nie ma opcji '--nope'")
    assert "dalej: może chodziło o: fallback deploy" in unknown.err


def test_machines_read_english_whatever_the_owner_speaks(
    in_polish: None,
    fallback: Fallback,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FALLBACK_LANG", "pl")

    said = fallback("--nope", "--json")

    assert said.json["error"]["what"].startswith("no such option")


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ({"FALLBACK_LANG": "pl", "LANG": "en_GB.UTF-8"}, "brakuje x"),
        ({"LC_ALL": "pl_PL.UTF-8", "LC_MESSAGES": "C"}, "brakuje x"),
        ({"LC_MESSAGES": "pl", "LANG": "C"}, "brakuje x"),
        ({"LANG": "pl_PL.UTF-8"}, "brakuje x"),
        ({"LANG": "C"}, "x is missing"),
        ({"LANG": "tlh"}, "x is missing"),
        ({}, "x is missing"),
    ],
)
def test_the_first_of_four_variables_chooses(
    in_polish: None,
    monkeypatch: pytest.MonkeyPatch,
    setting: dict[str, str],
    expected: str,
) -> None:
    for name in ("FALLBACK_LANG", "LC_ALL", "LC_MESSAGES", "LANG", "LANGUAGE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in setting.items():
        monkeypatch.setenv(name, value)

    language.choose()

    assert language.say(T("{key} is missing", key="x")) == expected
