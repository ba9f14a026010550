"""Runs the program many times at the same moment, as so many people would.

Importing costs a second; a fork does not. Each line on stdin is a JSON list of runs:
``[environment, words, file]``, the last being where its stdout goes. All of them are
forked, and begin at once when the last one is ready; the answer is a JSON list of how
they ended, negative for a signal.
"""

import json
import os
import sys
from datetime import timedelta

from fallback.__main__ import run
from fallback.actions.moving import evidence


def main() -> None:
    for line in sys.stdin:
        waits, starts = os.pipe()
        children = [_child(waits, starts, *each) for each in json.loads(line)]
        os.close(waits)
        os.close(starts)  # the end of the file is what all of them wait for
        ended = [os.waitpid(child, 0)[1] for child in children]
        print(json.dumps([os.waitstatus_to_exitcode(status) for status in ended]))
        sys.stdout.flush()


def _child(
    waits: int, starts: int, environment: dict[str, str], words: list[str], file: str
) -> int:
    child = os.fork()
    if child:
        return child
    os.close(starts)
    os.environ.update(environment)
    os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644), 1)
    os.read(waits, 1)
    code = run(words)
    sys.stdout.flush()
    os._exit(code)


if __name__ == "__main__":
    evidence.PAUSE = timedelta()  # two looks at the shop are two looks
    run(sys.argv[1:])  # once for the imports
    print("ready", flush=True)
    main()
