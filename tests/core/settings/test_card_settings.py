"""What may stand in [card]: it is printed, so nothing that opens a door."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fallback.core.config import Card, Person
from fallback.core.errors import ConfigError
from fallback.core.settings.toml import parse
from tests.core.settings.test_toml import GOOD, KINDS, ROOT

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
        ('update_url = "https://x.test/f?key=Zaq12wsx"', "holds a key"),
        ('update_url = "https://x.test/f?to=Zaq12wsx"', "holds a key"),
        ('update_url = "https://x.test/h/a1b2c3d4e5f6g7h8i9/form"', "holds a key"),
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
        "panel.ovh.pl, login ania, Kwiatki-2024!",
        "login ania / hasło Zaq12wsx#",
        "panel.ovh.pl ania Zaq12wsx",
        "Ania's drawer, PIN 4711",
        "PIN do karty 4711",
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
        "w sejfie w biurze, koperta 3",
        "Bitwarden, konto ania@kwiaty.example",
        "+48 600 100 200",
        "Ania, tel. +48600100200",
        "1Password, vault of the shop",
        "https://panel.ovh.com/manager, KeePass2 at the office",
        "OVH, login ab12345-ovh, password with Ania",
        "hasło w sejfie 3",
    ],
)
def test_a_place_is_a_place(place) -> None:
    assert card(f'{LOGINS}dns = "{place}"\n').logins == {"dns": place}


def test_a_login_that_nobody_asks_for_is_told_with_the_nearest_one() -> None:
    told = complaints(f'{LOGINS}registar = "page 3 of the book"\n')
    assert "did you mean registrar" in str(told)


@pytest.mark.parametrize(
    "person", ["Ania PIN 4711, +48600100200", "Ania Zaq12wsx#", "hasło: tulipan"]
)
def test_a_secret_beside_a_person_is_refused_and_never_repeated(person) -> None:
    told = complaints(f'\n[card]\ndecides = ["{person}"]\n')
    assert "looks like a secret" in told[0]
    assert not any(person.split(",")[0] in line for line in told)


@pytest.mark.parametrize(
    "address",
    [
        "https://github.com/ania/kwiaty-u-ani-2026/actions/workflows/page.yml",
        "https://gitlab.example/ania/kwiaty/-/pipelines/new?ref=main",
    ],
)
def test_the_address_of_a_form_that_asks_who_one_is_is_taken(address) -> None:
    assert card(f'\n[card]\nupdate_url = "{address}"\n').update_url == address


LETTERS, DIGITS, SIGNS = string.ascii_letters + "ąęłżź", string.digits, "!#$%^&*?"
PLACES = st.sampled_from(["w sejfie,", "panel.ovh.pl, login ania,", "OVH /", ""])


@given(
    place=PLACES,
    parts=st.tuples(
        st.text(LETTERS, min_size=4, max_size=8),
        st.text(DIGITS, min_size=2, max_size=4),
        st.text(SIGNS, min_size=1, max_size=2),
    ).flatmap(st.permutations),
)
def test_letters_digits_and_signs_in_one_word_are_refused_wherever(place, parts):
    secret = "".join(parts)
    told = complaints(f"{LOGINS}dns = '{place} {secret}'\n")
    assert "looks like a secret" in told[0]
    assert secret not in str(told)


WORDS = st.text("abcdefghijłmnoprstuwyzż", min_size=1, max_size=12).filter(
    lambda word: word not in {"hasło", "hasla", "pass", "pin", "pwd", "kod", "clave"}
)


@given(
    words=st.lists(WORDS, min_size=1, max_size=5),
    number=st.integers(0, 99),
    end=st.sampled_from(["", ", ania@kwiaty.example", ", +48 600 100 200"]),
)
def test_words_and_the_number_of_a_page_are_a_place(words, number, end) -> None:
    place = f"{' '.join(words)} {number}{end}"
    if len(place) <= 90:
        assert card(f'{LOGINS}dns = "{place}"\n').logins == {"dns": place}
