"""`fallback check --write` proves by a file of a moment that addresses are our own."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from threading import Event

import pytest
from attrs import evolve

from fallback import hosts, stores
from fallback.actions.checking import owning
from fallback.actions.checking.owning import prove_hosts
from fallback.core.check.ownership import (
    Proof,
    laid_word,
    ownership_findings,
    still_laid,
)
from fallback.core.config import Config, DnsTable, HostTable, SecretRef, State
from fallback.core.errors import Rejected, Unavailable
from fallback.core.findings import Severity
from fallback.core.hosts.publishing import BESIDE
from fallback.core.result import Talk, silent
from fallback.dns import manual
from fallback.hosts import folder, netlify, s3
from fallback.stores import dated
from fallback.stores import folder as state_folder
from fallback.wire.clock import SystemClock
from fallback.wire.own_server import server_files
from tests.fakes.config import small_config
from tests.fakes.netlify import TOKEN, FakeNetlify
from tests.fakes.sftp import settings as sftp_settings
from tests.fakes.site import small_site
from tests.fakes.site_folder import write_site
from tests.hosts.buckets import KEYS
from tests.hosts.conftest import ceph  # noqa: F401 - fixture
from tests.servers import own_server
from tests.servers import s3 as s3_keys
from tests.servers.netlify import netlify_server
from tests.servers.program import fallback
from tests.servers.sshd import sshd
from tests.servers.updated import free_port
from tests.servers.visited import Visited, visited

SHOP = "owned.example"
NETLIFY_TOKEN = SecretRef("env", "TEST_NETLIFY_TOKEN")


def _prove(config: Config, *, say: Talk = silent, **more: timedelta) -> Proof:
    return prove_hosts(config, clock=SystemClock(), say=say, **more)


def _ids(proof: Proof) -> dict[str, Severity]:
    return {found.id: found.severity for found in ownership_findings(proof)}


def _beside(place: Path) -> list[Path]:
    return [path for path in place.rglob("*") if BESIDE in path.as_posix()]


def _site(tmp_path: Path, *tables: HostTable, port: int = 80) -> Config:
    """Return a site with hosts of *tables*, whose target is this machine."""
    root = tmp_path / "site"
    root.mkdir(exist_ok=True)
    config = small_config(root)
    zone = DnsTable(
        "manual", SHOP, (SHOP,), (ip_address("127.0.0.1"),), settings=manual.Settings()
    )
    return evolve(
        config,
        shop=evolve(config.shop, url=f"http://{SHOP}:{port}"),
        hosts=tables,
        dns=(zone,),
        state=State("folder", state_folder.Settings()),
    )


def _published(config: Config) -> Config:
    for table in config.hosts:
        hosts.connect(table, config).publish(small_site())
    return config


@contextmanager
def _folder(
    tmp_path: Path, seen: Path | None = None, **more: object
) -> Iterator[tuple[Config, Visited]]:
    """A folder host; *seen* is the folder that its address shows, if another."""
    place = tmp_path / "public"
    with visited(seen or place, **more) as there:
        table = HostTable("folder", "folder", folder.Settings(place), there.url)
        yield _published(_site(tmp_path, table, port=there.port)), there


def test_a_host_that_is_ours_is_proven_at_its_address_and_at_the_target(
    tmp_path: Path,
) -> None:
    with _folder(tmp_path) as (config, there):
        proof = _prove(config)
    assert [(one.subject, one.ours) for one in proof.sought] == [
        ("folder", True),
        (SHOP, True),
    ]
    assert _ids(proof) == {}
    asked = {target for target in there.targets() if BESIDE in target}
    assert len(asked) == 1, "one file, asked for twice"
    assert _beside(tmp_path) == []


def test_a_site_that_can_move_no_name_yet_proves_its_hosts(tmp_path: Path) -> None:
    with visited(tmp_path / "shop" / "published") as there:
        host = f'kind = "folder"\npath = "published"\nurl = "{there.url}"'
        site = write_site(tmp_path / "shop", host)
        assert fallback(site, "deploy").code == 0
        findings = fallback(site, "check", "--write", "--json").json["findings"]
        asked = {target for target in there.targets() if BESIDE in target}
    assert len(asked) == 1
    assert not {"host-not-ours", "host-unproven"} & {each["id"] for each in findings}


def test_whoever_copied_the_whole_page_is_found_out(tmp_path: Path) -> None:
    """The manifest is public, so that comparing it says nothing."""
    copy = tmp_path / "copy"
    hosts.folder.FolderHost(copy).publish(small_site())
    with _folder(tmp_path, copy) as (config, _):
        proof = _prove(config)
    assert all(one.strange and one.same for one in proof.sought)
    assert _ids(proof) == {"host-not-ours": Severity.WARNING}


def test_a_target_at_somebody_else_s_place_is_critical(tmp_path: Path) -> None:
    """A bucket that was given up, and made again by a stranger."""
    theirs = tmp_path / "theirs"
    hosts.folder.FolderHost(theirs).publish(small_site("theirs", sequence=5))
    with _folder(tmp_path, theirs) as (config, there):
        proof = _prove(config)
    found = {f.subject: f.severity for f in ownership_findings(proof)}
    assert found == {"folder": Severity.WARNING, SHOP: Severity.CRITICAL}
    asked = {target for target in there.targets() if BESIDE in target}
    assert len(asked) == 2, "another file, in case a publish came in between"


def test_an_echo_of_the_address_proves_nothing(tmp_path: Path) -> None:
    with _folder(
        tmp_path, bend=lambda q, a: evolve(a, status=200, body=q.target.encode())
    ) as (config, _):
        assert "host-not-ours" in _ids(_prove(config))


def test_silence_is_said_and_is_no_alarm(tmp_path: Path) -> None:
    with _folder(tmp_path, bend=lambda _, answer: None) as (config, _):
        assert _ids(_prove(config)) == {"host-unproven": Severity.WARNING}
    assert _beside(tmp_path) == []


@pytest.mark.parametrize("stop", [KeyboardInterrupt, RuntimeError])
def test_the_file_is_taken_away_whatever_ends_the_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop: type[BaseException]
) -> None:
    there: list[Path] = []

    def ends(*_: object) -> None:
        there.extend(_beside(tmp_path))
        raise stop

    monkeypatch.setattr(owning, "_sought", ends)
    with _folder(tmp_path) as (config, _), pytest.raises(stop):
        _prove(config)
    assert len(there) == 1, "the fault was hit while the file lay there"
    assert _beside(tmp_path) == []


def test_a_file_that_cannot_be_taken_away_is_said_even_after_ctrl_c(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = []

    def ends(*_: object) -> None:
        (path,) = _beside(tmp_path)
        path.unlink()
        path.mkdir()
        raise KeyboardInterrupt

    monkeypatch.setattr(owning, "_sought", ends)
    with _folder(tmp_path) as (config, _), pytest.raises(KeyboardInterrupt):
        _prove(config, say=lambda event, text: said.append((event, str(text))))
    assert [event for event, _ in said] == ["left"]
    assert BESIDE in said[0][1]


def test_what_a_kill_leaves_there_the_next_proof_takes_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with _folder(tmp_path) as (config, _):
        with monkeypatch.context() as kill, pytest.raises(KeyboardInterrupt):
            kill.setattr(folder.FolderHost, "lift", killed)
            _prove(config)
        (left,) = _beside(tmp_path / "public")
        shutil.copy(left, own := left.with_name("ours-by-hand.txt"))
        page = tmp_path / "public" / "index.html"
        store = stores.connect(config.state, config)
        dated.remember(store, laid_word("folder", page.name), datetime.now(UTC))
        assert _ids(_prove(config)) == {}
        assert _beside(tmp_path / "public") == [own]
        assert page.exists(), "whoever writes the state can have no page deleted"
    assert list(still_laid("folder", dated.recall(store))) == []


def test_where_nothing_can_be_remembered_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise Unavailable("the state is away", next="wait")

    monkeypatch.setattr(dated, "remember", refuse)
    with _folder(tmp_path) as (config, there):
        proof = _prove(config)
    assert [str(one.what) for one in proof.refused] == ["the state is away"]
    assert there.asked == []


def test_the_rounds_end_in_time_and_take_away_what_they_laid(tmp_path: Path) -> None:
    """Nobody answers as long as a look may take, and there is less for all of it."""
    over = Event()
    with _folder(tmp_path, bend=lambda *_: over.wait(30) and None) as (config, there):
        begun = time.monotonic()
        proof = _prove(config, within=timedelta(seconds=1.5))
        took = time.monotonic() - begun
        over.set()
    assert there.asked, "the file was laid and asked for"
    assert took < 8
    assert _ids(proof) == {"host-unproven": Severity.WARNING}
    assert _beside(tmp_path) == []


def test_without_any_time_nothing_is_laid_and_that_is_said(tmp_path: Path) -> None:
    with _folder(tmp_path) as (config, there):
        proof = _prove(config, within=timedelta())
    assert [str(one.what) for one in proof.refused] == ["no time was left for it"]
    assert [one.zone for one in proof.unasked] == [SHOP]
    assert there.asked == []


def test_an_alarm_of_the_first_round_outlives_a_silent_second_one(
    tmp_path: Path,
) -> None:
    theirs = tmp_path / "theirs"
    hosts.folder.FolderHost(theirs).publish(small_site("theirs", sequence=5))
    files: list[str] = []

    def bend(request, answer):
        if BESIDE in request.target and request.target not in files:
            files.append(request.target)
        return answer if len(files) < 2 else None

    with _folder(tmp_path, theirs, bend=bend) as (config, _):
        found = {f.subject: f.id for f in ownership_findings(_prove(config))}
    assert len(files) == 2, "the second round was silent"
    assert found == {"folder": "host-not-ours", SHOP: "host-not-ours"}


def test_a_publish_in_between_is_no_alarm_and_is_not_disturbed(tmp_path: Path) -> None:
    """What it puts there hides the first file; the second one is found."""
    newer = small_site("newer", sequence=5000)
    taken: list[str] = []

    def bend(request, answer):
        if BESIDE in request.target and not taken:
            taken.append(request.target)
            hosts.connect(config.hosts[0], config).publish(newer)
            return evolve(answer, status=404, body=b"")
        return answer

    with _folder(tmp_path, bend=bend) as (config, _):
        assert _ids(_prove(config)) == {}
        host = hosts.connect(config.hosts[0], config)
        assert taken
        assert host.read_back() == {file.path: file.digest for file in newer}, (
            "the published build is the local one"
        )
    assert _beside(tmp_path) == []


def test_where_no_page_of_ours_lies_nothing_is_written(tmp_path: Path) -> None:
    with _folder(tmp_path) as (config, there):
        shutil.rmtree(tmp_path / "public")
        proof = _prove(config)
    assert there.asked == []
    assert not (tmp_path / "public").exists()
    assert _ids(proof) == {"host-unproven": Severity.INFO}
    (zone,) = proof.unasked
    assert (zone.zone, "no page" in str(zone.why)) == (SHOP, True)


@contextmanager
def _at_netlify(
    tmp_path: Path, url: str = "", target: str = "", **more: str
) -> Iterator[tuple[Config, FakeNetlify]]:
    """A folder that somebody else's server shows, and a site at Netlify with *url*."""
    with netlify_server() as vendor, _folder(tmp_path, tmp_path / "other") as (here, _):
        vendor.make("kwiaty").aliases = [f"Www.{SHOP}"]
        given = {"site": "kwiaty", "token": NETLIFY_TOKEN, "endpoint": vendor.endpoint}
        about = netlify.Settings(**{**given, **more})
        away = HostTable("netlify", "netlify", about, url)
        (zone,) = here.dns
        dns = (evolve(zone, target=target),) if target else here.dns
        yield evolve(here, hosts=(*here.hosts, away), dns=dns), vendor


