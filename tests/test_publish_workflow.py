"""The workflow that publishes: its steps run as a CI service runs them, on a local git.

What GitHub does around them (the form, secrets, which branch) is its own; here are the
shell, the environment and the repository.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from attrs import frozen

from tests import need

ROOT = Path(__file__).parents[1]
FILE = ROOT / ".github" / "workflows" / "publish.yml"
WORKFLOW = yaml.load(FILE.read_text("utf-8"), yaml.BaseLoader)
(JOB,) = WORKFLOW["jobs"].values()
CHECKOUT = JOB["steps"][0].get("with", {})
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

    @property
    def remote(self) -> Path:
        return self.root.parent / "remote.git"

    @property
    def subjects(self) -> list[str]:
        """What the remote's main holds, the newest first."""
        return self.kept("log", "--format=%s", "main").splitlines()

    def git(self, *words: str) -> str:
        return _git(self.root, *words)

    def kept(self, *words: str) -> str:
        return _git(self.remote, *words)

    def goes(
        self,
        event: str,
        *,
        number: str = "1",
        meanwhile: Callable[[], object] = lambda: None,
        **inputs: str,
    ) -> dict[str, int]:
        """Run the job's steps as the run *number*; return how each that ran has ended.

        *meanwhile* happens once the message is written, before it is kept.
        """
        values = {f"inputs.{name}": each for name, each in {**USUAL, **inputs}.items()}
        self._checked_out()
        ended: dict[str, int] = {}
        failed: set[str] = set()
        for step in JOB["steps"]:
            condition = step.get("if", "")
            if "run" not in step or step["name"] == "install":
                continue
            if "workflow_dispatch" in condition and event != "workflow_dispatch":
                continue
            excused = re.findall(r"steps\.(\w+)\.outcome == 'failure'", condition)
            if failed.difference(excused) and "always()" not in condition:
                continue
            environment = {
                name: _filled(said, values)
                for name, said in step.get("env", {}).items()
            }
            if "REMOTE" in environment:
                environment["REMOTE"] = str(self.remote)
            environment["GITHUB_RUN_ID"] = number
            assert "${{" not in step["run"], "a form's text would be read as a program"
            code = ended[step["name"]] = self._shell(step["run"], environment)
            if step["name"] == "write the message":
                meanwhile()
            if code:
                failed.add(step.get("id", step["name"]))
        return ended

    def _checked_out(self) -> None:
        """Check out what the workflow names: the tip, or what started the run."""
        if CHECKOUT.get("ref") == "main":
            self.git("fetch", "-q", str(self.remote), "main")
            self.git("reset", "-q", "--hard", "FETCH_HEAD")

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


def _git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        [need.program("git"), "-C", folder, *words],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout


def _filled(text: str, values: dict[str, str]) -> str:
    def found(match: re.Match[str]) -> str:
        name = match[1].strip()
        if name.startswith(("secrets.", "github.token")):
            return SECRET
        return "" if name == "github.repository" else values[name]

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
    made.git("remote", "remove", "origin")  # a checkout that knows no token
    return made


def somebody_pushes(run: Run, name: str, text: str) -> None:
    """Push the file *name* from another clone."""
    other = Run(run.root.parent / "other")
    _git(run.remote.parent, "clone", "-q", str(run.remote), str(other.root))
    path = other.root / name
    path.write_text(text, "utf-8")
    other.git("add", "-A")
    other.git("-c", "user.name=o", "-c", "user.email=o@shop.example", "commit", "-qm",
              "Theirs")  # fmt: skip
    other.git("push", "-q", "origin", "main")


def refused_pushes(run: Run, times: int) -> Path:
    """Let the remote refuse the next *times* pushes; return the file that counts."""
    count = run.remote / "refused"
    count.write_text("")
    hook = run.remote / "hooks" / "pre-receive"
    hook.write_text(
        f"#!/bin/sh\n[ $(wc -l <{count}) -ge {times} ] && exit 0\n"
        f"echo no >>{count}\nexit 1\n"
    )
    hook.chmod(0o755)
    return count


def newest(run: Run) -> str:
    """Return how the newest Polish message of the checkout begins."""
    file = max((run.root / "content" / "updates").glob("*.pl.md"))
    return " ".join(file.read_text("utf-8").rpartition("---")[2].split()[:4])


THEIRS = "title: Pocztą\nstatus: investigating\n\nPaczki jadą pocztą.\n"


