"""Opens an SSH connection to a server whose key is known, and to no other.

A key that nobody has confirmed is never trusted: whoever stands in between on that day
could put up a page of their own in the shop's name.
"""

import logging
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from attrs import frozen

from fallback.core.config import Config, SecretRef
from fallback.core.errors import (
    CredentialsRefused,
    FallbackError,
    Refused,
    Rejected,
    Unavailable,
)
from fallback.core.text import T
from fallback.wire import deadline
from fallback.wire.dns import lookup
from fallback.wire.secrets import reveal

if TYPE_CHECKING:
    import paramiko

INSTALL = 'pip install ".[sftp]"'
CONNECT_SECONDS, OPERATION_SECONDS = 3, 10
_KEEPALIVE_SECONDS = 5
_TRIES = 2
_RSA = ("rsa-sha2-512", "rsa-sha2-256", "ssh-rsa")
"""The algorithms that an ``ssh-rsa`` key signs with (RFC 8332)."""

HOST_KEY = re.compile(r"(ssh-[a-z0-9-]+|ecdsa-sha2-[a-z0-9-]+) [A-Za-z0-9+/]+={0,2}")


@frozen
class Login:
    """Who logs in where, and by which key the server is known.

    ``known_host`` is a line as in a ``.pub`` file; without it ``known_hosts`` says.
    """

    host: str
    port: int
    user: str
    key: Path | None
    passphrase: SecretRef | None
    password: SecretRef | None
    known_hosts: Path
    known_host: str
    root: Path

    @classmethod
    def of(cls, settings: Any, config: Config) -> "Login":
        """Return the login that *settings* of an sftp host describe."""

        def file(path: str) -> Path:
            return config.root / Path(path).expanduser()

        return cls(
            settings.host,
            settings.port,
            settings.user,
            file(settings.key) if settings.key else None,
            settings.passphrase,
            settings.password,
            file(settings.known_hosts),
            settings.known_host,
            config.root,
        )

    @property
    def server(self) -> str:
        """Return the name by which ``known_hosts`` knows the server (sshd(8))."""
        return self.host if self.port == 22 else f"[{self.host}]:{self.port}"

    @property
    def credential(self) -> str:
        """Return what the owner calls the secret: a file or a reference."""
        return str(self.key or self.password)

    def private_key(self) -> "paramiko.PKey | None":
        """Return the key to log in with; raises ``CredentialsRefused``."""
        if self.key is None:
            return None
        require_library()
        import paramiko

        phrase = reveal(self.passphrase, self.root) if self.passphrase else None
        try:
            # its stub says str, and its parser wants bytes
            read = cast(Any, paramiko.PKey).from_path
            key: paramiko.PKey = read(self.key, phrase.encode() if phrase else None)
        except FileNotFoundError as error:
            raise CredentialsRefused(
                T("the key {file} is not there", file=str(self.key)),
                next=T("run: ssh-keygen -t ed25519 -f {file}", file=str(self.key)),
            ) from error
        except Exception as error:  # a damaged key raises whatever its parser met
            raise CredentialsRefused(
                T("the key {file} cannot be opened", file=str(self.key)),
                next=T(
                    "give the private key, in OpenSSH's format, and its passphrase"
                    " as a reference"
                ),
            ) from error
        else:
            return key


def require_library() -> None:
    """Raise ``Rejected`` with the line that installs paramiko, where it is missing.

    An extra, imported only here and below: it loads a whole library of cryptography.
    """
    try:
        import paramiko  # noqa: F401 - only to see whether it is there
    except ImportError as error:
        raise Rejected(
            T("a host of kind {kind} needs the package {package}",
              kind="sftp", package="paramiko"),
            next=T("run in the program's clone: {command}", command=INSTALL),
        ) from error  # fmt: skip
    # whatever it would log is said by the error that follows
    logging.getLogger("paramiko").addHandler(logging.NullHandler())


