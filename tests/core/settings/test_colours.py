"""Whatever colour an owner chooses, what is written with it can be read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fallback.core.settings.colours import (
    BLACK,
    READABLE,
    WHITE,
    Colour,
    contrast,
    opposite,
    readable,
)

PART = st.integers(0, 255)
COLOURS = st.builds(Colour, PART, PART, PART)


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000", "#fff", 21.0),
        ("#777", "#fff", 4.48),  # the two greys that WebAIM tells beginners of
        ("#767676", "#fff", 4.54),
        ("#b3261e", "#ffffff", 6.54),
        ("#123456", "#123456", 1.0),
    ],
)
def test_contrast_is_what_everybody_computes(
    one: str, other: str, ratio: float
) -> None:
    assert contrast(Colour.parse(one), Colour.parse(other)) == pytest.approx(
        ratio, abs=0.006
    )


@given(COLOURS, COLOURS)
def test_a_colour_made_readable_is_readable(wanted: Colour, paper: Colour) -> None:
    assert contrast(readable(wanted, paper), paper) >= READABLE


@given(COLOURS, COLOURS)
def test_a_colour_that_is_readable_stays(wanted: Colour, paper: Colour) -> None:
    if contrast(wanted, paper) >= READABLE:
        assert readable(wanted, paper) == wanted


@given(COLOURS)
def test_black_or_white_is_readable_on_anything(paper: Colour) -> None:
    assert contrast(opposite(paper), paper) >= READABLE
    assert opposite(paper) in (BLACK, WHITE)


@given(COLOURS)
def test_a_colour_is_spelled_as_it_is_read(colour: Colour) -> None:
    assert Colour.parse(str(colour)) == colour


@pytest.mark.parametrize(
    "text", ["", "red", "#12", "#12345", "#ggg", "#1234567", "fff"]
)
def test_what_is_no_colour_is_none(text: str) -> None:
    with pytest.raises(ValueError):
        Colour.parse(text)
