"""What a run came to, on the page that a CI service shows to whoever started it.

GitHub names a file in ``GITHUB_STEP_SUMMARY``; Markdown that is appended there is shown
under the run, on a telephone too
(https://docs.github.com/actions/reference/workflow-commands-for-github-actions).
GitLab has no such page: our jobs name a file in ``FALLBACK_SUMMARY``, and end their log
with it.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from fallback.actions.deploy import DeployResult
from fallback.actions.moving.moved import PARTLY, Moved
from fallback.actions.publishing.publish import HostReport
from fallback.cli.language import say
from fallback.cli.output import error_lines
from fallback.core.config import Config
from fallback.core.errors import FallbackError
from fallback.core.redirect.journal import Verb
from fallback.core.text import Sayable, T, Text


class _Sheet(Protocol):
    """How a summary is written where it is shown."""

    def heading(self, said: str) -> str:
        """Return the line that it begins with."""

    def plain(self, said: str) -> str:
        """Return *said* so that nothing is read into it."""

    def link(self, said: str, url: str) -> str:
        """Return what leads to *url*."""

    def talk(self, lines: Iterable[str]) -> Iterator[str]:
        """Yield what the command says itself."""


class _Markdown:
    """On GitHub's page of a run."""

    def heading(self, said: str) -> str:
        return f"## {said}"

    def plain(self, said: str) -> str:
        marked = "\\`*_{}[]<>#|"  # by Markdown and by HTML
        return "".join(f"\\{sign}" if sign in marked else sign for sign in said)

    def link(self, said: str, url: str) -> str:
        return f"[{self.plain(said)}]({url})"

    def talk(self, lines: Iterable[str]) -> Iterator[str]:
        said = [*lines]
        fence = "`" * (3 + max(line.count("`") for line in ["", *said]))
        yield from (f"{fence}text", *said, fence, "")


class _Log:
    """At the end of a job's log, where GitLab makes links of addresses."""

    def heading(self, said: str) -> str:
        return said.upper()

    def plain(self, said: str) -> str:
        return said

    def link(self, said: str, url: str) -> str:
        return f"{said}: {url}"

    def talk(self, lines: Iterable[str]) -> Iterator[str]:
        del lines  # they stand above, in the same log
        yield from ()


_SHEETS: dict[str, _Sheet] = {
    "GITHUB_STEP_SUMMARY": _Markdown(),
    "FALLBACK_SUMMARY": _Log(),
}
"""By the variable that names the file."""

_Told = Callable[[_Sheet], Iterator[str]]


def summed_up(published: DeployResult) -> None:
    """Append *published* to the run's summary, where there is one.

    A summary that cannot be written spoils no publish.
    """
    _append(lambda sheet: _lines(sheet, published))


def told_why(error: FallbackError) -> None:
    """Append to it why there was nothing to publish."""
    why = T("the page was not published")
    _append(lambda sheet: _why(sheet, why, error))


def told_move(moved: Moved, config: Config) -> None:
    """Append what became of the shop's names, and how that is taken back."""
    _append(lambda sheet: _move_lines(sheet, moved, config))


def told_why_not(error: FallbackError) -> None:
    """Append why no name could be moved."""
    _append(lambda sheet: _why(sheet, _UNMOVED, error))


def _append(told: _Told) -> None:
    for variable, sheet in _SHEETS.items():
        where = os.environ.get(variable)
        if not where:
            continue
        with suppress(OSError), Path(where).open("a", encoding="utf-8") as file:
            file.write("\n".join([*told(sheet), ""]))


def _why(sheet: _Sheet, heading: Text, error: FallbackError) -> Iterator[str]:
    yield sheet.heading(say(heading))
    yield ""
    for line in error_lines(error):
        yield f"- {sheet.plain(line.strip())}"


def _lines(sheet: _Sheet, published: DeployResult) -> Iterator[str]:
    yield sheet.heading(say(_heading(published)))
    yield ""
    for report in published.hosts:
        yield f"- {_place(sheet, report)}: {sheet.plain(say(_told(report)))}"
    for told in published.told_before():
        yield f"- {sheet.plain(say(told).strip())}"
    for told in published.told_after():
        yield ""
        yield sheet.plain(say(told))
    if published.back is None and any(report.receipt for report in published.hosts):
        yield ""
        yield sheet.plain(say(T("to take it back, revert the newest commit that"
                                " changed content/: the page follows by"
                                " itself")))  # fmt: skip


_UNMOVED = T("no name was moved")


def _move_lines(sheet: _Sheet, moved: Moved, config: Config) -> Iterator[str]:
    done = moved.code in (0, PARTLY) and not moved.dry_run
    there = moved.verb is Verb.REDIRECT
    yield sheet.heading(say(_move_heading(moved)))
    yield ""
    yield from sheet.talk(say(told) for told in moved.told())
    if not done:
        yield f"- {sheet.plain(say(T('customers see no change')))}"
    else:
        here = T("the shop as customers get it")
        if there:
            here = T("the shop's address, where customers get the page")
        yield f"- {sheet.link(say(here), config.shop.url)}"
    for table in config.hosts:
        if table.url:
            yield f"- {sheet.link(say(T('the page itself')), table.url)}"
    codes = dict.fromkeys(r.code.value for r in moved.refused if r.acceptable)
    if codes:
        yield ""
        said = T(
            "to answer for it yourself, run this form again with this in its last"
            " field: {codes}",
            codes=" ".join(codes),
        )
        yield sheet.plain(say(said))
    if done:
        back = "restore" if there else "redirect"
        yield ""
        yield sheet.plain(say(T("to take it back, run this form again and choose:"
                                " {word}", word=back)))  # fmt: skip


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


def _place(sheet: _Sheet, report: HostReport) -> str:
    if report.url:
        return sheet.link(report.host, report.url)
    return sheet.plain(report.host)
