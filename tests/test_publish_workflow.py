"""The workflow that publishes: its steps run as a CI service runs them, on a local git.

What GitHub does around them (the form, secrets, which branch) is its own; here are the
shell, the environment and the repository.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from attrs import frozen

from tests import need

ROOT = Path(__file__).parents[1]
FILE = ROOT / ".github" / "workflows" / "publish.yml"
WORKFLOW = yaml.load(FILE.read_text("utf-8"), yaml.BaseLoader)
(JOB,) = WORKFLOW["jobs"].values()
INPUTS = WORKFLOW["on"]["workflow_dispatch"]["inputs"]
USUAL = {name: about["default"] for name, about in INPUTS.items()}
SECRET = "aws-secret-0123456789"


@frozen
class Run:
    """A checkout with a remote, and what CI would show of a run in it."""

    root: Path

    @property
    def copy(self) -> Path:
        return self.root.parent / "public"

    @property
    def page(self) -> str:
        return (self.copy / "index.html").read_text("utf-8")

    @property
    def summary(self) -> str:
        return (self.root.parent / "summary.md").read_text("utf-8")

    def git(self, *words: str) -> str:
        done = subprocess.run(
            [need.program("git"), "-C", self.root, *words],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        return done.stdout

    def goes(self, event: str, **inputs: str) -> dict[str, int]:
        """Run the job's steps; return how each that ran has ended."""
        values = {f"inputs.{name}": each for name, each in {**USUAL, **inputs}.items()}
        ended: dict[str, int] = {}
        for step in JOB["steps"]:
            condition = step.get("if", "")
            if "run" not in step or step["name"] == "install":
                continue
            if "workflow_dispatch" in condition and event != "workflow_dispatch":
                continue
            if any(ended.values()) and "always()" not in condition:
                continue
            environment = {
                name: _filled(said, values)
                for name, said in step.get("env", {}).items()
            }
            assert "${{" not in step["run"], "a form's text would be read as a program"
            ended[step["name"]] = self._shell(step["run"], environment)
        return ended

    def _shell(self, script: str, environment: dict[str, str]) -> int:
        usual = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(self.root.parent),
            "XDG_STATE_HOME": str(self.root.parent / "state"),
            "GITHUB_ACTOR": "ania",
            "GITHUB_STEP_SUMMARY": str(self.root.parent / "summary.md"),
            "FALLBACK_LANG": "en",
            "CI": "true",
        }
        return subprocess.run(
            ["bash", "-e", "-c", script],
            cwd=self.root,
            env={**usual, **environment},
            stdin=subprocess.DEVNULL,
            check=False,
        ).returncode


def _filled(text: str, values: dict[str, str]) -> str:
    def found(match: re.Match[str]) -> str:
        name = match[1].strip()
        return SECRET if name.startswith("secrets.") else values[name]

    return re.sub(r"\$\{\{([^}]*)\}\}", found, text)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    checkout, remote = tmp_path / "checkout", tmp_path / "remote.git"
    git = need.program("git")
    subprocess.run([git, "init", "-q", "--bare", "-b", "main", remote], check=True)
    subprocess.run([git, "clone", "-q", remote, checkout], check=True)
    shutil.copytree(ROOT / "content", checkout / "content")
    text = (ROOT / "fallback.toml").read_text("utf-8")
    head, _, _ = text.partition("[[hosts]]")
    host = f'[[hosts]]\nkind = "folder"\npath = "{tmp_path / "public"}"\n'
    (checkout / "fallback.toml").write_text(f"{head}{host}", "utf-8")
    (checkout / ".gitignore").write_text(".fallback/\n")
    made = Run(checkout)
    made.git("config", "user.name", "test")
    made.git("config", "user.email", "test@shop.example")
    made.git("checkout", "-q", "-b", "main")
    made.git("add", "-A")
    made.git("commit", "-q", "-m", "words")
    made.git("push", "-q", "origin", "main")
    return made


