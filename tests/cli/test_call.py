"""Global options, questions, and what is loaded for what."""

import io
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from fallback.cli.call import Call
from fallback.cli.group import COMMANDS, STANDING
from fallback.core.text import T
from tests.cli.conftest import Answer, Fallback

HEAVY = (
    "asyncio",
    "boto3",
    "cattrs",
    "cloudflare",
    "dns",
    "jinja2",
    "markdown",
    "nh3",
    "rich",
    "ssl",
)


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        (["-C", "shop"], {"site": Path("shop")}),
        (["--site", "shop"], {"site": Path("shop")}),
        (["--json"], {"json": True}),
        (["-q"], {"quiet": True}),
        (["-v"], {"verbose": True}),
        (["--no-input"], {"input": False}),
        (["--no-color"], {"color": False}),
    ],
)
def test_a_global_option_stands_before_or_after_the_command(
    fallback: Fallback, option: list[str], expected: dict[str, object]
) -> None:
    seen: list[dict[str, object]] = []

    def action(call: Call) -> Answer:
        seen.append({name: getattr(call, name) for name in expected})
        return Answer()

    fallback.command("go", action)
    fallback(*option, "go")
    fallback("go", *option)

    assert seen == [expected, expected]


def test_the_later_site_wins(fallback: Fallback) -> None:
    seen: list[Path] = []

    def action(call: Call) -> Answer:
        seen.append(call.site)
        return Answer()

    fallback.command("go", action)
    fallback("-C", "a", "go", "-C", "b")

    assert seen == [Path("b")]


def test_a_word_behind_two_dashes_is_no_option(fallback: Fallback) -> None:
    texts = click.Argument(["texts"], nargs=-1)
    fallback.command("go", lambda _, texts: Answer(lines=texts), texts)

    said = fallback("go", "--", "--json")

    assert said.out == "--json\n"


def test_the_version_is_told_to_people_and_machines(fallback: Fallback) -> None:
    assert fallback("--version").out.startswith("fallback ")
    assert fallback("--version", "--json").json["ok"] is True


def test_nobody_is_asked_when_nobody_can_answer(fallback: Fallback) -> None:
    def action(call: Call) -> Answer:
        call.confirmed("kwiaty.example", None)
        return Answer()

    fallback.command("go", action)
    said = fallback("go")

    assert said.code == 2
    assert "to go on without a question, add: --confirm kwiaty.example" in said.err


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("typed", "code"), [("kwiaty.example\n", 0), ("yes\n", 2), ("\n", 2), ("", 130)]
)
def test_a_severe_action_wants_the_domain_typed(
    fallback: Fallback, monkeypatch: pytest.MonkeyPatch, typed: str, code: int
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(typed))

    def action(call: Call) -> Answer:
        call.confirmed("kwiaty.example", None)
        return Answer()

    fallback.command("go", action)

    assert fallback("go").code == code
    assert fallback("go", "--no-input").code == 2


@pytest.mark.parametrize(
    ("given", "code"),
    [("kwiaty.example", 0), ("KWIATY.example.", 0), ("yes", 2), ("", 2)],
)
def test_a_script_confirms_with_the_domain(
    fallback: Fallback, given: str, code: int
) -> None:
    def action(call: Call) -> Answer:
        call.confirmed("kwiaty.example", given)
        return Answer()

    fallback.command("go", action)

    assert fallback("go").code == code


def test_an_empty_answer_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Terminal("\n"))

    answer = Call().ask(T("the language"), instead=T("give --lang"), default="pl")

    assert answer == "pl"


def loaded(code: str, **more: str) -> set[str]:
    """Return which heavy packages a process that runs *code* has loaded at its end."""
    script = (
        "import sys, atexit\n"
        f"heavy = {HEAVY!r}\n"
        "seen = lambda: [name for name in heavy if name in sys.modules]\n"
        "atexit.register(lambda: print('LOADED', *seen()))\n"
        f"{code}\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | more,
    )
    assert "LOADED" in run.stdout, run.stderr
    return set(run.stdout.rpartition("LOADED")[2].split())


CALL = (
    "sys.argv = ['fallback'] + {words!r}; import fallback.__main__ as door; door.main()"
)


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["nothing"], ["-h"]])
def test_help_loads_nothing_heavy(words: list[str]) -> None:
    assert loaded(CALL.format(words=words)) == set()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_loads_nothing_heavy(shell: str) -> None:
    code = CALL.format(words=[])
    asked = {"COMP_WORDS": "fallback de", "COMP_CWORD": "1"}

    assert loaded(code, _FALLBACK_COMPLETE=f"{shell}_complete", **asked) == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_that_is_listed_has_help(fallback: Fallback, name: str) -> None:
    said = fallback(name, "--help")

    assert said.code == 0, said.err
    assert said.out.startswith(f"Usage: fallback {name} ")
    assert "--json" in said.out


def test_the_bare_command_is_a_command() -> None:
    assert isinstance(STANDING.load(), click.Command)


def test_commands_are_listed_in_the_order_of_the_story(fallback: Fallback) -> None:
    said = fallback("--help").out

    at = [said.index(f"\n  {name} ") for name in COMMANDS]
    assert at == sorted(at)
