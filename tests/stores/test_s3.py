"""The bucket store passes the exam on a server that verifies what it is sent."""

import json
from threading import Barrier, Thread

import pytest
from attrs import define, evolve

from fallback.actions.site import kinds
from fallback.core.config import SecretRef
from fallback.core.errors import (
    ConfigError,
    Conflict,
    CredentialsRefused,
    Rejected,
    Unavailable,
    Unknown,
)
from fallback.core.settings.toml import parse
from fallback.stores.s3 import PROBE, Settings, connect, rights
from fallback.wire.s3.api import ABSENT
from tests.contracts.store import StoreContract
from tests.fakes.config import small_config
from tests.hosts.conftest import _no_cloud, ceph
from tests.servers.ceph import STRANGER
from tests.servers.proxy import fault_proxy

__all__ = ["_no_cloud", "ceph"]

KEYS = {
    "access_key": SecretRef("env", "TEST_S3_KEY"),
    "secret_key": SecretRef("env", "TEST_S3_SECRET"),
}


@pytest.fixture
def bucket(ceph):
    return ceph.make_bucket()


@pytest.fixture
def opened(tmp_path, ceph, bucket):
    """Open it by TLS, as a machine of its own."""
    config = small_config(tmp_path)
    config = evolve(config, network=evolve(config.network, ca_file=ceph.ca))

    def opened(**more):
        told = {"endpoint": ceph.secure, "prefix": "shop/state", **KEYS, **more}
        return connect(Settings(bucket, **told), config)

    return opened


class TestS3ByTls(StoreContract):
    """The exam."""

    @pytest.fixture
    def store(self, opened):
        return opened()

    @pytest.fixture
    def again(self, opened):
        return opened()


def test_two_machines_race_and_no_write_is_lost(opened) -> None:
    """Each adds its own to what it read, again whenever the other was faster."""
    opened().put("log.txt", b"", None)
    barrier, lost = Barrier(2), []

    def add(name) -> None:
        store = opened()
        barrier.wait()
        for number in range(8):
            while True:
                value, version = store.get("log.txt")
                try:
                    store.put("log.txt", value + b"%s%d " % (name, number), version)
                except Conflict:
                    lost.append(name)
                    continue
                break

    machines = [Thread(target=add, args=(name,)) for name in (b"a", b"b")]
    for machine in machines:
        machine.start()
    for machine in machines:
        machine.join()
    written = opened().get("log.txt")[0].split()
    assert sorted(written) == sorted(b"%s%d" % (n, i) for n in (b"a", b"b")
                                     for i in range(8))  # fmt: skip
    for name in (b"a", b"b"):
        own = [each for each in written if each.startswith(name)]
        assert own == sorted(own), "each machine's own are in its order"


def test_everything_lies_below_the_prefix(opened, ceph, bucket) -> None:
    opened().put("watch/kwiaty.json", b"x", None)
    listed = ceph.client().list_objects_v2(Bucket=bucket)["Contents"]
    assert {entry["Key"] for entry in listed} == {
        "shop/state/watch/kwiaty.json",
        f"shop/state/{PROBE}",
    }


@pytest.mark.parametrize("key", ["../up", "/etc/passwd", "", "a//b", "A", PROBE])
def test_a_key_never_leads_out_of_the_prefix(opened, key) -> None:
    with pytest.raises(ValueError, match="not a key"):
        opened().get(key)


@pytest.fixture
def through(opened, ceph):
    """Open it through a proxy that misbehaves on demand."""
    with fault_proxy(ceph.http) as proxy:
        yield opened(endpoint=proxy.endpoint), proxy


def test_a_lost_answer_is_asked_for_again_and_the_write_is_known_as_ours(
    through,
) -> None:
    store, proxy = through
    known = store.put("lease.json", b"one", None)
    proxy.misbehave("lose", only="PUT .*lease")
    newer = store.put("lease.json", b"two", known)
    assert proxy.hits == ["lose"]
    assert store.get("lease.json") == (b"two", newer)


def test_somebody_elses_same_words_are_not_taken_for_ours(through, opened) -> None:
    """Two that write the same would both believe that they were first."""
    store, _ = through
    known = store.put("lease.json", b"one", None)
    opened().put("lease.json", b"two", known)
    with pytest.raises(Conflict):
        store.put("lease.json", b"two", known)


def test_what_was_sent_and_never_answered_is_unknown(through) -> None:
    store, proxy = through
    known = store.put("lease.json", b"one", None)
    proxy.misbehave(always="reset", only="PUT .*lease|HEAD .*lease")
    with pytest.raises(Unknown, match="does not answer"):
        store.put("lease.json", b"two", known)
    proxy.misbehave()
    assert store.get("lease.json") == (b"one", known)


UNDER_WAY = "status:409:ConditionalRequestConflict"


def test_a_write_that_another_one_is_in_the_way_of_is_tried_again(through) -> None:
    store, proxy = through
    known = store.put("lease.json", b"one", None)
    proxy.misbehave("lose", UNDER_WAY, only="PUT .*lease")
    newer = store.put("lease.json", b"two", known)
    proxy.misbehave(UNDER_WAY, only="PUT .*lease")
    store.put("lease.json", b"three", newer)
    assert store.get("lease.json")[0] == b"three"


