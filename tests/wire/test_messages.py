"""A notice reaches a person, and no error says the address, which is a secret."""

import json
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy

import pytest

from fallback.core.config import Network
from fallback.core.errors import FallbackError, Rejected, Unavailable
from fallback.wire.messages import Message, send
from tests.wire.web.test_http import server

LAB = Network(allow_private=True)
NOTICE = Message("kwiaty.example", "down", "Kwiaty u Ani nie działa")
TOKEN = "s3cr3t-t0ken"


def test_a_webhook_gets_one_small_object() -> None:
    """What happened, for whom, and the sentence in the owner's language."""
    heard: list[bytes] = []

    def behave(peer) -> None:
        heard.append(peer.recv(65536))
        peer.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    with server(behave) as port:
        send(NOTICE, f"http://127.0.0.1:{port}/hook/{TOKEN}", LAB)

    head, _, body = heard[0].partition(b"\r\n\r\n")
    assert head.startswith(f"POST /hook/{TOKEN} HTTP/1.1".encode())
    assert json.loads(body) == {
        "site": "kwiaty.example",
        "event": "down",
        "text": "Kwiaty u Ani nie działa",
    }


def test_a_webhook_that_refuses_or_is_not_there_is_told_without_its_address() -> None:
    """The owner learns which address is wrong by its number, never by its token."""

    def behave(peer) -> None:
        peer.recv(65536)
        peer.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")

    with server(behave) as port, pytest.raises(Rejected) as refused:
        send(NOTICE, f"http://127.0.0.1:{port}/{TOKEN}", LAB)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(Unavailable) as gone:
        send(NOTICE, f"http://127.0.0.1:{port}/{TOKEN}", LAB)

    assert "403" in str(refused.value)
    assert TOKEN not in f"{refused.value} {gone.value} {gone.value.next}"


class Mailbox(socketserver.StreamRequestHandler):
    """Speaks as much of RFC 5321 as one message needs, and keeps it."""

    kept: list[bytes]

    def handle(self) -> None:
        self.wfile.write(b"220 mail\r\n")
        for line in self.rfile:
            word = line.split()[0].upper()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                body = b"".join(iter(self.rfile.readline, b".\r\n"))
                self.kept.append(body)
            answer = b"221 bye" if word == b"QUIT" else b"250 ok"
            self.wfile.write(answer + b"\r\n")


@contextmanager
def mailbox() -> Iterator[tuple[int, list[bytes]]]:
    """Run a mail server on a free loopback port; yield it and what it kept."""
    kept: list[bytes] = []
    handler = type("Kept", (Mailbox,), {"kept": kept})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as listening:
        listening.daemon_threads = True
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield listening.server_address[1], kept
        listening.shutdown()


def test_a_mail_arrives_with_its_letters_intact() -> None:
    """Polish words come through, in the subject too."""
    with mailbox() as (port, kept):
        url = f"mailto://ani@127.0.0.1:{port}?from=w@elsewhere.example&to=ani@x.example"
        send(NOTICE, url, LAB)

    mail = message_from_bytes(kept[0], policy=policy.default)
    assert mail["To"] == "ani@x.example"
    assert mail["Subject"] == "kwiaty.example: Kwiaty u Ani nie działa"
    assert mail.get_content().strip() == NOTICE.text


def test_a_mail_is_never_sent_in_the_clear_when_it_must_not() -> None:
    """mailtos goes on only with STARTTLS, which this server does not have."""
    with mailbox() as (port, kept), pytest.raises(Unavailable):
        send(NOTICE, f"mailtos://a:{TOKEN}@127.0.0.1:{port}?to=b@x.example", LAB)

    assert kept == []


def test_other_kinds_of_address_name_the_package_they_need() -> None:
    """Apprise is an extra."""
    with pytest.raises(FallbackError) as wanted:
        send(NOTICE, f"tgram://{TOKEN}/1", LAB)

    assert "pip install apprise" in str(wanted.value.next)
    assert TOKEN not in str(wanted.value)
