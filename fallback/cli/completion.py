"""``fallback completion SHELL``: what a shell needs to complete commands."""

from collections.abc import Iterator, Mapping
from typing import Any

import click
from attrs import frozen
from click.shell_completion import ShellComplete, get_completion_class

from fallback.cli.call import VARIABLE
from fallback.core.text import Sayable

SHELLS = ("bash", "zsh", "fish")


@frozen
class Script:
    """The lines for one shell, click's own."""

    shell: str
    text: str
    code: int = 0

    def told(self) -> Iterator[Sayable]:
        """See ``fallback.core.result.Result``."""
        yield from self.text.rstrip().split("\n")

    def as_json(self) -> Mapping[str, Any]:
        """See ``fallback.core.result.Result``."""
        return {"shell": self.shell, "script": self.text}


@click.command
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> Script:
    """Print what SHELL needs to complete commands and options.

    In ~/.bashrc or ~/.zshrc: eval "$(fallback completion bash)"; or zsh. For fish:
    fallback completion fish > ~/.config/fish/completions/fallback.fish
    """
    kind = get_completion_class(shell)
    assert kind is not None
    command = context.find_root().command
    # the class's own would run a bash, to see how old it is
    text = ShellComplete.source(kind(command, {}, "fallback", VARIABLE))
    return Script(shell, text)
