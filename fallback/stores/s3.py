"""State in a bucket that several machines share: an object a key, swapped on condition.

The version of a value is the server's tag of it. A write names the tag it replaces
(``If-Match``) or says that there is none (``If-None-Match``), and the server decides
who was faster (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html).
A server that would write all the same is found out before the first write, and refused.
"""

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from random import uniform
from typing import TYPE_CHECKING
from uuid import uuid4

from attrs import define, field, frozen

from fallback.core.check.least_privilege import Grant, Rights, state_policy
from fallback.core.config import Config, SecretRef, key_complaints
from fallback.core.errors import (
    Conflict,
    CredentialsRefused,
    Rejected,
    Unavailable,
    Unknown,
)
from fallback.core.hosts.publishing import is_safe
from fallback.core.ports import Version
from fallback.core.text import T, Text

if TYPE_CHECKING:
    from fallback.wire.s3.api import Tag
    from fallback.wire.s3.bucket import Bucket

PROBE = "conditions"
"""The object by which a server shows that it honours conditions; never a key."""

_KEY = re.compile(r"[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*")
_TURNS, _PAUSE = 4, timedelta(seconds=0.2)
"""How often a write that another one is in the way of is tried, and the first wait."""
_TYPE = "application/octet-stream"
_CACHED = "no-store"
_NEVER = "00000000000000000000000000000000"  # no text is known that has this MD5
_OTHERWISE = T(
    'look at [state] in fallback.toml; with store = "folder" this machine goes on by'
    " what it knows itself"
)


@frozen
class Settings:
    """The keys of ``[state]`` with ``store = "s3://BUCKET/PREFIX"``.

    ``path`` is what stays on this machine: locks, and its own copy of the journal.
    """

    bucket: str
    prefix: str = ""
    region: str = ""
    endpoint: str = ""
    access_key: SecretRef | None = None
    secret_key: SecretRef | None = None
    session_token: SecretRef | None = None
    owner: str = ""
    path: Path = Path(".fallback")

    def complaints(self) -> Iterator[tuple[str, Text]]:
        """Yield what is wrong beyond the types, as (key, sentence)."""
        if self.prefix and not is_safe(self.prefix):
            yield "store", T("a prefix is a path such as shop/page")
        if self.endpoint and not self.endpoint.startswith(("https://", "http://")):
            yield "endpoint", T("an endpoint begins with https://")
        yield from key_complaints(self.access_key, self.secret_key, self.session_token)
        if self.owner and not (self.owner.isdecimal() and len(self.owner) == 12):
            yield "owner", T("an owner is an AWS account: 12 digits")


