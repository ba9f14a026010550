"""A bucket in every kind of trouble; each test proves that the trouble was met."""

import threading
import time
from datetime import timedelta

import pytest
from attrs import evolve

from fallback.core.errors import CredentialsRefused, Refused, Rejected, Unavailable
from fallback.core.model import MANIFEST
from fallback.hosts.s3 import Settings
from fallback.wire.clock import SystemClock
from fallback.wire.deadline import within
from fallback.wire.s3 import shelf
from fallback.wire.s3.api import Refusal
from fallback.wire.web.connecting import Bounds
from tests.fakes.host import KilledError
from tests.fakes.site import digests, page, small_site
from tests.hosts.buckets import BucketPlace, s3_host
from tests.servers.proxy import fault_proxy

FRONT = "index.html"


@pytest.fixture
def ceph_proxy(ceph):
    with fault_proxy(ceph.port) as proxy:
        yield proxy


@pytest.fixture
def ceph_bucket(ceph):
    return ceph.make_bucket()


@pytest.fixture
def host(config, ceph_proxy, ceph_bucket):
    """Return a host on Ceph, behind the proxy, with an old page on it."""
    host = s3_host(config, ceph_proxy.endpoint, ceph_bucket)
    host.publish(small_site("old"))
    return host


NEW = small_site("new", sequence=2000)


@pytest.mark.parametrize("share", [10, 50, 90])
def test_a_network_that_is_cut_in_an_upload_leaves_the_old_page_and_is_survived(
    host, ceph_proxy, share
):
    large = small_site("new", sequence=2000, extra={"sw.js": "// " + "x" * 50_000})
    ceph_proxy.misbehave(always=f"cut:{share}%", only="sw.js HTTP")
    with pytest.raises(Unavailable, match="does not answer"):
        host.publish(large)
    assert {f"cut:{share}%"} == set(ceph_proxy.hits)
    ceph_proxy.misbehave()
    assert host.bucket.get(FRONT) == page("old").encode()
    ceph_proxy.misbehave(f"cut:{share}%", only="sw.js HTTP")
    host.publish(large)
    assert ceph_proxy.hits
    assert host.read_back() == digests(large)


def test_a_server_that_says_when_to_come_back_is_believed(host, ceph_proxy):
    ceph_proxy.misbehave("status:429:TooManyRequests:2", only=f"{FRONT} HTTP")
    begun = time.monotonic()
    host.publish(NEW)
    assert ceph_proxy.hits
    assert time.monotonic() - begun >= 2
    assert host.read_back() == digests(NEW)


@pytest.mark.parametrize("patience", ["600", "9" * 20])
def test_whoever_asks_for_more_patience_than_there_is_is_given_up_at_once(
    host, ceph_proxy, patience
):
    ceph_proxy.misbehave(always=f"status:503:SlowDown:{patience}")
    with within(timedelta(seconds=30)), pytest.raises(Unavailable, match="SlowDown"):
        host.publish(NEW)
    assert len(ceph_proxy.seen) == len(set(ceph_proxy.seen))


def test_an_answer_that_was_lost_after_the_write_is_not_somebody_elses_write(
    host, ceph_proxy
):
    """The write is tied to what was there, which our own write has changed."""
    ceph_proxy.misbehave("lose", "lose", "lose", only="PUT")
    host.publish(NEW)
    assert ceph_proxy.hits == ["lose"] * 3
    assert any(line.startswith("HEAD") for line in ceph_proxy.seen), "it was re-read"
    assert host.read_back() == digests(NEW)


def test_a_server_that_drips_is_given_up(host, ceph_proxy):
    host.bucket.client.pool.server.bounds = Bounds(whole=timedelta(seconds=0.5))
    ceph_proxy.misbehave(always="drip")
    with pytest.raises(Unavailable, match="does not answer"):
        host.publish(NEW)
    assert len(ceph_proxy.hits) >= 3


