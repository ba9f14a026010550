"""What stands beside a link to the page where somebody shares it: Open Graph.

Networks keep what they once read, and show it for days: nothing here holds a time, and
all of it is true before, during and after the outage. They read the status address
only, because the shop's own answers 503.
"""

from collections.abc import Sequence
from typing import Any

from fallback.core.model import BuiltFile
from fallback.page import hosting, sentences
from fallback.page.languages import Speaker
from fallback.page.pictures import Picture

# Open Graph wants a territory with each language: the one that the name of the language
# leads to (CLDR, likely subtags). "ar_AR" is Facebook's own word for Arabic.
_TERRITORIES = {
    "ar": "AR", "bg": "BG", "ca": "ES", "cs": "CZ", "da": "DK", "de": "DE", "el": "GR",
    "en": "US", "es": "ES", "et": "EE", "fi": "FI", "fr": "FR", "he": "IL", "hr": "HR",
    "hu": "HU", "it": "IT", "ja": "JP", "ko": "KR", "lt": "LT", "lv": "LV", "nb": "NO",
    "nl": "NL", "pl": "PL", "pt": "PT", "ro": "RO", "ru": "RU", "sk": "SK", "sl": "SI",
    "sr": "RS", "sv": "SE", "tr": "TR", "uk": "UA", "vi": "VN",
}  # fmt: skip


def shared(
    host: str, path: str, speaker: Speaker, others: Sequence[Speaker]
) -> dict[str, Any]:
    """Return what a theme says about the page at *path* of *host*, and its language.

    *host* is absolute, without a slash at the end. *others* are the languages that
    there are besides *speaker*'s.
    """
    spoken = dict.fromkeys(locale(other.speaks) for other in others)
    own = locale(speaker.speaks)
    return {
        "url": host + path,
        "locale": own,
        "alternates": [each for each in spoken if each and each != own],
    }


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


def locale(language: str) -> str:
    """Return *language* as Open Graph spells it, ``pl_PL``; ``""`` if nobody knows."""
    base, *subtags = language.split("-")
    territory = next((each.upper() for each in subtags if len(each) == 2), "")
    territory = territory or _TERRITORIES.get(base, "")
    return f"{base}_{territory}" if territory else ""
