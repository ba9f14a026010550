"""``fallback check DOMAIN`` and ``check --all FILE``: shops seen from outside."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Any

import click

from fallback.actions.outlook import check_domain
from fallback.actions.outlooks import check_list
from fallback.actions.site import network_of
from fallback.cli.call import Call
from fallback.cli.language import choose, say, spoken
from fallback.cli.progress import lively
from fallback.core.config import Network
from fallback.core.errors import UsageError
from fallback.core.result import Result
from fallback.core.text import T
from fallback.wire.clock import SystemClock

_EVERY = 10
"""Shops between two lines of a log."""
_FILE = click.Path(path_type=Path, dir_okay=False)


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give *command* the options that go with a domain; each is a file."""
    for option in reversed(
        (
            click.option(
                "--all",
                "listed",
                type=_FILE,
                metavar="FILE.csv",
                help="look at every DOMAIN of a list: a line a shop, the worst first",
            ),
            click.option(
                "--page",
                type=_FILE,
                metavar="FILE.html",
                help="with DOMAIN: write one page to share and to print",
            ),
            click.option(
                "--csv",
                "table",
                type=_FILE,
                metavar="FILE.csv",
                help="with --all: write it as a table, too",
            ),
            click.option(
                "--network",
                type=_FILE,
                metavar="FILE",
                help="with DOMAIN or --all: take resolvers and trust from [network] in"
                " this file",
            ),
        )
    ):
        command = option(command)
    return command


def outlook(  # noqa: PLR0913 - each is one option of the command
    call: Call,
    domain: str | None,
    *,
    strict: bool,
    alone: bool,
    listed: Path | None = None,
    page: Path | None = None,
    table: Path | None = None,
    network: Path | None = None,
) -> Result:
    """Look at *domain*, or at every shop that the file *listed* names, from outside.

    *alone*: no option that is about a site was given. Raises ``UsageError`` for what
    does not go together.
    """
    fits_one = domain is not None and listed is None and table is None
    fits_list = domain is None and listed is not None and page is None
    if not alone or not (fits_one or fits_list):
        raise UsageError(
            T("these do not go together"),
            next=T("fallback check kwiaty.example, or: fallback check --all shops.csv"),
        )
    known = network_of(network) if network else Network()
    if page or table:
        choose()  # with --json, too, people read these
    if listed is None:
        return check_domain(
            domain or "",
            network=known,
            now=SystemClock().now(),
            say=call.say,
            strict=strict,
            page=page,
            speak=say,
            language=spoken(),
        )
    with _counter(call) as tick:
        return check_list(
            listed,
            network=known,
            now=SystemClock().now(),
            say=call.say,
            strict=strict,
            table=table,
            tick=tick,
            speak=say,
        )


@contextmanager
def _counter(call: Call) -> Iterator[Callable[[int], None] | None]:
    """Yield what counts the shops: on a terminal in a line that is drawn over."""
    done = count(1)
    lock = Lock()

    def told(of: int) -> None:
        with lock:
            now = next(done)
            if call.json or now % _EVERY == 0 or now == of:
                seen = T("{now} of {all} shops looked at", now=now, all=of)
                call.say("progress", seen)

    if call.quiet or call.json or not lively():
        yield None if call.quiet else told
        return

    def tick(of: int) -> None:
        with lock:
            sys.stderr.write(f"\r{next(done)}/{of}\x1b[K")
            sys.stderr.flush()

    try:
        yield tick
    finally:
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()
