"""The whole deploy: words on disk, real hosts, the program as a process of its own."""

import json
import os
import shutil
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from fallback.core.model import MANIFEST
from fallback.wire import durable
from fallback.wire.web.listen import listening
from fallback.wire.web.page_server import Folder, respond_from
from tests import need
from tests.fakes.site_folder import bucket, folder, say, write_site
from tests.servers import program
from tests.servers.program import fallback
from tests.servers.proxy import fault_proxy
from tests.servers.s3 import s3_server

HOST_KEYS = {"host", "ok", "written", "skipped", "deleted", "seen", "problem"}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with s3_server(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture
def proxy(server):
    with fault_proxy(server.port) as proxy:
        yield proxy


@pytest.fixture
def name(server):
    name = f"b-{uuid4().hex}"
    server.make_bucket(name)
    return name


@pytest.fixture
def root(tmp_path):
    return tmp_path / "shop"


def front(root, path="public-copy"):
    return (root / path / "index.html").read_text("utf-8")


def test_one_command_publishes_to_a_folder_and_a_bucket(root, server, name):
    write_site(root, folder(), bucket(name, server.endpoint))
    ended = fallback(root, "deploy", "--json")
    assert ended.code == 0, ended.err
    assert ended.json["ok"] is True
    assert ended.json["left_out"] == []
    hosts = ended.json["hosts"]
    assert len(hosts) == 2
    for host in hosts:
        assert host.keys() >= HOST_KEYS
        assert host["ok"] is True
        assert host["seen"].startswith("not seen as a visitor")
        assert host["written"][-2:] == ["index.html", MANIFEST]
    client = server.client()
    for path in hosts[0]["written"]:
        stored = client.get_object(Bucket=name, Key=path)["Body"].read()
        assert stored == (root / "public-copy" / path).read_bytes()


def test_the_second_deploy_writes_nothing_and_says_so(root):
    write_site(root, folder())
    fallback(root, "deploy")
    ended = fallback(root, "deploy", "--json")
    assert ended.code == 0
    assert ended.json["hosts"][0]["written"] == []
    assert MANIFEST in ended.json["hosts"][0]["skipped"]


def test_a_person_reads_one_line_a_host_and_what_comes_next(root):
    write_site(root, folder())
    ended = fallback(root, "deploy")
    assert ended.code == 0
    lines = ended.out.splitlines()
    told = [line for line in lines if not line.startswith(("content/", " "))]
    assert told[0].startswith("folder: published (")
    assert len(told) == 2
    assert lines[-1].startswith("next: ")


def test_a_status_address_is_looked_at_as_a_visitor(root):
    copy = root / "public-copy"
    with listening(respond_from(Folder(copy), status_address=True), "127.0.0.1") as at:
        write_site(root, folder(url=at.url))
        ended = fallback(root, "deploy", "--json")
    assert ended.code == 0, ended.out
    (host,) = ended.json["hosts"]
    statuses = host["statuses"]
    assert (statuses["front"], statuses["deep"], statuses["post"]) == (200, 404, 405)
    assert statuses["old_link"] == 404
    assert {statuses["robots"], statuses["manifest"]} == {200}
    assert {statuses["/_fallback/en.html"], statuses["/_fallback/feed.xml"]} == {200}
    assert statuses["/sw.js"] == 200
    assert host["measured"]["post"] == 405
    assert host["caps"]["post"] is None
    assert (host["differences"], host["remarks"]) == ([], [])


def test_a_host_with_a_wrong_key_fails_alone_with_the_variable_named(root, proxy, name):
    write_site(root, folder(), bucket(name, proxy.endpoint))
    proxy.misbehave(always="status:403:InvalidAccessKeyId")
    ended = fallback(root, "deploy", "--json")
    assert proxy.hits, "the fault was hit"
    assert ended.code == 3
    well, poor = ended.json["hosts"]
    assert (well["ok"], poor["ok"]) == (True, False)
    assert "env:TEST_S3_KEY" in poor["next"]


def test_credentials_refused_by_every_host_exit_12(root, proxy, name):
    write_site(root, bucket(name, proxy.endpoint))
    proxy.misbehave(always="status:403:SignatureDoesNotMatch")
    ended = fallback(root, "deploy")
    assert proxy.hits
    assert ended.code == 12
    assert "env:TEST_S3_KEY" in ended.out


def test_all_hosts_dead_exit_1_and_each_is_named(root):
    write_site(
        root,
        bucket("b-one", "http://127.0.0.1:9"),
        bucket("b-two", "http://127.0.0.1:9"),
    )
    ended = fallback(root, "deploy")
    assert ended.code == 1
    assert "b-one" in ended.out
    assert "b-two" in ended.out


def test_a_secret_in_the_environment_is_never_printed(root, proxy, name):
    write_site(root, bucket(name, proxy.endpoint))
    proxy.misbehave(always="status:403:SignatureDoesNotMatch")
    said = [fallback(root, "deploy", "-v", *more) for more in ((), ("--json",))]
    from tests.servers.s3 import KEY, SECRET

    for ended in said:
        for secret in (KEY, SECRET):
            assert secret not in ended.out + ended.err


def test_without_words_nothing_is_published_and_the_live_page_stays(root):
    write_site(root, folder())
    fallback(root, "deploy")
    before = front(root)
    (root / "content" / "outage.pl.md").unlink()
    ended = fallback(root, "deploy")
    assert ended.code == 2
    assert front(root) == before


def test_a_broken_update_is_left_out_named_and_exits_3(root):
    write_site(root, folder())
    updates = root / "content" / "updates"
    updates.mkdir()
    (updates / "2026-11-22T1015.pl.md").write_text(
        "title: Uwaga\nat: soon\n\nDzwoń +48999999999.\n", "utf-8"
    )
    ended = fallback(root, "deploy", "--json")
    assert ended.code == 3
    assert ended.json["hosts"][0]["ok"] is True
    (left, *_) = ended.json["left_out"]
    assert left["file"].endswith("2026-11-22T1015.pl.md")
    assert left["problem"]


def test_an_update_that_is_dated_ahead_is_left_out_named_and_exits_3(root):
    """It would say today what holds only then; the page keeps everything else."""
    write_site(root, folder())
    updates = root / "content" / "updates"
    updates.mkdir()
    (updates / "now.pl.md").write_text("at: 2026-11-22 10:15\n\nTeraz.\n", "utf-8")
    (updates / "then.pl.md").write_text(
        "title: Kiedyś\nat: 2999-11-30 10:00\nstatus: resolved\n\nPotem.\n", "utf-8"
    )

    ended = fallback(root, "deploy", "--json")

    assert ended.code == 3
    assert ended.json["hosts"][0]["ok"] is True
    (left,) = ended.json["left_out"]
    assert (left["file"], left["line"]) == ("content/updates/then.pl.md", 2)
    assert "still to come" in left["problem"]
    assert "Teraz." in front(root)
    assert "znowu otwarty" not in front(root)
    assert "Potem." not in front(root)


def update(root, stem, words):
    updates = root / "content" / "updates"
    updates.mkdir(exist_ok=True)
    (updates / f"{stem}.pl.md").write_text(f"title: {words}\n\n{words}.\n", "utf-8")
    return updates / f"{stem}.pl.md"


def test_a_late_job_with_an_old_checkout_never_replaces_newer_words(tmp_path):
    """Two jobs of one repository finish in the wrong order."""
    copy = tmp_path / "host"
    early = write_site(tmp_path / "early", folder(copy))
    late = write_site(tmp_path / "late", folder(copy))
    update(early, "2026-11-22T1015", "Pierwsza")
    update(late, "2026-11-22T1015", "Pierwsza")
    update(late, "2026-11-22T1115", "Druga")
    assert fallback(late, "deploy").code == 0
    before = (copy / "index.html").read_bytes()
    ended = fallback(early, "deploy", "--json")
    assert ended.code == 5
    assert "newer" in ended.json["hosts"][0]["problem"]
    assert (copy / "index.html").read_bytes() == before


def test_the_folder_that_published_an_update_may_take_it_back(root):
    write_site(root, folder())
    update(root, "2026-11-22T1015", "Pierwsza")
    second = update(root, "2026-11-22T1115", "Pomyłka")
    assert fallback(root, "deploy").code == 0
    assert "Pomyłka" in front(root)
    second.unlink()
    assert fallback(root, "deploy").code == 0
    assert "Pomyłka" not in front(root)


def commit(site, at):
    """Commit all that is in *site*, at the moment *at*."""
    (site / ".gitignore").write_text(".fallback/\n")
    date = {"GIT_COMMITTER_DATE": at, "GIT_AUTHOR_DATE": at, "HOME": str(site)}
    who = ("-c", "user.name=Ania", "-c", "user.email=ania@shop.example")
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "words")):
        git = [need.program("git"), "-C", site, *who, *words]
        subprocess.run(git, env={**os.environ, **date}, check=True)


