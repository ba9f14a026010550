"""A logo, made a part of the page: its picture inside an address (``data:``, RFC 2397).

The page is one request and fits its first flight, so a logo is small or left out. A
drawing (SVG) is written anew from closed lists; one that holds what runs or asks is
refused altogether, because its owner cannot know what it came with.
"""

import re
import zlib
from base64 import b64encode
from collections.abc import Iterator
from urllib.parse import quote
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from fallback.core.text import T, Text

MOST_SOURCE = 128 * 1024
"""Bytes of the file; what drawing programs write into an SVG is mostly not the logo."""
MOST_WEIGHT = 4000
"""Bytes that a logo may add to a page as it travels."""
_DEEPEST = 40

_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
_DRAWN_NAMES = (
    "svg g path rect circle ellipse line polyline polygon text tspan textPath defs"
    " linearGradient radialGradient stop clipPath mask pattern symbol use title desc"
    " switch style"
)
_DRAWN = frozenset(_DRAWN_NAMES.split())
_RUNS_OR_ASKS_NAMES = (
    "script foreignObject handler listener iframe embed object audio video canvas image"
    " feImage a animate animateColor animateMotion animateTransform set discard"
    " link"
)
_RUNS_OR_ASKS = frozenset(_RUNS_OR_ASKS_NAMES.split())
_PLAIN_NAMES = (
    "class cx cy d dx dy fx fy gradientTransform gradientUnits height id"
    " lengthAdjust maskContentUnits maskUnits offset opacity pathLength patternUnits"
    " patternContentUnits patternTransform points preserveAspectRatio r rotate rx ry"
    " spreadMethod style textLength transform viewBox width x x1 x2 y y1 y2 color"
    " clip-path clip-rule clipPathUnits display dominant-baseline fill fill-opacity"
    " fill-rule font-family font-size font-style font-weight letter-spacing mask"
    " mix-blend-mode paint-order stop-color stop-opacity stroke stroke-dasharray"
    " stroke-dashoffset stroke-linecap stroke-linejoin stroke-miterlimit"
    " stroke-opacity stroke-width text-anchor vector-effect visibility"
)
_PLAIN = frozenset(_PLAIN_NAMES.split())
_TEXTS = frozenset({"style", "text", "textPath", "title", "tspan"})
_FETCHES = re.compile(
    r"url\s*\((?!\s*[\"']?#)|@import|expression|image-set|\\|</|:\s*//", re.IGNORECASE
)
_LENGTH = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)(?:px)?\s*")


class Unusable(Exception):
    """A logo cannot be shown: ``what`` is wrong with it, and its ``remedy``."""

    def __init__(self, what: Text, remedy: Text) -> None:
        super().__init__(str(what))
        self.what, self.remedy = what, remedy


def address(body: bytes) -> str:
    """Return the picture in *body* as a ``data:`` address; raises ``Unusable``.

    PNG, JPEG and WebP are known by their first bytes, whatever the file is called.
    """
    if len(body) > MOST_SOURCE:
        raise _too_heavy()
    kind = _kind(body)
    if kind == "svg+xml":
        made = "data:image/svg+xml," + quote(_drawing(body), safe="=/:',;()!*@$-.~+")
    else:
        made = f"data:image/{kind};base64,{b64encode(body).decode()}"
    if len(zlib.compress(made.encode(), 9)) > MOST_WEIGHT:
        raise _too_heavy()
    return made


def _kind(body: bytes) -> str:
    if body.startswith(b"\x89PNG\r\n\x1a\n"):
        moves, kind = b"acTL" in body[:200], "png"
    elif body.startswith(b"\xff\xd8\xff"):
        moves, kind = False, "jpeg"
    elif body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        moves, kind = b"ANIM" in body[:64], "webp"
    elif body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return "svg+xml"
    else:
        raise Unusable(
            T("this is not a PNG, JPEG, WebP or SVG picture"),
            T("save the logo as SVG, or as PNG or WebP"),
        )
    if moves:
        raise Unusable(
            T("this picture moves"), T("save one picture of it: the page is calm")
        )
    return kind


def _too_heavy() -> Unusable:
    return Unusable(
        T("this logo is too heavy: the whole page has to arrive at once"),
        T(
            "save it as a simple SVG, or as WebP or PNG about 240 pixels wide:"
            " {most} bytes are the most",
            most=MOST_WEIGHT * 3 // 4,
        ),
    )


def _drawing(body: bytes) -> str:
    """Return the SVG in *body*, written anew with what only draws."""
    text = body.decode("utf-8-sig", "replace")
    if "<!ENTITY" in text or re.search(r"<!DOCTYPE[^>]*\[", text):
        raise _unsafe("<!ENTITY>")
    try:
        root = ET.fromstring(text)  # noqa: S314 - no entities, see above
    except (ET.ParseError, ValueError, RecursionError) as error:
        raise Unusable(
            T("this SVG cannot be read: {why}", why=str(error)),
            T("save the logo again, as plain SVG"),
        ) from None
    if root.tag != f"{{{_SVG}}}svg":
        raise Unusable(T("this is not an SVG picture"), T("save the logo as SVG"))
    _give_size(root)
    return "".join(_written(root, 0))


def _give_size(root: ET.Element) -> None:
    """Make *root* scale: it needs a view box, and no size of its own."""
    sides = [_LENGTH.fullmatch(root.get(side, "")) for side in ("width", "height")]
    if not root.get("viewBox"):
        if not all(sides):
            raise Unusable(
                T("this SVG does not say how large it is"),
                T("give it a viewBox, as every drawing program does"),
            )
        root.set("viewBox", f"0 0 {sides[0][1]} {sides[1][1]}")  # type: ignore[index]
    for side in ("width", "height"):
        root.attrib.pop(side, None)


def _written(element: ET.Element, depth: int) -> Iterator[str]:
    space, _, name = str(element.tag).rpartition("}")
    if name in _RUNS_OR_ASKS or depth > _DEEPEST:  # in another's namespace, too
        raise _unsafe(f"<{name}>")
    if name not in _DRAWN or space != f"{{{_SVG}":
        return  # what drawing programs remember about the file
    opening = [f" xmlns='{_SVG}'"] if depth == 0 else []
    opening += [f" {key}='{_quoted(value)}'" for key, value in _kept(element)]
    inside = [_said(name, element.text)]
    for child in element:
        inside += _written(child, depth + 1)
        inside.append(_said(name, child.tail))
    yield f"<{name}{''.join(opening)}"
    held = "".join(inside)
    yield f">{held}</{name}>" if held else "/>"


def _said(name: str, text: str | None) -> str:
    """Return *text* where it is seen, or where it says how the rest looks."""
    if name not in _TEXTS or not text:
        return ""
    if name == "style" and _FETCHES.search(text):
        raise _unsafe(f"<style>{text.strip()[:30]}")
    return escape(text.strip() if name == "style" else text)


def _kept(element: ET.Element) -> Iterator[tuple[str, str]]:
    for key, value in element.attrib.items():
        name = "href" if key == f"{{{_XLINK}}}href" else key
        if name.lower().startswith("on"):
            raise _unsafe(name)
        if _FETCHES.search(value) or (name == "href" and not value.startswith("#")):
            raise _unsafe(f"{name}={value[:30]}")
        if name in _PLAIN or name == "href":
            yield name, " ".join(value.split())


def _quoted(value: str) -> str:
    return escape(value, {"'": "&#39;"})


def _unsafe(seen: str) -> Unusable:
    return Unusable(
        T("this SVG holds {seen}, which could run or load something", seen=seen),
        T("save the logo as plain SVG with its letters as paths, or as PNG"),
    )
