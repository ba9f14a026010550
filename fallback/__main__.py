"""The program's door: from the shell's words to an exit code."""

import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from types import FrameType
from typing import NoReturn

from fallback.cli import language, output
from fallback.cli.call import Call
from fallback.cli.group import group


def run(words: Sequence[str]) -> int:
    """Carry out one call of the program and return its exit code; never raises."""
    language.choose()
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, ValueError):  # a test's stream may be neither
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    own = list(words)
    if "--" in own:
        own = own[: own.index("--")]
    # known before parsing, so that a parse error is JSON too
    call = Call(json="--json" in own, verbose="-v" in own or "--verbose" in own)
    try:
        result = group().main(
            list(words), prog_name="fallback", standalone_mode=False, obj=call
        )
        if result is None or isinstance(result, int):  # --help and --version exit
            return result or 0
        return output.show_result(call.command, result, as_json=call.json)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the last resort
        return output.show_error(
            call.command, error, as_json=call.json, verbose=call.verbose
        )


def _terminated(_number: int, _frame: FrameType | None) -> NoReturn:
    raise output.Terminated


def main() -> NoReturn:
    """Run the program on the shell's own words."""
    signal.signal(signal.SIGTERM, _terminated)
    code = run(sys.argv[1:])
    sys.exit(code)


if __name__ == "__main__":
    main()
