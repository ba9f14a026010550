"""A brand's colours: all of the owner's choice, and all of it can be read."""

import re
from base64 import b64decode

from hypothesis import given
from hypothesis import strategies as st

from fallback.core.config import Brand
from fallback.core.settings.colours import READABLE, Colour, contrast
from fallback.page.themes.look import Look, Schemes, icon
from fallback.wire import shipped

PART = st.integers(0, 255)
COLOURS = st.builds(Colour, PART, PART, PART)
BRANDS = st.builds(
    Brand,
    logo=st.none(),
    color=st.none() | COLOURS,
    background=st.none() | COLOURS,
    dark_color=st.none() | COLOURS,
    dark_background=st.none() | COLOURS,
)
PAIRS = (
    ("ink", "paper"),
    ("soft", "paper"),
    ("accent", "paper"),
    ("on-panel", "panel"),
)
STYLE = (shipped.themes() / "brand" / "style.css").read_text("utf-8")


def properties(style: str) -> list[dict[str, str]]:
    """Return the custom properties in light, and in dark."""
    light, _, dark = style.partition("@media (prefers-color-scheme:dark)")
    first = dict(re.findall(r"--([\w-]+):(#\w+)", light))
    return [first, first | dict(re.findall(r"--([\w-]+):(#\w+)", dark))]


@given(BRANDS)
def test_every_text_is_readable_whatever_was_chosen(brand: Brand) -> None:
    for colours in properties(Schemes.of(brand).style(STYLE)):
        for text, ground in PAIRS:
            pair = Colour.parse(colours[text]), Colour.parse(colours[ground])
            assert contrast(*pair) >= READABLE, (text, ground)


@given(COLOURS, COLOURS)
def test_surfaces_have_the_very_colour_that_was_chosen(
    colour: Colour, paper: Colour
) -> None:
    brand = Brand(color=colour, background=paper)
    light, dark = properties(Schemes.of(brand).style(STYLE))

    assert light["panel"] == dark["panel"] == str(colour)
    assert light["paper"] == light["plate"] == str(paper)


@given(BRANDS)
def test_the_owner_is_told_of_every_colour_that_gave_way(brand: Brand) -> None:
    schemes = Schemes.of(brand)
    told = " ".join(str(problem.what) for problem in schemes.noticed(brand))

    for key, colour, scheme in (
        ("brand.color", brand.color, schemes.light),
        ("brand.dark_color", brand.dark_color, schemes.dark),
    ):
        gave_way = colour is not None and scheme.accent != colour
        assert (f"{key}: " in told) == gave_way
        assert not gave_way or str(scheme.accent) in told


def test_a_shop_on_dark_paper_stays_dark_at_night() -> None:
    brand = Brand(background=Colour.parse("#101418"))

    assert Schemes.of(brand).dark.paper == brand.background


def test_a_style_gets_only_the_properties_that_it_asks_for() -> None:
    schemes = Schemes.of(Brand(color=Colour.parse("#b3261e")))

    assert schemes.style("p { color: red }") == ""
    assert properties(schemes.style("p{color:var(--accent)}"))[0].keys() == {"accent"}


@given(COLOURS)
def test_the_icon_is_one_pixel_in_the_shops_colour(colour: Colour) -> None:
    """As browsers decode a GIF: a screen of one pixel, and the first colour for it."""
    kind, _, data = icon(colour).partition(",")
    picture = b64decode(data, validate=True)

    assert kind == "data:image/gif;base64"
    assert picture.startswith(b"GIF89a\1\0\1\0\x80")
    assert tuple(picture[13:16]) == (colour.red, colour.green, colour.blue)
    clear, first, end = 4, 0, 5  # three bits each, the lowest first
    bits = clear | first << 3 | end << 6
    assert picture.endswith(b"\2\2" + bits.to_bytes(2, "little") + b"\0;")


def test_a_logo_says_the_shops_name() -> None:
    look = Look(logo="data:image/png,x")

    assert look.picture('Ani & "Co"') == (
        '<img src="data:image/png,x" alt="Ani &amp; &#34;Co&#34;" height="48">'
    )
    assert Look().picture("x") == ""