def test_a_silent_server_is_given_up_in_the_time_that_is_left(host, ceph_proxy):
    ceph_proxy.misbehave(always="hang")
    with within(timedelta(seconds=1)), pytest.raises(Unavailable, match="not answer"):
        host.publish(NEW)
    assert ceph_proxy.hits


class Off:
    """A clock that is wrong."""

    def __init__(self, minutes):
        self.by = timedelta(minutes=minutes)

    def now(self):
        return SystemClock().now() + self.by


@pytest.mark.parametrize(
    ("minutes", "said"), [(20, "20 minutes fast"), (-45, "45 minutes slow")]
)
def test_a_wrong_clock_is_said_with_how_wrong_it_is(
    config, ceph, ceph_bucket, minutes, said
):
    host = s3_host(config, ceph.endpoint, ceph_bucket)
    host.bucket.client.clock = Off(minutes)
    with pytest.raises(Rejected, match=f"your clock is {said}") as caught:
        host.publish(small_site())
    assert "set the clock" in str(caught.value.next)
    assert isinstance(caught.value.__cause__, Refusal), "the server said it"


@pytest.mark.parametrize(
    ("variable", "value", "remedy"),
    [
        ("TEST_S3_KEY", "AKIANOBODYNOBODYNOBO", "no such key: look at env:TEST_S3_KEY"),
        ("TEST_S3_SECRET", "another-secret", "does not belong to the key of env:TEST"),
    ],
)
def test_a_wrong_key_is_said_with_its_variable(
    config, ceph, ceph_bucket, monkeypatch, variable, value, remedy
):
    monkeypatch.setenv(variable, value)
    with pytest.raises(CredentialsRefused) as caught:
        s3_host(config, ceph.endpoint, ceph_bucket).publish(small_site())
    assert remedy in str(caught.value.next)


def test_a_bucket_that_was_deleted_is_said(config, ceph, ceph_bucket):
    host = s3_host(config, ceph.endpoint, ceph_bucket)
    ceph.client().delete_bucket(Bucket=ceph_bucket)
    with pytest.raises(Rejected, match=f"there is no bucket {ceph_bucket}"):
        host.publish(small_site())


def test_a_bucket_of_somebody_else_is_refused_before_anything_is_written(
    config, ceph_proxy, ceph_bucket
):
    host = s3_host(config, ceph_proxy.endpoint, ceph_bucket, owner="111122223333")
    ceph_proxy.misbehave(always="status:403:AccessDenied")
    with pytest.raises(CredentialsRefused) as caught:
        host.publish(small_site())
    assert "still belongs to 111122223333" in str(caught.value.next)
    for head in ceph_proxy.heads:
        assert "\r\nx-amz-expected-bucket-owner: 111122223333\r\n" in head
        assert head.startswith("GET")


def test_an_owner_is_an_account():
    assert [key for key, _ in Settings("b", owner="me").complaints()] == ["owner"]


