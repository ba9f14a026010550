"""The one place that turns results and errors into words, JSON and exit codes.

stdout is the result, stderr the talk. With ``--json`` stdout is exactly one object, for
errors too. Whatever leaves is scrubbed of secrets and of characters that a terminal or
a log would obey.
"""

import errno
import json
import os
import re
import sys
import textwrap
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

import click

from fallback import __version__
from fallback.cli.language import escape, say, translate
from fallback.core.errors import (
    ConfigError,
    ContentError,
    FallbackError,
    UsageError,
)
from fallback.core.result import Result
from fallback.core.text import Paragraph, Sayable, T, Text
from fallback.wire.scrubbing import scrub

SCHEMA = 1
_COLUMNS = 80
_COMMAND = re.compile(r"fallback [a-z]+( --[a-z-]+)*( [a-z]+(-[a-z]+)+)?")
_GLUE = "\0"
_LABEL = re.compile(r" *[^ :]+: +")
_DISK = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT)
"""What a disk says that is full or not ours: no fault of the program."""

INTERRUPTED = 130
TERMINATED = 143


def line(stream: TextIO, text: str) -> OSError | None:
    """Write one line to *stream*, scrubbed; return what a full disk says to it.

    Whoever reads the log of a redirect must not be able to stop it: from then on the
    stream leads nowhere. A reader who left (head, less) is not even an error.
    """
    try:
        stream.write(scrub(text) + "\n")
        stream.flush()
    except OSError as error:
        # Python would complain once more when it flushes at exit
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        return None if isinstance(error, BrokenPipeError) else error
    return None


def event(name: str, text: Text) -> None:
    """Write one JSON line about what is going on to stderr, in English."""
    line(sys.stderr, _dumped({"event": name, "text": str(text)}))


def show_result(command: str, result: Result, *, as_json: bool) -> int:
    """Print *result* and return its exit code; 1 for one that could not be written."""
    if as_json:
        own = _plain(result.as_json())
        lines = [_dumped(_frame(command, result.code) | own)]
    else:
        lines = [each for told in result.told() for each in folded(told)]
    lost = [error for each in lines if (error := line(sys.stdout, each))]
    if not lost:
        return result.code
    for told in error_lines(_unwritten(lost[0])):
        line(sys.stderr, told)
    return result.code or 1


