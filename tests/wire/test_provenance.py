"""Where the program came from, as pip and git wrote it down."""

import json
import subprocess
from importlib import metadata

import pytest

from fallback.core.wizard.forms import Program
from fallback.wire import provenance
from tests import need

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def installed(monkeypatch, tmp_path):
    """Install it, as far as pip's own note is concerned."""

    def note(**said):
        (tmp_path / "direct_url.json").write_text(json.dumps(said))
        there = metadata.PathDistribution(tmp_path)
        monkeypatch.setattr(metadata, "distribution", lambda _: there)

    return note


def clone(folder, address, *, pushed=True):
    git = [need.program("git"), "-C", str(folder)]
    subprocess.run([*git, "init", "-q"], check=True)
    who = ("-c", "user.name=t", "-c", "user.email=t@shop.example")
    subprocess.run([*git, *who, "commit", "-q", "--allow-empty", "-m", "x"], check=True)
    subprocess.run([*git, "remote", "add", "origin", address], check=True)
    head = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True)
    if pushed:
        there = [*git, "update-ref", "refs/remotes/origin/main", "HEAD"]
        subprocess.run(there, check=True)
    return head.stdout.decode().strip()


def test_a_program_from_a_repository_is_known_by_its_commit(installed) -> None:
    installed(
        url="https://github.com/flowers/fallback.git",
        vcs_info={"vcs": "git", "commit_id": COMMIT},
    )
    known = provenance.program()
    assert known == Program("https://github.com/flowers/fallback", COMMIT)
    assert known.action == f"flowers/fallback@{COMMIT}"


@pytest.mark.parametrize(
    "address",
    ["git@github.com:flowers/fallback.git", "https://github.com/flowers/fallback"],
)
def test_a_program_from_a_clone_is_known_by_where_that_came_from(
    installed, tmp_path, address
) -> None:
    folder = tmp_path / "a clone"
    folder.mkdir()
    head = clone(folder, address)
    installed(url=folder.as_uri(), dir_info={})
    assert provenance.program() == Program("https://github.com/flowers/fallback", head)


def test_a_commit_that_was_never_pushed_is_nobody_elses(installed, tmp_path) -> None:
    folder = tmp_path / "clone"
    folder.mkdir()
    clone(folder, "https://github.com/flowers/fallback", pushed=False)
    installed(url=folder.as_uri(), dir_info={})
    assert provenance.program() is None


@pytest.mark.parametrize(
    "address", ["https://token@github.com/a/b", "/srv/fallback", "https://x.example"]
)
def test_an_address_that_opens_nothing_for_others_is_none(
    installed, tmp_path, address
) -> None:
    folder = tmp_path / "clone"
    folder.mkdir()
    clone(folder, address)
    installed(url=folder.as_uri(), dir_info={})
    assert provenance.program() is None


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"url": "https://files.example/f.whl"},
        {"url": "file:///srv/fallback-1-py3-none-any.whl", "archive_info": {}},
    ],
)
def test_without_a_commit_nobody_can_tell(installed, said) -> None:
    installed(**said)
    assert provenance.program() is None
