"""Connections that are begun before they are needed, on real sockets."""

import errno
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from attrs import define, field

from fallback.core.config import Network
from fallback.wire.s3.rest import RestClient
from fallback.wire.s3.sigv4 import Key
from fallback.wire.web import pool as pools
from fallback.wire.web.connecting import Bounds, Server
from fallback.wire.web.pool import Pool
from fallback.wire.web.unanswered import NoAnswer

SHORT = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@define
class Listening:
    """A server that says *answer* to whatever it hears; *reached* by how many."""

    port: int
    reached: threading.Semaphore = field(factory=lambda: threading.Semaphore(0))

    def was_reached(self, times: int) -> bool:
        return all(self.reached.acquire(timeout=10) for _ in range(times))


@contextmanager
def listening(answer: bytes = SHORT) -> Iterator[Listening]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        made = Listening(listener.getsockname()[1])

        def speak(peer: socket.socket) -> None:
            with peer:
                while peer.recv(65536):
                    peer.sendall(answer)

        def serve() -> None:
            while True:
                try:
                    peer, _ = listener.accept()
                except OSError:
                    return
                made.reached.release()
                threading.Thread(target=speak, args=(peer,), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        yield made


@contextmanager
def full() -> Iterator[int]:
    """Yield the port of a server that takes nobody any more, and says nothing."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        yield port
        for one in waiting:
            one.close()


def plain(host: str, port: int, **bounds: timedelta) -> Server:
    return Server(host, port, False, Network(), Bounds(**bounds))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_what_may_be_needed_has_set_out_whatever_the_server_is_called(host):
    with listening() as there:
        server = plain(host, there.port)
        server.warm(1, perhaps=3)
        assert Pool(server).exchange("GET", "/", {}, b"").body == b"ok"
        assert there.was_reached(4)


def test_a_server_that_takes_nobody_is_waited_for_once_a_try(monkeypatch):
    """Whoever waited for a connection that was begun does not begin another."""
    asked = []
    monkeypatch.setattr(socket, "create_connection", lambda *a: asked.append(a))
    with full() as port:
        server = plain("127.0.0.1", port, connect=timedelta(seconds=0.2))
        server.warm(1, perhaps=1)
        with pytest.raises(NoAnswer, match="timed out"):
            Pool(server).exchange("GET", "/", {}, b"")
    assert asked == []


def test_a_server_that_refuses_is_said_to_refuse():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    server = plain("127.0.0.1", port)
    server.warm(1)
    with pytest.raises(NoAnswer, match="refused"):
        Pool(server).exchange("GET", "/", {}, b"")


def test_an_address_that_nothing_leads_to_is_named():
    server = plain("255.255.255.255", 9)
    server.warm(1)
    with pytest.raises(NoAnswer) as caught:
        Pool(server).exchange("GET", "/", {}, b"")
    unreachable = (errno.ENETUNREACH, errno.EACCES, errno.EHOSTUNREACH)
    assert any(os.strerror(number) in str(caught.value) for number in unreachable)


def test_a_machine_that_gives_no_more_threads_connects_when_it_has_to(monkeypatch):
    start = threading.Thread.start

    def refuse(thread: threading.Thread) -> None:
        if threading.current_thread() is not threading.main_thread():
            return start(thread)  # the server is another machine
        raise RuntimeError("can't start new thread")

    with listening() as there:
        server = plain("127.0.0.1", there.port)
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", refuse)
            server.warm(2, perhaps=1)
        assert Pool(server).exchange("GET", "/", {}, b"").body == b"ok"


def test_an_answer_that_is_too_long_is_no_answer(monkeypatch):
    monkeypatch.setattr(pools, "CAP", 100)
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = head + b"c8\r\n" + b"x" * 200 + b"\r\n0\r\n\r\n"
    with listening(answer) as there, pytest.raises(NoAnswer, match="too long"):
        Pool(plain("127.0.0.1", there.port)).exchange("GET", "/", {}, b"")


@pytest.mark.parametrize("moment", ["", "yesterday"])
def test_a_listing_without_moments_does_not_speak_s3(moment):
    body = (
        "<ListBucketResult><Contents><Key>a</Key><ETag>e</ETag>"
        f"<LastModified>{moment}</LastModified></Contents></ListBucketResult>"
    )
    answer = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    with listening(answer.encode()) as there:
        pool = Pool(plain("127.0.0.1", there.port))
        client = RestClient(pool, "/b/", "eu-central-1", lambda: Key("a", "b"))
        with pytest.raises(NoAnswer, match="does not speak S3"):
            client.list("", "", 1)
