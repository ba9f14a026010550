"""The whole way on a real BIND: there and back, edits by others, and kills anywhere."""

import contextlib
import io
import json
import os
import random
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import define, frozen

from fallback.__main__ import run
from fallback.actions import evidence
from fallback.core.journal import decode
from fallback.core.records import Marker, RRset
from fallback.demo.shop import WORDS, Shop
from fallback.stores.journal import NAME
from tests import need
from tests.servers import page, zones
from tests.servers.bind import ALGORITHM, SECRETS, Bind, running

PAGE, SHOP = "127.0.0.1", "127.0.0.3"
DOMAIN = zones.NAME
ZONE = (
    zones.TEXT.replace("192.0.2.10", SHOP)
    .replace("192.0.2.11", "127.0.0.4")
    .replace("2001:db8::10", "::1")  # refuses at once; the other is a black hole
)
SAMPLE = 8


@define
class Site:
    """A site folder, its shop, and the BIND that answers for its zone."""

    root: Path
    bind: Bind
    shop: Shop
    environment: dict[str, str]

    def run(self, *words: str) -> dict[str, Any]:
        """Run the program as a script would; return its JSON, with ``code``."""
        out = io.StringIO()
        with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out):
            for name, value in self.environment.items():
                patch.setenv(name, value)
            patch.setattr(evidence, "PAUSE", timedelta())  # two looks are two looks
            code = run(("-C", str(self.root), *words, "--json"))
        body: dict[str, Any] = json.loads(out.getvalue())
        assert body["code"] == code
        return body

    def redirect(self, *more: str) -> dict[str, Any]:
        return self.run("redirect", "--confirm", DOMAIN, *more)

    def restore(self, *more: str) -> dict[str, Any]:
        return self.run("restore", "--confirm", DOMAIN, *more)

    def moved(self) -> bool:
        """Whether the zone is redirected as a whole; fails for a mixture."""
        there = {name for name, rtype, _, data in self.bind.records() if data == PAGE}
        there -= {f"ns1.{DOMAIN}."}
        marker = any(name.startswith("_fallback") for name, *_ in self.bind.records())
        assert there in (set(), {f"{DOMAIN}.", f"www.{DOMAIN}."})
        assert marker == bool(there)
        return marker


PROVIDERS = {
    "rfc2136": """
provider = "rfc2136"
server = "{server}"
key_name = "fallback"
key_algorithm = "{algorithm}"
key_secret = "env:TSIG"
""",
    "zonefile": """
provider = "zonefile"
path = "{file}"
reload = "{reload}"
""",
    "manual": """
provider = "manual"
servers = ["{server}"]
""",
}


def write(root: Path, bind: Bind, provider: str, port: int) -> None:
    """Write the site's ``fallback.toml``."""
    table = PROVIDERS[provider].format(
        server=bind.server,
        algorithm=ALGORITHM,
        file=bind.file,
        reload=bind.reload_command,
    )
    (root / "fallback.toml").write_text(
        f"""
[shop]
name = "Kwiaty u Ani"
url = "http://{DOMAIN}:{port}"
[contact]
email = "kwiaty@elsewhere.test"
phone = "+48600100200"
[primary]
contains = "{WORDS}"
[[hosts]]
kind = "folder"
path = "public-copy"
[[dns]]
zone = "{DOMAIN}"
names = ["{DOMAIN}", "www.{DOMAIN}"]
target = ["{PAGE}"]
{table}
[network]
resolvers = ["{bind.server}"]
canaries = []
allow_private = true
""",
        "utf-8",
    )


def site_at(
    folder: Path, provider: str, stack: ExitStack, *, options: str = ""
) -> Site:
    """Return a site whose shop is alive at ``SHOP`` and whose page is at ``PAGE``.

    *options* are more lines for the zone's clause in BIND.
    """
    root = folder / "site"
    root.mkdir(parents=True)
    bind = stack.enter_context(
        running(
            folder / "bind", text=ZONE, dynamic=provider != "zonefile", options=options
        )
    )
    published = page.publish(root / "public-copy")
    host = stack.enter_context(page.serving(published, PAGE))
    shop = Shop(SHOP, host.port)
    shop.revive()
    stack.callback(shop.kill)
    write(root, bind, provider, host.port)
    environment = {
        "XDG_STATE_HOME": str(folder / "state"),
        "TSIG": SECRETS["fallback"],
        "FALLBACK_LANG": "en",
    }
    return Site(root, bind, shop, environment)


