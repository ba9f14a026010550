"""Many SFTP requests on their way at once, over one channel and by one thread.

What belongs together, such as open, write and close, is a script: a generator that
yields the requests it may send without waiting in between, and is sent their answers.
Requests about one file are carried out in their order (draft-ietf-secsh-filexfer-02,
section 6.1), and those of a hundred scripts share the way there and back.
"""

import struct
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from attrs import define, field

from fallback.wire.sftp.packets import (
    INIT,
    MOST_BYTES,
    Answer,
    MalformedError,
    Request,
    extensions,
    framed,
)

AT_ONCE = 100
"""How many scripts are under way at most, and so how many files are open."""

WINDOW_BYTES = 1024 * 1024
"""How much they and their answers weigh at most: half of what OpenSSH and paramiko
take without being read, so neither side ever waits for the other to read first."""

_PIECE = 256 * 1024

Made = TypeVar("Made")
Script: TypeAlias = Generator[tuple[str, Sequence[Request]], list[Answer], Made]
"""Yields a path, for errors, and requests; is sent the answers in the same order."""


class Channel(Protocol):
    """The part of a connection that carries packets, such as ``paramiko.Channel``."""

    def sendall(self, data: bytes, /) -> object:
        """Send *data*, however long the other side takes to accept it."""

    def recv(self, size: int, /) -> bytes:
        """Return at most *size* bytes when there are some; none when it is closed."""


@define
class Pipeline:
    """One conversation with an SFTP server. For one thread at a time.

    Every method raises ``EOFError`` when the server hangs up, ``MalformedError`` when
    it talks nonsense, and whatever the channel raises; it can then not go on.
    *heard* is called whenever the server has said something.
    """

    channel: Channel
    heard: Callable[[], None] = field(default=lambda: None)
    extensions: frozenset[str] = frozenset()
    _number: int = 0
    _rest: bytearray = field(factory=bytearray)

    def begin(self) -> None:
        """Agree on the version, and learn which extensions there are."""
        self.channel.sendall(framed(INIT))
        found: list[bytes] = []
        while not found:
            found += self.hear()
        self.extensions = extensions(found[0])

    def run(self, scripts: Iterable[Script[Made]]) -> list[Made]:
        """Return what each of *scripts* returns, in their order.

        After a failure no more are begun, those under way are ended, and the first
        failure is raised.
        """
        return _Run(self, enumerate(scripts)).to_the_end()

    def numbered(self, request: Request) -> tuple[int, bytes]:
        """Return a number that no answer under way has, and the packet."""
        self._number = (self._number + 1) % 2**32
        return self._number, request.packet(self._number)

    def hear(self) -> Iterator[bytes]:
        """Wait until the server says something; yield each whole packet's body."""
        piece = self.channel.recv(_PIECE)
        if not piece:
            raise EOFError
        self.heard()
        self._rest += piece
        at = 0
        while len(self._rest) - at >= 4:
            (length,) = struct.unpack_from(">I", self._rest, at)
            if length > MOST_BYTES:
                raise MalformedError(f"a packet of {length} bytes")
            if len(self._rest) - at < 4 + length:
                break
            at += 4 + length
            yield bytes(self._rest[at - length : at])
        del self._rest[:at]


@define(eq=False)
class _Turn(Generic[Made]):
    """A script and the answers that it waits for."""

    place: int
    script: Script[Made]
    path: str = ""
    answers: list[Answer | None] = field(factory=list)
    missing: int = 0


@define
class _Run(Generic[Made]):
    pipeline: Pipeline
    coming: Iterator[tuple[int, Script[Made]]]
    queue: deque[tuple[_Turn[Made], int, Request]] = field(factory=deque)
    waiting: dict[int, tuple[_Turn[Made], int, Request]] = field(factory=dict)
    under_way: int = 0
    weight: int = 0
    made: dict[int, Made] = field(factory=dict)
    failures: list[BaseException] = field(factory=list)

    def to_the_end(self) -> list[Made]:
        self.send()
        while self.waiting:
            for body in self.pipeline.hear():
                self.answer(body)
            self.send()
        if self.failures:
            raise self.failures[0]
        return [self.made[place] for place in sorted(self.made)]

    def send(self) -> None:
        """Send as much as may be on its way, in as few pieces as possible."""
        packets = []
        while self.has_more() and self.has_room():
            following = self.queue.popleft()
            request = following[-1]
            number, packet = self.pipeline.numbered(request)
            self.waiting[number] = following
            self.weight += request.weighs
            packets.append(packet)
        if packets:
            self.pipeline.channel.sendall(b"".join(packets))

    def has_room(self) -> bool:
        return not self.waiting or self.weight < WINDOW_BYTES

    def has_more(self) -> bool:
        """Return whether there is a request to send, beginning more scripts for it."""
        while not self.queue and not self.failures and self.under_way < AT_ONCE:
            following = next(self.coming, None)
            if following is None:
                break
            self.under_way += 1
            self.go_on(_Turn(*following), None)
        return bool(self.queue)

    def answer(self, body: bytes) -> None:
        try:
            kind, number = struct.unpack_from(">BI", body)
            turn, index, request = self.waiting.pop(number)
        except (struct.error, KeyError) as error:
            raise MalformedError("an answer to nothing that was asked") from error
        self.weight -= request.weighs
        turn.answers[index] = Answer(kind, body[5:], turn.path)
        turn.missing -= 1
        if not turn.missing:
            self.go_on(turn, turn.answers)

    def go_on(self, turn: _Turn[Made], answers: Any) -> None:
        """Let the script of *turn* have *answers*, and hear what it asks next."""
        try:
            turn.path, requests = turn.script.send(answers)
        except StopIteration as end:
            self.under_way -= 1
            self.made[turn.place] = end.value
        except BaseException as error:  # noqa: BLE001 - raised again at the end
            self.under_way -= 1
            self.failures.append(error)
        else:
            turn.answers, turn.missing = [None] * len(requests), len(requests)
            self.queue.extend((turn, i, one) for i, one in enumerate(requests))
