"""The program as a process of its own: ``python -m fallback``, on loopback only."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryFile

from attrs import frozen

from tests.servers import s3, warm

ROOT = Path(__file__).parents[2]


@frozen
class Ended:
    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


def command(site: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "fallback", "-C", str(site), *words]


def environment(home: Path, **more: str) -> dict[str, str]:
    """Return an environment without this person's cloud, language and state."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "LC_", "LANG", "FALLBACK_", "XDG_"))
    }
    return {
        **kept,
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": str(home),
        "XDG_STATE_HOME": str(home / "state"),
        "LANG": "C.UTF-8",
        "AWS_EC2_METADATA_DISABLED": "true",
        "TEST_S3_KEY": s3.KEY,
        "TEST_S3_SECRET": s3.SECRET,
        **more,
    }


def fallback(
    site: Path, *words: str, under: Sequence[str] = (), timeout: float = 60, **more: str
) -> Ended:
    """Run the program on *site* to its end, below the program *under* if there is one.

    The code of a process that a signal ended is negative, as ``subprocess`` has it.
    What *more* tells the interpreter itself is told to a new one.
    """
    if not under and not any(name.startswith("PYTHON") for name in more):
        return _warm(site, words, environment(site.parent, **more), timeout)
    process = subprocess.run(
        [*under, *command(site, *words)],
        env=environment(site.parent, **more),
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=timeout,
        check=False,
        text=True,
        encoding="utf-8",
    )
    return Ended(process.returncode, process.stdout, process.stderr)


def _warm(
    site: Path, words: Sequence[str], environment: Mapping[str, str], timeout: float
) -> Ended:
    with (
        Path(os.devnull).open() as nothing,
        TemporaryFile("w+", encoding="utf-8") as out,
        TemporaryFile("w+", encoding="utf-8") as err,
    ):
        streams = [file.fileno() for file in (nothing, out, err)]
        own = ["-C", str(site), *words]
        code = warm.call(warm.door(), own, environment, streams, timeout)
        out.seek(0)
        err.seek(0)
        return Ended(code, out.read(), err.read())


def begun(site: Path, *words: str, **more: str) -> subprocess.Popen:
    """Start the program on *site*; whoever calls waits for it."""
    return subprocess.Popen(
        command(site, *words),
        env=environment(site.parent, **more),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
