"""The words of SFTP version 3, as bytes: what may be asked, and what an answer says.

draft-ietf-secsh-filexfer-02, and OpenSSH's extensions to it (its file ``PROTOCOL``,
section 4). Nothing here sends or waits. Paths are text with forward slashes; a name
that is no UTF-8 survives the way there and back.
"""

import stat
import struct
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum

from attrs import define, frozen

CHUNK = 32 * 1024
"""Bytes that one request reads or writes: every server takes as many (section 3)."""

INIT = b"\x01" + struct.pack(">I", 3)
"""The first packet's body; it has no number, and neither has its answer."""

MOST_BYTES = 1024 * 1024
"""A packet that says it is longer is none: OpenSSH's longest has 256 KiB."""

_VERSION, _STATUS, _HANDLE, _DATA, _NAME, _ATTRS = 2, 101, 102, 103, 104, 105
_EXTENDED_REPLY = 201
_OK, _EOF, _NO_SUCH_FILE, _PERMISSION_DENIED = range(4)
_OP_UNSUPPORTED = 8
_SIZE, _OWNER, _MODE, _TIMES, _MORE = 1, 2, 4, 8, 0x80000000
_READ, _NEW = 0x01, 0x02 | 0x08 | 0x20  # write, create, and nothing may be there
_READ_ONLY = 1


class Kind(Enum):
    """What lies at a path, itself: a link is not followed."""

    FILE = "file"
    FOLDER = "folder"
    LINK = "link"


@frozen
class Entry:
    """One entry of a folder. ``modified`` is the server's clock, in whole seconds."""

    kind: Kind
    size: int
    modified: int
    for_all: bool
    """Whether everybody on the server may read it: its web server, too."""


@frozen
class Room:
    """What a file system has left, as ``statvfs@openssh.com`` says."""

    free_bytes: int
    free_files: int
    read_only: bool


class MalformedError(Exception):
    """These bytes are no answer of an SFTP server."""


class NoSuchPathError(Exception):
    """A part of the path is not there."""


class FailedError(Exception):
    """The server said no and not why: it is there already, not empty, not known."""


class ForbiddenError(Exception):
    """The server says that this login may not do that."""


@frozen
class Request:
    """A packet's type and what follows its number.

    ``weighs`` is how many bytes it and its answer may keep on their way.
    """

    kind: int
    words: bytes
    weighs: int = 512

    def packet(self, number: int) -> bytes:
        """Return the whole packet, as request *number*."""
        return framed(struct.pack(">BI", self.kind, number) + self.words)


def framed(body: bytes) -> bytes:
    """Return *body* as a packet."""
    return struct.pack(">I", len(body)) + body


def open_to_read(path: str) -> Request:
    """Ask for a handle of the file at *path*."""
    return Request(3, _text(path) + struct.pack(">II", _READ, 0))


def open_new(path: str) -> Request:
    """Ask for a handle of a new file; whatever is there already is a failure."""
    return Request(3, _text(path) + struct.pack(">II", _NEW, 0))


def close(handle: bytes) -> Request:
    """Give *handle* back."""
    return Request(4, _string(handle))


def reads(handle: bytes, size: int) -> Iterator[Request]:
    """Ask for the first *size* bytes, in pieces."""
    for offset in range(0, size, CHUNK):
        words = _string(handle) + struct.pack(">QI", offset, min(CHUNK, size - offset))
        yield Request(5, words, CHUNK)


def writes(handle: bytes, body: bytes) -> Iterator[Request]:
    """Write *body* from the start, in pieces."""
    for offset in range(0, len(body), CHUNK):
        piece = body[offset : offset + CHUNK]
        words = _string(handle) + struct.pack(">Q", offset) + _string(piece)
        yield Request(6, words, len(words))


def lstat(path: str) -> Request:
    """Ask what lies at *path*, a link itself."""
    return Request(7, _text(path))


def stat_of(path: str) -> Request:
    """Ask about what *path* leads to, through links."""
    return Request(17, _text(path))


def fstat(handle: bytes) -> Request:
    """Ask about the open file."""
    return Request(8, _string(handle))


def opendir(path: str) -> Request:
    """Ask for a handle of the folder at *path*."""
    return Request(11, _text(path))


def readdir(handle: bytes) -> Request:
    """Ask for the next entries; at the end the answer is an end of file."""
    return Request(12, _string(handle), CHUNK)


def remove(path: str) -> Request:
    """Remove a file or a link."""
    return Request(13, _text(path))


def mkdir(path: str) -> Request:
    """Make a folder."""
    return Request(14, _text(path) + struct.pack(">I", 0))


def rmdir(path: str) -> Request:
    """Remove an empty folder."""
    return Request(15, _text(path))


def readlink(path: str) -> Request:
    """Ask where a symbolic link leads."""
    return Request(19, _text(path))


def symlink(path: str, target: str) -> Request:
    """Make a link at *path*; OpenSSH has its words the other way round (4.1)."""
    return Request(20, _text(target) + _text(path))


def posix_rename(old: str, new: str) -> Request:
    """Rename over whatever file or link there is."""
    return _extended("posix-rename@openssh.com", _text(old) + _text(new))


