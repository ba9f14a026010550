"""The picture that is drawn says a name whole and right, or there is none."""

import io

import pytest
from PIL import Image, features

from fallback.core.settings.colours import WHITE, Colour
from fallback.page.content.pictures import MOST_BYTES, Picture
from fallback.page.drawing import SIZE, Words, drawn
from fallback.wire.fonts import fonts

PAPER = Colour.parse("#175e54")
LINE = "Co się stało, jak się z nami skontaktować i kiedy napiszemy znowu."
ARABIC = "ما الذي حدث، وكيف تتواصلون معنا، ومتى نكتب مجددًا."


def picture(
    name: str, line: str = LINE, language: str = "pl", **more
) -> Picture | None:
    return drawn(Words(name, line, language), PAPER, WHITE, more.get("using", fonts()))


def inked(found: Picture | None) -> tuple[int, int, int, int]:
    """Return where there is something on the paper: left, top, right, bottom."""
    assert found is not None
    with Image.open(io.BytesIO(found.body)) as image:
        ink = image.convert("L").point(lambda shade: 255 if shade > 128 else 0)
        return ink.getbbox() or (0, 0, 0, 0)


def test_the_name_and_one_line_stand_on_a_picture_of_the_usual_size() -> None:
    found = picture("Kwiaty u Ani")

    assert found is not None
    assert (found.width, found.height) == SIZE == (1200, 630)
    assert Picture.of(found.body) == found
    assert len(found.body) < MOST_BYTES // 20
    left, top, right, bottom = inked(found)
    assert left >= 90
    assert right <= 1110
    assert 40 <= top < bottom <= 590


def test_the_same_words_give_the_same_bytes() -> None:
    assert picture("Kwiaty u Ani") == picture("Kwiaty u Ani")
    assert picture("Kwiaty u Ani") != picture("Kwiaty u Oli")


@pytest.mark.skipif(not features.check("raqm"), reason="this Pillow cannot shape")
def test_a_name_from_right_to_left_begins_at_the_right() -> None:
    """And its letters are joined: as wide as when they are drawn together."""
    left, _, right, _ = inked(picture("زهور آني", ARABIC, "ar"))

    assert right > 1090
    assert left > 96


def test_without_a_shaper_only_plain_scripts_are_drawn(monkeypatch) -> None:
    """Letters that join would stand apart, and in the wrong order."""
    monkeypatch.setattr(features, "check", lambda name: False)

    assert picture("زهور آني", "x", "ar") is None
    assert picture("ดอกไม้", "x", "th") is None
    assert picture("Kwiaty u Ani") is not None
    assert picture("Квіти Ані", "x", "uk") is not None


@pytest.mark.parametrize("name", ["Flowers \U0001f338", "\u13a0\u13e9\u13be \ufffe"])
def test_a_letter_that_no_font_has_leaves_the_picture_out(name: str) -> None:
    assert picture(name) is None


def test_the_font_that_comes_with_pillow_serves_plain_english_only() -> None:
    assert picture("Flowers", "What has happened.", "en", using=()) is not None
    assert picture("Kwiaty", using=()) is None
    assert picture("Flowers", "What.", "en", using=[b"no font"]) is not None


@pytest.mark.parametrize("name", ["A" * 80, "Kwiaty " * 60])
def test_a_name_that_does_not_fit_leaves_the_picture_out(name: str) -> None:
    assert picture(name) is None


def test_a_long_name_is_drawn_smaller() -> None:
    _, top, right, bottom = inked(picture("Kwiaciarnia internetowa Anny i Marii " * 2))

    assert right <= 1110
    assert 40 <= top < bottom <= 600
