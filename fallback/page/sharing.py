"""What stands beside a link to the page where somebody shares it: Open Graph.

Networks keep what they once read, and show it for days: nothing here holds a time, and
all of it is true before, during and after the outage. They read the status address
only, because the shop's own answers 503.
"""

from typing import Any

from fallback.core.model import BuiltFile
from fallback.page import hosting, sentences
from fallback.page.content.pictures import Picture
from fallback.page.languages import Speaker


def picture_of(host: str, shop: str, picture: Picture | None) -> dict[str, Any]:
    """Return what a theme says about *picture*, if there is one."""
    if picture is None:
        return {}
    return {
        "url": f"{host}/{picture_path(picture)}",
        "width": picture.width,
        "height": picture.height,
        "alt": shop,
    }


def description(speaker: Speaker) -> str:
    """Return what the page is about, in one sentence without a time."""
    return speaker.say(sentences.SHARED)


def picture_path(picture: Picture) -> str:
    """Return where *picture* stands in the built site."""
    return f"_fallback/share.{picture.ending}"


def picture_file(picture: Picture) -> BuiltFile:
    """Return *picture* as a file of the site."""
    return hosting.built(picture_path(picture), picture.body)
