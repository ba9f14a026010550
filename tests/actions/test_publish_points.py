"""A publish ended, or starved, at every call that changes something; readers poll.

``make torture`` goes through every point there is; a seeded sample is enough for each
commit. Each proves that its fault was hit, that no reader ever got a torn or an empty
page, and that the same command finishes the job. ``tests.hosts.test_sftp_faults`` does
the same to a server of one's own.
"""

import random
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from uuid import uuid4

import pytest
from attrs import frozen

from fallback.core.hosts.publishing import FRONT, LEFTOVERS
from fallback.core.model import MANIFEST
from tests.actions.test_deploy_faults import CALLS, COPY, fresh_name, tree
from tests.fakes.site_folder import bucket, folder, say, write_site
from tests.servers.ceph import shared_ceph
from tests.servers.forked import forked
from tests.servers.proxy import fault_proxy
from tests.servers.reader import counted

DROPPED = "old-sw.js"
"""Was published once, is no more, and goes with the next publish."""

FILES = {"fresh": 46, "old": 25}
"""How many a publish writes: all of them, or what new words change."""
FOLDERS = {"fresh": (".", "_fallback", "_fallback/announce"), "old": ()}
"""Which folders it makes."""
CHANGES = {"fresh": 46, "old": 26}
"""How many requests of a publish to a bucket change something, a deletion included."""
MUTATING = "^(PUT|POST|DELETE) "

DISK = {"SIGKILL": "signal=KILL", "ENOSPC": "error=ENOSPC"}
FOLDER_POINTS = [
    (state, call, number, fault)
    for state, files in FILES.items()
    for calls, numbers in (
        (CALLS, range(files)),
        (("mkdir",), range(len(FOLDERS[state]))),
        (("unlink",), range(state == "old")),
    )
    for number in numbers
    for call in calls
    for fault in DISK
]
BUCKET_FAULTS = {
    "SIGKILL before": "kill",
    "SIGKILL after": "killed",
    "507 from then on": "status:507:InsufficientStorage",
    "500 from then on": "status:500:InternalError",
    "503 SlowDown from then on": "status:503:SlowDown",
    "cut off from then on": "cut:50%",
}
BUCKET_POINTS = [
    (state, number, fault)
    for state, changes in CHANGES.items()
    for number in range(changes)
    for fault in BUCKET_FAULTS
]
_RANDOM = random.Random(20261122)
SAMPLE = {
    *_RANDOM.sample(FOLDER_POINTS, 10),
    *_RANDOM.sample(BUCKET_POINTS, 5),
    ("old", 22, "SIGKILL after"),  # the front page is new, the manifest is not
    ("old", 25, "SIGKILL after"),
}


def test_there_are_enough_points():
    assert len(FOLDER_POINTS) + len(BUCKET_POINTS) >= 300


def points(every):
    return [
        pytest.param(
            *p, marks=pytest.mark.sampled if p in SAMPLE else pytest.mark.torture
        )
        for p in every
    ]


def workers(site, *paths):
    """Change which service workers the shop has."""
    file = site / "fallback.toml"
    text = re.sub(r"workers = .*\n", "", file.read_text("utf-8"))
    line = f"workers = {[f'/{path}' for path in paths]}\n"
    file.write_text(re.sub(r"(languages = .*\n)", rf"\1{line}", text), "utf-8")


