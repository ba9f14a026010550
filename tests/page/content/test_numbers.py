"""A number is seen whatever keeps its digits apart; what only counts is left alone."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fallback.page.content.guard import Guard, seen
from fallback.page.content.limits import Unreadable
from fallback.page.content.numbers import Kind, digits, numbers, unmasked
from fallback.page.content.prose import Writer

GUARD = Guard(
    ("https://kwiaty.example",),
    "a@b.example",
    frozenset({"48600100200"}),
    "+48600100200\ncodziennie 8-20",
)
WRITER = Writer(GUARD)


def kinds(markdown: str) -> list[tuple[Kind, str]]:
    """Return each strange number in *markdown*, as digits."""
    found = WRITER.prose(markdown, top=4).numbers
    return [(each.kind, digits(unmasked(each.text))) for each in found]


@pytest.mark.parametrize(
    "text",
    [
        "700,123,456",
        "700:123:456",
        "700;123;456",
        "700_123_456",
        "700|123|456",
        "700*123*456",
        "700&123&456",
        "700/123/456",
        "700~123~456",
        "700+123+456",
        "700#123#456",
        "700$123$456",
        "700'123'456",
        "700—123—456",
        "700ー123ー456",
        "700\u0640123\u0640456",
        "700 & 123 & 456",
        "700 ... 123 ... 456",
        "700 📞 123 📞 456",
        "700, 123, 456",
        "700; 123; 456",
        "700. 123. 456",
        "700 #123 #456",
        "7,0,0,1,2,3,4,5,6",
        "7 0 0 1 2 3 4 5 6",
        "Tel 700 123 456 zł za minutę",
        "700 123 456 EUR",
        "€700 123 456",
        "700123456 zł",
        "**700** *123* `456`",
        "- 700\n- 123\n- 456",
        "- 700 - 123 - 456",
        "1. 700\n2. 123\n3. 456",
        "|700|123|456|\n|-|-|-|",
        "|a|b|c|\n|-|-|-|\n|700|123|456|",
        "|a|\n|-|\n|700|\n|123|\n|456|",
        "700\n123\n456",
        "700\n\n123\n\n456",
        "700<hr>123<hr>456",
        "700123456. zadzwoń",
        "700. 123\n     456",
        "7OO 123 456",
        "7OO l23 456",
        "7ОО 123 456",
        "700\u200b,\u200b123,\u2060456",
        "７００，１２３，４５６",
        "٧٠٠،١٢٣،٤٥٦",
        "७००-१२३-४५६",
        "七〇〇 一二三 四五六",
        "⑦⓪⓪①②③④⑤⑥",
        "❼⓿⓿❶❷❸❹❺❻",
        "7️⃣0️⃣0️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣",
    ],
)
def test_a_phone_number_is_seen_whatever_stands_between_its_digits(text: str) -> None:
    """Marks, cells, items, lines, emphasis; digits of every script, letters for them.

    An item counted from a number is read with it.
    """
    assert kinds(text) == [(Kind.PHONE, "700123456")]


@pytest.mark.parametrize(
    "text",
    [
        "Od 10.\n\n- 700\n- 123\n- 456\n\n120 paczek czeka.",
        "Od 1234\n\n- 700\n- 123\n- 456",
        "- 700\n- 123\n- 456\n- 701\n- 124\n- 457\n- 702\n- 125\n- 458",
        "3, 4, 5: 700, 123, 456",
        "+48, 700; 123\n\n456",
    ],
)
def test_what_is_counted_beside_a_number_does_not_hide_it(text: str) -> None:
    assert kinds(text)


@pytest.mark.parametrize(
    "between", [",", ":", "_", "|", " - ", ", ", " ", ".", "/", "\n", "\n\n", "\n- "]
)
def test_an_account_number_is_seen_whatever_stands_between(between: str) -> None:
    account = between.join(["61", "1090", "1014", "0000", "0712", "1981", "2874"])

    found = kinds(("- " if "-" in between else "") + account)

    assert found == [(Kind.ACCOUNT, "61109010140000071219812874")]


def test_an_account_is_told_once_and_without_the_words_behind_it() -> None:
    text = "Wpłać na PL61 1090 1014 0000 0712 1981 2874 i 700 12"

    (found,) = numbers(text)

    assert found.kind is Kind.ACCOUNT
    assert found.text == "PL61 1090 1014 0000 0712 1981 2874"
    assert found.start == text.index("PL61")


def test_accounts_with_letters_are_told_whole_and_one_by_one() -> None:
    text = "GB33BUKB20201555555555 or ES91 2100 0418 4502 0005 1332 or 700 123 456"

    assert [each.text for each in numbers(text)] == [
        "GB33BUKB20201555555555",
        "ES91 2100 0418 4502 0005 1332",
        "700 123 456",
    ]


ORDINARY = """
Awaria trwa od 22.11.2026, godz. 9:40, a serwis wróci około 15:30.
Sklep nie działa od 28.11 do 30.11, czyli w dniach 28–30.11 albo 28.11–30.11.
Wyślemy 1 200 zamówień, z czego 350 jutro, 120 w piątek i 85 w sobotę.
Zamówienia 10231, 10232 i 10240 wyślemy jutro; dotyczy też #10231, #10232, #10240.
Dotyczy zamówień: 1234, 1235, 1236, 1240.
Zwrot 1 234,50 zł na każde konto, razem 12 345 678,90 zł.
Dostawa 12,99 zł, 15,99 zł lub 18,50 zł; od 200 zł gratis. Ceny: 12,50, 13,50 i 14,50.
1 000 000 – 2 500 000 zł, 100–200 zł, 1 200,00–1 500,00 zł, 2 500 000 zł, PLN 1 234,50
Odbiór: ul. Kwiatowa 112/13, 00-950 Warszawa, pn.–pt. 8–18, sob. 10–14.
Odbiór:\\nul. Kwiatowa 112/13\\n00-950 Warszawa
Czynne 8:00–20:00, w sobotę 9:00–14:00, w niedzielę 10.00–13.00.
W latach 2024, 2025, 2026 i 2027 było lepiej; sezon 2025/2026, 2024-2025.
Naprawiono 99,95% danych; 70%, 12%, 45%. W 2026 r. 1200 z 3500 zamówień (34,3%).
Zadzwoń: 600 100 200 (8–20) albo 600-100-200, 8–20.
Zadzwoń: +48 600 100 200, codziennie 8–20, albo 600100200.
Było ich 1200. 3500 paczek czeka. Od 1500–2500 paczek dziennie.
Serwer 3 z 4 działa, dysk 2 TB, 16 GB RAM, 1024x768, wersja 2.14.3.
Kod rabatowy KWIATY20 daje 20%, do 31.12.2026 23:59. 24/7, 365 dni, 3/4 kopii.
Godziny 10, 12, 14, 16, 18 i 20; rozmiary 36, 37, 38, 39, 40, 41, 42; 110, 116, 122.
Bony 50, 100, 200 i 500 zł. Zamówienia 1234, 1201, 1250, 1199 i 1270.
|Dzień|Zamówienia|\\n|-|-|\\n|22.11|120|\\n|23.11|130|\\n|24.11|150|
|Produkt|Cena|\\n|-|-|\\n|Róża|12,50 zł|\\n|Tulipan|8,00 zł|\\n|Bukiet|120,00 zł|
|Dzień|Godziny|\\n|-|-|\\n|pn.|8:00–20:00|\\n|wt.|8:00–20:00|
- 8:00 sprawdzamy dysk\\n- 9:30 przywracamy kopię\\n- 12:00 testy
- 120 zamówień czeka\\n- 130 wysłano\\n- 150 zwrócono
2026-11-22 09:40:15 początek, 2026-11-22 12:15 koniec; 22.11.2026 14:30 – 16:30
Praha: Vodičkova 112/36, 110 00 Praha 1. Do 14.30, 15.00, 16.30 lub 18.00.
Orders 1234, 1235 and 1240 leave tomorrow; 12,500 orders are waiting.
The shop has been down since 9:40 am on 22/11/2026; we are back by 3:30 pm.
Refunds of £1,234.56 and $12,345.67 and €1.234.567,89 were paid.
Open Mon–Fri 9–17, Sat 10–14; call +48 600 100 200.
Pick up at 221B Baker Street, London NW1 6XE, or 350 Fifth Avenue, New York, NY 10118.
On 11/22/2026 at 14:30 CET, 1,200 of 3,400 orders were restored (35%).
From 28/11 to 30/11, or 28/11–30/11: 12 of 45 servers, 2.5 GB of 7.8 GB.
La tienda no funciona desde las 9:40 del 22/11/2026; volvemos a las 15.30.
Los pedidos 10231, 10232 y 10240 saldrán mañana; quedan 1.200 de 3.400.
Precio: 1.234,50 €, envío 4,99 €, total 1.239,49 €.
Recogida: Calle Mayor 112, 3.º, 28013 Madrid, de 10 a 14 y de 17 a 20.30.
Abierto de 9:00 a 14:00 y de 16:00 a 20:00, sábados 10:00-14:00.
Magazinul nu funcționează din 22.11.2026, ora 9:40; revenim la 15:30.
Comenzile 10231, 10232 și 10240 pleacă mâine; 1.200 din 3.400 sunt gata.
Preț: 1.234,50 lei, transport 19,99 lei, total 1.254,49 lei (RON 1.254,49).
Ridicare: Str. Florilor 112, bl. 3, ap. 15, 010101 București, luni–vineri 9–17.
Der Shop ist seit dem 22.11.2026, 9:40 Uhr, nicht erreichbar; bis 15:30 Uhr.
Die Bestellungen 10231, 10232 und 10240 gehen morgen raus; 1.200 von 3.400.
Preis: 1.234,50 €, Versand 4,99 €, zusammen 1.239,49 €.
Abholung: Hauptstraße 123, 10115 Berlin, Mo–Fr 9–18 Uhr, Sa 10–14 Uhr.
Abholung:\\nHauptstraße 123\\n10115 Berlin
Am 28.11., 29.11. und 30.11.2026 haben wir zu. Vom 28.11.–30.11. liefern wir nicht.
"""


@pytest.mark.parametrize("text", ORDINARY.strip().split("\n"))
def test_an_ordinary_sentence_stays_as_it_is(text: str) -> None:
    """Dates, hours, orders, prices, shares, addresses, in five languages."""
    assert kinds(text.replace("\\n", "\n")) == []


CLOSE = st.text("-_./|~=+*&:,;'\" ", min_size=1, max_size=3).filter(
    lambda gap: gap.count(" ") < 2 and not gap.endswith((", ", "; ", ": ", ". "))
)


@given(st.from_regex(r"[3-9][0-9]{2} [1-9][0-9]{2} [0-9]{3}", fullmatch=True), CLOSE)
def test_no_mark_hides_the_three_groups_of_a_phone_number(
    number: str, gap: str
) -> None:
    text = number.replace(" ", gap)

    found = list(GUARD.strange_numbers(seen(f"zadzwoń {text} teraz")))

    if digits(text) != "600100200":
        assert [digits(each.text) for each in found] == [digits(text)]


PIECES = st.one_of(
    st.dates().map(lambda day: f"{day:%d.%m.}2026"),
    st.dates().map(lambda day: f"2026-{day:%m-%d}"),
    st.times().map(lambda hour: f"{hour:%H:%M}"),
    st.times().map(lambda hour: f"{hour:%H.%M}–23.59"),
    st.integers(0, 9999).map(str),
    st.integers(0, 9_999_999).map(lambda n: f"{n:,} zł".replace(",", " ")),
    st.integers(0, 9_999_999).map(lambda n: f"€{n:,}.50"),
    st.integers(0, 100).map(lambda n: f"{n},5%"),
)
WORDS = st.sampled_from([" zamówień, ", " i ", " do ", " – od ", " (ok.) ", "\n\nOd "])


@given(st.lists(st.tuples(PIECES, WORDS), max_size=12))
def test_what_is_counted_dated_and_priced_between_words_is_no_number(
    pieces: list[tuple[str, str]],
) -> None:
    text = "".join(f"{piece}{word}" for piece, word in pieces)

    assert list(GUARD.strange_numbers(seen(text))) == []


@given(st.text("0123456789 ,.:-+()/|_\n#€%xOl", max_size=200))
def test_a_number_is_where_it_is_said_to_be(text: str) -> None:
    """And none is found in what is left without them."""
    rest = text
    for each in numbers(text):
        assert text[each.start :].startswith(each.text)
        assert len(digits(each.plain)) >= 7
        rest = rest.replace(each.text, "x", 1)

    assert len(rest) <= len(text)


BROKEN_UP = st.sampled_from(
    ["700", "123", "456", "|", "- ", "\n", " ", "*", "> ", "1. ", "\\", "`", "<b>", ",",
     "&nbsp;", "|-|-|\n"]
)  # fmt: skip


@settings(max_examples=50)
@given(st.lists(BROKEN_UP, max_size=20).map("".join))
def test_any_arrangement_of_a_number_is_judged(text: str) -> None:
    try:
        WRITER.prose(text, top=4)
    except Unreadable:
        return
