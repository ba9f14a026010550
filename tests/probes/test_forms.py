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
        f"{WORKFLOWS}/a-check.yml": "on: [push, workflow_dispatch]\n# fallback check\n",
        f"{WORKFLOWS}/b-pushed.yml": "on: [push]\n# fallback deploy\n",
        f"{WORKFLOWS}/names.yml": f"on: workflow_dispatch # {BLANK} fallback redirect",
        f"{WORKFLOWS}/words.yml": "on: [push, workflow_dispatch]\n# fallback deploy\n",
    }  # fmt: skip
    assert look(checkout(tmp_path, remote, files)) == Forms(
        "GitHub",
        "https://github.com/ania/kwiaty/actions/workflows/words.yml",
        f"{WORKFLOWS}/names.yml",
        (f"{WORKFLOWS}/names.yml",),
    )


@pytest.mark.parametrize(
    ("uses", "blank"),
    [
        ("OWNER/fallback@COMMIT", True),
        ("ania/fallback@COMMIT", True),
        ("ania/fallback@0123456789abcdef0123456789abcdef01234567", False),
        ("./", False),
    ],
)
def test_a_form_that_uses_our_action_publishes_once_it_is_filled_in(
    tmp_path: Path, uses: str, blank: bool
) -> None:
    file = f"{WORKFLOWS}/publish.yml"
    text = f"on:\n  workflow_dispatch:\njobs:\n  a:\n    - uses: {uses}\n"
    found = look(checkout(tmp_path, "git@github.com:ania/kwiaty", {file: text}))
    assert found is not None
    assert found.publish.endswith("/publish.yml")
    assert found.blank == ((file,) if blank else ())


@pytest.mark.parametrize(
    ("remote", "home"),
    [
        ("git@gitlab.com:flowers/ania/kwiaty.git", "https://gitlab.com/flowers/ania/kwiaty"),
        ("ssh://git@git.home.example:2222/ania/kwiaty.git", "https://git.home.example/ania/kwiaty"),
        (f"https://ania:{TOKEN}@git.home.example:8443/ania/kwiaty/", "https://git.home.example:8443/ania/kwiaty"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("included", [True, False])
def test_at_gitlab_the_form_is_that_of_the_branch_which_publishes(
    tmp_path: Path, remote: str, home: str, included: bool
) -> None:
    moving = ".gitlab/redirect.yml"
    files = {
        ".gitlab-ci.yml": f"fallback deploy # {BLANK} {moving if included else ''}",
        moving: "redirect:\n  script: fallback redirect\n",
    }
    assert look(checkout(tmp_path, remote, files)) == Forms(
        "GitLab",
        f"{home}/-/pipelines/new?ref=w%C3%B6rter%2F1",
        moving if included else "",
        (".gitlab-ci.yml",),
    )


@pytest.mark.parametrize(
    ("remote", "found"),
    [("git@github.com:ania/kwiaty", Forms("GitHub")), ("git@gitlab.com:a/b", None)],
)
def test_a_service_without_a_form_has_none(
    tmp_path: Path, remote: str, found: Forms | None
) -> None:
    assert look(checkout(tmp_path, remote)) == found


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
