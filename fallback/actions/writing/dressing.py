"""What the page wears: a theme from its folder, a brand from the configuration.

Ours are trusted. A page of somebody else's, in the site's own ``themes/``, is filled in
by a process apart; whoever only brings a style sheet is looked at, and needs none.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from attrs import evolve, frozen

from fallback.actions.writing.sources import named
from fallback.core.config import FILE_NAME, Config
from fallback.core.errors import ContentError, Problem
from fallback.core.text import T
from fallback.page.themes.look import Look, Schemes, icon
from fallback.page.themes.sandbox import PAGE, Broken
from fallback.page.themes.theme import STYLE, Theme
from fallback.wire import shipped

MOST_BYTES = 256 * 1024
"""What is read of one file of a theme: twenty times what fits the page."""
MOST_FILES = 50

NAME = re.compile(r"[A-Za-z0-9][\w-]*")
"""What a theme may be called: a folder, and never the way to another one."""
_ENDINGS = (".html", ".css", ".txt")
_COLOURS = ("color", "background", "dark_color", "dark_background")


@frozen
class Dress:
    """A theme that wears the shop's brand; what of the brand is missing, or changed."""

    theme: Theme
    left_out: Sequence[Problem] = ()
    noticed: Sequence[Problem] = ()


@contextmanager
def dressed(config: Config) -> Iterator[Dress]:
    """Give the theme of *config* for as long as pages are made.

    Raises ``ContentError`` naming the themes that there are, when it is none of them.
    """
    dress = _branded(config, _theme(config))
    files = dress.theme.files
    if not _is_strangers(files):
        yield dress
        return
    from fallback.actions.writing.stranger import Stranger  # few sites need a process

    try:
        stranger = Stranger(files)
    except Broken as broken:
        raise ContentError(
            T("the theme {name} cannot be used: {why}",
              name=config.shop.theme, why=broken.why),
            customers_see=T("no change: what is published stays"),
            next=T('mend it, or write theme = "plain" below [shop]'),
        ) from None  # fmt: skip
    try:
        yield evolve(dress, theme=evolve(dress.theme, renderer=stranger))
    finally:
        stranger.end()


def names(root: Path) -> list[str]:
    """Return the names of all themes that the site at *root* may wear."""
    folders = (root / "themes", shipped.themes())
    return sorted(
        {
            entry.name
            for folder in folders
            if folder.is_dir()
            for entry in folder.iterdir()
            if NAME.fullmatch(entry.name) and (entry / STYLE).is_file()
        }
    )


def _theme(config: Config) -> Theme:
    """Return the theme: the owner's own folder first, then one of ours.

    A theme without a page of its own dresses the plain one.
    """
    name = config.shop.theme
    for folder in (config.root / "themes", shipped.themes()):
        if NAME.fullmatch(name) and (folder / name).is_dir():
            files = _files(folder / name)
            return Theme(name, {PAGE: _plain_page()} | files, shipped.script())
    raise ContentError(
        T("there is no theme {name}", name=name),
        customers_see=T("no change: what is published stays"),
        next=T("choose one of: {known}", known=", ".join(names(config.root))),
    )


def _files(folder: Path) -> dict[str, str]:
    """Return the theme's texts; nothing from outside *folder*, not even by a link."""
    found: dict[str, str] = {}
    home = folder.resolve()
    for path in sorted(folder.rglob("*"))[: MOST_FILES * 10]:
        if path.suffix not in _ENDINGS or len(found) == MOST_FILES:
            continue
        body = named(path, home, MOST_BYTES)
        # what the page needs and is not there is named by the sheet
        if isinstance(body, bytes):
            with suppress(UnicodeDecodeError):
                text = body.decode("utf-8-sig")
                found[path.relative_to(folder).as_posix()] = text
    return found


def _is_strangers(files: Mapping[str, str]) -> bool:
    """Return whether *files* hold a page that is none of ours."""
    if files[PAGE] == _plain_page():
        return False
    ours = shipped.themes().glob(f"*/{PAGE}")
    return all(files[PAGE] != page.read_text("utf-8") for page in ours)


def _plain_page() -> str:
    return (shipped.themes() / "plain" / PAGE).read_text("utf-8")


def _branded(config: Config, theme: Theme) -> Dress:
    """Return *theme* with what ``[brand]`` says, as far as it can be used."""
    brand = config.brand
    schemes = Schemes.of(brand)
    style = schemes.style(theme.files.get(STYLE, ""))
    noticed = list(schemes.noticed(brand)) if style else []
    if not style and any(getattr(brand, key) for key in _COLOURS):
        noticed.append(
            Problem(
                FILE_NAME,
                0,
                T("the theme {name} has colours of its own", name=theme.name),
                T('for those of [brand], write theme = "brand" below [shop]'),
            )
        )
    look = Look(icon(schemes.light.panel), style)
    logo, problems = _logo(config)
    return Dress(evolve(theme, look=evolve(look, logo=logo)), problems, noticed)


def _logo(config: Config) -> tuple[str, list[Problem]]:
    """Return the logo as an address, and why there is none."""
    path = config.brand.logo
    if path is None:
        return "", []
    from fallback.page.themes.logo import (  # XML and its like
        MOST_SOURCE,
        Unusable,
        address,
    )

    what, remedy = None, T("mend the file, or the line logo below [brand]")
    body = named(path, config.root, MOST_SOURCE + 1)
    try:
        if isinstance(body, bytes):
            return address(body), []
        what = body
    except Unusable as unusable:
        what, remedy = unusable.what, unusable.remedy
    return "", [Problem(path.name, 0, what, remedy)]
