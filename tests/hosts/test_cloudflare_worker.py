"""A worker of Cloudflare's as a host, against a strict fake of the vendor's API."""

import json
import threading
from datetime import timedelta
from hashlib import sha256

import pytest
from attrs import define, evolve, field

from fallback.core.config import HostTable, SecretRef
from fallback.core.errors import CredentialsRefused, Refused, Rejected, Unavailable
from fallback.core.hosts.known import Known
from fallback.core.model import MANIFEST
from fallback.hosts.cloudflare_worker import Settings, WorkerHost, connect
from fallback.wire import shipped
from fallback.wire.cloudflare.release import (
    MANIFEST_MODULE,
    SITE_MODULE,
    Release,
)
from fallback.wire.cloudflare.workers import Asset, Script
from fallback.wire.web import rest
from tests.contracts.host import HostContract
from tests.fakes.cloudflare_workers import ACCOUNT, TOKEN, Version, cloudflare
from tests.fakes.config import small_config
from tests.fakes.host import KilledError
from tests.fakes.site import digests, page, small_site
from tests.servers.proxy import fault_proxy

NAME = "kwiaty-fallback"
SECRET = SecretRef("env", "TEST_CLOUDFLARE_TOKEN")


@pytest.fixture(autouse=True)
def _token(monkeypatch):
    monkeypatch.setenv(SECRET.name, TOKEN)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr(rest.time, "sleep", lambda _: None)


@pytest.fixture
def fake():
    with cloudflare() as fake:
        yield fake


def settings(fake, **changes):
    known = {"endpoint": fake.endpoint, **changes}
    return Settings(ACCOUNT, NAME, SECRET, **known)


@pytest.fixture
def host(fake, config):
    return connect(settings(fake), config)


@define
class Steps:
    """Counts the calls that change something; each dies before and after itself."""

    left: int | None
    lock: threading.Lock = field(factory=threading.Lock)

    def step(self):
        with self.lock:
            if self.left == 0:
                raise KilledError
            if self.left is not None:
                self.left -= 1


class DyingScript(Script):
    steps = Steps(None)

    def _dying(self, work, *arguments):
        self.steps.step()
        done = work(*arguments)
        self.steps.step()
        return done

    def begin(self, assets):
        return self._dying(super().begin, assets)

    def _send(self, session, bucket):
        return self._dying(super()._send, session, bucket)

    def put(self, modules, assets=""):
        return self._dying(super().put, modules, assets)


@define
class WorkerPlace:
    config: object
    fake: object

    def host(self):
        return connect(settings(self.fake), self.config)

    def dying_after(self, writes):
        host = self.host()
        script = DyingScript(host.script.api, host.script.account, host.script.name)
        DyingScript.steps = Steps(writes)
        return WorkerHost(script, host.status_hosts)

    def version(self):
        return self.fake.scripts.get(NAME)

    def bodies(self):
        version = self.version()
        if version is None:
            return {}
        modules = {name: body for name, (_, body) in version.modules.items()}
        if SITE_MODULE not in modules:
            return {"index.html": modules[version.main]}
        found = {
            path: self.fake.bodies[version.assets[about["asset"]]]
            for path, about in json.loads(modules[SITE_MODULE])["files"].items()
            if path != MANIFEST
        }
        manifest = modules[MANIFEST_MODULE]
        return {**found, MANIFEST: manifest} if manifest else found

    def leave(self, path, body):
        """Somebody deploys another version, in which *path* is *body*."""
        version = self.version()
        if version is None and path != MANIFEST:
            modules = {"worker.js": ("application/javascript+module", body)}
            self.fake.scripts[NAME] = Version(1, "worker.js", modules, {}, {})
            return
        if version is None:
            modules = Release().modules()
            parts = {n: ("text/plain", text.encode()) for n, text in modules.items()}
            version = Version(1, "worker.js", parts, {}, {})
            self.fake.scripts[NAME] = version
        if path == MANIFEST:
            version.modules[MANIFEST_MODULE] = ("text/plain", body)
            return
        asset = Asset.of(body)
        site = json.loads(version.modules[SITE_MODULE][1])
        site["files"][path] |= {
            "sha256": sha256(body).hexdigest(),
            "asset": asset.path,
            "size": asset.size,
        }
        version.modules[SITE_MODULE] = ("text/plain", json.dumps(site).encode())
        version.assets[asset.path] = asset.hash
        self.fake.bodies[asset.hash] = body

    def writes(self):
        """Return what was sent, the manifest being sent by the deployment."""
        paths = {sha: path for path, sha in self._hashes().items()}
        done = [paths[sha] for sha in self.fake.received]
        done += [MANIFEST for call in self.fake.calls if call.startswith("PUT")]
        self.fake.received.clear()
        self.fake.calls.clear()
        return done

    def _hashes(self):
        site = json.loads(self.version().modules[SITE_MODULE][1])
        return {p: one["asset"].lstrip("/") for p, one in site["files"].items()}


class TestWorkerHost(HostContract):
    @pytest.fixture
    def place(self, config, fake):
        return WorkerPlace(config, fake)


