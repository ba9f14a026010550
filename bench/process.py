"""Measures one whole process: wall, CPU and peak memory, as the kernel counts them."""

import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from attrs import frozen


@frozen
class Cost:
    """What one run cost: seconds of wall and CPU time, peak resident memory in MiB."""

    wall: float
    cpu: float
    memory: float


def run(command: Sequence[str], *, cwd: Path) -> Cost:
    """Run *command* once, with its children; raises when it fails."""
    # an installed program finds its bytecode; this setting would compile it each time
    env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    assert process.stderr is not None
    talk = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command} failed: {talk.decode(errors='replace')[-2000:]}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def typical(command: Sequence[str], *, cwd: Path, runs: int) -> Cost:
    """Run *command* several times, after one to warm up; the median of each figure."""
    run(command, cwd=cwd)
    costs = [run(command, cwd=cwd) for _ in range(runs)]
    return Cost(
        median(cost.wall for cost in costs),
        median(cost.cpu for cost in costs),
        median(cost.memory for cost in costs),
    )
