"""``fallback drill``: the whole way and back, before it is needed."""

from collections.abc import Sequence

import click

from fallback.actions import drill as action
from fallback.actions.drill import DrillResult
from fallback.actions.drilling import clearing
from fallback.actions.drilling.clearing import Cleared
from fallback.actions.drilling.lab import drill_in_lab
from fallback.actions.site import load
from fallback.cli import move
from fallback.cli.call import Call
from fallback.core.text import Sayable
from fallback.wire.clock import SystemClock


@click.command
@click.option(
    "--confirm",
    metavar="DOMAIN",
    help="go on without a question; DOMAIN is the shop's own",
)
@click.option(
    "--wait",
    metavar="TIME",
    help="how long to wait for records that you type yourself: 15m",
)
@click.option(
    "--lab",
    is_flag=True,
    help="with the shop's own names, in a copy of the zone on this machine",
)
@click.option(
    "--clear",
    is_flag=True,
    help="no drill: take away what another machine's left, once it was seen there"
    " unchanged for an hour",
)
@click.option("--no-publish", is_flag=True, help="leave the page as it is out there")
@click.pass_obj
def drill(
    call: Call,
    /,
    confirm: str | None,
    wait: str | None,
    *,
    lab: bool,
    clear: bool,
    no_publish: bool,
) -> DrillResult | Cleared:
    """Rehearse the whole way on a throw-away name of the real zone, and keep a report.

    Publish, gates, redirect, every name server, a visitor, restore, compare. No name of
    the shop is touched. What an interrupted drill left is taken back first. With --lab
    nothing real is touched at all.
    """
    if clear and (lab or no_publish):
        raise click.UsageError("--clear drills nothing: leave the other option out")
    config = load(call.site)
    by = move.by(call, dry_run=False, accept=(), wait=wait, reason="drill")
    if lab:
        return drill_in_lab(config, clock=SystemClock(), say=call.say, by=by)

    def agree(lines: Sequence[Sayable]) -> None:
        move.must_outlive_this_run(config)
        for line in lines:
            call.say("plan", move.as_text(line))
        call.confirmed(config.shop.domain, confirm)

    if clear:
        return clearing.clear(config, clock=SystemClock(), agree=agree)
    return action.drill(
        config,
        clock=SystemClock(),
        say=call.say,
        by=by,
        agree=agree,
        publish=not no_publish,
    )
