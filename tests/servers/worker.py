"""The generated worker, run by Node behind loopback HTTP: what a visitor would get.

Node has the same ``Request`` and ``Response`` as the vendor's runtime; the binding to
the assets is made here. ``make audit`` runs the same worker in the vendor's runtime.
"""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import need

_HARNESS = Path(__file__).with_suffix(".mjs")


@contextmanager
def running(fake, script: str) -> Iterator[str]:
    """Yield the address where *script* of *fake* answers, always its last version."""
    process = subprocess.Popen(
        [
            need.program("node"),
            "--experimental-vm-modules",  # text modules, as the vendor has them
            "--no-warnings",
            str(_HARNESS),
            f"http://127.0.0.1:{fake.port}/deployed/{script}",
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        port = process.stdout.readline().strip()
        assert port, "node did not start"
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