def test_a_temporary_key_is_sent_with_its_token(
    config, ceph_proxy, ceph_bucket, monkeypatch
):
    """From the SDK's own three variables, without the SDK."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIATEMPORARY")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "toy")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "toy-token")
    ceph_proxy.misbehave(always="status:400:ExpiredToken")
    host = s3_host(
        config, ceph_proxy.endpoint, ceph_bucket, access_key=None, secret_key=None
    )
    with pytest.raises(CredentialsRefused) as caught:
        host.publish(small_site())
    assert "the token has ended: renew what AWS_ACCESS_KEY_ID" in str(caught.value.next)
    assert ceph_proxy.hits
    for head in ceph_proxy.heads:
        assert "\r\nx-amz-security-token: toy-token\r\n" in head
        assert "x-amz-security-token," in head or "x-amz-security-token;" in head


def test_older_words_that_were_held_up_never_come_over_newer_ones(
    config, ceph_proxy, ceph, ceph_bucket, host
):
    """Two publishes, and the older one is at its front page while the newer ends."""
    older, newer = (
        small_site("older", sequence=2000),
        small_site("newer", sequence=3000),
    )
    other = s3_host(config, ceph.endpoint, ceph_bucket)
    ceph_proxy.hooks["newer"] = lambda: other.publish(newer)
    ceph_proxy.misbehave("then:newer", only=f"PUT /{ceph_bucket}/{FRONT}")
    with pytest.raises(Refused, match="a newer page"):
        host.publish(older)
    assert ceph_proxy.hits == ["then:newer"]
    assert other.bucket.get(FRONT) == page("newer").encode()
    assert other.read_back() == digests(newer)
    assert s3_host(config, ceph.endpoint, ceph_bucket).read_back() == digests(newer)


@pytest.mark.parametrize("path", ["robots.txt", FRONT, MANIFEST])
def test_newer_words_stay_when_older_ones_are_published_in_their_midst(
    config, ceph_proxy, ceph, ceph_bucket, host, path
):
    other, refused = s3_host(config, ceph.endpoint, ceph_bucket), []
    newer = small_site("newer", sequence=3000, extra={"robots.txt": "# newer"})

    def older():
        try:
            other.publish(
                small_site("older", sequence=2000, extra={"robots.txt": "# older"})
            )
        except Refused:
            refused.append(path)

    ceph_proxy.hooks["older"] = older
    ceph_proxy.misbehave("then:older", only=f"PUT /{ceph_bucket}/{path}")
    host.publish(newer)
    assert ceph_proxy.hits == ["then:older"]
    if path != "robots.txt":  # by then the newer one's files are there to be seen
        assert refused
    assert s3_host(config, ceph.endpoint, ceph_bucket).read_back() == digests(newer)


def test_of_two_publishes_of_one_moment_one_stays_whole(
    config, ceph_proxy, ceph, ceph_bucket, host
):
    """Two machines with different words of the same minute: the same one gives in."""
    sites = [small_site("a", sequence=2000), small_site("b", sequence=2000)]
    lower, higher = sorted(sites, key=lambda site: site.build_id)
    other, gave_in = s3_host(config, ceph.endpoint, ceph_bucket), []

    def meanwhile():
        try:
            with within(timedelta(seconds=5)):  # too short to see who is dead
                other.publish(lower)
        except Unavailable as error:
            gave_in.append(str(error.what))

    ceph_proxy.hooks["lower"] = meanwhile
    ceph_proxy.misbehave("then:lower", only=f"PUT /{ceph_bucket}/{FRONT}")
    host.publish(higher)
    assert ceph_proxy.hits == ["then:lower"]
    assert "at the same moment" in gave_in[0]
    assert s3_host(config, ceph.endpoint, ceph_bucket).read_back() == digests(higher)


def died(config, ceph, bucket, site):
    """Publish *site* and die when its front page is out and its manifest is not."""
    place = BucketPlace(config, ceph, bucket)
    place.host().publish(small_site("old"))
    place.writes()
    changed = 4
    with pytest.raises(KilledError):
        place.dying_after(changed).publish(site)
    assert place.writes()[-1] == FRONT


@pytest.mark.parametrize("order", [1, -1])
def test_whoever_died_does_not_turn_away_who_mends_their_words(
    config, ceph, ceph_bucket, monkeypatch, order
):
    """A deploy is stopped, a slip is mended, and it is run again: at once."""
    monkeypatch.setattr(shelf, "AT_WORK", timedelta(seconds=3))
    sites = [small_site(words, sequence=2000) for words in ("tpyo", "typo")]
    dead, mended = sorted(sites, key=lambda site: site.build_id)[::order]
    died(config, ceph, ceph_bucket, dead)
    s3_host(config, ceph.endpoint, ceph_bucket).publish(mended)
    fresh = s3_host(config, ceph.endpoint, ceph_bucket)
    assert fresh.read_back() == digests(mended)


def test_whoever_only_seemed_dead_wins(config, ceph, ceph_bucket, monkeypatch):
    """It ends while the other one waits to see whether it does."""
    monkeypatch.setattr(shelf, "AT_WORK", timedelta(seconds=3))
    sites = [small_site(words, sequence=2000) for words in ("a", "b")]
    lower, higher = sorted(sites, key=lambda site: site.build_id)
    died(config, ceph, ceph_bucket, higher)
    waited = []

    def ends(seconds):
        waited.append(seconds)
        s3_host(config, ceph.endpoint, ceph_bucket).publish(higher)

    monkeypatch.setattr("fallback.wire.s3.host.time.sleep", ends)
    with pytest.raises(Unavailable, match="at the same moment"):
        s3_host(config, ceph.endpoint, ceph_bucket).publish(lower)
    assert len(waited) == 1
    fresh = s3_host(config, ceph.endpoint, ceph_bucket)
    assert fresh.read_back() == digests(higher)


def test_an_older_write_that_was_held_up_beside_a_newer_page_is_said_and_put_right(
    config, ceph_proxy, ceph, ceph_bucket, host
):
    """The newer publish left that file as it was, so nothing stands in the way."""
    older = small_site("older", sequence=2000, extra={"sw.js": "// older"})
    newer = small_site("newer", sequence=3000)
    other = s3_host(config, ceph.endpoint, ceph_bucket)
    ceph_proxy.hooks["newer"] = lambda: other.publish(newer)
    ceph_proxy.misbehave("then:newer", only=f"PUT /{ceph_bucket}/sw.js")
    with pytest.raises(Refused, match=r"left sw\.js beside it") as caught:
        host.publish(older)
    assert ceph_proxy.hits == ["then:newer"]
    assert "sw.js" in str(caught.value.customers_see)
    assert other.bucket.get(FRONT) == page("newer").encode()
    assert other.bucket.get("sw.js") == b"// older", "the fault was hit"
    fresh = s3_host(config, ceph.endpoint, ceph_bucket)
    assert fresh.publish(newer).written == ("sw.js", MANIFEST)
    assert fresh.read_back() == digests(newer)


@pytest.mark.parametrize("turn", range(4))
def test_of_two_publishes_at_the_same_moment_the_newest_words_stay(
    config, ceph, ceph_bucket, turn
):
    sites = [small_site("a", sequence=2000 + turn % 2), small_site("b", sequence=3000)]
    refused = []

    def publish(site):
        try:
            s3_host(config, ceph.endpoint, ceph_bucket).publish(site)
        except Refused:
            refused.append(site.sequence)

    threads = [threading.Thread(target=publish, args=(site,)) for site in sites]
    for thread in threads[:: 1 - 2 * (turn // 2)]:
        thread.start()
    for thread in threads:
        thread.join()
    assert 3000 not in refused
    fresh = s3_host(config, ceph.endpoint, ceph_bucket)
    assert fresh.read_back() == digests(sites[1])


@pytest.mark.parametrize(
    "fault", ["status:501:NotImplemented", "status:412:PreconditionFailed"]
)
def test_a_server_without_conditions_is_written_to_all_the_same(
    host, ceph_proxy, fault
):
    """Backblaze says that it knows none; some read a tag otherwise than we send it."""
    ceph_proxy.misbehave(fault, only=f"PUT /{host.bucket.place.bucket}/{FRONT}")
    host.publish(NEW)
    assert ceph_proxy.hits == [fault]
    assert host.read_back() == digests(NEW)
    again = [h for h in ceph_proxy.heads if h.startswith("PUT") and f"/{FRONT} " in h]
    assert ["If-" in head for head in again] == [True, False]


def test_somebody_who_is_just_writing_is_waited_for_and_never_written_over_blindly(
    host, ceph_proxy
):
    """Amazon's 409: the key holds what we saw, and is about to hold something else."""
    fault = "status:409:ConditionalRequestConflict"
    ceph_proxy.misbehave(fault, only=f"PUT /{host.bucket.place.bucket}/{FRONT}")
    host.publish(NEW)
    assert ceph_proxy.hits == [fault]
    assert host.read_back() == digests(NEW)
    again = [h for h in ceph_proxy.heads if h.startswith("PUT") and f"/{FRONT} " in h]
    assert ["If-" in head for head in again] == [True, True]