def opened(login: Login) -> "paramiko.Transport":
    """Return a connection that is logged in.

    A connection that breaks before the login is tried once more: a busy sshd drops
    some at random (``MaxStartups``, sshd_config(5)). Raises ``Unavailable``,
    ``Rejected``, ``CredentialsRefused``, or ``Refused`` for a server that is not known.
    """
    require_library()
    key = login.private_key()
    for more in reversed(range(_TRIES)):
        try:
            transport = _greeted(login)
            break
        except _DroppedError as error:
            if not more:
                raise unreachable(login) from error
    try:
        _confirm(login, transport)
        _log_in(login, transport, key)
    except BaseException:
        transport.close()
        raise
    transport.set_keepalive(_KEEPALIVE_SECONDS)
    return transport


class Patience:
    """Closes a connection that has been silent for too long, and remembers that."""

    def __init__(self, transport: "paramiko.Transport") -> None:
        self.late = False
        self._transport = transport
        self._over = threading.Event()
        self.again()

    def again(self) -> None:
        """Begin to wait anew: something was heard."""
        at_most = timedelta(seconds=OPERATION_SECONDS)
        self._ends = time.monotonic() + deadline.left(at_most).total_seconds()

    def watch(self) -> None:
        """Wait until it is over, one way or the other."""
        while not self._over.wait(max(0.0, self._ends - time.monotonic())):
            if time.monotonic() >= self._ends:
                self.late = True
                self._transport.close()
                return

    def end(self) -> None:
        """Leave the connection alone from now on."""
        self._over.set()


@contextmanager
def patience(transport: "paramiko.Transport") -> Iterator[Patience]:
    """Close *transport* when the block hears nothing for too long.

    Several of the library's calls wait for ever, and so does sending to a server that
    does not read.
    """
    kept = Patience(transport)
    threading.Thread(target=kept.watch, daemon=True).start()
    try:
        yield kept
    finally:
        kept.end()


class _DroppedError(Exception):
    """The server closed the connection before it had said who it is."""


def unreachable(login: Login, *, late: bool = False) -> Unavailable:
    """Say that the server did not answer, or hung up."""
    what = (
        T("{server} does not answer", server=login.server)
        if late
        else T("{server} broke the connection", server=login.server)
    )
    return Unavailable(
        what,
        customers_see=T("the page that was there before"),
        next=T("deploy again in a minute; if it stays, ask your host"),
    )


def _greeted(login: Login) -> "paramiko.Transport":
    import paramiko

    sock = _socket(login)
    transport: paramiko.Transport = paramiko.Transport(sock)
    transport.banner_timeout = transport.handshake_timeout = OPERATION_SECONDS
    _prefer_known(login, transport)
    with patience(transport) as kept:
        try:
            transport.start_client()
        except paramiko.ssh_exception.IncompatiblePeer as error:
            transport.close()
            raise Rejected(
                T("{server} speaks no cipher that is safe today", server=login.server),
                next=T("ask your host for a newer SSH server"),
            ) from error
        except (paramiko.SSHException, EOFError, OSError) as error:
            transport.close()
            if kept.late or "banner" in str(error):
                raise unreachable(login, late=True) from error
            raise _DroppedError from error
    return transport


def _socket(login: Login) -> socket.socket:
    try:
        return _reached(login)
    except TimeoutError as error:
        raise unreachable(login, late=True) from error
    except socket.gaierror as error:
        raise Unavailable(
            T("there is no server called {host}", host=login.host),
            next=T("look at host in fallback.toml"),
        ) from error
    except OSError as error:
        raise Unavailable(
            T("{server} accepts no connection: {why}",
              server=login.server, why=error.strerror or str(error)),
            customers_see=T("the page that was there before"),
            next=T("look at host and port in fallback.toml; is sshd running there?"),
        ) from error  # fmt: skip


def _reached(login: Login) -> socket.socket:
    """Return a connection to the first of the server's addresses that takes one."""
    failure = OSError(f"{login.host} has no address")
    within = deadline.left(timedelta(seconds=OPERATION_SECONDS))
    for address in lookup.addresses(login.host, within):
        at_most = deadline.left(timedelta(seconds=CONNECT_SECONDS)).total_seconds()
        try:
            return socket.create_connection((address, login.port), at_most or 0.001)
        except OSError as error:
            failure = error
    raise failure


