"""``fallback redirect``, ``restore`` and ``prepare``: shown before they are made."""

import getpass
import os
import socket
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click
from attrs import evolve

from fallback.actions import prepare as in_peace
from fallback.actions import redirect as to_the_page
from fallback.actions import restore as to_the_shop
from fallback.actions.moving.moved import Moved
from fallback.actions.moving.order import Agree, Way
from fallback.actions.moving.planning import Planned, save
from fallback.actions.moving.surveying import By
from fallback.actions.site import load
from fallback.cli import summary
from fallback.cli.call import Call
from fallback.cli.language import say
from fallback.core.config import Config
from fallback.core.errors import FallbackError, Refused, UsageError
from fallback.core.records import Target
from fallback.core.redirect.gates import (
    PREPARE_ACCEPTS,
    REDIRECT_ACCEPTS,
    RESTORE_ACCEPTS,
    Code,
)
from fallback.core.redirect.saved_plan import LIFE
from fallback.core.settings import addresses, values
from fallback.core.text import Sayable, T, Text
from fallback.stores.journal import state_folder
from fallback.wire.clock import SystemClock

Read = TypeVar("Read")

PATIENCE = timedelta(minutes=15)
"""How long a person at a terminal is given to type records into a panel."""


Decorate = Callable[[Callable[..., Any]], Callable[..., Any]]


def options(*codes: Code) -> Decorate:
    """Return the options of everything that moves names; *codes* can be accepted."""
    return _all(
        click.option("--dry-run", is_flag=True, help="show the plan, change nothing"),
        click.option(
            "--confirm",
            metavar="DOMAIN",
            help="go on without a question; DOMAIN is the shop's own",
        ),
        click.option(
            "--accept",
            multiple=True,
            metavar="CODE",
            type=click.Choice([code.value for code in codes]),
            help="take over the refusal that shows CODE, on your own responsibility",
        ),
        click.option(
            "--wait",
            metavar="TIME",
            help="how long to wait for records that you type yourself: 15m",
        ),
    )


def _planning() -> Decorate:
    """Return the options of the moves that can be saved as a plan."""
    return _all(
        click.option("--reason", default="", metavar="TEXT", help="for the journal"),
        click.option(
            "--plan",
            metavar="FILE",
            type=click.Path(path_type=Path),
            help="change nothing, save the plan for: fallback apply FILE",
        ),
        click.option(
            "--expires",
            metavar="TIME",
            help="with --plan: how long it may be carried out (default: 24h)",
        ),
    )


_THROWN_AWAY = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")
"""Where a CI service keeps a checkout; when the run ends it is gone."""


def summed_up(command: Callable[..., Any]) -> Callable[..., Any]:
    """Return *command* so that a CI service's summary tells what it came to."""

    @wraps(command)
    def told(call: Call, /, **given: Any) -> Any:
        try:
            result = command(call, **given)
        except FallbackError as error:
            summary.told_why_not(error)
            raise
        if isinstance(result, Moved):
            summary.told_move(result, load(call.site))
        return result

    return told


def _all(*decorators: Decorate) -> Decorate:
    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(decorators):
            command = option(command)
        return command

    return decorate


@click.command
@options(*REDIRECT_ACCEPTS)
@_planning()
@click.pass_obj
@summed_up
def redirect(
    call: Call, /, confirm: str | None, plan: Path | None, **given: Any
) -> Moved | Planned:
    """Lead the shop's names to the page, after showing what will change.

    The page must answer for every name first; what is there now is kept for restore.
    """
    config = load(call.site)
    life = _life(plan, given.pop("expires"))
    if plan is not None:
        return _planned(call, to_the_page.WAY, config, plan, life, **given)
    return to_the_page.redirect(
        config,
        clock=SystemClock(),
        say=call.say,
        by=by(call, **given),
        agree=agreement(call, config, confirm),
    )


