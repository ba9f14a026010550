"""The commands, in the order of the story, and the group that loads them late.

A command file is imported when its command is called, never for ``--help`` or for
completion: both must answer at once. A command that is not in the table does not exist,
and a command is in the table when it works.
"""

import difflib
import inspect
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import click
from attrs import frozen
from click.shell_completion import CompletionItem

from fallback import __version__
from fallback.cli import output
from fallback.cli.call import Call, global_options
from fallback.cli.language import say, translate
from fallback.core.errors import UsageError
from fallback.core.text import Sayable, T, Text


@frozen
class Row:
    """One command: where it is (``module:function``) and its one line of help."""

    at: str
    help: Text

    def load(self) -> click.Command:
        """Import the command."""
        module, _, function = self.at.partition(":")
        command = getattr(import_module(module), function)
        if not isinstance(command, click.Command):
            raise TypeError(f"{self.at} is not a command")
        return command


COMMANDS: dict[str, Row] = {
    "init": Row("fallback.cli.init:init", T("write a working site")),
    "build": Row("fallback.cli.build:build", T("make the page from your words")),
    "serve": Row("fallback.cli.serve:serve", T("see the page as a customer gets it")),
    "update": Row("fallback.cli.update:update", T("write an update for customers")),
    "deploy": Row("fallback.cli.deploy:deploy", T("publish the page, and look at it")),
    "announce": Row(
        "fallback.cli.announce:announce", T("the same words for every other channel")
    ),
    "check": Row("fallback.cli.check:check", T("is everything ready, and what is not")),
    "prepare": Row(
        "fallback.cli.move:prepare", T("make a redirect fast and safe, in peace")
    ),
    "drill": Row("fallback.cli.drill:drill", T("rehearse it all, and be sure")),
    "watch": Row("fallback.cli.watch:watch", T("look after the shop")),
    "redirect": Row(
        "fallback.cli.move:redirect", T("lead the shop's names to the page")
    ),
    "restore": Row("fallback.cli.move:restore", T("put the names back exactly")),
    "apply": Row(
        "fallback.cli.apply:apply", T("carry out exactly a plan that was saved")
    ),
    "status": Row("fallback.cli.status:status", T("where each site stands")),
    "card": Row("fallback.cli.card:card", T("one page to print, for the worst day")),
    "kit": Row("fallback.cli.card:kit", T("page, messages and records in one zip")),
    "setup": Row("fallback.cli.provision:setup", T("make what a host needs")),
    "teardown": Row(
        "fallback.cli.provision:teardown", T("take away what setup made for a host")
    ),
    "theme": Row("fallback.cli.theme:theme", T("start a look of your own")),
    "import": Row(
        "fallback.cli.import_:import_", T("bring an incident over from elsewhere")
    ),
    "completion": Row(
        "fallback.cli.completion:completion", T("complete commands in your shell")
    ),
    "demo": Row("fallback.cli.demo:demo", T("the whole story on this machine")),
}
"""Every command there is, in the order in which an owner meets them."""

STANDING = Row("fallback.cli.status:standing", T("where things stand"))
"""What the bare ``fallback`` does."""


def equipped(command: click.Command) -> click.Command:
    """Return *command* with the global options, its help in the owner's language."""
    have = {name for param in command.params for name in param.opts}
    for param in command.params:
        if isinstance(param, click.Option) and param.help:
            param.help = translate(inspect.cleandoc(param.help))
    if command.help:
        command.help = translate(inspect.cleandoc(command.help))
    command.params.extend(
        param for param in global_options() if not have & set(param.opts)
    )
    command.context_settings.setdefault("help_option_names", ["-h", "--help"])
    return command


class Commands(click.Group):
    """The group of all commands: knows their names, loads the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's
        """Return the words, in the order of the story."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load the command called *cmd_name*."""
        row = COMMANDS.get(cmd_name)
        if row is None:
            return None
        call: Call | None = ctx.find_root().obj
        if call is not None:
            call.command = cmd_name
        return equipped(row.load())

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command of *args*; raises ``UsageError`` with the nearest."""
        word = args[0]
        if word not in COMMANDS and not ctx.resilient_parsing:
            near = difflib.get_close_matches(word, COMMANDS, n=1, cutoff=0.5)
            raise UsageError(
                T("there is no command {word}", word=word),
                next=T("did you mean: fallback {word}", word=near[0])
                if near
                else T("see: {command}", command="fallback --help"),
            )
        return super().resolve_command(ctx, args)

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's
        formatter: click.HelpFormatter,
    ) -> None:
        """Write the list of commands without loading one."""
        if not COMMANDS:
            return
        with formatter.section(translate("Commands")):
            formatter.write_dl([(n, say(row.help)) for n, row in COMMANDS.items()])

    def shell_complete(
        self, ctx: click.Context, incomplete: str
    ) -> list[CompletionItem]:
        """Return what *incomplete* may become, without loading a command."""
        found = [
            CompletionItem(name, help=say(row.help))
            for name, row in COMMANDS.items()
            if name.startswith(incomplete)
        ]
        # the grandparent's options; the parent would load every command
        return found + click.Command.shell_complete(self, ctx, incomplete)


@frozen
class Version:
    """The answer to ``--version``."""

    code = 0

    def told(self) -> Iterator[Sayable]:
        """See ``fallback.core.result.Result``."""
        yield f"fallback {__version__}"

    def as_json(self) -> dict[str, Any]:
        """See ``fallback.core.result.Result``."""
        return {"version": __version__}


def group() -> Commands:
    """Return the whole command line, in the owner's language."""

    @click.pass_context
    def bare(context: click.Context, *, version: bool) -> Any:
        call: Call = context.obj
        if version:
            context.exit(output.show_result("version", Version(), as_json=call.json))
        if context.invoked_subcommand is None:
            return context.invoke(STANDING.load())
        return None

    return Commands(
        name="fallback",
        callback=bare,
        invoke_without_command=True,
        help=say(
            T(
                "a true, kind page for a shop's customers while its server is down, and"
                " the shop back afterwards"
            )
        ),
        params=[
            *global_options(),
            click.Option(
                ("--version",), is_flag=True, help=say(T("print the version"))
            ),
        ],
        context_settings={"help_option_names": ["-h", "--help"]},
    )