class Encrypting:
    """A client of a bucket under a key of KMS, whose tags are no MD5s."""

    def __init__(self, client):
        self.client, self.written = client, []

    def __getattr__(self, verb):
        return getattr(self.client, verb)

    def put(self, parcel, *words):
        tag = self.client.put(parcel, *words)
        self.written.append(parcel.key)
        return evolve(tag, is_md5=False)

    def list(self, *words):
        found, more = self.client.list(*words)
        return {k: evolve(v, etag="e" + v.etag[1:]) for k, v in found.items()}, more


def test_a_bucket_under_a_key_of_kms_goes_by_the_manifest_and_by_age(
    config, ceph, ceph_bucket
):
    known = s3_host(config, ceph.endpoint, ceph_bucket)
    client = Encrypting(known.bucket.client)
    host = evolve(known, bucket=evolve(known.bucket, client=client))
    host.publish(small_site("old"))
    client.written.clear()
    host.publish(small_site("old"))
    assert client.written == []
    host.publish(small_site("old", extra={"sw.js": "// another\n"}))
    assert client.written == ["sw.js", MANIFEST]
    ceph.client().put_object(Bucket=ceph_bucket, Key=FRONT, Body=b"<h1>not ours</h1>")
    assert FRONT in host.publish(small_site("old")).written


