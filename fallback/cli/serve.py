"""``fallback serve``: the page as a customer gets it, live while it is edited."""

import click

from fallback.actions import serve as action
from fallback.actions.site import load
from fallback.cli import language
from fallback.cli.call import Call
from fallback.wire.clock import SystemClock


@click.command
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="where the page answers; 0 takes a free port",
)
@click.option(
    "--address",
    default="127.0.0.1",
    show_default=True,
    help="the address of this machine to answer at",
)
@click.option(
    "--status-port",
    type=click.IntRange(0, 65535),
    help="serve the status address too, which answers 200, on this port",
)
@click.pass_obj
def serve(
    call: Call, port: int, address: str, status_port: int | None
) -> action.ServeResult:
    """See the page as a customer gets it: 503 and Retry-After, live while you edit.

    At /_fallback/preview below its address, every state and language is shown to you
    beside what is to be mended.
    """
    return action.serve(
        load(call.site),
        address=address,
        port=port,
        status_port=status_port,
        reader=action.Reader(language.spoken(), language.say),
        say=call.say,
        clock=SystemClock(),
    )
