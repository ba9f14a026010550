"""Runs every measurement and writes ``bench/RESULTS.md``.

``python -m bench`` with ``dns``, ``readiness``, ``wizard`` or ``publishing`` runs one.
A number behind the last stands for the 2,000 files of the long measurement, for a quick
look that is written nowhere.
"""

import gzip
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import distribution
from itertools import count
from pathlib import Path

from bench import moving, publishing, readiness, results, sites
from bench.process import Cost, run, typical
from bench.wizard import wizard

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
    site = sites.ours(folder / "usual", 2)
    hugo = sites.hugo(folder / "usual-hugo", 2)
    bare = typical([sys.executable, "-c", "pass"], cwd=folder, runs=15)
    yield "## Cold start, whole processes\n"
    yield (
        "Median of 15 runs, everything in the page cache. The example shop speaks two"
        " languages; a page is built in each of the fourteen that we speak.\n"
    )
    yield "| process | wall ms | CPU ms | peak MiB | wall against bare Python |"
    yield "|---|---:|---:|---:|---:|"
    yield row("`python -c pass`", bare, bare)
    yield row(
        "`fallback --help`", typical([FALLBACK, "--help"], cwd=site, runs=15), bare
    )
    for name, command, where in (
        (
            "`fallback build`, the example shop with 2 updates",
            [FALLBACK, "build"],
            site,
        ),
        ("`hugo`, the same 2 updates", [HUGO], hugo),
    ):
        cost = typical(command, cwd=where, runs=15, before=sites.forget)
        yield row(name, cost, bare)
    yield ""


def growing(folder: Path) -> Iterator[str]:
    """Measure how the cost of a build grows with the log, and of one update more."""
    yield "## Build of a long log\n"
    yield (
        "The median of 3 runs. Cold: nothing is there from an earlier build. Hugo"
        " builds a minimal site of the same files: a paginated log, no page of its own"
        " for each update, one feed. Ours adds the page in fourteen languages, the log"
        " in two, their feeds, sanitising, the contact guard and the manifest.\n"
    )
    yield "| updates | builder | wall ms | CPU ms | peak MiB | wall against Hugo |"
    yield "|---:|---|---:|---:|---:|---:|"
    builders = (
        ("hugo", sites.hugo, sites.one_more_of_hugo, [HUGO]),
        ("fallback", sites.ours, sites.one_more, [FALLBACK, "build"]),
    )
    for updates in (10, 1_000, 10_000):
        cold, again = {}, {}
        for name, make, more, command in builders:
            site = make(folder / f"{name}-{updates}", updates)
            cold[name] = typical(command, cwd=site, runs=3, before=sites.forget)
            number = count(updates)
            again[name] = typical(
                command, cwd=site, runs=3, before=_one_more(more, number)
            )
        for what, costs in (("", cold), (", one update more", again)):
            for name, cost in costs.items():
                yield f"| {updates:,}{what} {row(name, cost, costs['hugo'])}"
    yield ""


def _one_more(
    more: Callable[[Path, int], None], number: Iterator[int]
) -> Callable[[Path], None]:
    return lambda site: more(site, next(number))


def travelling(folder: Path) -> Iterator[str]:
    """Weigh what a customer waits for on a bad connection."""
    yield "## The page in bytes\n"
    yield (
        "gzip -6 of the one response that is the whole page. Each update has 50 words,"
        " drawn at random. The first flight of a connection holds about 13 kB; what"
        " does not fit stands on pages of its own.\n"
    )
    yield "| languages of the shop | updates | on the page | bytes | compressed |"
    yield "|---:|---:|---:|---:|---:|"
    for number, (languages, updates) in enumerate(
        (('["en"]', 1), ('["en", "pl"]', 20), ('["en", "pl", "de"]', 40),
         ('["en", "pl", "de"]', 75))
    ):  # fmt: skip
        site = sites.ours(folder / f"bytes-{number}", updates, languages)
        sites.in_other_words(site)
        run([FALLBACK, "build"], cwd=site)
        page = (site / "public" / "index.html").read_bytes()
        packed = len(gzip.compress(page, 6, mtime=0))
        spoken = languages.count(",") + 1
        shown = page.count(b'<li id="')
        yield f"| {spoken} | {updates} | {shown} | {len(page):,} | {packed:,} |"
    yield ""


def local() -> list[str]:
    """Measure what needs no network, replace that part of RESULTS.md, return it."""
    lines = [f"Measured on {results.machine()}; Hugo {hugo_version()}.", ""]
    with tempfile.TemporaryDirectory(prefix="fallback-bench-") as folder:
        for part in (starting, growing, travelling):
            lines += told(part(Path(folder)))
    results.write("bench", lines)
    return lines


def abroad(files: Sequence[str]) -> list[str]:
    """Measure publishing, replace that part of RESULTS.md, return it."""
    sizes = {30: (3, 1), int(files[0]): (1, 3)} if files else publishing.ROUNDS
    lines = [f"Measured on {results.machine()}.", ""]
    with tempfile.TemporaryDirectory(
        prefix="fallback-bench-",
        ignore_cleanup_errors=True,  # the server ends by itself
    ) as folder:
        lines += told(publishing.publishing(Path(folder), sizes))
    if not files:
        results.write("bench publishing", lines)
    return lines


def dns() -> list[str]:
    """Measure how names are moved, replace that part of RESULTS.md, return it."""
    lines = [f"Measured on {results.machine()}.", ""]
    with tempfile.TemporaryDirectory(prefix="fallback-bench-") as folder:
        lines += told(moving.moving(Path(folder)))
    results.write("bench dns", lines)
    return lines


def checking() -> list[str]:
    """Measure the readiness check, replace that part of RESULTS.md, return it."""
    lines = [f"Measured on {results.machine()}.", ""]
    with tempfile.TemporaryDirectory(prefix="fallback-bench-") as folder:
        lines += told(readiness.readiness(Path(folder)))
    results.write("bench readiness", lines)
    return lines


def evening() -> list[str]:
    """Count what a new site asks of its owner, replace that part, return it."""
    with tempfile.TemporaryDirectory(prefix="fallback-bench-") as folder:
        lines = told(wizard(Path(folder)))
    results.write("bench wizard", lines)
    return lines


def told(lines: Iterator[str]) -> list[str]:
    """Return *lines*, each printed as soon as it is known."""
    return [line for line in lines if print(line, flush=True) is None]


def main() -> int:
    """Measure everything, or one thing only; 1 when a figure is not what it must be."""
    match sys.argv[1:]:
        case ["dns"]:
            lines = dns()
        case ["readiness"]:
            lines = checking()
        case ["wizard"]:
            lines = evening()
        case ["publishing", *files]:
            lines = abroad(files)
        case _:
            lines = [*local(), *abroad([]), *dns(), *checking(), *evening()]
    return int(any(line.startswith("- FAILED") for line in lines))


sys.exit(main())
