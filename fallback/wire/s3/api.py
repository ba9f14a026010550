"""What there is to ask of a bucket, whoever carries it: the small client, or boto3."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from attrs import frozen

from fallback.core.config import SecretRef
from fallback.page.hosting import end_said_by, http_date

WIDTH = 16
"""How many requests may be on their way at once."""

FIRST_LOOKS = 4
"""How many questions a publish begins with; what it writes depends on the answers."""

ABSENT = "*"
"""The condition of a write to a key that must not be there."""

STAMP = "publish"
"""The metadata that say which publish an object belongs to (``x-amz-meta-publish``)."""

BACK = "back"
"""The metadata of a page that says when the shop will be back, as an HTTP-date.

A bucket cannot answer with Retry-After; what stands in front of it makes one of this
(``cloudfront_response.js``)."""


@frozen(order=True)
class Stamp:
    """Which publish: by the sequence of its words, then, for want of more, by build.

    It is spelled ``SEQUENCE.BUILD``.
    """

    sequence: int
    build: str

    def __str__(self) -> str:
        return f"{self.sequence}.{self.build}"

    @classmethod
    def parse(cls, said: str | None) -> "Stamp":
        """Return what an object *said*; older than everything when it was not ours."""
        sequence, _, build = (said or "").partition(".")
        return cls(int(sequence), build) if sequence.isdecimal() else cls(-1, "")


@frozen
class Place:
    """Which bucket, where, and with which key.

    Without keys they are looked for as the AWS SDK does: environment, profile, machine
    role. ``owner`` is the AWS account that the bucket must belong to, if not empty.
    """

    bucket: str
    region: str = ""
    endpoint: str = ""
    access_key: SecretRef | None = None
    secret_key: SecretRef | None = None
    session_token: SecretRef | None = None
    owner: str = ""
    transport: str = "direct"


@frozen
class Listed:
    """What a listing says about one object. ``etag`` is without its quotes."""

    etag: str
    modified: datetime


@frozen
class Held:
    """What one object says about itself; ``age`` is by the server's own clock."""

    etag: str
    content_type: str
    cache_control: str
    stamp: Stamp
    age: timedelta


@frozen
class Tag:
    """How the server names what an object holds; ``is_md5``: of the body, as usual.

    It is another one under a key of the customer's or of KMS.
    """

    etag: str
    is_md5: bool = True


@frozen
class Parcel:
    """One object to be written, with every header that it is to have."""

    key: str
    body: bytes
    content_type: str
    cache_control: str
    stamp: Stamp

    @property
    def metadata(self) -> Mapping[str, str]:
        """Return what the object says about itself besides, by names in lower case."""
        page = self.content_type.startswith("text/html")
        end = end_said_by(self.body) if page else None
        return {STAMP: str(self.stamp)} | ({BACK: http_date(end)} if end else {})


class Refusal(Exception):
    """The server answered no: ``code`` as S3 spells it, or empty."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str = "",
        region: str = "",
        dates: tuple[datetime, datetime] | None = None,
    ) -> None:
        """*dates* are the server's and this machine's, where the server's is known."""
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code
        self.message = message
        self.region = region
        self.dates = dates


class NoKey(Exception):
    """There is no key, or only half of one, in any of the places where one may be."""


class BadSettings(Exception):
    """Nothing can be asked with settings like these."""


class Client(Protocol):
    """The few calls. All may be repeated; each bounds its own tries and waits.

    Raises ``Refusal``, ``NoKey``, ``BadSettings``, or ``NoAnswer`` of
    ``fallback.wire.web.unanswered``.
    """

    def expect(self, count: int, *, perhaps: int = 0) -> None:
        """Be ready for *count* calls at once, as far as that helps.

        *perhaps* as many more come then, or none.
        """
        ...

    def get(self, key: str) -> tuple[bytes, Tag]:
        """Return the object's bytes, and how the server names them."""
        ...

    def head(self, key: str) -> Held:
        """Return what the object says about itself."""
        ...

    def put(self, parcel: Parcel, md5: str, condition: str | None) -> Tag:
        """Write one object; return its tag.

        *md5* is sent along in Base64 (RFC 1864). *condition* is the tag that the object
        must have until then, ``ABSENT``, or ``None`` for no condition.
        """
        ...

    def list(
        self, prefix: str, after: str, most: int
    ) -> tuple[Mapping[str, Listed], bool]:
        """Return some keys below *prefix* that sort behind *after*; whether more."""
        ...

    def delete(self, keys: Sequence[str]) -> Sequence[str]:
        """Delete 1000 *keys* at most; return those that the server did not delete."""
        ...
