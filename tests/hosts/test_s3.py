"""A bucket as a host, against moto's server, and behind a proxy that misbehaves."""

import json
from datetime import timedelta

import pytest

from fallback.core.errors import CredentialsRefused, PartlyDone, Rejected, Unavailable
from fallback.core.hosts.capabilities import Capabilities
from fallback.core.model import MANIFEST
from fallback.hosts.s3 import Settings
from fallback.wire.deadline import within
from tests.contracts.host import RoomyContract, ShelfContract
from tests.fakes.config import small_config
from tests.fakes.site import digests, page, small_site
from tests.hosts.buckets import KEYS, BucketPlace, s3_host
from tests.servers.proxy import fault_proxy
from tests.servers.s3 import KEY, SECRET


class TestS3Host(RoomyContract, ShelfContract):
    @pytest.fixture
    def place(self, config, s3_server, bucket):
        return BucketPlace(config, s3_server, bucket)


def test_a_prefix_holds_everything_and_nothing_is_written_beside_it(
    config, s3_server, bucket
):
    place = BucketPlace(config, s3_server, bucket, "shops/kwiaty/")
    place.leave("keep.txt", b"theirs")
    gone = {"_fallback/log/older.html": None}
    for sequence, extra in ((1, {}), (2, gone), (3, gone)):
        site = small_site(str(sequence), sequence=sequence, extra=extra)
        receipt = place.host().publish(site)
    assert receipt.deleted == tuple(gone)
    assert place.host().publish(site).written == ()
    assert place.host().read_back() == digests(site)
    listed = s3_server.client().list_objects_v2(Bucket=bucket)
    keys = {entry["Key"] for entry in listed["Contents"]}
    ours = {*digests(site), "_fallback/leftovers.json", "keep.txt"}
    assert keys == {place.prefix + path for path in ours}


def test_every_object_has_our_own_content_type_and_cache_control(
    config, s3_server, bucket
):
    site = small_site()
    s3_host(config, s3_server.endpoint, bucket).publish(site)
    for file in site.files:
        head = s3_server.client().head_object(Bucket=bucket, Key=file.path)
        assert head["ContentType"] == file.content_type
        assert head["CacheControl"] == file.cache_control


def test_headers_of_an_unfinished_publish_are_put_right(config, s3_server, bucket):
    """A listing shows no headers, so what is younger than the manifest is doubted."""
    import time

    site = small_site()
    host = s3_host(config, s3_server.endpoint, bucket)
    host.publish(site)
    time.sleep(1.1)  # listings count in seconds
    body = site.file("robots.txt").body
    s3_server.client().put_object(
        Bucket=bucket, Key="robots.txt", Body=body, CacheControl="max-age=999999"
    )
    assert "robots.txt" in host.publish(site).written
    head = s3_server.client().head_object(Bucket=bucket, Key="robots.txt")
    assert head["CacheControl"] == site.file("robots.txt").cache_control


def test_each_object_is_sent_whole_with_its_digest_and_our_own_headers_alone(
    config, proxy, bucket
):
    site = small_site()
    s3_host(config, proxy.endpoint, bucket).publish(site)
    puts = [head for head in proxy.heads if head.startswith("PUT")]
    assert len(puts) == len(site.files)
    for head in puts:
        lines = head.strip().split("\r\n")[1:]
        assert {line.partition(":")[0].lower() for line in lines} == {
            "host", "user-agent", "content-type", "cache-control", "content-md5",
            "content-length", "x-amz-meta-publish", "x-amz-content-sha256",
            "x-amz-date", "if-none-match", "authorization",
        }  # fmt: skip


@pytest.mark.parametrize("transport", ["direct", "boto3"])
def test_the_page_carries_the_end_that_it_announces(
    config, s3_server, bucket, transport
):
    """A distribution makes Retry-After of it; nothing else of the site has one."""
    said = '<time datetime="2026-11-22T14:30:00+01:00" data-live="eta_iso">soon</time>'
    host = s3_host(config, s3_server.endpoint, bucket, transport=transport)
    host.publish(small_site(said))
    ask = s3_server.client().head_object
    front = ask(Bucket=bucket, Key="index.html")["Metadata"]
    assert front["back"] == "Sun, 22 Nov 2026 13:30:00 GMT"
    feed = ask(Bucket=bucket, Key="_fallback/feed.json")["Metadata"]
    assert set(feed) == {"publish"}


