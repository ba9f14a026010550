"""How a publish gets on, as people and machines see it while it goes on.

On a terminal each host has one line that is drawn over; a pipe, a log and a dumb
terminal get plain lines, and no animation. With ``--json`` each step is one JSON line.
No colour is used, so there is none to switch off.
"""

import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock

from attrs import define, field

from fallback.cli import output
from fallback.cli.call import Call
from fallback.cli.language import say as spoken
from fallback.core.result import Progress, Stage, Step, Talk, unseen
from fallback.core.text import T, Text

_BAR = 20
_PAUSE = 0.05
"""Seconds between two drawings of a bar that only grows."""
_SHOWN_BY_BARS = ("publishing", "host_done", "host_overdue")
_UP, _CLEAR = "\x1b[A", "\x1b[K"
"""Cursor up one line, and erase to the end of the line (ECMA-48: CUU, EL)."""


@contextmanager
def shown(call: Call) -> Iterator[tuple[Talk, Progress]]:
    """Yield where a publish says and shows what it does, as *call* wants it."""
    if call.quiet:
        yield call.say, unseen
    elif call.json:
        yield call.say, _json_step
    elif not lively():
        yield call.say, unseen
    else:
        bars = _Bars(call)
        try:
            yield bars.say, bars.step
        finally:
            bars.end()


def lively() -> bool:
    """Return whether stderr is a terminal on which lines can be drawn over."""
    dumb = os.environ.get("TERM", "dumb") in ("", "dumb")
    return sys.stderr.isatty() and not dumb and os.name != "nt"


def _json_step(host: str, step: Step) -> None:
    """Write one line when a host begins something; each file would be too many."""
    if step.stage is Stage.LOOKING:
        output.event("looking", T("{host}: looking as a visitor", host=host))


@define
class _Bars:
    """One line a host, drawn over in place; whatever else is said stands above them."""

    call: Call
    steps: dict[str, Step] = field(factory=dict)
    drawn: int = 0
    last: float = 0.0
    ended: bool = False
    lock: RLock = field(factory=RLock)

    def say(self, event: str, text: Text) -> None:
        """See ``fallback.core.result.Talk``."""
        if event in _SHOWN_BY_BARS:
            return
        with self.lock:
            self._wipe()
            self.call.say(event, text)
            self._draw()

    def step(self, host: str, step: Step) -> None:
        """See ``fallback.core.result.Progress``."""
        with self.lock:
            if self.ended:
                return  # a thread that was left behind
            before = self.steps.get(host, step)
            grown = host in self.steps and _kind(before) == _kind(step)
            self.steps[host] = step
            if grown and time.monotonic() < self.last + _PAUSE:
                return
            self.last = time.monotonic()
            self._wipe()
            self._draw()

    def end(self) -> None:
        """Leave the terminal as it was: the result says how it went."""
        with self.lock:
            self._wipe()
            self.ended = True

    def _wipe(self) -> None:
        """Erase the lines from the last one up; the cursor ends where they began."""
        self._write(f"{_UP}{_CLEAR}" * self.drawn)
        self.drawn = 0

    def _draw(self) -> None:
        width = shutil.get_terminal_size().columns
        label = max((len(host) for host in self.steps), default=0)
        rows = [row(host, step, width, label) for host, step in self.steps.items()]
        self._write("".join(f"{each}\n" for each in rows))
        self.drawn = len(rows)

    def _write(self, text: str) -> None:
        try:
            sys.stderr.write(text)
            sys.stderr.flush()
        except (BrokenPipeError, ValueError):
            self.ended = True  # the reader left; publishing goes on


def _kind(step: Step) -> tuple[Stage, bool]:
    """Return what a line is about; a new kind of line is drawn at once."""
    return step.stage, bool(step.of)


def row(host: str, step: Step, width: int, label: int) -> str:
    """Return the line of *host*: at most *width* - 1 columns, so that it never wraps.

    The bar shrinks first, then it goes; the label is cut last.
    """
    what = _said(step)
    room = width - 1 - len(what) - 2
    label = min(label, max(room, 4))
    bar = min(_BAR, room - label - 3)
    filled = _filled(step, bar)
    name = host[:label].ljust(label)
    drawn = f" [{'#' * filled}{'-' * (bar - filled)}]" if bar >= 5 else ""
    return f"{name}{drawn} {what}"[: width - 1]


def _filled(step: Step, bar: int) -> int:
    if step.stage in (Stage.LOOKING, Stage.DONE):
        return bar
    return bar * step.done // step.of if step.of else 0


def _said(step: Step) -> str:
    match step.stage:
        case Stage.WRITING if step.of:
            return f"{step.done}/{step.of}"
        case Stage.WRITING:
            return spoken(T("comparing"))
        case Stage.LOOKING:
            return spoken(T("looking"))
        case Stage.DONE:
            return spoken(T("done"))
        case _:
            return spoken(T("failed"))
