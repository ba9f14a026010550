"""Colours, and whether they can be read on one another (WCAG 2.2, 1.4.3)."""

import re

from attrs import frozen

READABLE = 4.5
"""The least contrast of a text with what it stands on (WCAG 2.2, level AA)."""
_STEPS = 256


@frozen
class Colour:
    """A colour of the web: red, green and blue from 0 to 255 (sRGB)."""

    red: int
    green: int
    blue: int

    @classmethod
    def parse(cls, text: str) -> "Colour":
        """Return the colour that *text* spells: ``#b3261e``, or ``#b32`` for short.

        Raises ``ValueError`` for anything else.
        """
        found = re.fullmatch(r"#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})", text)
        if not found:
            raise ValueError("not a colour")
        digits = found[1]
        if len(digits) == 3:
            digits = "".join(digit * 2 for digit in digits)
        return cls(*bytes.fromhex(digits))

    def __str__(self) -> str:
        """Return the colour as style sheets spell it, as short as possible."""
        spelled = bytes((self.red, self.green, self.blue)).hex()
        if spelled[::2] == spelled[1::2]:
            spelled = spelled[::2]
        return f"#{spelled}"

    @property
    def luminance(self) -> float:
        """Return the relative luminance, from 0 to 1 (WCAG 2.2, its glossary)."""
        red, green, blue = map(_linear, (self.red, self.green, self.blue))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    def mixed(self, other: "Colour", share: float) -> "Colour":
        """Return this colour with *share* (0 to 1) of *other* in it."""
        return Colour(
            *(
                round(mine + (theirs - mine) * share)
                for mine, theirs in (
                    (self.red, other.red),
                    (self.green, other.green),
                    (self.blue, other.blue),
                )
            )
        )


BLACK, WHITE = Colour(0, 0, 0), Colour(255, 255, 255)


def contrast(one: Colour, other: Colour) -> float:
    """Return the contrast ratio of two colours, from 1 to 21 (WCAG 2.2)."""
    light, dark = sorted((one.luminance, other.luminance), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def opposite(paper: Colour) -> Colour:
    """Return black or white, whichever is easier to read on *paper*: always readable.

    The worse of the two contrasts with any paper is at most 21 ** 0.5, and so the
    better one at least that: 4.58.
    """
    return max(WHITE, BLACK, key=lambda ink: contrast(ink, paper))


def readable(wanted: Colour, paper: Colour) -> Colour:
    """Return *wanted*, or the colour nearest to it that is readable on *paper*.

    It is made darker or lighter, and keeps as much of its hue as it can.
    """
    end = opposite(paper)
    mixes = (wanted.mixed(end, step / _STEPS) for step in range(_STEPS + 1))
    return next(each for each in mixes if contrast(each, paper) >= READABLE)


def _linear(part: int) -> float:
    share = part / 255
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
