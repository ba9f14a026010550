"""A handshake tells apart the ways in which a browser would refuse the page."""

import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest

from fallback.core.config import Network
from fallback.core.hosts.handshakes import Handshake, TlsOutcome
from fallback.probes.tls import handshake
from tests import need

NAME = "shop.example"
Serve = Callable[[socket.socket], None]


@contextmanager
def _server(serve: Serve) -> Iterator[int]:
    """Give each connection on a free port to *serve* until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def loop() -> None:
            with suppress(OSError):
                while True:
                    peer, _ = listener.accept()
                    with peer, suppress(OSError):
                        peer.settimeout(5)
                        serve(peer)

        thread = Thread(target=loop, daemon=True)
        thread.start()
        yield int(listener.getsockname()[1])
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()


class Authority:
    """A private authority with an intermediate, made by openssl."""

    def __init__(self, folder: Path, organization: str = "") -> None:
        self.folder = folder
        self.organization = f"/O={organization}" if organization else ""
        self.root = self._ca("root", [])
        self.middle = self._ca("middle", ["-CA", "root.pem", "-CAkey", "root.key"])

    def _openssl(self, *words: str) -> None:
        program = need.program("openssl")
        subprocess.run(
            [program, *words], cwd=self.folder, check=True, capture_output=True
        )

    def _ca(self, name: str, signer: list[str]) -> Path:
        self._openssl(
            *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-keyout", f"{name}.key", "-out", f"{name}.pem"),
            *("-subj", f"{self.organization}/CN={name}", "-days", "30", *signer),
            *("-addext", "basicConstraints=critical,CA:TRUE"),
        )
        return self.folder / f"{name}.pem"

    def leaf(
        self,
        name: str,
        signer: str = "middle",
        days: tuple[int, int] = (0, 9),
        also: Sequence[str] = (),
    ) -> str:
        """Make a certificate for *name*, valid from and to so many days from now.

        *also* are further names that it is for.
        """
        names = ",".join(f"DNS:{each}" for each in (name, *also))
        stem = f"{name}-{signer}-{days[0]}"
        self._openssl(
            *("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
            *("-keyout", f"{stem}.key", "-out", f"{stem}.csr", "-subj", f"/CN={name}"),
            *("-addext", f"subjectAltName={names}"),
        )
        (self.folder / "ca.cnf").write_text(
            "[ca]\ndefault_ca=d\n[d]\ndatabase=index\nserial=serial\nnew_certs_dir=.\n"
            "default_md=sha256\npolicy=p\ncopy_extensions=copy\nunique_subject=no\n"
            "[p]\ncommonName=supplied\n"
        )
        (self.folder / "index").write_text("")
        (self.folder / "serial").write_text("1000")
        start, end = (
            f"{datetime.now(UTC) + timedelta(days=each):%Y%m%d%H%M%SZ}" for each in days
        )
        self._openssl(
            *("ca", "-batch", "-config", "ca.cnf", "-notext", "-in", f"{stem}.csr"),
            *("-cert", f"{signer}.pem", "-keyfile", f"{signer}.key"),
            *("-out", f"{stem}.pem", "-startdate", start, "-enddate", end),
        )
        return stem

    def self_signed(self) -> str:
        self._openssl(
            *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-keyout", "self.key", "-out", "self.pem", "-days", "9"),
            *("-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}"),
        )
        return "self"

    def serving(self, stem: str, *, whole: bool = True) -> Serve:
        """Return a server of *stem*; without *whole* the intermediate is left out."""
        chain = (self.folder / f"{stem}.pem").read_text()
        if whole:
            chain += self.middle.read_text()
        (self.folder / "chain.pem").write_text(chain)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / "chain.pem", self.folder / f"{stem}.key")

        def serve(peer: socket.socket) -> None:
            with context.wrap_socket(peer, server_side=True) as secured:
                secured.recv(1)

        self.context = context
        return serve


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def _ask(serve: Serve, ca_file: Path | None, name: str = NAME) -> Handshake:
    network = Network(allow_private=True, ca_file=ca_file)
    with _server(serve) as port:
        return handshake(
            name, "127.0.0.1", port, network, deadline=timedelta(seconds=5)
        )


def test_a_whole_chain_for_the_name_is_good_and_tells_when_it_ends(
    authority: Authority,
) -> None:
    seen = _ask(authority.serving(authority.leaf(NAME)), authority.root)
    assert seen.outcome is TlsOutcome.GOOD
    assert seen.ends is not None
    assert seen.ends > datetime.now(UTC) + timedelta(days=8)


@pytest.mark.parametrize(
    ("made", "outcome"),
    [
        (lambda a: a.serving(a.leaf(NAME, days=(-9, -1))), TlsOutcome.EXPIRED),
        (lambda a: a.serving(a.leaf(NAME, days=(2, 9))), TlsOutcome.NOT_YET_VALID),
        (lambda a: a.serving(a.leaf("other.example")), TlsOutcome.WRONG_NAME),
        (lambda a: a.serving(a.self_signed(), whole=False), TlsOutcome.SELF_SIGNED),
        (lambda a: a.serving(a.leaf(NAME), whole=False), TlsOutcome.INCOMPLETE),
    ],
)
def test_each_bad_certificate_has_its_own_word(
    authority: Authority, made: Callable[[Authority], Serve], outcome: TlsOutcome
) -> None:
    assert _ask(made(authority), authority.root).outcome is outcome


def test_a_chain_to_an_unknown_root_is_not_trusted(authority: Authority) -> None:
    serve = authority.serving(authority.leaf(NAME, "root"), whole=False)
    chain = authority.folder / "chain.pem"
    chain.write_text(chain.read_text() + authority.root.read_text())
    authority.context.load_cert_chain(chain, authority.folder / f"{NAME}-root-0.key")
    assert _ask(serve, None).outcome is TlsOutcome.UNTRUSTED


def test_a_server_that_refuses_the_name_is_told_apart(authority: Authority) -> None:
    serve = authority.serving(authority.leaf(NAME))

    def refuse(_: object, asked: str | None, __: object) -> int | None:
        return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME if asked == NAME else None

    authority.context.sni_callback = refuse
    assert _ask(serve, authority.root).outcome is TlsOutcome.NAME_REFUSED


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", TlsOutcome.NOT_TLS),
        (b"\x15\x03\x03\x00\x02\x02\x28", TlsOutcome.FAILED),  # handshake_failure
    ],
)
def test_a_server_that_does_not_shake_hands_is_told_apart(
    answer: bytes, outcome: TlsOutcome
) -> None:
    def serve(peer: socket.socket) -> None:
        peer.recv(4096)
        peer.sendall(answer)

    assert _ask(serve, None).outcome is outcome


def test_a_server_that_hangs_up_does_not_speak_tls() -> None:
    assert _ask(lambda peer: peer.close(), None).outcome is TlsOutcome.NOT_TLS


def test_a_silent_server_costs_the_deadline_and_no_more() -> None:
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        port = listener.getsockname()[1]
        seen = handshake(
            NAME,
            "127.0.0.1",
            port,
            Network(allow_private=True),
            deadline=timedelta(seconds=0.3),
        )
    assert seen.outcome is TlsOutcome.TIMEOUT


def test_a_closed_port_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    seen = handshake(NAME, "127.0.0.1", port, Network(allow_private=True))
    assert seen.outcome is TlsOutcome.UNREACHABLE


def test_private_addresses_are_not_asked_unless_allowed() -> None:
    seen = handshake(NAME, "127.0.0.1", 1, Network())
    assert (seen.outcome, "private" in seen.detail) == (TlsOutcome.UNREACHABLE, True)