@pytest.fixture(params=["rfc2136", "zonefile"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    with ExitStack() as stack:
        yield site_at(tmp_path, request.param, stack)


def codes(body: dict[str, Any]) -> set[str]:
    return {refusal["code"] for refusal in body["refused"]}


def test_there_and_back_every_record_of_the_zone_is_as_it_was(site: Site) -> None:
    before = site.bind.records()
    assert codes(site.redirect()) == {"shop-answers"}
    site.shop.kill()
    plan = site.run("redirect", "--dry-run")
    assert (plan["code"], plan["zones"][0]["state"]) == (0, "planned")
    assert site.bind.records() == before
    there = site.redirect()
    assert (there["code"], there["zones"][0]["state"]) == (0, "redirected")
    assert {server["says"] for server in there["zones"][0]["servers"]} == {"new"}
    assert site.moved()
    again = site.redirect()
    assert (again["code"], again["zones"][0]["changes"]) == (0, [])
    assert codes(site.restore()) == {"shop-not-back"}
    site.shop.revive()
    back = site.restore()
    assert (back["code"], back["zones"][0]["state"]) == (0, "restored")
    assert site.bind.records() == before
    assert site.restore()["zones"][0]["changes"] == []


def test_what_somebody_else_changed_meanwhile_stays_theirs(site: Site) -> None:
    assert site.redirect("--accept", "shop-answers")["code"] == 0
    theirs = RRset(timedelta(seconds=120), ("203.0.113.9",))
    www = f"www.{DOMAIN}."
    if "rfc2136" in (site.root / "fallback.toml").read_text():
        site.bind.set(www, "A", theirs)
    else:
        text = site.bind.file.read_text("latin-1")
        line = re.compile(rf"^www\S* .*\bA\s+{re.escape(PAGE)}.*$", re.MULTILINE)
        assert line.search(text)
        site.bind.file.write_text(line.sub("www 120 IN A 203.0.113.9", text), "latin-1")
    before = {r for r in zones.records(zones.parse(ZONE)) if r[0] != www}
    back = site.restore("--accept", "shop-not-back")
    assert (back["code"], back["zones"][0]["state"]) == (3, "drifted")
    after = site.bind.records()
    assert {r for r in after if r[0] == www} == {(www, "A", 120, "203.0.113.9")}
    assert {r for r in after if r[0] != www} == before


def test_a_refused_key_changes_nothing_and_says_so(tmp_path: Path) -> None:
    with ExitStack() as stack:
        site = site_at(tmp_path, "rfc2136", stack)
        site.shop.kill()
        before = site.bind.records()
        site.environment["TSIG"] = SECRETS["narrow"]
        no = site.redirect()
        assert no["code"] in (1, 12)
        assert no["ok"] is False
        assert site.bind.records() == before
        site.environment["TSIG"] = SECRETS["fallback"]
        assert site.redirect()["code"] == 0


# --- kills and full disks


@frozen
class Kill:
    """Die at the *when*-th call of *syscall* by the main thread."""

    syscall: str
    when: int


WRITES = ("write", "fsync", "rename", "sendto", "sendmsg", "ftruncate", "unlink")


@define
class Mover:
    """The program, forked and traced: see ``tests.actions.mover``."""

    site: Site
    process: subprocess.Popen[bytes]

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().decode().strip()

    def say(self, text: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(text.encode() + b"\n")
        self.process.stdin.flush()

    def run(
        self, verb: str, *inject: str, trace: Path, more: Sequence[str] = ()
    ) -> int:
        """Run *verb*, a command with its file, under strace; return how it ended."""
        words = ["-C", str(self.site.root), *verb.split(), "--confirm", DOMAIN, "-q"]
        words += more
        if verb == "redirect":
            words += ["--accept", "shop-answers"]
        self.say(json.dumps(words))
        pid = self.line()
        strace = subprocess.Popen(
            [need.program("strace"), "-p", pid, "-o", trace, *inject],
            stderr=subprocess.PIPE,
        )
        assert strace.stderr is not None
        attached = strace.stderr.readline()
        assert b"attached" in attached, attached
        self.say("go")
        ended = self.line()
        strace.wait(timeout=20)
        strace.stderr.close()
        assert ended.startswith("ended"), ended
        return int(ended.removeprefix("ended "))

    def writes(self, verb: str, trace: Path, *more: str) -> Counter[str]:
        """Run *verb* to its end; return how often it made each writing call."""
        calls = f"trace={','.join(WRITES)}"
        assert self.run(verb, "-e", calls, trace=trace, more=more) == 0
        found = re.findall(r"^(\w+)\(", trace.read_text(errors="replace"), re.MULTILINE)
        return Counter(found)


@pytest.fixture
def mover(site: Site) -> Iterator[Mover]:
    need.program("strace")
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "tests.actions.mover"),
            *("-C", site.root, "redirect", "--dry-run", "-q"),
        ],
        env={**os.environ, **site.environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    made = Mover(site, process)
    assert process.stdout is not None
    while made.line() != "ready":
        assert process.poll() is None
    yield made
    assert process.stdin is not None
    process.stdin.close()
    process.wait(timeout=20)
    process.stdout.close()


def sample(writes: Counter[str], chance: random.Random, *, many: bool) -> list[Kill]:
    """Return moments between two writes: all, or some, at least one a syscall."""
    every = [Kill(name, n) for name, many in writes.items() for n in range(1, many + 1)]
    if many:
        return every
    first = [chance.choice([k for k in every if k.syscall == name]) for name in writes]
    rest = [kill for kill in every if kill not in first]
    return first + chance.sample(rest, max(0, min(SAMPLE - len(first), len(rest))))


@pytest.mark.parametrize("many", [False, pytest.param(True, marks=pytest.mark.torture)])
@pytest.mark.parametrize("verb", ["redirect", "restore"])
def test_killed_anywhere_the_same_command_finishes(
    mover: Mover, verb: str, tmp_path: Path, *, many: bool
) -> None:
    site, trace = mover.site, tmp_path / "trace"
    before = site.bind.records()
    counts = {each: mover.writes(each, trace) for each in ("redirect", "restore")}
    assert site.bind.records() == before
    chance = random.Random(20261122)
    for kill in sample(counts[verb], chance, many=many):
        inject = f"inject={kill.syscall}:signal=KILL:when={kill.when}"
        if verb == "restore":
            assert mover.run("redirect", trace=trace) == 0
        ended = mover.run(verb, "-e", inject, trace=trace)
        assert ended == -9, f"{kill} was not hit"
        site.moved()  # fails for a mixture
        assert mover.run(verb, trace=trace) == 0, kill
        assert site.moved() == (verb == "redirect"), kill
        if verb == "redirect":
            assert mover.run("restore", trace=trace) == 0
        assert site.bind.records() == before, kill


def test_a_full_disk_under_the_journal_leaves_the_zone_alone(
    mover: Mover, tmp_path: Path
) -> None:
    site, trace = mover.site, tmp_path / "trace"
    before = site.bind.records()
    folder = site.root / ".fallback"
    for path in (folder / NAME, tmp_path / "state/fallback" / DOMAIN / NAME):
        assert mover.run("redirect", trace=trace) == 0
        assert mover.run("restore", trace=trace) == 0
        held = path.read_bytes()
        ended = mover.run(
            "redirect",
            *("-P", str(path), "-e", "inject=write:error=ENOSPC:when=1"),
            trace=trace,
        )
        assert "(INJECTED)" in trace.read_text()
        assert ended == 5
        assert site.bind.records() == before
        assert path.read_bytes() == held
        assert mover.run("redirect", trace=trace) == 0
        assert mover.run("restore", trace=trace) == 0
        assert site.bind.records() == before


def test_the_marker_names_the_decision_that_is_in_force(site: Site) -> None:
    assert site.redirect("--accept", "shop-answers")["code"] == 0
    said = {
        data for name, _, _, data in site.bind.records() if name.startswith("_fallback")
    }
    book = decode((site.root / ".fallback" / NAME).read_bytes())
    epoch = book.entries[0].epoch
    assert said == set(Marker(epoch, "redirected").rrset().rdatas)


def test_a_killed_process_holds_no_lock(mover: Mover, tmp_path: Path) -> None:
    ended = mover.run(
        "redirect", "-e", "inject=fsync:signal=KILL:when=1", trace=tmp_path / "trace"
    )
    assert ended == -9
    started = time.monotonic()
    assert mover.run("redirect", trace=tmp_path / "trace") == 0
    assert time.monotonic() >= started
