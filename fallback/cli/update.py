"""``fallback update``: one more sentence for the customers who wait."""

import sys

import click

from fallback.actions import update as action
from fallback.actions.site import load
from fallback.cli.call import Call
from fallback.cli.language import say
from fallback.core.config import Config
from fallback.core.errors import UsageError
from fallback.core.text import T
from fallback.wire.clock import SystemClock


@click.command
@click.argument("text", required=False)
@click.option(
    "--status",
    default="",
    metavar="WORD",
    help="investigating, identified, monitoring, resolved or scheduled",
)
@click.option("--eta", default="", metavar="TIME", help="back at: 14:30, +2h or a date")
@click.option(
    "--next", default="", metavar="TIME", help="next message by: 14:30 or +2h"
)
@click.option("--title", default="", metavar="TEXT", help="a heading")
@click.option(
    "--lang",
    "language",
    default="",
    metavar="CODE",
    help="the language it is written in",
)
@click.option("--template", metavar="NAME", help="begin with ready sentences")
@click.option("--deploy", is_flag=True, help="publish it at once")
@click.pass_obj
def update(
    call: Call,
    /,
    text: str | None,
    template: str | None,
    *,
    deploy: bool,
    **said: str,
) -> action.UpdateResult:
    """Write an update for customers: TEXT, ready sentences, or what you type.

    With - as TEXT it is read from the standard input. Without TEXT and template an
    editor opens.
    """
    config = load(call.site)
    words = _words(call, config, text, template, said["language"])
    draft = action.Draft(words, **said)
    return action.update(
        config, draft, publish=deploy, say=call.say, clock=SystemClock()
    )


def _words(
    call: Call, config: Config, text: str | None, template: str | None, lang: str
) -> str:
    if text == "-":
        return sys.stdin.read()
    ready = action.template(config, template, lang) if template else ""
    if text:
        # what the person adds stands below the ready sentences
        return f"{ready.rstrip()}\n\n{text}" if ready else text
    if ready and not call.may_ask:
        return ready
    if not call.may_ask:
        raise UsageError(
            T("an update needs words"),
            next=T('write: fallback update "what customers should know"'),
        )
    hint = say(T("write what customers should know, save, and close the editor"))
    typed = _edited(ready or f"# {hint}\n")
    if typed is None and ready:
        return ready  # closed as it was: the ready sentences are what is meant
    kept = [line for line in (typed or "").splitlines() if line != f"# {hint}"]
    return "\n".join(kept)


def _edited(text: str) -> str | None:
    """Return what the person makes of *text*; ``None`` when it was not saved.

    Raises ``UsageError`` when there is no editor, or when it fails.
    """
    try:
        return click.edit(text, extension=".md")
    except click.ClickException as error:
        raise UsageError(
            T("no editor could be opened: {why}", why=error.format_message()),
            next=T('write: fallback update "what customers should know"'),
        ) from error