@frozen
class Story:
    """A site that was never published (``fresh``) and one that was (``old``).

    Both are to say the same new words. ``program`` publishes them.
    """

    home: Path
    program: object
    written: dict

    def site(self, state, at, host):
        """Make a copy that publishes to *host*."""
        shutil.copytree(self.home / state, at)
        file = at / "fallback.toml"
        head = file.read_text("utf-8").partition("[[hosts]]")[0]
        file.write_text(f"{head}[[hosts]]\n{host}\n", "utf-8")
        return at

    def before(self, state):
        return tree(self.home / state / COPY)

    def wanted(self, state):
        return tree(self.home / f"{state}, then new" / COPY)

    def whole(self, state):
        """Return what a reader may get: the page before, then the new one."""
        return [self.before(state).get(FRONT), self.wanted(state)[FRONT]]

    def torn(self, state, there):
        """Return which files do not fit the front page that is *there*, or are empty.

        A new one has everything new beside it, an old one everything it may ask for.
        """
        before, wanted = self.before(state), self.wanted(state)
        ours = set(before) | set(wanted)  # what is being written has another name
        empty = {path for path, body in there.items() if path in ours and not body}
        if there.get(FRONT) == wanted[FRONT]:
            beside = {**wanted, MANIFEST: None, LEFTOVERS: None}
            return empty | {
                p for p, b in beside.items() if b not in (there.get(p), None)
            }
        return empty | {path for path in before if path not in there}


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    home = tmp_path_factory.mktemp("points")
    for name in ("first", "fresh", "old"):
        write_site(home / name, folder(COPY), words="Stare słowa")
        workers(home / name, "sw.js", DROPPED)
    with forked(home, "-C", home / "first", "deploy", "-q") as program:
        assert program.run("-C", home / "old", "deploy") == 0
        for name in ("fresh", "old"):
            workers(home / name, "sw.js")
        assert program.run("-C", home / "old", "deploy") == 0
        written = {}
        for name in ("fresh", "old"):
            say(home / name, "Nowe słowa")
            after = home / f"{name}, then new"
            shutil.copytree(home / name, after)
            assert program.run("-C", after, "deploy") == 0
            before, wanted = (tree(each / COPY) for each in (home / name, after))
            written[name] = sorted(p for p in wanted if wanted[p] != before.get(p))
        yield Story(home, program, written)


def test_the_points_are_every_file_that_a_publish_writes(story):
    assert {state: len(paths) for state, paths in story.written.items()} == FILES
    folders = {
        path.relative_to(story.home / "fresh, then new" / COPY).as_posix()
        for path in (story.home / "fresh, then new" / COPY).rglob("*")
        if path.is_dir()
    }
    assert {".", *folders} == set(FOLDERS["fresh"])
    assert DROPPED in story.before("old")
    assert DROPPED not in story.wanted("old")


def starved(story, state, copy, call, number):
    """Return the path at which *call* is to fail."""
    if call == "mkdir":
        return copy / FOLDERS[state][number]
    if call == "unlink":
        return copy / DROPPED
    return copy / fresh_name(story.written[state][number])


@pytest.mark.parametrize(("state", "call", "number", "fault"), points(FOLDER_POINTS))
def test_a_folder_is_whole_at_every_point_and_finished_by_running_again(
    tmp_path, story, count, state, call, number, fault
):
    site = story.site(state, tmp_path / "site", folder(COPY))
    copy, log = site / COPY, tmp_path / "strace.log"
    front = copy / FRONT
    path = starved(story, state, copy, call, number)
    inject = ["-P", path, "-e", f"inject={call}:{DISK[fault]}:when=1"]
    read = lambda: front.read_bytes() if front.exists() else None  # noqa: E731
    row = {"host": "folder", "server": "a disk", "fault": fault}
    with counted(count, row, read, story.whole(state)) as point:
        ended = story.program.run("-C", site, "deploy", inject=inject, trace=log)
        said = log.read_text()
        assert ("killed by SIGKILL" if fault == "SIGKILL" else "INJECTED") in said
        out = 3 if call == "unlink" else 1  # the page is out before old files go
        assert ended == (-9 if fault == "SIGKILL" else out)
        point["hit"] = 1
        torn = story.torn(state, tree(copy))
        point["beside"] = int(bool(torn))
        assert not torn
        assert story.program.run("-C", site, "deploy") == 0
        assert tree(copy) == story.wanted(state)
        point["finished"] = 1


@pytest.fixture(scope="session")
def ceph(tmp_path_factory):
    with shared_ceph(tmp_path_factory) as cluster:
        yield cluster


