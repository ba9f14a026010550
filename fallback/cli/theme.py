"""``fallback theme``: start a theme, or see which there are."""

import click

from fallback.actions import theme as action
from fallback.actions.site import load
from fallback.cli.call import Call
from fallback.core.errors import UsageError
from fallback.core.text import T

OURS = ("plain", "brand", "letter")


@click.command
@click.argument("what", type=click.Choice(("new", "list")))
@click.argument("name", default="")
@click.option(
    "--from",
    "like",
    type=click.Choice(OURS),
    default=OURS[0],
    show_default=True,
    help="the theme to begin with",
)
@click.option(
    "--page", is_flag=True, help="the markup as well; usually a style sheet is enough"
)
@click.pass_obj
def theme(
    call: Call, what: str, name: str, like: str, *, page: bool
) -> action.ThemeResult:
    """Start a theme of your own, or list those that there are.

    "fallback theme new NAME" writes themes/NAME, with a README that says what a theme
    is made of. Nothing is overwritten.
    """
    config = load(call.site)
    if what == "list":
        return action.known(config)
    if not name:
        raise UsageError(
            T("a theme needs a name"),
            next=T("for example: fallback theme new my-theme"),
        )
    return action.begin(config, name, like, page=page)
