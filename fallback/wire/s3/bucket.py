"""A bucket behind any S3 API, in a few verbs, with errors that an owner can act on.

Writes are whole small objects, so sending one again is harmless. A write may be tied to
what the key held before, so that nobody's newer object is ever written over.
"""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import md5

from attrs import field, frozen

from fallback.core.config import Config
from fallback.core.errors import Unavailable
from fallback.core.text import T
from fallback.wire.s3.api import Client, Held, Listed, Parcel, Place, Refusal, Tag
from fallback.wire.s3.errors import SPOKEN, in_words

_AT_ONCE = 1000  # the API's own limit (ListObjectsV2, DeleteObjects)


class Outrun(Exception):
    """The key holds something else than the write was tied to; nothing was written.

    ``under_way``: or will do so in a moment, because somebody else is writing it.
    """

    def __init__(self, *, under_way: bool) -> None:
        """Say whether another write of the key is *under_way*."""
        super().__init__("somebody was faster")
        self.under_way = under_way


class Unconditional(Exception):
    """The server knows no conditions (Backblaze: 501); nothing was written."""


@frozen
class Bucket:
    """An open bucket; safe to use from several threads.

    Every verb raises ``Unavailable``, ``Rejected`` or ``CredentialsRefused``.
    """

    place: Place
    client: Client = field(repr=False)

    def get(self, key: str) -> bytes | None:
        """Return the object's bytes, or ``None``. A body that was cut is read again."""
        found = self.read(key)
        return found and found[0]

    def read(self, key: str) -> tuple[bytes, Tag] | None:
        """Return the object's bytes and its tag, or ``None``; see ``get``."""
        with self._said_of("s3:GetObject"):
            try:
                return self.client.get(key)
            except Refusal as refusal:
                if refusal.code != "NoSuchKey":
                    raise
                return None

    def head(self, key: str) -> Held | None:
        """Return what the object says about itself, or ``None``."""
        with self._said_of("s3:GetObject"):
            try:
                return self.client.head(key)
            except Refusal as refusal:
                if refusal.status != 404:
                    raise
                return None

    def put(self, parcel: Parcel, condition: str | None = None) -> Tag:
        """Write one object with its own headers, and see that it arrived whole.

        The digest is sent along, and the tag that comes back is compared: it is the MD5
        of the body, except under a key of the customer's or of KMS. With a *condition*
        (the tag that the object must have until then, or ``ABSENT``) it raises
        ``Outrun`` or ``Unconditional``.
        """
        digest = md5(parcel.body, usedforsecurity=False).digest()
        with self._said_of("s3:PutObject"):
            try:
                tag = self.client.put(parcel, b64encode(digest).decode(), condition)
            except Refusal as refusal:
                if condition is None:
                    raise
                if refusal.status in (409, 412) or refusal.code == "NoSuchKey":
                    raise Outrun(under_way=refusal.status == 409) from refusal
                if refusal.code == "NotImplemented":
                    raise Unconditional from refusal
                raise
        if tag.is_md5 and tag.etag != digest.hex():
            raise Unavailable(
                T("{bucket} kept something else than was sent as {key}",
                  bucket=self.place.bucket, key=parcel.key),
                next=T("deploy again"),
            )  # fmt: skip
        return tag

    def list(
        self, prefix: str, *, after: str = "", until: str | None = None
    ) -> dict[str, Listed]:
        """Return what lies below *prefix*, in the order of the keys' bytes.

        Only keys that sort behind *after*, and, if given, not behind *until*: a long
        listing can be read in several parts at once.
        """
        found: dict[str, Listed] = {}
        more = True
        while more:
            with self._said_of("s3:ListBucket"):
                page, more = self.client.list(prefix, after, _AT_ONCE)
            found |= page
            after = max(page, default=after, key=str.encode)
            if not page or (until is not None and after.encode() >= until.encode()):
                break
        if until is None:
            return found
        return {key: entry for key, entry in found.items() if _sorts(key, until)}

    def look_up(self, key: str) -> dict[str, Listed]:
        """Return the listing of just *key*."""
        with self._said_of("s3:ListBucket"):
            page, _ = self.client.list(key, "", 1)
        return {name: entry for name, entry in page.items() if name == key}

    def delete(self, keys: Sequence[str]) -> tuple[str, ...]:
        """Delete *keys*; return those that the server did not delete."""
        kept: list[str] = []
        for start in range(0, len(keys), _AT_ONCE):
            with self._said_of("s3:DeleteObject"):
                kept += self.client.delete(keys[start : start + _AT_ONCE])
        return tuple(kept)

    @contextmanager
    def _said_of(self, permission: str) -> Iterator[None]:
        try:
            yield
        except SPOKEN as error:
            raise in_words(error, self.place, permission) from error


def _sorts(key: str, until: str) -> bool:
    return key.encode() <= until.encode()


def tag_of(body: bytes) -> str:
    """Return the tag of an object that holds *body*: its MD5, without quotes."""
    return md5(body, usedforsecurity=False).hexdigest()


def open_bucket(place: Place, config: Config, looks: int = 0) -> Bucket:
    """Return the bucket at *place*, without asking it anything yet.

    *looks* is how many questions at once come first: their connections are begun.

    Raises ``CredentialsRefused`` when a secret is not there, ``Rejected`` when the
    settings make no sense.
    """
    # whoever only reads the configuration needs no network
    from fallback.wire.s3.access import open_client

    try:
        return Bucket(place, open_client(place, config, looks))
    except SPOKEN as error:
        raise in_words(error, place, "") from error
