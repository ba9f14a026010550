"""Moving the names of a shop, beside the programs one would use instead.

A real BIND that takes updates by key and tells a second one, which transfers the zone.
Each run is a cold process, and the rounds of all competitors alternate. What customers
get is asked from outside, every few milliseconds, at both name servers.
"""

import os
import sysconfig
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from threading import Thread

import dns.exception
import dns.message
import dns.query
from attrs import define, evolve, field, frozen

from bench import operators, rivals
from bench.process import Cost, run
from bench.rivals import KEYS, Commands
from fallback.core.redirect.journal import Event, decode
from fallback.stores.journal import NAME
from fallback.wire.dns import presentation
from tests.actions.site_on_bind import DOMAIN, PAGE, ZONE, Site, site_at
from tests.servers import zones
from tests.servers.bind import Bind, secondary, told
from tests.servers.updated import SECRETS, Updated, free_port

BIN = Path(sysconfig.get_path("scripts"))
OURS = "fallback"
ROUNDS = 5
CALM = 6.0
"""Seconds between two changes: BIND tells others every five seconds at most."""

Wanted = Mapping[tuple[str, str], frozenset[str]]
"""The data that customers get, by name and type."""


@define
class Watch:
    """Asks every server until it says what is wanted, and notes the moments."""

    servers: Sequence[Updated]
    wanted: Wanted
    seen: dict[str, float] = field(factory=dict)

    def ask(self) -> None:
        """Ask until all say it, half a minute at most."""
        end = time.time() + 30
        while time.time() < end and len(self.seen) < len(self.servers):
            for server in self.servers:
                if server.server not in self.seen and self._says(server):
                    self.seen[server.server] = time.time()
            time.sleep(0.002)

    def _says(self, server: Updated) -> bool:
        for (name, rtype), data in self.wanted.items():
            query = dns.message.make_query(name, rtype, flags=0)
            try:
                reply = dns.query.udp(
                    query, server.address, port=server.port, timeout=1
                )
            except dns.exception.DNSException:
                return False
            found = reply.get_rrset(
                reply.answer, query.question[0].name, 1, query.question[0].rdtype
            )
            if frozenset(map(presentation.text, found or ())) != data:
                return False
        return True


@frozen
class Round:
    """One change, in seconds from the start of the process.

    ``first`` and ``last`` are when the first and the last server answered, ``decided``
    when it was known what to write: where that can be seen, later than the start.
    """

    cost: Cost
    began: float
    first: float
    last: float
    decided: float = 0.0


@frozen
class Scene:
    """A site and both servers of its zone; ``states`` is what they say."""

    site: Site
    second: Bind
    states: Mapping[str, Wanted]

    def change(self, verb: str, command: Sequence[str]) -> Round:
        """Run *command*, which brings the state of *verb*, and watch the servers."""
        watch = Watch((self.site.bind, self.second), self.states[verb])
        asking = Thread(target=watch.ask)
        time.sleep(CALM)
        began = time.time()
        asking.start()
        cost = run(command, cwd=self.site.root)
        asking.join()
        moments = sorted(moment - began for moment in watch.seen.values())
        assert len(moments) == 2, f"{command} did not reach both servers"
        return Round(cost, began, moments[0], moments[1])

    def decided(self, once: Round) -> float:
        """Return when the last plan was written into the journal, as *once* counts."""
        book = decode((self.site.root / ".fallback" / NAME).read_bytes())
        plans = [entry.at for entry in book.entries if entry.event is Event.PLAN]
        return plans[-1].timestamp() - once.began


@contextmanager
def two_servers(folder: Path) -> Iterator[Scene]:
    """Run a site whose zone is at a primary, which tells a secondary."""
    with ExitStack() as stack:
        port = free_port()
        site = site_at(folder, "rfc2136", stack, options=told(port))
        second = stack.enter_context(secondary(folder / "second", site.bind, port))
        path = site.root / "fallback.toml"
        one = f'resolvers = ["{site.bind.server}"'
        both = f'{one}, "{second.server}"'
        path.write_text(path.read_text("utf-8").replace(one, both), "utf-8")
        live = zones.records(zones.parse(ZONE))
        before = {key: frozenset(r[3] for r in live if r[:2] == key) for key in KEYS}
        there = {key: frozenset({PAGE} if key[1] == "A" else ()) for key in KEYS}
        yield Scene(site, second, {"redirect": there, "restore": before})


