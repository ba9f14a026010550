"""A redirect or restore, ended or starved at every call that changes something.

``make torture`` goes through every point there is; a seeded sample is enough for each
commit. Each proves that its fault was hit, that a real BIND then has every name either
before or after the move and all else untouched, and that the same command finishes.
"""

import random
import shutil
from collections import Counter
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from attrs import define, field, frozen

from tests import counting
from tests.actions.site_on_bind import DOMAIN, PAGE, Mover, moving, site_at
from tests.servers import zones
from tests.servers.relay import Relay, relay

TABLE = "A redirect or restore, ended or starved at every call that changes something"
COLUMNS = ("hit", "neither", "foreign", "finished")
VERBS = ("redirect", "restore")
OTHER = {"redirect": "restore", "restore": "redirect"}
SIDES = {"redirect": ("before", "after"), "restore": ("after", "before")}
NAMES = (f"{DOMAIN}.", f"www.{DOMAIN}.")
MARKER = f"_fallback.{DOMAIN}."

STATE, SITE = f"state/fallback/{DOMAIN}", "site/.fallback"
APPENDED = ("openat", "ftruncate", "write", "fsync")
REPLACED = ("openat", "write", "fsync", "rename")
REMEMBERED = {  # what is decided, and that it is done: each in both places
    **{(f"{at}/journal.jsonl", c): 2 for at in (STATE, SITE) for c in APPENDED},
    **{(f"{at}/.restore-card.txt.new", c): 2 for at in (STATE, SITE) for c in REPLACED},
    **{(at, "fsync"): 4 for at in (STATE, SITE)},
}
FIRST = {  # nothing was ever moved before
    **{(path, "mkdir"): 1 for path in (SITE, "state", "state/fallback", STATE)},
    (f"{SITE}/lock", "openat"): 1,
}
IN_THE_FILE = {
    ("bind", "fsync"): 2,
    **{("bind/..zone.db.reload-due.new", c): 1 for c in REPLACED if c != "write"},
    **{("bind/.zone.db.new", call): 1 for call in REPLACED},
    **{("bind/zone.db", call): 1 for call in ("chmod", "chown")},
    ("bind/.zone.db.reload-due", "unlink"): 1,
    ("", "vfork"): 1,  # the reload
}
CALLS = {
    ("rfc2136", "redirect"): {**REMEMBERED, **FIRST},
    ("rfc2136", "restore"): REMEMBERED,
    ("zonefile", "redirect"): {
        **REMEMBERED,
        **FIRST,
        **IN_THE_FILE,
        ("bind/.zone.db.lock", "openat"): 1,
    },
    ("zonefile", "restore"): {**REMEMBERED, **IN_THE_FILE},
}
DISK = {"SIGKILL": "signal=KILL", "ENOSPC": "error=ENOSPC", "EIO": "error=EIO"}
SENT = {
    "SIGKILL before": "kill",
    "SIGKILL after": "killed",
    "cut off before": "cut",
    "answer lost": "lose",
}
"""What can happen to the one message that changes the zone."""


@frozen
class Point:
    """The *number*-th time that *verb* makes *call* at *path*, which meets *fault*."""

    provider: str
    verb: str
    path: str
    call: str
    number: int
    fault: str

    def __str__(self):
        words = (
            self.provider,
            self.verb,
            self.path,
            self.call,
            self.number,
            self.fault,
        )
        return " ".join(str(word) for word in words if word)

    @property
    def kind(self):
        """What the table counts by."""
        return {"provider": self.provider, "verb": self.verb, "fault": self.fault}


POINTS = [
    Point(provider, verb, path, call, number, fault)
    for (provider, verb), calls in CALLS.items()
    for (path, call), many in calls.items()
    for number in range(1, many + 1)
    for fault in (DISK if path else ("SIGKILL",))
] + [Point("rfc2136", verb, "", "UPDATE", 1, fault) for verb in VERBS for fault in SENT]


def _sample(chance, size):
    """Return *size* points, at least one of each kind."""
    kinds = {}
    for point in POINTS:
        kinds.setdefault(tuple(point.kind.values()), []).append(point)
    chosen = {chance.choice(points) for points in kinds.values()}
    rest = [point for point in POINTS if point not in chosen]
    return chosen | set(chance.sample(rest, size - len(chosen)))


SAMPLE = _sample(random.Random(20261129), 24)


def test_there_are_enough_points():
    assert len(set(POINTS)) == len(POINTS) >= 300


def points():
    return [
        pytest.param(
            point,
            id=str(point),
            marks=pytest.mark.sampled if point in SAMPLE else pytest.mark.torture,
        )
        for point in POINTS
    ]


@frozen
class Seen:
    """What a zone holds, beside what it held at first."""

    before: frozenset
    now: frozenset

    def at(self, name):
        """Say on which side *name* stands; empty for neither."""
        was, now = ({r for r in rs if r[0] == name and zones.ours(r)}
                    for rs in (self.before, self.now))  # fmt: skip
        if now == was:
            return "before"
        if name == MARKER:
            return "after" if "state=redirected" in str(now) and len(now) == 1 else ""
        return "after" if now == {(name, "A", 60, PAGE)} else ""

    @property
    def sides(self):
        return {self.at(name) for name in (*NAMES, MARKER)}

    @property
    def neither(self):
        return sum(not self.at(name) for name in (*NAMES, MARKER))


