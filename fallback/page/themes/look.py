"""What a shop's own brand brings into a theme: colours that can be read, and a logo.

A style sheet gets the colours as custom properties: in light and in dark, each text
with at least 4.5:1 on what it stands on, whatever the owner chose.

``--paper`` what everything stands on · ``--ink`` text · ``--soft`` text that matters
less · ``--line`` borders · ``--accent`` links · ``--panel`` the brand's own colour as a
surface, ``--on-panel`` what is written on it · ``--plate`` what the logo stands on
"""

from base64 import b64encode
from collections.abc import Iterator

import attrs
from attrs import field, frozen
from markupsafe import escape

from fallback.core.config import FILE_NAME, Brand
from fallback.core.errors import Problem
from fallback.core.settings.colours import (
    READABLE,
    WHITE,
    Colour,
    contrast,
    opposite,
    readable,
)
from fallback.core.text import T

OUR_COLOUR = Colour.parse("#175e54")
_DARK_PAPER = Colour.parse("#16181a")
_ICON = b"GIF89a\1\0\1\0\x80\0\0%b,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"  # two colours, one dot


@frozen
class Scheme:
    """The colours of one scheme, light or dark, by what they are for."""

    paper: Colour
    ink: Colour
    soft: Colour
    line: Colour
    accent: Colour
    panel: Colour
    on_panel: Colour

    @classmethod
    def of(cls, paper: Colour, colour: Colour) -> "Scheme":
        """Return a scheme on *paper* in which every text is readable."""
        ink = readable(opposite(paper).mixed(paper, 0.1), paper)
        return cls(
            paper,
            ink,
            soft=readable(ink.mixed(paper, 0.3), paper),
            line=ink.mixed(paper, 0.8),
            accent=readable(colour, paper),
            panel=colour,
            on_panel=_on(colour),
        )


@frozen
class Schemes:
    """The brand in light and in dark."""

    light: Scheme
    dark: Scheme

    @classmethod
    def of(cls, brand: Brand) -> "Schemes":
        """Return both; what *brand* leaves open is chosen to fit."""
        paper = brand.background or WHITE
        night = paper if opposite(paper) == WHITE else _DARK_PAPER
        colour = brand.color or OUR_COLOUR
        return cls(
            Scheme.of(paper, colour),
            Scheme.of(brand.dark_background or night, brand.dark_color or colour),
        )

    def style(self, wanted: str) -> str:
        """Return the custom properties that the style sheet *wanted* asks for."""
        light = _properties(self.light, wanted)
        if "var(--plate" in wanted:
            light.append(f"--plate:{self.light.paper}")
        if not light:
            return ""
        dark = ";".join(
            each for each in _properties(self.dark, wanted) if each not in light
        )
        return (
            f":root{{{';'.join(light)}}}"
            f"@media (prefers-color-scheme:dark){{:root{{{dark}}}}}"
        )

    def noticed(self, brand: Brand) -> Iterator[Problem]:
        """Yield what the owner chose and does not get everywhere, and what instead."""
        chosen = (
            ("brand.color", brand.color, self.light),
            ("brand.dark_color", brand.dark_color, self.dark),
        )
        for key, colour, scheme in chosen:
            if colour and scheme.accent != colour:
                yield Problem(
                    FILE_NAME,
                    0,
                    T(
                        "{key}: nobody can read {colour} on {paper}, so links and"
                        " headings are {made}",
                        key=key,
                        colour=str(colour),
                        paper=str(scheme.paper),
                        made=str(scheme.accent),
                    ),
                    T("surfaces keep your colour; a darker one would serve for both")
                    if opposite(scheme.paper) != WHITE
                    else T("surfaces keep your colour; a lighter one serves for both"),
                )


@frozen
class Look:
    """A brand, ready for a theme. ``icon`` and ``logo`` are ``data:`` addresses."""

    icon: str = field(factory=lambda: icon(OUR_COLOUR))
    style: str = ""
    logo: str = ""

    def picture(self, name: str) -> str:
        """Return the logo as an element that says *name*; ``""`` without a logo."""
        if not self.logo:
            return ""
        return f'<img src="{escape(self.logo)}" alt="{escape(name)}" height="48">'


def icon(colour: Colour) -> str:
    """Return a spot of *colour* for the browser's tab, as an address.

    A GIF of one pixel: there is no smaller picture that every browser takes for an
    icon (https://www.w3.org/Graphics/GIF/spec-gif89a.txt).
    """
    pixel = bytes((colour.red, colour.green, colour.blue))
    return f"data:image/gif;base64,{b64encode(_ICON % (pixel * 2)).decode()}"


def _on(colour: Colour) -> Colour:
    """Return what is written on *colour*: white wherever that can be read."""
    return WHITE if contrast(WHITE, colour) >= READABLE else opposite(colour)


def _properties(scheme: Scheme, wanted: str) -> list[str]:
    named = attrs.asdict(scheme, recurse=False)
    return [
        f"--{name}:{colour}"
        for name, colour in ((key.replace("_", "-"), c) for key, c in named.items())
        if f"var(--{name})" in wanted
    ]
