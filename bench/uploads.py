"""Publishes a folder to a bucket, in a process of its own: ours, and libraries' users.

``python -m bench.uploads WHO FOLDER ENDPOINT BUCKET CA``. Each does what a careful
program would do with that library: list, compare by MD5, put what differs, sixteen at a
time, small files whole. Nothing of another one is imported.
"""

import atexit
import gc
import hashlib
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

WIDTH = 16


def bodies(folder: Path) -> Mapping[str, bytes]:
    """Return the files of *folder* by their keys."""
    paths = [f"{at}/{name}" for at, _, names in os.walk(folder) for name in names]
    top = len(f"{folder}/")
    return {path[top:]: Path(path).read_bytes() for path in sorted(paths)}


def ours(folder: Path, endpoint: str, bucket: str, ca: str) -> None:
    """Publish as the product does, from files that are built already."""
    atexit.register(gc.freeze)  # as the program's own door does
    from zoneinfo import ZoneInfo

    from fallback.core.config import (
        Config,
        Contact,
        Network,
        Primary,
        SecretRef,
        Shop,
        State,
    )
    from fallback.hosts.s3 import Settings, connect
    from fallback.page import hosting

    config = Config(
        root=folder.parent,
        shop=Shop("Bench", "https://shop.example", ZoneInfo("UTC")),
        contact=Contact("a@shop.example", "+48600100200"),
        primary=Primary("https://shop.example", "x"),
        hosts=(),
        dns=(),
        state=State("folder", None),
        network=Network(ca_file=Path(ca)),
    )
    settings = Settings(
        bucket,
        endpoint=endpoint,
        access_key=SecretRef("env", "AWS_ACCESS_KEY_ID"),
        secret_key=SecretRef("env", "AWS_SECRET_ACCESS_KEY"),
    )
    site = hosting.site([hosting.built(k, v) for k, v in bodies(folder).items()], 1)
    connect(settings, config).publish(site)


def obstore(folder: Path, endpoint: str, bucket: str, ca: str) -> None:
    """Use obstore's synchronous interface; its asynchronous one aborts at exit."""
    os.environ["SSL_CERT_FILE"] = ca
    import obstore as library
    from obstore.store import S3Store

    store = S3Store(
        bucket,
        endpoint=endpoint,
        region="us-east-1",
        virtual_hosted_style_request=False,
        client_options={"timeout": "10s", "connect_timeout": "3s"},
    )
    there = {
        entry["path"]: (entry["e_tag"] or "").strip('"')
        for page in store.list(chunk_size=1000)
        for entry in page
    }

    def put(key: str, body: bytes) -> None:
        kind = {"Content-Type": "text/html; charset=utf-8"}
        library.put(store, key, body, attributes=kind, use_multipart=False)

    _differing(bodies(folder), there, put)


def boto3(folder: Path, endpoint: str, bucket: str, ca: str) -> None:
    """Use one boto3 client from threads, with settings that work on every server."""
    import boto3 as library
    from botocore.config import Config

    client = library.session.Session().client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        verify=ca,
        config=Config(
            max_pool_connections=WIDTH,
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            s3={"addressing_style": "path"},
        ),
    )
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    there = {
        entry["Key"]: entry["ETag"].strip('"')
        for page in pages
        for entry in page.get("Contents", ())
    }

    def put(key: str, body: bytes) -> None:
        client.put_object(
            Bucket=bucket, Key=key, Body=body, ContentType="text/html; charset=utf-8"
        )

    _differing(bodies(folder), there, put)


def _differing(
    files: Mapping[str, bytes],
    there: Mapping[str, str],
    put: Callable[[str, bytes], None],
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    wanted = [
        (key, body)
        for key, body in files.items()
        if there.get(key) != hashlib.md5(body, usedforsecurity=False).hexdigest()
    ]
    with ThreadPoolExecutor(WIDTH) as pool:
        list(pool.map(lambda one: put(*one), wanted))


if __name__ == "__main__":
    who, where, *rest = sys.argv[1:]
    {"ours": ours, "obstore": obstore, "boto3": boto3}[who](Path(where), *rest)