def _of(proof: Proof, subject: str) -> list[tuple[str, Severity]]:
    found = ownership_findings(proof)
    return [(one.id, one.severity) for one in found if one.subject == subject]


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_NETLIFY_TOKEN", TOKEN)


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("url", ["", "https://kwiaty.netlify.app"])
def test_a_target_that_may_be_a_host_without_room_is_not_judged(
    tmp_path: Path, url: str
) -> None:
    """Netlify takes no single file, so that the target may well be its."""
    with _at_netlify(tmp_path, url) as (config, _):
        proof = _prove(config)
    assert {one.subject for one in proof.sought} == {"folder"}
    said = [f for f in ownership_findings(proof) if f.subject == SHOP]
    assert [(f.id, f.severity) for f in said] == [("host-unproven", Severity.INFO)]
    assert "netlify takes no single file" in str(said[0].seen)
    assert _of(proof, "netlify") == []


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("target", ["kwiaty.netlify.app", "Kwiaty.Netlify.App."])
@pytest.mark.parametrize("url", ["https://Kwiaty.netlify.app.:443/", ""])
def test_a_name_below_the_vendor_s_domain_is_the_host_s_own(
    tmp_path: Path, url: str, target: str
) -> None:
    with _at_netlify(tmp_path, url, target) as (config, vendor):
        (site,) = vendor.sites.values()
        site.custom_domain = SHOP.upper()
        proof = _prove(config)
    assert {one.subject for one in proof.sought} == {"folder"}
    assert [one.ours for one in proof.claims] == [True] * (2 if url else 1)
    assert {found.subject for found in ownership_findings(proof)} == {"folder"}


