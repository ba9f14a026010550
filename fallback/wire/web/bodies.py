"""From the bytes of an answer to its text, in bounds."""

import re
import zlib

from attrs import evolve

from fallback.wire.web.http import CAP, Reply

_CHARSET = re.compile(rb"charset=[\"']?([A-Za-z0-9_.:-]{2,30})", re.IGNORECASE)


def decoded(reply: Reply, cap: int = CAP) -> tuple[Reply, bool]:
    """Undo a gzip that nobody asked for, in bounds; say whether it can be read."""
    encoding = reply.header("content-encoding").strip().lower()
    if encoding in ("", "identity"):
        return reply, True
    if encoding not in ("gzip", "x-gzip", "deflate"):
        return reply, False
    try:  # 32: either header (zlib(3), inflateInit2)
        body = zlib.decompressobj(32 + zlib.MAX_WBITS).decompress(reply.body, cap)
    except zlib.error:
        return reply, False
    return evolve(reply, body=body), True


def text(reply: Reply) -> str:
    """Return the body as text, in the charset that the header or the page names."""
    named = _CHARSET.search(reply.header("content-type").encode("latin-1"))
    named = named or _CHARSET.search(reply.body[:2048])
    charset = named[1].decode() if named else "utf-8"
    try:
        return reply.body.decode(charset, "replace")
    except (LookupError, UnicodeError):
        return reply.body.decode("utf-8", "replace")
