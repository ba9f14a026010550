"""boto3 as the carrier: what it must be told, and what is left to it."""

import gc
from pathlib import Path

import pytest
from attrs import evolve
from botocore.exceptions import IncompleteReadError

from fallback.core.errors import PartlyDone
from fallback.core.model import MANIFEST
from tests.contracts.host import ShelfContract
from tests.fakes.site import digests, small_site
from tests.hosts.buckets import BucketPlace, s3_host


def boto_host(config, endpoint, bucket):
    return s3_host(config, endpoint, bucket, transport="boto3")


class TestS3HostByBoto3(ShelfContract):
    @pytest.fixture
    def place(self, config, s3_server, bucket):
        return BucketPlace(config, s3_server, bucket, settings={"transport": "boto3"})


def test_each_object_is_sent_with_its_digest_and_without_a_needless_round_trip(
    config, s3_server, bucket
):
    host = boto_host(config, s3_server.endpoint, bucket)
    sent = []
    host.bucket.client.client.meta.events.register_last(
        "before-send.s3", lambda request, **_: sent.append(request)
    )
    host.publish(small_site())
    puts = [request for request in sent if request.method == "PUT"]
    assert len(puts) == len(small_site().files)
    for request in puts:
        names = {name.lower() for name in request.headers}
        assert "content-md5" in names
        assert "expect" not in names
        assert "x-amz-checksum-crc32" not in names
        assert request.headers.get("Content-Encoding") is None


def test_deletions_carry_the_digest_that_older_servers_ask_for(
    config, s3_server, bucket
):
    host = boto_host(config, s3_server.endpoint, bucket)
    sent = []
    host.bucket.client.client.meta.events.register_last(
        "before-send.s3.DeleteObjects", lambda request, **_: sent.append(request)
    )
    gone = {"_fallback/log/older.html": None}
    for sequence, extra in ((1, {}), (2, gone), (3, gone)):
        host.publish(small_site(str(sequence), sequence=sequence, extra=extra))
    assert [len(request.headers["Content-MD5"]) for request in sent] == [24]


def test_a_deletion_that_the_server_refuses_is_said_and_tried_again(
    config, s3_server, bucket, monkeypatch
):
    host = boto_host(config, s3_server.endpoint, bucket)
    gone = "_fallback/log/older.html"
    host.publish(small_site("1", sequence=1))
    host.publish(small_site("2", sequence=2, extra={gone: None}))
    refusal = {"Errors": [{"Key": gone, "Code": "AccessDenied", "Message": ""}]}
    third = small_site("3", sequence=3, extra={gone: None})
    with monkeypatch.context() as patch:
        patch.setattr(host.bucket.client.client, "delete_objects", lambda **_: refusal)
        with pytest.raises(PartlyDone, match="could not be deleted"):
            host.publish(third)
    assert host.read_back() == digests(third)
    assert host.publish(third).deleted == (gone,)


def test_a_truncated_read_is_read_again(config, s3_server, bucket):
    """The manifest decides what is skipped, so half of it must never be believed."""
    host = boto_host(config, s3_server.endpoint, bucket)
    host.publish(small_site())
    failures = [IncompleteReadError(actual_bytes=1, expected_bytes=2)] * 2

    def break_off(parsed, **_):
        if failures:
            body, error = parsed["Body"], failures.pop()

            class Cut:
                def read(self):
                    body.close()
                    raise error

            parsed["Body"] = Cut()

    host.bucket.client.client.meta.events.register("after-call.s3.GetObject", break_off)
    assert host.bucket.get(MANIFEST) == small_site().file(MANIFEST).body
    assert failures == []


def test_an_authority_of_ones_own_is_trusted_beside_the_usual_ones(config, tmp_path):
    ours = tmp_path / "lab-ca.pem"
    ours.write_bytes(b"-----OURS-----\n")
    config = evolve(config, network=evolve(config.network, ca_file=ours))
    host = boto_host(config, "https://127.0.0.1:9", "b-1")
    joined = Path(host.bucket.client.client._endpoint.http_session._verify)
    text = joined.read_bytes()
    assert b"-----OURS-----" in text
    assert text.count(b"BEGIN CERTIFICATE") > 50
    del host
    gc.collect()
    assert not joined.exists()
