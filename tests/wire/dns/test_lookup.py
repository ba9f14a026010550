"""A name server that swallows questions holds nobody longer than the time there is."""

import socket
import threading
from datetime import timedelta

import pytest

from fallback.actions.publishing.publish import publish
from fallback.core.config import HostTable, Network
from fallback.core.errors import Unavailable
from fallback.core.result import silent
from fallback.wire.clock import SystemClock
from fallback.wire.deadline import within
from fallback.wire.dns import lookup
from fallback.wire.sftp import login
from fallback.wire.sftp.login import Login
from fallback.wire.web.connecting import Server
from fallback.wire.web.http import FailureKind, FetchFailed, ask
from fallback.wire.web.pool import Pool
from fallback.wire.web.unanswered import NoAnswer
from tests.fakes.config import small_config
from tests.fakes.host import FakeHost
from tests.fakes.site import small_site

LAB = Network(allow_private=True)
SOON = timedelta(seconds=0.3)


class Swallowing:
    """The system's resolver: ``asked`` are the names that it never gave back."""

    def __init__(self):
        self.asked, self.over, self.given_back = [], threading.Event(), []

    def __call__(self, host, *_, **__):
        self.asked.append(host)
        self.over.wait(60)
        self.given_back.append(host)
        raise socket.gaierror(socket.EAI_AGAIN, "try again")


@pytest.fixture
def resolver(monkeypatch):
    swallowing = Swallowing()
    monkeypatch.setattr(socket, "getaddrinfo", swallowing)
    yield swallowing
    assert swallowing.asked, "the fault was hit"
    assert not swallowing.given_back, "nobody waited for it"
    swallowing.over.set()


def test_a_request_ends_with_its_deadline(resolver):
    with pytest.raises(FetchFailed) as caught:
        ask("http://shop.example/", network=LAB, deadline=SOON)
    assert caught.value.kind is FailureKind.DNS
    assert resolver.asked == ["shop.example"]


def test_a_kept_connection_ends_with_the_caller_s_deadline(resolver):
    pool = Pool(Server("bucket.example", 443, secure=True, network=LAB))
    with within(SOON), pytest.raises(NoAnswer, match=r"where bucket\.example is"):
        pool.exchange("GET", "/", {}, b"")
    assert resolver.asked == ["bucket.example"]


def test_a_login_ends_with_the_caller_s_deadline(resolver, tmp_path):
    no_key = (None, None, None)
    who = Login("ssh.example", 22, "u", *no_key, tmp_path / "known", "", tmp_path)
    with within(SOON), pytest.raises(Unavailable, match="does not answer"):
        login.opened(who)
    assert resolver.asked == ["ssh.example"]


def test_a_publish_ends_with_the_host_s_deadline(resolver, tmp_path):
    """Neither the look of the host's thread nor the last one may wait for it."""
    table = HostTable("fake", "fake", None, url="http://status.example")
    (report,) = publish(
        small_config(tmp_path, [table], network=LAB),
        small_site(),
        say=silent,
        clock=SystemClock(),
        connect=lambda *_: FakeHost(),
        deadline=timedelta(seconds=1),
    )
    assert not report.ok
    assert report.receipt, "what was written is said all the same"
    assert resolver.asked


def test_a_name_that_is_none_is_an_answer_too():
    for name in ("a" * 64 + ".example", "no\0name"):
        with pytest.raises(OSError, match=r"[Nn]ame"):
            lookup.addresses(name, timedelta(seconds=10))


def test_a_name_is_looked_up_as_the_system_does():
    assert "127.0.0.1" in lookup.addresses("localhost", timedelta(seconds=10))
