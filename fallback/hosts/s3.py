"""A bucket behind an S3 API: Amazon's, or any other's by ``endpoint``.

How it is published to: ``fallback.wire.s3.host``. That is read while the connections
are being made, and by nobody who only reads the configuration.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from attrs import frozen

from fallback.core.config import Config, SecretRef, key_complaints
from fallback.core.hosts.publishing import is_safe
from fallback.core.text import T, Text
from fallback.wire.s3.api import FIRST_LOOKS, Place
from fallback.wire.s3.bucket import open_bucket

if TYPE_CHECKING:
    from fallback.wire.aws.clients import Login
    from fallback.wire.aws.edges import Edges
    from fallback.wire.s3.host import S3Host

_DISTRIBUTION = re.compile(r"[A-Z0-9]{10,20}")


@frozen
class Settings:
    """What ``[[hosts]]`` with ``kind = "s3"`` takes.

    ``distribution`` is the CloudFront one in front of the bucket. ``website`` is what
    ``setup`` makes: the bucket's own website in its stead; by default where there is an
    ``endpoint``, because only Amazon has CloudFront.
    """

    bucket: str
    region: str = ""
    endpoint: str = ""
    prefix: str = ""
    distribution: str = ""
    website: bool | None = None
    access_key: SecretRef | None = None
    secret_key: SecretRef | None = None
    session_token: SecretRef | None = None
    owner: str = ""
    transport: Literal["direct", "boto3"] = "direct"

    def complaints(self) -> Iterator[tuple[str, Text]]:
        """Yield what is wrong beyond the types, as (key, sentence)."""
        if not self.bucket:
            yield "bucket", T("the bucket has no name")
        if self.prefix.strip("/") and not is_safe(self.prefix.strip("/")):
            yield "prefix", T("a prefix is a path such as shop/page")
        if self.endpoint and not self.endpoint.startswith(("https://", "http://")):
            yield "endpoint", T("an endpoint begins with https://")
        if self.distribution and not _DISTRIBUTION.fullmatch(self.distribution):
            yield "distribution", T("a distribution's id looks like E1QXVPK0EXAMPLE")
        if self.prefix and self.website:
            yield "prefix", T("a bucket's website shows the page only at its top")
        if self.distribution and self.website:
            yield "website", T("a bucket with a distribution needs no website")
        yield from key_complaints(self.access_key, self.secret_key, self.session_token)
        if self.owner and not (self.owner.isdecimal() and len(self.owner) == 12):
            yield "owner", T("an owner is an AWS account: 12 digits")


def connect(settings: Settings, config: Config) -> "S3Host":
    """Return the host, its secrets revealed. Raises ``CredentialsRefused``."""
    place = Place(
        settings.bucket,
        settings.region,
        settings.endpoint,
        settings.access_key,
        settings.secret_key,
        settings.session_token,
        settings.owner,
        settings.transport,
    )
    bucket = open_bucket(place, config, FIRST_LOOKS)
    from fallback.wire.s3.host import S3Host

    prefix = settings.prefix.strip("/")
    return S3Host(
        bucket,
        f"{prefix}/" if prefix else "",
        _edges(settings, config),
        foreign=bool(settings.endpoint) and not _is_amazon(settings.endpoint),
    )


def _is_amazon(endpoint: str) -> bool:
    return f".{urlsplit(endpoint).hostname or ''}".endswith(
        (".amazonaws.com", ".amazonaws.com.cn", ".api.aws")
    )


def login(settings: Settings) -> "Login":
    """Return how to call what stands beside the bucket: the same key, the same door."""
    # a bucket alone needs none of this
    from fallback.wire.aws.clients import Login

    return Login(
        settings.region,
        settings.endpoint,
        settings.access_key,
        settings.secret_key,
        settings.session_token,
    )


def _edges(settings: Settings, config: Config) -> "Edges | None":
    if not settings.distribution:
        return None
    from fallback.wire.aws.edges import Edges

    return Edges(login(settings), settings.distribution, config)
