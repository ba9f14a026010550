"""How a bucket is reached: at which address, with which key, and by which client.

The SDK is loaded only for what it alone can do. Where it would look, and in which
order: https://docs.aws.amazon.com/boto3/latest/guide/credentials.html
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from urllib.parse import SplitResult, urlsplit

from attrs import evolve

from fallback.core.config import Config, SecretRef
from fallback.wire.s3.api import BadSettings, Client, Place
from fallback.wire.s3.sigv4 import Key
from fallback.wire.scrubbing import remember
from fallback.wire.secrets import reveal
from fallback.wire.web.connecting import Server

_ELSEWHERE = ("cn-", "us-iso", "eu-iso")
"""Regions whose servers are not below amazonaws.com."""


def open_client(place: Place, config: Config, looks: int) -> Client:
    """Return what speaks to *place*, without asking it anything yet.

    *looks* is how many questions at once come first.

    Raises ``CredentialsRefused`` when a configured secret is not there, ``NoKey`` when
    none is configured and none is found, and what ``open_boto`` raises.
    """
    key = _configured(place, config) or _of_environment()
    place = evolve(
        place,
        region=place.region or _variable("AWS_REGION", "AWS_DEFAULT_REGION"),
        endpoint=place.endpoint or _variable("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
    )
    base = urlsplit(place.endpoint or "https://s3.amazonaws.com")
    if place.transport == "boto3" or _is_beyond_us(place, base):
        from fallback.wire.s3.boto import open_boto

        return open_boto(place, key, config)
    if key is not None and (place.region or place.endpoint or not _has_profile()):
        known = key
        return _direct(place, config, looks, lambda: known)
    return _by_the_sdk(place, config, looks, key)


def _by_the_sdk(place: Place, config: Config, looks: int, key: Key | None) -> Client:
    """Let the SDK find the region and, without *key*, the key; speak ourselves."""
    from fallback.wire.s3.boto import found_key, session

    ours = session()
    place = evolve(place, region=place.region or ours.region_name or "")
    if key is not None:
        return _direct(place, config, looks, lambda: key)
    one_by_one = Lock()  # the SDK's session is not safe to use from several threads

    def keys() -> Key:
        with one_by_one:
            return found_key(ours)

    return _direct(place, config, looks, keys)


def _direct(
    place: Place, config: Config, looks: int, keys: Callable[[], Key]
) -> Client:
    region = place.region or "us-east-1"
    base, root = _address(place, region)
    secure = base.scheme == "https"
    try:
        port = base.port or (443 if secure else 80)
    except ValueError as error:
        raise BadSettings(str(error)) from error
    server = Server(base.hostname or "", port, secure, config.network)
    server.warm(looks)
    # all this is read while the first packets are on their way
    from fallback.wire.s3.rest import RestClient
    from fallback.wire.web.pool import Pool

    return RestClient(Pool(server), root, region, keys, place.owner)


def _address(place: Place, region: str) -> tuple[SplitResult, str]:
    """Return the base address, and what stands before each key in the path.

    An endpoint is asked by path. Amazon wants the bucket in the name, but a dot in it
    breaks the wildcard certificate
    (https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html).
    """
    if place.endpoint:
        base = urlsplit(place.endpoint)
        return base, f"{base.path.rstrip('/')}/{place.bucket}/"
    host = f"s3.{region}.amazonaws.com"
    if "." in place.bucket:
        return urlsplit(f"https://{host}"), f"/{place.bucket}/"
    return urlsplit(f"https://{place.bucket}.{host}"), "/"


def _is_beyond_us(place: Place, base: SplitResult) -> bool:
    if place.bucket.startswith("arn:"):
        return True
    if not place.endpoint and place.region.startswith(_ELSEWHERE):
        return True
    return _has_proxy() and _goes_by_proxy(base)


def _has_proxy() -> bool:
    """Return whether there may be one: in the environment, or in system settings."""
    named = any(name.lower().endswith("_proxy") for name in os.environ)
    return named or sys.platform in ("win32", "darwin")


def _goes_by_proxy(base: SplitResult) -> bool:
    # most machines have none, and need not load this
    from urllib.request import getproxies, proxy_bypass

    return base.scheme in getproxies() and not proxy_bypass(base.netloc)


def _configured(place: Place, config: Config) -> Key | None:
    if place.access_key is None or place.secret_key is None:
        return None
    access, secret = (
        reveal(reference, config.root)
        for reference in (place.access_key, place.secret_key)
    )
    if place.session_token is not None:
        return Key(access, secret, reveal(place.session_token, config.root))
    # whoever refers to the SDK's own variables means all three
    if place.access_key == SecretRef("env", "AWS_ACCESS_KEY_ID"):
        return Key(access, secret, _variable("AWS_SESSION_TOKEN"))
    return Key(access, secret)


def _of_environment() -> Key | None:
    access, secret = _variable("AWS_ACCESS_KEY_ID"), _variable("AWS_SECRET_ACCESS_KEY")
    if not access or not secret:
        return None
    key = Key(access, secret, _variable("AWS_SESSION_TOKEN"))
    for part in (key.access, key.secret, key.token):
        if part:
            remember(part)
    return key


def _has_profile() -> bool:
    """Return whether the SDK has a file that may name a region."""
    named = _variable("AWS_CONFIG_FILE")
    return Path(named or "~/.aws/config").expanduser().is_file()


def _variable(*names: str) -> str:
    return next((v for name in names if (v := os.environ.get(name, "").strip())), "")
