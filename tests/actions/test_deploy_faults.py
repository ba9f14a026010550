"""Deploy, starved and left alone for real: each test proves that its fault was hit.

What a kill leaves at each point is asked in ``tests.actions.test_publish_points``.
"""

import json
import shutil
import subprocess
import sys
import threading
from uuid import uuid4

import pytest

from fallback.hosts.folder import LOCK
from tests import need
from tests.fakes.site_folder import bucket, folder, say, write_site
from tests.servers import program
from tests.servers.program import fallback
from tests.servers.proxy import fault_proxy
from tests.servers.s3 import s3_server

COPY = "public-copy"
CALLS = ("openat", "write", "fsync", "rename")
"""What ``wire.durable.replace`` does to ``.NAME.new``, in this order."""


def tree(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != LOCK
    }


def fresh_name(path):
    """Return where the new bytes of *path* are written before they are renamed."""
    parent, _, name = path.rpartition("/")
    return f"{parent}/.{name}.new" if parent else f".{name}.new"


def strace(call, path, fault, log):
    words = ["-f", "-q", "-o", str(log), "-P", str(path)]
    inject = f"inject={call}:{fault}:when=1"
    return [need.program("strace"), *words, "-e", f"trace={call}", "-e", inject]


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    """Return a site in three states: never published, published old, to be new.

    ``fresh`` and ``old`` are copied for each test, ``new`` is how it must end.
    """
    home = tmp_path_factory.mktemp("story")
    write_site(home / "fresh", folder(COPY), words="Nowe słowa")
    old = write_site(home / "old", folder(COPY), words="Stare słowa")
    assert fallback(old, "deploy").code == 0
    new = home / "new"
    shutil.copytree(old, new)
    for site in (old, new):
        say(site, "Nowe słowa")
    assert fallback(new, "deploy").code == 0
    return home


@pytest.mark.parametrize("call", CALLS)
def test_a_full_disk_leaves_the_old_page_and_says_so(tmp_path, story, call):
    site = tmp_path / "site"
    shutil.copytree(story / "old", site)
    copy, log = site / COPY, tmp_path / "strace.log"
    old = (copy / "index.html").read_bytes()
    under = strace(call, copy / ".index.html.new", "error=ENOSPC", log)
    ended = fallback(site, "deploy", under=under)
    assert "ENOSPC" in log.read_text()
    assert "INJECTED" in log.read_text()
    assert ended.code == 1
    assert "full" in ended.out
    assert "make room" in ended.out
    assert (copy / "index.html").read_bytes() == old
    assert not (copy / ".index.html.new").exists(), "what cannot be used is given back"
    assert fallback(site, "deploy").code == 0
    assert tree(copy) == tree(story / "new" / COPY)


def test_a_full_disk_at_one_host_does_not_stop_the_other(tmp_path):
    site = write_site(tmp_path / "site", folder("one"), folder("two"), words="Stare")
    assert fallback(site, "deploy").code == 0
    say(site, "Nowe")
    log = tmp_path / "strace.log"
    under = strace("write", site / "one/.index.html.new", "error=ENOSPC", log)
    ended = fallback(site, "deploy", "--json", under=under)
    assert "INJECTED" in log.read_text()
    assert ended.code == 3
    assert [host["ok"] for host in ended.json["hosts"]] == [False, True]
    assert "full" in ended.json["hosts"][0]["problem"]
    assert "Nowe" in (site / "two/index.html").read_text("utf-8")
    assert "Stare" in (site / "one/index.html").read_text("utf-8")


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


def stored(server, name):
    client = server.client()
    listed = client.list_objects_v2(Bucket=name).get("Contents", ())
    return {
        entry["Key"]: client.get_object(Bucket=name, Key=entry["Key"])["Body"].read()
        for entry in listed
    }


HANGING = """
import sys
from datetime import timedelta
from pathlib import Path
from fallback.actions.deploy import deploy
from fallback.actions.site import load
from fallback.cli.output import show_result
from fallback.core.result import silent
from fallback.wire.clock import SystemClock
result = deploy(load(Path(sys.argv[1])), say=silent, clock=SystemClock(),
                deadline=timedelta(seconds=4))
sys.exit(show_result("deploy", result, as_json=True))
"""


def test_a_silent_bucket_holds_up_neither_the_other_host_nor_the_end(
    tmp_path, proxy, name
):
    """boto3 alone would wait for 30 seconds; the process ends when its time is up."""
    site = write_site(tmp_path / "s", bucket(name, proxy.endpoint), folder())
    proxy.misbehave(always="hang")
    process = subprocess.run(
        [sys.executable, "-c", HANGING, str(site)],
        env=program.environment(tmp_path),
        stdout=subprocess.PIPE,
        timeout=20,
        check=False,
    )
    assert proxy.hits, "the fault was hit"
    assert process.returncode == 3
    silent, well = json.loads(process.stdout)["hosts"]
    assert silent["host"] == "s3"
    assert (silent["ok"], well["ok"]) == (False, True)
    late = ("not ready within 4", "does not answer")  # whoever notices first says it
    assert any(words in silent["problem"] for words in late)
    assert silent["next"]
    assert (site / COPY / "index.html").is_file()


@pytest.mark.torture
def test_a_silent_bucket_is_given_up_by_the_program_itself(tmp_path, proxy, name):
    site = write_site(tmp_path / "s", bucket(name, proxy.endpoint), folder())
    proxy.misbehave(always="hang")
    ended = fallback(site, "deploy", "--json", timeout=90)
    assert proxy.hits
    assert ended.code == 3


def test_passing_trouble_of_the_bucket_is_survived(tmp_path, proxy, server, name):
    site = write_site(tmp_path / "s", bucket(name, proxy.endpoint))
    faults = ["lose", "status:500"]
    proxy.misbehave(*faults, only="PUT")
    ended = fallback(site, "deploy", "--json")
    assert proxy.hits == faults
    assert ended.code == 0, ended.out
    assert set(stored(server, name)) == set(ended.json["hosts"][0]["written"])


def test_ctrl_c_says_how_to_go_on_and_the_same_command_finishes(tmp_path, proxy, name):
    import signal

    site = write_site(tmp_path / "s", bucket(name, proxy.endpoint))
    proxy.misbehave(always="hang")
    process = program.begun(site, "deploy")
    waited = threading.Event()
    for _ in range(600):
        if proxy.hits or process.poll() is not None:
            break
        waited.wait(0.05)
    assert proxy.hits
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "same command again" in err
    proxy.misbehave()
    assert fallback(site, "deploy").code == 0
