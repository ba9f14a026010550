"""``bench/RESULTS.md``: each door writes its own part and leaves the others alone."""

import os
import platform
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

RESULTS = Path(__file__).with_name("RESULTS.md")


def machine() -> str:
    """Describe the machine the figures come from."""
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores of {cpu}, {memory:.0f} GiB, {platform.system()}"
        f" {platform.release()}, Python {platform.python_version()}, fallback"
        f" {version('fallback')}; load average at the start {os.getloadavg()[0]:.1f}"
    )


def read(door: str) -> str:
    """Return what ``make <door>`` wrote the last time; empty when it never did."""
    start, end = _marks(door)
    found = RESULTS.read_text("utf-8").partition(start)[2]
    return found.partition(end)[0].strip("\n")


def write(door: str, lines: Iterable[str]) -> None:
    """Replace what ``make <door>`` wrote the last time, or add it at the end."""
    start, end = _marks(door)
    before, found, rest = RESULTS.read_text("utf-8").partition(start)
    after = rest.partition(end)[2] if found else "\n"
    gap = "" if found else "\n"
    text = before + gap + "\n".join([start, "", *lines, end]) + after
    RESULTS.write_text(text, "utf-8")


def _marks(door: str) -> tuple[str, str]:
    return (
        f"<!-- make {door}: written by the program, do not edit between these -->",
        f"<!-- end of make {door} -->",
    )
