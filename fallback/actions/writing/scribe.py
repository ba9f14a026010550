"""Reads the owner's files: those that are new, on every core, and none for too long.

What a file gave before is remembered. A file that is long enough to keep a parser busy
is read in a process of its own, which may use so much time and memory and no more: it
costs itself, and never the page. A long log is divided among all cores.
"""

import json
import os
from collections.abc import Iterator, MutableMapping, Sequence
from contextlib import suppress
from datetime import timedelta
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

from attrs import define, evolve, field

from fallback.core.errors import Problem
from fallback.core.model import Language
from fallback.core.result import Talk, silent
from fallback.core.text import T
from fallback.page.content import leaves
from fallback.page.content.leaves import Leaf, Outcome, Reader
from fallback.wire import crew

CALM = 4096
"""Bytes of a file that keep no parser busy: even their square is little."""
MANY = 400
"""Files from which on other processes are worth their start."""
_BATCH = 200
"""Files in one question: each costs a wait for the interpreter's lock, twice."""
_MOST_WORKERS = 7
_TOLD_EVERY = 2000

SECONDS = 4
"""CPU time for one file that is not calm, where the system counts it."""
_PATIENCE = timedelta(seconds=10)
_LONG_PATIENCE = timedelta(minutes=2)
_MEMORY = 1024**3

_NAME = "fallback.actions.writing.scribe"

_Written = dict[int, Any]
"""Outcomes as JSON holds them, by the place of their leaf."""
_Batches = SimpleQueue[Sequence[int]]


def main() -> None:
    """Be a worker: what ``fallback.wire.crew`` starts."""
    readers: dict[str, Reader] = {}

    def answer(question: Any) -> Any:
        spelled, limited, asked = question
        if spelled not in readers:
            readers[spelled] = Reader.spell(spelled)
        if limited:
            _limit()
        return [leaves.written(readers[spelled].outcome(_leaf(each))) for each in asked]

    crew.serve(answer)


def _limit() -> None:
    """Let the kernel end this process when the next file takes too much.

    To be said before each: CPU time is counted from the start of a process.
    """
    try:
        import resource
    except ImportError:  # Windows: only the clock on the wall
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime)
    with suppress(OSError, ValueError):  # whoever started us may have set less
        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        resource.setrlimit(resource.RLIMIT_CPU, (spent + SECONDS, hard))
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))


def _asked(leaf: Leaf) -> Any:
    # JSON holds no bytes: each becomes the letter with its number
    return [leaf.path, leaf.body.decode("latin-1"), leaf.language, leaf.whole]


def _leaf(asked: Any) -> Leaf:
    path, body, language, whole = asked
    return Leaf(path, body.encode("latin-1"), Language(language), whole)