def _known(login: Login) -> dict[str, str]:
    """Return the server's confirmed keys: base64 by type.

    A line that cannot be read, often some other server's, takes nothing from the rest.
    """
    if login.known_host:
        kind, _, body = login.known_host.partition(" ")
        return {kind: body.split()[0]}
    try:
        text = login.known_hosts.read_text("utf-8", "replace")
    except OSError:
        return {}
    known: dict[str, str] = {}
    for line in text.splitlines():
        known = _of_line(line.strip(), login.server) | known
    return known


def _of_line(line: str, server: str) -> dict[str, str]:
    """Return the key that *line* of a file of known hosts confirms for *server*."""
    import paramiko

    keys = paramiko.HostKeys()
    try:
        # none for a comment, a mark, and a kind of key that the library does not know
        entry = paramiko.hostkeys.HostKeyEntry.from_line(line)
        if entry is None:
            return {}
        for name in entry.hostnames:
            keys.add(name, entry.key.get_name(), entry.key)
        found = keys.lookup(server)
    except Exception:  # noqa: BLE001 - the library raises whatever it stumbles over
        return {}
    return {kind: key.get_base64() for kind, key in found.items()} if found else {}


def _prefer_known(login: Login, transport: "paramiko.Transport") -> None:
    """Ask for the kind of key that is known: a server has several."""
    known = {
        name
        for kind in _known(login)
        for name in (_RSA if kind == "ssh-rsa" else (kind,))
    }
    options = transport.get_security_options()
    types = options.key_types
    options.key_types = sorted(types, key=lambda kind: kind not in known)


def _confirm(login: Login, transport: "paramiko.Transport") -> None:
    """Raise ``Refused`` unless the server's key is the one that is known."""
    key = transport.get_remote_server_key()
    known = _known(login)
    if key.get_base64() in known.values():
        return
    line = f"{key.get_name()} {key.get_base64()}"
    if login.known_host:
        raise Refused(
            T("{server} shows another key than known_host says: {fingerprint}",
              server=login.server, fingerprint=key.fingerprint),
            customers_see=T("the page that was there before"),
            next=T('ask your host whether the key is new; if so: known_host = "{line}"',
                   line=line),
        )  # fmt: skip
    if known:
        raise Refused(
            T("{server} shows another key than before: {fingerprint}",
              server=login.server, fingerprint=key.fingerprint),
            customers_see=T("the page that was there before"),
            next=T("somebody may be in between: ask your host whether the key is new;"
                   " if so, put this line in place of the old one in {file}: {line}",
                   file=str(login.known_hosts), line=f"{login.server} {line}"),
        )  # fmt: skip
    raise Refused(
        T("nobody has confirmed the key of {server} yet: {fingerprint}",
          server=login.server, fingerprint=key.fingerprint),
        customers_see=T("no change"),
        next=T("compare it with the fingerprint your host tells you, then add this line"
               " to {file}: {line}",
               file=str(login.known_hosts), line=f"{login.server} {line}"),
    )  # fmt: skip


def _log_in(
    login: Login, transport: "paramiko.Transport", key: "paramiko.PKey | None"
) -> None:
    """Log in by key; the password is for servers that want it beside or instead."""
    import paramiko

    secret = reveal(login.password, login.root) if login.password else None
    more: list[str] = []
    with patience(transport) as kept:
        try:
            if key is not None:
                more = transport.auth_publickey(login.user, key)
            if secret is not None and (key is None or more):
                more = transport.auth_password(login.user, secret)
        except (paramiko.SSHException, EOFError, OSError) as error:
            if kept.late or not transport.is_active():
                raise unreachable(login, late=kept.late) from error
            raise _refused(login) from error
    if more:
        raise Rejected(
            T("{server} wants more than {credential}: {more}",
              server=login.server, credential=login.credential, more=", ".join(more)),
            next=T("ask your host for a login that a key alone opens"),
        )  # fmt: skip


def _refused(login: Login) -> FallbackError:
    remedy = (
        T("add the line of {file}.pub to ~/.ssh/authorized_keys there",
          file=str(login.key))
        if login.key
        else T("look at user and password; many servers take keys only")
    )  # fmt: skip
    return CredentialsRefused(
        T("{server} refuses {credential} for {user}",
          server=login.server, credential=login.credential, user=login.user),
        customers_see=T("the page that was there before"),
        next=remedy,
    )  # fmt: skip
