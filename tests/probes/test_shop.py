"""What the shop's probe makes of some forty real servers, most of them broken."""

import resource
import signal
import ssl
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve

from fallback.core.config import Network, Primary, Shop
from fallback.core.model import Verdict
from fallback.core.outage import judge
from fallback.core.watching import Looked, Route
from fallback.probes import connectivity
from fallback.probes import shop as probe
from tests.fakes.config import small_config
from tests.probes.test_tls import Authority
from tests.servers import shop as servers
from tests.servers.shop import NAME, PAGE, WORDS, answering, dripping, saying

NOW = datetime(2026, 11, 22, tzinfo=UTC)
UP, DOWN, DOUBTFUL, UNKNOWN = (
    Verdict.UP,
    Verdict.DOWN,
    Verdict.DOUBTFUL,
    Verdict.UNKNOWN,
)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


@pytest.fixture(autouse=True)
def _hurry(monkeypatch):
    monkeypatch.setattr(probe, "DEADLINE", timedelta(seconds=1))
    monkeypatch.setattr(probe, "LAG", timedelta(seconds=60))  # a busy machine is fine


@pytest.fixture
def _patient(monkeypatch):
    """A handshake takes long on a busy machine, and here nobody is silent."""
    monkeypatch.setattr(probe, "DEADLINE", timedelta(seconds=20))


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


def a_config(port, scheme="http", name=NAME, words=WORDS, ca_file=None):
    url = f"{scheme}://{name}:{port}/"
    return small_config(
        None,
        hosts=(),
        shop=Shop("Kwiaty", url),
        primary=Primary(url, words),
        network=Network(allow_private=True, ca_file=ca_file, canaries=()),
    )


def seen(behave, *, tls=None, addresses=("127.0.0.1",), **more):
    with servers.shop(behave, tls) as port:
        config = a_config(port, "https" if tls else "http", **more)
        found = probe.look(config, addresses, NOW)
    assert found.at == NOW
    return found.verdict, found.why


@pytest.mark.parametrize(
    ("behave", "verdict", "why"),
    [
        (answering(), UP, "ok"),
        (saying(HEAD + b"\r\n" + PAGE), UP, "ok"),
        (answering(500), DOWN, "s5xx"),
        (answering(503), DOWN, "s5xx"),
        (answering(521), DOWN, "cdn_origin"),
        (answering(530), DOWN, "cdn_origin"),
        (answering(403), DOUBTFUL, "blocked"),
        (answering(401), DOUBTFUL, "blocked"),
        (answering(429), DOUBTFUL, "ratelimited"),
        (answering(404), DOUBTFUL, "s4xx"),
        (answering(304, b""), DOUBTFUL, "s3xx"),
        (answering(403, PAGE, "cf-mitigated: challenge"), DOUBTFUL, "challenge"),
        (answering(200, b"<title>Just a moment...</title>"), DOUBTFUL, "challenge"),
        (answering(200, b"<h1>New design</h1>"), DOUBTFUL, "keyword"),
        (answering(200, b""), DOUBTFUL, "keyword"),
        (answering(200, b"<h1>Welcome to nginx!</h1>"), DOWN, "negative"),
        (
            answering(200, b"<p>Error establishing a database connection"),
            DOWN,
            "negative",
        ),
        (servers.silent, DOWN, "http_timeout"),
        (dripping(b"HTTP/1.1 200 OK\r\nX-Slow: "), DOWN, "http_timeout"),
        (dripping(HEAD + b"\r\n<html>"), DOUBTFUL, "keyword"),
        (servers.heard, DOWN, "empty"),
        (servers.resetting, DOWN, "reset"),
        (saying(b"SSH-2.0-OpenSSH_9.2\r\n"), DOWN, "http_garbage"),
        (servers.gzipped(), UP, "ok"),
        (servers.bomb(), DOUBTFUL, "keyword"),
        (answering(200, b"no gzip", "Content-Encoding: gzip"), DOUBTFUL, "encoding"),
        (answering(200, b"\x8b", "Content-Encoding: br"), DOUBTFUL, "encoding"),
        (
            answering(200, PAGE + b'<meta name="generator" content="fallback">'),
            DOUBTFUL,
            "our_page",
        ),
        (
            answering(503, b'<meta name="generator" content="fallback">'),
            DOUBTFUL,
            "our_page",
        ),
    ],
)
def test_each_behaviour_has_its_verdict(behave, verdict, why):
    assert seen(behave) == (verdict, why)


def test_a_closed_port_is_down():
    with servers.shop(answering()) as port:
        pass
    found = probe.look(a_config(port), ("127.0.0.1",), NOW)
    assert (found.verdict, found.why) == (DOWN, "refused")


