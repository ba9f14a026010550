"""Whatever was seen of a shop, the answers make settings that can be used."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fallback.actions.site import kinds
from fallback.core.holders.company import Company
from fallback.core.holders.company_list import COMPANIES
from fallback.core.settings.toml import parse
from fallback.core.settings.values import Wrong
from fallback.core.wizard import new_site, starter
from fallback.core.wizard.interview import Doubt, questions, shop_address
from fallback.core.wizard.new_site import Machine
from fallback.core.wizard.proposals import Seen
from fallback.core.wizard.storefront import Storefront
from fallback.wire import shipped

REFERENCE = (shipped.starter() / "fallback.toml").read_text("utf-8")
GIVEN = {
    "url": "https://kwiaty.example",
    "name": "Kwiaty",
    "email": "ania@elsewhere.example",
    "phone": "+48600100200",
}
MACHINE = Machine("pl", "Europe/Warsaw")
ASKED = {"account": "0" * 32, "host": "h.example", "user": "u", "path": "/srv/page"}
KINDS = kinds()

_some = st.lists(st.sampled_from(COMPANIES), max_size=2).map(tuple)
_seen = st.builds(
    Seen,
    st.just(GIVEN["url"]),
    st.sampled_from([True, False, None]),
    zone=st.sampled_from(["", "kwiaty.example"]),
    contains=st.sampled_from(["", "Do koszyka"]),
    front=st.builds(
        Storefront,
        languages=st.sampled_from([(), ("pl",), ("de", "ar")]),
        text=st.just("do koszyka"),
    ),
    dns=_some,
    web=_some,
    mail=_some,
)


@settings(max_examples=30)
@given(_seen)
def test_what_is_proposed_can_be_used_at_once(seen: Seen) -> None:
    full = new_site.completed(GIVEN, seen, MACHINE)

    text = starter.settings(REFERENCE, new_site.answers(full, seen))

    config = parse(text, KINDS, shipped.starter())
    assert len(config.hosts) == 2
    assert bool(config.dns) is bool(seen.zone)


@settings(max_examples=30)
@given(_seen)
def test_whoever_takes_everything_answers_little_more(seen: Seen) -> None:
    """Enter at each question that offers something; the rest only the owner knows."""
    given = dict(GIVEN)
    for question in questions(given, seen, MACHINE, KINDS):
        typed = question.usual or ASKED.get(question.key, "")
        read = question.reader(typed)
        value = list(read) if isinstance(read, tuple) else typed
        if question.table:
            given.setdefault(question.table, {})[question.key] = value
        else:
            given[question.key] = value

    made = new_site.answers(new_site.completed(given, seen, MACHINE), seen)

    parse(starter.settings(REFERENCE, made), KINDS, shipped.starter())
    companies: list[Company] = [*seen.held]
    shared = {company.id for company in companies}
    assert not shared & {
        {"s3": "aws", "netlify": "netlify", "cloudflare_worker": "cloudflare"}.get(
            table.kind
        )
        for table in made.hosts
    }


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("kwiaty.example", "https://kwiaty.example"),
        (" https://kwiaty.example/ ", "https://kwiaty.example"),
        ("http://kwiaty.example:8080", "http://kwiaty.example:8080"),
        ("https://kwiaty.example/pl/?utm=x#top", "https://kwiaty.example/pl"),
        ("łąka.example", "https://xn--ka-ola7v.example"),
    ],
)
def test_an_address_is_understood_as_it_is_typed(typed: str, address: str) -> None:
    assert shop_address(typed) == address


@pytest.mark.parametrize(
    "typed", ["", "kwiaty", "ania@kwiaty.example", "https://", "a b"]
)
def test_what_is_no_address_is_asked_for_again(typed: str) -> None:
    with pytest.raises(Wrong) as wrong:
        shop_address(typed)

    assert not isinstance(wrong.value, Doubt)
