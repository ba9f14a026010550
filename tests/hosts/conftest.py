"""What the tests of hosts share."""

from uuid import uuid4

import pytest

from tests.fakes.config import small_config
from tests.servers import s3
from tests.servers.ceph import shared_ceph
from tests.servers.proxy import fault_proxy


@pytest.fixture
def config(tmp_path):
    root = tmp_path / "sites" / "shop"
    root.mkdir(parents=True)
    return small_config(root)


@pytest.fixture(autouse=True)
def _no_cloud(monkeypatch):
    """Nothing but loopback is ever asked: no machine role, nobody's profile."""
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    for name in (
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_PROFILE",
        "AWS_SESSION_TOKEN",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_S3",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TEST_S3_KEY", s3.KEY)
    monkeypatch.setenv("TEST_S3_SECRET", s3.SECRET)


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory):
    with s3.s3_server(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture(scope="session")
def ceph(tmp_path_factory):
    with shared_ceph(tmp_path_factory) as cluster:
        yield cluster


@pytest.fixture
def proxy(s3_server):
    with fault_proxy(s3_server.port) as proxy:
        yield proxy


@pytest.fixture
def bucket(s3_server):
    """Return the name of a fresh bucket."""
    name = f"b-{uuid4().hex}"
    s3_server.make_bucket(name)
    return name
