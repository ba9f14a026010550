"""Other processes of our own program, for work that is long or not to be trusted.

A worker is this Python again, started anew: nothing is forked, so that threads and
locks of this process do no harm, and it goes the same way on every system. It is given
no environment, so it holds no secret. Questions and answers are JSON in frames over its
pipes. A worker that takes too long, or breaks, costs the question that it was asked.
"""

import json
import os
import sys
from collections.abc import Callable
from datetime import timedelta
from threading import Timer
from typing import IO, Any

_START = (
    "import sys, json; sys.path[:] = json.loads(sys.argv[1]);"
    " from importlib import import_module;"
    " import_module(sys.argv[2]).main()"
)
_INHERITED = ("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "PYTHONTZPATH")
"""What Python itself needs on Windows, and where time zones are."""
_MOST = 2**32


class Lost(Exception):
    """The worker is gone: it broke, was killed, or took too long."""


class Worker:
    """One process that runs ``main()`` of *module*; raises ``Lost`` if it cannot."""

    def __init__(self, module: str, *, most: int = _MOST) -> None:
        """Start it. An answer of more than *most* bytes is none."""
        self._most = most
        import subprocess  # a usual site asks nobody

        # isolated: neither the current folder nor the environment adds code to it
        command = [sys.executable, "-I", "-B", "-c", _START]
        env = {key: os.environ[key] for key in _INHERITED if key in os.environ}
        try:
            self._process = subprocess.Popen(
                [*command, json.dumps(sys.path), module],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=env,
            )
        except (OSError, ValueError) as error:
            raise Lost(str(error)) from error

    def ask(self, question: Any, within: timedelta) -> Any:
        """Return the answer to *question*; raises ``Lost`` when none comes *within*."""
        assert self._process.stdin
        assert self._process.stdout
        watch = Timer(within.total_seconds(), self._process.kill)
        watch.daemon = True
        watch.start()
        try:
            send(self._process.stdin, question)
            return receive(self._process.stdout, self._most)
        except (OSError, EOFError, ValueError, RecursionError) as error:
            self.end()
            raise Lost(type(error).__name__) from error
        finally:
            watch.cancel()

    def end(self) -> None:
        """Let the process go; may be called again."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                try:
                    pipe.close()
                except OSError:
                    continue  # it went before it had read everything
        self._process.wait()


def serve(answer: Callable[[Any], Any]) -> None:
    """Answer questions until there are no more: the whole ``main()`` of a worker."""
    asked, told = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # a stray print must not stand between frames
    while True:
        try:
            question = receive(asked)
        except EOFError:
            return
        send(told, answer(question))


def send(pipe: IO[bytes], value: Any) -> None:
    """Write *value* into *pipe* as one frame."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    pipe.write(len(body).to_bytes(4, "big") + body)
    pipe.flush()


def receive(pipe: IO[bytes], most: int = _MOST) -> Any:
    """Return the value of the next frame in *pipe*; raises ``EOFError`` at its end.

    Raises ``ValueError`` for a frame of more than *most* bytes, before it is read.
    """
    head = pipe.read(4)
    length = int.from_bytes(head, "big")
    if length > most:
        raise ValueError("the frame is too long")
    body = pipe.read(length)
    if len(head) < 4 or len(body) < length:
        raise EOFError
    return json.loads(body)
