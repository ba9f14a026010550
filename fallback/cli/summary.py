"""What a publish came to, on the page that a CI run shows to whoever started it.

GitHub names a file in ``GITHUB_STEP_SUMMARY``; Markdown that is appended there is shown
under the run, on a telephone too
(https://docs.github.com/actions/reference/workflow-commands-for-github-actions).
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from fallback.actions.deploy import DeployResult
from fallback.actions.publish import HostReport
from fallback.cli.language import say
from fallback.cli.output import error_lines
from fallback.core.errors import FallbackError
from fallback.core.text import Sayable, T, Text

_FILE = "GITHUB_STEP_SUMMARY"


def summed_up(published: DeployResult) -> None:
    """Append *published* to the run's summary, where there is one.

    A summary that cannot be written spoils no publish.
    """
    _append(_lines(published))


def told_why(error: FallbackError) -> None:
    """Append to it why there was nothing to publish."""
    _append(_why(error))


def _append(lines: Iterator[str]) -> None:
    where = os.environ.get(_FILE)
    if not where:
        return
    with suppress(OSError), Path(where).open("a", encoding="utf-8") as file:
        file.write("\n".join([*lines, ""]))


def _why(error: FallbackError) -> Iterator[str]:
    yield f"## {say(T('the page was not published'))}"
    yield ""
    for line in error_lines(error):
        yield f"- {_plain(line.strip())}"


def _lines(published: DeployResult) -> Iterator[str]:
    yield f"## {say(_heading(published))}"
    yield ""
    for report in published.hosts:
        yield f"- {_link(report)}: {_plain(say(_told(report)))}"
    for told in published.told_before():
        yield f"- {_plain(say(told).strip())}"
    for told in published.told_after():
        yield ""
        yield _plain(say(told))
    if published.back is None and any(report.receipt for report in published.hosts):
        yield ""
        yield _plain(say(T("to take it back, revert the newest commit that changed"
                           " content/: the page follows by itself")))  # fmt: skip


def _heading(published: DeployResult) -> Text:
    fine = [report.ok for report in published.hosts]
    if all(fine):
        return T("the page is out")
    if any(fine):
        return T("the page is out, but not everywhere")
    return T("the page was not published")


def _told(report: HostReport) -> Sayable:
    if report.problem is not None:
        return T("FAILED: {problem}", problem=report.problem)
    return report.seen.told if report.seen else T("published")


def _link(report: HostReport) -> str:
    name = _plain(report.host)
    return f"[{name}]({report.url})" if report.url else name


def _plain(text: str) -> str:
    """Return *text* so that Markdown and HTML read nothing into it."""
    marked = "\\`*_{}[]<>#|"
    return "".join(f"\\{sign}" if sign in marked else sign for sign in text)
