"""Reads the owner's words by the checklist, as they stand in the site folder now."""

from collections.abc import Mapping
from datetime import datetime

from fallback.actions.writing.scribe import Scribe
from fallback.actions.writing.sources import sources
from fallback.core.config import Config
from fallback.core.errors import FallbackError, Problem
from fallback.core.findings import Finding, Severity
from fallback.core.text import T, Text
from fallback.page.content import proof
from fallback.page.content.leaves import Reader
from fallback.page.content.names import UPDATES
from fallback.page.content.words import Told, tell
from fallback.page.languages import Speaker
from fallback.wire import shipped

MOST = 300
"""Files of updates that are read, the last by name: names begin with the time."""


def proofread(config: Config, *, now: datetime) -> tuple[Finding, ...]:
    """Return what the words of *config*'s site could say better, the gravest first.

    A site that cannot be built yet has nothing to judge: ``build`` says why.
    """
    return _read(config, now)[1]


def words_for_check(config: Config, *, now: datetime) -> tuple[Finding, ...]:
    """Return the same, with what of the words is not on the page, or not as meant."""
    told, found = _read(config, now)
    if told is None:
        return found
    lost = [each for each in told.words.left_out if each not in told.ahead]
    return (
        *(_finding("update-ahead", Severity.CRITICAL, each) for each in told.ahead),
        *(_finding("words-left-out", Severity.WARNING, each) for each in lost),
        *(_finding("words-doubtful", Severity.WARNING, each) for each in told.noticed),
        *found,
    )


def _read(config: Config, now: datetime) -> tuple[Told | None, tuple[Finding, ...]]:
    read = _newest(config)
    try:
        told = tell(config, read, Scribe(Reader.of(config)), now=now)
    except FallbackError:
        return None, ()
    speakers = [
        Speaker.of(language, shipped.catalogue(language))
        for language in config.shop.languages
    ]
    return told, proof.findings(config, read, told, speakers, now=now)


_WHY: Mapping[str, Text] = {
    "update-ahead": T("the page would say today what holds only then"),
    "words-left-out": T("customers do not read it"),
    "words-doubtful": T("customers may read something else than you meant"),
}


def _finding(name: str, severity: Severity, problem: Problem) -> Finding:
    seen = problem.what
    if problem.line:
        seen = T("line {line}: {what}", line=problem.line, what=seen)
    remedy = problem.remedy or T("look at the page: fallback serve")
    if problem.mended:
        remedy = T("{remedy}; right would be: {mended}",
                   remedy=remedy, mended=problem.mended)  # fmt: skip
    return Finding(name, severity, problem.file, seen, _WHY[name], remedy)


def as_told(config: Config, now: datetime) -> Told:
    """Return what the words of *config*'s site say, a long log by its newest part.

    What is dated after *now* is left out. Raises ``ContentError`` when there are none.
    """
    return tell(config, _newest(config), Scribe(Reader.of(config)), now=now)


def _newest(config: Config) -> dict[str, bytes]:
    """Return the content without the updates of a long log that nobody mends now."""
    found, _ = sources(config.root)
    updates = sorted(path for path in found if path.startswith(UPDATES))
    old = set(updates[:-MOST])
    return {path: body for path, body in found.items() if path not in old}
