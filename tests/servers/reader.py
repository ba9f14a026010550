"""A visitor who asks for the front page all the while, and counts what they get."""

import threading
from contextlib import contextmanager

from attrs import define, field

TABLE = "A publish, ended or starved at every call that changes something"


@define
class Reader:
    """``whole`` is what may be seen, in the order in which it may be seen.

    ``None`` among it stands for a page that was never there. *torn* is anything else,
    or a step back; *empty* is nothing at all where there was something.
    """

    read: object
    whole: list
    looks: int = 0
    torn: int = 0
    empty: int = 0
    last: int = 0
    wrong: list = field(factory=list)

    def look(self):
        self.looks += 1
        try:
            body = self.read()
        except OSError as error:
            body = repr(error)
        if body in self.whole[self.last :]:
            self.last = self.whole.index(body, self.last)
            return
        self.wrong.append(body)
        if body:
            self.torn += 1
        else:
            self.empty += 1


@contextmanager
def reading(read, whole, pause=0.002):
    """Look at least once before the block, all through it, and once after it."""
    reader, ends = Reader(read, whole), threading.Event()
    reader.look()

    def look():
        while not ends.wait(pause):
            reader.look()

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield reader
    finally:
        ends.set()
        thread.join()
        reader.look()


@contextmanager
def counted(count, row, read, whole):
    """Read in the block, and count what became of this point, even when it fails.

    The block sets in what it is given: ``hit``, ``finished`` and, for files that do not
    fit the front page beside them, ``beside``.
    """
    point = {"hit": 0, "beside": 0, "finished": 0}
    with reading(read, whole) as reader:
        try:
            yield point
        finally:
            reader.look()
            count(
                TABLE,
                row,
                points=1,
                hit=point["hit"],
                looks=reader.looks,
                torn=reader.torn + point["beside"],
                empty=reader.empty,
                **{"finished by running again": point["finished"]},
            )
    assert reader.wrong == []
