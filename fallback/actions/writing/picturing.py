"""The picture beside links to the page: the owner's own, or one that is drawn.

It is drawn for who has the extra ``image``, once: what it shows changes with the shop's
name and colours, not with the outage.
"""

import json
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path

from attrs import frozen

from fallback.actions.writing.keeping import opened
from fallback.actions.writing.sources import named
from fallback.core.config import Config
from fallback.core.errors import Problem
from fallback.core.settings.colours import Colour
from fallback.core.text import T
from fallback.page.content.pictures import MOST_BYTES, Picture, judged
from fallback.page.content.reading import clean_line
from fallback.page.languages import Speaker
from fallback.page.sharing import description
from fallback.page.view import status_address
from fallback.wire import shipped

FILE = "cache/pictures"
"""Below the folder of the site's state."""


@frozen
class Pictured:
    """A picture, if there is one; what is missing, and what is good to know."""

    picture: Picture | None = None
    left_out: tuple[Problem, ...] = ()
    noticed: tuple[Problem, ...] = ()


def pictured(config: Config) -> Pictured:
    """Return the picture for the site of *config*; none without a status address.

    Nobody who reads pictures for shared links asks an address that answers 503.
    """
    own = config.shop.share_image
    if not status_address(config):
        return Pictured(noticed=(_nowhere(own),) if own else ())
    if own is not None:
        return _own(own, config.root)
    return _drawn(config) if find_spec("PIL") else Pictured()


def _nowhere(path: Path) -> Problem:
    return Problem(
        path.name,
        0,
        T("this picture is not published: no host has a status address"),
        T("set url in a table under hosts"),
    )


def _own(path: Path, root: Path) -> Pictured:
    body = named(path, root, MOST_BYTES + 1)
    if not isinstance(body, bytes):
        remedy = T("mend the file, or the line share_image below [shop]")
        return Pictured(left_out=(Problem(path.name, 0, body, remedy),))
    found = judged(path.name, body)
    if isinstance(found, Picture):
        return Pictured(found)
    return Pictured(left_out=(found,))


def _drawn(config: Config) -> Pictured:
    from PIL import __version__  # who draws nothing needs none of these

    from fallback.page.themes.look import Schemes

    code = config.shop.languages[0]
    speaker = Speaker.of(code, shipped.catalogue(code))
    scheme = Schemes.of(config.brand).light
    words = (clean_line(config.shop.name), description(speaker), speaker.speaks)
    about = json.dumps([*words, str(scheme.panel), str(scheme.on_panel)])
    name = blake2b(about.encode(), digest_size=20).digest()
    kept = opened(config, FILE, f"{__version__} {_programs()}".encode())
    body = kept.get(name) if kept is not None else None
    if body is None:
        body = _made(words, scheme.panel, scheme.on_panel)
        if kept is not None:
            kept[name] = body
            kept.save()
    picture = Picture.of(body)
    return Pictured(picture) if picture else Pictured(noticed=(_not_drawn(config),))


def _programs() -> str:
    """Return what differs when the code that draws does."""
    about = (shipped.PACKAGE / "page" / "drawing.py").stat()
    return f"{about.st_size} {about.st_mtime_ns}"


def _made(words: tuple[str, str, str], paper: Colour, ink: Colour) -> bytes:
    from fallback.page.drawing import Words, drawn
    from fallback.wire.fonts import fonts

    picture = drawn(Words(*words), paper, ink, fonts())
    return picture.body if picture else b""


def _not_drawn(config: Config) -> Problem:
    return Problem(
        "fallback.toml",
        0,
        T("no picture was drawn for shared links: no font of this machine has every"
          " letter of {name}", name=clean_line(config.shop.name)),
        T("give one of your own: share_image below [shop]"),
    )  # fmt: skip
