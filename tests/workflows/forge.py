"""What a CI service does with a workflow file: its shell, environment and repository.

The form, the secrets' safe and the choice of a branch are the service's own, and are
read in the file; everything that a step runs is run here, on a local git.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from attrs import field, frozen

from tests import need
from tests.servers import warm

ROOT = Path(__file__).parents[2]
DEFAULT = "github.event.repository.default_branch"
SECRET = "aws-secret-0123456789"
ACTION = yaml.load((ROOT / "action.yml").read_text("utf-8"), yaml.BaseLoader)


def loaded(name: str) -> dict[str, Any]:
    """Return the file *name* of this repository, every value a text."""
    found: dict[str, Any] = yaml.load((ROOT / name).read_text("utf-8"), yaml.BaseLoader)
    return found


@frozen
class Checkout:
    """A checkout with a remote, and what CI would show of a run in it."""

    root: Path
    branch: str = "main"
    """The remote's default one."""
    cold: bool = False
    """Whether each call of the program is a start from nothing, as in a service."""

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
    def log_end(self) -> str:
        """What a job's log ends with at GitLab."""
        return (self.root.parent / "log").read_text("utf-8")

    @property
    def remote(self) -> Path:
        return self.root.parent / "remote.git"

    @property
    def installed(self) -> str:
        """What pip was asked to install."""
        return (self.root.parent / "installed").read_text("utf-8")

    @property
    def subjects(self) -> list[str]:
        """What the remote's default branch holds, the newest first."""
        return self.kept("log", "--format=%s", self.branch).splitlines()

    def git(self, *words: str) -> str:
        return git(self.root, *words)

    def kept(self, *words: str) -> str:
        return git(self.remote, *words)

    def newest(self) -> str:
        """Return how the newest Polish message of the checkout begins."""
        file = max((self.root / "content" / "updates").glob("*.pl.md"))
        return " ".join(file.read_text("utf-8").rpartition("---")[2].split()[:4])

    def shell(self, script: str, environment: Mapping[str, str], log: str = "") -> int:
        """Run *script* as a service does: one that fails anywhere ends there.

        What it says is kept in the file *log*, if that is given.
        """
        programs = (self._stubs(), Path(sys.executable).parent, os.environ["PATH"])
        usual = {
            "PATH": ":".join(map(str, programs)),
            "HOME": str(self.root.parent),
            "XDG_STATE_HOME": str(self.root.parent / "state"),
            "FALLBACK_LANG": "en",
            "CI": "true",
        }
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=self.root,
            env={**usual, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if log else None,
            check=False,
        )
        if log:
            (self.root.parent / log).write_bytes(done.stdout)
        return done.returncode

    def _stubs(self) -> Path:
        """Put a pip in the way that only notes, as what it would install is here.

        And a program that has nothing to import: a workflow calls it often.
        """
        stubs = self.root.parent / "stubs"
        if not stubs.exists():
            stubs.mkdir()
            pip = stubs / "pip"
            pip.write_text(f'#!/bin/sh\necho "$@" >>{self.root.parent}/installed\n')
            pip.chmod(0o755)
            if not self.cold:
                program = stubs / "fallback"
                program.write_text(warm.client(warm.door()))
                program.chmod(0o755)
        return stubs


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        [need.program("git"), "-C", folder, *words],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout


def cloned(folder: Path, branch: str = "main") -> Checkout:
    """Return a checkout of a shop's repository that holds nothing yet."""
    checkout, remote = folder / "checkout", folder / "remote.git"
    folder.mkdir(parents=True, exist_ok=True)
    program = need.program("git")
    subprocess.run([program, "init", "-q", "--bare", "-b", branch, remote], check=True)
    subprocess.run([program, "clone", "-q", remote, checkout], check=True)
    return Checkout(checkout, branch)


def pushed(made: Checkout) -> Checkout:
    """Push all that *made* holds, and make it a checkout that knows no token."""
    made.git("config", "user.name", "test")
    made.git("config", "user.email", "test@shop.example")
    made.git("checkout", "-q", "-b", made.branch)
    made.git("add", "-A")
    made.git("commit", "-q", "-m", "words")
    made.git("push", "-q", "origin", made.branch)
    made.git("remote", "remove", "origin")
    return made


