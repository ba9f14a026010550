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


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """Return the units, for a machine that has the program where they say."""
    for path in UNITS.iterdir():
        text = path.read_text("utf-8")
        text = text.replace("/usr/local/bin/fallback", shutil.which("true") or "")
        (tmp_path / path.name).write_text(text)
    return tmp_path


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