def competitors(scene: Scene, folder: Path) -> Mapping[str, Commands]:
    """Return what each is called with."""
    bind = scene.site.bind
    hands = rivals.nsupdate(bind, folder / "typed")
    return {
        OURS: {
            verb: [str(BIN / OURS), verb, "--confirm", DOMAIN] for verb in rivals.VERBS
        },
        "`nsupdate`, written beforehand": hands,
        "`octodns-sync`": rivals.octodns_at_bind(bind, hands, folder / "typed"),
    }


def compete(scene: Scene, folder: Path) -> Mapping[str, Mapping[str, list[Round]]]:
    """Return everybody's rounds, by verb; each leaves the zone as it was."""
    before = scene.site.bind.records()
    calls = competitors(scene, folder)
    rounds = {verb: {name: [] for name in calls} for verb in rivals.VERBS}
    for name in [*calls] * (ROUNDS + 1):  # the first brings all into the page cache
        for verb, seen in rounds.items():
            dead = verb == "redirect"
            (scene.site.shop.kill if dead else scene.site.shop.revive)()
            once = scene.change(verb, calls[name][verb])
            if name == OURS:
                once = evolve(once, decided=scene.decided(once))
            seen[name].append(once)
        assert scene.site.bind.records() == before, name
    return {
        verb: {name: each[1:] for name, each in seen.items()}
        for verb, seen in rounds.items()
    }


def table(named: Mapping[str, Sequence[Round]]) -> Iterator[str]:
    """Yield the lines of one table: medians."""
    yield (
        "| | last authoritative answer, s | of that, after the decision, ms |"
        " of that, after the first server, ms | exit, s | CPU s | peak MiB |"
    )
    yield "|---|---:|---:|---:|---:|---:|---:|"
    for name, rounds in named.items():
        last = median(each.last for each in rounds)
        after = median(1000 * (each.last - each.decided) for each in rounds)
        apart = median(1000 * (each.last - each.first) for each in rounds)
        wall = median(each.cost.wall for each in rounds)
        cpu = median(each.cost.cpu for each in rounds)
        memory = median(each.cost.memory for each in rounds)
        yield (
            f"| {name} | {last:.2f} | {after:.0f} | {apart:.0f} | {wall:.2f} |"
            f" {cpu:.2f} | {memory:.0f} |"
        )
    yield ""


def moving(folder: Path) -> Iterator[str]:
    """Measure one redirect and its restore, and count what operators are asked."""
    os.environ["TSIG"] = SECRETS["fallback"]
    yield "## Redirect and restore\n"
    yield (
        "A BIND that takes updates by key, and a second one that it tells (NOTIFY) and"
        f" that transfers the zone, both on this machine. Medians of {ROUNDS} rounds,"
        " which alternate; cold processes. Both servers are asked every 2 ms for every"
        f" web record of both names. Changes are {CALM:.0f} s apart, because BIND tells"
        " its secondaries every five seconds at most. All send the same records, marker"
        " and all, with the same key. That there are two servers, and at which ports,"
        " the site knows from `network.resolvers`: NS records name no port.\n"
    )
    yield (
        "`fallback` is measured whole, as users get it. Its redirect looks at the dead"
        " shop twice, two seconds apart, and asks everything else in between: no"
        " redirect is quicker. Decided is when the plan is written into the journal;"
        " the others decide nothing, so that theirs is the start of the process.\n"
    )
    with two_servers(folder / "moved") as scene:
        for verb, named in compete(scene, folder / "moved").items():
            yield f"### {verb.capitalize()}, until the last authoritative answer\n"
            yield from table(named)
    yield NOTES
    yield from operators.asked(folder)


NOTES = """\
What `fallback` does in that time and the others do not:

- It finds out itself what to write, and refuses where a gate says no: the shop answers,
  the page does not, mail or a name server would follow, the zone is not the delegated
  one. The others were told beforehand, and ask nobody.
- It writes the way back into two places, each synced to the disk, before the first
  record. `nsupdate` keeps none; octoDNS has what somebody wrote into its own files.
- The server compares with what was read, serial included, and refuses all of it when
  somebody was faster. The others overwrite without asking: `nsupdate` as it is typed,
  octoDNS whatever was changed after it had read the zone.
- It ends when it has read the records back and both servers have said them. The others
  end when the primary has taken the update.
"""
