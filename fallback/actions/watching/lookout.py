"""Looks at what the hosts serve, beside the look at the shop and never in its way.

The questions are asked in a thread of their own, now and then. It moves nothing and
publishes nothing: it tells a person. What and when is decided by
``fallback.core.hosts.served``.
"""

from collections.abc import Callable
from datetime import timedelta
from queue import Empty, SimpleQueue
from threading import Thread

from attrs import define, field

from fallback import hosts
from fallback.actions.checking.visiting import look_at
from fallback.core.clock import Clock
from fallback.core.config import Config, HostTable
from fallback.core.errors import FallbackError
from fallback.core.hosts.served import (
    Memory,
    News,
    Published,
    Shown,
    remembered,
    troubles,
)
from fallback.core.ports import Store, Version
from fallback.core.result import Talk
from fallback.core.text import T, Text
from fallback.probes import connectivity
from fallback.stores.builds import FOLDER, Builds, last_sequence
from fallback.stores.journal import state_folder
from fallback.wire import parallel

KEY = "hosts.json"
WITHIN = timedelta(seconds=20)
_AT_ONCE = 4

Tell = Callable[[News], bool]
"""Tells a person; returns whether it got out."""


@define
class Lookout:
    """Who looks at the hosts of one site; ``memory`` is what came of it so far."""

    config: Config
    say: Talk
    clock: Clock
    store: Store
    tell: Tell
    memory: Memory = field(factory=Memory)
    version: Version | None = None
    known: bool = False
    asking: bool = False
    warned: bool = False
    answers: "SimpleQueue[Memory | None]" = field(factory=SimpleQueue)

    def begin(self) -> None:
        """Ask in the background, if it is time to and nobody is asking yet."""
        if not self.warned:
            self.warned = True
            if labels := ", ".join(unwatched(self.config)):
                text = T("not watched, because they have no url: {hosts}", hosts=labels)
                self.say("not_watched", text)
        if self.asking or not self._tables:
            return
        if not self.known and not self._recall():
            return
        if self.memory.due(self.clock.now()):
            self.asking = True
            Thread(target=self._ask, args=(self.memory,), daemon=True).start()

    def collect(self, within: timedelta = timedelta()) -> None:
        """Take the answers, waiting for them *within* at most, and remember them."""
        if not self.asking:
            return
        try:
            seconds = within.total_seconds()
            found = self.answers.get(block=seconds > 0, timeout=seconds or None)
        except Empty:
            return
        self.asking = False
        if found is None:
            return
        self.memory = found
        try:
            self.version = self.store.put(KEY, found.to_json(), self.version)
        except FallbackError as error:
            self.known = False
            self.say("trouble", T("what hosts serve cannot be remembered: {why}",
                                  why=error.what))  # fmt: skip

    def _recall(self) -> bool:
        """Read what is remembered; return whether that was possible."""
        try:
            kept = self.store.get(KEY)
            self.memory = Memory.from_json(kept[0]) if kept else Memory()
        except FallbackError as error:
            self.say("trouble", T("what hosts serve is not looked at: {why}",
                                  why=error.what))  # fmt: skip
            return False
        self.version = kept[1] if kept else None
        self.known = True
        return True

    def _ask(self, before: Memory) -> None:
        """Look, judge and tell: the whole life of the thread."""
        try:
            self.answers.put(self._looked(before))
        except Exception as surprise:  # noqa: BLE001 - the watcher must go on
            why = f"{type(surprise).__name__}: {surprise}"
            self.say("trouble", T("hosts could not be looked at: {why}", why=why))
            self.answers.put(None)

    @property
    def _tables(self) -> list[HostTable]:
        return [table for table in self.config.hosts if is_watched(table)]

    def _looked(self, before: Memory) -> Memory:
        shown = parallel.each(self._shown, self._tables, width=_AT_ONCE)
        failed = any(one.failure for one in shown)
        online = connectivity.online(self.config.network) if failed else None
        at = self.clock.now()
        ours = published(self.config)
        found = troubles(shown, ours, at, online=online, live=before.live)
        after, news = remembered(before, shown, found, at, ours)
        told = [self.tell(each) for each in news]
        # what nobody heard of is told again after the next look
        return after if all(told) else after.untold(before)

    def _shown(self, table: HostTable) -> Shown:
        if not table.url:
            return _held(table, self.config)
        heard, expected, seen = look_at(
            table, self.config, within=WITHIN / 2, posting=False
        )
        front = heard["front"]
        return Shown(
            table.label,
            table.url,
            expected.manifest if expected else None,
            seen.problem if seen else None,
            front.certificate_ends,
            front.kind,
        )


def published(config: Config) -> Published | None:
    """Return what was last published from this folder, if that is known."""
    state = state_folder(config)
    builds = Builds(state / FOLDER)
    try:
        history = builds.read()
        manifest = builds.manifest(history.current)
    except FallbackError:
        return None
    if manifest is None:
        return None
    sequence = last_sequence(state)
    return Published(
        manifest,
        manifest.sequence if sequence is None else sequence,
        frozenset(each.build for each in history.builds),
    )


def _held(table: HostTable, config: Config) -> Shown:
    """Return what a folder holds that nobody can look at as a visitor."""
    try:
        held = hosts.connect(table, config).read_back()
    except FallbackError as error:
        why = error.what if isinstance(error.what, Text) else T(str(error.what))
        return Shown(table.label, "", problem=why)
    return Shown(table.label, "", held=held)


def is_watched(table: HostTable) -> bool:
    """Return whether a watcher can see *table*, which holds no secret of a host's."""
    return bool(table.url) or table.kind == "folder"


def unwatched(config: Config) -> tuple[str, ...]:
    """Return the labels of the hosts that a watcher cannot look at."""
    return tuple(table.label for table in config.hosts if not is_watched(table))
