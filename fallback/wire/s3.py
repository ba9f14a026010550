"""A bucket behind any S3 API, in four verbs, with errors that an owner can act on.

boto3 costs half a second to load and is imported on first use. Its settings here are
measured, not guessed: without them a silent server holds a call for three minutes, and
Ceph, R2 and Backblaze refuse what it sends by default over https (boto/s3transfer#327).
Writes are whole small objects, so sending one again is harmless.
"""

import base64
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from hashlib import md5
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from fallback.core.config import Config, SecretRef
from fallback.core.errors import FallbackError, Unavailable
from fallback.core.text import T
from fallback.wire.s3_errors import in_words
from fallback.wire.secrets import reveal

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

WIDTH = 16
"""How many requests may be on their way at once."""

_READS = 3
_DELETED_AT_ONCE = 1000  # the API's own limit (DeleteObjects)


@frozen
class Place:
    """Which bucket, where, and with which key.

    Without keys boto3 looks for them by itself: environment, profile, machine role.
    """

    bucket: str
    region: str = ""
    endpoint: str = ""
    access_key: SecretRef | None = None
    secret_key: SecretRef | None = None


@frozen
class Listed:
    """What a listing says about one object. ``etag`` is without its quotes."""

    etag: str
    modified: datetime


@frozen
class Bucket:
    """An open bucket; safe to use from several threads.

    Every verb raises ``Unavailable``, ``Rejected`` or ``CredentialsRefused``.
    """

    place: Place
    client: "S3Client" = field(repr=False)

    def get(self, key: str) -> bytes | None:
        """Return the object's bytes, or ``None``. A body that was cut is read again."""
        from botocore.exceptions import (
            ClientError,
            HTTPClientError,
            IncompleteReadError,
        )

        for attempt in range(1, _READS + 1):
            try:
                with self._said_of("s3:GetObject"):
                    found = self.client.get_object(Bucket=self.place.bucket, Key=key)
                    return found["Body"].read()
            except FallbackError as error:
                cause = error.__cause__
                if isinstance(cause, ClientError) and _code(cause) == "NoSuchKey":
                    return None
                cut = isinstance(cause, IncompleteReadError | HTTPClientError)
                if not cut or attempt == _READS:
                    raise
        raise AssertionError

    def put(
        self, key: str, body: bytes, *, content_type: str, cache_control: str
    ) -> None:
        """Write one object with its own headers, and see that it arrived whole.

        The digest is sent along (RFC 1864), and the tag that comes back is compared:
        it is the MD5 of the body, except under a customer's encryption key.
        """
        digest = md5(body, usedforsecurity=False)
        with self._said_of("s3:PutObject"):
            answer = self.client.put_object(
                Bucket=self.place.bucket,
                Key=key,
                Body=body,
                ContentType=content_type,
                CacheControl=cache_control,
                ContentMD5=base64.b64encode(digest.digest()).decode(),
            )
        if _tag_is_a_digest(answer) and not same_body(answer["ETag"], body):
            raise Unavailable(
                T("{bucket} kept something else than was sent as {key}",
                  bucket=self.place.bucket, key=key),
                next=T("deploy again"),
            )  # fmt: skip

    def list(self, prefix: str, *, only: bool = False) -> dict[str, Listed]:
        """Return what lies below *prefix*; with *only*, the object of just that key."""
        found: dict[str, Listed] = {}
        with self._said_of("s3:ListBucket"):
            limit = {"MaxItems": 1, "PageSize": 1} if only else {}
            pages = self.client.get_paginator("list_objects_v2").paginate(
                Bucket=self.place.bucket,
                Prefix=prefix,
                PaginationConfig=limit,  # type: ignore[arg-type]
            )
            for page in pages:
                for entry in page.get("Contents", ()):
                    if not only or entry["Key"] == prefix:
                        found[entry["Key"]] = Listed(
                            entry["ETag"].strip('"'), entry["LastModified"]
                        )
        return found

    def delete(self, keys: Sequence[str]) -> tuple[str, ...]:
        """Delete *keys*; return those that the server did not delete.

        The API answers 200 and names its refusals one by one in the body.
        """
        kept: list[str] = []
        for start in range(0, len(keys), _DELETED_AT_ONCE):
            some = keys[start : start + _DELETED_AT_ONCE]
            with self._said_of("s3:DeleteObject"):
                answer = self.client.delete_objects(
                    Bucket=self.place.bucket,
                    Delete={"Objects": [{"Key": key} for key in some], "Quiet": True},
                )
            kept += [error.get("Key", "") for error in answer.get("Errors", ())]
        return tuple(kept)

    @contextmanager
    def _said_of(self, permission: str) -> Iterator[None]:
        from boto3.exceptions import Boto3Error
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except (ClientError, BotoCoreError, Boto3Error) as error:
            raise in_words(error, self.place.bucket, self._key(), permission) from error

    def _key(self) -> str:
        """Return how a person finds the key that was used."""
        reference = self.place.access_key
        return str(reference) if reference else "AWS_ACCESS_KEY_ID, or the AWS profile"


