"""An earlier build comes back whole, at every host, without its words."""

import json

import pytest

from fallback.core.model import MANIFEST
from tests.actions.test_deploy_faults import strace
from tests.fakes.site_folder import bucket, folder, say, write_site
from tests.servers.program import fallback
from tests.servers.proxy import fault_proxy
from tests.servers.s3 import s3_server
from tests.servers.visited import visited

COPY = "public-copy"


def tree(root, copy=COPY):
    return {
        path.relative_to(root / copy).as_posix(): path.read_bytes()
        for path in (root / copy).rglob("*")
        if path.is_file()
    }


def of_the_site(files):
    """Return what a rollback brings back: all but the manifest and what is to go."""
    return {
        name: body
        for name, body in files.items()
        if name not in (MANIFEST, "_fallback/leftovers.json")
    }


def words(root, text):
    say(root, text)
    ended = fallback(root, "deploy", "--json")
    assert ended.code == 0, ended.out
    return ended.json


@pytest.fixture
def root(tmp_path):
    return write_site(tmp_path / "shop", folder(COPY))


def test_again_and_again_it_goes_further_back_and_deploy_brings_the_words_again(root):
    trees = []
    for text in ("Jeden", "Dwa", "Trzy"):
        words(root, text)
        trees.append(of_the_site(tree(root)))
    for earlier in (trees[1], trees[0]):
        ended = fallback(root, "deploy", "--rollback", "--json")
        assert ended.code == 0, ended.out
        assert of_the_site(tree(root)) == earlier
        assert ended.json["rolled_back_to"] in {
            each["build"] for each in ended.json["builds"] if each["current"]
        }
    ended = fallback(root, "deploy", "--rollback")
    assert ended.code == 5
    assert "no earlier build" in ended.err
    assert of_the_site(tree(root)) == trees[0]
    assert fallback(root, "deploy").code == 0
    assert of_the_site(tree(root)) == trees[2]


def test_the_host_never_sees_an_older_sequence_and_no_other_folder_is_locked_out(root):
    updates = root / "content" / "updates"
    updates.mkdir()
    words(root, "Jeden")
    (updates / "2026-11-22T1115.pl.md").write_text("title: Druga\n\nDruga.\n", "utf-8")
    words(root, "Jeden")
    before = json.loads(tree(root)[MANIFEST])["sequence"]
    assert fallback(root, "deploy", "--rollback").code == 0
    assert "Druga" not in tree(root)["index.html"].decode()
    assert json.loads(tree(root)[MANIFEST])["sequence"] == before


def test_one_of_the_last_five_is_called_by_its_name(root):
    first = words(root, "Jeden")["builds"][-1]["build"]
    front = tree(root)["index.html"]
    for text in ("Dwa", "Trzy"):
        words(root, text)
    ended = fallback(root, "deploy", f"--rollback={first[:6]}")
    assert ended.code == 0
    assert f"this is the build {first} again" in ended.out
    assert "publishes the words of content/ again" in ended.out
    assert tree(root)["index.html"] == front


def test_a_name_that_is_none_is_refused_with_those_that_there_are(root):
    known = words(root, "Jeden")["builds"][-1]["build"]
    ended = fallback(root, "deploy", "--rollback=nowhere")
    assert ended.code == 2
    assert known in ended.err


def test_a_fresh_checkout_has_no_history_and_says_the_way(root):
    ended = fallback(root, "deploy", "--rollback", "--json")
    assert ended.code == 5
    assert "fresh checkout" in ended.json["error"]["what"]
    assert "git revert" in ended.json["error"]["next"]
    assert not (root / COPY).exists()


def test_it_needs_no_words_that_can_be_built(root):
    """On the day the words are the very thing that is broken."""
    words(root, "Jeden")
    front = tree(root)["index.html"]
    words(root, "Dwa")
    (root / "content" / "outage.pl.md").unlink()
    assert fallback(root, "deploy").code == 2
    assert fallback(root, "deploy", "--rollback").code == 0
    assert tree(root)["index.html"] == front


