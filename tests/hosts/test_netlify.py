"""A site at Netlify as a host, against a strict fake of its API on loopback."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from attrs import define, field

from fallback.core.config import SecretRef
from fallback.core.errors import CredentialsRefused, Refused, Rejected, Unavailable
from fallback.core.hosts.known import Known
from fallback.core.hosts.publishing import LEFTOVERS
from fallback.core.model import MANIFEST, publish_rank
from fallback.hosts import netlify
from fallback.hosts.netlify import Settings, connect
from fallback.wire.deadline import within
from fallback.wire.web import rest
from tests.contracts.host import HostContract
from tests.fakes.host import KilledError
from tests.fakes.netlify import TOKEN
from tests.fakes.site import (
    built_file,
    digests,
    page,
    small_site,
    with_manifest,
)
from tests.servers.netlify import netlify_server

NAME = "kwiaty-awaria"


@pytest.fixture
def fake(monkeypatch):
    monkeypatch.setenv("TEST_NETLIFY_TOKEN", TOKEN)
    with netlify_server() as fake:
        yield fake


@pytest.fixture
def site_there(fake):
    return fake.make(NAME)


def netlify_host(config, fake, **more):
    token = SecretRef("env", "TEST_NETLIFY_TOKEN")
    given = {"site": NAME, "token": token, "endpoint": fake.endpoint, **more}
    return connect(Settings(**given), config)


@define
class NetlifyPlace:
    """Counts and kills at the one door through which every request goes."""

    config: object
    fake: object
    site: object
    real: object
    log: list = field(factory=list)
    left: int | None = None

    def host(self):
        return self.dying_after(None)

    def dying_after(self, writes):
        self.left = writes
        return netlify_host(self.config, self.fake)

    def ask(self, url, *, method, **more):
        if method != "GET":
            with self.fake.lock:
                if self.left == 0:
                    raise KilledError
                if self.left is not None:
                    self.left -= 1
                if method == "PUT":
                    self.log.append(url.partition("/files/")[2])
        return self.real(url, method=method, **more)

    def bodies(self):
        return self.fake.bodies(self.site)

    def leave(self, path, body):
        self.fake.leave(self.site, path, body)

    def writes(self):
        """Return what was uploaded; a deploy has no order, for it switches at once."""
        done, self.log[:] = list(self.log), []
        return sorted(done, key=lambda path: (publish_rank(built_file(path, "")), path))


class TestNetlifyHost(HostContract):
    @pytest.fixture
    def place(self, config, fake, site_there, monkeypatch):
        place = NetlifyPlace(config, fake, site_there, rest.ask)
        monkeypatch.setattr(rest, "ask", place.ask)
        return place


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch):
    """What is waited for here is never time."""
    monkeypatch.setattr(rest, "_PAUSE", timedelta(milliseconds=5))
    monkeypatch.setattr(netlify, "_FIRST_PAUSE", timedelta(milliseconds=5))
    monkeypatch.setattr(netlify, "_LIVE_WITHIN", timedelta(milliseconds=100))


@pytest.fixture
def host(config, fake, site_there):
    return netlify_host(config, fake)


def front(fake, site):
    return fake.bodies(site)["index.html"].decode()


def test_the_vendor_tells_the_site_s_own_name_and_those_it_took(config, fake):
    made = fake.make(NAME)
    host = netlify_host(config, fake)
    own = f"{NAME}.netlify.app"
    assert host.known_as() == Known("netlify.app", own, drafts=True)
    made.custom_domain, made.aliases = "Kwiaty.example", ["www.kwiaty.example"]
    assert host.known_as().taken == {"kwiaty.example", "www.kwiaty.example"}


def test_a_site_may_be_named_by_its_id_its_name_or_its_address(config, fake):
    made = fake.make(NAME)
    fake.make(f"{NAME}-2")
    for number, word in enumerate((made.id, NAME, f"{NAME}.netlify.app"), 1):
        site = small_site(word, sequence=number)
        netlify_host(config, fake, site=word).publish(site)
        assert fake.bodies(made)["index.html"] == page(word).encode()


def test_nobody_sees_a_deploy_before_it_is_whole(host, fake, site_there):
    host.publish(small_site("old"))
    seen = []
    fake.before["restore"] = lambda: seen.append(front(fake, site_there))
    host.publish(small_site("new", sequence=2000))
    assert seen == [page("old")]
    assert all(deploy.draft for deploy in site_there.deploys.values())


def test_what_netlify_has_is_not_sent_again(host, fake):
    host.publish(small_site("one"))
    fake.log.clear()
    host.publish(small_site("two", sequence=2000))
    host.publish(small_site("one", sequence=3000))
    sent = [path for verb, path in fake.log if verb == "PUT"]
    assert len([path for path in sent if path.endswith("/index.html")]) == 1


def test_five_files_at_most_are_on_their_way_at_once(host, fake, monkeypatch):
    under_way, most = [], []
    real = rest.ask

    def ask(url, *, method, **more):
        if method == "PUT":
            under_way.append(url)
            most.append(len(under_way))
        try:
            return real(url, method=method, **more)
        finally:
            if method == "PUT":
                under_way.remove(url)

    monkeypatch.setattr(rest, "ask", ask)
    host.publish(small_site(extra={f"_fallback/log/{n}.html": str(n) for n in "12345"}))
    assert 1 < max(most) <= 5


def test_slashes_go_as_they_are_and_other_letters_encoded(host, fake, site_there):
    path = "_fallback/log/zażółć gęślą.html"
    host.publish(small_site(extra={path: "x"}))
    assert fake.bodies(site_there)[path] == b"x"


def test_a_long_list_is_compared_after_the_answer(host, fake, site_there):
    many = {f"_fallback/log/{number}.html": str(number) for number in range(101)}
    site = small_site(extra=many)
    host.publish(site)
    assert host.read_back() == digests(site)
    host.publish(small_site("2", sequence=2000, extra=many))
    assert front(fake, site_there) == page("2")


@pytest.mark.parametrize("path", ["_fallback/log/a#b.html", "SW.js"])
def test_a_name_that_netlify_cannot_keep_is_refused_before_anything_is_sent(
    host, fake, path
):
    with pytest.raises(Rejected, match="cannot keep a file called"):
        host.publish(small_site(extra={path: "x"}))
    assert fake.log == []


def test_a_worker_with_capitals_is_found_again(host, fake):
    site = small_site(extra={"OneSignalSDKWorker.js": "// w"})
    host.publish(site)
    assert host.publish(site).written == ()
    assert host.read_back() == digests(site)


def test_a_listing_that_leaves_out_folders_is_filled_in(host, fake):
    fake.listed_folders = False
    site = small_site()
    host.publish(site)
    assert host.publish(site).written == ()
    assert host.read_back() == digests(site)


def test_files_that_the_api_does_not_hand_out_come_from_the_deploy_s_own_address(
    host, fake
):
    fake.raw = False
    site = small_site()
    host.publish(site)
    with pytest.raises(Refused, match="newer"):
        host.publish(small_site("old", sequence=1))
    assert host.read_back() == digests(site)


def test_pages_are_never_rewritten_by_the_host(host, fake, site_there):
    assert site_there.pretty_urls
    host.publish(small_site())
    assert not site_there.pretty_urls


def test_a_leftover_that_netlify_has_lost_is_sent_from_where_it_still_is(
    host, fake, site_there
):
    gone = "_fallback/log/older.html"
    host.publish(small_site("1"))
    digest = site_there.deploys[site_there.published].files[gone]
    second = small_site("2", sequence=2000, extra={gone: None})

    class Forgetful(dict):
        def __contains__(self, key):
            return key != digest and super().__contains__(key)

    fake.blobs = Forgetful(fake.blobs)
    host.publish(second)
    assert fake.bodies(site_there)[gone] == page("older").encode()
    assert LEFTOVERS in fake.bodies(site_there)


@pytest.mark.parametrize(
    ("kind", "method", "part"),
    [
        ("status:429:0", "POST", "/deploys?"),
        ("status:429:0", "PUT", "/files/"),
        ("limit:0", "POST", "/deploys?"),
        ("status:500", "GET", "/files"),
        ("status:500", "PUT", "index.html"),
        ("status:502", "POST", "/deploys?"),
        ("status:500", "POST", "/restore"),
        ("lose", "POST", "/deploys?"),
        ("lose", "POST", "/restore"),
        ("lose", "PUT", "/files/"),
        ("reset", "POST", "/deploys?"),
        ("reset", "POST", "/restore"),
        ("reset", "GET", "/deploys/"),
        ("cut", "PUT", "index.html"),
        ("cut", "POST", "/deploys?"),
    ],
)
def test_a_fault_in_passing_is_published_through_and_nothing_is_begun_twice(
    host, fake, site_there, kind, method, part
):
    host.publish(small_site("old"))
    fake.misbehave(kind, method, part)
    site = small_site("new", sequence=2000)
    host.publish(site)
    assert fake.hits == [kind]
    assert host.read_back() == digests(site)
    ours = [d for d in site_there.deploys.values() if "sequence 2000" in d.title]
    assert len(ours) == 1


def test_how_long_netlify_wants_to_be_left_alone_is_believed(host, fake, monkeypatch):
    slept = []
    monkeypatch.setattr(rest.time, "sleep", slept.append)
    for kind in ("status:429:7", "limit:9"):
        fake.misbehave(kind, "POST", "/deploys?")
    host.publish(small_site())
    assert fake.hits == ["status:429:7", "limit:9"]
    assert 7 in slept
    assert any(7 < pause <= 9 for pause in slept)


def test_a_wait_that_is_too_long_is_said_instead(host, fake, site_there):
    host.publish(small_site("old"))
    fake.misbehave("limit:50", "POST", "/deploys?", times=9)
    with pytest.raises(Unavailable, match="429") as caught:
        host.publish(small_site("new", sequence=2000))
    assert "again in" in str(caught.value.next)
    assert str(caught.value.customers_see) == "the page that was there before"
    assert front(fake, site_there) == page("old")


def test_the_fourth_deploy_within_a_minute_is_refused_in_words(host, fake):
    fake.per_minute = 3
    for number in range(3):
        host.publish(small_site(str(number), sequence=number))
    with pytest.raises(Unavailable, match="rate limit"):
        host.publish(small_site("4", sequence=4))
    assert len(fake.begun) == 3


@pytest.mark.parametrize(
    ("kind", "method", "part"),
    [
        ("status:500", "POST", "/deploys?"),
        ("reset", "POST", "/deploys?"),
        ("cut", "PUT", "/files/"),
        ("status:503", "PUT", "index.html"),
        ("status:500", "POST", "/restore"),
        ("reset", "POST", "/restore"),
        ("status:500", "GET", "/sites"),
    ],
)
def test_a_lasting_fault_leaves_the_old_page_and_the_same_command_finishes(
    host, fake, site_there, kind, method, part
):
    host.publish(small_site("old"))
    fake.misbehave(kind, method, part, times=99)
    site = small_site("new", sequence=2000)
    with pytest.raises((Unavailable, netlify.Unknown)):
        host.publish(site)
    assert set(fake.hits) == {kind}
    assert front(fake, site_there) == page("old")
    fake.faults.clear()
    host.publish(site)
    assert host.read_back() == digests(site)


def test_a_server_that_drips_or_hangs_is_not_waited_for(
    host, fake, site_there, monkeypatch
):
    monkeypatch.setattr(rest, "_ONE_CALL", timedelta(milliseconds=400))
    host.publish(small_site("old"))
    for kind in ("drip", "hang"):
        fake.misbehave(kind, "GET", "/files", times=3)
        with pytest.raises(Unavailable):
            host.publish(small_site("new", sequence=2000))
        assert kind in fake.hits
        fake.faults.clear()
    assert front(fake, site_there) == page("old")


def test_a_deploy_that_netlify_cannot_finish_is_said_with_its_reason(
    host, fake, site_there
):
    host.publish(small_site("old"))
    fake.fails = "Deploy directory is empty"
    with pytest.raises(Rejected, match="directory is empty"):
        host.publish(small_site("new", sequence=2000))
    assert front(fake, site_there) == page("old")


def test_a_deploy_that_is_never_ready_is_given_up(host, fake, monkeypatch):
    monkeypatch.setattr(netlify, "_READY_WITHIN", timedelta(milliseconds=300))
    fake.processing = 10_000
    with pytest.raises(Unavailable, match="still at the deploy: processing"):
        host.publish(small_site())


def test_a_deploy_that_is_never_ready_is_waited_for_while_there_is_time(host, fake):
    fake.processing = 10_000
    with (
        within(timedelta(seconds=2)),
        pytest.raises(Unavailable, match="still at the deploy: processing"),
    ):
        host.publish(small_site())


@pytest.mark.parametrize("part", ["/sites?", "/deploys?", "/files/", "/restore"])
def test_a_token_that_is_revoked_is_named_whenever_it_happens(
    host, fake, site_there, part
):
    host.publish(small_site("old"))
    fake.misbehave("status:401", part=part, times=99)
    with pytest.raises(CredentialsRefused, match="env:TEST_NETLIFY_TOKEN") as caught:
        host.publish(small_site("new", sequence=2000))
    assert fake.hits
    assert "personal access token" in str(caught.value.next)
    assert front(fake, site_there) == page("old")


def test_a_site_that_is_not_there_is_said(config, fake):
    with pytest.raises(Rejected, match="no site kwiaty-awaria") as caught:
        netlify_host(config, fake).publish(small_site())
    assert "fallback setup" in str(caught.value.next)
    with pytest.raises(Rejected, match="no site"):
        netlify_host(
            config, fake, site="0" * 8 + "-0000" * 3 + "-" + "0" * 12
        ).read_back()


@pytest.mark.parametrize("part", ["/deploys", "/restore"])
def test_a_site_deleted_in_the_middle_is_said(host, fake, site_there, part):
    host.publish(small_site("old"))
    fake.before[part] = lambda: fake.sites.pop(site_there.id)
    with pytest.raises(Rejected):
        host.publish(small_site("new", sequence=2000))
    assert part not in fake.before


@pytest.mark.parametrize("when", ["/deploys", "/restore"])
def test_newer_words_that_come_in_between_are_never_replaced(
    host, fake, site_there, when
):
    """Right before ours is announced, and in the last moment before it is shown."""
    host.publish(small_site("first", sequence=1))
    newer = small_site("newer", sequence=3)
    fake.before[when] = lambda: host.publish(newer)
    with pytest.raises(Refused, match=r"newer page (was|is) published"):
        host.publish(small_site("older", sequence=2))
    assert host.read_back() == digests(newer)


def test_an_older_publish_in_between_is_overtaken(host, fake, site_there):
    host.publish(small_site("first", sequence=1))
    fake.before["/restore"] = lambda: host.publish(small_site("2", sequence=2))
    newest = small_site("3", sequence=3)
    host.publish(newest)
    assert host.read_back() == digests(newest)


def test_of_many_publishes_at_once_the_newest_words_stay(config, fake, site_there):
    together, ended = Barrier(4), []

    def publish(number):
        host = netlify_host(config, fake)
        together.wait()
        try:
            host.publish(small_site(f"words {number}", sequence=number))
            ended.append(number)
        except Refused:
            ended.append(-number)

    threads = [Thread(target=publish, args=(number,)) for number in (1, 2, 3, 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(abs(number) for number in ended) == [1, 2, 3, 4]
    assert 4 in ended
    assert front(fake, site_there) == page("words 4")


def test_settings_that_cannot_work_are_complained_about():
    from pathlib import Path

    token = SecretRef("env", "T")
    wrong = Settings("a b", token, endpoint="api.netlify.com", certificate=Path("c"))
    keys = {key for key, _ in wrong.complaints()}
    assert keys == {"site", "endpoint", "private_key"}
    assert not list(Settings("kwiaty", token).complaints())


def test_no_secret_is_in_what_a_host_says_of_itself(host):
    assert TOKEN not in repr(host)


def test_what_it_can_answer_is_said(config, fake, tmp_path):
    caps = netlify_host(config, fake).caps
    assert (caps.front, caps.deep, caps.post) == (503, 503, 503)
    assert caps.retry_after is True
    assert caps.tls_ahead is False
    own = {
        "certificate": tmp_path / "c.pem",
        "private_key": SecretRef("file", "k.pem"),
        "ca": tmp_path / "a.pem",
    }
    assert netlify_host(config, fake, **own).caps.tls_ahead is True


def test_a_manifest_left_behind_without_its_files_is_published_anew(
    host, fake, site_there
):
    site = with_manifest([built_file("index.html", page("a"))], 1)
    fake.leave(site_there, MANIFEST, site.file(MANIFEST).body)
    assert set(host.publish(site).written) == {"index.html"}
    assert host.read_back() == digests(site)