def folded(told: Sayable) -> list[str]:
    """Return *told* as lines; a paragraph's are no longer than a terminal is wide.

    A command of ours stays whole, as does what has no space in it, such as an address:
    they are there to be copied.
    """
    said = say(told)
    if not isinstance(told, Paragraph):
        return [said]
    label = _LABEL.match(said)
    hang = told.hang or (label.end() if label else 0)
    lines = textwrap.wrap(
        _COMMAND.sub(lambda found: found[0].replace(" ", _GLUE), said),
        _COLUMNS,
        subsequent_indent=" " * hang,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [each.replace(_GLUE, " ") for each in lines]


def show_error(
    command: str, error: BaseException, *, as_json: bool, verbose: bool
) -> int:
    """Say what happened, what customers see and what to do next; return the code."""
    if verbose and not isinstance(error, KeyboardInterrupt | click.Abort):
        for row in _traced(error):
            for told in row.rstrip("\n").split("\n"):
                line(sys.stderr, escape(told))
    known, code = _known(command, error)
    if as_json:
        line(sys.stdout, _dumped(_frame(command, code) | _error_json(known)))
    else:
        for told in error_lines(known):
            line(sys.stderr, told)
    return code


def _known(command: str, error: BaseException) -> tuple[FallbackError, int]:
    """Return *error* as one of ours, and its exit code."""
    if isinstance(error, FallbackError):
        return error, error.code
    if isinstance(error, click.UsageError):
        said = " ".join(error.format_message().split())  # click breaks lines
        text = said[:1].lower() + said[1:].rstrip(".")
        path = error.ctx.command_path if error.ctx else "fallback"
        return UsageError(text, next=T("see: {command}", command=f"{path} --help")), 2
    if isinstance(error, Terminated):
        return FallbackError(T("asked to end, and ended")), TERMINATED
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return (
            FallbackError(
                T("interrupted"),
                next=T("run the same command again: it finishes what was begun"),
            ),
            INTERRUPTED,
        )
    if isinstance(error, OSError) and error.errno in _DISK:
        return (_disk(error) if error.filename else _unwritten(error)), 1
    return _surprise(command, error), 1


def _disk(error: OSError) -> FallbackError:
    return FallbackError(
        T(
            "{file} cannot be used: {why}",
            file=str(error.filename),
            why=str(error.strerror),
        ),
        customers_see=T("whatever was published before: nothing was taken away"),
        next=T("see who may write there and whether there is room, and run it again"),
    )


def _unwritten(error: OSError) -> FallbackError:
    return FallbackError(
        T("what there is to say cannot be written: {why}", why=str(error.strerror)),
        customers_see=T("what the command has done; nothing was taken back"),
        next=T("make room, then see how things are with: fallback status"),
    )


def _surprise(command: str, error: BaseException) -> FallbackError:
    detail = f"{type(error).__name__}: {error}"
    return FallbackError(
        T("something in fallback itself went wrong ({detail})", detail=detail),
        customers_see=T("whatever was published before: nothing was taken away"),
        next=T(
            "run the same command again; if it stays, report the file {file}",
            file=str(_report(command, error)),
        ),
    )


def _report(command: str, error: BaseException) -> Path:
    """Write down what a developer needs to know, without secrets; return where."""
    # loaded for a surprise only: --help has to answer at once
    import platform
    import tempfile

    facts = (
        f"fallback {__version__}, command {command}\n"
        f"Python {platform.python_version()} on {platform.platform()}\n\n"
    )
    try:
        handle, name = tempfile.mkstemp(prefix="fallback-", suffix=".txt")
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as file:
            file.write(scrub(facts + "".join(_traced(error))))
    except OSError:
        return Path("(the disk is full)")
    return Path(name)


def _traced(error: BaseException) -> list[str]:
    import traceback  # loaded for a surprise only

    return traceback.format_exception(error)


class Terminated(KeyboardInterrupt):
    """SIGTERM arrived: end as for Ctrl-C, releasing locks and child processes."""


def error_lines(error: FallbackError) -> Iterator[str]:
    """Yield what happened, what customers see and what to do, as the owner reads."""
    for problem in getattr(error, "problems", ()):
        yield from map(say, problem.told())
    yield f"fallback: {say(error.what)}"
    if error.customers_see:
        yield f"  {translate('customers see')}: {say(error.customers_see)}"
    if error.next:
        yield f"  {translate('next')}: {say(error.next)}"


def _error_json(error: FallbackError) -> dict[str, Any]:
    def spoken(sentence: Sayable | None) -> str | None:
        return None if sentence is None else scrub(str(sentence))

    found: dict[str, Any] = {
        "error": {
            "what": spoken(error.what),
            "customers_see": spoken(error.customers_see),
            "next": spoken(error.next),
        }
    }
    if isinstance(error, ConfigError | ContentError) and error.problems:
        found["problems"] = [problem.as_json() for problem in error.problems]
    return found


def _frame(command: str, code: int) -> dict[str, Any]:
    return {"schema": SCHEMA, "command": command, "ok": code == 0, "code": code}


def _plain(value: Any) -> Any:
    """Return *value* with every string scrubbed before JSON hides how it is spelled."""
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, Text):
        return scrub(str(value))
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value


def _dumped(body: Mapping[str, Any]) -> str:
    # ASCII, so that no terminal, log or code page can spoil what a machine reads
    return json.dumps(_plain(body), ensure_ascii=True)
