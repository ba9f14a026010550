"""What the documentation says is what the program does: typed, run and linked."""

import re
import shlex
import shutil
import subprocess
import sys
import textwrap
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import click
import pytest
from attrs import define

from docs.settings import CHOOSERS, KINDS, TABLES, fields, sentences
from fallback.cli.group import group
from fallback.core.settings import toml
from tests import need
from tests.actions.site_on_bind import SHOP, Site, site_at
from tests.core.test_errors import real

ROOT = Path(__file__).parents[1]
PAGES = {
    str(page.relative_to(ROOT / "docs")): page.read_text("utf-8")
    for page in sorted((ROOT / "docs").rglob("*.md"))
}
RESULTS = (ROOT / "bench/RESULTS.md").read_text("utf-8")

_FENCE = re.compile(r"^( *)```(\S*)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)

ELSEWHERE = {
    "pip install .": "tests/test_package.py",
    'pip install ".[sftp]"': "pyproject.toml",
    'pip install ".[cloudflare]"': "pyproject.toml",
    'pip install ".[octodns]" octodns-powerdns': "pyproject.toml",
    "fallback -C my-shop serve": "tests/actions/test_serve.py",
    "fallback check kwiaty.example": "tests/actions/test_outlook.py",
    "fallback setup s3": "tests/hosts/setup/test_s3.py",
    "fallback setup netlify": "tests/actions/test_deploy_netlify.py",
    "fallback setup cloudflare_worker": "tests/hosts/setup/test_cloudflare_worker.py",
    "fallback setup sftp": "tests/hosts/setup/test_sftp.py",
    "sudo packaging/install": "tests/test_packaging.py",
    "sudo install -d -m 700 /etc/fallback/kwiaty.secrets": "tests/test_packaging.py",
    "sudo cp -rT my-shop /etc/fallback/kwiaty": "tests/test_packaging.py",
    "sudo systemctl enable --now fallback-watch@kwiaty": "tests/test_packaging.py",
    "fallback redirect --confirm www.kwiaty.example": (
        "tests/actions/test_switch_bind.py"
    ),
    "fallback restore --confirm www.kwiaty.example": (
        "tests/actions/test_switch_bind.py"
    ),
}
"""What needs a vendor or another site, and where it is tried in our stead."""


def blocks(*languages: str) -> list[str]:
    """Return every fenced block in one of *languages*, without its indentation."""
    return [
        textwrap.dedent(body)
        for page in PAGES.values()
        for _, language, body in _FENCE.findall(page)
        if language in languages
    ]


def typed(*languages: str) -> list[str]:
    """Return each distinct command in blocks of *languages*, in the pages' order."""
    lines = [line for block in blocks(*languages) for line in block.splitlines()]
    return list(dict.fromkeys(line.strip() for line in lines if line.strip()))


def parsed(command: str) -> None:
    """Let click read *command*; raises for an option or argument it does not know."""
    words = shlex.split(command)[1:]
    whole = group()
    context = click.Context(whole)
    if words[:1] == ["-C"]:
        words = words[2:]
    found = whole.get_command(context, words[0])
    assert found is not None, command
    found.make_context(words[0], words[1:], parent=context)


# --- every command is run


@define
class Lab:
    """One site whose names can be moved, in whatever state a command finds it."""

    site: Site
    alive: bool = True

    def run(self, *words: str) -> int:
        return int(self.site.run(*words)["code"])

    def up(self) -> None:
        """Bring the shop back, and its names."""
        if not self.alive:
            self.site.shop.revive()
            self.alive = True
        if self.site.moved():
            assert self.site.restore()["code"] == 0

    def down(self) -> None:
        """Let the shop die, its names still its own, and no plan saved."""
        (self.site.root / "plan.json").unlink(missing_ok=True)
        self.up()
        self.site.shop.kill()
        self.alive = False

    def back(self) -> None:
        """Let the shop be back while its names lead to the page."""
        self.down()
        assert self.site.redirect()["code"] == 0
        self.site.shop.revive()
        self.alive = True

    def planned(self) -> None:
        """Have the plan that a second person is to carry out."""
        self.down()
        assert self.run("redirect", "--plan", "plan.json") == 0

    def other_program(self, command: str) -> None:
        """Run *command* as a shell does, in a home where there is a key and a plan."""
        home = self.site.root.parent / "home"
        (home / ".ssh").mkdir(parents=True, exist_ok=True)
        key = home / ".ssh/id_ed25519"
        if not key.exists():
            made = [need.program("ssh-keygen"), "-q", "-t", "ed25519", "-N", ""]
            subprocess.run([*made, "-f", key], check=True)
        self.planned()
        subprocess.run(
            ["sh", "-c", command.replace("~", str(home))],
            cwd=self.site.root,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
        )

    def published_twice(self) -> None:
        for words in ("One.", "Two."):
            assert self.run("update", words, "--no-input") == 0
            assert self.run("deploy") == 0


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("docs")
    with ExitStack() as stack:
        site = site_at(folder, "rfc2136", stack)
        shutil.copytree(ROOT / "content/templates", site.root / "content/templates")
        shutil.copy(ROOT / "content/outage.en.md", site.root / "content")
        lab = Lab(site)
        assert lab.run("update", "We are at it.", "--no-input") == 0
        yield lab


BEFORE = {
    "redirect": Lab.down,
    "restore": Lab.back,
    "apply": Lab.planned,
    "deploy --rollback": Lab.published_twice,
}
"""What has to be true before a command makes sense; else the shop is well."""
ENDS = {"check": {0, 4}, "status": {0, 10}, "watch": {0, 10}}
"""How a command may end in the lab that was done right, where not only with 0."""


@pytest.mark.parametrize("command", typed("sh"))
def test_every_command_works_when_it_is_typed(
    lab: Lab, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(lab.site.root)
    words = shlex.split(command.replace("203.0.113.5", SHOP))
    if words[0] != "fallback":
        lab.other_program(command)
        return
    said = " ".join(words[1:])
    state = next((BEFORE[each] for each in BEFORE if said.startswith(each)), Lab.up)
    state(lab)
    if "my-shop" in said and "init" not in said:
        init = next(each for each in typed("sh") if "init my-shop" in each)
        assert lab.run(*shlex.split(init)[1:]) == 0

    code = lab.run(*words[1:])

    assert code in ENDS.get(words[1], {0}), command


def test_every_command_that_is_run_elsewhere_is_known_and_run_there() -> None:
    assert set(typed("sh-elsewhere")) == set(ELSEWHERE)
    for command, where in ELSEWHERE.items():
        assert (ROOT / where).is_file(), where
        if command.startswith("fallback"):
            parsed(command)


def test_every_extra_that_is_named_can_be_installed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    named = {
        extra
        for page in PAGES.values()
        for extra in re.findall(r"fallback\[(\w+)\]", page)
    }

    assert named <= set(project["optional-dependencies"])


def test_every_block_says_what_it_is() -> None:
    """So that no command escapes: a block without a language would not be run."""
    for name, page in PAGES.items():
        languages = {language for _, language, _ in _FENCE.findall(page)}
        assert languages <= {"sh", "sh-elsewhere", "toml", "text"}, name
        assert page.count("```") == 2 * len(_FENCE.findall(page)), name


# --- settings

_BASE = {
    "shop": '[shop]\nname = "Kwiaty u Ani"\nurl = "https://kwiaty.example"\n',
    "contact": '[contact]\nemail = "a@elsewhere.example"\nphone = "+48600100200"\n',
    "primary": '[primary]\ncontains = "Dodaj do koszyka"\n',
    "hosts": '[[hosts]]\nkind = "folder"\npath = "public-copy-3"\n',
}


@pytest.mark.parametrize("block", blocks("toml"))
def test_every_example_of_settings_is_taken(block: str, tmp_path: Path) -> None:
    there = tomllib.loads(block)
    base = "".join(text for table, text in _BASE.items() if table not in there)
    if "shop" in there:
        rest = 'name = "Kwiaty u Ani"\n'
        rest += "" if "url" in there["shop"] else 'url = "https://kwiaty.example"\n'
        block = block.replace("[shop]\n", f"[shop]\n{rest}")

    assert toml.parse(base + block, KINDS, tmp_path).shop.name


def test_every_setting_has_a_sentence() -> None:
    said = sentences()
    silent = [
        (table, kind, name)
        for table in TABLES
        for kind in ("", *KINDS.get(table, ()))
        for name, _, _ in fields(table, kind)
        if name != CHOOSERS.get(table) and not said.get((table, kind, name))
    ]

    assert silent == []


# --- the pages


def test_what_is_made_from_the_code_is_up_to_date() -> None:
    """If not: python -m docs."""
    run = subprocess.run(
        [sys.executable, "-m", "docs", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (run.returncode, run.stdout) == (0, ""), run.stderr


def test_the_site_is_built_without_a_dead_link_and_asks_nobody_else(
    tmp_path: Path,
) -> None:
    mkdocs = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict"]
    run = subprocess.run(
        [*mkdocs, "--site-dir", tmp_path / "site"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stdout + run.stderr
    built = sorted((tmp_path / "site").rglob("*.html"))
    assert len(built) > len(PAGES)  # and the one for what is not found
    for page in built:
        asked = re.findall(
            r'(?:src|<link[^>]+href)="(?:https?:)?//[^"]+"', page.read_text("utf-8")
        )
        assert asked == [], page.name


@pytest.mark.parametrize("page", ["promises.md", "threats.md"])
def test_every_proof_that_is_named_is_there(page: str) -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PAGES[page])
    assert named
    for file, test in named:
        text = (ROOT / file).read_text("utf-8")
        assert not test or f"def {test}(" in text, (file, test)
    for table in re.findall(r'table "([^"]+)"', PAGES[page]):
        assert re.search(rf"^##+ {re.escape(table)}$", RESULTS, re.MULTILINE), table


def test_each_promise_and_each_defence_names_its_proof() -> None:
    for page, column in (("promises.md", 1), ("threats.md", 3)):
        rows = [
            [cell.strip() for cell in line.strip("|").split("|")]
            for line in PAGES[page].splitlines()
            if line.startswith("|") and not line.startswith(("|---", "| promise"))
        ]
        for row in rows:
            undefended = "**no**" in row
            assert undefended or "tests/" in row[column] or row[0] == "threat", row


def test_the_exit_codes_are_those_of_the_program() -> None:
    rows = re.findall(r"^\| (\d+) \|", PAGES["exit-codes.md"], re.MULTILINE)

    assert {int(code) for code in rows} == {0, 130} | set(real().values())
