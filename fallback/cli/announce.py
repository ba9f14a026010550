"""``fallback announce``: the same words, for every other channel."""

import click

from fallback.actions import announce as action
from fallback.actions.site import load
from fallback.cli.call import Call
from fallback.wire.clock import SystemClock


@click.command
@click.argument("channels", metavar="[CHANNEL]...", nargs=-1)
@click.option(
    "--lang",
    "language",
    default="",
    metavar="CODE",
    help="only in this language (default: in each that the shop speaks)",
)
@click.pass_obj
def announce(
    call: Call, /, channels: tuple[str, ...], language: str
) -> action.AnnounceResult:
    """Print the messages for social networks, mail and phone, ready to be copied.

    CHANNEL is social, mail, phone, autoreply or staff; without it all are printed.
    Nothing is sent. One message in one language comes without a heading.
    """
    return action.announce(load(call.site), channels, language, now=SystemClock().now())
