"""What the long matrices counted, as tables of ``bench/RESULTS.md``.

A test counts by the fixture ``count``; nothing is typed in. The counts travel with the
test's report, so that workers of a parallel run need not share anything, and are summed
up by title and row. ``--record`` writes the tables when the run ends; a run of some
matrices leaves the tables of all the others as they were.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial

import pytest

from bench import results

_DOOR = "torture"
_NAME = "counts"
_OPTION = "--record"


@pytest.fixture
def count(request):
    """Count for a row of a table, also in a test that fails later.

    ``count("Publishing", {"host": "folder"}, points=1, torn=0)``: columns whose values
    are words say which row; columns of numbers are summed up.
    """
    return partial(_keep, request.node.user_properties)


def _keep(properties, title, row, **numbers):
    properties.append((_NAME, [title, row, numbers]))


@contextmanager
def point(count, title: str, row: Mapping, *columns: str) -> Iterator[dict[str, int]]:
    """Count one point, even when the block fails, which fills in the *columns*."""
    found = dict.fromkeys(columns, 0)
    try:
        yield found
    finally:
        count(title, row, points=1, **found)


def tables(every: Iterable[tuple[str, Mapping, Mapping]]) -> dict[str, list[str]]:
    """Return the lines of one table for each title, its rows in their order."""
    summed: dict[str, dict[tuple, dict[str, int]]] = {}
    for title, row, numbers in every:
        sums = summed.setdefault(title, {}).setdefault(tuple(row.items()), {})
        for name, number in numbers.items():
            sums[name] = sums.get(name, 0) + number
    return {title: list(_table(rows)) for title, rows in summed.items()}


def recorded(text: str) -> dict[str, list[str]]:
    """Return the tables in *text*, as they were written: lines by title."""
    _, *parts = re.split(r"^### ", text, flags=re.MULTILINE)
    found = (part.partition("\n") for part in parts)
    return {title: body.strip("\n").split("\n") for title, _, body in found}


def _table(rows):
    words = [name for name, _ in next(iter(rows))]
    columns = list(dict.fromkeys(name for sums in rows.values() for name in sums))
    yield f"| {' | '.join([*words, *columns])} |"
    yield f"|{'---|' * len(words)}{'---:|' * len(columns)}"
    for row, sums in sorted(rows.items()):
        cells = [said for _, said in row]
        cells += [f"{sums.get(name, 0):,}" for name in columns]
        yield f"| {' | '.join(cells)} |"
    if len(rows) > 1:
        total = [sum(sums.get(name, 0) for sums in rows.values()) for name in columns]
        cells = ["**all**", *[""] * (len(words) - 1), *(f"**{n:,}**" for n in total)]
        yield f"| {' | '.join(cells)} |"


class Recorder:
    """Collects what the workers report; writes when the run ends."""

    def __init__(self) -> None:
        self.machine = results.machine()
        self.counts: list = []
        self.outcomes: dict[str, int] = {"passed": 0, "failed": 0, "skipped": 0}

    def pytest_runtest_logreport(self, report):
        if report.when == "call" or report.outcome != "passed":
            self.outcomes[report.outcome] += 1
        if report.when == "teardown":
            self.counts += [kept for name, kept in report.user_properties
                            if name == _NAME]  # fmt: skip

    def pytest_sessionfinish(self, session):
        ran = ", ".join(f"{number:,} {how}" for how, number in self.outcomes.items())
        today = datetime.now(UTC).date()
        stamp = f"{today}, {self.machine}. Of the tests of that run {ran}."
        every = recorded(results.read(_DOOR))
        for title, lines in tables(self.counts).items():
            every[title] = [stamp, "", *lines]
        written = ["## The long matrices", ""]
        written += ["Every number below was counted by the tests themselves.", ""]
        for title in sorted(every):
            written += [f"### {title}", "", *every[title], ""]
        results.write(_DOOR, written)


def pytest_addoption(parser):
    """Add the option that writes what was counted."""
    parser.addoption(
        _OPTION, action="store_true", help="write what was counted to bench/RESULTS.md"
    )


def pytest_configure(config):
    """Listen in the one process that hears of every test."""
    if config.getoption(_OPTION) and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Recorder(), "recorder")