def test_a_server_that_takes_no_connection_is_down():
    with servers.black_hole() as port:
        found = probe.look(a_config(port), ("127.0.0.1",), NOW)
    assert (found.verdict, found.why) == (DOWN, "tcp_timeout")


def test_plain_http_where_tls_is_expected_is_down():
    with servers.shop(saying(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as port:
        found = probe.look(a_config(port, "https"), ("127.0.0.1",), NOW)
    assert found.verdict is DOWN
    assert found.why in ("tls", "tls_timeout")


def _tls(authority, stem):
    authority.serving(stem)
    return authority.context


@pytest.mark.usefixtures("_patient")
@pytest.mark.parametrize(
    ("made", "why"),
    [
        (lambda a: a.leaf(NAME, days=(-9, -1)), "tls_expired"),
        (lambda a: a.leaf("other.example"), "tls_name"),
        (lambda a: a.self_signed(), "tls_untrusted"),
    ],
)
def test_a_bad_certificate_is_doubt_while_the_shop_answers_and_down_when_not(
    authority, made, why, monkeypatch
):
    tls = _tls(authority, made(authority))
    found = {
        status: seen(answering(status), tls=tls, ca_file=authority.root)
        for status in (200, 500)
    }
    if why == "tls_untrusted":  # the self-signed one is for another name, too
        assert found[200][0] is DOUBTFUL
    else:
        assert found[200] == (DOUBTFUL, why)
    assert found[500] == (DOWN, "s5xx")


@pytest.mark.usefixtures("_patient")
def test_a_good_certificate_for_the_name_is_up_by_address(authority):
    tls = _tls(authority, authority.leaf(NAME))
    assert seen(answering(), tls=tls, ca_file=authority.root) == (UP, "ok")


def test_an_expired_certificate_on_a_server_that_then_hangs_is_down(authority):
    tls = _tls(authority, authority.leaf(NAME, days=(-9, -1)))
    found = seen(servers.silent, tls=tls, ca_file=authority.root)
    assert found == (DOWN, "http_timeout")


@pytest.mark.parametrize(
    ("where", "verdict", "why"),
    [
        (lambda path: path, DOUBTFUL, "redirect_loop"),
        (lambda path: f"{path}x", DOUBTFUL, "redirect_loop"),
        (lambda path: "https://elsewhere.example/", DOUBTFUL, "redirect_away"),
        (lambda path: "javascript:alert(1)", DOUBTFUL, "redirect_away"),
        (lambda path: "//[bad", DOUBTFUL, "redirect_away"),
        (lambda path: f"http://{NAME}:99999/", DOUBTFUL, "redirect_away"),
        (lambda path: f"http://{'a' * 70}.{NAME}/", DOUBTFUL, "redirect_away"),
        (lambda path: f"http://ż.{NAME}/", DOUBTFUL, "redirect_away"),
        (lambda path: "" if path != "/" else "/sklep główny?a=b c", UP, "ok"),
        (lambda path: "" if path == "/pl/" else "/pl/", UP, "ok"),
        (lambda path: "" if len(path) == 6 else f"{path}x", UP, "ok"),
    ],
)
def test_redirects_are_followed_within_the_shop_five_times(where, verdict, why):
    assert seen(servers.redirecting(where)) == (verdict, why)


def test_a_redirect_to_www_is_asked_at_the_same_address():
    hosts = []

    def behave(peer):
        head = servers.heard(peer)
        host = head.lower().split(b"host: ")[1].split(b"\r\n")[0].decode()
        hosts.append(host)
        if host.startswith("www."):
            servers.answering()(_Replayed(peer))
            return
        port = host.rpartition(":")[2]
        target = f"http://www.{NAME}:{port}/"
        servers.saying(f"HTTP/1.1 301 Moved\r\nLocation: {target}\r\n\r\n".encode())(
            _Replayed(peer)
        )

    assert seen(behave) == (UP, "ok")
    assert [host.partition(":")[0] for host in hosts] == [NAME, f"www.{NAME}"]


class _Replayed:
    """A connection whose request was read already."""

    def __init__(self, peer):
        self.peer = peer

    def recv(self, _):
        return b""

    def sendall(self, body):
        self.peer.sendall(body)


@pytest.mark.parametrize(
    ("words", "charset", "spelled"),
    [
        ("Añadir al carrito", "iso-8859-1", "Añadir al carrito"),
        ("Añadir al carrito", "utf-8", "A&ntilde;adir&nbsp;al\n  carrito"),
        ("Dodaj do koszyka", "iso-8859-2", "DODAJ DO KOSZYKA"),
        ("Zapłać", "windows-1250", "Zapłać"),
    ],
)
def test_words_are_found_however_the_page_spells_them(words, charset, spelled):
    header = f"Content-Type: text/html; charset={charset}"
    behave = answering(200, spelled.encode(charset), header)
    assert seen(behave, words=words) == (UP, "ok")


def test_a_charset_nobody_knows_is_read_as_utf_8():
    behave = answering(200, PAGE, "Content-Type: text/html; charset=klingon")
    assert seen(behave) == (UP, "ok")


def test_one_answering_address_suffices():
    addresses = ("127.0.0.9", "127.0.0.1", "::1")
    assert seen(answering(), addresses=addresses) == (UP, "ok")


def test_no_address_is_unknown():
    assert seen(answering(), addresses=()) == (UNKNOWN, "no_origin")


def test_a_name_without_an_address_is_doubt_and_not_down():
    config = a_config(80, name="nowhere.invalid")
    config = evolve(config, network=evolve(config.network, resolvers=("127.0.0.1:9",)))
    found = probe.look(config, None, NOW)
    assert (found.verdict, found.why) == (DOUBTFUL, "dns")


def test_private_addresses_are_refused_unless_allowed():
    with servers.shop(answering()) as port:
        config = evolve(a_config(port), network=Network())
        found = probe.look(config, ("127.0.0.1",), NOW)
    assert (found.verdict, found.why) == (DOUBTFUL, "private")


def test_the_public_view_follows_the_name():
    with servers.shop(answering()) as port:
        found = probe.look(a_config(port, name="127.0.0.1"), None, NOW)
    assert found.verdict is UP


def test_a_bomb_and_an_endless_page_cost_no_memory():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert seen(servers.bomb())[0] is DOUBTFUL
    assert seen(saying(HEAD + b"\r\n" + bytes(2**24)))[0] is DOUBTFUL
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 48 * 1024  # kB; the endless page itself, made here, is 16 MB


def test_more_than_half_of_the_canaries_must_answer():
    with ExitStack() as stack:
        alive = [
            f"127.0.0.1:{stack.enter_context(servers.shop(servers.silent))}"
            for _ in range(2)
        ]
        with servers.shop(servers.silent) as port:
            dead = f"127.0.0.1:{port}"
        assert connectivity.online(Network(canaries=(*alive, dead))) is True
        assert connectivity.online(Network(canaries=(alive[0], dead))) is False
        assert connectivity.online(Network(canaries=(dead,))) is False
        assert connectivity.online(Network(canaries=("nonsense:1", dead))) is False
        assert connectivity.online(Network(canaries=())) is None


def test_a_dead_shop_behind_dead_canaries_is_unknown():
    with servers.shop(servers.silent) as port:
        pass
    config = a_config(port)
    found = probe.look(config, ("127.0.0.1",), NOW)
    assert found.verdict is DOWN
    online = connectivity.online(Network(canaries=(f"127.0.0.1:{port}",)))
    look = Looked(found, found, online=online)
    assert judge(look, Route.PRIMARY) == (UNKNOWN, "own_network")


def test_a_look_during_which_the_process_stood_still_is_unknown(monkeypatch):
    monkeypatch.setattr(probe, "LAG", timedelta(seconds=1))
    look = (
        "import sys; from datetime import *; from fallback.probes import shop;"
        "from tests.probes.test_shop import a_config;"
        "shop.DEADLINE = timedelta(seconds=1.5);"
        "found = shop.look(a_config(int(sys.argv[1])), ('127.0.0.1',), datetime.now());"
        "print(found.verdict, found.why, found.detail)"
    )
    asked = threading.Event()

    def behave(peer):
        servers.heard(peer)
        asked.set()
        peer.recv(1)

    with (
        servers.shop(behave) as port,
        subprocess.Popen(
            [sys.executable, "-c", look, str(port)], stdout=subprocess.PIPE, text=True
        ) as watcher,
    ):
        assert asked.wait(30)
        watcher.send_signal(signal.SIGSTOP)
        time.sleep(3)
        watcher.send_signal(signal.SIGCONT)
        said, _ = watcher.communicate(timeout=30)
    assert said.split() == ["unknown", "overloaded_watcher", "http_timeout"]


def test_ssl_contexts_are_shared():
    # making one costs 30 ms of CPU; a watcher looks for years
    from fallback.wire.web.trust import tls_context

    assert tls_context(None, verify=True) is tls_context(None, verify=True)
    assert isinstance(tls_context(None, verify=False), ssl.SSLContext)
