"""How often one move asks its operator, for each kind of operator, and for the rivals.

BIND and the proxy before PowerDNS count for themselves, strace tells what becomes of a
zone file, and Cloudflare and Amazon are the strict fakes of the tests.
"""

import re
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

from attrs import frozen

from bench import rivals
from bench.process import run
from bench.rivals import APEX, Commands
from fallback.core.records import RRset
from fallback.demo.nameserver import answering
from tests import need
from tests.actions.site_on_bind import DOMAIN, SHOP, ZONE, Site, site_at
from tests.actions.test_move_route53 import servers as publish
from tests.dns.test_manual import typed
from tests.fakes import cloudflare_dns, route53
from tests.servers import powerdns
from tests.servers.bind import Bind
from tests.servers.program import Ended, fallback
from tests.servers.proxy import Proxy, fault_proxy


@frozen
class Desk:
    """A site, and a count of what its operator has been asked so far.

    Counted are ``reads``, ``writes``, and ``questions`` to name servers where one of
    ours keeps count. ``type`` carries out what is left to a person.
    """

    site: Site
    asked: Callable[[], Counter]
    under: Sequence[str] = ()

    def one(self, *words: str) -> Counter:
        """Run the program; return what it asked."""
        before = self.asked()
        ended = self._run(*words)
        found = self.asked()
        found.subtract(before)
        steps = ended.json["zones"][0].get("steps", ())
        if steps:
            found["by hand"] = len(steps)
            for step in steps:
                assert self.site.bind.nsupdate(*typed(step)) == ""
            ended = self._run(*words)
        assert ended.code == 0, ended.out
        return found

    def _run(self, *words: str) -> Ended:
        return fallback(
            self.site.root, *words, "--json", under=self.under, **self.site.environment
        )


def statistics(bind: Bind) -> Counter:
    """Return what *bind* has been asked, from its own counters."""
    file = bind.folder / "named.stats"
    file.unlink(missing_ok=True)
    command = bind.reload_command.rpartition(" reload ")[0]
    subprocess.run([*command.split(), "stats"], check=True, capture_output=True)
    text = file.read_text("utf-8")
    first = text.partition("++ Incoming Queries ++")
    counts = {
        name: int(number)
        for part in (first[0], first[2].partition("++ Outgoing")[0])
        for number, name in re.findall(r"^ +(\d+) ([A-Z]+)$", part, re.MULTILINE)
    }
    transfers = counts.get("AXFR", 0)
    return Counter(
        reads=transfers,
        writes=counts.get("UPDATE", 0),
        questions=counts.get("QUERY", 0) - transfers,
    )


def kept(site: Site, table: str, resolver: str = "") -> None:
    """Let the site's zone be kept as *table* says, and be asked for at *resolver*."""
    path = site.root / "fallback.toml"
    head, _, rest = path.read_text("utf-8").partition('provider = "rfc2136"')
    rest = rest[rest.index("[network]") :]
    if resolver:
        rest = rest.replace(site.bind.server, resolver)
    path.write_text(head + table + rest, "utf-8")


def requests(told: Sequence[str], write: str = "PATCH|PUT|POST|DELETE") -> Counter:
    """Sort requests into reads and writes, those which *write* matches."""
    writes = sum(bool(re.match(write, each)) for each in told)
    return Counter(reads=len(told) - writes, writes=writes)


def rfc2136(folder: Path, stack: ExitStack) -> Desk:
    site = site_at(folder, "rfc2136", stack)
    return Desk(site, lambda: statistics(site.bind))


def zonefile(folder: Path, stack: ExitStack) -> Desk:
    """Count what becomes of the file as strace tells it, and the reloads."""
    site = site_at(folder, "zonefile", stack)
    trace = folder / "trace"
    trace.touch()

    def asked() -> Counter:
        lines = trace.read_text(errors="replace").splitlines()
        opened = [x for x in lines if f'{site.bind.file}"' in x and "openat(" in x]
        renamed = [x for x in lines if f', "{site.bind.file}"' in x and "rename" in x]
        ran = [x for x in lines if "execve(" in x and "/rndc" in x]
        queries = statistics(site.bind)["questions"]
        return Counter(
            reads=len(opened),
            writes=len(renamed),
            reloads=len(ran),
            questions=queries,
        )

    under = [need.program("strace"), "-f", "-A", "-o", str(trace)]
    under += ["-e", "trace=openat,rename,execve"]
    return Desk(site, asked, under)


def cloudflare(folder: Path, stack: ExitStack) -> Desk:
    site = site_at(folder, "rfc2136", stack)
    fake = stack.enter_context(cloudflare_dns.cloudflare(ZONE))
    fake.name_servers = [f"ns1.{DOMAIN}", "ns2.elsewhere.test"]
    fake.published = site.bind.set
    kept(
        site,
        f'provider = "cloudflare"\nendpoint = "{fake.endpoint}"\n'
        'token = "env:CLOUDFLARE_API_TOKEN"\n',
    )
    site.environment["CLOUDFLARE_API_TOKEN"] = cloudflare_dns.TOKEN
    return Desk(site, lambda: requests(fake.calls))


