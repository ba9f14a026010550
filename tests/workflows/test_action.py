"""The action that other repositories publish with, and what no form may do."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.workflows.forge import (
    ACTION,
    DEFAULT,
    ROOT,
    Checkout,
    GitHub,
    git,
    loaded,
    shop,
)

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
SHOPS = """
name: publish
on:
  workflow_dispatch:
    inputs: {}
jobs:
  publish:
    runs-on: ubuntu-24.04
    steps:
      - uses: ./
"""


def test_with_no_settings_it_installs_what_is_locked_and_publishes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = shop(tmp_path)
    workflow = tmp_path / "shops.yml"
    workflow.write_text(SHOPS)
    assert GitHub(str(workflow)).goes(run, "push") == {"install": 0, "deploy": 0}
    assert "<html" in run.page
    assert "written, but nobody saw it as a visitor" in run.summary
    first, second = run.installed.splitlines()
    assert "--require-hashes" in first
    assert f"-r {ROOT}/requirements/run.txt" in first
    assert "--no-deps --no-build-isolation" in second


@pytest.mark.parametrize(("extras", "code"), [("sftp cloudflare", 0), ("$(id)", 2)])
def test_extras_are_names_of_locks_and_nothing_else(
    tmp_path: Path, extras: str, code: int
) -> None:
    run = Checkout(tmp_path / "checkout")
    run.root.mkdir()
    install = next(s for s in ACTION["runs"]["steps"] if s.get("name") == "install")
    environment = {"EXTRAS": extras, "GITHUB_ACTION_PATH": str(ROOT)}
    assert run.shell(install["run"], environment) == code
    if code == 0:
        for extra in extras.split():
            assert f"-r {ROOT}/requirements/{extra}.txt" in run.installed
            assert "--hash=sha256:" in (ROOT / f"requirements/{extra}.txt").read_text()
    else:
        assert not (tmp_path / "installed").exists()


def test_no_form_and_no_setting_is_ever_part_of_a_program() -> None:
    """A shell reads what stands in its text; what was typed stays in a variable."""
    steps = list(ACTION["runs"]["steps"])
    for path in WORKFLOWS:
        for job in loaded(str(path))["jobs"].values():
            steps += job["steps"]
    programs = [step["run"] for step in steps if "run" in step]
    assert len(programs) > 4
    assert not [each for each in programs if "${{" in each]


def test_every_action_is_the_one_that_was_read() -> None:
    used = re.findall(
        r"uses: (\S+)",
        "\n".join(
            path.read_text("utf-8") for path in (*WORKFLOWS, ROOT / "action.yml")
        ),
    )
    for each in used:
        assert (
            each == "./"
            or re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", each)
            or each == "OWNER/fallback@COMMIT"  # how to use it
        )


def secrets(path: Path) -> set[str]:
    return set(re.findall(r"secrets\.(\w+)", path.read_text("utf-8")))


def test_whoever_publishes_words_holds_no_key_to_dns() -> None:
    """Two workflows, two environments, and no key in both."""
    publish, redirect = WORKFLOWS
    assert not secrets(publish) & secrets(redirect)
    environments = {
        path.stem: [job["environment"] for job in loaded(str(path))["jobs"].values()]
        for path in WORKFLOWS
    }
    assert environments == {"publish": ["page"], "redirect": ["dns"]}
    for path in WORKFLOWS:
        for job in loaded(str(path))["jobs"].values():
            assert job["if"] == f"github.ref == format('refs/heads/{{0}}', {DEFAULT})"
    assert "redirect" not in str(loaded(str(publish))["jobs"])
    assert "deploy --" not in str(loaded(str(redirect))["jobs"])


def test_a_shops_own_files_fetch_the_program_and_install_it(tmp_path: Path) -> None:
    """The commands that stand in a shop's files, run."""
    from fallback.core.wizard.forms import Program

    source = tmp_path / "program"
    (source / "requirements").mkdir(parents=True)
    install = (ROOT / "requirements" / "install").read_text("utf-8")
    (source / "requirements" / "install").write_text(install)
    (source / "requirements" / "install").chmod(0o755)
    subprocess.run(["git", "init", "-q", source], check=True)
    git(source, "add", "-A")
    git(
        source,
        "-c",
        "user.name=t",
        "-c",
        "user.email=t@x.example",
        "commit",
        "-qm",
        "x",
    )
    commit = git(source, "rev-parse", "HEAD").strip()
    run = shop(tmp_path / "shop")
    program = Program(source.as_uri(), commit)
    for _ in range(2):  # a job that is run again finds it there
        assert run.shell(program.install, {}) == 0
    assert "-r .program/requirements/run.txt" in run.installed
    assert run.git("status", "--porcelain") == ""
    other = Program(source.as_uri(), "0" * 40)
    assert run.shell(other.install, {}) != 0
