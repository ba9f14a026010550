"""The result of a publish as a table, for a person at a terminal that has room.

In a pipe, a log or a narrow window it is one line a host, as everywhere else.
"""

import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import frozen

from fallback.actions.deploy import DeployResult
from fallback.actions.publishing.publish import HostReport
from fallback.cli.language import say
from fallback.core.hosts.visitor import Group
from fallback.core.result import Result
from fallback.core.text import Sayable, T

_HEADS = (
    T("host"),
    T("front"),
    T("deep"),
    T("POST"),
    T("robots"),
    T("workers"),
    T("languages"),
    T("certificate until"),
)
_NOTHING = "-"
_FILES = (Group.ROBOTS, Group.WORKERS, Group.LANGUAGES)


def tabled(published: DeployResult) -> Result:
    """Return *published* as it is best read where stdout leads."""
    if not sys.stdout.isatty():
        return published
    rows = [[say(head) for head in _HEADS]]
    rows += [list(_cells(report)) for report in published.hosts]
    lines = aligned(rows)
    if max(map(len, lines)) >= shutil.get_terminal_size().columns:
        return published
    return _Tabled(published, tuple(lines))


@frozen
class _Tabled:
    """See ``fallback.core.result.Result``: the same result, said otherwise."""

    published: DeployResult
    lines: tuple[str, ...]

    @property
    def code(self) -> int:
        """See ``fallback.core.result.Result``."""
        return self.published.code

    def told(self) -> Iterator[Sayable]:
        """See ``fallback.core.result.Result``."""
        yield from self.published.told_before()
        yield from self.lines
        for report in self.published.hosts:
            beside = [*report.told_beside()]
            if not report.ok:
                yield report.told()
            elif report.seen and not report.seen.statuses:
                yield T("{host}: {seen}", host=report.host, seen=report.seen.told)
            elif beside:
                yield f"{report.host}:"
            yield from beside
        yield from self.published.told_after()

    def as_json(self) -> Mapping[str, Any]:
        """See ``fallback.core.result.Result``."""
        return self.published.as_json()


def _cells(report: HostReport) -> Iterator[str]:
    """Yield the cells of one host; a dash where nothing was seen."""
    seen = report.seen
    measured = seen.measured if seen else None
    yield report.host
    for status in (
        (measured.front, measured.deep, measured.post) if measured else (None,) * 3
    ):
        yield str(status) if status else _NOTHING
    for group in _FILES:
        right, of = seen.right.get(group, (0, 0)) if seen else (0, 0)
        yield f"{right}/{of}" if of else _NOTHING
    ends = seen.certificate_ends if seen else None
    yield f"{ends:%Y-%m-%d}" if ends else _NOTHING


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return *rows* as lines whose columns stand below each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        .rstrip()
        for row in rows
    ]  # fmt: skip
