"""No spelling of a secret leaves the program."""

import base64
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fallback.wire import scrubbing

SECRETS = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x24F), min_size=9, max_size=40
)


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scrubbing, "_known", set())


@given(SECRETS, st.text(max_size=8), st.text(max_size=8))
def test_a_secret_is_taken_out_in_every_form(
    secret: str, before: str, behind: str
) -> None:
    scrubbing.remember(secret)
    whole = f"{before}{secret}{behind}"

    for form in (
        whole,
        quote(whole, safe=""),
        quote(whole),
        quote_plus(whole),
        json.dumps(whole),
        json.dumps(whole, ensure_ascii=False),
        repr(secret),
    ):
        assert secret not in scrubbing.scrub(form)
        assert "***" in scrubbing.scrub(form)


@given(SECRETS.filter(str.isascii), st.text("ab:", max_size=7))
def test_basic_authentication_does_not_carry_it_out(secret: str, user: str) -> None:
    scrubbing.remember(secret)
    header = base64.b64encode(f"{user}{secret}".encode()).decode()

    left = scrubbing.scrub(header)

    assert "***" in left
    assert len(left.replace("***", "")) <= len(header) - 4 * len(secret) // 3 + 4


def test_a_short_secret_does_not_eat_ordinary_words() -> None:
    scrubbing.remember("abc")

    assert scrubbing.scrub("abcdef") == "abcdef"
