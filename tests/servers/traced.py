"""What a run changes on disk, call by call, as strace tells; and how to fail there."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from attrs import frozen

CHANGES = (
    *("openat", "mkdir", "ftruncate", "write", "fsync", "rename", "unlink"),
    *("chmod", "chown"),
)
START = "vfork"
"""How another program begins."""
TRACED = ("-y", "-e", f"trace={','.join((*CHANGES, START))}")
"""What makes strace tell all of it."""

_CALL = re.compile(r"(\w+)\((.*)\) += (-?\d+)")
_FILE = re.compile(r'^\d+<(.+?)>|^(?:AT_FDCWD[^,]*, )?"(.*?)"')


@frozen
class Call:
    """The *number*-th time that *name* changed something at *path*, from 1 on.

    *path* is relative to the folder that is looked at; empty for a program that is
    started. ``when`` counts as strace does: every call of that name there.
    """

    path: str
    name: str
    number: int
    when: int

    @property
    def at(self) -> tuple[str, str, int]:
        """Return which call it is, whatever strace counts."""
        return (self.path, self.name, self.number)

    def inject(self, below: Path, fault: str) -> tuple[str, ...]:
        """Return the options that make this call fail (``error=EIO``, ``signal=…``)."""
        where = ("-P", str(below / self.path)) if self.path else ()
        return (*where, "-e", f"inject={self.name}:{fault}:when={self.when}")


def changing(trace: str, below: Path) -> Iterator[Call]:
    """Yield the calls in *trace* that changed something below the folder *below*."""
    seen: Counter[tuple[str, str]] = Counter()
    changed: Counter[tuple[str, str]] = Counter()
    for name, said, ended in _CALL.findall(trace):
        path = "" if name == START else _path(said, below)
        if path is None:
            continue
        seen[path, name] += 1
        if _changes(name, said, int(ended)):
            changed[path, name] += 1
            yield Call(path, name, changed[path, name], seen[path, name])


def _changes(name: str, said: str, ended: int) -> bool:
    return ended >= 0 and (name != "openat" or "O_CREAT" in said)


def _path(said: str, below: Path) -> str | None:
    found = _FILE.match(said)
    path = Path((found[1] or found[2]) if found else "")
    return path.relative_to(below).as_posix() if path.is_relative_to(below) else None
