"""A person at a real terminal: the program behind a pty, asked and answered."""

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator, Sequence
from pathlib import Path

from attrs import define

ROOT = Path(__file__).parents[2]
CTRL_C = b"\x03"
CTRL_D = b"\x04"
_LONGEST = 60
"""Seconds until a question that never comes is a failure; nothing waits for it."""

_MOST = 50
"""Questions; a person who is asked the same for ever gives up."""


@define
class Terminal:
    """The program as a person sees it; ``seen`` is everything on the screen so far."""

    process: subprocess.Popen[bytes]
    screen: int
    seen: str = ""
    at: int = 0
    """How much of ``seen`` the person has read."""
    asked: int = 0

    def until(self, text: str) -> str:
        """Wait until *text* stands on the screen; return what came before it."""
        while (found := self.seen.find(text, self.at)) < 0:
            assert self._read(), f"{text!r} did not come; there is:\n{self.seen}"
        before, self.at = self.seen[self.at : found], found + len(text)
        return before

    def question(self) -> str:
        """Wait for the next question; return its line, with what Enter would take."""
        while not (found := re.search(r"(?m)^.*: \Z", self.seen[self.at :])):
            if not self._read():
                return ""
        self.at = len(self.seen)
        self.asked += 1
        assert self.asked < _MOST, f"it asks for ever:\n{self.seen}"
        return found[0].strip()

    def type(self, text: str) -> None:
        """Type *text* and press Enter."""
        self.press(f"{text}\n".encode())

    def press(self, keys: bytes) -> None:
        os.write(self.screen, keys)

    def ended(self) -> int:
        """Wait for the end; return the exit code."""
        while self._read():
            pass
        return self.process.wait(_LONGEST)

    def hang_up(self) -> None:
        """Close the window, as a person does who has had enough."""
        os.close(self.screen)
        self.screen = -1
        self.process.wait(_LONGEST)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(_LONGEST)

    def _read(self) -> bool:
        """Read what comes next; false at the end. Fails when nothing ever comes."""
        ready, _, _ = select.select([self.screen], [], [], _LONGEST)
        assert ready, f"nothing happens; there is:\n{self.seen}"
        try:
            came = os.read(self.screen, 65536)
        except OSError:  # Linux says so when the program has gone
            return False
        self.seen += came.decode("utf-8", "replace").replace("\r\n", "\n")
        return bool(came)


@contextlib.contextmanager
def opened(
    words: Sequence[str], folder: Path, **environment: str
) -> Iterator[Terminal]:
    """Run the program with *words* at a terminal of its own, in *folder*."""
    mine, theirs = pty.openpty()
    settings = termios.tcgetattr(theirs)
    settings[3] &= ~termios.ECHO  # what is typed is not what is said
    termios.tcsetattr(theirs, termios.TCSANOW, settings)
    process = subprocess.Popen(
        [sys.executable, "-m", "fallback", *words],
        cwd=folder,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        preexec_fn=_own_terminal,  # noqa: PLW1509 - nothing in it takes a lock
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "80", **environment},
    )
    os.close(theirs)
    terminal = Terminal(process, mine)
    try:
        yield terminal
    finally:
        with contextlib.suppress(OSError):
            process.kill()
        process.wait(_LONGEST)
        if terminal.screen >= 0:
            os.close(mine)


def _own_terminal() -> None:
    """Make the terminal the program's own: Ctrl-C and a closed window reach it."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
