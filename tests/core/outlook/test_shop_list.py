"""Lists of shops, as spreadsheets and people write them."""

import csv
from io import StringIO

from hypothesis import given
from hypothesis import strategies as st

from fallback.core.outlook.shop_list import ShopRow, is_written, read_list, written_list
from fallback.core.outlook.typed_domain import typed_domain


def domains(text: str) -> list[str]:
    return [row.shop.domain for row in read_list(text, "shops.csv").rows]


def test_a_domain_a_line_is_enough() -> None:
    assert domains("a.example\n\n# our own\nhttps://b.example/x\n") == [
        "a.example",
        "b.example",
    ]


def test_a_header_and_further_columns_are_kept_whatever_separates_them() -> None:
    for separator in ",;\t":
        text = f'\ufeffKlient{separator}Domena\r\n"Ania"{separator}a.example\r\n'
        found = read_list(text, "shops.csv")
        (row,) = found.rows
        assert (row.line, row.shop.domain) == (2, "a.example")
        assert row.beside == {"Klient": "Ania"}
        assert found.separator == separator


def test_a_broken_line_is_named_and_the_rest_goes_on() -> None:
    found = read_list("a.example\nnot a domain\nb.example,x\n", "shops.csv")
    assert [row.line for row in found.rows] == [1, 3]
    (problem,) = found.problems
    assert problem.place == "shops.csv:2"
    assert "not a domain" in str(problem.what)


def test_what_a_server_says_becomes_no_formula() -> None:
    row = ShopRow(1, typed_domain("a.example"), {"note": "=1+1"})
    text = written_list([(row, {"web": "=cmd()", "next": "do, this"})],
                        ("web", "next"), ",")  # fmt: skip
    assert list(csv.reader(StringIO(text))) == [
        ["web", "next", "note"],
        ["'=cmd()", "do, this", "=1+1"],
    ]


def test_the_column_of_domains_is_found_whatever_it_is_called() -> None:
    text = "Klient;Adres sklepu;Opiekun\nAnia;a.example;x\nBob;b.example;y\n"
    assert domains(text) == ["a.example", "b.example"]
    bare = "Ania;a.example\nBob;b.example\n"
    assert domains(bare) == ["a.example", "b.example"]


def test_a_table_of_ours_may_be_the_next_list() -> None:
    columns = ("domain", "grade", "next")
    row = ShopRow(1, typed_domain("a.example"), {"Klient": "Ania"})
    said = {"domain": "a.example", "grade": "A", "next": "x"}
    first = written_list([(row, said)], columns, ";")
    assert is_written(first, columns)
    (again,) = read_list(first, "out.csv").rows
    assert written_list([(again, said)], columns, ";") == first
    assert not is_written("domain;Klient\na.example;Ania\n", columns)


@given(st.text(max_size=200))
def test_no_list_can_break_the_reader(text: str) -> None:
    found = read_list(text, "shops.csv")
    assert all(row.line > 0 for row in found.rows)