def test_of_two_jobs_with_the_same_dates_the_later_commit_stays(tmp_path):
    """A typo is mended in an update that keeps its date; the first job ends last."""
    copy = tmp_path / "host"
    early = write_site(tmp_path / "early", folder(copy))
    update(early, "2026-11-22T1015", "Pierwza")
    commit(early, "2026-11-22T10:16:00Z")
    late = tmp_path / "late"
    shutil.copytree(early, late)
    update(late, "2026-11-22T1015", "Pierwsza")
    commit(late, "2026-11-22T10:20:00Z")
    assert fallback(late, "deploy").code == 0
    ended = fallback(early, "deploy", "--json")
    assert ended.code == 5
    assert "newer" in ended.json["hosts"][0]["problem"]
    assert "Pierwsza" in (copy / "index.html").read_text("utf-8")


def test_a_fresh_checkout_takes_words_back_by_a_later_commit(tmp_path):
    copy = tmp_path / "host"
    site = write_site(tmp_path / "first", folder(copy))
    wrong = update(site, "2026-11-22T1115", "Pomyłka")
    commit(site, "2026-11-22T11:16:00Z")
    assert fallback(site, "deploy").code == 0
    wrong.unlink()
    commit(site, "2026-11-22T11:30:00Z")
    fresh = tmp_path / "fresh"
    shutil.copytree(site, fresh, ignore=shutil.ignore_patterns(".fallback"))
    assert fallback(fresh, "deploy").code == 0
    assert "Pomyłka" not in (copy / "index.html").read_text("utf-8")


