"""One call of the program: its global options, its talk, and its questions.

Every command receives the ``Call`` by ``@click.pass_obj``, does its one action and
returns that action's ``Result``; ``fallback.cli.output`` prints it. Global options are
accepted before and after the command, the later one wins.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from attrs import define

from fallback.cli import output
from fallback.cli.language import say
from fallback.core.errors import UsageError
from fallback.core.text import T, Text

VARIABLE = "_FALLBACK_COMPLETE"
"""Set by the shell that wants completion, as click's documentation tells to."""


@define
class Call:
    """What the person asked of the program as a whole."""

    command: str = "fallback"
    site: Path = Path()
    json: bool = False
    quiet: bool = False
    verbose: bool = False
    input: bool = True
    color: bool = True

    @property
    def may_ask(self) -> bool:
        """Whether there is a person who can answer a question."""
        return self.input and not self.json and sys.stdin.isatty()

    @property
    def colorful(self) -> bool:
        """Whether colours reach a person's eye on stderr (https://no-color.org)."""
        dull = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
        return self.color and not dull and sys.stderr.isatty()

    def say(self, event: str, text: Text) -> None:
        """Say *text* on stderr: see ``fallback.core.result.Talk``."""
        if self.quiet:
            return
        if self.json:
            output.event(event, text)
        else:
            output.line(sys.stderr, say(text))

    def ask(self, question: Text, *, instead: Text, default: str = "") -> str:
        """Return what the person types; *default* when it is nothing.

        Raises ``UsageError`` with *instead* as the remedy when nobody can be asked.
        """
        if not self.may_ask:
            raise UsageError(
                T("a question needs an answer: {question}", question=question),
                next=instead,
            )
        suffix = f" [{default}]" if default else ""
        sys.stderr.write(f"{say(question)}{suffix}: ")
        sys.stderr.flush()
        answer = sys.stdin.readline()
        if not answer:  # the end of input is a person walking away
            raise click.Abort
        return answer.strip() or default

    def confirmed(self, domain: str, given: str | None) -> None:
        """Return when the person named *domain*, typed now or *given* by --confirm.

        Severe actions move customers; a reflex must not be enough. Raises
        ``UsageError`` for anything else.
        """
        instead = T("to go on without a question, add: --confirm {d}", d=domain)
        typed = (
            given
            if given is not None
            else self.ask(T("type {domain} to go on", domain=domain), instead=instead)
        )
        if typed.strip().lower().rstrip(".") != domain.lower():
            raise UsageError(
                T("{typed} is not {domain}", typed=typed or '""', domain=domain),
                customers_see=T("no change: nothing was done"),
                next=instead,
            )


def _keeps(name: str, value: Any = True) -> Callable[..., None]:
    def callback(context: click.Context, _: click.Parameter, given: Any) -> None:
        if given and not context.resilient_parsing:
            call: Call = context.find_root().obj
            setattr(call, name, given if value is None else value)

    return callback


def global_options() -> list[click.Parameter]:
    """Return fresh global options, for the group and for each command."""

    def flag(*names: str, keeps: str, told: Text, value: bool = True) -> click.Option:
        return click.Option(
            names,
            is_flag=True,
            expose_value=False,
            is_eager=True,
            callback=_keeps(keeps, value),
            help=say(told),
        )

    return [
        click.Option(
            ("-C", "--site"),
            type=click.Path(path_type=Path),
            metavar="DIR",
            expose_value=False,
            is_eager=True,
            callback=_keeps("site", None),
            help=say(T("the site folder (default: this one)")),
        ),
        flag(
            "--json",
            keeps="json",
            told=T("print one JSON object on stdout, and events as JSON on stderr"),
        ),
        flag("-q", "--quiet", keeps="quiet", told=T("say nothing but the result")),
        flag("-v", "--verbose", keeps="verbose", told=T("say more, with tracebacks")),
        flag(
            "--no-input",
            keeps="input",
            value=False,
            told=T("never ask: fail instead"),
        ),
        flag("--no-color", keeps="color", value=False, told=T("no colours")),
    ]