@frozen
class Shelf:
    """Below a prefix of a bucket that everybody may read."""

    ceph: object
    bucket: str
    prefix: str

    def host(self, endpoint):
        return bucket(self.bucket, endpoint, prefix=self.prefix)

    def read(self):
        """Read the front page as anybody may, without a key."""
        connection = HTTPConnection("127.0.0.1", self.ceph.http, timeout=30)
        try:
            connection.request("GET", f"/{self.bucket}/{self.prefix}/{FRONT}")
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        if answer.status in (403, 404):  # nobody may list what is not there
            return None
        return body if answer.status == 200 else f"{answer.status}"

    def tree(self):
        client, start = self.ceph.client(), f"{self.prefix}/"
        listed = client.list_objects_v2(Bucket=self.bucket, Prefix=start)
        keys = [entry["Key"] for entry in listed.get("Contents", ())]

        def get(key):
            return client.get_object(Bucket=self.bucket, Key=key)["Body"].read()

        with ThreadPoolExecutor(8) as at_once:
            bodies = at_once.map(get, keys)
            return dict(
                zip((key.removeprefix(start) for key in keys), bodies, strict=True)
            )

    def copied(self, other):
        """Copy all that *other* holds, as it was published: the manifest last."""
        client = self.ceph.client()

        def copy(path):
            source = {"Bucket": other.bucket, "Key": f"{other.prefix}/{path}"}
            client.copy_object(
                Bucket=self.bucket, Key=f"{self.prefix}/{path}", CopySource=source
            )

        with ThreadPoolExecutor(8) as at_once:
            list(at_once.map(copy, set(other.tree()) - {MANIFEST}))
        copy(MANIFEST)
        return self


@pytest.fixture(scope="module")
def shelves(story, ceph, tmp_path_factory):
    """Return what makes a shelf in a state of the story."""
    home, name = tmp_path_factory.mktemp("shelves"), f"points-{uuid4().hex}"
    ceph.make_bucket(name, website=True)
    old = Shelf(ceph, name, "old")
    site = write_site(home / "old", old.host(ceph.endpoint), words="Stare słowa")
    for paths in (("sw.js", DROPPED), ("sw.js",)):
        workers(site, *paths)
        assert story.program.run("-C", site, "deploy") == 0
    assert old.tree() == story.before("old")

    def made(state):
        shelf = Shelf(ceph, name, uuid4().hex)
        return shelf.copied(old) if state == "old" else shelf

    return made


@pytest.mark.parametrize("state", CHANGES)
def test_the_points_are_every_request_that_changes_a_bucket(
    tmp_path, story, shelves, ceph, state
):
    shelf = shelves(state)
    with fault_proxy(ceph.port) as proxy:
        site = story.site(state, tmp_path / "s", shelf.host(proxy.endpoint))
        assert story.program.run("-C", site, "deploy") == 0
        changes = [line for line in proxy.seen if re.match(MUTATING, line)]
    assert len(changes) == CHANGES[state], changes
    assert shelf.tree() == story.wanted(state)


@pytest.mark.parametrize(("state", "number", "fault"), points(BUCKET_POINTS))
def test_a_bucket_is_whole_at_every_point_and_finished_by_running_again(
    tmp_path, story, shelves, count, state, number, fault
):
    shelf, verb = shelves(state), BUCKET_FAULTS[fault]
    dies = verb.startswith("kill")
    row = {"host": "s3", "server": "Ceph", "fault": fault}
    with (
        fault_proxy(shelf.ceph.port) as proxy,
        counted(count, row, shelf.read, story.whole(state)) as point,
    ):
        site = story.site(state, tmp_path / "s", shelf.host(proxy.endpoint))
        proxy.misbehave(
            *["pass"] * number,
            *([verb] if dies else []),
            always="" if dies else verb,
            only=MUTATING,
        )
        run = partial(story.program.run, "-C", site, "deploy")
        ended = run(begun=lambda pid: setattr(proxy, "victim", pid))
        assert set(proxy.hits) == {verb}
        assert ended == (-9 if dies else 1)
        point["hit"] = 1
        torn = story.torn(state, shelf.tree())
        point["beside"] = int(bool(torn))
        assert not torn
        proxy.misbehave()
        assert run() == 0
        assert shelf.tree() == story.wanted(state)
        point["finished"] = 1
