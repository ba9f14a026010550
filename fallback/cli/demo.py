"""``fallback demo``: the whole story in a minute on this machine."""

import click

from fallback.actions import demo as action
from fallback.cli.call import Call
from fallback.wire.clock import SystemClock


@click.command
@click.option("--keep", is_flag=True, help="go on until Ctrl-C, to look around")
@click.pass_obj
def demo(call: Call, *, keep: bool) -> action.DemoResult:
    """See a shop die, its customers be told, and the shop come back: nothing to set up.

    Shop, page and name server are small and on this machine; all else is the product.
    """
    return action.demo(keep=keep, say=call.say, clock=SystemClock())
