"""``fallback build``: content and theme in, the finished site in a folder."""

from pathlib import Path

import click

from fallback.actions.build import BuildResult
from fallback.actions.build import build as action
from fallback.actions.site import load
from fallback.cli.call import Call


@click.command
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("public"),
    show_default=True,
    help="the folder to write, below the site folder",
)
@click.pass_obj
def build(call: Call, out: Path) -> BuildResult:
    """Make the page from content and theme, and write it into a folder."""
    config = load(call.site)
    return action(config, out=config.root / out, say=call.say)
