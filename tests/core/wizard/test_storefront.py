"""What a shop's home page tells about the shop, offered and never believed."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fallback.core.wizard.storefront import MOST_LANGUAGES, Storefront, folded

URL = "https://kwiaty.example/"


def seen(page: str, url: str = URL) -> Storefront:
    return Storefront.of(page, url)


@pytest.mark.parametrize(
    ("page", "name"),
    [
        ('<meta property="og:site_name" content="Kwiaty u Ani"><title>X</title>',
         "Kwiaty u Ani"),
        ("<title>Kwiaciarnia Wrocław – Kwiaty</title>", "Kwiaty"),
        ("<title>Sklep | Kwiaty | Strona główna</title>", "Kwiaty"),
        ("<title>  Nasza \n  kwiaciarnia </title>", "Nasza kwiaciarnia"),
        ("<svg><title>logo</title></svg>", "logo"),
        ("<h1>nothing</h1>", ""),
        (f"<title>{'x' * 200}</title>", ""),
    ],
)  # fmt: skip
def test_the_shop_s_name_is_what_it_calls_itself(page: str, name: str) -> None:
    assert seen(page).name == name


@pytest.mark.parametrize(
    ("page", "languages"),
    [
        ('<html lang="pl-PL">', ("pl",)),
        ("<html lang=PL><link rel=alternate hreflang=en-GB href=/en>", ("pl", "en")),
        ('<html lang=pl><link hreflang="x-default"><link hreflang="pl">', ("pl",)),
        ('<html lang="">', ()),
        ('<html lang="polish language">', ()),
    ],
)
def test_its_languages_are_its_own_and_those_of_its_translations(
    page: str, languages: tuple[str, ...]
) -> None:
    assert seen(page).languages == languages


def test_a_shop_with_twenty_translations_is_not_asked_for_twenty() -> None:
    links = "".join(f'<link hreflang="{a}{b}">' for a in "abc" for b in "defghij")

    assert len(seen(links).languages) == MOST_LANGUAGES


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("<a>O nas</a><button>Dodaj do koszyka</button>", "Dodaj do koszyka"),
        ("<a>Koszyk</a><button> Dodaj\n do&nbsp;koszyka</button>", "Dodaj do koszyka"),
        ('<input type=submit value="Add to cart">', "Add to cart"),
        ("<button><svg></svg>Adaugă în coș</button>", "Adaugă în coș"),
        ("<a>Mój koszyk</a>", "Mój koszyk"),
        ("<a>Koszyk (3)</a>", ""),
        ("<p>Dodaj do koszyka</p>", ""),
        ("<script>'<button>Add to cart</button>'</script>", ""),
        ("<a>Kontakt</a>", ""),
    ],
)
def test_the_telling_words_are_on_the_way_to_buy(page: str, words: str) -> None:
    assert seen(page).telling(lambda phrase: False) == words


@pytest.mark.parametrize(
    ("words", "shown"),
    [("DODAJ  do koszyka", True), ("Tulipany & róże", True), ("Kasa", False)],
)
def test_what_the_page_shows_is_known_as_the_watcher_will_look_for_it(
    words: str, *, shown: bool
) -> None:
    front = seen("<p>Tulipany &amp; r&oacute;że</p><b>Dodaj&nbsp;do koszyka</b>")

    assert front.shows(words) is shown


def test_words_that_our_own_page_says_are_never_offered() -> None:
    front = seen("<button>Dodaj do koszyka</button><a>Koszyk</a>")

    assert front.telling(lambda phrase: "dodaj" in phrase) == "Koszyk"
    assert front.telling(lambda phrase: True) == ""


@given(st.text(max_size=400))
def test_no_page_is_too_strange(page: str) -> None:
    front = seen(page)

    assert front.telling(lambda phrase: False) == "" or folded(
        front.telling(lambda phrase: False)
    ) in folded(" ".join(front.phrases))


_TAGS = st.sampled_from(
    ["<button>", "</a>", "<a>", "<title>", "<html lang=pl>", "</p>"]
)


@given(st.lists(st.one_of(_TAGS, st.text(max_size=9)), max_size=30).map("".join))
def test_what_is_offered_is_short_and_of_one_line(page: str) -> None:
    front = seen(page)
    offered: list[Any] = [front.name, front.telling(lambda phrase: False)]

    assert all(len(each) <= 60 and each.isprintable() for each in offered)


@pytest.mark.parametrize("trick", ["\x1b[2J", "\u202e", "\x07", "\x9b31m"])
def test_nothing_is_offered_that_a_terminal_would_obey(trick: str) -> None:
    front = seen(f"<title>Kwiaty{trick}</title><button>Add to cart{trick}</button>")

    assert front.name == front.telling(lambda phrase: False) == ""
