"""``fallback watch``: look after the shop, for ever or once."""

import click

from fallback.actions import watch as action
from fallback.actions.site import load
from fallback.cli.call import Call
from fallback.cli.language import say
from fallback.wire.clock import SystemClock


@click.command
@click.option(
    "--once", is_flag=True, help="look once and end: for cron, CI, serverless"
)
@click.pass_obj
def watch(call: Call, *, once: bool) -> action.WatchResult:
    """Look after the shop: see it die, say so, and lead its names there and back.

    With mode "ask" it only says what to type. Exits with 10 while the shop is down.
    """
    go = action.once if once else action.watch
    return go(load(call.site), say=call.say, clock=SystemClock(), speak=say)