@click.command
@options(*RESTORE_ACCEPTS)
@_planning()
@click.option(
    "--to",
    multiple=True,
    metavar="ADDRESS",
    help="the shop has a new server: lead the names there; give each of its addresses",
)
@click.pass_obj
@summed_up
def restore(
    call: Call,
    /,
    confirm: str | None,
    plan: Path | None,
    to: tuple[str, ...],
    **given: Any,
) -> Moved | Planned:
    """Put the names back exactly as they were, once the shop itself answers.

    With --to they lead to the shop's new server, which has to answer at each address.
    """
    config = load(call.site)
    home = _read(addresses.home, to) if to else None
    life = _life(plan, given.pop("expires"))
    if plan is not None:
        if home is not None:
            to_the_shop.not_itself(config, home)
        return _planned(call, to_the_shop.WAY, config, plan, life, home, **given)
    return to_the_shop.restore(
        config,
        clock=SystemClock(),
        say=call.say,
        by=evolve(by(call, **given), home=home),
        agree=agreement(call, config, confirm),
    )


@click.command
@options(*PREPARE_ACCEPTS)
@click.option("--reason", default="", metavar="TEXT", help="for the journal")
@click.pass_obj
def prepare(call: Call, /, confirm: str | None, **given: Any) -> Moved:
    """Make a redirect fast and safe while all is well, after showing what will change.

    The TTLs of the names' records are lowered to that of fallback.toml. Where records
    are written one by one, a www that is a CNAME becomes an address record.
    """
    config = load(call.site)
    return in_peace.prepare(
        config,
        clock=SystemClock(),
        say=call.say,
        by=by(call, **given),
        agree=agreement(call, config, confirm),
    )


def _planned(
    call: Call,
    way: Way,
    config: Config,
    file: Path,
    life: timedelta,
    home: Target | None = None,
    **given: Any,
) -> Planned:
    if given["dry_run"]:
        raise UsageError(
            T("--plan saves what --dry-run only shows"),
            next=T("give one of the two"),
        )
    who = evolve(by(call, **given), home=home)
    return save(way, config, file, life=life, clock=SystemClock(), say=call.say, by=who)


def _life(plan: Path | None, expires: str | None) -> timedelta:
    if expires is None:
        return LIFE
    if plan is None:
        raise UsageError(T("--expires belongs to --plan"), next=T("add: --plan FILE"))
    return _read(values.span, expires)


def by(
    call: Call,
    *,
    dry_run: bool,
    accept: tuple[str, ...],
    wait: str | None,
    reason: str = "",
) -> By:
    """Return who moves, and how, from the options that all moves take."""
    return By(
        operator=f"{_user()}@{socket.gethostname()}",
        # what a shell gave in another charset must not keep the journal from being kept
        reason=reason.encode("utf-8", "replace").decode(),
        accept=accept,
        dry_run=dry_run,
        wait=_patience(call, wait),
        speak=say,
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user often has no name
        return "?"


def _patience(call: Call, wait: str | None) -> timedelta:
    if wait is None:
        return PATIENCE if call.may_ask else timedelta()
    return _read(values.span, wait)


def _read(reader: Callable[[Any], Read], written: Any) -> Read:
    """Return what an option says. Raises ``UsageError``."""
    try:
        return reader(written)
    except values.Wrong as wrong:
        raise UsageError(wrong.what, next=wrong.remedy) from wrong


def agreement(call: Call, config: Config, given: str | None) -> Agree:
    """Return what shows the plan and wants the domain typed, or *given*."""

    def agree(plan: Moved) -> None:
        must_outlive_this_run(config)
        for told in plan.told():
            call.say("plan", as_text(told))
        call.confirmed(config.shop.domain, given)

    return agree


def must_outlive_this_run(config: Config) -> None:
    """Raise ``Refused`` where the way back would be gone with this machine."""
    state = state_folder(config).resolve()
    for name in _THROWN_AWAY:
        checkout = os.environ.get(name)
        kept = config.state.kind != "folder"
        if checkout and not kept and state.is_relative_to(Path(checkout).resolve()):
            raise Refused(
                T("this machine is thrown away after the run, with the way back on it"),
                customers_see=T("no change: no record was touched"),
                next=T(
                    'set store = "s3://bucket/prefix" under [state] in fallback.toml,'
                    " or run it on a computer that stays"
                ),
            )


def as_text(told: Sayable) -> Text:
    """Return *told* as a sentence that can be said."""
    return told if isinstance(told, Text) else T("{line}", line=told)