def _code(error: Any) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def same_body(etag: str, body: bytes) -> bool:
    """Return whether *etag* is the MD5 of *body*."""
    return etag.strip('"') == md5(body, usedforsecurity=False).hexdigest()


def _tag_is_a_digest(answer: Mapping[str, Any]) -> bool:
    customers = answer.get("SSECustomerAlgorithm")
    return not customers and answer.get("ServerSideEncryption") in (None, "AES256")


def open_bucket(place: Place, config: Config) -> Bucket:
    """Return the bucket at *place*, without asking it anything yet.

    Raises ``CredentialsRefused`` when a secret is not there, ``Rejected`` when the
    settings make no sense to boto3.
    """
    keys = [
        reveal(reference, config.root) if reference else None
        for reference in (place.access_key, place.secret_key)
    ]
    # half a second: only whoever publishes to a bucket pays for it
    import boto3
    from botocore.exceptions import BotoCoreError

    trusted = _trusting(config.network.ca_file)
    # boto3's module-level session is not safe to use from several threads
    session = boto3.session.Session()
    try:
        client = session.client(
            "s3",
            region_name=place.region or session.region_name or "us-east-1",
            endpoint_url=place.endpoint or None,
            aws_access_key_id=keys[0],
            aws_secret_access_key=keys[1],
            verify=str(trusted) if trusted else None,
            config=_bounded(place),
        )
    except (BotoCoreError, ValueError) as error:
        raise in_words(error, place.bucket, "", "") from error
    client.meta.events.register("before-send.s3.PutObject", _without_expect)
    client.meta.events.register("before-sign.s3.DeleteObjects", _with_md5)
    if trusted:
        weakref.finalize(client, trusted.unlink, missing_ok=True)
    return Bucket(place, client)


def _bounded(place: Place) -> Any:
    """Return botocore's settings: short waits, few tries, no checksums but MD5.

    Servers other than Amazon's refuse the trailing checksums that are its default.
    """
    from botocore.config import Config as Settings

    return Settings(
        max_pool_connections=WIDTH,
        connect_timeout=3,
        read_timeout=10,
        tcp_keepalive=True,
        retries={"mode": "standard", "total_max_attempts": 3},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        # a dotted bucket name breaks wildcard certificates
        s3={"addressing_style": "path" if place.endpoint else "auto"},
    )


def _without_expect(request: Any, **_: Any) -> None:
    """Save a round trip for each object (botocore#3755); the header is not signed."""
    if "Expect" in request.headers:
        del request.headers["Expect"]


def _with_md5(request: Any, **_: Any) -> None:
    """Send the digest that servers older than CRC32 ask for (MissingContentMD5)."""
    del request.headers["Content-MD5"]
    digest = md5(request.data, usedforsecurity=False).digest()
    request.headers["Content-MD5"] = base64.b64encode(digest).decode()


def _trusting(ca_file: Path | None) -> Path | None:
    """Return a new file that trusts *ca_file* beside the usual authorities.

    boto3 takes one file of authorities, and reads it with each new connection.
    """
    if ca_file is None:
        return None
    # whoever reads the configuration imports this module, and needs none of these
    import ssl
    from tempfile import NamedTemporaryFile

    from botocore.httpsession import where

    usual = Path(ssl.get_default_verify_paths().cafile or where())
    with NamedTemporaryFile(prefix="fallback-", suffix=".pem", delete=False) as file:
        file.write(usual.read_bytes() + b"\n" + ca_file.read_bytes())
    return Path(file.name)