def test_a_write_that_stays_under_way_is_unknown_and_no_conflict(through) -> None:
    """Nobody else has changed anything that one could see."""
    store, proxy = through
    known = store.put("lease.json", b"one", None)
    proxy.misbehave(always=UNDER_WAY, only="PUT .*lease")
    with pytest.raises(Unknown, match="under way"):
        store.put("lease.json", b"two", known)


def test_a_bucket_that_does_not_answer_is_unavailable(through) -> None:
    store, proxy = through
    proxy.misbehave(always="reset")
    with pytest.raises(Unavailable) as caught:
        store.get("lease.json")
    assert "[state]" in str(caught.value.next)
    assert caught.value.customers_see is None, "it says nothing of the page"


@define
class Deaf:
    """A server that never hears of some conditions, as several of them are."""

    client: object
    honours: str

    def __getattr__(self, verb):
        return getattr(self.client, verb)

    def put(self, parcel, md5, condition):
        heard = condition if self.honours and condition == ABSENT else None
        return self.client.put(parcel, md5, heard)


@pytest.mark.parametrize("honours", ["", "If-None-Match"])
def test_a_server_that_writes_all_the_same_is_refused_before_anything_is_written(
    opened, honours
) -> None:
    """Half of it is not enough: a journal would be written over."""
    store = opened()
    deaf = Deaf(store.bucket.client, honours)
    store = evolve(store, bucket=evolve(store.bucket, client=deaf))
    with pytest.raises(Rejected, match="writes over what somebody else"):
        store.put("origin.json", b"one", None)
    assert opened().get("origin.json") is None


def test_a_server_that_knows_no_conditions_is_refused(through) -> None:
    store, proxy = through
    proxy.misbehave(always="status:501:NotImplemented", only="PUT")
    with pytest.raises(Rejected, match="cannot hold the state"):
        store.put("origin.json", b"one", None)


def test_a_key_that_is_refused_is_named(opened, monkeypatch) -> None:
    monkeypatch.setenv("TEST_S3_SECRET", "something else")
    with pytest.raises(CredentialsRefused) as caught:
        opened().get("origin.json")
    assert "env:TEST_S3_SECRET" in str(caught.value.next)


SHOP = """
[shop]
name = "Kwiaty"
url = "https://kwiaty.example"
[contact]
email = "kwiaty@elsewhere.example"
phone = "+48600100200"
[primary]
contains = "Dodaj"
[[hosts]]
kind = "s3"
bucket = "page"
[state]
"""


def problems(tmp_path, state):
    with pytest.raises(ConfigError) as caught:
        parse(SHOP + state, kinds(), tmp_path)
    return [str(problem.what) for problem in caught.value.problems]


def test_the_address_says_bucket_and_folder(tmp_path) -> None:
    config = parse(f'{SHOP}store = "s3://state/a/b"\nregion = "x"', kinds(), tmp_path)
    assert config.state.kind == "s3"
    settings = config.state.settings
    assert (settings.bucket, settings.prefix, settings.region) == ("state", "a/b", "x")
    assert settings.path == tmp_path / ".fallback"


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ('store = "s3"', "state.store: which bucket?"),
        ('store = "s3://"', "state.store: which bucket?"),
        ('store = "gs://b"', "state.store: the store gs is not available yet"),
        ('store = "s3://b/../x"', "state.store: a prefix is a path such as shop/page"),
        ('store = "s3://b"\nbucket = "c"', "there is no setting state.bucket"),
        ('store = "s3://b"\nsecret_key = "env:X"', "state.access_key: access_key and"),
        ('store = "s3://page/x"', "page holds the page, which everybody may read"),
    ],
)
def test_what_makes_no_sense_is_said(tmp_path, state, said) -> None:
    assert any(each.startswith(said) for each in problems(tmp_path, state))


def test_the_printed_policy_is_enough_for_a_state_and_for_nothing_else(
    opened, ceph, bucket, monkeypatch
) -> None:
    """Given to another user of a real server, who has no other right there."""
    monkeypatch.setenv("STATE_KEY", STRANGER[0])
    monkeypatch.setenv("STATE_SECRET", STRANGER[1])
    theirs = {
        "access_key": SecretRef("env", "STATE_KEY"),
        "secret_key": SecretRef("env", "STATE_SECRET"),
    }
    with pytest.raises(CredentialsRefused):
        opened(**theirs).get("log.txt")
    (grant,) = rights(Settings(bucket, "shop/state")).narrowest
    policy = json.loads(grant.text)
    for statement in policy["Statement"]:
        statement["Principal"] = {"AWS": ["arn:aws:iam:::user/stranger"]}
    ceph.client().put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    store = opened(**theirs)
    assert store.get("log.txt") is None
    version = store.put("log.txt", b"1", None)
    with pytest.raises(Conflict):
        store.put("log.txt", b"2", None)
    store.put("log.txt", b"2", version)
    assert store.get("log.txt")[0] == b"2"
    with pytest.raises(CredentialsRefused):
        opened(**theirs, prefix="other/state").put("log.txt", b"3", None)
    with pytest.raises(CredentialsRefused):
        store.bucket.delete([f"{store.prefix}log.txt"])
    policy["Statement"].pop()  # without ListBucket nobody can tell what is missing
    ceph.client().put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    with pytest.raises(CredentialsRefused):
        opened(**theirs).get("missing.txt")
