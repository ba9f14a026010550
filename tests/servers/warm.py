"""The program as a process of its own that has nothing left to import.

One process for each worker of the tests imports the whole program once and waits. Every
run is a fork of it, with the caller's words, environment, folder and streams; whatever
it keeps in memory ends with it. Half a second of processor time a run is saved, and
that is most of a short run.

Its messages: the caller sends its three streams as descriptors with the length of a
JSON object, and then the object; it hears the process id in one line, and the code in
the next, negative for a signal.
"""

import atexit
import gc
import importlib
import json
import os
import pkgutil
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NoReturn

_LATE = ("boto3", "cloudflare", "dns.query", "dns.resolver", "dns.update", "dns.zone",
         "jinja2", "markdown", "paramiko")  # fmt: skip
"""What the program imports on first use."""


def call(
    at: str,
    words: Sequence[str],
    environment: Mapping[str, str],
    streams: Sequence[int],
    timeout: float | None = None,
) -> int:
    """Run ``fallback`` *words* at the socket *at*; return its code.

    Raises ``TimeoutError`` after *timeout* seconds, when it has been killed.
    """
    said = [list(words), dict(environment), str(Path.cwd())]
    body = json.dumps(said).encode()
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(at)
        socket.send_fds(line, [b"%8d" % len(body)], list(streams))
        line.sendall(body)
        line.settimeout(timeout)
        answers = line.makefile("r")
        pid = int(answers.readline())
        try:
            return int(answers.readline())
        except TimeoutError:
            os.kill(pid, signal.SIGKILL)
            raise


@cache
def door() -> str:
    """Return the socket of this worker's own process, which ends with the worker."""
    folder = tempfile.mkdtemp(prefix="warm")
    atexit.register(shutil.rmtree, folder)
    at = str(Path(folder) / "door")
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.servers.warm", at],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "LANG": "C.UTF-8"},
    )
    atexit.register(process.communicate)  # it ends when its input does
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return at


def client(at: str) -> str:
    """Return a script that is ``fallback`` to whoever finds it among programs."""
    return f"""#!{sys.executable} -S
import os, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from warm import call
code = call({at!r}, sys.argv[1:], os.environ, (0, 1, 2))
if code < 0:
    os.kill(os.getpid(), -code)
sys.exit(code)
"""


def _serve(at: str) -> None:
    from fallback import __path__ as package

    for module in pkgutil.walk_packages(package, "fallback."):
        importlib.import_module(module.name)
    for name in _LATE:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # a fork that collects nothing copies nothing
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(at)
        listener.listen(32)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the keepers
        print("ready", flush=True)
        while True:
            ready, _, _ = select.select([listener, sys.stdin], [], [])
            if listener not in ready:
                return
            line, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                _keep(line)
            line.close()


def _keep(line: socket.socket) -> None:
    """Run what *line* asks for in a fork of this fork, and tell how that ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    length, streams, _, _ = socket.recv_fds(line, 8, 3)
    body = line.recv(int(length), socket.MSG_WAITALL)
    child = os.fork()
    if child == 0:
        line.close()
        words, environment, folder = json.loads(body)
        _run(words, environment, folder, streams)
    for stream in streams:
        os.close(stream)
    line.sendall(b"%d\n" % child)
    _, status = os.waitpid(child, 0)
    line.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))
    os._exit(0)


def _run(
    words: list[str], environment: dict[str, str], folder: str, streams: Sequence[int]
) -> NoReturn:
    """Become the program, from its door to the interpreter's own end."""
    from fallback.__main__ import main

    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    sys.argv = ["fallback", *words]
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False, buffering=1)
    main()


if __name__ == "__main__":
    _serve(sys.argv[1])
