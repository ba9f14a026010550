"""``fallback check DOMAIN`` and ``check --all FILE``: shops seen from outside."""

import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Any

from attrs import frozen

from fallback.actions.outlook import check_domain
from fallback.actions.outlooks import check_list
from fallback.actions.site import network_of
from fallback.cli.call import Call
from fallback.cli.language import say, spoken
from fallback.cli.progress import lively
from fallback.core.config import Network
from fallback.core.result import Result
from fallback.core.text import Sayable
from fallback.wire.clock import SystemClock

COLUMNS = 80


def check_stranger(
    call: Call, domain: str, *, strict: bool, page: Path | None, network: Path | None
) -> Result:
    """Look at *domain* from outside, as *call* wants it said."""
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


def check_strangers(
    call: Call, file: Path, *, strict: bool, table: Path | None, network: Path | None
) -> Result:
    """Look at every shop that *file* names, as *call* wants it said."""
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
