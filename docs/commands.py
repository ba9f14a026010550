"""The reference of every command, as ``--help`` says it.

A command that joins ``fallback.cli.group.COMMANDS`` joins the page with the next run.
"""

from collections.abc import Iterator

import click

from fallback.cli.call import global_options
from fallback.cli.group import COMMANDS, group


def commands() -> str:
    """Return what each command does, and its own options; the common ones once."""
    whole = group()
    context = click.Context(whole, info_name="fallback")
    parts = ["## Options of every command", *_options(global_options(), context)]
    common = {name for param in global_options() for name in param.opts}
    for name in COMMANDS:
        command = whole.get_command(context, name)
        assert command is not None
        own = click.Context(command, info_name=name, parent=context)
        usage = " ".join(command.collect_usage_pieces(own))
        mine = [
            param
            for param in command.params
            if isinstance(param, click.Option) and not common & set(param.opts)
        ]
        parts += [
            f"## fallback {name}",
            f"`fallback {name} {usage}`",
            _escaped(command.help or ""),
            *_options(mine, own),
        ]
    return "\n\n".join(parts)


def _options(params: list[click.Parameter], context: click.Context) -> Iterator[str]:
    records = [record for each in params if (record := each.get_help_record(context))]
    if records:
        rows = "\n".join(f"| `{left}` | {_escaped(right)} |" for left, right in records)
        yield f"| option | what it does |\n|---|---|\n{rows}"


def _escaped(text: str) -> str:
    """Return *text* so that Markdown shows it as it stands."""
    return text.replace("<", "&lt;").replace("|", "\\|").replace("[", "\\[")
