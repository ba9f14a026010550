"""A shop as somebody types it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fallback.core.errors import UsageError
from fallback.core.outlook.typed_domain import typed_domain


@pytest.mark.parametrize(
    ("typed", "url", "mended"),
    [
        ("kwiaty.example", "https://kwiaty.example", False),
        ("https://Kwiaty.example/kosz?x=1", "https://kwiaty.example", True),
        ("kwiaty.example.", "https://kwiaty.example", False),
        ("https://kwiaty.example/kosz", "https://kwiaty.example", True),
        ("www.kwiaty.example/", "https://www.kwiaty.example", False),
        ("http://kwiaty.example:8080", "http://kwiaty.example:8080", False),
        ("„kwiaty.example”", "https://kwiaty.example", False),
        ("kwiaty。example", "https://kwiaty.example", True),
    ],
)
def test_more_than_a_domain_is_understood(typed: str, url: str, mended: bool) -> None:
    found = typed_domain(typed)
    assert (found.url, found.mended) == (url, mended)


def test_a_name_in_any_script_is_one_with_its_spelling_for_machines() -> None:
    typed, spelled = typed_domain("żółw.example"), typed_domain("xn--w-uga1v8h.example")
    assert typed == spelled
    assert typed.told == "żółw.example (xn--w-uga1v8h.example)"
    assert not typed.mended


@pytest.mark.parametrize(
    ("typed", "domain"),
    [
        ("fußball.example", "xn--fuball-cta.example"),
        ("FUSSBALL.example", "fussball.example"),
        ("βόλος.example", "xn--nxasmm1c.example"),
        ("Żółw.example", "xn--w-uga1v8h.example"),
    ],
)
def test_a_name_is_spelled_as_browsers_spell_it(typed: str, domain: str) -> None:
    found = typed_domain(typed)
    assert (found.domain, found.shown) == (domain, typed.lower())


@pytest.mark.parametrize(
    "typed",
    [
        "", "kwiaty", "localhost", "ania@kwiaty.example", "192.0.2.1", "[::1]",
        "https://u:p@x.example", "ftp://x.example", "a b.example", "x.example:99999",
        f"{'x' * 64}.example", "*.kwiaty.example", "xn--\udcff.example",
        "kwi\naty.example", "a.example\tb.example",
    ],
)  # fmt: skip
def test_what_is_no_domain_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(UsageError) as error:
        typed_domain(typed)
    assert "kwiaty.example" in str(error.value.next)


@given(st.text(max_size=60))
def test_whatever_is_typed_is_understood_or_refused(typed: str) -> None:
    try:
        found = typed_domain(typed)
    except UsageError:
        return
    assert found.domain.isascii()
    assert typed_domain(found.url).domain == found.domain
