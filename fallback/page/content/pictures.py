"""The picture that stands beside a shared link, looked at before it is published.

Only its header is read, so that nothing in it can harm this machine: which format it
is, and how large it is drawn. What the picture shows is the owner's business.
"""

import struct

from attrs import field, frozen

from fallback.core.errors import Problem
from fallback.core.text import T, Text

MOST_BYTES = 1024 * 1024
"""Some networks show no picture of more; all of them take less (Facebook: 8 MB)."""
LEAST_SIDE = 200
"""Pixels, below which Facebook shows no picture (its "Images in Link Shares")."""
LARGEST_SIDE = 8192

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
# SOF0-SOF15 without DHT, JPG and DAC: the frame, with its height and width (T.81 B.2.2)
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})


@frozen
class Picture:
    """A PNG or JPEG, and its size in pixels."""

    body: bytes = field(repr=False)
    ending: str
    width: int
    height: int

    @classmethod
    def of(cls, body: bytes) -> "Picture | None":
        """Return *body* as a picture; ``None`` if it is neither PNG nor JPEG."""
        size = _png_size(body) if body.startswith(_PNG) else _jpeg_size(body)
        ending = "png" if body.startswith(_PNG) else "jpg"
        return cls(body, ending, *size) if size else None


def judged(file: str, body: bytes) -> Picture | Problem:
    """Return the picture in *body*, or why it is not shown. *file* names it."""
    if len(body) > MOST_BYTES:
        return _refused(
            file,
            T("this picture is larger than {limit} kB", limit=MOST_BYTES // 1024),
            T("save it smaller: 1200 by 630 pixels as JPEG are enough"),
        )
    picture = Picture.of(body)
    if picture is None:
        return _refused(
            file,
            T("this is neither a PNG nor a JPEG"),
            T("save it as PNG or JPEG: no network shows anything else"),
        )
    sides = (picture.width, picture.height)
    if min(sides) < LEAST_SIDE or max(sides) > LARGEST_SIDE:
        return _refused(
            file,
            T("this picture is {width} by {height} pixels", width=sides[0],
              height=sides[1]),
            T("save it with 1200 by 630 pixels"),
        )  # fmt: skip
    return picture


def _refused(file: str, what: Text, remedy: Text) -> Problem:
    return Problem(file, 0, what, remedy)


def _png_size(body: bytes) -> tuple[int, int] | None:
    """Return what the first chunk, which is IHDR, says (PNG, section 11.2.1)."""
    if body[12:16] != b"IHDR" or len(body) < 24:
        return None
    width, height = struct.unpack(">II", body[16:24])
    return (width, height) if width and height else None


def _jpeg_size(body: bytes) -> tuple[int, int] | None:
    """Return what the frame header says, looked for from marker to marker."""
    if not body.startswith(_JPEG):
        return None
    at = 2
    while at + 9 <= len(body) and body[at] == 0xFF:
        marker = body[at + 1]
        if marker in _FRAMES:
            height, width = struct.unpack(">HH", body[at + 5 : at + 9])
            return (width, height) if width and height else None
        if marker == 0xFF:  # any marker may be preceded by fill bytes
            at += 1
        elif marker in _WITHOUT_LENGTH:
            at += 2
        else:
            length = int.from_bytes(body[at + 2 : at + 4], "big")
            if length < 2:
                return None
            at += 2 + length
    return None
