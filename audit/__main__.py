"""Builds the sites, visits every room, and writes the results.

``python -m audit`` is ``make audit``. With names of rooms only those are visited, and
nothing is written: ``python -m audit nu weight``.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from attrs import frozen

from audit import (
    cloudflare,
    lighthouse,
    live,
    netlify,
    netlify_api,
    nu,
    peers,
    text,
    tools,
    walk,
    weight,
    workers,
    workflows,
)
from audit.outcome import Fault, Outcome, gathered, say
from audit.sites import CASES, FORTY, SMALLEST, STATUS_ADDRESS, Case, Site, themes
from audit.sites import written as site_written
from bench import results
from tests.servers.browser import launched


@frozen
class Audit:
    """The sites that were built, and all that is needed to look at them."""

    folder: Path
    now: datetime
    tools: tools.Tools
    sites: Sequence[Site]

    def rooms(self) -> Mapping[str, Callable[[], Outcome]]:
        """Return the rooms in the order of the visit."""
        return {
            "lighthouse": lambda: lighthouse.measured(self.tools, self.looks()),
            "walk": lambda: walk.walked(self.tools.axe, self.sites),
            "nu": lambda: nu.checked(self.tools, self.sites),
            "text": lambda: text.read(self.sites),
            "weight": lambda: weight.weighed(self.sites),
            "live": self.live,
            "workers": self.workers,
            "cloudflare": lambda: cloudflare.asked(
                self.tools, self._usual(), self.folder
            ),
            "netlify": self.netlify,
            "workflows": lambda: workflows.judged(self.tools, self.folder),
            "peers": self.peers,
        }

    def looks(self) -> list[tuple[Site, str]]:
        """Return the pages that Lighthouse sees: it takes half a minute for each."""
        usual = [site for site in self.sites if site.name.endswith("/identified")]
        first = {
            site.name: site for site in self.sites if site.name.startswith("plain")
        }
        more = [
            (first["plain/identified"], "/_fallback/ar.html"),
            (first["plain/resolved"], "/"),
            (first["plain/long"], "/"),
            (first["plain/endless"], "/_fallback/log/1.html"),
        ]
        return [(site, "/") for site in usual] + [
            (site, page) for site, page in more if page in site.pages
        ]

    def live(self) -> Outcome:
        """Wait for an update in a browser that does nothing else."""
        with launched() as browser:
            return live.waited(browser, self.folder, theme=themes()[0], now=self.now)

    def workers(self) -> Outcome:
        """Return to the shop behind each kind of worker."""
        with launched() as browser:
            return workers.returned(browser, self.sites[0])

    def netlify(self) -> Outcome:
        """Ask Netlify's own program for a usual page, a long one, three languages."""
        wanted = {"plain/identified", "plain/long", "plain/forty"}
        page = netlify.answered(
            self.tools, [site for site in self.sites if site.name in wanted]
        )
        api = netlify_api.described(self.tools)
        return Outcome((*page.lines, *api.lines), (*page.faults, *api.faults))

    def peers(self) -> Outcome:
        """Measure a peer with the messages of a usual outage."""
        with launched() as browser:
            return peers.beside(self.tools, browser, self._usual())

    def _usual(self) -> Site:
        return next(site for site in self.sites if site.name == "plain/identified")


def built(folder: Path, now: datetime) -> tuple[list[Site], list[Fault]]:
    """Build every theme in every state; one that cannot be built is a fault."""
    asked = [(theme, case) for theme in themes() for case in (*CASES, FORTY, SMALLEST)]

    def one(each: tuple[str, Case]) -> Site | Fault:
        theme, case = each
        try:
            return site_written(
                folder, case, theme=theme, now=now, address=STATUS_ADDRESS
            )
        except RuntimeError as error:
            return Fault(f"{theme}/{case.name}", f"cannot be built: {error}")

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(one, asked))
    return (
        [each for each in found if isinstance(each, Site)],
        [each for each in found if isinstance(each, Fault)],
    )


def main(wanted: Sequence[str]) -> int:
    """Audit; 0 when every gate holds, 1 when one does not."""
    ready = tools.ready()
    start, now = time.monotonic(), datetime.now(UTC).replace(microsecond=0)
    head = [
        f"Measured on {results.machine()}; {ready.versions()}.",
        "",
        "## The page as its visitors get it",
        "",
    ]
    with tempfile.TemporaryDirectory(prefix="fallback-audit-") as folder:
        say("building the sites")
        sites, faults = built(Path(folder), now)
        say(f"  {len(sites)} sites in {time.monotonic() - start:.0f} s")
        lines: list[str] = []
        for name, room in Audit(Path(folder), now, ready, sites).rooms().items():
            if wanted and name not in wanted:
                continue
            say(name)
            outcome = room()
            lines += outcome.lines
            faults += outcome.faults
    failed = gathered(faults)
    gates = ["Every gate holds."] if not failed else [f"- FAILED: {f}" for f in failed]
    if wanted:
        sys.stdout.write("\n".join([*lines, ""]))
    else:
        results.write("audit", [*head, *lines, "", *gates, ""])
    for fault in failed:
        say(f"FAILED: {fault}")
    say(f"{len(failed)} gates failed, {(time.monotonic() - start) / 60:.0f} minutes")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
