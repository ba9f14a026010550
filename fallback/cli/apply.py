"""``fallback apply FILE``: what one person planned is carried out by another."""

from pathlib import Path
from typing import Any

import click

from fallback.actions.apply import Found, as_planned, find
from fallback.actions.moving.moved import Moved
from fallback.actions.moving.order import Agree
from fallback.actions.site import load
from fallback.cli.call import Call
from fallback.cli.move import agreement, by, options, summed_up
from fallback.core.config import Config
from fallback.core.redirect.gates import APPLY_ACCEPTS
from fallback.core.text import T
from fallback.wire.clock import SystemClock


@click.command
@click.argument("file", type=click.Path(path_type=Path))
@options(*APPLY_ACCEPTS)
@click.pass_obj
@summed_up
def apply(call: Call, /, file: Path, confirm: str | None, **given: Any) -> Moved:
    """Carry out exactly the plan in FILE, or refuse.

    It was saved by "fallback redirect --plan FILE" or "fallback restore --plan FILE".
    The gates are asked again, and every record has to be as it was then.
    """
    config = load(call.site)
    found = find(file)
    return as_planned(
        config,
        found,
        clock=SystemClock(),
        say=call.say,
        by=by(call, **given),
        agree=_agreement(call, config, found, confirm),
    )


def _agreement(call: Call, config: Config, found: Found, confirm: str | None) -> Agree:
    """Say whose plan it is, then show it and ask as the moves do."""
    shown = agreement(call, config, confirm)

    def agree(moved: Moved) -> None:
        plan = found.plan
        told = T(
            "plan {digest}, made by {operator} at {at}: {reason}",
            digest=plan.digest[:12],
            operator=plan.operator,
            at=plan.made_at.strftime("%Y-%m-%d %H:%M UTC"),
            reason=plan.reason or "-",
        )
        call.say("plan", told)
        shown(moved)

    return agree