@define
class Scribe:
    """Reads leaves (``fallback.page.content.leaves.Read``), wherever that is best."""

    reader: Reader
    kept: MutableMapping[bytes, bytes] = field(factory=dict, repr=False)
    say: Talk = silent
    cores: int = field(factory=lambda: os.cpu_count() or 1)

    def __call__(self, asked: Sequence[Leaf]) -> list[Outcome]:
        """Return what comes out of each of *asked*."""
        spelled = self.reader.spelled()
        names = leaves.keys(asked, spelled)
        found: dict[int, Outcome] = {}
        calm: list[int] = []
        busy: list[int] = []
        for n, leaf in enumerate(asked):
            known = self.kept.get(names[n])
            if known:
                found[n] = leaves.unwritten(json.loads(known))
            else:
                (calm if len(leaf.body) <= CALM else busy).append(n)
        read = self._read_calm(asked, calm) | self._read_busy(asked, busy)
        for n, written in read.items():
            self.kept[names[n]] = json.dumps(written).encode()
            found[n] = leaves.unwritten(written)
        for n in busy:
            if n not in found:  # not to be remembered: another day it may be quicker
                found[n] = self._too_slow(asked[n])
        return [found[n] for n in range(len(asked))]

    def _read_calm(self, asked: Sequence[Leaf], wanted: Sequence[int]) -> _Written:
        """Return what is written in *wanted*, with as much help as is worth it."""
        done: _Written = {}
        if len(wanted) >= MANY:
            self._say(done, wanted)
        batches: SimpleQueue[Sequence[int]] = SimpleQueue()
        for start in range(0, len(wanted), _BATCH):
            batches.put(wanted[start : start + _BATCH])
        helpers = [
            Thread(target=self._help, args=(asked, batches, done), daemon=True)
            for _ in range(min(self.cores - 1, _MOST_WORKERS, len(wanted) // MANY))
        ]
        for helper in helpers:
            helper.start()
        self._work(asked, batches, done, wanted)
        for helper in helpers:
            helper.join()
        self._work(asked, batches, done, wanted)  # what a lost helper has left
        return done

    def _work(
        self,
        asked: Sequence[Leaf],
        batches: _Batches,
        done: _Written,
        wanted: Sequence[int],
    ) -> None:
        told = len(done)
        for batch in _each(batches):
            for n in batch:
                done[n] = leaves.written(self.reader.outcome(asked[n]))
            if len(done) - told >= _TOLD_EVERY:
                told = len(done)
                self._say(done, wanted)

    def _say(self, done: _Written, wanted: Sequence[int]) -> None:
        self.say(
            "reading",
            T(
                "reading {count} texts: {done} are done",
                count=len(wanted),
                done=len(done),
            ),
        )

    def _help(
        self,
        asked: Sequence[Leaf],
        batches: _Batches,
        done: _Written,
    ) -> None:
        """Let another process read batches until there are none, or it is lost."""
        worker = self._worker()
        if worker is None:
            return
        spelled = self.reader.spelled()
        try:
            for batch in _each(batches):
                question = [spelled, False, [_asked(asked[n]) for n in batch]]
                try:
                    answers = worker.ask(question, _LONG_PATIENCE)
                except crew.Lost:
                    batches.put(batch)
                    return
                done.update(zip(batch, answers, strict=True))
        finally:
            worker.end()

    def _read_busy(self, asked: Sequence[Leaf], wanted: Sequence[int]) -> _Written:
        """Return what is written in those of *wanted* that can be read in time."""
        done: _Written = {}
        spelled = self.reader.spelled()
        worker: crew.Worker | None = None
        for n in wanted:
            worker = worker or self._worker()
            if worker is None:  # no process may be started here: better slow than not
                done[n] = leaves.written(self.reader.outcome(asked[n]))
                continue
            try:
                (done[n],) = worker.ask([spelled, True, [_asked(asked[n])]], _PATIENCE)
            except crew.Lost:
                worker = None
        if worker:
            worker.end()
        return done

    def _worker(self) -> crew.Worker | None:
        """Return a worker that has proved that it works; ``None`` if there is none."""
        try:
            worker = crew.Worker(_NAME)
            worker.ask([self.reader.spelled(), False, []], _LONG_PATIENCE)
        except crew.Lost:
            return None
        return worker

    def _too_slow(self, leaf: Leaf) -> Outcome:
        """Return what can be said of *leaf* without reading all of it."""
        problem = Problem(
            leaf.path,
            0,
            T("this text takes too long to read, and was left out"),
            T("write it in plain words: fewer marks, lists and tables"),
        )
        if leaf.whole:
            return Outcome(None, (problem,))
        # of the outage all is kept that can be: its header, and how it begins
        calm = leaf.body[:CALM].rpartition(b"\n")[0]
        outcome = self.reader.outcome(evolve(leaf, body=calm))
        return evolve(outcome, left_out=(*outcome.left_out, problem))


def _each(batches: _Batches) -> Iterator[Sequence[int]]:
    while True:
        try:
            yield batches.get_nowait()
        except Empty:
            return
