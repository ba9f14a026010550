"""A call of the program inside this process, with a few commands made for tests."""

import json
import sys
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

import click
import pytest
from attrs import frozen

from fallback.__main__ import run
from fallback.cli import group
from fallback.cli.call import Call
from fallback.core.text import Sayable, T


@frozen
class Answer:
    """What a test command answers."""

    code: int = 0
    lines: tuple[Sayable, ...] = (T("the page is at {url}", url="https://x.example"),)

    def told(self) -> Iterator[Sayable]:
        yield from self.lines

    def as_json(self) -> Mapping[str, Any]:
        return {"lines": [str(line) for line in self.lines]}


@frozen
class Said:
    """What one call left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """Return the one object on stdout; fails when there is more or less."""
        found: dict[str, Any] = json.loads(self.out)
        assert isinstance(found, dict)
        assert self.out.count("\n") == 1
        return found


class Fallback:
    """Calls the program, and lets tests add commands to it."""

    def __init__(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self._capsys = capsys
        self._patch = monkeypatch
        self._rooms = ModuleType("tests.cli.commands_of_a_test")
        monkeypatch.setitem(sys.modules, self._rooms.__name__, self._rooms)

    def __call__(self, *words: str) -> Said:
        code = run(words)
        out, err = self._capsys.readouterr()
        return Said(code, out, err)

    def command(self, name: str, action: Any, *params: click.Parameter) -> None:
        """Make *name* a command that does *action* with the call."""

        @click.pass_obj
        def callback(call: Call, **given: Any) -> Any:
            return action(call, **given)

        self._rooms.__dict__[name] = click.Command(
            name, callback=callback, params=list(params), help="A command of a test."
        )
        row = group.Row(f"{self._rooms.__name__}:{name}", T("a command of a test"))
        self._patch.setitem(group.COMMANDS, name, row)


@pytest.fixture
def fallback(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Fallback]:
    monkeypatch.setenv("FALLBACK_LANG", "en")
    monkeypatch.setenv("COLUMNS", "80")
    yield Fallback(capsys, monkeypatch)
