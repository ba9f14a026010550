"""``multipart/form-data``: what a form with files is sent as (RFC 7578, RFC 2046).

Bodies are bytes and stay as they are; a part is found by its name.
"""

import re
from collections.abc import Mapping, Sequence
from hashlib import sha256

from attrs import frozen

_NAME = re.compile(rb'\bname="([^"]*)"')
_BOUNDARY = re.compile(r'boundary="?([^";]+)"?')


@frozen
class Part:
    """One field of a form. ``filename`` makes it a file."""

    name: str
    body: bytes
    content_type: str
    filename: str = ""


def encoded(parts: Sequence[Part]) -> tuple[bytes, str]:
    """Return the body, and the content type that names its boundary."""
    # derived from the parts, so that it stands in none of them but by a collision
    digest = sha256(b"\0".join(part.body for part in parts)).hexdigest()
    boundary = f"fallback-{digest}"
    pieces = [_encoded(part, boundary) for part in parts]
    pieces.append(f"--{boundary}--\r\n".encode())
    return b"".join(pieces), f"multipart/form-data; boundary={boundary}"


def _encoded(part: Part, boundary: str) -> bytes:
    file = f'; filename="{part.filename}"' if part.filename else ""
    head = (
        f"--{boundary}\r\n"
        f'Content-Disposition: form-data; name="{part.name}"{file}\r\n'
        f"Content-Type: {part.content_type}\r\n\r\n"
    )
    return head.encode() + part.body + b"\r\n"


def bodies(body: bytes, content_type: str) -> Mapping[str, bytes]:
    """Return the body of each named part of *body*; nothing if it is no such form."""
    found = _BOUNDARY.search(content_type)
    if not content_type.startswith("multipart/") or found is None:
        return {}
    mark = b"\r\n--" + found[1].encode()
    named = {}
    for piece in (b"\r\n" + body).split(mark)[1:]:
        head, blank, content = piece.partition(b"\r\n\r\n")
        name = _NAME.search(head)
        if blank and name:
            named[name[1].decode("utf-8", "replace")] = content
    return named