def amazon(folder: Path, stack: ExitStack) -> Desk:
    site, file = site_at(folder, "rfc2136", stack), folder / "zone"
    account = stack.enter_context(route53.running())
    account.load(ZONE)
    publish(account.zone, file)
    account.changed.append(lambda zone: publish(zone, file))
    server = stack.enter_context(answering(file, DOMAIN, "127.0.0.1"))
    kept(
        site,
        f'provider = "route53"\nendpoint = "{account.endpoint}"\n'
        'access_key = "env:R53_KEY"\nsecret_key = "env:R53_SECRET"\n',
        str(server),
    )
    site.environment |= {"R53_KEY": route53.KEY, "R53_SECRET": route53.SECRET}
    return Desk(site, lambda: requests(account.calls, "Change"))


def manual(folder: Path, stack: ExitStack) -> Desk:
    return Desk(site_at(folder, "manual", stack), Counter)


@contextmanager
def by_api(folder: Path) -> Iterator[tuple[powerdns.PowerDns, Proxy]]:
    """Run PowerDNS with the shop's zone, and a proxy that sees the calls of its API."""
    with powerdns.running(folder) as server, fault_proxy(server.http) as proxy:
        for rtype, data in (("A", (SHOP, "127.0.0.4")), ("AAAA", ("::1",))):
            server.set(APEX, rtype, RRset(timedelta(seconds=300), data))
        yield server, proxy


def behind_octodns(folder: Path, stack: ExitStack) -> Desk:
    site = site_at(folder, "rfc2136", stack)
    server, proxy = stack.enter_context(by_api(folder / "powerdns"))
    kept(
        site,
        'provider = "octodns"\nclass = "octodns_powerdns.PowerDnsProvider"\n'
        f'options = {{ host = "127.0.0.1", port = {proxy.port},'
        ' api_key = "env:PDNS_KEY" }\n',
        server.server,
    )
    site.environment["PDNS_KEY"] = powerdns.API_KEY
    return Desk(site, lambda: requests(proxy.seen))


OPERATORS = {
    "`rfc2136` at BIND: transfers, updates": rfc2136,
    "`zonefile`: the file read, replaced, reloaded": zonefile,
    "`cloudflare`, a fake: requests": cloudflare,
    "`route53`, a fake: requests": amazon,
    "`octodns` at PowerDNS: requests": behind_octodns,
    "`manual`: records that a person types": manual,
}


def said(found: Counter) -> str:
    if "by hand" in found:
        return f"{found['by hand']} by hand"
    text = f"{found['reads']} + {found['writes']}"
    return f"{text} + {found['reloads']}" if "reloads" in found else text


def ours(folder: Path) -> Iterator[str]:
    """Yield a line for each kind of operator, and one for the name server's part."""
    for number, (name, made) in enumerate(OPERATORS.items()):
        with ExitStack() as stack:
            desk = made(folder / f"operator-{number}", stack)
            sure = ("--confirm", DOMAIN)
            desk.site.shop.kill()
            dry = desk.one("redirect", "--dry-run")
            there = desk.one("redirect", *sure)
            again = desk.one("redirect", *sure)
            desk.site.shop.revive()
            back = desk.one("restore", *sure)
        found = (there, back, dry, again)
        yield row(name, *map(said, found))
        if made is rfc2136:
            what = "the same, questions to its name server"
            yield row(what, *(str(each["questions"]) for each in found))


def row(name: str, *cells: str) -> str:
    return f"| {name} | {' | '.join(cells)} |"


def theirs(name: str, by: Commands, asked: Callable[[], Counter], at: Path) -> str:
    """Return the line of a rival; without ``--doit`` octoDNS only shows its plan."""
    syncs = "--doit" in by["redirect"]
    dry = by["redirect"][:-1] if syncs else []
    found = []
    for command in (dry, by["redirect"], by["redirect"], by["restore"]):
        before = asked()
        if command:
            run(command, cwd=at)
        after = asked()
        after.subtract(before)
        found.append(said(after) if command else "–")
    dry_run, there, again, back = found
    return row(name, there, back, dry_run, again)


def peers(folder: Path) -> Iterator[str]:
    """Yield the lines of those who would do it otherwise."""
    with ExitStack() as stack:
        bind = site_at(folder / "rivals", "rfc2136", stack).bind
        hands = rivals.nsupdate(bind, folder / "typed")
        sync = rivals.octodns_at_bind(bind, hands, folder / "typed")
        for name, by in (("`nsupdate`", hands), ("`octodns-sync`", sync)):
            yield theirs(f"{name} at BIND", by, lambda: statistics(bind), folder)
        server, proxy = stack.enter_context(by_api(folder / "api"))
        sync = rivals.octodns(
            "octodns_powerdns.PowerDnsProvider",
            rivals.nsupdate(server, folder / "typed-there"),
            folder / "typed-there",
            port=proxy.port,
            api_key=powerdns.API_KEY,
        )
        name = "`octodns-sync` at PowerDNS: requests"
        yield theirs(name, sync, lambda: requests(proxy.seen), folder)


def asked(folder: Path) -> Iterator[str]:
    """Count for everybody."""
    yield "### What is asked of the operator\n"
    yield WORDS
    yield "| operator | redirect | restore | dry run | redirect, nothing to do |"
    yield "|---|---:|---:|---:|---:|"
    yield from ours(folder)
    yield from peers(folder)
    yield ""


WORDS = """\
Reads + writes (+ reloads) of one run, for one zone and two names. `fallback` reads
before it plans, before it writes and after it has written; what it writes is one
message, one batch or one file. At Cloudflare a list is two requests here, because the
fake ends it with an empty page; where an answer says how many pages there are, it is
one. The questions to name servers are the gates' and those of the look afterwards, of
each server; every kind of operator has them, and `manual` has nothing else to read by.
"""
