"""Measures a whole command, children and all: wall, CPU and peak memory.

Memory is the sum over all processes that live at the same time, so that what they share
is counted more than once: whoever works on several cores does not look smaller for it.
"""

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from statistics import median

from attrs import frozen


@frozen
class Cost:
    """What one run cost: seconds of wall and CPU time, peak resident memory in MiB."""

    wall: float
    cpu: float
    memory: float


def run(command: Sequence[str], *, cwd: Path, fine: Collection[int] = (0,)) -> Cost:
    """Run *command* once, children and all; raises unless its code is *fine*."""
    # an installed program finds its bytecode; this setting would compile it each time
    env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    env["XDG_STATE_HOME"] = str(cwd / ".state")  # nothing of this stays with the user
    start = time.perf_counter()
    with tempfile.TemporaryFile() as talk:
        process = subprocess.Popen(
            command, cwd=cwd, env=env, stdout=subprocess.DEVNULL, stderr=talk
        )
        peak = 0.0
        while not os.waitid(os.P_PID, process.pid, _PEEK):
            peak = max(peak, sum(map(_peak, _tree(process.pid))))
            time.sleep(0.002)
        wall = time.perf_counter() - start
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in fine:
            talk.seek(0)
            said = talk.read().decode(errors="replace")[-2000:]
            raise RuntimeError(f"{command} failed: {said}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, peak)


_PEEK = os.WEXITED | os.WNOHANG | os.WNOWAIT


def _tree(pid: int) -> Iterator[int]:
    """Yield *pid* and every process below it that lives now."""
    yield pid
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from _tree(int(child))
    except (FileNotFoundError, ProcessLookupError):
        return


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


def typical(
    command: Sequence[str],
    *,
    cwd: Path,
    runs: int,
    before: Callable[[Path], None] = lambda _: None,
) -> Cost:
    """Run *command* several times, *before* each; the median of each figure.

    One more run goes first, so that everything lies in the page cache.
    """
    costs = []
    for _ in range(runs + 1):
        before(cwd)
        costs.append(run(command, cwd=cwd))
    costs = costs[1:]
    return Cost(
        median(cost.wall for cost in costs),
        median(cost.cpu for cost in costs),
        median(cost.memory for cost in costs),
    )
