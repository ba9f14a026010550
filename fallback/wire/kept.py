"""What was made once and need not be made again: a cache in one file of the site.

The site folder may be shared: whoever can write an update there could write into a
cache as well, and so put onto the page what the guard over the words would never let
through. So a cache is believed only when this very user on this very machine has signed
it, with a key that lies outside the site. Anything else in its place, be it torn,
foreign, older or forged, is no cache, and is replaced without a word; a folder that
cannot be written costs time and nothing else.
"""

import os
import secrets
import stat
from collections.abc import Iterator, MutableMapping
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

from fallback.wire import durable

MOST_BYTES = 256 * 1024 * 1024
NAME_BYTES = 20
"""How long every key of a cache is."""

_MAGIC = b"fallback kept 1\n"
_SIGNATURE = 32
_SECRET = 32
_KEY_FILE = "cache.key"


class Kept(MutableMapping[bytes, bytes]):
    """The cache in one file. What is not asked for or set before ``save`` is dropped.

    *stamp* names everything that decides about all values: programs and their versions,
    tables of time zones. A cache with another stamp is empty.
    """

    def __init__(self, path: Path, secret: bytes, stamp: bytes) -> None:
        """Load what *path* holds, if *secret* signed it; never raises."""
        self._path = path
        self._secret = secret
        self._stamp = blake2b(stamp, digest_size=_SIGNATURE).digest()
        self._held = self._loaded()
        self._wanted: dict[bytes, bytes] = {}

    def __getitem__(self, name: bytes) -> bytes:
        value = self._wanted.get(name)
        if value is None:
            value = self._wanted[name] = self._held[name]
        return value

    def __setitem__(self, name: bytes, value: bytes) -> None:
        self._wanted[name] = value

    def __delitem__(self, name: bytes) -> None:
        del self._wanted[name]

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._wanted | self._held)

    def __len__(self) -> int:
        return len(self._wanted | self._held)

    def save(self) -> None:
        """Keep what was used; never raises, for a cache is never worth an error."""
        if self._wanted.keys() == self._held.keys():
            return
        body = self._stamp + b"".join(
            len(part).to_bytes(4, "big") + part
            for pair in sorted(self._wanted.items())
            for part in pair
        )
        if len(body) > MOST_BYTES:
            return
        with suppress(OSError):
            durable.replace(
                self._path, _MAGIC + self._signed(body) + body, lasting=False
            )

    def _signed(self, body: bytes | memoryview) -> bytes:
        return blake2b(body, key=self._secret, digest_size=_SIGNATURE).digest()

    def _loaded(self) -> dict[bytes, bytes]:
        whole = _regular(self._path, MOST_BYTES)
        start = len(_MAGIC) + _SIGNATURE
        body = memoryview(whole)[start:]
        signature = whole[len(_MAGIC) : start]
        if not whole.startswith(_MAGIC) or not secrets.compare_digest(
            signature, self._signed(body)
        ):
            return {}
        if body[:_SIGNATURE] != self._stamp:
            return {}
        parts = _parts(bytes(body[_SIGNATURE:]))
        return dict(zip(parts, parts, strict=True))


def _parts(body: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(body):
        end = at + 4 + int.from_bytes(body[at : at + 4], "big")
        yield body[at + 4 : end]
        at = end


def secret(folder: Path) -> bytes | None:
    """Return this user's own key in *folder*, made when there is none yet.

    ``None`` when it can neither be read nor made: then nothing is kept.
    """
    path = folder / _KEY_FILE
    found = _regular(path, _SECRET + 1)
    if len(found) == _SECRET:
        return found
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            path.unlink()  # cut short by a kill, it is nobody's key
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_SECRET))
    except OSError:
        pass  # somebody was faster, or may not: what is there now decides
    found = _regular(path, _SECRET + 1)
    return found if len(found) == _SECRET else None


def _regular(path: Path, most: int) -> bytes:
    """Return what the regular file *path* holds; ``b""`` for anything else.

    A link could lead anywhere, a pipe would never end.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    flags |= getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags)
    except OSError:
        return b""
    about = os.fstat(descriptor)
    if not stat.S_ISREG(about.st_mode) or about.st_size > most:
        os.close(descriptor)
        return b""
    with os.fdopen(descriptor, "rb") as file:
        try:
            return file.read(most)
        except OSError:
            return b""
