"""moto's server as a subprocess: a real S3 API over HTTP, on a free loopback port.

It keeps bodies, headers, tags and listings as S3 does. It verifies no signature and no
Content-MD5, and serves no website.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from attrs import frozen

from tests import need

KEY, SECRET = "AKIATESTTESTTESTTEST", "test/secret+of-nobody"


@frozen
class S3Server:
    port: int

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.port}"

    def client(self):
        """Return a plain client: the view from behind the product's back."""
        return client_of(self.endpoint)

    def make_bucket(self, name):
        client = self.client()
        client.create_bucket(Bucket=name)
        return client


@cache
def client_of(endpoint, key=KEY, secret=SECRET):
    import boto3
    from botocore.config import Config

    return boto3.session.Session().client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=Config(s3={"addressing_style": "path"}),
    )


@contextmanager
def s3_server(folder: Path) -> Iterator[S3Server]:
    """Start the server and wait until it answers; it ends with the block."""
    program = Path(sys.executable).with_name("moto_server")
    command = [str(program) if program.exists() else need.program("moto_server")]
    port = _free_port()
    with (folder / "moto.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "-H", "127.0.0.1", "-p", str(port)],
            stdout=log,
            stderr=log,
            env=os.environ | {"MOTO_S3_CUSTOM_ENDPOINTS": ""},
        )
    try:
        _await(process, port)
        yield S3Server(port)
    finally:
        process.kill()
        process.wait()


def _await(process, port):
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        if process.poll() is not None:
            break
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        time.sleep(0.05)
    raise AssertionError("moto_server did not start")


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
