"""``fallback import``: bring an incident over from another status page."""

from pathlib import Path

import click

from fallback.actions.importing import (
    KINDS,
    ImportResult,
    Wanted,
    import_incident,
)
from fallback.actions.site import load
from fallback.cli.call import Call


@click.command("import")
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--incident",
    "which",
    default="",
    metavar="NUMBER",
    help="which one, 1 being the newest, or all; default: the newest that goes on",
)
@click.option(
    "--lang",
    "language",
    default="",
    metavar="CODE",
    help="the language it is told in",
)
@click.option("--dry-run", is_flag=True, help="show what would be written")
@click.pass_obj
def import_(
    call: Call, kind: str, path: Path, which: str, language: str, *, dry_run: bool
) -> ImportResult:
    """Bring an incident over from a cState site or a Statuspage export.

    PATH is the folder of the cState site, or the file that Statuspage's API gave
    (incidents.json). What has no place on our page is named; nothing is overwritten.
    """
    wanted = Wanted(kind, path, which, language.lower(), dry_run)
    return import_incident(load(call.site), wanted, say=call.say)
