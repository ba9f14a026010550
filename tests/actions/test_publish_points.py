"""A publish ended, or starved, at every call that changes something; readers poll.

``make torture`` goes through every point there is; a seeded sample is enough for each
commit. Each proves that its fault was hit, that no reader ever got a torn or an empty
page, and that the same command finishes the job.
"""

import random
import shutil
import threading
from contextlib import contextmanager
from uuid import uuid4

import pytest

from fallback.core.model import MANIFEST
from tests.actions.test_deploy_faults import (
    CALLS,
    COPY,
    fresh_name,
    store,
    stored,
    strace,
    tree,
)
from tests.fakes.site_folder import bucket, folder, say, write_site
from tests.servers import program
from tests.servers.program import fallback
from tests.servers.proxy import fault_proxy
from tests.servers.s3 import s3_server

CHANGED = (
    "_fallback/announce/mail.pl.txt", "_fallback/announce/phone.pl.xml",
    "_fallback/feed.json", "_fallback/feed.xml",
    "404.html", "_fallback/de.html", "_fallback/en.html", "_fallback/uk.html",
    "index.html", MANIFEST,
)  # fmt: skip
"""Of each kind of file that new words change, some."""

FOLDER_POINTS = [
    (state, call, path, fault)
    for state in ("fresh", "old")
    for path in CHANGED
    for call in CALLS
    for fault in ("signal=KILL", "error=ENOSPC")
]
WRITES = {"fresh": 51, "old": 24}
BUCKET_POINTS = [
    (state, number, fault)
    for state, writes in WRITES.items()
    for number in range(writes)
    for fault in ("kill", "killed", "status:507:InsufficientStorage")
    if state == "old" or number % 5 == 0 or number > 45
]
_RANDOM = random.Random(20261122)
SAMPLE = {
    *_RANDOM.sample(FOLDER_POINTS, 10),
    *_RANDOM.sample(BUCKET_POINTS, 6),
    ("old", 22, "killed"),  # the front page is new, the manifest is not
    ("old", 23, "killed"),
}


def test_there_are_enough_points():
    assert len(FOLDER_POINTS) + len(BUCKET_POINTS) >= 200


def points(every):
    return [
        pytest.param(*p, marks=() if p in SAMPLE else pytest.mark.torture)
        for p in every
    ]


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    """Return folders: ``fresh``, ``old`` (published), ``new`` (how it must end)."""
    home = tmp_path_factory.mktemp("points")
    write_site(home / "fresh", folder(COPY), words="Nowe słowa")
    old = write_site(home / "old", folder(COPY), words="Stare słowa")
    assert fallback(old, "deploy").code == 0
    shutil.copytree(old, home / "new")
    say(home / "new", "Nowe słowa")
    say(old, "Nowe słowa")
    assert fallback(home / "new", "deploy").code == 0
    return home


@contextmanager
def polled(read):
    """Read the front page all the while; yield what was read."""
    seen, ends = set(), threading.Event()

    def poll():
        while not ends.wait(0.002):
            seen.add(read())

    thread = threading.Thread(target=poll)
    thread.start()
    try:
        yield seen
    finally:
        ends.set()
        thread.join()
        seen.add(read())


def whole(site, story, state):
    """Return what a reader may have got: the page before, or the new one, whole."""
    before = tree(story / state / COPY).get("index.html")
    return {before, tree(story / "new" / COPY)["index.html"]}


def fits_together(after, wanted):
    """Check that a new front page has everything beside it that it may ask for."""
    if after.get("index.html") == wanted["index.html"]:
        assert {**after, MANIFEST: b""} == {**wanted, MANIFEST: b""}


@pytest.mark.parametrize(("state", "call", "path", "fault"), points(FOLDER_POINTS))
def test_a_folder_is_whole_at_every_point_and_finished_by_running_again(
    tmp_path, story, state, call, path, fault
):
    site = tmp_path / "site"
    shutil.copytree(story / state, site)
    copy, log = site / COPY, tmp_path / "strace.log"
    wanted = tree(story / "new" / COPY)
    front = copy / "index.html"
    under = strace(call, copy / fresh_name(path), fault, log)
    with polled(lambda: front.read_bytes() if front.exists() else None) as seen:
        ended = fallback(site, "deploy", under=under)
        hit = "killed by SIGKILL" if "KILL" in fault else "INJECTED"
        assert hit in log.read_text()
        assert ended.code == (-9 if "KILL" in fault else 1)
        fits_together(tree(copy), wanted)
        assert fallback(site, "deploy").code == 0
    assert tree(copy) == wanted
    assert seen <= whole(site, story, state)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with s3_server(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.mark.parametrize(("state", "number", "fault"), points(BUCKET_POINTS))
def test_a_bucket_is_whole_at_every_point_and_finished_by_running_again(
    tmp_path, story, server, state, number, fault
):
    name = f"b-{uuid4().hex}"
    client = server.make_bucket(name)
    wanted = tree(story / "new" / COPY)
    store(server, name, tree(story / state / COPY))

    def read():
        try:
            return client.get_object(Bucket=name, Key="index.html")["Body"].read()
        except client.exceptions.NoSuchKey:
            return None

    with fault_proxy(server.port) as proxy, polled(read) as seen:
        site = write_site(
            tmp_path / "s", bucket(name, proxy.endpoint), words="Nowe słowa"
        )
        proxy.misbehave(*["pass"] * number, fault, only="PUT")
        if fault.startswith("status"):  # the server's disk is full, and stays so
            proxy.misbehave(*["pass"] * number, always=fault, only="PUT")
        process = program.begun(site, "deploy")
        proxy.victim = process.pid
        process.communicate(timeout=60)
        assert set(proxy.hits) == {fault}
        assert process.returncode == (1 if fault.startswith("status") else -9)
        fits_together(stored(server, name), wanted)
        proxy.misbehave()
        assert fallback(site, "deploy").code == 0
    assert stored(server, name) == wanted
    assert seen <= whole(site, story, state)