@pytest.mark.usefixtures("account")
def test_a_target_of_ours_that_does_not_know_the_shop_s_names_is_told(
    tmp_path: Path,
) -> None:
    """Netlify answers by the name in the request, with whatever site claims it."""
    with _at_netlify(tmp_path, target="kwiaty.netlify.app") as (config, _):
        proof = _prove(config)
    assert _of(proof, SHOP) == [("host-unproven", Severity.INFO)]
    (zone,) = proof.unasked
    assert str(zone.why) == (
        f"at netlify.app these names are not said to be yours: {SHOP}"
    )
    assert "fallback setup netlify" in str(zone.remedy)


@pytest.mark.usefixtures("account")
def test_a_name_below_the_vendor_s_domain_that_is_not_ours_is_told(
    tmp_path: Path,
) -> None:
    other = "kwiaty-2.netlify.app"
    with _at_netlify(tmp_path, f"https://{other}", other) as (config, _):
        alone = _prove(evolve(config, hosts=config.hosts[1:]))
        with_folder = _prove(config)
    assert _of(alone, "netlify") == [("host-not-ours", Severity.WARNING)]
    assert _of(alone, SHOP) == [("host-not-ours", Severity.CRITICAL)]
    said = [str(f.seen) for f in ownership_findings(alone) if f.subject == SHOP]
    own = "at netlify.app your host has the name kwiaty.netlify.app"
    assert said == [f"{other} is another place: {own}"]
    assert {"netlify", SHOP} <= alone.judged
    assert _of(with_folder, "netlify") == [("host-not-ours", Severity.WARNING)]
    assert _of(with_folder, SHOP) == [("host-unproven", Severity.INFO)], "built there"


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(
    "url", [f"https://www.{SHOP}", "https://cdn.elsewhere.example"]
)
def test_a_name_elsewhere_is_not_judged_by_the_vendor_s_list(
    tmp_path: Path, url: str
) -> None:
    """DNS, or a network of the owner's own before it, decides what visitors get."""
    with _at_netlify(tmp_path, url) as (config, _):
        proof = _prove(config)
    assert proof.claims == ()
    assert _of(proof, "netlify") == []


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(
    ("fault", "said"),
    [("status:500", "Netlify"), ("status:401", "refuses"), ("", "no site kwiaty-2")],
)
def test_a_vendor_that_says_nothing_of_the_host_is_told(
    tmp_path: Path, fault: str, said: str
) -> None:
    """Nor is a target called somebody else's that may be this host's."""
    target = "kwiaty-2.netlify.app"
    site = "kwiaty" if fault else "kwiaty-2"
    with _at_netlify(tmp_path, f"https://{target}", target, site=site) as made:
        config, vendor = made
        if fault:
            vendor.misbehave(fault, "GET", "/sites", times=99)
        proof = _prove(config)
        assert bool(vendor.hits) == bool(fault), "the fault was hit"
    assert _of(proof, "netlify") == [("host-unproven", Severity.WARNING)]
    assert _of(proof, SHOP) == [("host-unproven", Severity.INFO)]
    (refused,) = proof.refused
    assert said in str(refused.what)
    assert "deploy" not in str(refused.remedy)


