"""``fallback check``: is everything ready, and what is not."""

import click

from fallback.actions import check as action
from fallback.actions import policy as rights
from fallback.actions.check import CheckResult
from fallback.actions.policy import PolicyResult
from fallback.actions.site import load
from fallback.cli.call import Call
from fallback.wire.clock import SystemClock


@click.command
@click.option("--strict", is_flag=True, help="a warning counts as not ready, too")
@click.option(
    "--policy",
    is_flag=True,
    help="say instead what a stolen DNS credential could do, and print the narrowest",
)
@click.pass_obj
def check(call: Call, *, strict: bool, policy: bool) -> CheckResult | PolicyResult:
    """See whether the fallback would work if the shop died now, and what to mend."""
    if policy:
        return rights.policy(load(call.site))
    return action.check(
        load(call.site), now=SystemClock().now(), say=call.say, strict=strict
    )
