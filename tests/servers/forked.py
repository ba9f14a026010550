"""The program in forks of one process that has imported everything: a start in no time.

See ``tests.actions.mover``, which does the forking. Each run may be traced, from its
first instruction on, or be told apart by its process id to be killed at a moment.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen

from tests import need
from tests.servers.program import ROOT, environment


@frozen
class Forked:
    """``log`` holds what the runs said on stderr."""

    process: subprocess.Popen
    log: Path

    def run(self, *words, inject=(), trace=None, threads=True, begun=lambda pid: None):
        """Run ``fallback`` *words*; return its code, negative for a signal.

        *inject* are options of strace, whose output goes to *trace*; without *threads*
        it looks at the first one only. *begun* is told the process id before anything
        happens.
        """
        self._say(json.dumps([str(word) for word in words]))
        pid = self._line()
        begun(int(pid))
        follow = ("-f",) if threads else ()
        strace = self._strace(pid, (*follow, *inject), trace) if inject else None
        self._say("go")
        ended = self._line()
        if strace is not None:
            strace.wait(timeout=60)
            strace.stderr.close()
        assert ended.startswith("ended "), ended
        return int(ended.removeprefix("ended "))

    def _strace(self, pid, options, trace):
        strace = subprocess.Popen(
            [need.program("strace"), "-p", pid, "-o", trace, *options],
            stderr=subprocess.PIPE,
        )
        attached = strace.stderr.readline()
        assert b"attached" in attached, attached
        return strace

    def _line(self):
        return self.process.stdout.readline().decode().strip()

    def _say(self, text):
        self.process.stdin.write(text.encode() + b"\n")
        self.process.stdin.flush()


@contextmanager
def forked(home: Path, *first, **more: str) -> Iterator[Forked]:
    """Be ready to run the program until the block ends; *first* is run for its imports.

    State and settings of the user are below *home*; *more* is in the environment.
    """
    log = home / "forked.log"
    with log.open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.actions.mover", *(str(w) for w in first)],
            env=environment(home, **more),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
        )
    program = Forked(process, log)
    try:
        while program._line() != "ready":
            assert process.poll() is None, log.read_text()
        yield program
    finally:
        process.stdin.close()
        process.wait(timeout=20)
        process.stdout.close()
