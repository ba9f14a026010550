"""Draws the picture beside a shared link: the shop's name, and what the page is about.

Only for who has the extra ``image`` (Pillow). A name is drawn whole and right, or not
at all: with a font that has every letter of it, and with a shaper (Raqm) for scripts
whose letters join or run from right to left.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from io import BytesIO
from typing import Any

from attrs import frozen

from fallback.core.settings.colours import Colour
from fallback.page.bidi import direction
from fallback.page.content.pictures import Picture

SIZE = (1200, 630)
"""Pixels: what every network shows whole (Facebook, "Images in Link Shares")."""
_MARGIN = 96
_GAP = 40
_LINES = 4
# scripts of which each letter stands for itself, from left to right: Latin, Greek,
# Cyrillic, Armenian, Georgian, punctuation, kana, hangul, Chinese
_PLAIN = re.compile(
    "[\u0020-\u02ff\u0370-\u0482\u048a-\u058f\u10a0-\u10ff\u1e00-\u200a\u2010-\u2027"
    "\u2030-\u205e\u2070-\u218f\u3000-\u312f\uac00-\ud7a3\u4e00-\u9fff\uff01-\uffee]*"
)
_UNSEEN = re.compile("[\\s\u200b-\u200f\u2060-\u2069\ufe0e\ufe0f]")


_Load = Callable[[float], Any]
"""Gives a font of Pillow's in one size; it uses Raqm where that is there."""


@frozen
class Words:
    """What is drawn, in *language*: the shop's name large, and one line below it."""

    name: str
    line: str
    language: str


def drawn(
    words: Words, paper: Colour, ink: Colour, fonts: Iterable[bytes]
) -> Picture | None:
    """Return *words* as a picture in *ink* on *paper*.

    The first of *fonts* (TrueType or OpenType) that has all letters is used, at last
    the small one that comes with Pillow. ``None`` when no font has them all, or when
    they cannot be drawn as they are read. Raises ``ImportError`` without Pillow.
    """
    from PIL import Image, ImageDraw, ImageFont, features

    text = unicodedata.normalize("NFC", words.name + words.line)
    plain = _PLAIN.fullmatch(text) is not None
    if not plain and not features.check("raqm"):
        return None
    for load in (*map(_loading, fonts), ImageFont.load_default):
        try:
            font = load(40)
        except OSError:
            continue  # what is no font after all
        shaped = font.layout_engine == ImageFont.Layout.RAQM
        if (plain or shaped) and _has_all(font, text):
            image = Image.new("RGB", SIZE, str(paper))
            language = words.language if shaped else None
            sheet = _Sheet(ImageDraw.Draw(image), load, language)
            return _packed(image) if sheet.fill(words, str(ink)) else None
    return None


def _loading(body: bytes) -> _Load:
    from PIL import ImageFont

    return lambda size: ImageFont.truetype(BytesIO(body), size)


def _has_all(font: Any, text: str) -> bool:
    """Return whether no letter of *text* is drawn as the box for unknown ones."""

    def shape(letter: str) -> tuple[object, bytes]:
        mask = font.getmask(letter)
        return mask.size, bytes(mask)

    unknown = shape("\uffff")
    letters = set(_UNSEEN.sub("", text))
    return all(
        unicodedata.category(each) == "Mn" or shape(each) != unknown for each in letters
    )


@frozen
class _Sheet:
    """Where text is put; ``language`` is ``None`` where nothing can be shaped."""

    draw: Any
    font: _Load
    language: str | None

    def fill(self, words: Words, ink: str) -> bool:
        """Draw *words*; return whether there was room for them."""
        name = self._fitting(words.name, range(104, 48, -8), _LINES)
        line = self._fitting(words.line, range(44, 30, -2), _LINES)
        if name is None or line is None:
            return False
        tall = [self._height(*part) for part in (name, line)]
        top = (SIZE[1] - sum(tall) - _GAP) // 2
        if top < _MARGIN // 2:
            return False
        self._put(*name, top, ink)
        self._put(*line, top + tall[0] + _GAP, ink)
        return True

    def _fitting(
        self, text: str, sizes: Iterable[int], most: int
    ) -> tuple[Any, list[str]] | None:
        for size in sizes:
            font = self.font(size)
            lines = self._wrapped(text, font)
            if lines and len(lines) <= most:
                return font, lines
        return None

    def _wrapped(self, text: str, font: Any) -> list[str]:
        """Return *text* in lines that fit; none when a single word does not."""
        lines: list[str] = []
        for word in text.split():
            longer = f"{lines[-1]} {word}" if lines else word
            if lines and self._width(longer, font) <= SIZE[0] - 2 * _MARGIN:
                lines[-1] = longer
            elif self._width(word, font) <= SIZE[0] - 2 * _MARGIN:
                lines.append(word)
            else:
                return []
        return lines

    def _width(self, text: str, font: Any) -> float:
        length: float = self.draw.textlength(
            text, font, direction=self._direction, language=self.language
        )
        return length

    def _height(self, font: Any, lines: Sequence[str]) -> int:
        return round(float(font.size) * 1.25) * len(lines)

    def _put(self, font: Any, lines: Sequence[str], top: int, ink: str) -> None:
        right = self._direction == "rtl"
        left, anchor = (SIZE[0] - _MARGIN, "ra") if right else (_MARGIN, "la")
        for number, line in enumerate(lines):
            at = (left, top + self._height(font, lines[:number]))
            self.draw.text(at, line, ink, font, anchor, direction=self._direction,
                           language=self.language)  # fmt: skip

    @property
    def _direction(self) -> str | None:
        return direction(self.language) if self.language else None


def _packed(image: Any) -> Picture:
    """Return *image* as a small PNG: a few shades of two colours, and no more."""
    from PIL import Image

    body = BytesIO()
    few = image.quantize(32, Image.Quantize.MEDIANCUT)
    few.save(body, "PNG", optimize=True)
    return Picture(body.getvalue(), "png", *SIZE)
