"""A theme: how the page looks. Its files are values here; nothing is read from disk.

Themes may be strangers' work. Templates run in a sandbox, strangers' in one of another
process; they are given strings, numbers, lists and dictionaries only, and what comes
out is looked at by the gate before it may become a page.
"""

import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

from attrs import field, frozen
from markupsafe import escape

from fallback.core.errors import ContentError
from fallback.core.text import T, Text
from fallback.page.gate import Gate, Stray
from fallback.page.themes.given import Given, added_by_style, addresses
from fallback.page.themes.look import Look
from fallback.page.themes.sandbox import PAGE, Broken, Sandbox
from fallback.page.themes.slim import slim

STYLE = "style.css"
MOST_STYLE = 64 * 1024
"""Letters in a style sheet; the whole page has to travel in 13 kB."""

_KNOWN_BY = b'<meta name="generator" content="fallback">'
"""What hosts, gates and our script know the page by, spelled as the script does."""

_REMOTE_STYLE = re.compile(r"@import|url\s*\(|image-set|expression\s*\(", re.IGNORECASE)

Renderer = Callable[[Mapping[str, Any]], str]
"""Fills in a view; raises ``fallback.page.themes.sandbox.Broken``."""


@frozen
class Theme:
    """The files of one theme folder, by their name in it, and our own live script.

    ``renderer`` fills in the template elsewhere; without it that is done here.
    """

    name: str
    files: Mapping[str, str]
    script: str = field(default="", repr=False)
    look: Look = field(factory=Look, repr=False)
    renderer: Renderer | None = field(default=None, eq=False, repr=False)


class Sheet:
    """A theme, ready to render. Raises ``ContentError`` when it cannot be used.

    ``policy`` is the Content-Security-Policy of every page that it renders; ``made_of``
    differs when anything does that the theme brings into a page.
    """

    def __init__(self, theme: Theme, *, structured: str = "", feeds: str = "") -> None:
        """Compile *theme*.

        *structured* is the JSON-LD of every page; *feeds* is the origin that open pages
        ask for news, besides their own.
        """
        self.name = theme.name
        self.made_of = _print_of(theme, structured, feeds)
        self._script = theme.script
        self._structured = structured
        self._look = theme.look
        for name in (PAGE, STYLE):
            if name not in theme.files:
                raise self._wrong(T("{file} is missing", file=name))
        self.style = theme.look.style + self._own_style(theme.files[STYLE])
        # JSON-LD never runs, and browsers ask no policy about it; validators do
        scripts = [_source_hash(each) for each in (theme.script, structured) if each]
        self.policy = "; ".join(
            (
                "default-src 'none'",
                *([f"script-src {' '.join(scripts)}"] if scripts else ()),
                f"style-src {_source_hash(self.style)}",
                *([f"connect-src 'self' {feeds}".rstrip()] if theme.script else ()),
                "img-src data:",
                "base-uri 'none'",
                "form-action 'none'",
            )
        )
        self._ours = False
        self._renderer: Renderer
        try:
            if theme.renderer:
                self._renderer = theme.renderer
            else:
                self._renderer = sandbox = Sandbox(theme.files)
                self._ours = sandbox.ours
        except Broken as broken:
            raise self._broken(broken) from None

    def render(self, view: Mapping[str, Any]) -> bytes:
        """Return the page that shows *view*.

        Raises ``ContentError`` when the theme fails, does what no page may do, or
        leaves out what no page may be without.
        """
        ours = {
            **view,
            "style": self.style,
            "policy": self.policy,
            "script": self._script,
            "structured": self._structured,
            "icon": self._look.icon,
            "logo": self._look.picture(view.get("shop", "")),
        }
        try:
            page = self._renderer(ours)
            body = page.encode()
        except Broken as broken:
            raise self._broken(broken) from None
        except UnicodeEncodeError:
            raise self._wrong(T("its page holds half a letter")) from None
        gate = Gate(self.policy, _elements(ours), addresses(ours))
        if danger := gate.danger(page):
            raise self._wrong(
                T("its page holds {seen}: no address that it was given", seen=danger)
                if isinstance(danger, Stray)
                else T("its page holds {seen}", seen=danger)
            )
        # our own page says nothing by itself, as tests tell: no need to look each time
        if not self._ours and (added := Given.of(ours).added(page)):
            raise self._wrong(
                T("its page says {seen}, which is not the shop's", seen=added)
            )
        if part := _left_out(page, view):
            raise self._wrong(T("its page leaves out {part}", part=part))
        if _KNOWN_BY not in body:
            raise self._wrong(T("its page leaves out {part}", part="generator"))
        return body

    def _own_style(self, style: str) -> str:
        if len(style) > MOST_STYLE:
            raise self._wrong(
                T("{file} has more than {most} letters", file=STYLE, most=MOST_STYLE)
            )
        made = slim(style)
        if "</" in made:
            at = made.index("</")
            raise self._wrong(
                T("its style ends before it is over: {seen}", seen=made[at : at + 20])
            )
        if "\\" in made:
            raise self._wrong(
                T("its style has a backslash: write the letter itself, not its number")
            )
        if remote := _REMOTE_STYLE.search(made):
            raise self._wrong(T("its style loads something: {seen}", seen=remote[0]))
        if added := added_by_style(made):
            raise self._wrong(
                T("its style says {seen}, which is not the shop's", seen=added)
            )
        return made

    def _broken(self, broken: Broken) -> ContentError:
        return self._wrong(
            T(
                "{error} ({file}, line {line})",
                error=broken.why,
                file=broken.file,
                line=broken.line,
            )
            if broken.line
            else T("{error}", error=broken.why)
        )

    def _wrong(self, why: Text) -> ContentError:
        return ContentError(
            T("the theme {name} cannot be used: {why}", name=self.name, why=why),
            customers_see=T("no change: what is published stays"),
            next=T('mend it, or write theme = "plain" below [shop]'),
        )


def _elements(view: Mapping[str, Any]) -> list[str]:
    """Return what a page may hold although it runs or asks: we made it so."""
    made = {
        "style": f"<style>{view['style']}</style>",
        "script": f"<script>{view['script']}</script>",
        "structured": '<script type="application/ld+json">'
        f"{view['structured']}</script>",
        "controls": view.get("controls", ""),
        "logo": view["logo"],
    }
    return [each for name, each in made.items() if name == "style" or view.get(name)]


def _left_out(page: str, view: Mapping[str, Any]) -> str:
    """Return which way to a human *page* does not name; ``""`` if it names all."""
    contact = view.get("contact") or {}
    ways = (contact[way] for way in ("tel", "mailto") if way in contact)
    return next((way for way in ways if str(escape(way)) not in page), "")


def _print_of(theme: Theme, *more: str) -> str:
    """Return a text that differs when anything that *theme* is made of does."""
    files = sorted(theme.files.items())
    made_of = (theme.name, files, theme.script, theme.look, *more)
    return sha256(repr(made_of).encode()).hexdigest()


def _source_hash(text: str) -> str:
    """Return the CSP source expression for an inline *text* (CSP level 3)."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
