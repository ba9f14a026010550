"""Bytes: what a visit costs on a bad connection, compressed as hosts compress."""

import gzip
from collections.abc import Sequence

from audit.outcome import Fault, Outcome
from audit.sites import FORTY, SMALLEST, Site

MOST = {FORTY.name: 13_000, SMALLEST.name: 5_000}
_FIRST_FLIGHT = 13_000
_KINDS = {FORTY.name: "40 updates, three languages", SMALLEST.name: "one and one"}


def weighed(sites: Sequence[Site]) -> Outcome:
    """Weigh every page; the issue's two examples get a line of their own."""
    faults: list[Fault] = []
    lines = [
        "",
        "| front page | theme | HTML bytes | gzip | at most |",
        "|---|---|---:|---:|---:|",
    ]
    heaviest = (0, "")
    for site in sites:
        theme, _, case = site.name.partition("/")
        for page in site.pages:
            body = site.file(page).read_bytes()
            size = len(gzip.compress(body, 6, mtime=0))
            most = MOST.get(case, _FIRST_FLIGHT) if page == "/" else _FIRST_FLIGHT
            heaviest = max(heaviest, (size, f"{site.name} {page}"))
            if size > most:
                faults.append(
                    Fault(f"{site.name} {page}", f"{size:,} bytes of {most:,}")
                )
            if case in MOST and page == "/":
                lines.append(
                    f"| {_KINDS[case]} | {theme} | {len(body):,} | {size:,} |"
                    f" {most:,} |"
                )
    lines += ["", f"The heaviest of all pages is `{heaviest[1]}`: {heaviest[0]:,}."]
    return Outcome(tuple(lines), tuple(faults))
