"""What a run came to, on the page that a CI service shows to whoever started it.

GitHub names a file in ``GITHUB_STEP_SUMMARY``; Markdown that is appended there is shown
under the run, on a telephone too
(https://docs.github.com/actions/reference/workflow-commands-for-github-actions).
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from fallback.actions.deploy import DeployResult
from fallback.actions.moved import PARTLY, Moved
from fallback.actions.publish import HostReport
from fallback.cli.language import say
from fallback.cli.output import error_lines
from fallback.core.config import Config
from fallback.core.errors import FallbackError
from fallback.core.redirect.journal import Verb
from fallback.core.text import Sayable, T, Text

_FILE = "GITHUB_STEP_SUMMARY"


def summed_up(published: DeployResult) -> None:
    """Append *published* to the run's summary, where there is one.

    A summary that cannot be written spoils no publish.
    """
    _append(_lines(published))


def told_why(error: FallbackError) -> None:
    """Append to it why there was nothing to publish."""
    _append(_why(T("the page was not published"), error))


def told_move(moved: Moved, config: Config) -> None:
    """Append what became of the shop's names, and how that is taken back."""
    _append(_move_lines(moved, config))


def told_why_not(error: FallbackError) -> None:
    """Append why no name could be moved."""
    _append(_why(_UNMOVED, error))


def _append(lines: Iterator[str]) -> None:
    where = os.environ.get(_FILE)
    if not where:
        return
    with suppress(OSError), Path(where).open("a", encoding="utf-8") as file:
        file.write("\n".join([*lines, ""]))


def _why(heading: Text, error: FallbackError) -> Iterator[str]:
    yield f"## {say(heading)}"
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


_UNMOVED = T("no name was moved")


def _move_lines(moved: Moved, config: Config) -> Iterator[str]:
    done = moved.code in (0, PARTLY) and not moved.dry_run
    there = moved.verb is Verb.REDIRECT
    yield f"## {say(_move_heading(moved))}"
    yield ""
    lines = [say(told) for told in moved.told()]
    fence = "`" * (3 + max(line.count("`") for line in ["", *lines]))
    yield from (f"{fence}text", *lines, fence)
    yield ""
    if not done:
        yield f"- {_plain(say(T('customers see no change')))}"
    else:
        here = T("the shop as customers get it")
        if there:
            here = T("the shop's address, where customers get the page")
        yield f"- {_linked(here, config.shop.url)}"
    for table in config.hosts:
        if table.url:
            yield f"- {_linked(T('the page itself'), table.url)}"
    codes = dict.fromkeys(r.code.value for r in moved.refused if r.acceptable)
    if codes:
        yield ""
        said = T(
            "to answer for it yourself, run this form again with this in its last"
            " field: {codes}",
            codes=" ".join(codes),
        )
        yield _plain(say(said))
    if done:
        back = "restore" if there else "redirect"
        yield ""
        yield _plain(say(T("to take it back, run this form again and choose: {word}",
                           word=back)))  # fmt: skip


def _move_heading(moved: Moved) -> Text:
    if moved.dry_run and moved.code not in (0, PARTLY):
        return T("it would be refused, and nothing was changed")
    if moved.dry_run:
        return T("this would be done, and nothing was changed")
    if moved.code == PARTLY:
        return T("part of it is done")
    if moved.code:
        return _UNMOVED
    if moved.verb is Verb.REDIRECT:
        return T("customers are led to the page")
    return T("customers are led to the shop")


def _linked(said: Text, url: str) -> str:
    return f"[{_plain(say(said))}]({url})"


def _heading(published: DeployResult) -> Text:
    fine = [report.ok for report in published.hosts]
    if any(fine) and not any(r.ok and r.url for r in published.hosts):
        return T("written, but nobody saw it as a visitor")
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
