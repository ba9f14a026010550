"""A certificate of the owner's, looked at before anybody else gets it.

A handshake with ourselves, in memory, proves what a vendor would otherwise find out on
the worst day: that key, certificate and the authorities above it belong together.
"""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from attrs import field, frozen

from fallback.core.errors import Rejected
from fallback.core.text import T


@frozen
class Certificate:
    """Three PEM texts that belong together, the names they speak for, and their end."""

    certificate: str
    key: str = field(repr=False)
    chain: str
    names: tuple[str, ...]
    ends: datetime

    def covers(self, name: str) -> bool:
        """Return whether a browser takes it for *name* (RFC 9525 section 6.3)."""
        wild = f"*.{name.partition('.')[2]}"
        return name in self.names or wild in self.names


def opened(certificate: Path, key: str, ca: Path) -> Certificate:
    """Return what the two files and *key*, a PEM text, hold.

    Raises ``Rejected`` when one cannot be read or they do not belong together; a
    certificate that has ended is refused, too.
    """
    try:
        texts = certificate.read_text("ascii"), ca.read_text("ascii")
        with _written(key) as key_file:
            server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            server.load_cert_chain(certificate, key_file)
        client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        client.check_hostname = False
        client.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # ca may end below a root
        client.verify_flags &= ~ssl.VERIFY_X509_STRICT
        client.load_verify_locations(cadata=texts[1])
        peer = _shaken(server, client)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise Rejected(
            T("{file} cannot be used with its key and its authorities: {why}",
              file=certificate.name, why=_reason(error)),
            next=T("look at certificate, private_key and ca of this host"),
        ) from error  # fmt: skip
    alternatives = peer.get("subjectAltName", ())
    names = tuple(str(value) for kind, value in alternatives if kind == "DNS")
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(peer["notAfter"]), UTC)
    return Certificate(texts[0], key, texts[1], names, ends)


@contextmanager
def _written(key: str) -> Iterator[str]:
    """Put *key* where only we can read it: the library takes it from nowhere else."""
    with NamedTemporaryFile(
        "w", prefix="fallback-", suffix=".pem", delete=False
    ) as file:
        path = Path(file.name)
        file.write(key + "\n")
    try:
        yield str(path)
    finally:
        path.unlink()


def _shaken(server: ssl.SSLContext, client: ssl.SSLContext) -> dict[str, Any]:
    """Return what *client* sees of *server*'s certificate; raises ``ssl.SSLError``."""
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        server.wrap_bio(there, back, server_side=True),
        client.wrap_bio(back, there),
    ]
    for _ in range(4):  # flights of a handshake
        for end in reversed(ends):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
    return dict(ends[1].getpeercert() or {})


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if isinstance(error, ssl.SSLError):
        return (error.reason or str(error)).replace("_", " ").lower()
    return str(getattr(error, "strerror", None) or error)
