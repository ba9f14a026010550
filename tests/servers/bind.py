"""A real BIND on a free loopback port, with what our adapters meet in the world.

Two zones of the same content: ``zone.dynamic`` takes TSIG-signed updates and transfers,
``zone.plain`` is a master file that is reloaded through rndc. Three keys: ``fallback``
may do what a redirect needs and nothing else, ``narrow`` not even that, ``person`` may
do everything.
"""

import contextlib
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.tsigkeyring
import dns.zone
from attrs import frozen

from fallback.core.records import RRset
from tests import need
from tests.servers import zones

SECRETS = {
    "fallback": "c2VjcmV0LW9mLWZhbGxiYWNrLTAxMjM0NTY3ODk=",
    "narrow": "c2VjcmV0LW9mLW5hcnJvdy0wMTIzNDU2Nzg5MDE=",
    "person": "c2VjcmV0LW9mLXBlcnNvbi0wMTIzNDU2Nzg5MDE=",
}
ALGORITHM = "hmac-sha256"
_PATIENCE = 20.0

_CONFIGURATION = """
options {{
  directory "{folder}";
  pid-file "{folder}/named.pid";
  session-keyfile "{folder}/session.key";
  listen-on port {port} {{ {address}; }};
  listen-on-v6 {{ none; }};
  recursion no;
  dnssec-validation no;
  notify no;
  allow-transfer {{ none; }};
}};
logging {{
  channel out {{ stderr; severity debug 1; }};
  category default {{ out; }};
}};
controls {{
  inet 127.0.0.1 port {control} allow {{ 127.0.0.1; }} keys {{ person; }};
}};
{keys}
zone "{zone}" {{
  type primary;
  file "{file}";
  allow-transfer {{ key fallback; key narrow; key person; }};
{policy}}};
"""

_KEYS = "".join(
    f'key "{name}" {{ algorithm {ALGORITHM}; secret "{secret}"; }};\n'
    for name, secret in SECRETS.items()
)

_POLICY = """  update-policy {{
    grant fallback name {zone} A AAAA HTTPS SVCB;
    grant fallback name www.{zone} A AAAA CNAME HTTPS SVCB;
    grant fallback name shop.{zone} A AAAA CNAME HTTPS SVCB;
    grant fallback name _fallback.{zone} TXT;
    grant narrow name _fallback.{zone} TXT;
    grant person zonesub ANY;
  }};
"""


@frozen
class Bind:
    """A running name server; ``file`` is the zone's master file."""

    folder: Path
    port: int
    control: int
    zone: str
    file: Path
    process: subprocess.Popen[bytes]
    address: str = "127.0.0.1"

    @property
    def server(self) -> str:
        """Return ``host:port``, as ``fallback.toml`` wants it."""
        return f"{self.address}:{self.port}"

    @property
    def reload_command(self) -> str:
        """Return the command that makes BIND read the master file again."""
        rndc = need.program("rndc")
        return f"{rndc} -c {self.folder}/rndc.conf reload {self.zone}"

    def log(self) -> str:
        """Return what BIND has said so far."""
        return (self.folder / "named.log").read_text("utf-8", "replace")

    def transfer(self) -> dns.zone.Zone:
        """Return the whole zone as it is served, with absolute names."""
        zone = dns.zone.Zone(self.zone + ".", relativize=False)
        query = dns.message.make_query(self.zone, "AXFR")
        query.use_tsig(keyring("person"))
        dns.query.inbound_xfr(self.address, zone, query, port=self.port, timeout=10)
        return zone

    def records(self) -> frozenset[zones.Record]:
        """Return every record that is served; the SOA's serial is 0."""
        return zones.records(self.transfer())

    def nsupdate(self, *lines: str, key: str = "person") -> str:
        """Type *lines* into nsupdate, as a person would; return what went wrong."""
        script = "\n".join((f"server {self.address} {self.port}", *lines, "send", ""))
        done = subprocess.run(
            [need.program("nsupdate"), "-y", f"{ALGORITHM}:{key}:{SECRETS[key]}"],
            input=script.encode(),
            capture_output=True,
            timeout=20,
            check=False,
        )
        return (done.stdout + done.stderr).decode()

    def set(self, name: str, rtype: str, rrset: RRset | None) -> None:
        """Make the zone hold *rrset* there: the edit of somebody else."""
        seconds = int(rrset.ttl.total_seconds()) if rrset else 0
        failure = self.nsupdate(
            f"update delete {name} {rtype}",
            *(
                f"update add {name} {seconds} {rtype} {rdata}"
                for rdata in (rrset.rdatas if rrset else ())
            ),
        )
        assert failure == "", failure

    def reload(self) -> None:
        """Make BIND read the master file again."""
        subprocess.run(
            self.reload_command.split(), check=True, capture_output=True, timeout=20
        )


def keyring(name: str) -> dict[dns.name.Name, dns.tsig.Key]:
    """Return the key called *name*, as dnspython wants it."""
    return dns.tsigkeyring.from_text({name: (ALGORITHM, SECRETS[name])})


def free_port() -> int:
    """Return a port that is free for TCP and UDP on 127.0.0.1."""
    for _ in range(50):
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", 0))
            port = int(tcp.getsockname()[1])
            with contextlib.suppress(OSError):
                udp.bind(("127.0.0.1", port))
                return port
    raise AssertionError("no free port")


@contextlib.contextmanager
def running(
    folder: Path,
    *,
    text: str = zones.TEXT,
    zone: str = zones.NAME,
    dynamic: bool = True,
    options: str = "",
    at: tuple[str, int] | None = None,
) -> Iterator[Bind]:
    """Run BIND for the zone that *text* spells until the block ends.

    *dynamic*: takes updates by key; else a plain master file. *options* are more lines
    for the zone's clause. *at*: the loopback address and port, else a free port.
    """
    named = need.program("named")
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "zone.db"
    file.write_bytes(text.encode())
    policy = _POLICY.format(zone=zone) if dynamic else ""
    for _ in range(3):
        address, port = at or ("127.0.0.1", free_port())
        control = free_port()
        (folder / "named.conf").write_text(
            _CONFIGURATION.format(
                folder=folder,
                address=address,
                port=port,
                control=control,
                keys=_KEYS,
                zone=zone,
                file=file,
                policy=policy + options,
            )
        )
        (folder / "rndc.conf").write_text(
            f"{_KEYS}options {{ default-server 127.0.0.1; default-port {control};"
            " default-key person; };\n"
        )
        with (folder / "named.log").open("wb") as log:
            process = subprocess.Popen(
                [named, "-f", "-n", "1", "-c", str(folder / "named.conf")],
                stdout=log,
                stderr=log,
            )
        bind = Bind(folder, port, control, zone, file, process, address)
        try:
            if _wait(bind):
                yield bind
                return
        finally:
            _stop(process)
    raise AssertionError(f"named did not start: {bind.log()}")


def _wait(bind: Bind) -> bool:
    """Return whether BIND answers for the zone before it dies."""
    query = dns.message.make_query(bind.zone, "SOA")
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and bind.process.poll() is None:
        with contextlib.suppress(dns.exception.DNSException, OSError):
            answer = dns.query.udp(query, bind.address, port=bind.port, timeout=0.2)
            if answer.flags & dns.flags.AA:
                return True
        time.sleep(0.02)
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(timeout=10)