def test_the_vendor_tells_the_worker_s_own_name_and_those_it_took(host, fake):
    own = f"{host.script.name}.kwiaty.workers.dev"
    assert host.known_as() == Known("workers.dev", own), "there is no worker yet"
    host.publish(small_site())
    fake.zones["kwiaty.example"] = set()
    host.script.attach("kwiaty.example")
    taken = frozenset({"kwiaty.example"})
    assert host.known_as() == Known("workers.dev", own, taken)


def test_only_what_changed_is_sent(host, fake):
    host.publish(small_site())
    fake.received.clear()
    changed = small_site(extra={"sw.js": "// another\n"})
    host.publish(changed)
    assert fake.received == [Asset.of(b"// another\n").hash]


def test_one_call_switches_page_list_and_assets(host, fake):
    host.publish(small_site("old"))
    fake.misbehave("status:500", only="PUT")
    new = small_site("new", sequence=2000)
    with pytest.raises(Unavailable):
        host.publish(new)
    assert fake.hits == ["status:500"]
    assert host.read_back() == digests(small_site("old"))
    host.publish(new)
    assert host.read_back() == digests(new)


def test_the_vendor_never_answers_with_an_asset_by_itself(host, fake):
    host.publish(small_site())
    version = fake.scripts[NAME]
    assert version.metadata["assets"]["config"] == {
        "html_handling": "none",
        "not_found_handling": "none",
        "run_worker_first": True,
    }
    assert all("." not in path and path.count("/") == 1 for path in version.assets)


def test_a_leftover_that_the_vendor_has_lost_is_let_go(host, fake):
    gone = "_fallback/log/gone.html"
    host.publish(small_site("1", sequence=1, extra={gone: page("gone")}))
    del fake.bodies[Asset.of(page("gone").encode()).hash]
    second = small_site("2", sequence=2)
    assert host.publish(second).deleted == (gone,)
    assert host.read_back() == digests(second)


@pytest.mark.parametrize(
    ("fault", "only"),
    [
        ("status:429:1", "assets-upload-session"),
        ("status:500", "assets-upload-session"),
        ("lose", "assets-upload-session"),
        ("status:503", "assets/upload"),
        ("lose", "assets/upload"),
        ("status:429:1", "PUT"),
        ("lose", "PUT"),
        ("status:502", "GET"),
        ("lose", "GET"),
    ],
)
def test_a_vendor_in_passing_trouble_is_published_to_all_the_same(
    host, fake, fault, only
):
    site = small_site(f"{fault} {only}")
    fake.misbehave(fault, only=only)
    host.publish(site)
    assert fake.hits == [fault]
    assert host.read_back() == digests(site)
    puts = [call for call in fake.calls if call.startswith("PUT")]
    assert len(puts) == (2 if (fault, only) == ("status:429:1", "PUT") else 1)


@pytest.mark.parametrize("fault", ["hang", "drip"])
def test_a_vendor_that_never_comes_to_an_end_is_given_up(
    host, fake, fault, monkeypatch
):
    host.publish(small_site("old"))
    monkeypatch.setattr(rest, "_ONE_CALL", timedelta(seconds=0.3))
    fake.misbehave(*[fault] * 3, only="GET")
    with pytest.raises(Unavailable):
        host.publish(small_site("new", sequence=2000))
    assert fake.hits == [fault] * 3
    monkeypatch.undo()
    monkeypatch.setenv(SECRET.name, TOKEN)
    assert host.read_back() == digests(small_site("old"))


@pytest.mark.parametrize("percent", [10, 50, 90])
def test_an_upload_that_is_cut_leaves_the_old_page_and_is_finished_by_the_next(
    fake, config, percent
):
    connect(settings(fake), config).publish(small_site("old"))
    words = "new " * 5000
    new = small_site(words, sequence=2000)
    with fault_proxy(fake.port) as proxy:
        endpoint = f"{proxy.endpoint}/client/v4"
        host = connect(settings(fake, endpoint=endpoint), config)
        size = len(new.file("index.html").body) * 4 // 3
        proxy.misbehave(always=f"cut:{size * percent // 100}", only="assets/upload")
        with pytest.raises(Unavailable, match="does not answer"):
            host.publish(new)
        assert proxy.hits
        proxy.misbehave()
        assert host.read_back() == digests(small_site("old"))
        host.publish(new)
        assert host.read_back() == digests(new)


def test_what_the_vendor_has_lost_is_sent_again_and_said(host, fake):
    host.publish(small_site())
    del fake.bodies[Asset.of(small_site().file("robots.txt").body).hash]
    changed = small_site(extra={"sw.js": "// another\n"})
    assert host.publish(changed).written == ("robots.txt", "sw.js", MANIFEST)
    assert Asset.of(small_site().file("robots.txt").body).hash in fake.bodies