@pytest.mark.usefixtures("account")
def test_two_rounds_ask_a_vendor_once(tmp_path: Path) -> None:
    with _at_netlify(tmp_path, "https://kwiaty.netlify.app") as (config, vendor):
        proof = _prove(config)
        looked = [path for _, path in vendor.log if path == "/sites"]
    assert any(one.strange for one in proof.sought), "there was a second round"
    assert len(looked) == 1
    assert len(proof.claims) == 1


def test_each_address_of_the_target_is_asked_however_many_names_there_are(
    tmp_path: Path,
) -> None:
    """The second one is a stranger's, and more names than are asked come first."""
    with _folder(tmp_path) as (config, there):
        (zone,) = config.dns
        names = (SHOP, *(f"{word}.{SHOP}" for word in ("www", "m", "en", "pl")))
        stranger = ip_address("127.0.0.2")  # nobody answers there
        zone = evolve(zone, names=names, target=(*zone.target, stranger))
        proof = _prove(evolve(config, dns=(zone,)))
    at_target = [one.where for one in proof.sought if one.target]
    assert f"{SHOP} (127.0.0.2)" in at_target
    assert len(at_target) == 4
    assert there.asked


def test_a_host_that_refuses_the_file_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise Rejected("no", next="allow it")

    monkeypatch.setattr(folder.FolderHost, "lay", refuse)
    with _folder(tmp_path) as (config, _):
        found = ownership_findings(_prove(config))
    assert [(each.id, each.subject, each.severity) for each in found] == [
        ("host-unproven", "folder", Severity.WARNING),
        ("host-unproven", SHOP, Severity.INFO),
    ]


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_S3_KEY", s3_keys.KEY)
    monkeypatch.setenv("TEST_S3_SECRET", s3_keys.SECRET)


