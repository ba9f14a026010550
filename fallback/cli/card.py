"""``fallback card`` and ``fallback kit``: what works when nothing else does."""

from pathlib import Path

import click

from fallback.actions import card as action
from fallback.actions import kit as whole
from fallback.actions.card import CardResult
from fallback.actions.kit import KitResult
from fallback.actions.site import load
from fallback.cli.call import Call
from fallback.cli.language import choose, say, spoken
from fallback.page.sheets.kit import CARD_FILE, KIT_FILE
from fallback.wire.clock import SystemClock


@click.command
@click.option(
    "--out",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path(CARD_FILE),
    help="where to write the card (default: emergency-card.html)",
)
@click.option("--text", is_flag=True, help="print it as plain text instead")
@click.option("--offline", is_flag=True, help="ask nobody: the records as last seen")
@click.pass_obj
def card(call: Call, out: Path, *, text: bool, offline: bool) -> CardResult:
    """Write the emergency card: one page to print, for the day on which nothing works.

    Who decides, where the logins are, the commands, and the exact records to type.
    """
    config = load(call.site)
    choose()  # with --json, too, people read it
    return action.card(
        config,
        now=SystemClock().now(),
        speak=say,
        language=spoken(),
        out=None if text else config.root / out,
        say=call.say,
        ask=not offline,
    )


@click.command
@click.option(
    "--out",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path(KIT_FILE),
    help="where to write the kit (default: emergency-kit.zip)",
)
@click.option("--offline", is_flag=True, help="ask nobody: the records as last seen")
@click.pass_obj
def kit(call: Call, out: Path, *, offline: bool) -> KitResult:
    """Write one zip that is of use without this program: card, page, messages, records.

    It holds no secret. Keep it where it does not die with the shop.
    """
    config = load(call.site)
    choose()  # with --json, too, people read it
    return whole.kit(
        config,
        config.root / out,
        now=SystemClock().now(),
        speak=say,
        language=spoken(),
        say=call.say,
        ask=not offline,
    )
