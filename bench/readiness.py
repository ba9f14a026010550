"""How long ``fallback check`` takes at a complete site whose servers are all local.

The site, its names, its mail and its page's two hosts are those of ``tests.lab``: real
name servers, TLS for each name, a key that may write. Each run is a cold process, as
its owner or a timer starts it.
"""

import json
import subprocess
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

from bench.process import run
from tests.lab.hostile import never_answering
from tests.lab.lab import Lab, lab
from tests.lab.world import (
    BLACK_HOLE,
    COMPANIES,
    ELSEWHERE_MAIL,
    HOST_TWO,
    MAILBOX,
    SHOP_AT,
    SOUTH,
    World,
)

CHECK = [str(Path(sysconfig.get_path("scripts")) / "fallback"), "check"]
ROUNDS = 5
MOST = 10.0
"""Seconds: what the owner was promised, with one server that nobody can reach."""

Change = Callable[[World], None]


def _silent(there: World) -> None:
    there.ways[SOUTH] = "silent"


def _closed(there: World) -> None:
    there.ways[SOUTH] = "closed"


def _host(there: World) -> None:
    there.elsewhere(COMPANIES, "host-two.test", HOST_TWO, BLACK_HOLE)


def _mail(there: World) -> None:
    there.elsewhere(MAILBOX, "elsewhere.test", ELSEWHERE_MAIL, BLACK_HOLE)


def _shop(there: World) -> None:
    there.zone(SHOP_AT, BLACK_HOLE)


WORLDS: dict[str, Change] = {
    "nothing: everything answers": lambda _: None,
    "one of the two name servers": _silent,
    "one of the two name servers, its port closed": _closed,
    "one of the two hosts": _host,
    "the mailbox's mail server": _mail,
    "the shop": _shop,
}
"""By what cannot be reached: packets to it are never answered."""

HUNG: dict[str, Change] = {
    "one of the two hosts": lambda w: w.bends.update({HOST_TWO: never_answering}),
    "the shop": lambda w: w.bends.update({SHOP_AT: never_answering}),
}
"""By what takes every request and then says nothing, which a slow server does, too."""


def readiness(folder: Path) -> Iterator[str]:
    """Measure ``check`` in each of these worlds, and say where it took too long."""
    yield "## The readiness check\n"
    yield (
        "`fallback check` at a complete site of two hosts, one zone at two name servers"
        " below a root and a registry, a shop, two mail servers and a spare address,"
        " all on this machine, TLS for every name, the same in each line but for one"
        f" server. Medians of {ROUNDS} cold processes; the servers' own work is on the"
        " same cores.\n"
    )
    with lab(folder / "lab") as running:
        yield "| cannot be reached | found | wall s | slowest s | CPU s | peak MiB |"
        yield _RULE
        slow = []
        for what, change in WORLDS.items():
            line, slowest = _measured(running, what, change)
            yield line
            if slowest > MOST:
                slow.append(f"- FAILED: {what}: {slowest:.1f} s, more than {MOST:.0f}")
        yield "\nA slow server is given longer than one that is not there:\n"
        yield (
            "| takes requests, says nothing | found | wall s | slowest s | CPU s |"
            " peak MiB |"
        )
        yield _RULE
        for what, change in HUNG.items():
            yield _measured(running, what, change)[0]
    yield ""
    yield from slow


_RULE = "|---|---|---:|---:|---:|---:|"


def _measured(running: Lab, what: str, change: Change) -> tuple[str, float]:
    there = World()
    change(there)
    running.become(there)
    found = _found(running)
    costs = [run(CHECK, cwd=running.root, fine=(0, 4)) for _ in range(ROUNDS)]
    slowest = max(cost.wall for cost in costs)
    cells = (
        what,
        found,
        f"{median(cost.wall for cost in costs):.1f}",
        f"{slowest:.1f}",
        f"{median(cost.cpu for cost in costs):.1f}",
        f"{median(cost.memory for cost in costs):.0f}",
    )
    return f"| {' | '.join(cells)} |", slowest


def _found(running: Lab) -> str:
    """Return what is found there; the first run compiles, and is not measured."""
    done = subprocess.run(
        [*CHECK, "--json"], cwd=running.root, capture_output=True, check=False
    )
    said = json.loads(done.stdout)["findings"]
    return ", ".join(sorted({f"`{each['id']}`" for each in said})) or "–"