def test_a_commit_that_is_dated_ahead_locks_nobody_out(tmp_path):
    copy = tmp_path / "host"
    site = write_site(tmp_path / "site", folder(copy))
    commit(site, "2099-01-01T00:00:00Z")
    assert fallback(site, "deploy").code == 0
    held = json.loads((copy / MANIFEST).read_text())
    assert held["sequence"] < datetime(2099, 1, 1, tzinfo=UTC).timestamp()


def test_a_commit_is_not_older_than_those_it_stands_on(tmp_path):
    """A committer's clock is slow; or somebody's, long ago, was years ahead."""
    copy = tmp_path / "host"
    site = write_site(tmp_path / "site", folder(copy), words="Słowo 1")
    commit(site, "2099-01-01T00:00:00Z")
    say(site, "Słowo 2")
    commit(site, "2026-11-22T10:20:00Z")
    assert fallback(site, "deploy").code == 0
    say(site, "Słowo 3")
    commit(site, "2026-11-22T10:12:00Z")
    fresh = tmp_path / "fresh"
    shutil.copytree(site, fresh, ignore=shutil.ignore_patterns(".fallback"))
    assert fallback(fresh, "deploy").code == 0
    assert "Słowo 3" in (copy / "index.html").read_text("utf-8")


def test_a_clock_that_is_a_little_fast_dates_no_page_ahead(tmp_path):
    copy = tmp_path / "host"
    site = write_site(tmp_path / "site", folder(copy))
    commit(site, f"{datetime.now(UTC) + timedelta(minutes=8):%Y-%m-%dT%H:%M:%SZ}")
    assert fallback(site, "deploy").code == 0
    held = json.loads((copy / MANIFEST).read_text())
    assert held["sequence"] <= datetime.now(UTC).timestamp()


def test_another_process_at_work_on_the_site_exits_11(root):
    write_site(root, folder())
    with durable.lock(root / ".fallback" / "lock"):
        ended = fallback(root, "deploy", "--json")
    assert ended.code == 11
    assert ended.json["error"]["next"]
    assert not (root / "public-copy").exists()


def test_two_deploys_at_once_leave_one_whole_site(root):
    write_site(root, folder())
    both = [program.begun(root, "deploy") for _ in range(2)]
    ended = [process.communicate(timeout=60) for process in both]
    codes = sorted(process.returncode for process in both)
    assert codes in ([0, 0], [0, 11]), ended
    assert json.loads((root / "public-copy" / MANIFEST).read_text())
    assert fallback(root, "deploy", "--json").json["hosts"][0]["written"] == []


def test_two_machines_deploying_at_once_leave_one_whole_site(tmp_path, server, name):
    sites = [
        write_site(tmp_path / str(n), bucket(name, server.endpoint), words=f"Słowo {n}")
        for n in range(2)
    ]
    processes = [program.begun(site, "deploy", "--json") for site in sites]
    said = [process.communicate(timeout=90)[0] for process in processes]
    assert any(json.loads(each)["ok"] for each in said), said
    again = fallback(sites[1], "deploy", "--json")
    assert again.code == 0, again.out


def test_deploy_loads_no_cloud_and_no_dns_for_a_folder(root):
    write_site(root, folder())
    script = (
        "import sys; from fallback.__main__ import run;"
        f"code = run(['-C', {str(root)!r}, 'deploy']);"
        "bad = {'boto3', 'botocore', 'dns', 'cloudflare'} & set(sys.modules);"
        "assert code == 0, code; assert not bad, bad"
    )
    subprocess.run(
        [sys.executable, "-c", script],
        env=program.environment(root.parent),
        check=True,
        timeout=60,
        stdout=subprocess.DEVNULL,
    )


def test_readers_during_many_deploys_never_see_a_torn_or_empty_page(root):
    write_site(root, folder(), words="Słowo 0")
    assert fallback(root, "deploy").code == 0
    index = root / "public-copy" / "index.html"
    seen, done = set(), threading.Event()

    def read():
        while not done.is_set():
            seen.add(index.read_bytes())
            done.wait(0.001)

    reader = threading.Thread(target=read)
    reader.start()
    written = {index.read_bytes()}
    for number in range(1, 3):
        say(root, f"Słowo {number}")
        assert fallback(root, "deploy").code == 0
        written.add(index.read_bytes())
    done.set()
    reader.join()
    assert len(written) == 3
    assert seen <= written
