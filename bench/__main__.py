"""Runs every measurement and writes ``bench/RESULTS.md``."""

import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

from bench import results, sites
from bench.process import Cost, run, typical

BIN = Path(sysconfig.get_path("scripts"))
FALLBACK = str(BIN / "fallback")
# the package's own command is a Python program that starts this one
HUGO = str(distribution("hugo").locate_file("hugo/binaries/hugo"))


def hugo_version() -> str:
    """Name the peer that was measured."""
    said = subprocess.run([HUGO, "version"], capture_output=True, text=True, check=True)
    return said.stdout.split()[1].split("+")[0].split("-")[0]


def row(name: str, cost: Cost, base: Cost | None = None) -> str:
    """Return one line of a table."""
    ratio = f"{cost.wall / base.wall:.1f} ×" if base else ""
    return (
        f"| {name} | {cost.wall * 1000:,.0f} | {cost.cpu * 1000:,.0f} |"
        f" {cost.memory:,.0f} | {ratio} |"
    )


def starting(folder: Path) -> Iterator[str]:
    """Measure how long people and CI wait before anything happens."""
    site = sites.ours(folder / "usual", 10)
    hugo = sites.hugo(folder / "usual-hugo", 10)
    bare = typical([sys.executable, "-c", "pass"], cwd=folder, runs=15)
    yield "## Cold start, whole processes\n"
    yield "Median of 15 runs, everything in the page cache.\n"
    yield "| process | wall ms | CPU ms | peak MiB | wall against bare Python |"
    yield "|---|---:|---:|---:|---:|"
    yield row("`python -c pass`", bare, bare)
    for name, command in (
        ("`fallback --help`", [FALLBACK, "--help"]),
        ("`fallback build`, the example shop with 10 updates", [FALLBACK, "build"]),
    ):
        yield row(name, typical(command, cwd=site, runs=15), bare)
    yield row("`hugo`, the same 10 updates", typical([HUGO], cwd=hugo, runs=15), bare)
    yield ""


def growing(folder: Path) -> Iterator[str]:
    """Measure how the cost of a build grows with the log."""
    yield "## Build of a long log, cold\n"
    yield (
        "A new output folder each time; one run at 10,000, the median of 3 below. Hugo"
        " builds a minimal site of the same files: a paginated log, no page of its own"
        " for each update, one feed. Ours adds the page in two languages, four feeds,"
        " sanitising, the contact guard and the manifest.\n"
    )
    yield "| updates | builder | wall ms | CPU ms | peak MiB | wall against Hugo |"
    yield "|---:|---|---:|---:|---:|---:|"
    for updates in (10, 1_000, 10_000):
        costs = {}
        for name, make, command in (
            ("hugo", sites.hugo, [HUGO]),
            ("fallback", sites.ours, [FALLBACK, "build"]),
        ):
            site = make(folder / f"{name}-{updates}", updates)
            once = updates > 1_000
            costs[name] = (
                run(command, cwd=site) if once else typical(command, cwd=site, runs=3)
            )
        for name, cost in costs.items():
            line = row(name, cost, costs["hugo"])
            yield f"| {updates:,} {line}"
    yield ""


def main() -> None:
    """Measure everything and replace the part of RESULTS.md that is ours."""
    lines = [f"Measured on {results.machine()}; Hugo {hugo_version()}.", ""]
    with tempfile.TemporaryDirectory(prefix="fallback-bench-") as folder:
        for part in (starting, growing):
            for line in part(Path(folder)):
                print(line, flush=True)
                lines.append(line)
    results.write("bench", lines)


main()
