"""Rehearse the whole way on a throw-away name, and keep a report of what was proved.

The engine is the one of ``redirect`` and ``restore``: only the site that it is given is
another one, whose zones are parts of the real ones and hold nothing but the name of
this drill (``fallback.core.redirect.drill``), and whose journal is its own.
"""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from attrs import frozen

from fallback import dns, stores
from fallback.actions.drilling import clearing, rehearsing
from fallback.actions.drilling.drilled import (
    Agree,
    alone,
    refuse_while_redirected,
    rehearsal,
)
from fallback.actions.drilling.rehearsing import Ground, rehearsed
from fallback.actions.moving.surveying import By
from fallback.core.clock import Clock
from fallback.core.config import Config
from fallback.core.errors import FallbackError, PartlyDone, UsageError
from fallback.core.records import Key, RRset, absolute, marker_key
from fallback.core.redirect.drill import LENGTH, LETTERS, Report, StepId, StepState
from fallback.core.result import Talk, silent
from fallback.core.text import Sayable, T
from fallback.stores import drills, journal


@frozen
class DrillResult:
    """The report of one drill; ``cleaned``: what an earlier one left was taken back.

    ``file`` is where the report is kept; empty when it could not be.
    """

    report: Report
    cleaned: bool = False
    file: str = ""

    @property
    def code(self) -> int:
        """0, 3 when something failed or was not tried, 1 when the zone is another."""
        if self._astray:
            return FallbackError.code
        return 0 if self.report.ok else PartlyDone.code

    def told(self) -> Iterator[Sayable]:
        """See ``fallback.core.result.Result``."""
        if self.cleaned:
            yield T("an earlier drill had not ended; what it left was taken back first")
        yield from self.report.told()
        if self.file:
            yield T("the report is kept: {file}", file=self.file)
        yield T("next: {next}", next=self._next())

    @property
    def _astray(self) -> bool:
        differs = any(step.id is StepId.COMPARE for step in self.report.failed)
        return self.report.left or differs

    def _next(self) -> Sayable:
        if self._astray:
            return T("run it again, it takes back what it left: fallback drill")
        if self.report.failed:
            return T("mend what failed, then: fallback drill")
        if self.report.skipped:
            return T("mend what keeps {zones} from being read, then: fallback drill"
                     " --lab", zones=", ".join(self.report.skipped))  # fmt: skip
        if self.report.lab:
            return T("the same on a throw-away name of the real zone: fallback drill")
        return T("drill again when anything changed, and every three months")

    def as_json(self) -> Mapping[str, Any]:
        """See ``fallback.core.result.Result``."""
        return {
            **self.report.as_json(),
            "cleaned": self.cleaned,
            "file": self.file or None,
        }


def drill(
    config: Config,
    *,
    clock: Clock,
    say: Talk = silent,
    by: By | None = None,
    agree: Agree | None = None,
    publish: bool = True,
) -> DrillResult:
    """Rehearse publish, gates, redirect, looks and restore on a throw-away name.

    Nothing but names below ``fallback-drill.<zone>`` is written to any zone, and what
    an earlier drill left there is taken back first. *agree* is shown what will be done.
    Without *publish* the page is left as it is. Raises ``UsageError`` without a
    ``[[dns]]`` table, ``Refused`` while a redirect is in force and ``Locked`` while
    another drill runs.
    """
    if not config.dns:
        raise UsageError(
            T("there is no [[dns]] table in fallback.toml: no name can be moved"),
            next=T("rehearse what there is: fallback deploy"),
        )
    by = by or By()
    refuse_while_redirected(config)
    moved = rehearsal(config, _label())
    if agree is not None:
        agree(list(_announced(config, moved, publish=publish)))
    at = clock.now()
    ground = Ground(config, moved, clock, say, by, publish=publish)
    with alone(moved):
        cleaned, stuck = rehearsing.cleaned(ground)
        steps = [stuck] if stuck else rehearsed(ground, lambda: _zones(config, moved))
        left = rehearsing.left(ground)
        if (StepId.COMPARE, StepState.NOT_TRIED) in {(s.id, s.state) for s in steps}:
            with suppress(FallbackError):  # it is told already that something is there
                clearing.noted(config, clock)
    names = tuple(name for table in moved.dns for name in table.names)
    report = Report(at, config.shop.domain, names, tuple(steps), left=left)
    return DrillResult(report, cleaned, kept(config, report, by, say))


def kept(config: Config, report: Report, by: By, say: Talk) -> str:
    """Keep *report* in the site's state; return where, or ``""`` if it cannot be."""
    lines = "".join(f"{by.speak(line)}\n" for line in report.told())
    try:
        key = drills.keep(stores.connect(config.state, config), report, lines)
    except FallbackError as error:
        say("not-kept", T("the report cannot be kept: {why}", why=error.what))
        return ""
    local = config.state.kind == "folder"
    return str(journal.state_folder(config) / key) if local else key


def _label() -> str:
    """Return a label that no cache can remember from an earlier drill."""
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


def _announced(config: Config, moved: Config, *, publish: bool) -> Iterator[Sayable]:
    yield T("a drill of {domain}: no name of the shop is touched",
            domain=config.shop.domain)  # fmt: skip
    if publish:
        yield T("  the page is published as it is written now: {hosts}",
                hosts=", ".join(table.label for table in config.hosts))  # fmt: skip
    for table in moved.dns:
        yield T("  in the zone {zone} these come and go: {name} and TXT {marker}",
                zone=table.within, name=table.names[0],
                marker=marker_key(table.zone)[0].rstrip("."))  # fmt: skip
        if table.provider == "manual":
            yield T("  there you type the records yourself, twice; until you have, only"
                    " the rest is rehearsed")  # fmt: skip


def _zones(config: Config, moved: Config) -> rehearsing.Zones:
    """Return what every zone holds at each key that a drill or a redirect could touch.

    Read by the real zone's own interface. Raises ``FallbackError``.
    """
    found: dict[Key, RRset] = {}
    for table, part in zip(config.dns, moved.dns, strict=True):
        mine = (*part.names, marker_key(part.zone)[0])
        names = tuple(map(absolute, (*table.names, *mine)))
        there = dns.connect(table, config).read(table.zone, names)
        found |= there.rrsets
    return found