def test_a_push_publishes_and_keeps_nothing(run: Run) -> None:
    before = run.git("rev-parse", "origin/main")
    assert run.goes("push") == {"publish": 0}
    assert "<html" in run.page
    assert run.git("rev-parse", "origin/main") == before
    assert "the page is out" in run.summary
    assert "revert the newest commit" in run.summary


def test_the_form_as_it_is_writes_publishes_and_keeps_a_message(run: Run) -> None:
    """On a telephone: open, press the button."""
    assert set(run.goes("workflow_dispatch").values()) == {0}
    run.git("fetch", "-q")
    kept = run.git("show", "--stat", "--format=%s %an", "origin/main")
    assert kept.startswith("Tell customers: investigating ania")
    assert "content/updates/" in kept
    newest = max((run.root / "content" / "updates").glob("*.pl.md"))
    words = newest.read_text("utf-8").rpartition("---")[2].split()[:4]
    assert " ".join(words) in run.page


HOSTILE = (
    "Prosimy o cierpliwość",
    "--deploy -C /",
    "$(touch hit) `touch hit` ; touch hit",
    "\"'; touch hit #",
    "${{ secrets.AWS_SECRET_ACCESS_KEY }}",
)


@pytest.mark.parametrize("words", HOSTILE)
def test_words_from_the_form_are_words(run: Run, words: str) -> None:
    ended = run.goes("workflow_dispatch", what="own words (only what stands below)",
                     words=words)  # fmt: skip
    assert not list(run.root.parent.rglob("hit"))
    if set(ended.values()) == {0}:
        newest = max((run.root / "content" / "updates").glob("*.md"))
        assert words in newest.read_text("utf-8")
    else:  # words that could mislead customers are refused before anything is kept
        assert ended["write the message"] != 0
        assert "publish" not in ended
    assert SECRET not in run.git("log", "-p", "--all")


@pytest.mark.parametrize(
    ("field", "choice"),
    [(field, each) for field in ("what", "next") for each in INPUTS[field]["options"]],
)
def test_every_choice_of_the_form_works(run: Run, field: str, choice: str) -> None:
    ended = run.goes("workflow_dispatch", words="Dzwonimy.", **{field: choice})
    assert set(ended.values()) == {0}, ended


def test_a_message_is_kept_although_another_was_pushed_meanwhile(run: Run) -> None:
    other = run.root.parent / "other"
    subprocess.run(
        [need.program("git"), "clone", "-q", run.root.parent / "remote.git", other],
        check=True,
    )
    (other / "NOTES").write_text("theirs\n")
    theirs = Run(other)
    theirs.git("add", "-A")
    theirs.git("-c", "user.name=o", "-c", "user.email=o@shop.example", "commit", "-qm",
               "Note")  # fmt: skip
    theirs.git("push", "-q", "origin", "main")
    assert set(run.goes("workflow_dispatch").values()) == {0}
    run.git("fetch", "-q")
    subjects = run.git("log", "--format=%s", "origin/main").splitlines()
    assert subjects == ["Tell customers: investigating", "Note", "words"]


def test_a_host_that_failed_loses_no_message(run: Run) -> None:
    run.copy.write_text("a file where the folder should be")
    ended = run.goes("workflow_dispatch")
    assert ended["publish"] != 0
    assert ended["keep the message"] == 0
    run.git("fetch", "-q")
    assert "Tell customers" in run.git("log", "-1", "--format=%s", "origin/main")
    assert "the page was not published" in run.summary


def test_the_form_asks_for_no_typing_and_holds_no_key_to_dns() -> None:
    """The telephone's app keeps its button grey until every field has a value."""
    for about in INPUTS.values():
        assert about["required"] == "false" or about["default"]
        assert about["type"] != "choice" or about["default"] in about["options"]
    assert JOB["if"] == "github.ref == 'refs/heads/main'"
    assert JOB["environment"] == "page"
    text = FILE.read_text("utf-8")
    assert set(re.findall(r"secrets\.(\w+)", text)) == {
        "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
    }  # fmt: skip
    for used in re.findall(r"uses: (\S+)", text):
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", used)