def test_deletions_carry_the_digest_that_older_servers_ask_for(config, proxy, bucket):
    host = s3_host(config, proxy.endpoint, bucket)
    gone = {"_fallback/log/older.html": None}
    for sequence, extra in ((1, {}), (2, gone), (3, gone)):
        host.publish(small_site(str(sequence), sequence=sequence, extra=extra))
    (deletion,) = (head for head in proxy.heads if head.startswith("POST"))
    assert "Content-MD5: " in deletion


def test_a_deletion_that_the_server_refuses_is_said_and_tried_again(
    config, proxy, bucket
):
    """The server answers 200 and names what it refused in the body."""
    host = s3_host(config, proxy.endpoint, bucket)
    gone = "_fallback/log/older.html"
    host.publish(small_site("1", sequence=1))
    host.publish(small_site("2", sequence=2, extra={gone: None}))
    third = small_site("3", sequence=3, extra={gone: None})
    proxy.misbehave(
        f"forged:<DeleteResult><Error><Key>{gone}</Key><Code>AccessDenied</Code>"
        "</Error></DeleteResult>",
        only="POST",
    )
    with pytest.raises(PartlyDone, match="could not be deleted") as caught:
        host.publish(third)
    assert caught.value.receipt
    assert proxy.hits
    assert host.read_back() == digests(third)
    assert host.publish(third).deleted == (gone,)


@pytest.fixture(scope="module")
def behind_proxy(s3_server, tmp_path_factory):
    """Return one host for many tests, and the proxy before it."""
    s3_server.make_bucket("behind-proxy")
    with fault_proxy(s3_server.port) as proxy, pytest.MonkeyPatch.context() as patch:
        patch.setenv("TEST_S3_KEY", KEY)
        patch.setenv("TEST_S3_SECRET", SECRET)
        config = small_config(tmp_path_factory.mktemp("behind-proxy"))
        yield s3_host(config, proxy.endpoint, "behind-proxy"), proxy


@pytest.mark.parametrize(
    "faults",
    [
        ("status:500", "status:500"),
        ("status:503:SlowDown",),
        ("status:429:TooManyRequests",),
        ("reset", "reset"),
        ("lose", "lose"),
        ("cut:0", "cut:10"),
    ],
    ids=lambda faults: faults[0],
)
@pytest.mark.parametrize("only", ["PUT", "GET"])
def test_a_server_in_passing_trouble_is_published_to_all_the_same(
    behind_proxy, faults, only
):
    host, proxy = behind_proxy
    site = small_site(f"{faults} {only}")
    proxy.misbehave(*faults, only=only)
    host.publish(site)
    assert proxy.hits == list(faults)
    assert host.read_back() == digests(site)


def test_a_connection_cut_in_the_middle_of_an_upload_leaves_the_old_page(
    config, proxy, bucket
):
    host = s3_host(config, proxy.endpoint, bucket)
    old = small_site("old")
    host.publish(old)
    new = small_site("new", sequence=2000)
    proxy.misbehave(always="cut:20", only="PUT")
    with pytest.raises(Unavailable, match="does not answer"):
        host.publish(new)
    assert proxy.hits
    proxy.misbehave()
    assert host.bucket.get("index.html") == page("old").encode()
    host.publish(new)
    assert host.read_back() == digests(new)


@pytest.mark.parametrize(
    ("fault", "family", "what", "remedy"),
    [
        (
            "403:InvalidAccessKeyId",
            CredentialsRefused,
            "refuses our key",
            "env:TEST_S3",
        ),
        ("403:SignatureDoesNotMatch", CredentialsRefused, "key", "env:TEST_S3_KEY"),
        ("400:ExpiredToken", CredentialsRefused, "key", "env:TEST_S3_KEY"),
        ("401:Unauthorized", CredentialsRefused, "key", "env:TEST_S3_KEY"),
        ("403:AccessDenied", CredentialsRefused, "key", "s3:ListBucket"),
        ("403:RequestTimeTooSkewed", Rejected, "clock", "2026-11-22 03:00"),
        ("400:AuthorizationHeaderMalformed", Rejected, "region", "region"),
        ("404:NoSuchBucket", Rejected, "no bucket", "create the bucket"),
        ("400:InvalidRequest", Rejected, "InvalidRequest", "settings"),
        ("500:InternalError", Unavailable, "trouble", "again"),
        ("503:SlowDown", Unavailable, "trouble", "again"),
        ("429:TooManyRequests", Unavailable, "trouble", "again"),
    ],
)
def test_what_the_server_refuses_is_said_with_its_remedy(
    behind_proxy, fault, family, what, remedy
):
    host, proxy = behind_proxy
    proxy.misbehave(always=f"status:{fault}")
    with within(timedelta(seconds=1)), pytest.raises(family, match=what) as caught:
        host.publish(small_site())
    assert proxy.hits
    assert remedy in str(caught.value.next)
    if family is not Unavailable:
        assert len(proxy.seen) == len(set(proxy.seen)), "a refusal is never repeated"


