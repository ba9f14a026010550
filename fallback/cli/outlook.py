"""``fallback check DOMAIN`` and ``check --all FILE``: shops seen from outside."""

import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Any

import click
from attrs import frozen

from fallback.actions.outlook import check_domain
from fallback.actions.outlooks import check_list
from fallback.actions.site import network_of
from fallback.cli.call import Call
from fallback.cli.language import say, spoken
from fallback.cli.progress import lively
from fallback.core.config import Network
from fallback.core.errors import UsageError
from fallback.core.result import Result
from fallback.core.text import Sayable, T
from fallback.wire.clock import SystemClock

COLUMNS = 80


_FILE = click.Path(path_type=Path, dir_okay=False)

_OPTIONS = (
    click.argument("domain", required=False),
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
        help="with DOMAIN or --all: take resolvers and trust from [network] in this"
        " file",
    ),
)


def strangers(command: Callable[..., Result]) -> Callable[..., Result]:
    """Give *command* the argument and the options of ``check_strangers``."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def check_strangers(
    call: Call,
    *,
    strict: bool,
    domain: str | None,
    listed: Path | None,
    page: Path | None,
    table: Path | None,
    network: Path | None,
) -> Result | None:
    """Look from outside at *domain*, or at all that *listed* names; ``None``: neither.

    Raises ``UsageError`` for options that do not go together.
    """
    if listed is not None and domain is None and page is None:
        return _list(call, listed, strict=strict, table=table, network=network)
    if domain is not None and listed is None and table is None:
        return _one(call, domain, strict=strict, page=page, network=network)
    if domain or listed or page or table or network:
        raise UsageError(
            T("these do not go together"),
            next=T("fallback check kwiaty.example, or: fallback check --all shops.csv"),
        )
    return None


def _one(
    call: Call, domain: str, *, strict: bool, page: Path | None, network: Path | None
) -> Result:
    found = check_domain(
        domain,
        network=network_of(network) if network else Network(),
        now=SystemClock().now(),
        say=call.say,
        strict=strict,
        page=page,
        speak=say,
        language=spoken(),
    )
    return Wrapped(found)


def _list(
    call: Call, file: Path, *, strict: bool, table: Path | None, network: Path | None
) -> Result:
    with _counter(call) as tick:
        found = check_list(
            file,
            network=network_of(network) if network else Network(),
            now=SystemClock().now(),
            strict=strict,
            table=table,
            tick=tick,
            speak=say,
        )
    return Wrapped(found)


@contextmanager
def _counter(call: Call) -> Iterator[Callable[[int], None] | None]:
    """Yield what counts the shops on a terminal, in a line that is drawn over."""
    if call.quiet or call.json or not lively():
        yield None
        return
    done = count(1)
    lock = Lock()

    def tick(of: int) -> None:
        with lock:
            sys.stderr.write(f"\r{next(done)}/{of}\x1b[K")
            sys.stderr.flush()

    try:
        yield tick
    finally:
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()


@frozen
class Wrapped:
    """A result whose lines are broken where they would leave the screen."""

    result: Result

    @property
    def code(self) -> int:
        """See ``fallback.core.result.Result``."""
        return self.result.code

    def told(self) -> Iterator[Sayable]:
        """See ``fallback.core.result.Result``."""
        for line in map(say, self.result.told()):
            yield from wrapped(line)

    def as_json(self) -> Mapping[str, Any]:
        """See ``fallback.core.result.Result``."""
        return self.result.as_json()


def wrapped(line: str) -> list[str]:
    """Return *line* as lines of 80 columns at most, further ones indented by two.

    A word that is longer than that stays whole: it may be a command or an address.
    """
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    return textwrap.wrap(
        line,
        COLUMNS,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [""]
