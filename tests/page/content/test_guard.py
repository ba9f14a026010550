"""Links and numbers in content must stand in the configuration."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fallback.core.config import Config
from fallback.page.content.guard import Guard, seen
from fallback.page.content.numbers import Kind


@pytest.fixture
def guard(config: Config) -> Guard:
    return Guard.of(config)


@pytest.mark.parametrize(
    "link",
    [
        "https://kwiaty.example",
        "https://kwiaty.example/produkt/1?a=b#c",
        "https://www.facebook.com/kwiaty",
        "https://www.facebook.com/kwiaty/posts/1",
        "https://WWW.Facebook.com/kwiaty",
        "mailto:kwiaty.awaria@elsewhere.example",
        "mailto:Kwiaty.Awaria@elsewhere.example?subject=hello",
        "tel:+48600100200",
        "tel:+48-600-100-200",
        "sms:+48600100200",
    ],
)
def test_what_the_configuration_holds_may_be_linked(guard: Guard, link: str) -> None:
    """The shop, its profiles, its mail and its phone."""
    assert guard.allows(link)


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example",
        "https://kwiaty.example.evil.example",
        "https://kwiaty.example@evil.example",
        "https://kwiaty.example:8443/",
        "https://www.facebook.com/kwiatyevil",
        "https://www.facebook.com/kwiaty/../evil",
        "https://www.facebook.com/kwiaty/%2e%2e/evil",
        "https://www.facebook.com/kwiaty/..%2fevil",
        "https://www.facebook.com/kwiaty\\..\\evil",
        "https://www.facebook.com/other",
        "https:\\\\evil.example",
        "https://[",
        "//kwiaty.example",
        "/produkt",
        "#top",
        "",
        "http://kwiaty.example",
        "ftp://kwiaty.example",
        "javascript:alert(1)",
        " javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "mailto:evil@elsewhere.example",
        "mailto:kwiaty.awaria@elsewhere.example?cc=evil@x.example",
        "mailto:kwiaty.awaria@elsewhere.example?subject=a&BCC=evil@x.example",
        "mailto:kwiaty.awaria@elsewhere.example,evil@x.example",
        "tel:+48600100201",
        "tel:",
        "sms:+1900",
    ],
)
def test_nothing_else_may_be_linked(guard: Guard, link: str) -> None:
    """No way of writing a link leads a customer elsewhere."""
    assert not guard.allows(link)


@pytest.mark.parametrize(
    "text",
    [
        "call +48 600 100 200",
        "call 600 100 200 or 600-100-200",
        "call 0600100200",
        "call 0048 600 100 200",
        "since 2026-11-22 09:40, on 22.11.2026, 22-24.12.2026",
        "call 600 100 200 (8–20), 600-100-200, 8–20",
        "open 8.00-20.00, 14.30 - 16.30, 8:00–20:00",
        "22.11 14.30",
        "order 12345678 of 1 200 000 zł and 12 000 000",
        "1.299,00 zł, 2500000 EUR",
        "in 2025 2026 and 2027",
        "Kwiatowa 12/3, 00-950 Warszawa",
        "order KW/2026/11/0022",
        "https://www.facebook.com/kwiaty/posts/1234567890123",
        "24 hours a day, 100 %",
    ],
)
def test_ordinary_numbers_are_left_alone(guard: Guard, text: str) -> None:
    """Dates, hours, prices, order numbers and the shop's own phone."""
    assert list(guard.strange_numbers(seen(text))) == []


@pytest.mark.parametrize(
    "text",
    [
        "600 100 201",
        "600100201",
        "+48600100201",
        "(22) 555 01 23",
        "22/555-01-23",
        "555 01 23",
        "+1 900 555 0123",
        "６００ １００ ２０１",
        "٦٠٠ ١٠٠ ٢٠١",
        "600\u200b100\u200b201",
        "600‑100‑201",
        "600 100 201",
        "600·100·201",
    ],
)
def test_another_phone_number_is_seen_in_every_disguise(
    guard: Guard, text: str
) -> None:
    """Digits of every script, wide letters, invisible letters, odd dashes."""
    (stranger,) = guard.strange_numbers(seen(f"please call {text} now"))

    assert stranger.kind is Kind.PHONE


@pytest.mark.parametrize(
    "text",
    [
        "PL61109010140000071219812874",
        "PL61 1090 1014 0000 0712 1981 2874",
        "61 1090 1014 0000 0712 1981 2874",
        "GB33BUKB20201555555555",
        "4111 1111 1111 1111",
    ],
)
def test_an_account_number_is_never_said(guard: Guard, text: str) -> None:
    """The configuration has no place for one, so there is none to be right."""
    kinds = {each.kind for each in guard.strange_numbers(seen(f"pay to {text}."))}

    assert Kind.ACCOUNT in kinds


@pytest.mark.parametrize(
    ("text", "strange"),
    [
        ("see www.kwiaty.example or https://kwiaty.example/a", ["www.kwiaty.example"]),
        ("see https://www.facebook.com/kwiaty.", []),
        ("write to kwiaty.awaria@elsewhere.example", []),
        ("write to evil@x.example, or http://evil.example/pay!",
         ["evil@x.example", "http://evil.example/pay"]),
    ],
)  # fmt: skip
def test_addresses_that_people_copy_are_noticed(
    guard: Guard, text: str, strange: list[str]
) -> None:
    """Even where no browser makes a link of them."""
    assert list(guard.strange_addresses(text)) == strange


@given(st.text(max_size=200))
def test_any_text_is_judged(text: str) -> None:
    """Nothing that can be written breaks the guard."""
    guard = Guard(
        ("https://a.example/b",), "a@b.example", frozenset({"48600100200"}), ""
    )

    guard.allows(text)
    list(guard.strange_addresses(seen(text)))
    list(guard.strange_numbers(seen(text)))