def test_a_push_publishes_and_keeps_nothing(run: Run) -> None:
    before = run.kept("rev-parse", "main")
    assert run.goes("push") == {"publish": 0}
    assert "<html" in run.page
    assert run.kept("rev-parse", "main") == before
    assert "the page is out" in run.summary
    assert "revert the newest commit" in run.summary


def test_the_form_as_it_is_writes_publishes_and_keeps_a_message(run: Run) -> None:
    """On a telephone: open, press the button."""
    assert set(run.goes("workflow_dispatch").values()) == {0}
    kept = run.kept("show", "--stat", "--format=%s %an", "main")
    assert kept.startswith("Tell customers: investigating ania")
    assert "content/updates/" in kept
    assert newest(run) in run.page


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
        file = max((run.root / "content" / "updates").glob("*.md"))
        assert words in file.read_text("utf-8")
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
    """What a form's run pushes starts no run: its page has to say both."""
    ended = run.goes(
        "workflow_dispatch",
        meanwhile=lambda: somebody_pushes(
            run, "content/updates/2026-11-22T1050.pl.md", THEIRS
        ),
    )
    assert set(ended.values()) == {0}
    assert run.subjects == ["Tell customers: investigating", "Theirs", "words"]
    assert newest(run) in run.page
    assert "Paczki jadą pocztą." in run.page


def test_a_run_publishes_the_newest_words_whatever_commit_started_it(run: Run) -> None:
    somebody_pushes(run, "content/updates/2026-11-22T1050.pl.md", THEIRS)
    assert run.goes("push") == {"publish": 0}
    assert "Paczki jadą pocztą." in run.page


def test_a_message_is_kept_although_others_are_pushed_again_and_again(run: Run) -> None:
    count = refused_pushes(run, 4)
    assert set(run.goes("workflow_dispatch").values()) == {0}
    assert count.read_text().count("no") == 4
    assert run.subjects == ["Tell customers: investigating", "words"]


def test_a_message_that_cannot_be_kept_is_published_and_a_re_run_keeps_it_once(
    run: Run, capfd: pytest.CaptureFixture[str]
) -> None:
    count = refused_pushes(run, 1000)
    ended = run.goes("workflow_dispatch")
    assert ended == {"write the message": 0, "keep the message": 1, "publish": 0}
    assert count.read_text()
    assert (
        "::error::the message is not in content/updates yet" in capfd.readouterr().err
    )
    assert newest(run) in run.page
    refused_pushes(run, 0)
    for _ in range(2):
        assert set(run.goes("workflow_dispatch").values()) == {0}
        assert run.subjects == ["Tell customers: investigating", "words"]
        assert newest(run) in run.page
    run.goes("workflow_dispatch", number="11")
    assert len(run.subjects) == 3


def test_a_message_that_contradicts_a_pushed_one_goes_out_all_the_same(
    run: Run,
) -> None:
    """Two write the same file, as two forms in the same minute do."""

    def the_same_file() -> None:
        file = max((run.root / "content" / "updates").glob("*.pl.md"))
        somebody_pushes(run, str(file.relative_to(run.root)), THEIRS)

    ended = run.goes("workflow_dispatch", meanwhile=the_same_file)
    assert ended == {"write the message": 0, "keep the message": 1, "publish": 0}
    assert newest(run) in run.page
    assert "Theirs" in run.subjects
    assert not (run.root / ".git" / "rebase-merge").exists()


def test_a_host_that_failed_loses_no_message(run: Run) -> None:
    run.copy.write_text("a file where the folder should be")
    ended = run.goes("workflow_dispatch")
    assert ended["publish"] != 0
    assert ended["keep the message"] == 0
    assert "Tell customers" in run.subjects[0]
    assert "the page was not published" in run.summary
    assert "revert" not in run.summary, "no host took anything"


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
        assert used == "./" or re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", used)


def test_only_the_step_that_keeps_a_message_holds_the_token() -> None:
    assert CHECKOUT["persist-credentials"] == "false"
    holders = [step["name"] for step in JOB["steps"] if "github.token" in str(step)]
    assert holders == ["keep the message"]


def test_no_run_of_the_form_waits_where_another_could_take_its_place() -> None:
    """GitHub keeps one waiting run of a group, and drops the older ones."""
    group = WORKFLOW["concurrency"]["group"]
    assert "'workflow_dispatch' && github.run_id ||" in group
    assert WORKFLOW["concurrency"]["cancel-in-progress"] == "false"