def hardlink(old: str, new: str) -> Request:
    """Give the file at *old* a second name."""
    return _extended(HARDLINK, _text(old) + _text(new))


def fsync(handle: bytes) -> Request:
    """Have the open file written to the disk."""
    return _extended(FSYNC, _string(handle))


def statvfs(path: str) -> Request:
    """Ask how much room the file system of *path* has."""
    return _extended("statvfs@openssh.com", _text(path))


HARDLINK = "hardlink@openssh.com"
FSYNC = "fsync@openssh.com"


def _extended(name: str, words: bytes) -> Request:
    return Request(200, _text(name) + words)


def _text(text: str) -> bytes:
    return _string(text.encode("utf-8", "surrogateescape"))


def _string(value: bytes) -> bytes:
    return struct.pack(">I", len(value)) + value


@define
class _Words:
    """Reads an answer from its start; raises ``MalformedError`` at its end."""

    body: bytes
    at: int = 0

    def numbers(self, form: str) -> Sequence[int]:
        try:
            found = struct.unpack_from(form, self.body, self.at)
        except struct.error as error:
            raise MalformedError("a packet is cut off") from error
        self.at += struct.calcsize(form)
        return found

    def string(self) -> bytes:
        (length,) = self.numbers(">I")
        found = self.body[self.at : self.at + length]
        if len(found) != length:
            raise MalformedError("a packet is cut off")
        self.at += length
        return found

    def text(self) -> str:
        return self.string().decode("utf-8", "surrogateescape")

    def entry(self) -> Entry:
        (flags,) = self.numbers(">I")
        (size,) = self.numbers(">Q") if flags & _SIZE else (0,)
        if flags & _OWNER:
            self.numbers(">II")
        (mode,) = self.numbers(">I") if flags & _MODE else (0,)
        _, modified = self.numbers(">II") if flags & _TIMES else (0, 0)
        if flags & _MORE:
            for _ in range(self.numbers(">I")[0]):
                self.string(), self.string()
        kind = (
            Kind.FOLDER
            if stat.S_ISDIR(mode)
            else Kind.LINK
            if stat.S_ISLNK(mode)
            else Kind.FILE
        )
        return Entry(kind, size, modified, bool(mode & stat.S_IROTH))


def extensions(body: bytes) -> frozenset[str]:
    """Return which extensions the server's first answer names."""
    words = _Words(body)
    kind, version = words.numbers(">BI")
    if kind != _VERSION or version < 3:
        raise MalformedError("the server speaks no SFTP version 3")
    found = set()
    while words.at < len(body):
        found.add(words.text())
        words.string()
    return frozenset(found)


@frozen
class Answer:
    """What the server answered to the request about *path*.

    Each method returns what such an answer holds, or raises what the server said
    instead: ``NoSuchPathError``, ``ForbiddenError``, ``FailedError``.
    """

    kind: int
    body: bytes
    path: str

    def done(self) -> None:
        """Return if it is done."""
        self._words(_STATUS)

    def refused(self) -> bool:
        """Return whether the server cannot do that at all, or never lets anybody."""
        return self._code() in (_PERMISSION_DENIED, _OP_UNSUPPORTED)

    def handle(self) -> bytes:
        """Return the handle."""
        return self._words(_HANDLE).string()

    def data(self) -> bytes | None:
        """Return the bytes; ``None`` at the end of the file."""
        return None if self._code() == _EOF else self._words(_DATA).string()

    def entry(self) -> Entry:
        """Return what lies there."""
        return self._words(_ATTRS).entry()

    def names(self) -> Mapping[str, Entry] | None:
        """Return entries by name, dots apart; ``None`` at the end of the folder."""
        if self._code() == _EOF:
            return None
        words = self._words(_NAME)
        found = {}
        for _ in range(words.numbers(">I")[0]):
            name = words.text()
            words.string()  # a line as of ls -l, for people
            found[name] = words.entry()
        return {name: found[name] for name in found if name not in (".", "..")}

    def target(self) -> str:
        """Return where the link leads."""
        words = self._words(_NAME)
        words.numbers(">I")
        return words.text()

    def room(self) -> Room:
        """Return what the file system has left."""
        words = self._words(_EXTENDED_REPLY)
        block, unit, _, _, free, _, _, files, _, flags, _ = words.numbers(">11Q")
        return Room(free * (unit or block), files, bool(flags & _READ_ONLY))

    def _code(self) -> int | None:
        if self.kind != _STATUS:
            return None
        return _Words(self.body).numbers(">I")[0]

    def _words(self, wanted: int) -> _Words:
        """Return the body of an answer of the kind *wanted*, or raise the status."""
        code = self._code()
        if code is None or (wanted == _STATUS and code == _OK):
            if self.kind != wanted:
                raise MalformedError(f"an answer of kind {self.kind}, not {wanted}")
            return _Words(self.body)
        if code == _NO_SUCH_FILE:
            raise NoSuchPathError(self.path)
        if code == _PERMISSION_DENIED:
            raise ForbiddenError(self.path)
        words = _Words(self.body, 4)
        why = words.text() if len(self.body) > 4 else ""
        raise FailedError(f"{self.path}: {why or code}")
