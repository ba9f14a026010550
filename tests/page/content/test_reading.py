"""Bytes of any sort become text that is safe to show."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fallback.page.content.reading import clean, read

POLISH = "Zażółć gęślą jaźń — “dziś”"


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be"],
)
def test_unicode_in_every_form_is_read(encoding: str) -> None:
    """With a mark or by its zero bytes, UTF is recognized."""
    assert read(POLISH.encode(encoding), "pl").text == POLISH


@pytest.mark.parametrize("mark", [b"\xfe\xff", b"\x00\x00\xfe\xff"])
def test_big_endian_marks_are_read(mark: bytes) -> None:
    """UTF-16 and UTF-32 in network order."""
    encoding = "utf-16-be" if len(mark) == 2 else "utf-32-be"

    assert read(mark + POLISH.encode(encoding), "pl").text == POLISH


@pytest.mark.parametrize(
    ("language", "text", "encoding"),
    [
        ("en", "Café – “sorry”, 20 €", "cp1252"),
        ("de", "Grüße, größer", "cp1252"),
        ("pl", "Zażółć gęślą jaźń", "cp1250"),
        ("uk", "Магазин не працює", "cp1251"),
    ],
)
def test_old_windows_files_are_read_and_the_guess_is_said(
    language: str, text: str, encoding: str
) -> None:
    """What is no UTF-8 is what old programs wrote in that language."""
    got = read(text.encode(encoding), language)

    assert got.text == text
    assert got.guessed == encoding


@given(st.binary(max_size=400), st.sampled_from(["pl", "en", "he", "xx"]))
def test_any_bytes_become_text_without_unsafe_letters(
    body: bytes, language: str
) -> None:
    """No control character, override or surrogate survives, and nothing fails."""
    text = read(body, language).text

    text.encode()
    assert not any(ord(letter) < 32 and letter not in "\t\n" for letter in text)
    assert not set(text) & set("\x7f\x85\u202e\u2066\ue000\ufeff\ufffe")


def test_every_line_end_is_a_newline() -> None:
    """Windows, old Mac and Unicode's own."""
    assert clean("a\r\nb\rc\u2028d\u0085e") == "a\nb\nc\nd\ne"
