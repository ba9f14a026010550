"""Which forms a repository has, told from its checkout and the address it came from."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from fallback.core.check.phone import Forms
from fallback.core.wizard.forms import BLANK
from fallback.probes.forms import look

FORM = "on:\n  workflow_dispatch:\njobs:\n  a:\n    run: fallback deploy\n"
TOKEN = "ghs_secretsecretsecretsecret"
WORKFLOWS = ".github/workflows"


def checkout(root: Path, remote: str, files: Mapping[str, str] = {}) -> Path:
    git = ["git", "-C", str(root)]
    subprocess.run([*git, "init", "-q", "-b", "wörter/1"], check=True)
    subprocess.run([*git, "remote", "add", "origin", remote], check=True)
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


@pytest.mark.parametrize(
    "remote",
    [
        "git@github.com:ania/kwiaty.git",
        f"https://x-access-token:{TOKEN}@github.com/ania/kwiaty",
    ],
)
def test_at_github_each_form_is_told_by_what_it_does(
    tmp_path: Path, remote: str
) -> None:
    files = {
        f"{WORKFLOWS}/tests.yml": "on: [push]\n",
        f"{WORKFLOWS}/other.yml": "on:\n  workflow_dispatch:\n",
        f"{WORKFLOWS}/redirect.yml": f"{FORM}# {BLANK}",
        f"{WORKFLOWS}/words.yml": FORM,
    }
    assert look(checkout(tmp_path, remote, files)) == Forms(
        "GitHub",
        "https://github.com/ania/kwiaty/actions/workflows/words.yml",
        f"{WORKFLOWS}/redirect.yml",
        (f"{WORKFLOWS}/redirect.yml",),
    )


@pytest.mark.parametrize(
    ("remote", "home"),
    [
        ("git@gitlab.com:flowers/ania/kwiaty.git", "https://gitlab.com/flowers/ania/kwiaty"),
        ("ssh://git@git.home.example:2222/ania/kwiaty.git", "https://git.home.example/ania/kwiaty"),
        (f"https://ania:{TOKEN}@git.home.example:8443/ania/kwiaty/", "https://git.home.example:8443/ania/kwiaty"),
    ],
)  # fmt: skip
def test_at_gitlab_the_form_is_that_of_the_branch_which_publishes(
    tmp_path: Path, remote: str, home: str
) -> None:
    files = {
        ".gitlab-ci.yml": f"publish:\n  script: fallback deploy # {BLANK}\n",
        ".gitlab/redirect.yml": "redirect:\n  script: fallback redirect\n",
    }
    assert look(checkout(tmp_path, remote, files)) == Forms(
        "GitLab",
        f"{home}/-/pipelines/new?ref=w%C3%B6rter%2F1",
        ".gitlab/redirect.yml",
        (".gitlab-ci.yml",),
    )


@pytest.mark.parametrize(
    ("remote", "service"),
    [("git@github.com:ania/kwiaty", "GitHub"), ("git@gitlab.com:a/b", "GitLab")],
)
def test_a_service_without_a_form_is_told_all_the_same(
    tmp_path: Path, remote: str, service: str
) -> None:
    assert look(checkout(tmp_path, remote)) == Forms(service)


@pytest.mark.parametrize(
    "remote",
    ["https://codeberg.org/a/b.git", "/srv/git/b.git", "git@git.home.example:a/b"],
)
def test_a_place_that_knows_no_forms_of_ours_has_none(
    tmp_path: Path, remote: str
) -> None:
    assert look(checkout(tmp_path, remote, {f"{WORKFLOWS}/words.yml": FORM})) is None


def test_a_folder_that_is_in_no_repository_has_none(tmp_path: Path) -> None:
    assert look(tmp_path) is None
