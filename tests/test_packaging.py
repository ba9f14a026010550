"""What a system's packager takes: completion, manual pages, units, an image."""

import os
import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from docs import manual
from fallback.cli.group import COMMANDS
from fallback.core.wizard.forms import EXTRAS
from tests import need

ROOT = Path(__file__).parents[1]
UNITS = ROOT / "packaging" / "systemd"
NEW_ENOUGH = 1.5
"""The most that systemd's own judge may say; 10 is a service that nothing holds."""

PROTOCOL = {
    "bash": """
eval "$(fallback completion bash)"
COMP_WORDS=(fallback re) COMP_CWORD=1
_fallback_completion fallback
printf '%s\\n' "${COMPREPLY[@]}"
""",
    "zsh": """
compdef() { :; }
_describe() { print -l -- "${(@)${(@P)3}%%:*}" }
eval "$(fallback completion zsh)"
words=(fallback re) CURRENT=2
_fallback_completion
""",
    "fish": """
fallback completion fish | source
complete -C 'fallback re'
""",
}


@pytest.mark.parametrize("shell", PROTOCOL)
def test_a_real_shell_completes_commands(shell: str, tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    options = {"bash": ["--norc"], "zsh": ["-f"], "fish": ["--no-config"]}[shell]
    run = subprocess.run(
        [need.program(shell), *options, "-c", PROTOCOL[shell]],
        env={**os.environ, **home, "PATH": _path(), "FALLBACK_LANG": "en"},
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    found = {line.split("\t")[0].split(",")[-1] for line in run.stdout.splitlines()}
    assert found == {name for name in COMMANDS if name.startswith("re")}, run


def _path() -> str:
    return f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


def test_every_command_has_a_manual_page_without_a_fault(tmp_path: Path) -> None:
    made = manual.pages(date(2026, 11, 22))
    assert set(made) == {"fallback.1", *(f"fallback-{n}.1" for n in COMMANDS)}
    for name, text in made.items():
        (tmp_path / name).write_text(text, "utf-8")
    judged = subprocess.run(
        [need.program("mandoc"), "-T", "lint", "-W", "warning", *tmp_path.iterdir()],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert judged.stdout == ""
    read = subprocess.run(
        [need.program("mandoc"), "-T", "ascii", tmp_path / "fallback-restore.1"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    plain = " ".join(re.sub(".\b", "", read).split())
    assert "fallback restore [OPTIONS]" in plain
    assert "--confirm DOMAIN go on without a question" in plain


PYTHON = f"""#!/bin/sh
{sys.executable} -m venv --without-pip "$3"
cat >"$3/bin/pip" <<'END'
#!/bin/sh
echo "$@" >>"$(dirname "$0")/asked"
ln -sf {Path(sys.executable).parent}/fallback "$(dirname "$0")/fallback"
END
chmod +x "$3/bin/pip"
"""
"""A python whose environments have a pip that only notes what it would install."""


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the root of a machine that ``packaging/install`` was run on, twice."""
    root = tmp_path_factory.mktemp("machine")
    for name in ("packaging", "requirements"):
        shutil.copytree(ROOT / name, root / "clone" / name)
    for path in (root / "clone" / "packaging").rglob("*"):
        if path.is_file():
            text = path.read_text("utf-8")
            path.write_text(
                re.sub(r"(?<![\w.])/(opt|etc|usr|run)/", rf"{root}/\1/", text)
            )
    python = root / "python"
    python.write_text(PYTHON)
    python.chmod(0o755)
    for _ in range(2):
        subprocess.run(
            [root / "clone" / "packaging" / "install"],
            env={**os.environ, "PYTHON": str(python), "EXTRAS": "sftp"},
            umask=0o077, check=True,
        )  # fmt: skip
    return root


@pytest.fixture
def units(machine: Path) -> Path:
    """Return the units of that machine, which start its program."""
    return machine / "etc" / "systemd" / "system"


def test_a_machine_gets_the_locked_program_where_its_units_look_for_it(
    machine: Path,
) -> None:
    asked = (machine / "opt" / "fallback" / "bin" / "asked").read_text("utf-8")
    assert "--require-hashes" in asked
    assert "requirements/sftp.txt" in asked
    program = machine / "usr" / "local" / "bin" / "fallback"
    assert program.readlink() == machine / "opt" / "fallback" / "bin" / "fallback"
    run = subprocess.run([program, "--version"], capture_output=True, check=True)
    assert run.stdout.startswith(b"fallback")
    for place in (program.parent, machine / "opt" / "fallback" / "bin"):
        assert place.stat().st_mode & 0o005 == 0o005, "whoever a service runs as"


def test_a_server_is_set_up_by_the_lines_of_the_documentation(
    machine: Path, tmp_path: Path
) -> None:
    page = (ROOT / "docs" / "before.md").read_text("utf-8")
    lines = re.findall(r"^sudo (.*)$", page, re.MULTILINE)
    assert lines[0] == "packaging/install"
    started = lines.pop().split()
    assert started[:3] == ["systemctl", "enable", "--now"]
    assert (UNITS / started[3].replace("kwiaty", ".service")).is_file()
    (tmp_path / "my-shop").mkdir()
    (tmp_path / "my-shop" / "fallback.toml").touch()
    for line in lines[1:]:
        there = line.replace("/etc/", f"{machine}/etc/")
        subprocess.run(there, shell=True, cwd=tmp_path, check=True)
    etc = machine / "etc" / "fallback"
    assert (etc / "kwiaty" / "fallback.toml").is_file()
    assert (etc / "kwiaty.secrets").stat().st_mode & 0o777 == 0o700


def test_systemd_understands_every_unit(units: Path) -> None:
    judged = subprocess.run(
        [
            need.program("systemd-analyze"),
            "verify",
            *(f"./{path.name.replace('@', '@kwiaty')}" for path in units.iterdir()),
        ],
        cwd=units, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (judged.returncode, judged.stderr) == (0, "")


@pytest.mark.sampled
@pytest.mark.parametrize("unit", ["fallback-watch@.service", "fallback-once@.service"])
def test_systemds_own_judge_finds_little_that_a_watcher_could_do(
    units: Path, unit: str, count
) -> None:
    judged = subprocess.run(
        [
            *(need.program("systemd-analyze"), "security", "--offline=true"),
            f"./{unit}",
        ],
        cwd=units, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = re.search(r"exposure level .*: ([\d.]+)", judged.stdout)
    assert found, judged.stdout
    exposure = float(found[1])
    count("systemd's judgement of the units (10: nothing holds it)", {"unit": unit},
          exposure=exposure)  # fmt: skip
    assert exposure <= NEW_ENOUGH


def test_a_units_secrets_are_credentials_and_its_words_are_commands() -> None:
    for path in UNITS.glob("*.service"):
        text = path.read_text("utf-8")
        assert "DynamicUser=yes" in text
        assert "LoadCredential=secrets:/etc/fallback/%i.secrets" in text
        (started,) = re.findall(r"^ExecStart=(.*)$", text, re.MULTILINE)
        program, *words = started.split()
        assert program == "/usr/local/bin/fallback"
        assert words[:3] == ["--site=/etc/fallback/%i", "--no-input", "--no-color"]
        assert words[3] in COMMANDS


def test_the_image_is_locked_and_runs_without_root() -> None:
    """It is not built here, for that needs a registry: its lines are read."""
    text = (ROOT / "Containerfile").read_text("utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    build, _, final = "\n".join(lines).partition("\nFROM ")
    assert "requirements/install" in build
    assert "--require-hashes" in (ROOT / "requirements" / "install").read_text("utf-8")
    user = re.findall(r"^USER (\S+)$", final, re.MULTILINE)
    assert user == ["10001"]
    assert final.index("USER") < final.index("ENTRYPOINT")
    assert 'ENTRYPOINT ["fallback"]' in final
    assert "pip" not in final, "what runs can install nothing"
    assert "HEALTHCHECK NONE" in final
    assert ", ".join(EXTRAS) in text


def test_the_image_is_made_of_what_the_package_is_made_of() -> None:
    """What is left out of the build's context and needed there would stop it."""
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert ignored[0] == "*"
    kept = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    sources = re.findall(r'^"([^"]+)" = "fallback/', project, re.MULTILINE)
    needed = {"fallback", "hatch_build.py", "LICENSE", "pyproject.toml", "README.md",
              "requirements", *(each.split("/")[0] for each in sources)}  # fmt: skip
    assert needed <= kept
    assert all((ROOT / each).exists() for each in kept)


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="no repository: an archive")
def test_nothing_that_is_made_for_one_shop_is_in_the_repository() -> None:
    """A card names people, and a kit is made anew: what is ignored is not kept."""
    listed = ["git", "ls-files", "--cached", "--ignored", "--exclude-standard"]
    run = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True)

    assert run.stdout == ""