def test_a_refused_write_names_the_permission_that_is_missing(config, proxy, bucket):
    proxy.misbehave(always="status:403:AccessDenied", only="PUT")
    with pytest.raises(CredentialsRefused) as caught:
        s3_host(config, proxy.endpoint, bucket).publish(small_site())
    assert proxy.hits
    assert f"s3:PutObject on {bucket}" in str(caught.value.next)


def test_a_bucket_that_is_not_there_is_said(config, s3_server):
    with pytest.raises(Rejected, match="there is no bucket gone-away"):
        s3_host(config, s3_server.endpoint, "gone-away").publish(small_site())


def test_a_server_that_is_not_there_is_unavailable(config):
    with pytest.raises(Unavailable, match="does not answer"):
        s3_host(config, "http://127.0.0.1:9", "b-1").publish(small_site())


def test_a_secret_that_is_not_there_is_named(config, monkeypatch):
    monkeypatch.delenv("TEST_S3_SECRET")
    with pytest.raises(CredentialsRefused, match="env:TEST_S3_SECRET"):
        s3_host(config, "http://127.0.0.1:9", "b-1")


def test_without_any_key_it_is_said_where_one_could_stand(config):
    host = s3_host(
        config, "http://127.0.0.1:9", "b-1", access_key=None, secret_key=None
    )
    with pytest.raises(CredentialsRefused) as caught:
        host.publish(small_site())
    assert "AWS_ACCESS_KEY_ID" in str(caught.value.next)


def test_settings_that_cannot_work_are_complained_about():
    settings = Settings(
        "", endpoint="s3.example", prefix="../x", access_key=KEYS["access_key"]
    )
    assert {key for key, _ in settings.complaints()} == {
        "bucket",
        "endpoint",
        "prefix",
        "secret_key",
    }
    assert not list(Settings("b", prefix="/a/b/", **KEYS).complaints())
    below = Settings("b", prefix="a", website=True, **KEYS)
    assert [key for key, _ in below.complaints()] == ["prefix"]


@pytest.mark.parametrize(
    "endpoint", ["", "https://s3.eu-central-1.amazonaws.com", "https://s3.api.aws"]
)
def test_of_amazon_s_buckets_it_is_known_what_their_websites_answer(config, endpoint):
    caps = s3_host(config, endpoint, "b-1", region="eu-central-1").caps
    assert (caps.front, caps.deep, caps.post) == (200, 403, 405)
    assert len(list(caps.shortcomings())) == 2


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://x.r2.cloudflarestorage.com",
        "https://s3.example",
        "https://amazonaws.com.x",
    ],
)
def test_of_another_s3_nothing_is_promised_that_nobody_knows(config, endpoint):
    assert s3_host(config, endpoint, "b-1", region="auto").caps == Capabilities()


def test_no_secret_is_in_what_a_host_says_of_itself(config, s3_server, bucket):
    host = s3_host(config, s3_server.endpoint, bucket)
    assert KEY not in repr(host)
    assert SECRET not in repr(host)


def test_half_a_manifest_is_never_believed(config, proxy, bucket):
    """It decides what is skipped, so what was cut is read again."""
    host = s3_host(config, proxy.endpoint, bucket)
    host.publish(small_site())
    proxy.misbehave("short", "short", only=f"GET /{bucket}/{MANIFEST}")
    assert json.loads(host.bucket.get(MANIFEST))
    assert proxy.hits == ["short", "short"]