def test_what_is_unchanged_costs_one_round_trip(config, ceph_proxy, ceph_bucket):
    host = s3_host(config, ceph_proxy.endpoint, ceph_bucket)
    host.publish(small_site())
    ceph_proxy.misbehave()
    host.publish(small_site())
    names = [line.split()[1].partition("?")[0] for line in ceph_proxy.seen]
    assert sorted(set(names)) == [
        f"/{ceph_bucket}/",
        f"/{ceph_bucket}/_fallback/leftovers.json",
        f"/{ceph_bucket}/{MANIFEST}",
    ]
    assert all(line.startswith("GET") for line in ceph_proxy.seen)
    assert len(set(ceph_proxy.seen)) == len(ceph_proxy.seen), "nothing asked twice"


def test_one_changed_file_costs_three_round_trips(host, ceph_proxy, ceph_bucket):
    ceph_proxy.misbehave()
    host.publish(small_site("old", extra={"sw.js": "// another\n"}))
    asked = [line.removesuffix(" HTTP/1.1") for line in ceph_proxy.seen]
    assert all(line.startswith("GET") for line in asked[:-3]), "read ahead, at once"
    assert set(asked[-3:-1]) == {  # at once, too
        f"PUT /{ceph_bucket}/sw.js",
        f"GET /{ceph_bucket}/{MANIFEST}",
    }
    assert asked[-1] == f"PUT /{ceph_bucket}/{MANIFEST}"


def test_a_look_after_a_publish_costs_one_round_trip(host, ceph_proxy, ceph_bucket):
    """The server's own tags prove what was written; nothing travels twice."""
    host.publish(NEW)
    ceph_proxy.misbehave()
    assert host.read_back() == digests(NEW)
    bodies = [line for line in ceph_proxy.seen if "?" not in line]
    assert [line.split()[1] for line in bodies] == [f"/{ceph_bucket}/{MANIFEST}"]


def test_what_was_damaged_after_a_publish_is_seen(host, ceph, ceph_bucket):
    host.publish(NEW)
    ceph.client().put_object(Bucket=ceph_bucket, Key=FRONT, Body=b"somebody else's")
    assert host.read_back()[FRONT] != digests(NEW)[FRONT]


def test_a_long_listing_is_read_in_parts_and_none_is_missed(config, ceph_proxy, ceph):
    bucket = ceph.make_bucket()
    many = {f"_fallback/log/{n:04}.html": page(str(n)) for n in range(1900)}
    host = s3_host(config, ceph_proxy.endpoint, bucket)
    site = small_site("many", extra=many)
    host.publish(site)
    ceph_proxy.misbehave()
    assert host.publish(site).written == ()
    parts = [line for line in ceph_proxy.seen if "prefix=_fallback%2F&" in line]
    assert len(parts) == 3
    assert host.read_back() == digests(site)
