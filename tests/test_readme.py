"""What the README says is what the program does."""

import re
import shlex
from pathlib import Path

import click
import pytest

from fallback.cli.group import COMMANDS, group
from tests.core.test_errors import real

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")


def typed() -> list[list[str]]:
    """Return every fallback command that the README asks somebody to type."""
    blocks = re.findall(r"^```\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    lines = dict.fromkeys(line for block in blocks for line in block.splitlines())
    return [
        shlex.split(line, comments=True)[1:]
        for line in lines
        if line.startswith("fallback")
    ]


@pytest.mark.parametrize("words", typed(), ids=" ".join)
def test_every_command_in_the_readme_is_understood(words: list[str]) -> None:
    """Arguments and options are parsed by the real command."""
    commands = group()
    context = click.Context(commands)
    command = commands.get_command(context, words[0])
    assert command is not None
    command.make_context(words[0], words[1:], parent=context)


def test_the_table_of_commands_is_complete() -> None:
    """Every command is in the README, and no other."""
    rows = re.findall(r"^\| `fallback(?: (\w+))?` \|", README, re.MULTILINE)

    assert sorted(filter(None, rows)) == sorted(COMMANDS)


def test_the_table_of_exit_codes_is_complete() -> None:
    """Every code that an error exits with is explained."""
    rows = {int(code) for code in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)}

    assert rows == {0, 130} | set(real().values())


def test_the_files_it_points_to_are_there() -> None:
    """No link into the repository is dead."""
    linked = re.findall(r"\]\(([^):]+)\)|src=\"([^\"]+)\"", README)
    for path in (a or b for a, b in linked):
        assert (Path(__file__).parents[1] / path).exists(), path
