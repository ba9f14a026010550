"""What a shop's own brand brings into a theme: colours that can be read, and a logo.

Style sheets get the colours as custom properties: in light and dark, each text with at
least 4.5:1 on what it stands on, whatever the owner chose.

``--paper`` what everything stands on · ``--ink`` text · ``--soft`` text that matters
less · ``--line`` borders · ``--accent`` links · ``--panel`` the brand's own colour as a
surface, ``--on-panel`` what is written on it · ``--plate`` what the logo stands on
"""

from urllib.parse import quote

from attrs import field, frozen
from markupsafe import escape

from fallback.core.colours import WHITE, Colour, contrast, opposite, readable

OUR_COLOUR = Colour.parse("#175e54")
_DARK_PAPER = Colour.parse("#16181a")
_DUSK = 0.18
"""The luminance between light and dark: black and white are equally readable there."""

_ICON = (
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'>"
    "<rect width='8' height='8' rx='2' fill='{panel}'/>"
    "<path d='M2.5 3v2M4 2v4M5.5 3v2' stroke='{on}'/></svg>"
)


def _icon(panel: Colour) -> str:
    """Return a small picture for the browser's tab, as an address."""
    svg = _ICON.format(panel=panel, on=opposite(panel))
    return "data:image/svg+xml," + quote(svg, safe="=/:',;()")


@frozen
class Scheme:
    """The colours of one scheme, light or dark."""

    paper: Colour
    ink: Colour
    soft: Colour
    line: Colour
    accent: Colour
    panel: Colour
    on_panel: Colour

    @classmethod
    def of(cls, paper: Colour, colour: Colour) -> "Scheme":
        """Return a scheme in which everything is readable."""
        ink = readable(opposite(paper).mixed(paper, 0.1), paper)
        return cls(
            paper,
            ink,
            readable(ink.mixed(paper, 0.3), paper),
            ink.mixed(paper, 0.8),
            readable(colour, paper),
            colour,
            opposite(colour) if contrast(WHITE, colour) < 4.5 else WHITE,
        )

    def properties(self) -> str:
        """Return the scheme as custom properties of a style sheet."""
        named = {
            "paper": self.paper,
            "ink": self.ink,
            "soft": self.soft,
            "line": self.line,
            "accent": self.accent,
            "panel": self.panel,
            "on-panel": self.on_panel,
        }
        return ";".join(f"--{name}:{colour}" for name, colour in named.items())


@frozen
class Look:
    """A brand, ready for a theme. ``logo`` is a ``data:`` address, or empty."""

    icon: str = field(factory=lambda: _icon(OUR_COLOUR))
    style: str = ""
    logo: str = ""

    def picture(self, name: str) -> str:
        """Return the logo as an element that says *name*; ``""`` without a logo."""
        if not self.logo:
            return ""
        return f'<img src="{escape(self.logo)}" alt="{escape(name)}">'
