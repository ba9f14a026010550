"""Two deploys from two checkouts at the same moment, as two CI jobs do: one winner."""

import json
from functools import partial
from uuid import uuid4

import pytest

from tests.actions.test_deploy_faults import tree
from tests.fakes.site_folder import bucket, folder, write_site
from tests.servers import program
from tests.servers.ceph import shared_ceph
from tests.servers.program import fallback
from tests.servers.sshd import sshd

ROUNDS = 2
OLDER, NEWER = "2026-11-22 03:00", "2026-11-22 04:00"


def sftp(server, path):
    words = {"host": "127.0.0.1", "user": server.user, "path": str(path),
             "key": str(server.key), "known_host": server.known_host}  # fmt: skip
    lines = [f'{key} = "{value}"' for key, value in words.items()]
    return "\n".join(['kind = "sftp"', f"port = {server.port}", *lines])


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with sshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture(scope="session")
def ceph(tmp_path_factory):
    with shared_ceph(tmp_path_factory) as cluster:
        yield cluster


@pytest.fixture(params=["folder", "s3", "sftp"])
def place(request, tmp_path):
    """Return a ``[[hosts]]`` table, and how to see what is published there."""
    if request.param == "folder":
        return folder(tmp_path / "copy"), partial(tree, tmp_path / "copy")
    if request.param == "sftp":
        root = tmp_path / "page"
        root.mkdir()
        table = sftp(request.getfixturevalue("server"), root)
        return table, lambda: tree((root / "current").resolve())
    ceph, name = request.getfixturevalue("ceph"), f"race-{uuid4().hex}"
    client = ceph.make_bucket(name) and ceph.client()

    def bodies():
        return {
            each["Key"]: client.get_object(Bucket=name, Key=each["Key"])["Body"].read()
            for each in client.list_objects_v2(Bucket=name)["Contents"]
        }

    return bucket(name, ceph.endpoint), bodies


def test_of_two_deploys_at_the_same_moment_the_newest_words_stay(tmp_path, place):
    table, published = place
    sites = {}
    for started in (OLDER, NEWER):
        sites[started] = root = write_site(tmp_path / started[-5:-3] / "site", table)
        file = root / "content" / "outage.pl.md"
        file.write_text(file.read_text("utf-8").replace(OLDER, started), "utf-8")
    for number in range(ROUNDS):
        started = [OLDER, NEWER][:: 1 - 2 * (number % 2)]
        both = {s: program.begun(sites[s], "deploy", "--json") for s in started}
        said = {s: json.loads(p.communicate(timeout=120)[0]) for s, p in both.items()}
        assert both[NEWER].returncode == 0, said[NEWER]
        (older,) = said[OLDER]["hosts"]
        gave_in = both[OLDER].returncode == 1 and "deploy again" in older["next"]
        assert gave_in or both[OLDER].returncode in (0, 5), older
        if number:  # the newest words were there before it began
            assert both[OLDER].returncode != 0
        there = published()
        again = fallback(sites[NEWER], "deploy", "--json")
        assert again.json["hosts"][0]["written"] == [], "nothing was left to put right"
        assert published() == there
        assert b"04:00" in there["index.html"]


def test_a_login_that_every_host_refuses_exits_12(tmp_path, server):
    stranger = tmp_path / "stranger"
    stranger.mkdir()
    with sshd(stranger) as other:
        site = write_site(tmp_path / "site", sftp(other, tmp_path / "page"))
        other.allow()
        ended = fallback(site, "deploy")
    assert ended.code == 12
    assert str(other.key) in ended.out
