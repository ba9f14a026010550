"""Lighthouse at the status address, where the page is answered with 200.

It refuses to judge a 503. Its performance score moves with whatever else the machine
does, so the median of three runs counts; the other three scores never move.
"""

import json
import subprocess
from collections.abc import Sequence
from statistics import median
from typing import Any

from attrs import frozen

from audit.outcome import Fault, Outcome, say
from audit.serving import host
from audit.sites import Site
from audit.tools import Tools
from tests.servers.browser import FLAGS

LEAST = {"performance": 99, "accessibility": 100, "best-practices": 100, "seo": 100}
RUNS = 3


@frozen
class Scores:
    """The medians of one page, and the audits that cost it points."""

    scores: dict[str, int]
    largest_paint: float
    blocked: float
    failing: tuple[str, ...]


def measured(tools: Tools, looks: Sequence[tuple[Site, str]]) -> Outcome:
    """Run Lighthouse on each (site, page) of *looks*."""
    lines = [
        "",
        f"Lighthouse, median of {RUNS} runs, simulated phone on slow 4G, times in ms:",
        "",
        "| page | performance | accessibility | best practices | SEO | LCP | TBT |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    faults: list[Fault] = []
    for site, page in looks:
        with host(site.public, status_address=True) as (listener, _):
            found = scored(tools, listener.url.rstrip("/") + page)
        where = f"{site.name} {page}"
        figures = " | ".join(str(found.scores[name]) for name in LEAST)
        lines.append(
            f"| `{where}` | {figures} | {found.largest_paint:.0f} |"
            f" {found.blocked:.0f} |"
        )
        say(f"  {where}: {figures} {' '.join(found.failing)}")
        for name, least in LEAST.items():
            if found.scores[name] < least:
                why = " ".join(found.failing)
                what = f"Lighthouse {name} {found.scores[name]} of {least}: {why}"
                faults.append(Fault(where, what))
    return Outcome((*lines, ""), tuple(faults))


def scored(tools: Tools, url: str, runs: int = RUNS) -> Scores:
    """Run Lighthouse *runs* times on *url*."""
    reports = [_report(tools, url) for _ in range(runs)]
    return Scores(
        {
            name: round(100 * median(_score(each, name) for each in reports))
            for name in LEAST
        },
        median(_number(each, "largest-contentful-paint") for each in reports),
        median(_number(each, "total-blocking-time") for each in reports),
        tuple(sorted({name for each in reports for name in _failing(each)})),
    )


def _report(tools: Tools, url: str) -> Any:
    # its parser takes a quote at both ends for one around all of them
    flags = " ".join(f'"{f}"' if " " in f else f for f in (*FLAGS, "--headless=new"))
    done = subprocess.run(
        [
            *(str(tools.node), str(tools.lighthouse), url, "--output=json", "--quiet"),
            f"--only-categories={','.join(LEAST)}",
            f"--chrome-flags={flags}",
            "--no-enable-error-reporting",
        ],
        env=tools.environment,
        check=False,
        capture_output=True,
        text=True,
        timeout=180,
    )
    if not done.stdout.startswith("{"):
        raise RuntimeError(f"Lighthouse gave no report: {done.stderr[-2000:]}")
    return json.loads(done.stdout)


def _score(report: Any, category: str) -> float:
    return float(report["categories"][category]["score"] or 0)


def _number(report: Any, audit: str) -> float:
    return float(report["audits"][audit].get("numericValue", 0))


def _failing(report: Any) -> list[str]:
    """Return the audits that cost points."""
    return [
        each["id"]
        for category in report["categories"].values()
        for each in category["auditRefs"]
        if each["weight"] and (report["audits"][each["id"]]["score"] or 0) < 0.9
    ]