def shop(folder: Path, branch: str = "main") -> Checkout:
    """Return the checkout of the example shop, which publishes to a folder."""
    made = cloned(folder, branch)
    shutil.copytree(ROOT / "content", made.root / "content")
    head, _, _ = (ROOT / "fallback.toml").read_text("utf-8").partition("[[hosts]]")
    host = f'[[hosts]]\nkind = "folder"\npath = "{made.copy}"\n'
    (made.root / "fallback.toml").write_text(f"{head}{host}", "utf-8")
    (made.root / ".gitignore").write_text(".fallback/\n/requirements\n/.program\n")
    (made.root / "requirements").symlink_to(ROOT / "requirements")
    return pushed(made)


@frozen
class GitHub:
    """One workflow of one job, and the action that it uses from here."""

    file: str
    secrets: Mapping[str, str] = field(factory=dict)

    @property
    def workflow(self) -> dict[str, Any]:
        return loaded(self.file)

    @property
    def job(self) -> dict[str, Any]:
        (job,) = self.workflow["jobs"].values()
        found: dict[str, Any] = job
        return found

    @property
    def inputs(self) -> dict[str, Any]:
        found: dict[str, Any] = self.workflow["on"]["workflow_dispatch"]["inputs"]
        return found

    def goes(
        self,
        checkout: Checkout,
        event: str = "workflow_dispatch",
        *,
        number: str = "1",
        meanwhile: Callable[[], object] = lambda: None,
        **inputs: str,
    ) -> dict[str, int]:
        """Run the job's steps as the run *number*; return how each that ran has ended.

        *meanwhile* happens once a message is written, before it is kept.
        """
        usual = {name: about["default"] for name, about in self.inputs.items()}
        values = {f"inputs.{name}": each for name, each in {**usual, **inputs}.items()}
        ended: dict[str, int] = {}
        failed: set[str] = set()
        for step in self.job["steps"]:
            if not _wanted(step.get("if", ""), event, failed):
                continue
            if step.get("uses", "").startswith("actions/checkout@"):
                _checked_out(checkout, step.get("with", {}))
            for each, given in _parts(step, values):
                environment = {
                    "GITHUB_RUN_ID": number,
                    "GITHUB_ACTOR": "ania",
                    "GITHUB_WORKSPACE": str(checkout.root),
                    "GITHUB_ACTION_PATH": str(ROOT),
                    "GITHUB_STEP_SUMMARY": str(checkout.root.parent / "summary.md"),
                    **{
                        name: self._filled(checkout, said, given)
                        for name, said in each.get("env", {}).items()
                    },
                }
                if "REMOTE" in environment:
                    environment["REMOTE"] = str(checkout.remote)
                assert "${{" not in each["run"], "a form's text would be a program"
                code = ended[each["name"]] = checkout.shell(each["run"], environment)
                if each["name"] == "write the message":
                    meanwhile()
                if code:
                    failed.add(step.get("id", each["name"]))
        return ended

    def _filled(self, checkout: Checkout, text: str, values: Mapping[str, str]) -> str:
        def found(match: re.Match[str]) -> str:
            name = match[1].strip()
            if name == "github.token":
                return SECRET
            if name.startswith("secrets."):
                return self.secrets.get(name.removeprefix("secrets."), SECRET)
            known = {"github.repository": "", DEFAULT: checkout.branch}
            return known[name] if name in known else values[name]

        return re.sub(r"\$\{\{([^}]*)\}\}", found, text)


def _wanted(condition: str, event: str, failed: set[str]) -> bool:
    if "workflow_dispatch" in condition and event != "workflow_dispatch":
        return False
    excused = re.findall(r"steps\.(\w+)\.outcome == 'failure'", condition)
    return not failed.difference(excused) or "always()" in condition


def _checked_out(checkout: Checkout, how: Mapping[str, str]) -> None:
    """Check out what the workflow names: the tip, or what started the run."""
    if how.get("ref") == f"${{{{ {DEFAULT} }}}}":
        checkout.git("fetch", "-q", str(checkout.remote), checkout.branch)
        checkout.git("reset", "-q", "--hard", "FETCH_HEAD")