@define
class Story:
    """One BIND, and what is to be there when a point begins."""

    mover: Mover
    relay: Relay
    provider: str
    home: Path
    before: frozenset = field(factory=frozenset)
    calls: dict = field(factory=dict)
    kept: dict = field(factory=dict)

    @property
    def places(self):
        """Return the folders in which a move leaves something, beside the zone."""
        return [self.home / "site" / ".fallback", self.home / "state"]

    @property
    def bind(self):
        return self.mover.site.bind

    def keep(self, verb):
        """Remember all there is as what *verb* starts from."""
        at = self.home / "kept" / verb
        at.mkdir(parents=True)
        for folder in self.places:
            if folder.exists():
                shutil.copytree(folder, at / folder.name)
        self.kept[verb] = (self.bind.file.read_bytes(), self.bind.records())

    def begin(self, verb):
        """Bring all back that *verb* starts from, and nothing else."""
        for folder in self.places:
            shutil.rmtree(folder, ignore_errors=True)
            if (kept := self.home / "kept" / verb / folder.name).exists():
                shutil.copytree(kept, folder)
        text, records = self.kept[verb]
        if self.provider == "rfc2136":
            self.bind.hold(records)
            return
        for beside in self.bind.file.parent.glob(".*zone.db.*"):
            if verb == "redirect" or not beside.name.endswith(".lock"):
                beside.unlink()
        self.bind.file.write_bytes(text)
        self.bind.reload()
        assert self.bind.records() == records

    def ended(self, at, trace):
        """Run into the point *at*, and see that its fault is met; say how it ended."""
        if at.call == "UPDATE":
            return self._ended_at_the_update(at)
        called = (at.path, at.call, at.number)
        (call,) = (each for each in self.calls[at.verb] if each.at == called)
        inject = call.inject(self.home, DISK[at.fault])
        ended = self.mover.run(at.verb, *inject, trace=trace)
        proof = "killed by SIGKILL" if at.fault == "SIGKILL" else "INJECTED"
        assert proof in trace.read_text(errors="replace")
        return ended

    def _ended_at_the_update(self, at):
        self.relay.hits, self.relay.fault = [], SENT[at.fault]
        aim = lambda pid: setattr(self.relay, "victim", pid)  # noqa: E731
        ended = self.mover.run(at.verb, begun=aim)
        assert self.relay.hits == [SENT[at.fault]]
        return ended

    def look(self):
        """Yield what the zone holds as it is served, and as it is written."""
        yield Seen(self.before, self.bind.records())
        if self.provider == "zonefile":
            text = self.bind.file.read_text("latin-1")
            yield Seen(self.before, zones.records(zones.parse(text)))


@pytest.fixture(scope="module")
def stories(tmp_path_factory):
    """Return what gives the story of a provider; each is begun once."""
    with ExitStack() as stack:
        begun = {}

        def story(provider):
            if provider not in begun:
                home = tmp_path_factory.mktemp(provider)
                begun[provider] = stack.enter_context(told(provider, home))
            return begun[provider]

        yield story


@contextmanager
def told(provider, home):
    with ExitStack() as stack:
        site = site_at(home, provider, stack)
        between = stack.enter_context(relay(site.bind.port))
        file = site.root / "fallback.toml"
        line = f'server = "{site.bind.server}"'
        behind = f'server = "127.0.0.1:{between.port}"'
        file.write_text(file.read_text("utf-8").replace(line, behind), "utf-8")
        mover = stack.enter_context(moving(site))
        story = Story(mover, between, provider, home, site.bind.records())
        for verb in VERBS:
            story.keep(verb)
            story.calls[verb] = mover.changes(verb, home / "trace")
        assert site.bind.records() == story.before
        yield story


@pytest.mark.parametrize(("provider", "verb"), CALLS)
def test_the_points_are_every_call_that_changes_something(stories, provider, verb):
    made = Counter((each.path, each.name) for each in stories(provider).calls[verb])
    assert made == CALLS[provider, verb]


@pytest.mark.parametrize("at", points())
def test_every_name_is_before_or_after_and_running_again_finishes(
    tmp_path, stories, count, at
):
    story = stories(at.provider)
    start, end = SIDES[at.verb]

    def look(point, *sides):
        for seen in story.look():
            point["neither"] += seen.neither
            point["foreign"] += zones.foreign(seen.before, seen.now)
            assert (point["neither"], point["foreign"]) == (0, 0)
            assert len(seen.sides) == 1, "all of it is one change"
            assert seen.sides <= set(sides)

    story.begin(at.verb)
    with counting.point(count, TABLE, at.kind, *COLUMNS) as point:
        ended = story.ended(at, tmp_path / "trace")
        point["hit"] = 1
        assert ended in ((-9,) if "KILL" in at.fault else (0, 1, 3, 5))
        look(point, start, end)
        assert story.mover.run(at.verb) == 0
        look(point, end)
        assert story.mover.run(OTHER[at.verb]) == 0
        look(point, start)
        assert "Traceback" not in story.mover.program.log.read_text()
        point["finished"] = 1
