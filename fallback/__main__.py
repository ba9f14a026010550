"""The program's door: from the shell's words to an exit code."""

import gc
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import NoReturn

from click.exceptions import Exit
from click.shell_completion import shell_complete

from fallback.cli import language, output
from fallback.cli.call import VARIABLE, Call
from fallback.cli.group import group


def run(words: Sequence[str]) -> int:
    """Carry out one call of the program and return its exit code; never raises."""
    _open_streams()
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, ValueError):  # a test's stream may be neither
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    own = list(words)
    if "--" in own:
        own = own[: own.index("--")]
    language.choose(english="--json" in own)
    # known before parsing, so that a parse error is JSON too
    call = Call(json="--json" in own, verbose="-v" in own or "--verbose" in own)
    try:
        return _carried_out(list(words), call)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the last resort
        return output.show_error(
            call.command, error, as_json=call.json, verbose=call.verbose
        )


def _carried_out(words: list[str], call: Call) -> int:
    commands = group()
    asked = os.environ.get(VARIABLE)
    if asked:
        return shell_complete(commands, {}, "fallback", VARIABLE, asked)
    # not click's main(): it would turn interrupts into its own words
    try:
        with commands.make_context("fallback", words, obj=call) as context:
            result = commands.invoke(context)
    except Exit as ended:  # --help and --version
        return ended.exit_code
    return output.show_result(call.command, result, as_json=call.json)


def _open_streams() -> None:
    """Give a caller who closed a standard stream (``<&-``, some cron) an empty one.

    In this order, so that each takes its own number back: otherwise the first file or
    connection we open would be what a child process takes for its standard input.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            nothing = Path(os.devnull).open(mode, encoding="utf-8")  # noqa: SIM115
            setattr(sys, name, nothing)


def _terminated(_number: int, _frame: FrameType | None) -> NoReturn:
    raise output.Terminated


def main() -> NoReturn:
    """Run the program on the shell's own words."""
    signal.signal(signal.SIGTERM, _terminated)
    # loading makes objects that stay: to look through them often finds nothing
    gc.set_threshold(50_000)
    code = run(sys.argv[1:])
    gc.freeze()  # nor does the interpreter, on its way out
    sys.exit(code)


if __name__ == "__main__":
    main()