def _parts(
    step: Mapping[str, Any], values: Mapping[str, str]
) -> Iterator[tuple[Mapping[str, Any], Mapping[str, str]]]:
    """Yield what *step* runs, with the values of its inputs: our action has several."""
    if "run" in step:
        yield step, values
    if step.get("uses") != "./":
        return
    usual = {name: about["default"] for name, about in ACTION["inputs"].items()}
    given = {**usual, **step.get("with", {})}
    for each in ACTION["runs"]["steps"]:
        asked = re.fullmatch(r"inputs\.(\w+) == '(\w+)'", each.get("if", ""))
        if "run" in each and (asked is None or given[asked[1]] == asked[2]):
            yield each, {f"inputs.{name}": one for name, one in given.items()}


@frozen
class GitLab:
    """The jobs of ``.gitlab-ci.yml``, and of what it includes."""

    secrets: Mapping[str, str] = field(factory=dict)

    @property
    def file(self) -> dict[str, Any]:
        """Return it as GitLab merges it; what is included must be there, so it is."""
        own = loaded(".gitlab-ci.yml")
        for part in own.pop("include"):
            assert part["rules"] == [{"exists": [part["local"]]}]
            own = {**loaded(part["local"]), **own}
        return own

    @property
    def form(self) -> dict[str, str]:
        """What its form offers, as it is: each variable with its value."""
        asked = self.file["variables"].items()
        return {name: one["value"] for name, one in asked if isinstance(one, dict)}

    def jobs(self, source: str, *, manual: bool = False, **typed: str) -> list[str]:
        """Return the jobs of a pipeline that *source* started: those that start, too.

        With *manual*, those that wait for somebody to press their button.
        """
        known = {**self.form, **typed, "CI_PIPELINE_SOURCE": source}
        return [
            name
            for name, job in self.file.items()
            if isinstance(job, dict) and "script" in job
            for rule in [next(r for r in job["rules"] if _holds(r["if"], known))]
            if (rule.get("when") == "manual") is manual
        ]

    def goes(
        self, checkout: Checkout, source: str, *, number: str = "1", **typed: str
    ) -> dict[str, int]:
        """Run the jobs of such a pipeline; return how each has ended."""
        known = {
            **self.form,
            **typed,
            "CI_PIPELINE_SOURCE": source,
            "CI_PIPELINE_ID": number,
        }
        return {
            name: self._run(checkout, name, known)
            for name in self.jobs(source, **typed)
        }

    def plays(self, checkout: Checkout, name: str, **typed: str) -> int | None:
        """Run the manual job *name* with what was *typed* into its own form.

        ``None`` where GitLab refuses to: a value that no option or pattern allows.
        (``lib/ci/inputs/string_input.rb``: its patterns are RE2's, for the whole text.)
        """
        given = {}
        for each, about in self.file[name]["inputs"].items():
            value = given[each] = typed.get(each, about["default"])
            if value not in about.get("options", [value]) or not re.search(
                about.get("regex", "").replace("$", r"\Z"), value
            ):
                return None
        return self._run(checkout, name, {}, given)

    def _run(
        self,
        checkout: Checkout,
        name: str,
        known: Mapping[str, str],
        inputs: Mapping[str, str] | None = None,
    ) -> int:
        job, usual = self.file[name], self.file["default"]
        environment = {
            **{k: v for k, v in job.get("variables", {}).items() if "$" not in v},
            **self.secrets,
            **known,
            "CI_DEFAULT_BRANCH": checkout.branch,
            "CI_PROJECT_DIR": str(checkout.root),
            "FALLBACK_SUMMARY": self.file["variables"]["FALLBACK_SUMMARY"].replace(
                "$CI_PROJECT_DIR", str(checkout.root)
            ),
            "GITLAB_USER_NAME": "Ania",
            "REMOTE": str(checkout.remote),
        }
        script = "\n".join([*usual["before_script"], *job["script"]])
        for each, value in (inputs or {}).items():
            script = script.replace(f"${{{{ job.inputs.{each} }}}}", value)
        ended = checkout.shell(script, environment)
        checkout.shell("\n".join(usual["after_script"]), environment, log="log")
        return ended


def _holds(rule: str, known: Mapping[str, str]) -> bool:
    """Say whether all parts of *rule* hold (GitLab's ``==`` and ``=~``)."""
    for part in rule.split(" && "):
        name, sign, said = part.split(" ", 2)
        value = known[name.removeprefix("$")]
        if sign == "==" and value != said.strip('"'):
            return False
        if sign == "=~" and not re.search(said.strip("/"), value):
            return False
    return True
