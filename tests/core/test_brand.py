"""``[brand]``: a few settings, each read or refused with what to type instead."""

from pathlib import Path

import pytest

from fallback import dns, hosts, stores
from fallback.core.config import Brand
from fallback.core.errors import ConfigError
from fallback.core.settings import toml
from fallback.core.settings.colours import Colour

KINDS = {"hosts": hosts.settings(), "dns": dns.settings(), "state": stores.settings()}
SITE = """\
[shop]
name = "Kwiaty u Ani"
url = "https://kwiaty.example"
[contact]
email = "awaria@elsewhere.example"
phone = "+48600100200"
[primary]
contains = "Dodaj do koszyka"
[[hosts]]
kind = "folder"
path = "a"
"""


def brand(lines: str) -> Brand:
    return toml.parse(f"{SITE}[brand]\n{lines}\n", KINDS, Path("/site")).brand


def test_a_brand_is_read() -> None:
    assert brand('logo = "logo.svg"\ncolor = "#B32"\ndark_color = "#ffd000"') == Brand(
        logo=Path("/site/logo.svg"),
        color=Colour.parse("#bb3322"),
        dark_color=Colour.parse("#ffd000"),
    )


def test_without_it_everything_is_chosen_to_fit() -> None:
    assert toml.parse(SITE, KINDS, Path("/site")).brand == Brand()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('color = "red"', '"red" is not a colour such as #b3261e'),
        ('color = "b3261e"', "#b3261e"),
        ("color = 123456", "a text is expected, not a number"),
        ('colour = "#123"', "did you mean color"),
        ('logo = ""', "this is empty"),
    ],
)
def test_what_is_no_brand_is_refused_with_its_line(line: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        brand(line)

    (problem,) = caught.value.problems
    assert problem.line == SITE.count("\n") + 2
    assert said in " ".join(map(str, problem.told()))
