"""Measures one whole process: wall, CPU and peak memory, as the kernel counts them."""

import os
import subprocess
import tempfile
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
    with tempfile.TemporaryFile() as talk:
        process = subprocess.Popen(
            command, cwd=cwd, env=env, stdout=subprocess.DEVNULL, stderr=talk
        )
        peak = 0.0
        while not os.waitid(os.P_PID, process.pid, _PEEK):
            peak = max(peak, _peak(process.pid))
            time.sleep(0.001)
        wall = time.perf_counter() - start
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            talk.seek(0)
            said = talk.read().decode(errors="replace")[-2000:]
            raise RuntimeError(f"{command} failed: {said}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, peak)


_PEEK = os.WEXITED | os.WNOHANG | os.WNOWAIT


def _peak(pid: int) -> float:
    """Return the peak memory of a running process in MiB.

    Not ``ru_maxrss``: it begins with the size of the process that started this one.
    """
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    peaks = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(peaks[0].split()[1]) / 1024 if peaks else 0.0


def typical(command: Sequence[str], *, cwd: Path, runs: int) -> Cost:
    """Run *command* several times, after one to warm up; the median of each figure."""
    run(command, cwd=cwd)
    costs = [run(command, cwd=cwd) for _ in range(runs)]
    return Cost(
        median(cost.wall for cost in costs),
        median(cost.cpu for cost in costs),
        median(cost.memory for cost in costs),
    )