@define
class S3Store:
    """See ``fallback.core.ports.Store``. Safe to use from several threads.

    Besides what the port says, its verbs raise ``CredentialsRefused``, and ``Rejected``
    for a bucket that cannot be used, or that honours no conditions.
    """

    bucket: "Bucket"
    prefix: str
    _proved: bool = field(default=False, init=False)

    def __str__(self) -> str:
        """Return the place as the owner wrote it."""
        return f"s3://{self.bucket.place.bucket}/{self.prefix}".rstrip("/")

    def get(self, key: str) -> tuple[bytes, Version] | None:
        """See ``fallback.core.ports.Store``."""
        with _said_of_the_state():
            found = self.bucket.read(self._at(key))
        return (found[0], Version(found[1].etag)) if found else None

    def put(self, key: str, value: bytes, if_version: Version | None) -> Version:
        """See ``fallback.core.ports.Store``."""
        self._prove()
        try:
            with _said_of_the_state():
                return Version(self._write(key, value, if_version).etag)
        except Unavailable as error:
            raise Unknown(error.what, next=error.next) from error

    def _write(self, key: str, value: bytes, if_version: Version | None) -> "Tag":
        """Write *value* once, however often it has to be sent.

        When an answer is lost, what is sent again is refused because of what was sent
        before. So each write has a name of its own, by which its object is known. While
        the server says that one is under way (409), it is asked again for a while.
        """
        from fallback.wire.s3.api import ABSENT, Parcel, Stamp, Tag
        from fallback.wire.s3.bucket import Outrun

        mine = Stamp(0, uuid4().hex)
        parcel = Parcel(self._at(key), value, _TYPE, _CACHED, mine)
        for turn in range(_TURNS):
            try:
                return self.bucket.put(parcel, if_version or ABSENT)
            except Outrun as outrun:
                held = self.bucket.head(parcel.key)
                if held is not None and held.stamp == mine:
                    return Tag(held.etag)
                there = held and held.etag
                if not outrun.under_way or there != if_version:
                    what = T("{key} was changed by somebody else", key=key)
                    raise Conflict(what) from outrun
            # a write is under way, and it may be our own: only the next look can tell
            time.sleep(_PAUSE.total_seconds() * 2**turn * uniform(0.5, 1))  # noqa: S311 - jitter
        raise Unknown(
            T("{address} does not say whether {key} was written: another write is"
              " under way", address=str(self), key=key),
            next=T("run it again in a minute"),
        )  # fmt: skip

    def _prove(self) -> None:
        """Have the server refuse what it must refuse, once.

        The first time of all nothing is there yet: then what was written is what the
        second try meets. Raises ``Rejected`` for a server that refuses nothing.
        """
        if self._proved:
            return
        from fallback.wire.s3.api import ABSENT

        honest = self._refused(ABSENT) or self._refused(ABSENT)
        if not (honest and self._refused(_NEVER)):
            raise Rejected(
                T(
                    "{address} cannot hold the state: its server writes over what"
                    " somebody else has just written",
                    address=str(self),
                ),
                next=T(
                    "choose a server that honours If-Match and If-None-Match, such as"
                    " Amazon's, or keep the state on this machine"
                ),
            )
        self._proved = True

    def _refused(self, condition: str) -> bool:
        """Say whether the server refuses to write the probe on *condition*."""
        from fallback.wire.s3.api import Parcel, Stamp
        from fallback.wire.s3.bucket import Outrun, Unconditional

        stamp = Stamp(0, PROBE)
        parcel = Parcel(self.prefix + PROBE, b"?", _TYPE, _CACHED, stamp)
        try:
            with _said_of_the_state():
                self.bucket.put(parcel, condition)
        except Outrun:
            return True
        except Unconditional:
            pass  # it says so itself
        return False

    def _at(self, key: str) -> str:
        if _KEY.fullmatch(key) is None or key == PROBE:
            raise ValueError(f"not a key: {key}")
        return self.prefix + key


@contextmanager
def _said_of_the_state() -> Iterator[None]:
    """Let what a bucket's error tells of the page be told of the state."""
    try:
        yield
    except CredentialsRefused as error:
        raise CredentialsRefused(error.what, next=error.next) from error
    except Unavailable as error:
        raise Unavailable(error.what, next=_OTHERWISE) from error
    except Rejected as error:
        raise Rejected(error.what, next=_OTHERWISE) from error


def rights(settings: Settings) -> Rights:
    """See ``fallback.stores.rights``."""
    policy = state_policy(settings.bucket, _prefix(settings))
    return Rights(
        (
            T("lead customers anywhere at the next restore, which trusts what is kept"),
            T("make every machine believe that names were moved, or were not"),
            T("read where the names led before, and who moved them"),
        ),
        (
            Grant(
                T("IAM: the policy of a user of its own; elsewhere, of the bucket"),
                json.dumps(policy, indent=2) + "\n",
            ),
        ),
    )


def _prefix(settings: Settings) -> str:
    prefix = settings.prefix.strip("/")
    return f"{prefix}/" if prefix else ""


def connect(settings: Settings, config: Config) -> S3Store:
    """Return the store in the bucket that *settings* name; nothing is asked yet.

    Raises ``CredentialsRefused`` when a secret is not there.
    """
    # whoever only reads the configuration needs no network
    from fallback.wire.s3.api import Place
    from fallback.wire.s3.bucket import open_bucket

    place = Place(
        settings.bucket,
        settings.region,
        settings.endpoint,
        settings.access_key,
        settings.secret_key,
        settings.session_token,
        settings.owner,
    )
    with _said_of_the_state():
        bucket = open_bucket(place, config)
    return S3Store(bucket, _prefix(settings))