def test_a_token_that_is_revoked_in_the_middle_leaves_the_old_page(host, fake):
    host.publish(small_site("old"))
    fake.misbehave("revoke", only="PUT")
    with pytest.raises(CredentialsRefused, match="env:TEST_CLOUDFLARE_TOKEN") as caught:
        host.publish(small_site("new", sequence=2000))
    assert fake.hits == ["revoke"]
    assert "Workers Scripts > Edit" in str(caught.value.next)
    loud = caught.value.next.said_by(lambda template, *_: template.upper())
    assert "WORKERS SCRIPTS > EDIT" in loud
    fake.tokens[TOKEN] = "user"
    assert host.read_back() == digests(small_site("old"))


@pytest.mark.parametrize("token", ["not a token", "x" * 40])
def test_a_token_that_is_none_is_said(fake, config, monkeypatch, token):
    monkeypatch.setenv(SECRET.name, token)
    with pytest.raises(CredentialsRefused, match="Cloudflare refuses env:"):
        connect(settings(fake), config).publish(small_site())


def test_another_account_than_the_tokens_is_said(fake, config):
    other = evolve(settings(fake), account="f" * 32)
    with pytest.raises(CredentialsRefused):
        connect(other, config).publish(small_site())


def test_a_worker_of_the_shops_own_is_never_replaced(host, fake):
    own = {"index.js": ("application/javascript+module", b"export default {}")}
    fake.scripts[NAME] = Version(1, "index.js", own, {}, {})
    with pytest.raises(Refused, match="did not write") as caught:
        host.publish(small_site())
    assert fake.scripts[NAME].modules == own
    assert "script" in str(caught.value.next)
    assert host.read_back() == {}


def test_a_newer_list_than_ours_is_left_alone(host, fake):
    host.publish(small_site())
    kind, body = fake.scripts[NAME].modules[SITE_MODULE]
    newer = json.dumps({**json.loads(body), "schema": 2}).encode()
    fake.scripts[NAME].modules[SITE_MODULE] = (kind, newer)
    with pytest.raises(Refused, match="newer fallback"):
        host.publish(small_site("new", sequence=2000))


def test_words_that_became_older_on_the_way_are_not_deployed(
    host, fake, config, monkeypatch
):
    """Two jobs at once: the newer one finishes while the older one still sends."""
    newer = small_site("newer", sequence=2000)
    other = connect(settings(fake), config)

    def send(self, session, known, real=Script.send):
        monkeypatch.setattr(Script, "send", real)
        other.publish(newer)
        return real(self, session, known)

    monkeypatch.setattr(Script, "send", send)
    with pytest.raises(Refused, match="newer"):
        host.publish(small_site("older", sequence=1000))
    assert host.read_back() == digests(newer)


def test_an_older_deployment_that_lands_in_between_is_put_right(
    host, fake, config, monkeypatch
):
    """The vendor compares nothing: the older job had looked before ours was there."""
    connect(settings(fake), config).publish(small_site("older", sequence=1000))
    late = fake.scripts[NAME]
    newer = small_site("newer", sequence=2000)
    real = Script.put

    def put(self, modules, assets=""):
        monkeypatch.setattr(Script, "put", real)
        real(self, modules, assets)
        older = json.loads(late.modules[MANIFEST_MODULE][1]) | {"sequence": 1500}
        late.modules[MANIFEST_MODULE] = ("text/plain", json.dumps(older).encode())
        fake.scripts[NAME] = late

    monkeypatch.setattr(Script, "put", put)
    host.publish(newer)
    assert host.read_back() == digests(newer)


def test_a_worker_of_an_older_program_is_replaced_though_no_word_changed(
    host, fake, monkeypatch
):
    site = small_site()
    host.publish(site)
    monkeypatch.setattr(shipped, "worker", lambda: "export default { newer: 1 }")
    assert host.publish(site).written == (MANIFEST,)
    assert b"newer" in fake.scripts[NAME].modules["worker.js"][1]
    assert host.publish(site).written == ()


def test_the_front_page_says_503_under_the_shops_own_name_whatever_url_says(
    fake, tmp_path
):
    ours = settings(fake)
    for url, hosts in {
        "https://status.kwiaty.example": ("status.kwiaty.example",),
        "https://kwiaty.example": (),
        "": (),
    }.items():
        table = HostTable("cloudflare_worker", "cloudflare_worker", ours, url)
        config = small_config(tmp_path, [table])
        assert connect(ours, config).status_hosts == hosts


def test_settings_that_cannot_work_are_complained_about():
    wrong = Settings("my account", "My_Worker", SECRET, endpoint="api.cloudflare.com")
    assert [key for key, _ in wrong.complaints()] == ["account", "script", "endpoint"]
    assert not list(Settings(ACCOUNT, NAME, SECRET).complaints())


def test_a_vendor_that_asks_for_what_nobody_has_is_refused(host, fake, monkeypatch):
    real = Script.begin

    def begin(self, assets):
        return evolve(real(self, assets), buckets=(("0" * 32,),))

    monkeypatch.setattr(Script, "begin", begin)
    with pytest.raises(Rejected, match="not part of the page"):
        host.publish(small_site())


def test_no_secret_is_in_what_a_host_says_of_itself(host):
    assert TOKEN not in repr(host)
