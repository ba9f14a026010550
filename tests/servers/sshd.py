"""Debian's sshd on a free loopback port, as whoever runs the tests, SFTP only."""

import os
import pwd
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen

from tests import need

_CONFIG = """\
ListenAddress 127.0.0.1
Port {port}
HostKey {root}/known_host
PidFile none
AuthorizedKeysFile {root}/authorized_keys
StrictModes no
UsePAM no
PasswordAuthentication {passwords}
KbdInteractiveAuthentication no
PermitRootLogin yes
Subsystem sftp internal-sftp
MaxStartups 100
LogLevel VERBOSE
{more}
"""


@frozen
class Sshd:
    port: int
    root: Path

    @property
    def user(self) -> str:
        return pwd.getpwuid(os.geteuid()).pw_name

    @property
    def key(self) -> Path:
        return self.root / "client_key"

    @property
    def known_host(self) -> str:
        kind, body, *_ = (self.root / "known_host.pub").read_text().split()
        return f"{kind} {body}"

    @property
    def log(self) -> str:
        return (self.root / "log").read_text()

    def allow(self, *lines: str) -> None:
        """Let only the keys of *lines* in."""
        (self.root / "authorized_keys").write_text("\n".join([*lines, ""]))

    def public(self, key: Path | None = None) -> str:
        return (key or self.key).with_suffix(".pub").read_text().strip()


def make_key(path: Path, kind: str = "ed25519", phrase: str = "") -> Path:
    subprocess.run(
        ["ssh-keygen", "-q", "-t", kind, "-N", phrase, "-C", "shop", "-f", str(path)],
        check=True,
    )
    return path


@contextmanager
def sshd(root: Path, *more: str, passwords: bool = False) -> Iterator[Sshd]:
    """Run sshd until the block ends; *more* are lines of its configuration."""
    program = need.program("sshd")
    need.program("ssh-keygen")
    make_key(root / "known_host")
    server = Sshd(_free_port(), root)
    make_key(server.key)
    server.allow(server.public())
    config = root / "sshd_config"
    config.write_text(
        _CONFIG.format(
            port=server.port,
            root=root,
            passwords="yes" if passwords else "no",
            more="\n".join(more),
        )
    )
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # where it locks itself in
    with (root / "log").open("wb") as log:
        process = subprocess.Popen(
            [program, "-D", "-e", "-f", str(config)], stdout=log, stderr=log
        )
    try:
        _await(server, process)
        yield server
    finally:
        process.terminate()
        process.wait(10)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])


def _await(server: Sshd, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        assert process.poll() is None, server.log
        try:
            with socket.create_connection(("127.0.0.1", server.port), 1):
                return
        except OSError:
            time.sleep(0.02)
    raise AssertionError(server.log)
