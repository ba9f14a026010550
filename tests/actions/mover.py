"""Runs the program in children that can be traced from their first instruction.

Importing costs a second; a fork does not. Each line on stdin is a command with its
arguments as a JSON list. The child says its process id and waits for one more line;
then it runs, and the parent says how it ended: ``ended CODE``, negative for a signal.
"""

import json
import os
import sys
from datetime import timedelta

from fallback.__main__ import run
from fallback.actions.moving import engine, evidence


def main() -> None:
    while line := _line():
        words = json.loads(line)
        child = os.fork()
        if child == 0:
            print(os.getpid(), flush=True)
            _line()
            out = os.open(os.devnull, os.O_WRONLY)
            os.dup2(out, 1)
            os._exit(run(words))
        _, status = os.waitpid(child, 0)
        print("ended", os.waitstatus_to_exitcode(status), flush=True)


def _line() -> bytes:
    """Read one line without a buffer, which parent and child would share."""
    found = b""
    while not found.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:
            return b""
        found += byte
    return found


if __name__ == "__main__":
    evidence.PAUSE = timedelta()  # two looks at the shop are two looks
    engine.CONTROL_PLANE = timedelta(seconds=1)  # so long for what was perhaps lost
    run(sys.argv[1:])  # once for the imports
    print("ready", flush=True)
    main()
