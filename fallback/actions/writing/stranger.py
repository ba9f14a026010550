"""Strangers' templates: filled in by a process of their own, which has little of all.

A theme that an owner got from somebody may hold anything that Jinja's sandbox allows:
loops that never end, texts that fill the memory. In its own process, without secrets
and under the kernel's limits, it costs itself, and the live page stays. What it answers
passes the same gate as every page. Our own themes pay for none of this.
"""

import signal
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from time import monotonic
from typing import Any

from fallback.page.themes.sandbox import MOST_LETTERS, Broken, Sandbox, TooLong
from fallback.wire import crew

SECONDS = 3
"""CPU time for one page, where the system counts it."""
PATIENCE = timedelta(seconds=10)
"""How long a build waits for a stranger in all, besides what each page adds."""
_A_PAGE = timedelta(milliseconds=200)
_MEMORY = 384 * 1024**2
_MOST_BYTES = 4 * MOST_LETTERS + 1024
"""A letter has at most four bytes, and JSON escapes none that a page holds often."""

_NAME = "fallback.actions.writing.stranger"


def main() -> None:
    """Be the process that fills in: what ``fallback.wire.crew`` starts."""
    _confine()
    made: list[Sandbox] = []

    def answer(question: Any) -> Any:
        files, view = question
        _allow_seconds()
        try:
            if files is not None:
                made.append(Sandbox(files))
            return {"page": made[0](view)}
        except Broken as broken:
            return {"why": broken.why, "file": broken.file, "line": broken.line}

    crew.serve(answer)


def _confine() -> None:
    """Take from this process what filling in a template does not need."""
    try:
        import resource
    except ImportError:  # Windows: only the clock on the wall
        return
    limits = {"AS": _MEMORY, "FSIZE": 0, "CORE": 0, "NPROC": 0}
    for name, most in limits.items():
        with suppress(OSError, ValueError, AttributeError):
            resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (most, most))
    signal.signal(signal.SIGXCPU, _interrupt)


def _interrupt(number: int, frame: object) -> None:  # noqa: ARG001 - signal's
    raise TooLong


def _allow_seconds() -> None:
    """Allow as much for the next page: first a signal, a second later the end.

    CPU time is counted from the start of a process.
    """
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = int(used.ru_utime + used.ru_stime) + SECONDS
    with suppress(OSError, ValueError):  # whoever started us may have set less
        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        resource.setrlimit(resource.RLIMIT_CPU, (until, hard))


class Stranger:
    """Fills in the template of *files* elsewhere; calling it raises ``Broken``.

    Whoever makes one ends it.
    """

    def __init__(self, files: Mapping[str, str], *, module: str = _NAME) -> None:
        """Start the process, so that it is ready when it is asked."""
        self._files: Mapping[str, str] | None = files
        self._left = PATIENCE
        try:
            self._worker = crew.Worker(module, most=_MOST_BYTES)
        except crew.Lost as lost:
            raise Broken(f"it needs a process of its own: {lost}") from lost

    def __call__(self, view: Mapping[str, Any]) -> str:
        """Return the page that shows *view*, within what is left of the patience."""
        begun = monotonic()
        try:
            told = self._worker.ask([self._files, view], self._left)
        except crew.Lost:
            raise Broken(self._reason(begun)) from None
        self._files = None
        self._left += _A_PAGE - timedelta(seconds=monotonic() - begun)
        match told:
            case {"page": str() as page}:
                return page
            case {"why": str() as why, "file": str() as file, "line": int() as line}:
                raise Broken(why[:200], file[:200], line)
        raise Broken("it answers with something else than a page")

    def _reason(self, begun: float) -> str:
        if monotonic() - begun >= self._left.total_seconds():
            return f"it takes longer than {PATIENCE.total_seconds():.0f} seconds"
        return "it needs more time or memory than a page may, and was stopped"

    def end(self) -> None:
        """Let the process go; may be called again."""
        self._worker.end()
