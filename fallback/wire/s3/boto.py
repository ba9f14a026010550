"""The S3 calls by boto3, for what the small client does not know.

That is: a proxy on the way, access points, regions under other domains, or an owner who
asks for it. It costs half a second to load. Its settings here are measured, not
guessed: without them a silent server holds a call for three minutes, and Ceph, R2 and
Backblaze refuse what it sends by default over https (boto/s3transfer#327).
"""

import base64
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import md5
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from fallback.core.config import Config
from fallback.wire.clock import SystemClock
from fallback.wire.s3.api import (
    ABSENT,
    STAMP,
    WIDTH,
    BadSettings,
    Held,
    Listed,
    NoKey,
    Parcel,
    Place,
    Refusal,
    Stamp,
    Tag,
)
from fallback.wire.s3.rest import age, clocks
from fallback.wire.s3.sigv4 import Key
from fallback.wire.web.unanswered import NoAnswer

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_READS = 3


@frozen
class BotoClient:
    """See ``fallback.wire.s3.api.Client``."""

    bucket: str
    client: "S3Client" = field(repr=False)
    owner: str = ""

    def _common(self) -> Any:
        owner = {"ExpectedBucketOwner": self.owner} if self.owner else {}
        return {"Bucket": self.bucket, **owner}

    def expect(self, count: int, *, perhaps: int = 0) -> None:
        """See ``Client.expect``: boto3 connects only for calls."""

    def get(self, key: str) -> tuple[bytes, Tag]:
        """See ``Client.get``. A body that was cut is read again."""
        for attempt in range(1, _READS + 1):
            try:
                with _translated():
                    found = self.client.get_object(Key=key, **self._common())
                    return found["Body"].read(), _tag(found)
            except NoAnswer:
                if attempt == _READS:
                    raise
        raise AssertionError

    def head(self, key: str) -> Held:
        """See ``Client.head``."""
        with _translated():
            said = self.client.head_object(Key=key, **self._common())
        return Held(
            said["ETag"].strip('"'),
            said.get("ContentType", ""),
            said.get("CacheControl", ""),
            Stamp.parse(said.get("Metadata", {}).get(STAMP)),
            age(said["ResponseMetadata"]["HTTPHeaders"]),
        )

    def put(self, parcel: Parcel, md5: str, condition: str | None) -> Tag:
        """See ``Client.put``."""
        conditions: Any = {}
        if condition == ABSENT:
            conditions = {"IfNoneMatch": ABSENT}
        elif condition is not None:
            conditions = {"IfMatch": condition}
        with _translated():
            said = self.client.put_object(
                Key=parcel.key,
                Body=parcel.body,
                ContentType=parcel.content_type,
                CacheControl=parcel.cache_control,
                ContentMD5=md5,
                Metadata=dict(parcel.metadata),
                **conditions,
                **self._common(),
            )
        return _tag(said)

    def list(
        self, prefix: str, after: str, most: int
    ) -> tuple[Mapping[str, Listed], bool]:
        """See ``Client.list``."""
        start: Any = {"StartAfter": after} if after else {}
        with _translated():
            page = self.client.list_objects_v2(
                Prefix=prefix, MaxKeys=most, **start, **self._common()
            )
        found = {
            entry["Key"]: Listed(entry["ETag"].strip('"'), entry["LastModified"])
            for entry in page.get("Contents", ())
        }
        return found, page["IsTruncated"]

    def delete(self, keys: Sequence[str]) -> Sequence[str]:
        """See ``Client.delete``."""
        with _translated():
            answer = self.client.delete_objects(
                Delete={"Objects": [{"Key": key} for key in keys], "Quiet": True},
                **self._common(),
            )
        return [error.get("Key", "") for error in answer.get("Errors", ())]


def _tag(said: Mapping[str, Any]) -> Tag:
    encrypted = said.get("ServerSideEncryption", "AES256") != "AES256"
    is_md5 = not encrypted and not said.get("SSECustomerAlgorithm")
    return Tag(said["ETag"].strip('"'), is_md5)


@contextmanager
def _translated() -> Iterator[None]:
    """Turn what botocore raises into what the small client raises."""
    from botocore.exceptions import (
        BotoCoreError,
        ClientError,
        ConnectionError,  # noqa: A004 - botocore's name for it
        HTTPClientError,
        IncompleteReadError,
        NoCredentialsError,
        PartialCredentialsError,
        SSLError,
    )

    try:
        yield
    except ClientError as error:
        raise _refusal(error) from error
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise NoKey from error
    except (HTTPClientError, ConnectionError, IncompleteReadError) as error:
        raise NoAnswer(error, untrusted=isinstance(error, SSLError)) from error
    except (BotoCoreError, ValueError) as error:
        raise BadSettings(str(error)) from error


def _refusal(error: Any) -> Refusal:
    about, meta = error.response.get("Error", {}), error.response["ResponseMetadata"]
    headers = meta.get("HTTPHeaders", {})
    return Refusal(
        int(meta.get("HTTPStatusCode", 0)),
        str(about.get("Code", "")),
        str(about.get("Message", "")),
        about.get("Region") or headers.get("x-amz-bucket-region", ""),
        clocks(headers.get("date", ""), SystemClock().now()),
    )


def session() -> Any:
    """Return a session of our own: boto3's default is not safe in several threads."""
    # half a second: only whoever needs it pays for it
    import boto3

    return boto3.session.Session()


def found_key(session: Any) -> Key:
    """Return the key that the SDK finds now: profile, SSO, role of the machine.

    Raises ``NoKey``.
    """
    with _translated():
        found = session.get_credentials()
        if found is None:
            raise NoKey
        frozen_now = found.get_frozen_credentials()
    return Key(frozen_now.access_key, frozen_now.secret_key, frozen_now.token or "")


def open_boto(place: Place, key: Key | None, config: Config) -> BotoClient:
    """Return the client of *place*, without asking it anything yet.

    Without *key* boto3 finds its own. Raises what ``Client`` raises.
    """
    ours = session()
    trusted = _trusting(config.network.ca_file)
    with _translated():
        client = ours.client(
            "s3",
            region_name=place.region or ours.region_name or "us-east-1",
            endpoint_url=place.endpoint or None,
            aws_access_key_id=key.access if key else None,
            aws_secret_access_key=key.secret if key else None,
            aws_session_token=(key.token or None) if key else None,
            verify=str(trusted) if trusted else None,
            config=_bounded(place),
        )
    client.meta.events.register("before-send.s3.PutObject", _without_expect)
    client.meta.events.register("before-sign.s3.DeleteObjects", _with_md5)
    if trusted:
        weakref.finalize(client, trusted.unlink, missing_ok=True)
    return BotoClient(place.bucket, client, place.owner)


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
    import ssl
    from tempfile import NamedTemporaryFile

    from botocore.httpsession import where

    usual = Path(ssl.get_default_verify_paths().cafile or where())
    with NamedTemporaryFile(prefix="fallback-", suffix=".pem", delete=False) as file:
        file.write(usual.read_bytes() + b"\n" + ca_file.read_bytes())
    return Path(file.name)
