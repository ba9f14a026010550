"""``fallback check``: is everything ready, and what is not."""

import click

from fallback.actions import check as action
from fallback.actions.site import load
from fallback.cli.call import Call
from fallback.wire.clock import SystemClock


@click.command
@click.option("--strict", is_flag=True, help="a warning counts as not ready, too")
@click.pass_obj
def check(call: Call, *, strict: bool) -> action.CheckResult:
    """See whether the fallback would work if the shop died now, and what to mend."""
    return action.check(
        load(call.site), now=SystemClock().now(), say=call.say, strict=strict
    )
