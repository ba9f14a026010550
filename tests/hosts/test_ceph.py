"""A bucket on a real server that verifies what it is sent: Ceph, plain and by TLS."""

import subprocess
import sys
from functools import partial
from uuid import uuid4

import pytest
from attrs import evolve

from fallback.core.errors import CredentialsRefused, Unavailable
from fallback.wire.s3.boto import BotoClient
from fallback.wire.s3.rest import RestClient
from tests.contracts.host import RoomyContract, ShelfContract
from tests.fakes.site import digests, page, small_site
from tests.fakes.site_folder import bucket, write_site
from tests.hosts.buckets import BucketPlace, s3_host
from tests.servers import program
from tests.servers.ceph import STRANGER
from tests.servers.s3 import KEY, SECRET, client_of


@pytest.fixture
def ceph_bucket(ceph):
    return ceph.make_bucket()


@pytest.fixture
def secure_config(config, ceph):
    return evolve(config, network=evolve(config.network, ca_file=ceph.ca))


class TestCeph(RoomyContract, ShelfContract):
    @pytest.fixture
    def place(self, config, ceph, ceph_bucket):
        return BucketPlace(config, ceph, ceph_bucket)


class TestCephByTls(ShelfContract):
    @pytest.fixture
    def place(self, secure_config, ceph, ceph_bucket):
        return BucketPlace(secure_config, ceph, ceph_bucket, endpoint=ceph.secure)

    @pytest.mark.torture
    def test_a_kill_between_any_two_writes_leaves_a_whole_page_and_can_be_finished(
        self, place
    ):
        super().test_a_kill_between_any_two_writes_leaves_a_whole_page_and_can_be_finished(
            place
        )

    @pytest.mark.torture
    def test_a_kill_never_brings_a_deletion_forward(self, place):
        super().test_a_kill_never_brings_a_deletion_forward(place)


def test_a_visitor_of_the_website_gets_the_page_wherever_they_land(config, ceph):
    """Asked as a browser asks: by the shop's own name, in ``Host``."""
    domain = ceph.make_bucket("kwiaty.example", website=True)
    site = small_site("we are away", extra={"404.html": page("we are away")})
    s3_host(config, ceph.endpoint, domain).publish(site)
    front = site.file("index.html").body
    status, headers, body = ceph.visit(domain)
    assert (status, body) == (200, front)
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["Cache-Control"] == site.file("index.html").cache_control
    for path in ("/product/123", "/cart?session=1&x=%20"):
        status, _, body = ceph.visit(domain, path)
        assert (status, body) == (403, front), "nobody may list the bucket"
    for path in ("/", "/wc-api/x"):
        status, _, _ = ceph.visit(domain, path, "POST")
        assert status == 405, "a payment provider must not believe it delivered"
    status, headers, body = ceph.visit(domain, "/robots.txt")
    assert (status, body) == (200, site.file("robots.txt").body)
    assert headers["Content-Type"].startswith("text/plain")


def test_a_certificate_that_nobody_vouches_for_is_said(config, ceph, ceph_bucket):
    with pytest.raises(Unavailable, match="no safe connection") as caught:
        s3_host(config, ceph.secure, ceph_bucket).publish(small_site())
    assert "network.ca_file" in str(caught.value.next)


def test_a_bucket_of_somebody_else_is_refused_and_left_alone(config, ceph):
    """Deleted, and made again by a real other user who does not even let us look."""
    theirs = client_of(ceph.endpoint, *STRANGER)
    name = f"b-{uuid4().hex}"
    theirs.create_bucket(Bucket=name)
    with pytest.raises(CredentialsRefused) as caught:
        s3_host(config, ceph.endpoint, name).publish(small_site())
    assert "env:TEST_S3_KEY" in str(caught.value.next)
    assert f"s3:ListBucket on {name}" in str(caught.value.next)
    assert "Contents" not in theirs.list_objects_v2(Bucket=name)


def test_keys_that_are_spelled_oddly_arrive_as_they_are(config, ceph, ceph_bucket):
    odd = ["_fallback/a b+c~d%41.txt", "ż=ó&ł'(x)!/sw.js", "_fallback/漢😀.html"]
    site = small_site("odd", extra={path: page(path) for path in odd})
    host = s3_host(config, ceph.endpoint, ceph_bucket)
    host.publish(site)
    assert s3_host(config, ceph.endpoint, ceph_bucket).read_back() == digests(site)
    assert host.read_back() == digests(site)
    assert host.publish(site).written == ()
    there = BucketPlace(config, ceph, ceph_bucket).bodies()
    assert {path: there[path] for path in odd} == {
        path: page(path).encode() for path in odd
    }


CONFIGURED = """
import sys
from pathlib import Path
from fallback.actions.site import load
from fallback import hosts
config = load(Path(sys.argv[1]))
host = hosts.connect(config.hosts[0], config)
host.read_back()
sdk = {"boto3", "botocore", "urllib3"} & set(sys.modules)
sys.exit(f"loaded {sdk}" if sdk else 0)
"""


def test_keys_that_are_configured_or_in_the_environment_load_no_sdk(
    tmp_path, ceph, ceph_bucket
):
    site = write_site(tmp_path / "s", bucket(ceph_bucket, ceph.endpoint))
    words = [sys.executable, "-c", CONFIGURED, str(site)]
    run = partial(subprocess.run, words, check=True, timeout=60)
    run(env=program.environment(tmp_path))
    text = (site / "fallback.toml").read_text("utf-8")
    kept = [line for line in text.splitlines() if "_key = " not in line]
    (site / "fallback.toml").write_text("\n".join(kept), "utf-8")
    usual = {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET}
    run(env=program.environment(tmp_path, **usual))


def test_a_profile_is_found_by_the_sdk_and_carried_by_ourselves(
    config, ceph, ceph_bucket, tmp_path, monkeypatch
):
    file = tmp_path / "credentials"
    file.write_text(
        f"[shop]\naws_access_key_id = {KEY}\naws_secret_access_key = {SECRET}\n"
    )
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    monkeypatch.setenv("AWS_PROFILE", "shop")
    host = s3_host(config, ceph.endpoint, ceph_bucket, access_key=None, secret_key=None)
    host.publish(small_site())
    assert isinstance(host.bucket.client, RestClient)
    assert host.read_back() == digests(small_site())


def test_a_proxy_on_the_way_is_left_to_the_sdk(config, monkeypatch):
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    host = s3_host(config, "https://s3.example", "b-1")
    assert isinstance(host.bucket.client, BotoClient)
