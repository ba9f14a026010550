"""What --help says is enough to use a command, and fits a terminal."""

import click
import pytest

from fallback.cli import language
from fallback.cli.call import global_options
from fallback.cli.group import COMMANDS, equipped


@pytest.fixture(autouse=True)
def in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FALLBACK_LANG", "en")
    language.choose()


def command(name: str) -> click.Command:
    return equipped(COMMANDS[name].load())


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_says_what_it_promises(name: str) -> None:
    text = command(name).help or ""

    assert text.strip(), f"{name} has no help"
    assert text.split("\n")[0].rstrip().endswith((".", ":", ",")), text


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_says_what_it_does(name: str) -> None:
    silent = [
        param.opts[0]
        for param in command(name).params
        if isinstance(param, click.Option) and not param.help and not param.hidden
    ]

    assert silent == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_takes_the_global_options(name: str) -> None:
    options = {opt for param in command(name).params for opt in param.opts}

    assert {opt for param in global_options() for opt in param.opts} <= options


@pytest.mark.parametrize("name", COMMANDS)
def test_help_fits_a_terminal(name: str) -> None:
    context = click.Context(command(name), info_name=f"fallback {name}")
    context.max_content_width = 80

    lines = command(name).get_help(context).splitlines()

    assert max(map(len, lines)) <= 80


def test_only_severe_commands_want_the_domain() -> None:
    severe = {
        name
        for name in COMMANDS
        if any("--confirm" in param.opts for param in command(name).params)
    }

    # deploy may go on with --redirect
    assert severe == {
        *("apply", "deploy", "drill", "prepare", "redirect", "restore", "teardown")
    }
