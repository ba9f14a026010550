"""``fallback status``, and the bare ``fallback``: where things stand."""

import click

from fallback.actions import status as action
from fallback.actions.site import load
from fallback.cli.call import Call
from fallback.wire.clock import SystemClock


@click.command
@click.pass_obj
def status(call: Call) -> action.StatusResult:
    """Say where the site stands, and what would happen if the shop died now.

    Exits with 10 while the last look says that the shop is down.
    """
    return action.status(load(call.site), now=SystemClock().now())


@click.command
@click.pass_obj
def standing(call: Call) -> action.StatusResult | action.Welcome:
    """Say where things stand in one screen, and the one next command."""
    if not action.is_site(call.site):
        return action.Welcome(call.site.absolute())
    return action.status(load(call.site), now=SystemClock().now())