@pytest.mark.usefixtures("secrets")
def test_a_bucket_is_proven_by_its_own_website(tmp_path: Path, ceph) -> None:  # noqa: F811
    """A real server; asked for the shop's name at the target, as a browser would."""
    mine, theirs = (ceph.make_bucket(n, website=True) for n in (SHOP, "other.example"))
    table = HostTable("s3", "s3", s3.Settings(mine, endpoint=ceph.endpoint, **KEYS))
    config = _published(_site(tmp_path, table, port=ceph.website))
    before = hosts.connect(table, config).read_back()
    proof = _prove(config)
    assert [(one.subject, one.ours) for one in proof.sought] == [(SHOP, True)]
    assert hosts.connect(table, config).read_back() == before
    keys = ceph.client().list_objects_v2(Bucket=mine)["Contents"]
    assert not [each for each in keys if BESIDE in each["Key"]]
    # the same page in a bucket that is not the one which answers to that name
    other = evolve(table, settings=evolve(table.settings, bucket=theirs))
    proof = _prove(_published(evolve(config, hosts=(other,))))
    assert _ids(proof) == {"host-not-ours": Severity.CRITICAL}, "a bucket given up"


def test_a_server_of_one_s_own_is_proven_through_nginx(tmp_path: Path) -> None:
    """By SFTP the file lies in the live release, which a publish would replace."""
    port, place, log = free_port(), tmp_path / "page", tmp_path / "nginx"
    for each in (place, log, tmp_path / "sshd"):
        each.mkdir()
    with sshd(tmp_path / "sshd") as server:
        about = sftp_settings(server, place)
        table = HostTable("sftp", "sftp", about, f"http://127.0.0.1:{port}")
        config = _published(_site(tmp_path, table, port=port))
        written = server_files(
            config, root=str(place / "current"), url=table.url, names=(SHOP,)
        )
        rules = log / "nginx.conf"
        rules.write_text(written["nginx.conf"])
        with own_server.nginx(log, rules, port):
            proof = _prove(config)
    assert [one.ours for one in proof.sought] == [True, True]
    assert _beside(place) == []
