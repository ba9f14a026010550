"""Many requests at once, to a server that answers in its own time and order."""

import random
import struct

import pytest
from attrs import define, field
from hypothesis import given
from hypothesis import strategies as st

from fallback.wire.sftp import packets, pipeline
from fallback.wire.sftp.packets import (
    CHUNK,
    Answer,
    FailedError,
    ForbiddenError,
    Kind,
    MalformedError,
    NoSuchPathError,
    framed,
)
from fallback.wire.sftp.pipeline import Pipeline

STATUS, HANDLE, DATA, NAME = 101, 102, 103, 104


def string(value):
    return struct.pack(">I", len(value)) + value


def status(code, why=b"no"):
    return STATUS, struct.pack(">I", code) + string(why) + string(b"")


@define
class Server:
    """Answers in any order and in pieces of any length; remembers what it was asked."""

    replies: object = lambda _: status(0)
    seed: int = 0
    asked: list = field(factory=list)
    most: int = 0
    waiting: list = field(factory=list)
    rest: bytes = b""
    out: bytes = b""

    def sendall(self, data):
        self.rest += data
        while len(self.rest) >= 4:
            (length,) = struct.unpack_from(">I", self.rest)
            if len(self.rest) < 4 + length:
                break
            body, self.rest = self.rest[4 : 4 + length], self.rest[4 + length :]
            if body == packets.INIT:
                words = struct.pack(">BI", 2, 3)
                words += string(packets.FSYNC.encode()) + string(b"1")
                self.out += framed(words)
                continue
            kind, number = struct.unpack_from(">BI", body)
            self.asked.append((kind, body[5:]))
            self.waiting.append((number, (kind, body[5:])))
        self.most = max(self.most, len(self.waiting))

    def recv(self, size):
        chance = random.Random(self.seed + len(self.asked))
        if not self.out:
            number, request = self.waiting.pop(chance.randrange(len(self.waiting)))
            kind, words = self.replies(request)
            self.out = framed(struct.pack(">BI", kind, number) + words)
        cut = min(size, chance.randrange(1, len(self.out) + 1))
        piece, self.out = self.out[:cut], self.out[cut:]
        return piece


def begun(server):
    made = Pipeline(server)
    made.begin()
    return made


def removing(path):
    (answer,) = yield path, [packets.remove(path)]
    answer.done()
    return path


@given(count=st.integers(0, 100), seed=st.integers(0, 9))
def test_each_script_gets_its_own_answers_in_whatever_order_they_come(count, seed):
    server = Server(seed=seed, replies=lambda asked: (HANDLE, asked[1]))

    def opening(name):
        (first,) = yield name, [packets.opendir(name)]
        more = yield name, [packets.opendir(f"{name}/{n}") for n in range(3)]
        return [answer.handle() for answer in (first, *more)]

    made = begun(server).run(opening(str(n)) for n in range(count))

    assert made == [
        [path.encode() for path in (f"{n}", f"{n}/0", f"{n}/1", f"{n}/2")]
        for n in range(count)
    ]


def test_no_more_than_the_window_is_on_its_way():
    server = Server()

    def writing(path):
        yield path, [*packets.writes(b"h", bytes(100 * CHUNK))]

    begun(server).run(removing(str(n)) for n in range(1000))
    assert server.most == pipeline.AT_ONCE
    server.most = 0
    begun(server).run(writing(str(n)) for n in range(3))
    assert server.most * CHUNK <= pipeline.WINDOW_BYTES + CHUNK


def test_what_belongs_together_is_sent_in_its_order():
    server = Server(seed=3)

    def writing(path):
        yield path, [*packets.writes(b"h", bytes(3 * CHUNK)), packets.close(b"h")]

    begun(server).run([writing("a")])

    assert [kind for kind, _ in server.asked] == [6, 6, 6, 4]
    starts = [struct.unpack_from(">Q", words, 5)[0] for _, words in server.asked[:3]]
    assert starts == [0, CHUNK, 2 * CHUNK]


def test_after_a_failure_nothing_more_is_begun_and_what_is_under_way_is_ended(
    monkeypatch,
):
    monkeypatch.setattr(pipeline, "AT_ONCE", 4)
    ended = []
    server = Server(replies=lambda asked: status(4 if asked[1].endswith(b"bad") else 0))

    def work(path):
        made = yield from removing(path)
        ended.append(made)

    line = begun(server)
    with pytest.raises(FailedError, match="bad: no"):
        line.run(work(p) for p in ["a", "b", "bad", "c", *map(str, range(50))])

    assert len(ended) == len(server.asked) - 1 < 20
    assert server.waiting == []
    assert line.run([removing("x")]) == ["x"]  # it can go on


@pytest.mark.parametrize(
    "said",
    [
        framed(struct.pack(">BI", STATUS, 77) + bytes(4)),
        struct.pack(">I", 2**31),
        framed(b"\x65"),
    ],
    ids=["an answer to nothing", "a packet without end", "no number"],
)
def test_nonsense_is_never_taken_for_an_answer(said):
    server = Server()
    line = begun(server)
    server.out = said
    with pytest.raises(MalformedError):
        line.run([removing("x")])


def test_a_server_that_hangs_up_ends_it():
    class Gone(Server):
        def recv(self, size):
            return b"" if self.waiting else super().recv(size)

    line = begun(Gone())
    with pytest.raises(EOFError):
        line.run([removing("x")])


@pytest.mark.parametrize(
    ("code", "error"),
    [(2, NoSuchPathError), (3, ForbiddenError), (4, FailedError), (8, FailedError)],
)
def test_a_refusal_says_about_which_path(code, error):
    for read in (Answer.done, Answer.handle, Answer.entry, Answer.names):
        with pytest.raises(error, match="a/b"):
            read(Answer(*status(code), "a/b"))


@given(st.binary(max_size=60), st.sampled_from([STATUS, HANDLE, DATA, NAME, 105, 201]))
def test_damaged_answers_are_said_to_be_damaged_or_read_as_a_refusal(body, kind):
    answer = Answer(kind, body, "a")
    known = (MalformedError, NoSuchPathError, ForbiddenError, FailedError)
    for read in (
        Answer.done, Answer.handle, Answer.data, Answer.entry, Answer.names,
        Answer.target, Answer.room,
    ):  # fmt: skip
        try:
            read(answer)
        except known:
            continue


def test_an_entry_is_read_past_everything_a_server_may_say_of_it():
    words = struct.pack(">IQII", 0x8000000F, 7, 1000, 1000)
    words += struct.pack(">III", 0o120777, 5, 6) + struct.pack(">I", 1)
    words += string(b"acl") + string(b"x")
    names = struct.pack(">I", 2)
    for name in (b".", b"b\xff"):
        names += string(name) + string(b"lrwx") + words

    found = Answer(NAME, names, "a").names()

    ((name, entry),) = found.items()
    assert name.encode("utf-8", "surrogateescape") == b"b\xff"
    assert (entry.kind, entry.size, entry.modified) == (Kind.LINK, 7, 6)