def test_a_body_that_was_lost_is_refused_and_the_page_stays(root):
    first = words(root, "Jeden")["builds"][-1]["build"]
    manifest = root / ".fallback" / "builds" / "manifests" / f"{first}.json"
    facts = json.loads(manifest.read_text())["files"]["index.html"]
    words(root, "Dwa")
    before = tree(root)
    (root / ".fallback" / "builds" / "bodies" / facts["sha256"]).write_bytes(b"torn")
    ended = fallback(root, "deploy", "--rollback")
    assert ended.code == 5
    assert "404.html is missing or damaged" in ended.err
    assert tree(root) == before


def test_rolling_back_and_redirecting_are_two_decisions(root):
    words(root, "Jeden")
    ended = fallback(root, "deploy", "--rollback", "--redirect")
    assert ended.code == 2
    assert "two decisions" in ended.err


def test_words_that_reached_no_host_are_no_build_to_come_back_to(tmp_path):
    root = write_site(tmp_path / "shop", folder(COPY))
    words(root, "Jeden")
    settings = (root / "fallback.toml").read_text("utf-8")
    dead = write_site(root, bucket("b", "http://127.0.0.1:9"), words="Dwa")
    ended = fallback(dead, "deploy", "--json")
    assert ended.code == 1
    assert len(ended.json["builds"]) == 1
    (root / "fallback.toml").write_text(settings, "utf-8")
    assert len(words(root, "Trzy")["builds"]) == 2


def test_a_rollback_is_looked_at_as_a_visitor_and_a_wrong_one_fails(tmp_path):
    root = tmp_path / "shop"
    with visited(root / COPY) as host:
        write_site(root, folder(COPY, url=host.url))
        words(root, "Jeden")
        words(root, "Dwa")
        whole = fallback(root, "deploy", "--rollback", "--json")
        assert whole.code == 0, whole.out
        assert whole.json["hosts"][0]["statuses"]["front"] == 200
        host.folder = tmp_path / "elsewhere"
        wrong = fallback(root, "deploy", "--rollback=" + whole.json["rolled_back_to"])
    assert wrong.code == 1
    assert "something else than was published" in wrong.out


def test_a_folder_that_can_keep_nothing_publishes_all_the_same(root):
    (root / ".fallback").mkdir()
    (root / ".fallback" / "builds").write_text("in the way")
    ended = fallback(root, "deploy")
    assert ended.code == 0
    assert "cannot be kept for a rollback" in ended.err
    assert (root / COPY / "index.html").exists()


@pytest.mark.parametrize(
    "path",
    ["builds/published.json", "published.json"],
    ids=lambda path: path.replace("/", "-"),
)
def test_a_kill_while_a_build_is_kept_loses_neither_the_page_nor_the_way_back(
    root, path
):
    words(root, "Jeden")
    first = tree(root)["index.html"]
    say(root, "Dwa")
    name = root / ".fallback" / path
    fresh = name.with_name(f".{name.name}.new")
    log = root.parent / "strace.log"
    under = strace("rename", fresh, "signal=KILL", log)
    assert fallback(root, "deploy", under=under).code == -9
    assert "killed by SIGKILL" in log.read_text()
    assert tree(root)["index.html"] == first
    assert fallback(root, "deploy").code == 0
    second = tree(root)["index.html"]
    assert fallback(root, "deploy", "--rollback").code == 0
    assert tree(root)["index.html"] == first
    assert fallback(root, "deploy").code == 0
    assert tree(root)["index.html"] == second != first


def test_a_bucket_goes_back_in_the_same_way_and_trouble_is_named(tmp_path):
    with s3_server(tmp_path) as server, fault_proxy(server.port) as proxy:
        server.make_bucket("b-one")
        root = write_site(
            tmp_path / "shop", bucket("b-one", proxy.endpoint), folder(COPY)
        )
        words(root, "Jeden")
        front = tree(root)["index.html"]
        build = words(root, "Dwa")["builds"][0]["build"]
        proxy.misbehave(always="status:403:AccessDenied", only="PUT")
        partly = fallback(root, "deploy", "--rollback", "--json")
        assert proxy.hits, "the fault was hit"
        assert partly.code == 3
        assert f"--rollback={build}" in partly.json["next"]
        proxy.misbehave()
        assert fallback(root, "deploy", f"--rollback={build}").code == 0
        client = server.client()
        stored = client.get_object(Bucket="b-one", Key="index.html")["Body"].read()
    assert stored == front == tree(root)["index.html"]
