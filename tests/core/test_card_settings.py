"""What may stand in [card]: it is printed, so nothing that opens a door."""

import pytest

from fallback.core.config import Card, Person
from fallback.core.errors import ConfigError
from fallback.core.toml import parse
from tests.core.test_toml import GOOD, KINDS, ROOT

LOGINS = "\n[card.logins]\n"


def card(more: str = "") -> Card:
    return parse(GOOD + more, KINDS, ROOT).card


def complaints(more: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        card(more)
    return [str(line) for each in caught.value.problems for line in each.told()]


def test_people_are_names_and_numbers_in_their_order() -> None:
    people = 'decides = ["Ania, +48600100200", "Jan, +48600100201"]'
    assert card(f"\n[card]\n{people}\n").decides == (
        Person("Ania", "+48600100200"),
        Person("Jan", "+48600100201"),
    )


def test_a_site_without_a_card_has_an_empty_one() -> None:
    assert card() == Card()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('decides = ["Ania"]', 'write it like "Ania Nowak, +48600100200"'),
        ('decides = ["Ania, 0048 600 100 200"]', 'did you mean "Ania, +48600100200"'),
        ('update_url = "https://x.test/?k=a1b2c3d4e5f6g7h8i9"', "holds a key"),
        (f'decides = ["{"A" * 91}, +48600100200"]', "40 letters are the most"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_its_remedy(line, said) -> None:
    told = complaints(f"\n[card]\n{line}\n")
    number = (GOOD + "\n[card]\n").count("\n") + 1
    assert f"fallback.toml:{number}: " in told[0]
    assert any(said in each for each in told)


@pytest.mark.parametrize(
    "secret",
    [
        "hasło: tulipan",
        "password is tulipan",
        "PIN = 4711",
        "Tulipan2024!",
        "in the drawer: Xk29slq0PPzz81hhQ3",
    ],
)
def test_a_login_itself_is_refused_and_never_repeated(secret) -> None:
    told = complaints(f'{LOGINS}dns = "{secret}"\n')
    assert "looks like a secret" in told[0]
    assert f"fallback.toml:{(GOOD + LOGINS).count(chr(10)) + 1}" in told[0]
    assert not any(secret in line for line in told)


@pytest.mark.parametrize(
    "place",
    [
        "password book, page 3",
        "Ania's password manager, entry DNS",
        "zeszyt z hasłami, strona 12",
        "KeePass",
        "in der Schublade links, Zettel 2",
    ],
)
def test_a_place_is_a_place(place) -> None:
    assert card(f'{LOGINS}dns = "{place}"\n').logins == {"dns": place}


def test_a_login_that_nobody_asks_for_is_told_with_the_nearest_one() -> None:
    told = complaints(f'{LOGINS}registar = "page 3 of the book"\n')
    assert "did you mean registrar" in str(told)
